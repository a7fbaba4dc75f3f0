"""Do these arguments fit this model? Before anything is sent, and before anything is known.

Values may still hold leaves (references to results, media, waiting expressions): what a leaf
promises is checked now, the rest when it is there. Nothing is clamped, rounded or reworded;
a plain number or boolean that spells one of the options of a text parameter becomes that
text, and a required parameter with a documented default is filled in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from rhflow.catalog.blueprint import NODES, fields_model, in_nodes, laid_flat, put_back
from rhflow.catalog.complaint import Complaint
from rhflow.catalog.leaves import LeafCheck, is_list_of_media, is_one_medium
from rhflow.catalog.model import Model, Param
from rhflow.catalog.schema import describe_param, param_schema
from rhflow.ground.diagnostics import counted, did_you_mean, listing
from rhflow.ground.references import Resolved
from rhflow.ground.values import Json, Path, path_text

SAFE_INTEGER = 2**53 - 1
"""The largest whole number every JSON reader keeps exactly."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The arguments as they would be sent, what is wrong with them, and what was filled in."""

    arguments: dict[str, Resolved]
    complaints: tuple[Complaint, ...] = ()
    filled: dict[str, Json] = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        return any(complaint.severity == "error" for complaint in self.complaints)


def check_arguments(model: Model, arguments: Mapping[str, Resolved], *, complete: bool = True) -> Checked:
    """Check, coerce and complete the arguments of one request.

    Args:
        model: what they are for.
        arguments: as the author wrote them; any value may hold leaves.
        complete: the arguments are all there will be, so what is missing is missing.
    """
    if model.endpoint is None:
        return Checked(dict(arguments), (_no_endpoint(model),))
    if not model.params_known:
        return Checked(dict(arguments), (_unchecked(model),))
    sent: dict[str, Resolved] = {}
    complaints: list[Complaint] = []
    for name, value in arguments.items():
        param = model.param(name)
        if param is None:
            complaints.append(_unknown(model, name))
            sent[name] = value
            continue
        sent[name] = coerce(param, value)
        complaints += _value(model, param, sent[name])
    nodes = sent.get(NODES)
    if model.blueprint is not None and isinstance(nodes, dict):
        flat = laid_flat(model.blueprint, nodes)
        inside = check_arguments(fields_model(model.blueprint), flat.known, complete=False)
        sent[NODES] = put_back(nodes, inside.arguments)
        complaints += [*flat.strange, *map(in_nodes, inside.complaints)]
    filled: dict[str, Json] = {}
    if complete:
        for param in model.params:
            if not param.required or param.name in sent:
                continue
            if can_fill(model, param):
                filled[param.name] = param.default
            else:
                complaints.append(_missing(param))
    return Checked({**sent, **cast("dict[str, Resolved]", filled)}, tuple(complaints), filled)


def can_fill(model: Model, param: Param) -> bool:
    """A required parameter the author left out may be sent with its documented default."""
    if param.default is None or param.kind is not None:
        return False
    return _validator(model, param.name).is_valid(param.default)


def coerce(param: Param, value: Resolved) -> Resolved:
    """The value, or the text it spells where the parameter has options; `5.0` is the integer 5."""
    if param.type == "array" and param.enum and isinstance(value, list):
        return [_option(param.enum, item) for item in value]
    if param.type == "enum":
        return _option(param.enum, value)
    if param.type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _option(options: tuple[str, ...], value: Resolved) -> Resolved:
    if isinstance(value, bool):
        spelled = "true" if value else "false"
    elif isinstance(value, int):
        spelled = str(value)
    elif isinstance(value, float) and math.isfinite(value):
        spelled = str(int(value)) if value.is_integer() and str(value) not in options else str(value)
    else:
        return value
    return spelled if spelled in options else value


def _value(model: Model, param: Param, value: Resolved) -> list[Complaint]:
    """What is wrong with one value: first what its leaves promise, then the schema."""
    path: Path = (param.name,)
    if value is None:
        return [Complaint(path, f"{param.name} is null", "argument-type", "leave it out, or give it a value")]
    wrong_shape = _shape(param, value)
    if wrong_shape is not None:
        return [wrong_shape]
    look = LeafCheck(param, gaps=model.is_local)
    instance = look.replace(value, path)
    complaints = list(look.found)
    if path in look.open:
        return complaints
    spoken = {item.path for item in complaints if item.severity == "error"}
    unsafe = [_unsafe(spot, number) for spot, number in _numbers(instance, path) if _is_unsafe(number)]
    if unsafe:
        return [*complaints, *unsafe]
    for error in _validator(model, param.name).iter_errors(instance):
        spot = (*path, *error.absolute_path)
        unseen = any(spot[:length] in look.open for length in range(1, len(spot) + 1))
        if spot in spoken or unseen or _said_better(error, param):
            continue
        complaints.append(_schema_complaint(param, spot, error))
    return complaints


def _said_better(error: ValidationError, param: Param) -> bool:
    """Of a value that is no option, either the type is wrong or the option, not both."""
    if not param.enum or (param.type == "array" and not error.absolute_path):
        return False
    return bool(error.validator == ("type" if isinstance(error.instance, str | int | float) else "enum"))


def _shape(param: Param, value: Resolved) -> Complaint | None:
    """One medium where a list is wanted, or a list where one is."""
    if param.kind is None or param.multiple_uncertain:
        return None
    if param.multiple and (isinstance(value, str) or is_one_medium(value)):
        hint = f"write {param.name}: [ … ], also around a single one"
        return Complaint((param.name,), f"{param.name} wants a list", "media-list", hint)
    if not param.multiple and is_list_of_media(value):
        message = f"{param.name} wants {_wanted_medium(param)}, not a list"
        return Complaint((param.name,), message, "media-list", "give one of them, without the brackets")
    return None


