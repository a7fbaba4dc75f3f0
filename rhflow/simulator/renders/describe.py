"""What can truly be said of a picture or a film: size, shape, light, colours, what is where, what moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageStat

from rhflow.ground.values import Json, JsonObject
from rhflow.media.probe import Probe
from rhflow.simulator.renders import hearing, reel
from rhflow.simulator.renders.colour import Rgb
from rhflow.simulator.renders.still import Still

_NAMED: dict[str, tuple[Rgb, str]] = {
    "black": ((20, 20, 24), "黑"),
    "white": ((244, 244, 242), "白"),
    "grey": ((128, 128, 130), "灰"),
    "red": ((200, 50, 45), "红"),
    "orange": ((236, 140, 56), "橙"),
    "yellow": ((240, 208, 90), "黄"),
    "green": ((80, 150, 84), "绿"),
    "teal": ((40, 140, 140), "青"),
    "blue": ((60, 110, 190), "蓝"),
    "navy": ((24, 34, 82), "深蓝"),
    "purple": ((120, 74, 160), "紫"),
    "pink": ((236, 160, 180), "粉"),
    "brown": ((116, 78, 54), "棕"),
    "beige": ((226, 208, 178), "米"),
}
_ABOVE = {
    **dict.fromkeys(("blue", "teal"), ("a clear sky", "晴空")),
    **dict.fromkeys(("navy", "black"), ("a night sky", "夜空")),
    **dict.fromkeys(
        ("orange", "pink", "red", "purple", "yellow"), ("a sky at sunset or dawn", "日出或日落的天空")
    ),
    **dict.fromkeys(("white", "grey", "beige"), ("a pale sky", "淡淡的天空")),
}
_BELOW = {
    "green": ("green land", "绿地"),
    **dict.fromkeys(("blue", "teal", "navy"), ("water", "水面")),
    **dict.fromkeys(("white",), ("snow", "雪地")),
    **dict.fromkeys(("yellow", "beige", "orange"), ("sand or dry land", "沙地")),
    **dict.fromkeys(("black", "brown", "grey", "purple"), ("dark ground", "暗色的地面")),
}
_NAMES = {
    "child": "孩子",
    "person": "人",
    "portrait": "人物",
    "fox": "狐狸",
    "cat": "猫",
    "dog": "狗",
    "rabbit": "兔子",
    "lighthouse": "灯塔",
    "house": "房子",
    "boat": "船",
    "whale": "鲸",
    "robot": "机器人",
    "car": "汽车",
    "astronaut": "宇航员",
    "castle": "城堡",
    "horse": "马",
    "bear": "熊",
    "deer": "鹿",
    "dragon": "龙",
}
_WHERE = (("on the left", "左边"), ("in the middle", "中间"), ("on the right", "右边"))


@dataclass(frozen=True, slots=True)
class Seen:
    """A description, as values."""

    width: int
    height: int
    light: str
    colours: tuple[str, ...]
    above: str | None
    below: str | None
    things: tuple[tuple[str, int], ...]
    """What stands out and where: 0 left, 1 middle, 2 right; an empty name is an unknown thing."""

    def json(self) -> JsonObject:
        """The facts for a machine."""
        things: list[Json] = [
            {"name": name or "figure", "position": ("left", "middle", "right")[at]}
            for name, at in self.things
        ]
        scene: list[Json] = [word for word in (self.above, self.below) if word]
        return {
            "width": self.width,
            "height": self.height,
            "light": self.light,
            "colours": list(self.colours),
            "scene": scene,
            "things": things,
        }


def see(still: Still) -> Seen:
    """Look at a picture."""
    whole = still.picture.convert("RGB")
    light = sum(ImageStat.Stat(whole.convert("L").resize((64, 64), Image.Resampling.BOX)).mean)
    varied = max(ImageStat.Stat(whole.resize((64, 64), Image.Resampling.BOX)).stddev) > 18
    third = whole.height // 3
    above = dominant(whole.crop((0, 0, whole.width, max(1, third))))[0]
    below = dominant(whole.crop((0, whole.height - max(1, third), whole.width, whole.height)))[0]
    figures = (still.studied().figures or ()) if varied else ()
    things = [(figure.name, min(2, int(figure.middle[0] / whole.width * 3))) for figure in figures]
    return Seen(
        *whole.size,
        "dark" if light < 80 else "bright" if light > 170 else "even",
        tuple(dominant(whole)),
        above if varied and whole.width > 1 else None,
        below if varied else None,
        tuple(things),
    )


def said(seen: Seen, *, chinese: bool = False) -> str:
    """The description in sentences, the first about what is shown."""
    return _in_chinese(seen) if chinese else _in_english(seen)


def _in_english(seen: Seen) -> str:
    things = [f"{_article(name or 'figure')} {_WHERE[at][0]}" for name, at in seen.things]
    mood = {"dark": "A dark", "bright": "A bright", "even": "An evenly lit"}[seen.light]
    near_square = abs(seen.width - seen.height) < seen.width * 0.03
    shape = "square" if near_square else "landscape" if seen.width > seen.height else "portrait"
    parts = []
    if things:
        parts.append(f"{_listed(things)[0].upper()}{_listed(things)[1:]}.")
    if seen.above and seen.below:
        above, below = _ABOVE.get(seen.above, (seen.above, "")), _BELOW.get(seen.below, (seen.below, ""))
        parts.append(f"Above there is {above[0]}, below {below[0]}.")
    parts.append(f"{mood} picture in {shape} format, {seen.width} by {seen.height} pixels.")
    if len(seen.colours) == 1:
        parts.append(f"It is almost all {seen.colours[0]}.")
    else:
        parts.append(f"Its main colours are {_listed(list(seen.colours))}.")
    return " ".join(parts)


def _in_chinese(seen: Seen) -> str:
    parts = []
    if seen.things:
        parts.append(
            "画面"
            + "，".join(f"{_WHERE[at][1]}有{_NAMES.get(name, '一个主体')}" for name, at in seen.things)
            + "。"
        )
    if seen.above and seen.below:
        above, below = _ABOVE.get(seen.above, ("", seen.above)), _BELOW.get(seen.below, ("", seen.below))
        parts.append(f"上方是{above[1]}，下方是{below[1]}。")
    light = {"dark": "画面偏暗", "bright": "画面明亮", "even": "光线均匀"}[seen.light]
    colours = "、".join(_NAMED[name][1] + "色" for name in seen.colours)
    parts.append(f"{light}，{seen.width}×{seen.height} 像素，主要颜色是{colours}。")
    return "".join(parts)


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def dominant(picture: Image.Image) -> list[str]:
    """Up to three colour names, the most frequent first."""
    small = picture.convert("RGB").resize((48, 48), Image.Resampling.BOX)
    counts: dict[str, int] = {}
    raw = small.tobytes()
    for start in range(0, len(raw), 3):
        pixel = (raw[start], raw[start + 1], raw[start + 2])
        name = min(
            _NAMED, key=lambda named: sum((x - y) ** 2 for x, y in zip(_NAMED[named][0], pixel, strict=True))
        )
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return [name for name in ordered[:3] if counts[name] > 120] or ordered[:1]


@dataclass(frozen=True, slots=True)
class Watched:
    """What happens in a film."""

    seconds: float
    fps: float
    cuts: int
    movement: str
    sound: str


def watch(path: Path, found: Probe) -> Watched:
    """Look through a film: how much changes from one moment to the next, and what is heard."""
    shown = reel.grey(path, (32, 18), 6.0, most_s=60)
    changes = [
        sum(abs(a - b) for a, b in zip(one, two, strict=True)) / len(one) for one, two in pairwise(shown)
    ]
    usual = sorted(changes)[len(changes) // 2] if changes else 0.0
    cuts = sum(change > max(18.0, usual * 5) for change in changes)
    movement = (
        "hardly anything moves"
        if usual < 0.6
        else "it moves slowly"
        if usual < 4
        else "it is full of movement"
    )
    return Watched(
        found.seconds or 0.0,
        found.fps or 0.0,
        cuts,
        movement,
        _heard(path) if found.has_audio else "no sound",
    )


def _heard(path: Path) -> str:
    sound = hearing.samples(path, most_s=30)
    if not len(sound) or max(map(abs, sound)) < 150:
        return "silence"
    high = hearing.pitch(sound)
    return f"a voice or tune around {high:.0f} hertz" if high else "noise or music"


def film_said(watched: Watched, seen: Sequence[Seen], *, chinese: bool = False) -> str:
    """A film in sentences: what is shown, how it moves, how long it is, what is heard."""
    shots = watched.cuts + 1
    if chinese:
        moves = {"hardly anything moves": "几乎静止", "it moves slowly": "运动缓慢"}.get(
            watched.movement, "运动丰富"
        )
        heard = {"no sound": "没有声音", "silence": "静音"}.get(watched.sound, "有声音")
        told = f"视频长 {watched.seconds:.1f} 秒，每秒 {watched.fps:g} 帧，{shots} 个镜头，{moves}，{heard}。"
        return told + said(seen[0], chinese=True)
    text = (
        f"A video of {watched.seconds:.1f} seconds at {watched.fps:g} frames a second, in "
        f"{shots} shot{'s' * (shots > 1)}; {watched.movement}, with {watched.sound}. "
        f"It shows: {said(seen[0])}"
    )
    if len(seen) > 1 and seen[-1].things != seen[0].things:
        text += f" At the end: {said(seen[-1])}"
    return text
