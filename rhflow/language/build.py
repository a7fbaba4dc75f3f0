"""Text to Pipeline: the one function `read_pipeline`.

Reads the document, checks its grammar, makes the nouns, and lets every rule look at them. All
problems come back at once; a part that is wrong is left out, so that the rest is still checked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from rhflow.catalog.model import Model
from rhflow.catalog.read import Catalog
from rhflow.ground.diagnostics import Diagnostic, Diagnostics, listing
from rhflow.ground.marks import Mark
from rhflow.ground.values import Json, JsonObject, Money, Path
from rhflow.language.data_files import DataFiles, OpenText, check_schema, validate
from rhflow.language.document import MAX_BYTES, Document, read_document
from rhflow.language.expressions.functions import kind_word
from rhflow.language.expressions.parse import parse_value
from rhflow.language.expressions.tree import Expression, Literal, MapValue, Text, Value
from rhflow.language.inputs import WANTED, fits, wrong_kind
from rhflow.language.pipeline import Call, Group, Input, OnDoubt, Pipeline, Step
from rhflow.language.places import Places
from rhflow.language.problems import read_spec
from rhflow.language.rules import RULES
from rhflow.language.secrets import find_secrets, hidden, hide, secrets_in
from rhflow.language.spec import InputSpec, PipelineSpec, StepSpec
from rhflow.language.survey import survey
from rhflow.language.words import LATER_STEP_KEYS, LATER_TOP_KEYS, LATER_USES, NAME, not_yet

CALL_ONLY = ("with", "max_cost", "on_doubt", "label", "save_as")
"""Keys of a step that mean something only where a model is used."""

MAX_STEPS = 5_000
MAX_GROUPS = 8
MAX_SUGGESTIONS = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a text: the Pipeline (None where there are errors), every problem, every text read."""

    pipeline: Pipeline | None
    problems: tuple[Diagnostic, ...]
    sources: Mapping[str, str]


def read_pipeline(
    text: str | bytes,
    source: str,
    catalog: Catalog,
    open_text: OpenText,
    *,
    secrets: Collection[str] = (),
) -> Reading:
    """Read and check one pipeline.

    Args:
        text: the file's content.
        source: its name, as messages show it.
        catalog: what can be asked for, local steps included.
        open_text: gives the text of a path relative to the pipeline's folder; raises OSError.
        secrets: values that must not stand in the text (the key in the environment).
    """
    problems = Diagnostics()
    files = DataFiles(source, open_text)
    document = read_document(text, source, problems)
    if document is None:
        whole = text if isinstance(text, str) else text[:MAX_BYTES].decode(errors="replace")
        shown = whole.removeprefix("\ufeff")[:MAX_BYTES]
        return _reading(None, problems, {source: shown}, secrets)
    pipeline = _Builder(document, catalog, files, problems).build()
    problems.extend(find_secrets(document, secrets))
    if pipeline is not None:
        seen = survey(pipeline, document.marks, catalog, tuple(problems))
        problems.extend(seen.problems)
        for rule in RULES:
            problems.extend(
                item for item in rule(seen) if (item.mark.line, item.mark.column) not in seen.faulty
            )
    sources = {**files.sources, source: document.text}
    return _reading(pipeline, problems, sources, secrets_in(document, secrets))


def _reading(
    pipeline: Pipeline | None, problems: Diagnostics, sources: Mapping[str, str], secrets: Collection[str]
) -> Reading:
    """The Reading, in which no secret is shown."""
    return Reading(
        None if problems.has_errors else pipeline,
        tuple(hidden(item, secrets) for item in problems),
        {name: hide(text, secrets) for name, text in sources.items()},
    )