def _wanted_medium(param: Param) -> str:
    return f"{'a' if param.type == 'video' else 'an'} {param.type}"


def _numbers(value: Json, path: Path) -> Iterator[tuple[Path, float]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _numbers(item, (*path, index))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def _is_unsafe(number: float) -> bool:
    return abs(number) > SAFE_INTEGER if isinstance(number, int) else not math.isfinite(number)


def _unsafe(path: Path, number: float) -> Complaint:
    if isinstance(number, int):
        message = f"{path_text(path)} is {number}, more than JSON carries exactly"
        return Complaint(path, message, "unsafe-number", f"the largest whole number is {SAFE_INTEGER}")
    return Complaint(path, f"{path_text(path)} is {number}, which JSON cannot say", "argument-type")


_VALIDATORS: dict[str, tuple[Model, dict[str, Draft7Validator]]] = {}


def _validator(model: Model, name: str) -> Draft7Validator:
    """The validator of one parameter, built once per model (a model of the same name replaces it)."""
    known = _VALIDATORS.get(model.id)
    if known is None or known[0] is not model:
        known = _VALIDATORS[model.id] = (
            model,
            {param.name: Draft7Validator(param_schema(param)) for param in model.params},
        )
    return known[1][name]


def _no_endpoint(model: Model) -> Complaint:
    message = f"nobody knows the path of {model.id}, so it cannot be run"
    return Complaint((), message, "no-endpoint", "choose another model of that task")


def _unchecked(model: Model) -> Complaint:
    message = f"nobody documents the parameters of {model.id}, so these cannot be checked"
    return Complaint((), message, "unchecked-model", "say `unchecked: true` to send them as they are")


def _unknown(model: Model, name: str) -> Complaint:
    words = [param.name for param in model.params]
    near = did_you_mean(name, words)
    hint = f'did you mean "{near}"?' if near else f"it takes {listing(words, 12) or 'nothing'}"
    return Complaint((name,), f'{model.id} has no parameter "{name}"', "unknown-parameter", hint)


def _missing(param: Param) -> Complaint:
    message = f"{param.name} is missing"
    return Complaint((param.name,), message, "missing-parameter", f"it takes: {describe_param(param)}")


_RULES = {
    "type": "argument-type",
    "enum": "unknown-option",
    "minimum": "out-of-range",
    "maximum": "out-of-range",
    "minLength": "too-short",
    "maxLength": "too-long",
    "minItems": "too-few-items",
    "maxItems": "too-many-items",
    "pattern": "argument-form",
}


def _schema_complaint(param: Param, path: Path, error: ValidationError) -> Complaint:
    rule = str(error.validator)
    message, hint = _sentence(param, path_text(path), rule, error)
    return Complaint(path, message, _RULES.get(rule, "argument-form"), hint)


def _sentence(param: Param, where: str, rule: str, error: ValidationError) -> tuple[str, str | None]:
    value, limit = cast("Json", error.instance), error.validator_value
    match rule:
        case "enum":
            near = did_you_mean(str(value), param.enum)
            options = f"it takes {listing(param.enum, 16)}"
            hint = f'did you mean "{near}"? {options[0].upper()}{options[1:]}' if near else options
            return f"{where} has no option {shown(value)}", hint
        case "minimum" | "maximum":
            word = "less than" if rule == "minimum" else "more than"
            return f"{where} is {value}, {word} {limit}", _range_hint(param)
        case "maxLength" | "minLength":
            verb = "takes at most" if rule == "maxLength" else "needs at least"
            return f"{where} {verb} {counted(limit, 'character')}; this has {len(str(value))}", None
        case "maxItems" | "minItems":
            verb = "takes at most" if rule == "maxItems" else "needs at least"
            return f"{where} {verb} {counted(limit, 'item')}; this has {len(cast('list[Json]', value))}", None
        case "pattern":
            return f"{where} takes ASCII characters only", None
        case _:
            return f"{where} wants {_wanted(param, error)}, not {shown(value)}", _type_hint(param, value)


def _range_hint(param: Param) -> str | None:
    if param.min is not None and param.max is not None:
        return f"from {param.min} to {param.max}"
    return None


def _wanted(param: Param, error: ValidationError) -> str:
    if param.enum and param.type == "enum":
        return f"one of {listing(param.enum, 6)}"
    if param.kind is not None:
        return _wanted_medium(param)
    types = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    words = {
        "string": "text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "a mapping",
    }
    return " or ".join(words[str(name)] for name in types)


def _type_hint(param: Param, value: Json) -> str | None:
    if value is None and param.multiple:
        return "what is skipped is null: leave it out with ${{ [x for x in … if x] }}"
    if param.kind is not None:
        return "a path, an https:// URL, a data: URI, an asset id, or the output of a step"
    if param.type == "string" and isinstance(value, int | float):
        return f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
    if isinstance(value, str) and param.type in ("integer", "number", "boolean"):
        return "write it without quotes" if _spells(param, value) else None
    return None


def _spells(param: Param, text: str) -> bool:
    if param.type == "boolean":
        return text in ("true", "false")
    try:
        float(text)
    except ValueError:
        return False
    return True


def shown(value: Json) -> str:
    """A value inside a sentence, cut where it is long."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"' if len(value) <= 40 else f'"{value[:39]}…"'
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case None:
            return "null"
        case _:
            return str(value)


__all__ = ["Checked", "Complaint", "can_fill", "check_arguments", "coerce", "shown"]
