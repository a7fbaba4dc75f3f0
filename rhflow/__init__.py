"""rhflow: films out of hosted generative models, declared in YAML, never paid for twice.

The face of the package: the version, and the names people import, each loaded when it is first used, so
that `rhflow --version` and `import rhflow` cost nothing. Type checkers read `__init__.pyi`.
"""

__version__ = "0.1.0"

_ROOMS = {
    "AccountError": "ground.errors",
    "DocumentError": "ground.errors",
    "Failure": "lifecycle.failure",
    "File": "library.result",
    "Money": "ground.values",
    "NetworkError": "ground.errors",
    "Output": "library.result",
    "Pipeline": "library.pipeline",
    "Plan": "library.plan",
    "PlanChanged": "ground.errors",
    "PlanError": "ground.errors",
    "PlannedTask": "library.plan",
    "PriceUnknown": "ground.errors",
    "Result": "library.result",
    "RhflowError": "ground.errors",
    "RunBusy": "ground.errors",
    "SettingsError": "ground.errors",
    "StoreError": "ground.errors",
    "UsageError": "ground.errors",
    "aresume": "library.carrying",
    "arun": "library.carrying",
    "load": "library.pipeline",
    "resume": "library.carrying",
    "run": "library.carrying",
}
"""The names of the library, and where each comes from."""

__all__ = [*_ROOMS, "__version__"]  # noqa: PLE0604  # the table is the list


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415  # only now, see above

    found: object = getattr(importlib.import_module(f"rhflow.{_ROOMS[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
