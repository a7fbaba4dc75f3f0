"""What a look at the whole place found: each thing with how it is, a sentence, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from rhflow.ground.diagnostics import counted
from rhflow.ground.errors import (
    EXIT_ACCOUNT,
    EXIT_DONE,
    EXIT_FAR_SIDE,
    EXIT_NETWORK,
    EXIT_ORDER,
    EXIT_STATE,
    EXIT_USAGE,
)
from rhflow.ground.values import Json, JsonObject

Level: TypeAlias = Literal["ok", "warning", "problem"]
Area: TypeAlias = Literal["settings", "key", "network", "far_side", "home", "machine"]

AREAS: dict[Area, tuple[str, int]] = {
    "settings": ("settings", EXIT_USAGE),
    "key": ("key and account", EXIT_ACCOUNT),
    "network": ("network", EXIT_NETWORK),
    "far_side": ("far side", EXIT_FAR_SIDE),
    "home": ("home", EXIT_STATE),
    "machine": ("this machine", EXIT_STATE),
}
"""How an area is called, and the exit code of a problem in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing that was looked at. `fix` says what to do; `facts` are for programs."""

    area: Area
    name: str
    level: Level
    said: str
    fix: str | None = None
    facts: JsonObject = field(default_factory=dict)

    def to_json(self) -> JsonObject:
        return {
            "area": self.area,
            "name": self.name,
            "level": self.level,
            "message": self.said,
            "fix": self.fix,
            "facts": self.facts,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLine:
    """One setting: what it is, and which place it came from. Of the key the place only."""

    name: str
    value: str | None
    origin: str

    def to_json(self) -> JsonObject:
        return {"name": self.name, "value": self.value, "origin": self.origin}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """Everything that was looked at."""

    version: str
    provider: str | None
    """Who would be asked to make things; None where the settings cannot be read."""
    is_offline: bool
    checked: Sequence[Checked]
    settings: Sequence[SettingLine] = ()

    @property
    def exit_code(self) -> int:
        """0 where nothing is in the way; else that of the gravest problem."""
        found = {AREAS[item.area][1] for item in self.checked if item.level == "problem"}
        ordered = (*EXIT_ORDER, EXIT_USAGE)
        return next((code for code in ordered if code in found), EXIT_DONE)

    @property
    def verdict(self) -> str:
        """The last line: may one begin?"""
        problems, warnings = self._count("problem"), self._count("warning")
        told = counted(warnings, "warning")
        if problems:
            more = f" and {told}" if warnings else ""
            return f"{counted(problems, 'problem')}{more}: not usable like this."
        where = "on the simulator" if self.provider == "simulator" else "on RunningHub"
        return f"All is well: ready to run {where}." if not warnings else f"Usable {where}; {told}."

    def of(self, area: Area) -> list[Checked]:
        return [item for item in self.checked if item.area == area]

    @property
    def to_json(self) -> JsonObject:
        findings: list[Json] = [item.to_json() for area in get_args(Area) for item in self.of(area)]
        return {
            "usable": not self.exit_code,
            "exit_code": self.exit_code,
            "version": self.version,
            "provider": self.provider,
            "offline": self.is_offline,
            "findings": findings,
            "settings": [item.to_json() for item in self.settings],
            "problems": [],
        }

    def _count(self, level: Level) -> int:
        return sum(item.level == level for item in self.checked)
