"""Complaints of pydantic, said again in our own words at the place they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import ValidationError

from rhflow.ground.diagnostics import Diagnostics, did_you_mean
from rhflow.ground.marks import Marks
from rhflow.ground.values import JsonObject, Path
from rhflow.language.expressions.functions import value_word
from rhflow.language.spec import Spec, keys_of
from rhflow.language.words import not_yet

SpecType = TypeVar("SpecType", bound=Spec)


def read_spec(
    spec: type[SpecType],
    data: JsonObject,
    path: Path,
    marks: Marks,
    problems: Diagnostics,
    *,
    noun: str,
    later: Iterable[str] = (),
) -> SpecType | None:
    """The mapping as its spec; faulty keys are reported, left out, and the rest is read again.

    None where a key that must be there is missing or faulty.
    """
    known = keys_of(spec)
    good = dict(data)
    for key in data:
        if key in later:
            problems.add(marks.of_key((*path, key)), "not-yet", not_yet(key))
            del good[key]
        elif key not in known:
            _unknown_key(key, path, marks, problems, noun, [*known, *later])
            del good[key]
    try:
        return spec.model_validate(good)
    except ValidationError as error:
        faulty = _report(error, good, known, path, marks, problems, noun)
    try:
        return spec.model_validate({key: value for key, value in good.items() if key not in faulty})
    except ValidationError:
        return None


def _unknown_key(
    key: str, path: Path, marks: Marks, problems: Diagnostics, noun: str, words: list[str]
) -> None:
    near = _SYNONYMS.get((noun, key)) or did_you_mean(key, words)
    hint = f"did you mean {near}?" if near else f"the keys of {noun} are {', '.join(words)}"
    problems.add(marks.of_key((*path, key)), "unknown-key", f'{noun} has no key "{key}"', hint=hint)


_SYNONYMS: dict[tuple[str, str], str] = {
    ("a step", "model"): "uses",
    ("a step", "use"): "uses",
    ("a step", "params"): "with",
    ("a step", "args"): "with",
    ("a step", "arguments"): "with",
    ("a step", "inputs"): "with",
    ("a step", "depends_on"): "needs",
    ("a step", "for_each"): "foreach",
    ("a step", "for"): "foreach",
    ("a step", "when"): "if",
    ("a step", "retries"): "retry",
    ("a step", "name"): "label",
    ("a step", "output"): "save_as",
    ("a pipeline", "version"): "rhflow",
    ("a pipeline", "description"): "about",
    ("a pipeline", "jobs"): "steps",
    ("a pipeline", "max_cost"): "budget",
    ("an input", "description"): "about",
    ("an input", "kind"): "type",
}
"""What other tools call it."""


def _report(
    error: ValidationError,
    data: JsonObject,
    known: Mapping[str, str],
    path: Path,
    marks: Marks,
    problems: Diagnostics,
    noun: str,
) -> set[str]:
    faulty: set[str] = set()
    for complaint in error.errors(include_url=False, include_context=False):
        key = str(complaint["loc"][0])
        if key in faulty:
            continue
        faulty.add(key)
        if complaint["type"] == "missing":
            problems.add(marks.of_key(path), "missing-key", f"{noun} needs {key}: {known[key]}")
            continue
        value = data[key]
        if key == "rhflow":
            message = f"this program reads version 1 of the language, not {value_word(value)}"
            problems.add(marks.of((*path, key)), "version", message, hint="write rhflow: 1")
            continue
        near = (
            did_you_mean(value, known[key].removeprefix("one of ").split(", "))
            if isinstance(value, str)
            else None
        )
        hint = f"did you mean {near}?" if near else None
        problems.add(
            marks.of((*path, key)),
            "wrong-form",
            f"{key} wants {known[key]}, not {value_word(value)}",
            hint=hint,
        )
    return faulty
