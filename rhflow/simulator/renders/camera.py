"""Camera moves over a flat picture.

A view is the part of the picture that fills the frame: a zoom, a shift sideways and up in shares of the
frame, and, for a camera that goes around something, a lean by which the foot of the picture, which is nearer,
moves ahead of its top. A move joins two views.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rhflow.simulator.renders.dice import Dice


@dataclass(frozen=True, slots=True)
class View:
    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0
    lean: float = 0.0
    """How much more the foot is zoomed than the top: 0.1 is plenty."""


@dataclass(frozen=True, slots=True)
class Move:
    start: View
    end: View
    shake: float = 0.0
    """A hand's tremble, in shares of the frame."""


_WORDS: dict[str, tuple[str, ...]] = {
    "left": ("pan left", "left", "向左", "左移"),
    "right": ("pan right", "right", "向右", "右移", "tracking", "跟随"),
    "out": (
        "pull out",
        "pull back",
        "zoom out",
        "pulls back",
        "dolly out",
        "拉远",
        "后退",
        "wide reveal",
        "reveals",
    ),
    "rise": (
        "rise",
        "rising",
        "crane",
        "upward",
        "tilt up",
        "ascend",
        "fly",
        "drone",
        "aerial",
        "升",
        "上移",
        "航拍",
        "飞",
    ),
    "sink": ("descend", "tilt down", "downward", "lower", "降", "下移"),
    "orbit": ("orbit", "circle", "around", "rotate", "arc", "环绕", "旋转"),
    "hand": ("handheld", "hand-held", "shaky", "手持", "run", "chase"),
    "in": (
        "push in",
        "zoom in",
        "dolly",
        "closer",
        "close-up",
        "approach",
        "推进",
        "拉近",
        "靠近",
        "walks",
        "forward",
    ),
    "still": ("static", "locked", "tripod", "still camera", "固定镜头", "静止"),
}
_KINDS = ("in", "in", "left", "right", "rise", "out", "orbit")


def choose(prompt: str, dice: Dice, reach: float = 1.0) -> Move:
    """The move a prompt asks for, else one of the dice. `reach` scales it."""
    lowered = prompt.lower()
    asked = [kind for kind, words in _WORDS.items() if any(word in lowered for word in words)]
    return move(asked[0] if asked else dice.pick(_KINDS), dice, reach)


def move(kind: str, dice: Dice, reach: float = 1.0) -> Move:
    """One of the named moves, with a little chance in it."""
    far = 0.05 * reach * dice.between(0.85, 1.15)
    deep = 0.13 * reach * dice.between(0.85, 1.15)
    side = dice.sign()
    drift = dice.between(-0.012, 0.012)
    if kind in {"left", "right"}:
        away = far if kind == "right" else -far
        zoom = 1 + 2.7 * far
        return Move(View(zoom, -away), View(zoom + 0.03, away, drift * 0.4))
    if kind == "out":
        return Move(View(1 + deep * 1.15, drift, -0.01), View(1.005))
    if kind == "rise":
        return Move(View(1 + 2.5 * far, drift, far * 0.95), View(1 + 2.7 * far, -drift, -far * 0.95))
    if kind == "sink":
        return Move(View(1 + 2.6 * far, drift, -far * 0.95), View(1 + 2.6 * far, -drift, far * 0.95))
    if kind == "orbit":
        zoom = 1 + 2.6 * far
        return Move(
            View(zoom, side * far * 0.9, 0, 0.09), View(zoom + deep * 0.35, -side * far * 0.9, 0, 0.02)
        )
    if kind == "hand":
        return Move(View(1.07), View(1.07 + deep * 0.5, drift), shake=0.007)
    if kind == "still":
        return Move(View(1.0), View(1.02))
    return Move(View(1.0), View(1 + deep, drift, -0.008))


def onward(prompt: str, dice: Dice, reach: float = 1.0) -> Move:
    """A move that begins with the whole frame as it is, for a picture that is given, or to go on from."""
    lowered = prompt.lower()
    asked = [kind for kind, words in _WORDS.items() if any(word in lowered for word in words)]
    kind = asked[0] if asked else dice.pick(("in", "left", "right", "rise", "orbit"))
    deep = 0.13 * reach * dice.between(0.9, 1.1)
    drift = dice.between(-0.2, 0.2)
    if kind == "still":
        return Move(View(), View(1.015))
    if kind == "out":
        return Move(View(), View(1 / (1 + deep * 1.1), 0, -0.01))
    aside = {"left": -0.85, "right": 0.85, "orbit": 0.8 * dice.sign()}.get(kind, drift) * deep * 0.42
    lift = {"rise": -0.9, "sink": 0.9}.get(kind, -0.15) * deep * 0.42
    lean = 0.08 if kind == "orbit" else 0.0
    return Move(View(), View(1 + deep, aside, lift, lean), shake=0.006 if kind == "hand" else 0)


def at(move: Move, share: float, frame: int = 0) -> View:
    """Where the camera is after a share of its way; `frame` counts for its tremble."""
    share = min(1.0, max(0.0, share))
    eased = 0.3 * share + 0.7 * share * share * (3 - 2 * share)
    start, end = move.start, move.end
    x, y = start.x + (end.x - start.x) * eased, start.y + (end.y - start.y) * eased
    if move.shake:
        grown = move.shake * min(1.0, frame / 12)
        x += grown * (math.sin(frame * 0.21) + 0.6 * math.sin(frame * 0.37 + 1))
        y += grown * (math.sin(frame * 0.27 + 2) + 0.5 * math.sin(frame * 0.43))
    zoom = start.zoom + (end.zoom - start.zoom) * eased
    return View(zoom, x, y, start.lean + (end.lean - start.lean) * eased)


def corners(view: View, size: tuple[float, float]) -> tuple[float, ...]:
    """What a view shows of a picture of this size: its upper left, lower left, lower right, upper right.

    Half of what is visible is half the size by the zoom; the foot of the picture is nearer, so it is zoomed
    and shifted more.
    """
    wide, high = size
    top = wide / 2 / view.zoom
    foot = wide / 2 / (view.zoom * (1 + view.lean))
    above, below = high / 2 / view.zoom, high / 2 / (view.zoom * (1 + view.lean * 0.5))
    middle_top, middle_foot = wide * (0.5 + view.x * 0.75), wide * (0.5 + view.x * 1.15)
    level = high * (0.5 + view.y)
    upper, lower = level - above, level + below
    return (
        *(middle_top - top, upper, middle_foot - foot, lower),
        *(middle_foot + foot, lower, middle_top + top, upper),
    )
