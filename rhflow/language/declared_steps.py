"""The `steps` of a document as nouns: calls, groups, other pipelines. A faulty step is left out."""

from __future__ import annotations

from rhflow.catalog.model import Model
from rhflow.ground.values import Json, JsonObject, Path
from rhflow.language.data_files import validate
from rhflow.language.expressions.tree import Expression, Literal, MapValue, Text, Value, plain_value
from rhflow.language.free_form import is_free_form
from rhflow.language.pipeline import Call, Group, Include, Matrix, Pipeline, Step
from rhflow.language.policies import Policy, policy_of
from rhflow.language.problems import read_spec
from rhflow.language.sheet import Sheet, mapping
from rhflow.language.spec import FallbackSpec, StepSpec
from rhflow.language.uses import ModelFinder, names_pipeline
from rhflow.language.words import LATER_STEP_KEYS

CALL_ONLY = (
    "max_cost",
    "on_doubt",
    "label",
    "save_as",
    "retry",
    "timeout",
    "fallback",
    "on_failure",
    "on_rejected",
    "cache",
    "unchecked",
)
"""Keys of a step that mean something only where a model is used."""

FROM_FILES = ("schema", "graph")
"""Arguments of chats and workflows that may be the path of a JSON file."""

MAX_STEPS = 5_000
MAX_GROUPS = 8
MAX_FALLBACKS = 10


