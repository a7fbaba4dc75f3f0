"""Chance that is none: random numbers which follow from the order alone.

The same order throws the same dice whatever its files are called and wherever they lie: local paths and
URLs are left out of the seed, the bytes behind them are in it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from rhflow.ground.hashing import digest_bytes, hasher
from rhflow.ground.values import Json
from rhflow.simulator.order import Order

T = TypeVar("T")


def seed_of(order: Order) -> str:
    """64 hexadecimal digits out of everything that makes this order differ from another."""
    mixed = hasher()
    mixed.update(f"render/1\0{order.endpoint}\0{order.task}\0".encode("utf-8", "replace"))
    for name in sorted(order.arguments):
        if name not in order.media:
            mixed.update(f"{name}={_plain(order.arguments[name])}\0".encode("utf-8", "replace"))
    for name in sorted(order.media):
        mixed.update(f"{name}:".encode("utf-8", "replace"))
        for file in order.media[name]:
            mixed.update(_content(Path(file)).encode())
    return mixed.hexdigest()


def _plain(value: Json) -> str:
    """A value as text; URLs and inline data in it count as nothing."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_plain(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_plain(item) for item in value) + "]"
    if isinstance(value, str) and value.startswith(("http://", "https://", "data:")):
        return "@"
    return repr(value)


def _content(path: Path) -> str:
    try:
        return digest_bytes(path.read_bytes())
    except OSError:
        return "unreadable"


class Dice:
    """A stream of numbers out of a seed; `split` starts an independent stream by name."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self._random = random.Random(int(digest_bytes(seed.encode("utf-8", "replace")), 16))  # noqa: S311

    def split(self, name: str) -> Dice:
        return Dice(f"{self.seed}/{name}")

    def between(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(low, high)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def pick(self, options: Sequence[T]) -> T:
        return options[self._random.randrange(len(options))]

    def sign(self) -> int:
        return 1 if self.chance(0.5) else -1

    def bell(self, middle: float, spread: float) -> float:
        return self._random.gauss(middle, spread)

    def noise(self, length: int) -> bytes:
        return self._random.randbytes(length)

    def shuffled(self, options: Sequence[T]) -> list[T]:
        return self._random.sample(options, len(options))


class Wave:
    """Smooth noise along a line, from -1 to 1: for ridges, coasts and wind.

    `octaves` layers, each twice as fine and `roughness` times as high as the one before.
    """

    def __init__(self, dice: Dice, octaves: int = 4, roughness: float = 0.5) -> None:
        self._lattice = [dice.between(-1, 1) for _ in range(256)]
        self._octaves = octaves
        self._roughness = roughness
        self._reach = sum(roughness**octave for octave in range(octaves))

    def at(self, x: float) -> float:
        total, height, step = 0.0, 1.0, x
        for _ in range(self._octaves):
            cell = math.floor(step)
            part = step - cell
            part = part * part * (3 - 2 * part)
            left, right = self._lattice[cell & 255], self._lattice[(cell + 1) & 255]
            total += height * (left + (right - left) * part)
            height *= self._roughness
            step = step * 2.03 + 17.3
        return total / self._reach
