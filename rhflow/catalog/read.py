"""JSON text of the package data becomes a `Catalog`: every model, found by any of its names.

The form of a family file (`data/models/<family>.json`): `{"family", "as_of", "models": [...]}`, each
model with the field names of `model.Model`, values at their defaults left out, money as
decimal strings. Reading is quick because every command needs it: plain dictionaries and
tables of types, no schema library.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from rhflow.catalog.find import NameTable, Wanted, search_models
from rhflow.catalog.model import Model, Output, Param, ParamType
from rhflow.catalog.price import UNKNOWN, Basis, Price, PriceRule, Unit
from rhflow.ground.media import Kind

_TEXT = (str,)
_NUMBER = (int, float)
_PARAM_FIELDS: dict[str, tuple[type, ...]] = {
    "name": _TEXT,
    "type": _TEXT,
    "required": (bool,),
    "default": (str, int, float, bool, list, dict),
    "enum": (list,),
    "min": _NUMBER,
    "max": _NUMBER,
    "step": _NUMBER,
    "min_length": (int,),
    "max_length": (int,),
    "multiple": (bool,),
    "multiple_uncertain": (bool,),
    "also": (list,),
    "max_items": (int,),
    "accept": (list,),
    "max_size_mb": _NUMBER,
    "item_type": _TEXT,
    "format": _TEXT,
    "role": _TEXT,
    "node_field": _TEXT,
    "node_enum": (list,),
    "about": _TEXT,
}
_MODEL_FIELDS: dict[str, tuple[type, ...]] = {
    "endpoint": _TEXT,
    "names": (list,),
    "task": _TEXT,
    "output": _TEXT,
    "params": (list,),
    "price": (dict,),
    "params_known": (bool,),
    "tier": _TEXT,
    "deprecated": (bool,),
    "hosting": _TEXT,
    "former_endpoints": (list,),
    "other_tasks": (list,),
    "extra_outputs": (list,),
    "sources": (list,),
    "returns": _TEXT,
}
_PRICE_FIELDS: dict[str, tuple[type, ...]] = {
    "basis": _TEXT,
    "currency": _TEXT,
    "unit": _TEXT,
    "amount": _TEXT,
    "rules": (list,),
    "as_of": _TEXT,
    "raw": _TEXT,
}
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError)
_PARAM_TYPES = frozenset(get_args(ParamType))
_BASES = frozenset(get_args(Basis))
_UNITS = frozenset(get_args(Unit))
_WORDS: dict[str, frozenset[str]] = {
    "tier": frozenset({"official-stable", "channel-low-price"}),
    "returns": frozenset({"whole", "tail", "unknown"}),
}


class Catalog:
    """Every model that can be asked for; immutable, iterates in the order of the data.

    Args:
        models: in any order; a name that stands for two of them means the one not deprecated.
        as_of: the newest date of the facts, `2026-09-19`; None where no fact has a date.
    """

    __slots__ = ("_table", "as_of", "models")

    def __init__(self, models: Iterable[Model], as_of: str | None = None) -> None:
        self.models = tuple(models)
        self.as_of = as_of
        self._table = NameTable(self.models)

    def find(self, name: str) -> Model | None:
        """The model of a documentation name, a path or a former path; capitals matter only at first."""
        return self._table.find(name)

    def names(self) -> list[str]:
        """Every name and path, each once."""
        return self._table.words()

    def near(self, word: str) -> str | None:
        """The name that was probably meant, for "did you mean"; None where none is near."""
        return self._table.near(word)

    def search(
        self, words: Iterable[str] = (), *, task: str | None = None, output: str | None = None
    ) -> list[Model]:
        """The models that fit all words and filters, those in use first."""
        return self.choose(Wanted(words=tuple(words), task=task, output=output))

    def choose(self, wanted: Wanted) -> list[Model]:
        """The models that are all that is wanted; with a highest price the cheapest first."""
        return search_models(self.models, wanted)

    def with_models(self, extra: Iterable[Model]) -> Catalog:
        """A catalogue with further models, for example the steps done on this machine."""
        return Catalog((*self.models, *extra), self.as_of)


def read_catalog(texts: Mapping[str, str]) -> Catalog:
    """The catalogue out of family files, handed in by file name.

    Raises:
        ValueError: a file is damaged; the sentence names the file, the model and the field.
    """
    models: list[Model] = []
    dates: list[str] = []
    for file in sorted(texts):
        try:
            document = json.loads(texts[file])
        except json.JSONDecodeError as error:
            raise ValueError(f"catalogue data {file} is no JSON: {error}") from error
        try:
            models += [read_model(item, document["family"]) for item in document["models"]]
            if document.get("as_of"):
                dates.append(document["as_of"])
        except ValueError as error:
            raise ValueError(f"catalogue data {file}: {error}") from error
        except _DAMAGE as error:
            raise ValueError(f"catalogue data {file} lacks its form: {_reason(error)}") from error
    return Catalog(models, max(dates, default=None))


def read_model(raw: dict[str, Any], family: str) -> Model:
    """One model out of its JSON form.

    Raises:
        ValueError: it lacks that form; the sentence names the model and the field.
    """
    who = raw.get("endpoint") or (raw.get("names") or ["a model without a name"])[0]
    try:
        fields = _fields(raw, _MODEL_FIELDS)
        fields["params"] = tuple([read_param(item) for item in fields.get("params", ())])
        fields["price"] = _price(fields["price"]) if "price" in fields else UNKNOWN
        fields["output"] = Kind(fields["output"])
        fields["extra_outputs"] = tuple([_output(item) for item in fields.get("extra_outputs", ())])
        return Model(endpoint=fields.pop("endpoint", None), family=family, **fields)
    except _DAMAGE as error:
        raise ValueError(f"{who}: {_reason(error)}") from error


def read_param(raw: dict[str, Any]) -> Param:
    """One parameter out of its JSON form.

    Raises:
        ValueError: it lacks that form; the sentence names the parameter.
    """
    try:
        fields = _fields(raw, _PARAM_FIELDS)
        if fields["type"] not in _PARAM_TYPES:
            raise ValueError(f"type {fields['type']!r} is none we know")
        return Param(**fields)
    except _DAMAGE as error:
        name = raw.get("name") if isinstance(raw, dict) else raw
        raise ValueError(f"parameter {name}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _output(raw: dict[str, Any]) -> Output:
    return Output(Kind(raw["kind"]), raw.get("when"), raw.get("role"))


def _price(raw: dict[str, Any]) -> Price:
    fields = _fields(raw, _PRICE_FIELDS)
    if fields["basis"] not in _BASES or fields.get("unit", "call") not in _UNITS:
        raise ValueError(f"price by {fields['basis']!r} and {fields.get('unit')!r} is none we know")
    if "amount" in fields:
        fields["amount"] = _amount(fields["amount"])
    fields["rules"] = tuple(
        [PriceRule(rule["when"], _amount(rule["price"])) for rule in fields.get("rules", ())]
    )
    return Price(**fields)


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no price") from None
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{text!r} is no price")
    return amount


def _fields(raw: dict[str, Any], forms: Mapping[str, tuple[type, ...]]) -> dict[str, Any]:
    """The object with its types checked and its lists of words made tuples."""
    fields: dict[str, Any] = {}
    for key, value in raw.items():
        form = forms.get(key)
        if form is None:
            raise ValueError(f"{key} is no field of the data")
        if type(value) not in form:
            raise ValueError(f"{key} is {value!r}")
        if key in _WORDS and value not in _WORDS[key]:
            raise ValueError(f"{key} is {value!r}")
        fields[key] = tuple(value) if form == (list,) else value
    return fields
