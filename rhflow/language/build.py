"""Text to Pipeline: the one function `read_pipeline`.

Reads the document, checks its grammar, makes the nouns, and lets every rule look at them. All
problems come back at once; a part that is wrong is left out, so that the rest is still checked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath

from rhflow.catalog.read import Catalog
from rhflow.ground.diagnostics import Diagnostic, Diagnostics
from rhflow.ground.values import Json
from rhflow.language.data_files import DataFiles, OpenText
from rhflow.language.declared_budget import read_budget
from rhflow.language.declared_inputs import read_inputs
from rhflow.language.declared_steps import StepsReader
from rhflow.language.document import MAX_BYTES, Document, read_document
from rhflow.language.expressions.functions import kind_word
from rhflow.language.parts import Part, Parts
from rhflow.language.pipeline import Pipeline
from rhflow.language.policies import default_policy
from rhflow.language.problems import read_spec
from rhflow.language.rules import RULES
from rhflow.language.secrets import find_secrets, hidden, hide, secrets_in, without_passwords
from rhflow.language.sheet import Sheet, mapping
from rhflow.language.spec import PipelineSpec
from rhflow.language.survey import survey
from rhflow.language.words import NAME


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
    """Read and check one pipeline, with the pipelines it is made of.

    Args:
        text: the file's content.
        source: its name, as messages show it.
        catalog: what can be asked for, local steps included.
        open_text: gives the text of a path relative to the pipeline's folder; raises OSError.
        secrets: values that must not stand in the text (the key in the environment).
    """
    reader = _Reader(source, catalog, open_text, secrets)
    problems = Diagnostics()
    part = reader.read(text, DataFiles(source, open_text), problems, is_part=False)
    problems.extend(reader.parts.problems)
    return Reading(
        None if part is None or problems.has_errors else part.pipeline,
        tuple(hidden(item, reader.hide) for item in problems),
        {name: hide(shown, reader.hide) for name, shown in reader.sources.items()},
    )


class _Reader:
    """Reads the documents of one pipeline, one by one."""

    def __init__(self, source: str, catalog: Catalog, open_text: OpenText, secrets: Collection[str]) -> None:
        self.catalog = catalog
        self.parts = Parts(source, open_text, partial(self.read, is_part=True))
        self.secrets = secrets
        self.sources: dict[str, str] = {}
        self.hide: set[str] = set(secrets)

    def read(
        self, text: str | bytes, files: DataFiles, problems: Diagnostics, *, is_part: bool
    ) -> Part | None:
        """One document as a Part; None where nothing can be made of it."""
        source = files.pipeline_file
        document = read_document(text, source, problems)
        if document is None:
            whole = text if isinstance(text, str) else text[:MAX_BYTES].decode(errors="replace")
            self.sources[source] = whole.removeprefix("\ufeff")[:MAX_BYTES]
            return None
        sheet = Sheet(document, self.catalog, files, problems, partial(self.parts.open, files, problems))
        pipeline = build(sheet, is_part=is_part)
        problems.extend(find_secrets(document, self.secrets))
        self.hide |= secrets_in(document, self.secrets)
        self.sources.update({**files.sources, source: without_passwords(document)})
        if pipeline is None:
            return None
        seen = survey(pipeline, document.marks, self.catalog, self.parts.outputs, sheet)
        problems.extend(seen.problems)
        for rule in RULES:
            problems.extend(item for item in rule(seen) if not seen.is_spoken(item.mark))
        return Part(pipeline, seen.output_types)


def build(sheet: Sheet, *, is_part: bool) -> Pipeline | None:
    """One document as a Pipeline; None where it is none at all."""
    data = sheet.data
    if not isinstance(data, dict):
        what = "is empty" if data is None else f"is {kind_word(data)}"
        hint = "it begins with rhflow: 1, and has steps:"
        sheet.report(sheet.marks.of(()), "wrong-form", f"a pipeline is a mapping; this file {what}", hint)
        return None
    top = read_spec(PipelineSpec, data, (), sheet.marks, sheet.problems, noun="a pipeline")
    # Where the version is missing or wrong there is still much to say about the rest.
    raw: dict[str, Json] = (
        data if top is None else {**data, **top.model_dump(by_alias=True, exclude_unset=True)}
    )
    steps = StepsReader(sheet, default_policy(sheet, raw.get("defaults")))
    if not raw.get("steps") and "steps" not in _faulty_keys(sheet.document, top):
        mark = sheet.marks.of_key(("steps",))
        sheet.report(mark, "empty-steps", "a pipeline needs at least one step")
    return Pipeline(
        name=_name(sheet, top),
        file=sheet.source,
        about=top.about if top else None,
        inputs=read_inputs(sheet, mapping(raw.get("inputs")), is_part=is_part),
        steps=steps.read(mapping(raw.get("steps")), ("steps",)),
        outputs={
            name: sheet.value(value, ("outputs", name)) for name, value in mapping(raw.get("outputs")).items()
        },
        budget=read_budget(sheet, raw.get("budget")),
    )


def _faulty_keys(document: Document, top: PipelineSpec | None) -> set[str]:
    """Keys that stand in the file and were reported already."""
    if top is None or not isinstance(document.data, dict):
        return set()
    good = top.model_dump(by_alias=True, exclude_unset=True)
    return {key for key in document.data if key not in good}


def _name(sheet: Sheet, top: PipelineSpec | None) -> str:
    stem = PurePath(sheet.source).name.partition(".")[0] or "pipeline"
    if top is None or top.name is None:
        return stem
    if not NAME.fullmatch(top.name) or ".." in top.name or len(top.name) > 100 or top.name.endswith("."):
        hint = "use letters, digits, _, - and dots"
        message = "the name of a pipeline becomes the name of a folder; this one cannot"
        sheet.report(sheet.marks.of(("name",)), "name", message, hint)
        return stem
    return top.name
