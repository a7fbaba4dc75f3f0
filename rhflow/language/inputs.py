"""Giving the inputs of a pipeline their values: defaults, files, the command line.

Everything is checked against what the input declares; data is checked against its schema, with
the place in the data's own file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import cast

from rhflow.ground.diagnostics import Diagnostic, Diagnostics, did_you_mean, listing
from rhflow.ground.marks import Mark, Marks
from rhflow.ground.media import kind_of_suffix
from rhflow.ground.references import Resolved
from rhflow.ground.values import Json
from rhflow.language.data_files import DataFiles, OpenText, validate
from rhflow.language.document import read_document
from rhflow.language.expressions.functions import kind_word, shown
from rhflow.language.media_values import as_media, is_url
from rhflow.language.pipeline import Input, Pipeline
from rhflow.language.scalars import LARGEST_INTEGER

WANTED: dict[str, str] = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "image": "an image: a path or a URL",
    "video": "a video: a path or a URL",
    "audio": "an audio file: a path or a URL",
    "data": "the path of a YAML, JSON or CSV file, or the data itself",
}


@dataclass(frozen=True, slots=True)
class Given:
    """A value somebody gives for an input.

    `base` is the folder its paths are relative to (None: the pipeline's). From the command line
    everything is text and is read by the declared type.
    """

    value: Json
    base: str | None = None
    from_command_line: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """Every input with its value; `sources` are the texts the problems point into."""

    values: dict[str, Resolved]
    problems: tuple[Diagnostic, ...]
    sources: Mapping[str, str]


def bind_inputs(
    pipeline: Pipeline, given: Mapping[str, Given], open_text: OpenText, *, folder: str | None = None
) -> Bound:
    """The value of every declared input.

    `folder` is the pipeline's folder as an absolute path (without it: as the file was named).
    """
    problems = Diagnostics()
    binder = _Binder(pipeline, open_text, problems, folder)
    for name in given:
        if name not in pipeline.inputs:
            near = did_you_mean(name, pipeline.inputs)
            known = f"it has {listing(pipeline.inputs)}" if pipeline.inputs else "it has none"
            hint = f"did you mean {near}?" if near else known
            message = f'a value was given for "{name}", and the pipeline has no such input'
            problems.add(Mark(pipeline.file), "unknown-input", message, hint=hint)
    values: dict[str, Resolved] = {}
    for name, declared in pipeline.inputs.items():
        values[name] = binder.bind(declared, given.get(name))
    return Bound(values, tuple(problems), binder.files.sources)


class _Binder:
    def __init__(
        self, pipeline: Pipeline, open_text: OpenText, problems: Diagnostics, folder: str | None
    ) -> None:
        self.files = DataFiles(pipeline.file, open_text)
        self.folder = folder if folder is not None else str(PurePath(pipeline.file).parent)
        self.problems = problems

    def bind(self, declared: Input, given: Given | None) -> Resolved:
        mark = declared.mark
        if given is None:
            if declared.has_default:
                given, mark = Given(declared.default), declared.default_mark or mark
            elif declared.required:
                message = f'the input "{declared.name}" has no value'
                hint = f"give it with -i {declared.name}=…"
                self.problems.add(mark, "missing-input", message, hint=hint)
                return None
            else:
                return None
        value = given.value
        if given.from_command_line and isinstance(value, str):
            value = self.from_text(declared, value)
        if value is None:
            if declared.required and not declared.has_default:
                self.problems.add(mark, "missing-input", f'the input "{declared.name}" is required and null')
            return None
        if declared.type == "data":
            return self.data(declared, value, given.base, mark)
        if not fits(declared, value):
            self.problems.add(
                mark,
                "input",
                f'the input "{declared.name}" wants {WANTED[declared.type]}, not {said_of(value)}',
            )
            return None
        if declared.kind is not None:
            other = wrong_kind(declared, value)
            if other is not None:
                wanted = f'the input "{declared.name}" wants {WANTED[declared.type]}'
                message = f"{wanted}; {said_of(value)} is of kind {other}"
                self.problems.add(mark, "media-kind", message)
                return None
            folder = given.base if given.base is not None else self.folder
            return as_media(str(value), declared.kind, folder)
        return cast("Resolved", value)

    def from_text(self, declared: Input, text: str) -> Json:
        """A value of the command line, by the declared type; left as it is where it does not fit."""
        match declared.type:
            case "integer" if re.fullmatch(r"[-+]?[0-9]{1,16}", text) and abs(int(text)) <= LARGEST_INTEGER:
                return int(text)
            case "number" if re.fullmatch(r"[-+]?[0-9]{1,15}", text):
                return int(text)
            case "number" if re.fullmatch(
                r"[-+]?([0-9]{0,20}\.[0-9]{1,20}|[0-9]{1,20}\.)([eE][-+]?[0-9]{1,2})?", text
            ):
                return float(text)
            case "boolean" if text in ("true", "false"):
                return text == "true"
            case "data" if text[:1] in ("{", "["):
                document = read_document(text, f"-i {declared.name}", self.problems)
                self.files.sources[f"-i {declared.name}"] = text
                return None if document is None else document.data
            case _:
                return text

    def data(self, declared: Input, value: Json, base: str | None, mark: Mark) -> Resolved:
        if not isinstance(value, str):
            if declared.schema is not None:
                # The value stands in another text (or on the command line): point at the declaration.
                validate(value, declared.schema, _Everywhere(mark), mark, self.problems)
            return cast("Resolved", value)
        path = value if base is None else str(PurePath(base) / value)
        document = self.files.read(path, mark, self.problems, columns=declared.schema)
        if document is None:
            return None
        if declared.schema is not None:
            validate(document.data, declared.schema, document.marks, mark, self.problems)
        return cast("Resolved", document.data)


class _Everywhere(Marks):
    """Marks of data whose text nobody has: all of it stands at one place."""

    def __init__(self, mark: Mark) -> None:
        super().__init__(mark.file, {(): mark}, {})


def fits(declared: Input, value: Json) -> bool:
    """Whether a plain value is one of the declared type."""
    match declared.type:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "data":
            return True
        case _:
            return isinstance(value, str) and bool(value)


def wrong_kind(declared: Input, value: Json) -> str | None:
    """What a media input's path promises to be, where that is another kind."""
    if (
        declared.kind is None
        or not isinstance(value, str)
        or (is_url(value) and not value.startswith("http"))
    ):
        return None
    kind = kind_of_suffix(value.partition("?")[0] if is_url(value) else value)
    return kind.value if kind is not None and kind is not declared.kind else None


def said_of(value: Json) -> str:
    """A value as a message tells it: texts and numbers themselves, of anything else what it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return shown(value) if isinstance(value, str) else kind_word(value)
