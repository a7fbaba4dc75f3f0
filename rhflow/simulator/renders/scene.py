"""A whole picture from the words of a prompt: what is chosen, and in which order it is painted."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from rhflow.simulator.renders import cast, finish, foreground, land, palette, room, sky, space, town, water
from rhflow.simulator.renders.canvas import Canvas
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.stage import Stage
from rhflow.simulator.renders.words import Reading

_IMPLIED = {
    "lighthouse": "sea", "boat": "sea", "ship": "sea", "whale": "sea", "palm": "sea", "fish": "underwater",
    "jellyfish": "underwater", "turtle": "underwater", "rocket": "space", "astronaut": "space", "ufo": "meadow",
    "cactus": "desert", "deer": "forest", "bear": "forest", "fox": "forest", "mushroom": "forest", "castle": "mountain",
    "pagoda": "mountain", "crane": "lake", "bridge": "lake", "windmill": "meadow", "robot": "city", "car": "meadow",
    "mug": "room", "tent": "mountain", "flowers": "meadow", "cherry": "meadow", "rabbit": "meadow", "kite": "meadow",
    "house": "meadow", "train": "mountain", "dragon": "mountain",
}  # fmt: skip
"""Where a subject is at home when the prompt names no place."""

_WEAK = {"forest": {"tree", "pine", "大树"}, "village": {"house", "home", "roof", "房子", "小屋", "屋顶"}, "meadow": {"flower", "flowers", "花", "spring", "blossom", "grass", "garden"},
         "underwater": {"fish", "鱼"}, "room": {"window", "窗", "table", "desk"}, "space": {"astronaut", "rocket", "宇航员", "火箭"}, "city": {"street", "building", "rooftop"}}  # fmt: skip
"""Words that hint at a setting but give way to a plainer one."""


def choose_setting(reading: Reading, dice: Dice) -> str:
    """The one setting that gets painted."""
    lowered = reading.text.lower()
    firm = [name for name in reading.settings if not _only_weak(name, lowered)]
    if "underwater" in firm:
        return "underwater"
    if firm:
        if "lighthouse" in reading.subjects and firm[0] == "mountain":
            return "sea"
        if firm[0] == "sea" and "underwater" in reading.settings and "boat" not in reading.subjects:
            return "underwater" if reading.has("fish", "jellyfish", "turtle") else "sea"
        return firm[0]
    for subject in reading.subjects:
        if subject in _IMPLIED:
            return _IMPLIED[subject]
    if reading.settings:
        return reading.settings[0]
    if "snow" in reading.weathers:
        return "mountain"
    return dice.pick(("mountain", "lake", "meadow", "sea", "mountain", "forest"))


def _only_weak(name: str, lowered: str) -> bool:
    """Is the setting there only by words that merely hint at it?"""
    weak = _WEAK.get(name)
    if not weak:
        return False
    from_text = {word for word in words.SETTINGS[name].split() if _mentioned(word, lowered)}
    return bool(from_text) and from_text <= weak


def _mentioned(word: str, lowered: str) -> bool:
    if not word.isascii():
        return word in lowered
    return any(word in forms for forms in (words.forms(token) for token in words.tokens(lowered)))


def paint(reading: Reading, width: int, height: int, dice: Dice) -> Image.Image:
    """The picture without caption, RGB, of exactly this size."""
    setting = choose_setting(reading, dice.split("setting"))
    colours, hour = palette.choose(reading, setting, dice.split("palette"))
    canvas = Canvas(width, height, dice.split("canvas"))
    stage = _stage(canvas, colours, reading, dice, setting, hour)
    _SETTINGS[setting](stage)
    _action(stage)
    foreground.weather(stage)
    return finish.finish(stage)
