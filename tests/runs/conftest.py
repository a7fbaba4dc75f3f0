"""The same clean room and the same far side as at the front door."""

from tests.cli.conftest import far, far_side, front

__all__ = ["far", "far_side", "front"]