class _Builder:
    """One document to one Pipeline; reports as it goes."""

    def __init__(self, document: Document, catalog: Catalog, files: DataFiles, problems: Diagnostics) -> None:
        self.data = document.data
        self.marks: Places = document.marks
        self.source = document.source
        self.catalog = catalog
        self.files = files
        self.problems = problems
        self.count = 0
        self.nearest: dict[str, str | None] = {}

    def report(self, mark: Mark, name: str, message: str, hint: str | None = None) -> None:
        self.problems.add(mark, name, message, hint=hint)

    def build(self) -> Pipeline | None:
        if not isinstance(self.data, dict):
            what = "is empty" if self.data is None else f"is {kind_word(self.data)}"
            hint = "it begins with rhflow: 1, and has steps:"
            self.report(self.marks.of(()), "wrong-form", f"a pipeline is a mapping; this file {what}", hint)
            return None
        top = read_spec(
            PipelineSpec, self.data, (), self.marks, self.problems, noun="a pipeline", later=LATER_TOP_KEYS
        )
        # Where the version is missing or wrong there is still much to say about the rest.
        raw = self.data if top is None else {**self.data, **top.model_dump(by_alias=True, exclude_unset=True)}
        steps = self.steps(_mapping(raw.get("steps")), ("steps",), 0)
        if not raw.get("steps") and "steps" not in self.faulty_keys(top):
            mark = self.marks.of_key(("steps",))
            self.report(mark, "empty-steps", "a pipeline needs at least one step")
        return Pipeline(
            name=self.name(top),
            file=self.source,
            about=top.about if top else None,
            inputs=self.inputs(_mapping(raw.get("inputs"))),
            steps=steps,
            outputs={
                name: parse_value(value, self.marks, ("outputs", name), self.problems)
                for name, value in _mapping(raw.get("outputs")).items()
            },
            budget=self.money(raw.get("budget"), ("budget",)),
        )

    def faulty_keys(self, top: PipelineSpec | None) -> set[str]:
        """Keys that stand in the file and were reported already."""
        if top is None or not isinstance(self.data, dict):
            return set()
        return {key for key in self.data if key not in top.model_dump(by_alias=True, exclude_unset=True)}

    def name(self, top: PipelineSpec | None) -> str:
        stem = PurePath(self.source).name.partition(".")[0] or "pipeline"
        if top is None or top.name is None:
            return stem
        if not NAME.fullmatch(top.name) or ".." in top.name or len(top.name) > 100 or top.name.endswith("."):
            hint = "use letters, digits, _, - and dots"
            message = "the name of a pipeline becomes the name of a folder; this one cannot"
            self.report(self.marks.of(("name",)), "name", message, hint)
            return stem
        return top.name

    def money(self, value: Json, path: Path) -> Money | None:
        if value is None or isinstance(value, list | dict | bool):
            return None
        try:
            return Money.parse(str(value))
        except ValueError as error:
            self.report(self.marks.of(path), "money", str(error).replace("'", '"'))
            return None

    # Inputs

    def inputs(self, raw: JsonObject) -> dict[str, Input]:
        found: dict[str, Input] = {}
        for name, body in raw.items():
            path: Path = ("inputs", name)
            if not isinstance(body, dict):
                hint = f"write {name}: {{type: string}}"
                if isinstance(body, str) and body in WANTED:
                    hint = f"write {name}: {{type: {body}}}"
                self.report(
                    self.marks.of(path),
                    "wrong-form",
                    f'the input "{name}" must be a mapping with a type',
                    hint,
                )
                continue
            spec = read_spec(InputSpec, body, path, self.marks, self.problems, noun="an input")
            if spec is not None:
                found[name] = self.input(name, spec, body, path)
        return found

    def input(self, name: str, spec: InputSpec, body: JsonObject, path: Path) -> Input:
        has_default = "default" in body and body["default"] is not None
        default_mark = self.marks.of((*path, "default")) if "default" in body else None
        schema: Json = None
        if spec.schema_ is not None:
            schema = self.schema(spec, path)
        declared = Input(
            name=name,
            type=spec.type,
            mark=self.marks.of_key(path),
            required=not has_default and ("default" not in body) and spec.required is not False,
            default=body.get("default"),
            has_default=has_default,
            default_mark=default_mark,
            about=spec.about,
            schema=schema,
        )
        if has_default:
            self.default(declared, (*path, "default"))
        return declared

    def schema(self, spec: InputSpec, path: Path) -> Json:
        mark = self.marks.of((*path, "schema"))
        if spec.type != "data":
            self.report(
                self.marks.of_key((*path, "schema")),
                "schema",
                f"only inputs of type data have a schema, not {spec.type}",
            )
            return None
        document = self.files.read(str(spec.schema_), mark, self.problems, is_schema=True)
        if document is None or not check_schema(document, self.problems):
            return None
        return document.data

    def default(self, declared: Input, path: Path) -> None:
        """The default of an input: of its type, and where it is data, as its schema wants it."""
        mark = self.marks.of(path)
        value = declared.default
        if isinstance(value, str) and "${{" in value:
            self.report(mark, "input", "a default is a plain value; there are no expressions in it")
        elif declared.type == "data":
            marks: Places = self.marks
            data, prefix = value, path
            if isinstance(value, str):
                document = self.files.read(value, mark, self.problems)
                if document is None:
                    return
                data, marks, prefix = document.data, document.marks, ()
            if declared.schema is not None:
                validate(data, declared.schema, marks, mark, self.problems, prefix=prefix)
        elif not fits(declared, value):
            self.report(
                mark,
                "input",
                f'the input "{declared.name}" wants {WANTED[declared.type]}, not {kind_word(value)}',
            )
        else:
            other = wrong_kind(declared, value)
            if other is not None:
                self.report(
                    mark,
                    "media-kind",
                    f'the input "{declared.name}" wants {WANTED[declared.type]}; this is of kind {other}',
                )

    # Steps

    def steps(self, raw: JsonObject, path: Path, depth: int) -> dict[str, Step]:
        found: dict[str, Step] = {}
        if depth > MAX_GROUPS:
            self.report(self.marks.of_key(path), "too-deep", f"groups nest at most {MAX_GROUPS} deep")
            return found
        for name, body in raw.items():
            inner = (*path, name)
            self.count += 1
            if self.count > MAX_STEPS:
                if self.count == MAX_STEPS + 1:
                    message = f"a pipeline has at most {MAX_STEPS:,} steps"
                    hint = "foreach runs one step for every item of a list"
                    self.report(self.marks.of_key(inner), "too-large", message, hint)
                break
            if not isinstance(body, dict):
                hint = "write uses: and the name of a model below it"
                message = f'the step "{name}" must be a mapping with uses or steps'
                self.report(self.marks.of_key(inner), "wrong-form", message, hint)
                continue
            step = self.step(name, body, inner, depth)
            if step is not None:
                found[name] = step
        return found

    def step(self, name: str, body: JsonObject, path: Path, depth: int) -> Step | None:
        spec = read_spec(
            StepSpec, body, path, self.marks, self.problems, noun="a step", later=LATER_STEP_KEYS
        )
        if spec is None:
            return None
        made = self.body(name, spec, body, path, depth)
        if made is None:
            return None
        needs = (spec.needs,) if isinstance(spec.needs, str) else tuple(spec.needs or ())
        foreach = (
            parse_value(body["foreach"], self.marks, (*path, "foreach"), self.problems)
            if spec.foreach is not None
            else None
        )
        return Step(
            id=name,
            mark=self.marks.of_key(path),
            body=made,
            foreach=foreach,
            as_name=(spec.as_ or "item") if foreach is not None else spec.as_,
            needs=needs,
            on_doubt=spec.on_doubt or self.doubt(made),
            max_cost=self.money(spec.max_cost, (*path, "max_cost")),
            label=self.text(spec.label, (*path, "label")),
            save_as=self.text(spec.save_as, (*path, "save_as")),
        )

    def doubt(self, made: Call | Group) -> OnDoubt:
        """Local work is free to repeat; anything else asks."""
        return "repeat" if isinstance(made, Call) and made.model.is_local else "ask"

    def body(
        self, name: str, spec: StepSpec, body: JsonObject, path: Path, depth: int
    ) -> Call | Group | None:
        if spec.steps is not None:
            if spec.uses is not None:
                message = f'the step "{name}" has both uses and steps'
                self.report(
                    self.marks.of_key((*path, "steps")),
                    "shape",
                    message,
                    "a step is one call, or a group of steps",
                )
                return None
            for key in CALL_ONLY:
                if key in body:
                    message = f"{key} belongs to a step that uses a model, not to a group"
                    self.report(self.marks.of_key((*path, key)), "shape", message)
            if not spec.steps:
                self.report(
                    self.marks.of_key((*path, "steps")), "empty-steps", f'the group "{name}" has no steps'
                )
                return None
            return Group(self.steps(spec.steps, (*path, "steps"), depth + 1))
        if spec.uses is None:
            if "uses" not in body and "steps" not in body:
                message = f'the step "{name}" says neither what it uses nor which steps it has'
                self.report(self.marks.of_key(path), "missing-key", message, "uses: is the name of a model")
            elif body.get("steps", 0) is None:
                self.report(
                    self.marks.of_key((*path, "steps")), "empty-steps", f'the group "{name}" has no steps'
                )
            arguments = parse_value(_mapping(body.get("with")), self.marks, (*path, "with"), self.problems)
            return None
        arguments = parse_value(spec.with_ or {}, self.marks, (*path, "with"), self.problems)
        model = self.model(spec.uses, self.marks.of((*path, "uses")))
        if model is None or not isinstance(arguments, MapValue):
            return None
        return Call(model, spec.uses, self.marks.of((*path, "uses")), arguments)

    def model(self, uses: str, mark: Mark) -> Model | None:
        found = self.catalog.find(uses)
        if found is not None:
            return found
        later = next((prefix for prefix in LATER_USES if uses.startswith(prefix)), None)
        if later is not None:
            self.report(mark, "not-yet", not_yet(f"uses: {later}…", LATER_USES[later]))
        elif uses.startswith(("./", "../")) or uses.endswith((".yaml", ".yml")):
            self.report(mark, "not-yet", not_yet("uses: ./…", "sub-pipelines"))
        elif "${{" in uses:
            message = "uses is written out; an expression cannot choose the model"
            self.report(mark, "unknown-model", message)
        elif uses.startswith("local/"):
            known = [model.id for model in self.catalog.models if model.is_local]
            near = self.catalog.near(uses)
            hint = (
                f"did you mean {near}?"
                if near and near.startswith("local/")
                else f"there are {listing(known, 20)}"
            )
            self.report(mark, "unknown-model", f'there is no local step "{uses}"', hint if known else None)
        else:
            near = self.near(uses)
            hint = f"did you mean {near}?" if near else "rhflow models lists them all"
            self.report(mark, "unknown-model", f'the catalogue has no model "{uses}"', hint)
        return None

    def near(self, uses: str) -> str | None:
        """The model probably meant; looking costs time, so only the first few slips get an answer."""
        if uses not in self.nearest and len(self.nearest) < MAX_SUGGESTIONS:
            self.nearest[uses] = self.catalog.near(uses)
        return self.nearest.get(uses)

    def text(self, value: str | None, path: Path) -> Text | Expression | None:
        if value is None:
            return None
        parsed: Value = parse_value(value, self.marks, path, self.problems)
        match parsed:
            case Text() | Expression():
                return parsed
            case Literal():
                return Text((value,), parsed.mark)
            case _:
                return None


def _mapping(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
