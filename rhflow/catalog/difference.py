"""What a newer catalogue says otherwise: new models, gone ones, other parameters, other prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import Price
from rhflow.ground.values import Json, JsonObject, plain

_OF_THE_MODEL = tuple(
    field.name
    for field in fields(Model)
    if field.name not in ("endpoint", "params", "price", "sources", "naming", "version")
)
_OF_A_PARAM = tuple(field.name for field in fields(Param) if field.name != "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One model that is known and described otherwise; each entry is a line for a person."""

    model: str
    params: tuple[str, ...] = ()
    price: str | None = None
    facts: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        return {
            "model": self.model,
            "params": list(self.params),
            "price": self.price,
            "facts": list(self.facts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """New and gone models by id, changed ones, and those of which only the dates are others."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()
    confirmed: tuple[str, ...] = ()
    """Said again, word for word, by another or newer source."""

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.gone or self.changed)

    def to_json(self) -> JsonObject:
        changed: list[Json] = [item.to_json() for item in self.changed]
        return {
            "new": list(self.new),
            "gone": list(self.gone),
            "changed": changed,
            "confirmed": list(self.confirmed),
        }


def difference(before: Iterable[Model], after: Mapping[str, Model]) -> Difference:
    """Compare remote models.

    Args:
        before: as they are known now; local steps are passed over.
        after: as a newer source has them, by id.
    """
    known = {model.id: model for model in before if not model.is_local}
    changed: list[Change] = []
    confirmed: list[str] = []
    for name, model in after.items():
        if name not in known:
            continue
        change = _change(known[name], model)
        if change is not None:
            changed.append(change)
        elif model != known[name]:
            confirmed.append(name)
    return Difference(
        new=tuple(name for name in after if name not in known),
        gone=tuple(name for name in known if name not in after),
        changed=tuple(changed),
        confirmed=tuple(confirmed),
    )


def _change(before: Model, after: Model) -> Change | None:
    facts = tuple(
        f"{name}: {_shown(getattr(before, name))} → {_shown(getattr(after, name))}"
        for name in _OF_THE_MODEL
        if getattr(before, name) != getattr(after, name)
    )
    change = Change(
        model=before.id, params=_params(before, after), price=_price(before.price, after.price), facts=facts
    )
    return change if change.params or change.price or change.facts else None


def _params(before: Model, after: Model) -> tuple[str, ...]:
    old, new = ({param.name: param for param in model.params} for model in (before, after))
    lines = [
        f"{name} is new" + (", required" if new[name].required else "") for name in new if name not in old
    ]
    lines += [f"{name} is gone" for name in old if name not in new]
    for name in old.keys() & new.keys():
        told = [
            f"{field} {_shown(getattr(old[name], field))} → {_shown(getattr(new[name], field))}"
            for field in _OF_A_PARAM
            if getattr(old[name], field) != getattr(new[name], field)
        ]
        if told:
            lines.append(f"{name}: {', '.join(told)}")
    return tuple(sorted(lines))


def _price(before: Price, after: Price) -> str | None:
    """The change in words; a newer date of the same figures is none."""
    if _figures(before) == _figures(after):
        return None
    old, new = before.describe(), after.describe()
    if old != new:
        return f"{old} → {new}"
    return f"{new}: {_table(before)} → {_table(after)}"


def _figures(price: Price) -> Price:
    return replace(price, as_of=None, set_in=None)


def _table(price: Price) -> str:
    return "; ".join(
        f"{', '.join(f'{name} {value}' for name, value in rule.when.items())}: {plain(rule.price)}"
        for rule in price.rules
    )


def _shown(value: Any) -> str:
    """A fact in a line: lists by their items, nothing as a dash."""
    if value is None or value in ((), ""):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        words = [_shown(item) for item in value]
        return ", ".join(words[:8]) + (f" and {len(words) - 8} more" if len(words) > 8 else "")
    return f"{value:g}" if isinstance(value, float) else str(value)
