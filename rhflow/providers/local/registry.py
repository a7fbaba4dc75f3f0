"""What this machine can do: every module of `steps/`, found by listing the package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from rhflow.catalog.model import Model
from rhflow.providers.local import steps
from rhflow.providers.local.step import Step


@cache
def local_steps() -> dict[str, Step]:
    """Steps by endpoint (`local/concat`), in order of name."""
    found = {}
    for info in sorted(pkgutil.iter_modules(steps.__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{steps.__name__}.{info.name}")
        step = Step(module.MODEL, module.run)
        found[step.model.id] = step
    return found


def local_models() -> tuple[Model, ...]:
    """The same as models, for the catalogue."""
    return tuple(step.model for step in local_steps().values())
