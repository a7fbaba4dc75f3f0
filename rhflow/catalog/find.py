"""Finding models: by name, by something like a name, by words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rhflow.catalog.model import Model
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


def search_models(
    models: Iterable[Model], words: Iterable[str] = (), *, task: str | None = None, output: str | None = None
) -> list[Model]:
    """The models in which every word occurs (names, paths, tasks, family, tier), deprecated ones last.

    `task` also fits a task the path speaks of; `output` fits any kind the model may give back.
    """
    wanted = [word.casefold() for word in words]
    found = [
        model
        for model in models
        if (task is None or task in (model.task, *model.other_tasks))
        and (output is None or output in model.output_kinds)
        and all(word in _haystack(model) for word in wanted)
    ]
    return sorted(found, key=lambda model: model.deprecated)


def _haystack(model: Model) -> str:
    words = (*model.all_names, model.task, *model.other_tasks, model.family, model.tier or "")
    return "\n".join(words).casefold()
