"""Addresses of native proxies: the key is in the path, so it is taken out of whatever is written down."""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.simulator.keys import tail_of

PREFIXES = {"/proxy/": "default", "/proxy-plus/": "plus"}
"""How their paths begin, and the kind of machine behind (RunningHub API, native proxy)."""


@dataclass(frozen=True, slots=True)
class Door:
    """One address behind a proxy."""

    machine: str
    key: str
    path: str
    """What ComfyUI is asked for, with its slash: `/prompt`; the same below `/api`."""

    @property
    def place(self) -> str:
        """Where tasks that come in here say they belong."""
        return place_of(self.machine)


def place_of(machine: str) -> str:
    """The endpoint of tasks that came in by the proxy of such a machine."""
    return f"comfyui/{machine}"


def door_of(path: str) -> Door | None:
    """The address that a path means, None where it is no proxy's."""
    for prefix, machine in PREFIXES.items():
        if path.startswith(prefix):
            key, _, rest = path.removeprefix(prefix).partition("/")
            rest = f"/{rest}"
            return Door(machine, key, rest.removeprefix("/api") if rest.startswith("/api/") else rest)
    return None


def masked_path(path: str) -> str:
    """The path as it may be written down: of a key its last four characters."""
    door = door_of(path)
    if door is None or not door.key:
        return path
    return path.replace(f"/{door.key}", f"/****{tail_of(door.key)}", 1)
