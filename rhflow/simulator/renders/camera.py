"""Camera moves over a flat picture, as ffmpeg's `perspective`: near things (low in the picture) move more.

A view is the part of the picture that fills the frame: a zoom, a shift sideways and up in shares of the
frame, and a lean by which the foot of the picture moves ahead of its top. A move joins two views.
"""

from __future__ import annotations

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
        return Move(View(zoom, -away, 0, 0.02), View(zoom + 0.03, away, drift * 0.4, 0.05))
    if kind == "out":
        return Move(View(1 + deep * 1.15, drift, -0.01, 0.07), View(1.005, 0, 0, 0))
    if kind == "rise":
        return Move(
            View(1 + 2.5 * far, drift, far * 0.95, 0.06), View(1 + 2.7 * far, -drift, -far * 0.95, 0.0)
        )
    if kind == "sink":
        return Move(
            View(1 + 2.6 * far, drift, -far * 0.95, 0.0), View(1 + 2.6 * far, -drift, far * 0.95, 0.05)
        )
    if kind == "orbit":
        zoom = 1 + 2.6 * far
        return Move(
            View(zoom, side * far * 0.9, 0, 0.09), View(zoom + deep * 0.35, -side * far * 0.9, 0, 0.02)
        )
    if kind == "hand":
        return Move(View(1.07, 0, 0, 0.02), View(1.07 + deep * 0.5, drift, 0, 0.04), shake=0.007)
    if kind == "still":
        return Move(View(1.0), View(1.02))
    return Move(View(1.0), View(1 + deep, drift, -0.008, 0.07))


def onward(prompt: str, dice: Dice, reach: float = 1.0) -> Move:
    """A move that begins with the whole frame: a way into the picture, bent to the side asked for."""
    lowered = prompt.lower()
    asked = [kind for kind, words in _WORDS.items() if any(word in lowered for word in words)]
    kind = asked[0] if asked else dice.pick(("in", "left", "right", "rise"))
    deep = 0.15 * reach * dice.between(0.9, 1.1)
    aside = {"left": -0.9, "right": 0.9}.get(kind, dice.between(-0.35, 0.35)) * deep * 0.36
    lift = {"rise": -0.8, "sink": 0.8}.get(kind, -0.15) * deep * 0.36
    return Move(
        View(),
        View(1 + (0.02 if kind == "still" else deep), aside, lift, 0.05),
        shake=0.004 if kind == "hand" else 0,
    )


def filter_text(path: Move, frames: int, *, first: int = 0) -> str:
    """The `perspective` filter for a move of so many frames; `first` is where the counting begins."""
    last = max(1, frames - 1 + first)
    time = f"min(1,(on+{first})/{last})"
    ease = f"st(0,{time});st(1,0.3*ld(0)+0.7*ld(0)*ld(0)*(3-2*ld(0)))"
    zoom = _between(path.start.zoom, path.end.zoom)
    lean = _between(path.start.lean, path.end.lean)
    x, y = _between(path.start.x, path.end.x), _between(path.start.y, path.end.y)
    if path.shake:
        x += f"+{path.shake}*(sin(on*0.21)+0.6*sin(on*0.37+1))*min(1,on/12)"
        y += f"+{path.shake}*(sin(on*0.27+2)+0.5*sin(on*0.43))*min(1,on/12)"
    begin = f"{ease};st(2,{zoom});st(3,{lean});st(4,{x});st(5,{y})"
    # Half the visible width is W/2/zoom; the foot of the picture is nearer, so it is zoomed and shifted more.
    half = {"top": "W/2/ld(2)", "foot": "W/2/(ld(2)*(1+ld(3)))"}
    shift = {"top": "W*ld(4)*0.75", "foot": "W*ld(4)*1.15"}
    corners = {
        "x0": f"W/2+{shift['top']}-{half['top']}",
        "x1": f"W/2+{shift['top']}+{half['top']}",
        "x2": f"W/2+{shift['foot']}-{half['foot']}",
        "x3": f"W/2+{shift['foot']}+{half['foot']}",
        "y0": "H/2+H*ld(5)-H/2/ld(2)",
        "y1": "H/2+H*ld(5)-H/2/ld(2)",
        "y2": "H/2+H*ld(5)+H/2/(ld(2)*(1+ld(3)*0.5))",
        "y3": "H/2+H*ld(5)+H/2/(ld(2)*(1+ld(3)*0.5))",
    }
    points = ":".join(f"{name}='{begin};{value}'" for name, value in corners.items())
    return f"perspective={points}:sense=source:eval=frame:interpolation=cubic"


def _between(start: float, end: float) -> str:
    return f"({start:.5f}+({end - start:.5f})*ld(1))"
