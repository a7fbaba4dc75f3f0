"""How a figure moves when nobody shows it: by what the words say it does, else by what it is."""

from __future__ import annotations

import math
import re

from rhflow.simulator.renders import words
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.play import Gait
from rhflow.simulator.renders.puppet import Pose
from rhflow.simulator.renders.subject import Figure

_SAID: dict[str, tuple[str, str]] = {
    "run": (r"runs?|running|gallop\w*|chas\w+|rac\w+|sprint\w*|hurr\w+", "奔|跑|追|冲"),
    "walk": (r"walk\w*|stroll\w*|wander\w*|approach\w*|steps?|march\w*|enters?", "走|漫步|散步|踱"),
    "float": (r"fl(?:y|ies|ying)|float\w*|hover\w*|glid\w+|soar\w*|ris(?:e|es|ing)", "飞|飘|浮|升起"),
    "sail": (r"swim\w*|sail(?:s|ing)?|div\w+|drift\w*|row\w*", "游|航|划|漂"),
    "drive": (r"driv\w+|rid(?:e|es|ing)|cycl\w+|roll\w*|speed\w*", "开车|骑|驶"),
    "dance": (r"danc\w+|jump\w*|hop\w*|bounc\w+|leap\w*|plays?|playing", "跳|舞|蹦|玩"),
    "gesture": (
        r"turn\w*|look\w*|wav(?:es?|ing)|nod\w*|smil\w+|talk\w*|speak\w*|sing\w*|laugh\w*|blink\w*",
        "转|看|挥|点头|笑|说|唱|眨",
    ),
}
"""English words (whole) and Chinese ones (anywhere) that say what a figure does."""
_BY_NAME: dict[str, str] = {
    **dict.fromkeys(("boat", "ship", "whale", "fish", "turtle"), "sail"),
    **dict.fromkeys(
        ("jellyfish", "balloon", "kite", "plane", "ufo", "dragon", "butterfly", "lantern", "rocket"), "float"
    ),
    **dict.fromkeys(("car", "train", "bicycle"), "drive"),
}
_FIRM = {
    "print",
    "lighthouse",
    "house",
    "castle",
    "pagoda",
    "windmill",
    "bridge",
    "tent",
    "mushroom",
    "cactus",
    "mug",
}
"""What stands where it stands, whatever is said."""
_TRAVEL = {"run": 0.2, "walk": 0.1, "float": 0.09, "sail": 0.1, "drive": 0.22}
"""How far it gets in five seconds, in widths of the picture."""


def manner(name: str, prompt: str) -> str:
    """`run`, `walk`, `float`, `sail`, `drive`, `dance`, `gesture`, `breathe` or `stand`."""
    if name in _FIRM:
        return "stand"
    lowered = prompt.lower()
    for kind, (english, chinese) in _SAID.items():
        if re.search(rf"\b(?:{english})\b|{chinese}", lowered):
            known = _BY_NAME.get(name)
            return known if known and kind in {"run", "walk"} else kind
    return _BY_NAME.get(name, "breathe")


def of(
    figure: Figure,
    prompt: str,
    size: tuple[int, int],
    dice: Dice,
    reach: float = 1.0,
    *,
    is_sure: bool = True,
) -> Gait:
    """The gait of a figure in a picture of this size; at the start it is as it was found.

    One whose edges are not sure only breathes: a part of something must not walk away from the rest.
    """
    kind = manner(figure.name, prompt) if is_sure else "breathe"
    said = words.read(prompt).subjects
    if kind in {"run", "walk", "dance", "gesture"} and said and figure.name and figure.name not in said:
        kind = "breathe"  # somebody else does that
    if kind == "stand":
        return lambda _: Pose()
    if figure.box[3] >= size[1] - 3 and figure.height > size[1] * 0.3 and kind in {"run", "walk", "dance"}:
        kind = "gesture"  # cut off by the lower edge: it has no feet to do it with
    side = 1.0 if figure.middle[0] < size[0] / 2 else -1.0
    room = (size[0] - figure.box[2] if side > 0 else figure.box[0]) / size[0]
    pace = side * min(_TRAVEL.get(kind, 0.0) * reach, max(0.0, room - 0.02)) * size[0] / 5
    phase, tempo = dice.between(0, math.tau), dice.between(0.9, 1.1)
    high = float(figure.height)

    def gait(seconds: float) -> Pose:
        begun = min(1.0, seconds / 0.8)
        begun *= begun * (3 - 2 * begun)
        beat = math.sin(seconds * tempo * math.tau * 0.5 + phase)
        slow = math.sin(seconds * tempo * math.tau * 0.23 + phase)
        x = pace * max(0.0, seconds - 0.4 * (1 - math.exp(-seconds * 2)))
        if kind in {"run", "walk"}:
            step = abs(math.sin(seconds * tempo * math.pi * (2.6 if kind == "run" else 1.7)))
            lift = (0.13 if kind == "run" else 0.05) * high * step
            squash = 1 - 0.05 * (1 - step) * begun
            return Pose(x, -lift * begun, squash, 2 - squash, side * (0.1 if kind == "run" else 0.03) * begun)
        if kind == "dance":
            step = abs(math.sin(seconds * tempo * math.pi * 2))
            sway = 0.12 * math.sin(seconds * tempo * math.pi * 2) * begun
            return Pose(
                0.06 * high * beat * begun,
                -0.16 * high * step * begun,
                1 - 0.07 * (1 - step) * begun,
                1,
                sway,
            )
        if kind in {"float", "sail", "drive"}:
            depth = {"float": 0.05, "sail": 0.025, "drive": 0.008}[kind] * high
            rock = {"float": 0.04, "sail": 0.035, "drive": 0.0}[kind]
            return Pose(x, depth * slow * begun, 1, 1, rock * math.sin(seconds * 1.3 + phase) * begun)
        if kind == "gesture":
            return Pose(
                0, 0, 1 + 0.015 * beat * begun, 1, 0, (0.06 * slow * begun, 0.02 * slow * begun, 0.0, 0.0)
            )
        return Pose(0, 0, 1 + 0.012 * beat * begun, 1, 0.012 * slow * begun)

    return gait