class StepsReader:
    """The steps of one document; reports as it goes."""

    def __init__(self, sheet: Sheet, defaults: Policy) -> None:
        self.sheet = sheet
        self.marks = sheet.marks
        self.report = sheet.report
        self.defaults = defaults
        self.models = ModelFinder(sheet)
        self.count = 0

    def read(self, raw: JsonObject, path: Path, depth: int = 0) -> dict[str, Step]:
        """The steps of one level."""
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
        sheet = self.sheet
        spec = read_spec(
            StepSpec, body, path, self.marks, sheet.problems, noun="a step", later=LATER_STEP_KEYS
        )
        if spec is None:
            return None
        made = self.body(name, spec, body, path, depth)
        if made is None:
            return None
        needs = (spec.needs,) if isinstance(spec.needs, str) else tuple(spec.needs or ())
        foreach = sheet.value(body["foreach"], (*path, "foreach")) if spec.foreach is not None else None
        fallback = self.fallback(spec, path) if isinstance(made, Call) else ()
        policy = Policy()
        if isinstance(made, Call):
            policy = policy_of(
                sheet,
                spec,
                path,
                self.defaults,
                is_local=made.model.is_local,
                has_fallback=bool(spec.fallback),
            )
        return Step(
            id=name,
            mark=self.marks.of_key(path),
            body=made,
            condition=sheet.value(body["if"], (*path, "if")) if spec.if_ is not None else None,
            foreach=foreach,
            as_name=(spec.as_ or "item") if foreach is not None else spec.as_,
            at_most=spec.at_most,
            matrix=self.matrix(spec, path),
            retry=policy.retry,
            timeout=policy.timeout,
            fallback=fallback,
            on_failure=policy.on_failure,
            on_rejected=policy.on_rejected,
            cache=policy.cache,
            unchecked=spec.unchecked is True,
            needs=needs,
            on_doubt=policy.on_doubt,
            max_cost=policy.max_cost,
            label=self.text(spec.label, (*path, "label")),
            save_as=self.text(spec.save_as, (*path, "save_as")),
        )

    def matrix(self, spec: StepSpec, path: Path) -> Matrix | None:
        if spec.matrix is None:
            return None
        axes = {name: self.sheet.value(axis, (*path, "matrix", name)) for name, axis in spec.matrix.items()}
        return Matrix(axes, zip=spec.zip is True)

    # What a step is.

    def body(
        self, name: str, spec: StepSpec, body: JsonObject, path: Path, depth: int
    ) -> Call | Group | Include | None:
        if spec.steps is not None:
            return self.group(name, spec, body, path, depth)
        if spec.uses is None:
            self.no_body(name, body, path)
            self.arguments(mapping(body.get("with")), path)
            return None
        arguments = self.arguments(spec.with_ or {}, path)
        mark = self.marks.of((*path, "uses"))
        if names_pipeline(spec.uses):
            self.refuse(CALL_ONLY, body, path, "not to another pipeline")
            part = self.sheet.open_part(spec.uses, mark)
            if part is None:
                self.sheet.has_gaps = True
                return None
            return Include(part, spec.uses, mark, self.with_data(part, arguments))
        model = self.models.find(spec.uses, mark, unchecked=spec.unchecked is True)
        return None if model is None else Call(model, spec.uses, mark, self.with_files(model, arguments))

    def group(self, name: str, spec: StepSpec, body: JsonObject, path: Path, depth: int) -> Group | None:
        if spec.uses is not None:
            message = f'the step "{name}" has both uses and steps'
            hint = "a step is one call, or a group of steps"
            self.report(self.marks.of_key((*path, "steps")), "shape", message, hint)
            return None
        self.refuse(("with", *CALL_ONLY), body, path, "not to a group")
        if not spec.steps:
            self.no_steps(name, path)
            return None
        return Group(self.read(spec.steps, (*path, "steps"), depth + 1))

    def refuse(self, keys: tuple[str, ...], body: JsonObject, path: Path, where: str) -> None:
        for key in keys:
            if key in body:
                message = f"{key} belongs to a step that uses a model, {where}"
                self.report(self.marks.of_key((*path, key)), "shape", message)

    def no_body(self, name: str, body: JsonObject, path: Path) -> None:
        if "uses" not in body and "steps" not in body:
            message = f'the step "{name}" says neither what it uses nor which steps it has'
            self.report(self.marks.of_key(path), "missing-key", message, "uses: is the name of a model")
        elif body.get("steps", 0) is None:
            self.no_steps(name, path)

    def no_steps(self, name: str, path: Path) -> None:
        mark = self.marks.of_key((*path, "steps"))
        self.report(mark, "empty-steps", f'the group "{name}" has no steps')

    def arguments(self, raw: JsonObject, path: Path) -> MapValue:
        value = self.sheet.value(raw, (*path, "with"))
        assert isinstance(value, MapValue)
        return value

    def with_data(self, part: Pipeline, arguments: MapValue) -> MapValue:
        """The arguments with the files that data inputs are given read, as nothing reads them later."""
        items: dict[str, Value] = dict(arguments.items)
        for name, value in arguments.items.items():
            declared = part.inputs.get(name)
            if declared is None or declared.type != "data" or not isinstance(value, Literal):
                continue
            if isinstance(value.value, str):
                document = self.sheet.files.read(
                    value.value, value.mark, self.sheet.problems, columns=declared.schema
                )
                if document is not None:
                    if declared.schema is not None:
                        validate(
                            document.data, declared.schema, document.marks, value.mark, self.sheet.problems
                        )
                    items[name] = plain_value(document.data, value.mark)
        return MapValue(items, arguments.mark, arguments.key_marks)

    def with_files(self, model: Model, arguments: MapValue) -> MapValue:
        """The arguments with the JSON files read that the schema of a chat or a workflow's graph names."""
        items: dict[str, Value] = dict(arguments.items)
        for name in FROM_FILES if is_free_form(model) else ():
            value = arguments.items.get(name)
            if (
                model.param(name) is None
                or not isinstance(value, Literal)
                or not isinstance(value.value, str)
            ):
                continue
            if name == "schema":
                shape = self.sheet.shape(value.value, value.mark)
                read = shape.schema if shape is not None else None
            else:
                document = self.sheet.files.read(value.value, value.mark, self.sheet.problems)
                read = document.data if document is not None else None
            items[name] = plain_value(read if isinstance(read, dict) else {}, value.mark)
            if read is not None and not isinstance(read, dict):
                self.report(value.mark, "argument-form", f"{value.value} holds no mapping")
        return MapValue(items, arguments.mark, arguments.key_marks)

    # The ladder.

    def fallback(self, spec: StepSpec, path: Path) -> tuple[Call, ...]:
        rungs: list[Call] = []
        path = (*path, "fallback")
        for index, raw in enumerate(spec.fallback or ()):
            if index == MAX_FALLBACKS:
                message = f"a step falls back at most {MAX_FALLBACKS} times"
                self.report(self.marks.of((*path, index)), "too-large", message)
                break
            rung = self.rung(raw, (*path, index), unchecked=spec.unchecked is True)
            if rung is not None:
                rungs.append(rung)
        if spec.fallback is not None and not spec.fallback:
            hint = "write a list of {uses: …, with: …}, or leave it out"
            self.report(self.marks.of_key(path), "shape", "this fallback is empty", hint)
        return tuple(rungs)

    def rung(self, raw: Json, path: Path, *, unchecked: bool) -> Call | None:
        if not isinstance(raw, dict):
            hint = "write - uses: and the name of a model"
            message = "a fallback is a mapping with uses and with"
            self.report(self.marks.of(path), "wrong-form", message, hint)
            return None
        spec = read_spec(FallbackSpec, raw, path, self.marks, self.sheet.problems, noun="a fallback")
        if spec is None:
            return None
        mark = self.marks.of((*path, "uses"))
        arguments = self.arguments(spec.with_ or {}, path)
        if names_pipeline(spec.uses):
            message = "a fallback is a model; another pipeline cannot stand in for one"
            self.report(mark, "shape", message)
            return None
        model = self.models.find(spec.uses, mark, unchecked=unchecked)
        return None if model is None else Call(model, spec.uses, mark, self.with_files(model, arguments))

    def text(self, value: str | None, path: Path) -> Text | Expression | None:
        if value is None:
            return None
        parsed = self.sheet.value(value, path)
        match parsed:
            case Text() | Expression():
                return parsed
            case Literal():
                return Text((value,), parsed.mark)
            case _:
                return None
