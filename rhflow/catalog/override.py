"""What the user knows better than the catalogue: a price, or which spelling a model takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rhflow.catalog.model import Model, Naming
from rhflow.catalog.naming import has_two_namings
from rhflow.catalog.price import UNIT_WORDS, Price, Unit
from rhflow.catalog.read import Catalog
from rhflow.ground.values import Money

_UNITS: dict[str, Unit] = {words: unit for unit, words in UNIT_WORDS.items() if unit != "second_from"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One entry of the settings: `where` says which file it stands in."""

    price: Price | None = None
    naming: Naming | None = None
    where: str = "rhflow.toml"


def read_price(text: str, where: str) -> Price:
    """A price as people write it: `1.20 CNY`, `0.30 CNY a second`.

    Raises:
        ValueError: it is no amount, or nobody bills by that.
    """
    head, _, unit = re.sub(r"\s+", " ", text.strip()).partition(" ")
    words = unit.split(" ", 1) if unit else []
    currency = words.pop(0) if words and words[0].isalpha() and len(words[0]) == 3 else ""
    rest = " ".join(words)
    if rest and rest not in _UNITS:
        raise ValueError(f"{rest!r} is no unit of a price; use {', '.join(_UNITS)}")
    money = Money.parse(f"{head} {currency}".strip())
    return Price(
        basis="fixed",
        currency=money.currency,
        unit=_UNITS.get(rest, "call"),
        amount=money.amount,
        set_in=where,
    )


def with_overrides(catalog: Catalog, overrides: Mapping[str, Override]) -> Catalog:
    """The catalogue as the user wants it; the same one where nothing is said.

    Raises:
        ValueError: a name is of no model, or nothing can be set there; the sentence says so.
    """
    if not overrides:
        return catalog
    changes: dict[str, Override] = {}
    for name, wanted in overrides.items():
        model = catalog.find(name)
        if model is None:
            near = catalog.near(name)
            raise ValueError(f"there is no model {name!r}" + (f"; did you mean {near}?" if near else ""))
        if model.is_local:
            raise ValueError(f"{model.id} is done on this machine: it has no price and one spelling")
        if wanted.naming == "node" and not has_two_namings(model):
            raise ValueError(f"the parameters of {model.id} have one spelling only")
        if model.id in changes:
            raise ValueError(f"{name!r} is set twice: it is another name of {model.id}")
        changes[model.id] = wanted
    models = [_changed(model, changes.get(model.id)) for model in catalog.models]
    return Catalog(models, catalog.as_of)


def _changed(model: Model, wanted: Override | None) -> Model:
    if wanted is None:
        return model
    return replace(model, price=wanted.price or model.price, naming=wanted.naming or model.naming)
