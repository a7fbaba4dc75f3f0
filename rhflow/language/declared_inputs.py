"""The `inputs` of a document as nouns: their types, schemas and defaults, each looked at."""

from __future__ import annotations

from dataclasses import replace

from rhflow.ground.values import Json, JsonObject, Path
from rhflow.language.data_files import check_schema, validate
from rhflow.language.expressions.functions import kind_word
from rhflow.language.inputs import WANTED, fits, wrong_kind
from rhflow.language.pipeline import Input
from rhflow.language.places import Places
from rhflow.language.problems import read_spec
from rhflow.language.sheet import Sheet
from rhflow.language.spec import InputSpec


def read_inputs(sheet: Sheet, raw: JsonObject, *, is_part: bool) -> dict[str, Input]:
    """Every declared input that could be read.

    Where the document is part of another pipeline (`is_part`), nobody binds its inputs by hand: data that
    a default only names is read now and put in its place.
    """
    found: dict[str, Input] = {}
    for name, body in raw.items():
        path: Path = ("inputs", name)
        if not isinstance(body, dict):
            hint = f"write {name}: {{type: string}}"
            if isinstance(body, str) and body in WANTED:
                hint = f"write {name}: {{type: {body}}}"
            message = f'the input "{name}" must be a mapping with a type'
            sheet.report(sheet.marks.of(path), "wrong-form", message, hint)
            continue
        spec = read_spec(InputSpec, body, path, sheet.marks, sheet.problems, noun="an input")
        if spec is not None:
            found[name] = _input(sheet, name, spec, body, is_part=is_part)
    return found


def _input(sheet: Sheet, name: str, spec: InputSpec, body: JsonObject, *, is_part: bool) -> Input:
    path: Path = ("inputs", name)
    has_default = "default" in body and body["default"] is not None
    default_mark = sheet.marks.of((*path, "default")) if "default" in body else None
    schema = _schema(sheet, spec, path) if spec.schema_ is not None else None
    declared = Input(
        name=name,
        type=spec.type,
        mark=sheet.marks.of_key(path),
        required=not has_default and ("default" not in body) and spec.required is not False,
        default=body.get("default"),
        has_default=has_default,
        default_mark=default_mark,
        about=spec.about,
        schema=schema,
    )
    if has_default:
        data = _default(sheet, declared, (*path, "default"))
        if is_part:
            declared = replace(declared, default=data)
    return declared


def _schema(sheet: Sheet, spec: InputSpec, path: Path) -> Json:
    mark = sheet.marks.of((*path, "schema"))
    if spec.type != "data":
        message = f"only inputs of type data have a schema, not {spec.type}"
        sheet.report(sheet.marks.of_key((*path, "schema")), "schema", message)
        return None
    document = sheet.files.read(str(spec.schema_), mark, sheet.problems, is_schema=True)
    if document is None or not check_schema(document, sheet.problems):
        return None
    return document.data


def _default(sheet: Sheet, declared: Input, path: Path) -> Json:
    """The default of an input, found to be of its type, and where it is data, as its schema wants it."""
    mark = sheet.marks.of(path)
    value = declared.default
    if isinstance(value, str) and "${{" in value:
        sheet.report(mark, "input", "a default is a plain value; there are no expressions in it")
    elif declared.type == "data":
        return _default_data(sheet, declared, path)
    elif not fits(declared, value):
        message = f'the input "{declared.name}" wants {WANTED[declared.type]}, not {kind_word(value)}'
        sheet.report(mark, "input", message)
    else:
        other = wrong_kind(declared, value)
        if other is not None:
            message = f'the input "{declared.name}" wants {WANTED[declared.type]}; this is of kind {other}'
            sheet.report(mark, "media-kind", message)
    return value


def _default_data(sheet: Sheet, declared: Input, path: Path) -> Json:
    mark, data = sheet.marks.of(path), declared.default
    marks: Places = sheet.marks
    prefix = path
    if isinstance(data, str):
        document = sheet.files.read(data, mark, sheet.problems, columns=declared.schema)
        if document is None:
            return data
        data, marks, prefix = document.data, document.marks, ()
    if declared.schema is not None:
        of_schema = sheet.marks.of(("inputs", declared.name, "schema"))
        validate(data, declared.schema, marks, of_schema, sheet.problems, prefix=prefix)
    return data
