"""Finding models: by name, by something like a name, by words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rhflow.catalog.accepts import accepts
from rhflow.catalog.chinese import occurs
from rhflow.catalog.model import Model
from rhflow.catalog.ordinary import ordinary_quote
from rhflow.ground.diagnostics import did_you_mean


class NameTable:
    """Every word that stands for a model.

    Paths win over documentation names and those over former paths; a model in use wins over
    a deprecated one of the same name.
    """

    __slots__ = ("_exact", "_folded")

    def __init__(self, models: Sequence[Model]) -> None:
        exact: dict[str, Model] = {}
        for deprecated in (False, True):
            chosen = [model for model in models if model.deprecated is deprecated]
            for model in chosen:
                if model.endpoint:
                    exact.setdefault(model.endpoint, model)
            for model in chosen:
                for name in model.names:
                    exact.setdefault(name, model)
        for model in models:
            for path in model.former_endpoints:
                exact.setdefault(path, model)
        self._exact = exact
        self._folded: dict[str, Model] | None = None

    def find(self, name: str) -> Model | None:
        """The model of that name, as written or else with any capitals."""
        if name in self._exact:
            return self._exact[name]
        if self._folded is None:
            folded: dict[str, Model] = {}
            for word, model in self._exact.items():
                folded.setdefault(word.casefold(), model)
            self._folded = folded
        return self._folded.get(name.casefold())

    def words(self) -> list[str]:
        return list(self._exact)

    def near(self, word: str) -> str | None:
        """The nearest name; where none is spelled alike, the shortest one that holds the word.

        A path that is gone or a deprecated model is only named where nothing else is near.
        """
        current = [name for name, model in self._exact.items() if _in_use(name, model)]
        folded = word.casefold()
        for names in (current, list(self._exact)):
            found = did_you_mean(word, names)
            if found is None and len(word) >= 3:
                found = min((name for name in names if folded in name.casefold()), key=len, default=None)
            if found is not None:
                return found
        return None


def _in_use(name: str, model: Model) -> bool:
    return not model.deprecated and name not in model.former_endpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a model must be to be listed; what is not said does not matter."""

    words: tuple[str, ...] = ()
    """Each must occur, in English or Chinese: names, paths, tasks, family, tier."""
    task: str | None = None
    """Its task, or one its path speaks of."""
    output: str | None = None
    """A kind it may give back."""
    accepts: tuple[str, ...] = ()
    """What it must take (`accepts.ROLES`, or a parameter's name)."""
    tier: str | None = None
    max_price: Decimal | None = None
    """Of one ordinary request, by the lowest published price; what has none is left out."""
    local: bool = False
    """Only what is done on this machine."""


def search_models(models: Iterable[Model], wanted: Wanted) -> list[Model]:
    """The models that are all that; deprecated ones last, with `max_price` the cheapest first."""
    words = [word.casefold() for word in wanted.words]
    found = [
        model
        for model in models
        if (wanted.task is None or wanted.task in (model.task, *model.other_tasks))
        and (wanted.output is None or wanted.output in model.output_kinds)
        and (wanted.tier is None or wanted.tier == model.tier)
        and (model.is_local or not wanted.local)
        and all(accepts(model, word) for word in wanted.accepts)
        and (not words or _has_words(model, words))
    ]
    if wanted.max_price is None:
        return sorted(found, key=lambda model: model.deprecated)
    priced = [(low, model) for model in found if (low := ordinary_quote(model).low) is not None]
    cheap = [(low, model) for low, model in priced if low <= wanted.max_price]
    return [model for low, model in sorted(cheap, key=lambda item: (item[1].deprecated, item[0]))]


def _has_words(model: Model, words: Iterable[str]) -> bool:
    haystack = _haystack(model)
    return all(occurs(word, haystack) for word in words)


def _haystack(model: Model) -> str:
    words = (*model.all_names, model.task, *model.other_tasks, model.family, model.tier or "")
    return "\n".join(words).casefold()
