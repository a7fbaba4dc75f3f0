"""The models for an editor: names to choose from, and for each model a schema of its `with`.

Identical parameters and identical sets of them are written once. A schema here never complains where
`rhflow check` is silent: options may be spelled as numbers, required parameters that get their
documented default may be left out, and every value may be an expression.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from rhflow.catalog.check import can_fill, coerce
from rhflow.catalog.model import Model, Param
from rhflow.catalog.read import Catalog
from rhflow.catalog.schema import describe_param, param_schema
from rhflow.ground.media import Kind
from rhflow.ground.values import Json, JsonObject

EXPRESSION: JsonObject = {"$ref": "#/definitions/expression"}

_SPECIAL = re.compile(r"[][(){}.*+?^$|\\]")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


def or_expression(shape: JsonObject) -> JsonObject:
    """The shape, or a string that holds an expression."""
    return {"anyOf": [shape, EXPRESSION]}


def pattern_of(names: Iterable[str]) -> str:
    """A regular expression (every dialect) for exactly these names."""
    return f"^({'|'.join(_SPECIAL.sub(_escaped, name) for name in names)})$"


def where_uses(pattern: str, then: JsonObject) -> JsonObject:
    """A condition of a step: what holds where its `uses` is like this."""
    return {"if": {"required": ["uses"], "properties": {"uses": {"pattern": pattern}}}, "then": then}


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


class EditorModels:
    """Everything that can be asked for, as definitions and conditions of a schema."""

    def __init__(self, catalog: Catalog) -> None:
        self.definitions: JsonObject = {}
        """Parameters (`argument:prompt.2`) and sets of them, each named for the first model that has it."""
        self._known: dict[str, str] = {}
        self._names = {
            name: model
            for model in catalog.models
            if model.endpoint is not None and model.blueprint is None  # those have a form of their own
            for name in sorted(model.all_names)
            if catalog.find(name) is model
        }
        self._sets: dict[str, list[str]] = {}
        self._requires: dict[str, bool] = {}
        for name, model in self._names.items():
            self._sets.setdefault(self._with(model), []).append(name)

    def names(self) -> list[str]:
        return sorted(self._names)

    def choices(self) -> list[Json]:
        """Every name with a sentence about its model."""
        return [{"const": name, "description": _about(name, self._names[name])} for name in self.names()]

    def conditions(self) -> Iterator[JsonObject]:
        """One for each set of parameters: where `uses` is one of these names, `with` is that."""
        for pointer, names in self._sets.items():
            then: JsonObject = {"properties": {"with": {"$ref": f"#/definitions/{pointer}"}}}
            if self._requires[pointer]:
                then["required"] = ["with"]
            yield where_uses(pattern_of(names), then)

    def _with(self, model: Model) -> str:
        """The definition of the model's arguments; written once for all who take the same."""
        if not model.params_known:
            return self._define("arguments:undocumented", {"type": "object"}, requires=False)
        missing: list[Json] = [
            param.name for param in model.params if param.required and not can_fill(model, param)
        ]
        schema: JsonObject = {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                param.name: {"$ref": f"#/definitions/{self._param(model, param)}"} for param in model.params
            },
        }
        if missing:
            schema["required"] = missing
        return self._define(f"arguments:{model.id.replace('/', ':')}", schema, requires=bool(missing))

    def _param(self, model: Model, param: Param) -> str:
        name = f"argument:{param.name.replace('#', '_')}"
        return self._define(name, argument(param, filled=can_fill(model, param)))

    def _define(self, name: str, schema: JsonObject, *, requires: bool = False) -> str:
        """The name of this definition: an equal one's, else its own, with a number where it is taken."""
        text = json.dumps([name if name.startswith("argument:") else "", schema], sort_keys=True)
        if text not in self._known:
            number, free = 1, name
            while free in self.definitions:
                number += 1
                free = f"{name}.{number}"
            self._known[text] = free
            self.definitions[free] = schema
            self._requires[free] = requires
        return self._known[text]


def _about(name: str, model: Model) -> str:
    """A sentence or two on what the name stands for."""
    gives = " and ".join("3D model" if kind is Kind.MODEL3D else kind.value for kind in model.output_kinds)
    task = model.task.replace("-", " ")
    if model.is_local:
        return f"Gives {gives}; done on this machine, free."
    parts = [f"{task[0].upper()}{task[1:]}, gives {gives}."]
    price = model.price.describe()
    parts.append("Nobody publishes its price." if price == "unknown" else f"Price: {price}.")
    if model.deprecated:
        parts.append("Deprecated.")
    if not model.params_known:
        parts.append("Nobody documents its parameters: it needs unchecked: true.")
    others = [word for word in model.all_names if word != name]
    if others:
        parts.append(f"The same as {' and '.join(others[:2])}.")
    return " ".join(parts)


def argument(param: Param, *, filled: bool = False, words: str | None = None) -> JsonObject:
    """The schema of an argument as it may be written; `words` in place of its facts."""
    phrase = describe_param(param)
    text = words or f"{phrase[0].upper()}{phrase[1:]}."
    if param.required:
        text = f"Required{', sent as documented where left out' if filled else ''}. {text}"
    shape = param_schema(param)
    shape.pop("description", None)
    schema: JsonObject = {"description": text}
    if "default" in shape:
        schema["default"] = shape.pop("default")
    if shape == {"type": "string"}:
        return {**schema, **shape}
    return {**schema, **or_expression(_as_written(param, shape))}


def _as_written(param: Param, shape: JsonObject) -> JsonObject:
    """The vendor's shape, widened by what the check makes fit."""
    items = shape.get("items")
    if isinstance(items, dict):
        if items.get("type") != "string" or "enum" in items:
            shape = {**shape, "items": or_expression(items)}
        return shape
    if param.type != "enum":
        return shape
    spelled: list[Json] = [value for option in param.enum for value in _spellings(param, option)]
    return {"enum": [*param.enum, *spelled]}


def _spellings(param: Param, option: str) -> Iterator[Json]:
    """The number or boolean that is taken for this option."""
    value: str | int | float | None = None
    if option in ("true", "false"):
        value = option == "true"
    elif _NUMBER.fullmatch(option):
        value = float(option) if "." in option else int(option)
    if value is not None and coerce(param, value) == option:
        yield value
