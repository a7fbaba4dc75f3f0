"""The arguments of a local step, read with a sentence for everything that does not fit.

The catalogue has checked them against the step's `Model` where they were known before the run; what
earlier steps supplied is checked here.
"""

from __future__ import annotations

from pathlib import Path

from rhflow.ground.values import Json, JsonObject
from rhflow.providers.local.step import StepFailed


class Arguments:
    """Arguments by name. Every reader raises `StepFailed`."""

    def __init__(self, step: str, values: JsonObject) -> None:
        self._step = step
        self._values = values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def path(self, name: str) -> Path:
        """A media argument that must be there."""
        found = self.optional_path(name)
        if found is None:
            raise StepFailed(f"{self._step} needs {name}, and nothing came")
        return found

    def optional_path(self, name: str) -> Path | None:
        value = self._values.get(name)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return self._as_path(name, value)

    def paths(self, name: str) -> list[Path | None]:
        """A list of media; None for every slot whose step was skipped."""
        value = self._values.get(name)
        items = value if isinstance(value, list) else [value]
        return [self._as_path(f"{name}[{index}]", item) for index, item in enumerate(items)]

    def texts(self, name: str) -> list[str | None]:
        """A list of texts, empty ones as None."""
        value = self._values.get(name)
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        return [self._as_text(f"{name}[{index}]", item) or None for index, item in enumerate(items)]

    def text(self, name: str, default: str = "") -> str:
        return self._as_text(name, self._values.get(name)) or default

    def choice(self, name: str, options: tuple[str, ...]) -> str:
        """One of the options; the first where nothing was said."""
        value = self.text(name, options[0])
        if value not in options:
            raise self._wrong(name, value, f"one of {', '.join(options)}")
        return value

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value is True

    def integer(self, name: str, low: int, high: int) -> int | None:
        value = self.number(name, low, high)
        if value is not None and value != int(value):
            raise self._wrong(name, value, "a whole number")
        return None if value is None else int(value)

    def number(self, name: str, low: float, high: float) -> float | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._wrong(name, value, f"a number from {low:g} to {high:g}")
        return float(value)

    def _as_path(self, name: str, value: Json) -> Path | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self._wrong(name, value, "a file")
        path = Path(value)
        if not path.is_file():
            raise StepFailed(f"{self._step}: the file {value} ({name}) is not there any more")
        return path

    def _as_text(self, name: str, value: Json) -> str:
        if value is None:
            return ""
        if isinstance(value, bool | list | dict):
            raise self._wrong(name, value, "text")
        return str(value)

    def _wrong(self, name: str, value: Json, wanted: str) -> StepFailed:
        return StepFailed(f"{self._step}: {name} is {str(value)[:80]!r}; it wants {wanted}")
