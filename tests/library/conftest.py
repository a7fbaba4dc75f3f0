"""A clean room for programs: no key, no settings of this machine, a folder of its own."""

from __future__ import annotations

from tests.cli.conftest import front

__all__ = ["front"]
