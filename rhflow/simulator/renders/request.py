"""What a render order asks for, whatever its model calls the parameter."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from rhflow.ground.values import Json
from rhflow.simulator.order import Order
from rhflow.simulator.renders.dice import Dice, seed_of

_PROMPTS = (
    "prompt",
    "text",
    "description",
    "textPrompt",
    "previewText",
    "demoText",
    "elementDescription",
    "lyrics",
    "texturePrompt",
    "title",
    "tags",
)
_SHOT = re.compile(
    r"(?:\bshot|\bscene|镜头|分镜)\s*(?:\d{1,2}|[一二三四五六七八九十])\s*[:：.、-]", re.IGNORECASE
)
"""Where a prompt begins another shot: "Shot 2:", "镜头二："."""
_PAIR = re.compile(r"(\d{2,5})\s*[xX×*]\s*(\d{2,5})")
_RATIO = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*[:/]\s*(\d{1,2}(?:\.\d+)?)")
_KILO = re.compile(r"(\d+(?:\.\d+)?)\s*k\b", re.IGNORECASE)
_LINES = re.compile(r"(\d{3,4})\s*p\b", re.IGNORECASE)
_SHORT_NAMES = {"hd": 720, "fhd": 1080, "sd": 480}
_SHORT_BY_KILO = {1: 1080, 2: 1440, 3: 1620, 4: 2160, 8: 4320}
LONGEST_EDGE = 8192


@dataclass(frozen=True, slots=True)
class Shot:
    """One of the shots of a film: what it shows, and for how long where somebody said."""

    prompt: str
    seconds: float | None = None


class Request:
    """An order, read."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.dice = Dice(seed_of(order))
        self.folder = Path(order.folder)

    @property
    def prompt(self) -> str:
        """The words the maker should follow; empty where there are none."""
        for name in _PROMPTS:
            value = self.order.arguments.get(name)
            if isinstance(value, str) and value.strip():
                return value.strip()
        for name, value in self.order.arguments.items():
            if name.endswith("##text") and isinstance(value, str):
                return value.strip()
        return "; ".join(shot.prompt for shot in self._listed_shots())

    def shots(self) -> list[Shot]:
        """The shots of a film: those listed, else those its prompt tells apart; one where it is one."""
        listed = self._listed_shots()
        if listed and (self.flag("multiShot") or "multiShot" not in self.order.arguments):
            return listed
        told = [part.strip(" \n:：.-—") for part in _SHOT.split(self.prompt)]
        told = [part for part in told if part]
        if len(told) > 1 and _SHOT.search(self.prompt):
            return [Shot(part) for part in told[:8]]
        return [Shot(self.prompt)]

    def _listed_shots(self) -> list[Shot]:
        """Those of `multiPrompt`: texts, or objects with a prompt and a duration."""
        shots = self.order.arguments.get("multiPrompt")
        found = []
        for shot in shots if isinstance(shots, list) else []:
            text = shot.get("prompt") if isinstance(shot, dict) else shot
            if isinstance(text, str) and text.strip():
                seconds = as_number(shot.get("duration")) if isinstance(shot, dict) else None
                found.append(Shot(text.strip(), seconds if seconds and seconds > 0 else None))
        return found[:8]

    def media(self, *endings: str) -> list[Path]:
        """Local files of the media parameters whose files end so, first and start frames first."""
        names = sorted(
            self.order.media,
            key=lambda name: (
                _frame_order(name),
                list(self.order.arguments).index(name) if name in self.order.arguments else 99,
            ),
        )
        files = [Path(file) for name in names for file in self.order.media[name]]
        return [file for file in files if file.suffix.lower().lstrip(".") in endings] if endings else files

    def masks(self) -> list[Path]:
        """Pictures that only say where: `mask`, `maskUrl`."""
        named = [files for name, files in self.order.media.items() if "mask" in name.lower()]
        return [Path(file) for files in named for file in files]

    def text(self, *names: str) -> str | None:
        """The first of these arguments that is there, as text."""
        for name in names:
            value = self.order.arguments.get(name)
            if value is not None and value != "" and not isinstance(value, dict | list):
                return str(value)
        return None

    def number(self, *names: str) -> float | None:
        """The first of these arguments that is a number, or text that is one."""
        for name in names:
            value = as_number(self.order.arguments.get(name))
            if value is not None:
                return value
        return None

    def flag(self, *names: str) -> bool:
        """Is one of these on? Understands true, "true", "yes", "on", 1."""
        return any(
            str(self.order.arguments.get(name, "")).lower() in {"true", "yes", "on", "1"} for name in names
        )

    def declined(self, *names: str) -> bool:
        """Is one of these said to be off? What is not said is not declined."""
        return any(
            str(self.order.arguments.get(name, "")).lower() in {"false", "no", "off"} for name in names
        )

    def seconds(self, default: float = 5, longest: float = 60) -> float:
        """The duration asked for; `auto`, 0 and -1 mean the default."""
        asked = self.number("duration", "seconds", "videoDuration")
        return min(max(asked, 1.0), longest) if asked is not None and asked > 0 else default

    def count(self) -> int:
        """How many results are wanted, one to ten."""
        names: tuple[str, ...] = ("n", "imageNum", "numImages", "num_images", "maxImages", "batchSize")
        if self.text("sequentialImageGeneration") == "disabled":
            names = names[:4]
        asked = self.number(*names)
        if asked is None:
            return 4 if "youchuan/text-to-image" in self.order.endpoint else 1  # a grid of four
        return max(1, min(10, round(asked)))

    def ratio(self) -> float | None:
        """Width by height, where a shape was asked for."""
        for name in ("aspectRatio", "ratio", "size", "resolution", "aspect_ratio"):
            text = self.text(name) or ""
            found = _PAIR.search(text) or _RATIO.search(text)
            if found and float(found[2]) > 0:
                return min(8.0, max(0.125, float(found[1]) / float(found[2])))
        return None

    def picture_size(self, like: tuple[int, int] | None = None) -> tuple[int, int]:
        """Width and height of a picture in pixels; `like` is the size of the picture it comes from."""
        exact = self._exact()
        if exact:
            return exact
        shape = self.ratio() or (like[0] / like[1] if like else 16 / 9)
        resolution = (self.text("resolution", "size", "imageSize") or "").lower()
        short = _short_edge(resolution, kilo=False)
        if short:
            return _by_short(shape, short)
        kilo = _KILO.search(resolution)
        if kilo:
            side = float(kilo[1]) * 1024
            return _by_area(shape, side * side, 4096 if side <= 4096 else LONGEST_EDGE)
        if like and self.ratio() is None:
            return like
        return _by_area(shape, 1280 * 720, 4096)

    def _exact(self) -> tuple[int, int] | None:
        """Width and height said in numbers."""
        for across, down in (
            ("width", "height"),
            ("outputWidth", "outputHeight"),
            ("customWidth", "customHeight"),
            ("customWidth", "customHight"),
        ):
            wide, high = self.number(across), self.number(down)
            custom = across != "customWidth" or self.text("aspectRatio", "size") in {None, "custom"}
            if wide and high and wide >= 16 and high >= 16 and custom:
                return min(LONGEST_EDGE, round(wide)), min(LONGEST_EDGE, round(high))
        for name in ("size", "resolution", "aspectRatio"):
            found = _PAIR.search(self.text(name) or "")
            if found:
                return min(LONGEST_EDGE, int(found[1])), min(LONGEST_EDGE, int(found[2]))
        return None

    def video_size(self, shape: float | None = None, default_short: int = 480) -> tuple[int, int]:
        """Even width and height of a video. `shape` (of a picture) counts unless a ratio was asked for."""
        ratio = min(5.0, max(0.2, self.ratio() or shape or 16 / 9))
        resolution = (self.text("resolution", "targetResolution", "size", "quality") or "").lower()
        pair = _PAIR.search(resolution)
        short = min(int(pair[1]), int(pair[2])) if pair else _short_edge(resolution, kilo=True)
        return even(_by_short(ratio, short or default_short))

    def target_short(self, default: int) -> int:
        """The short edge an upscaler should reach."""
        return _short_edge((self.text("targetResolution", "resolution") or "").lower(), kilo=True) or default

    def reach(self) -> float:
        """How large a movement was asked for; 1 is plain."""
        asked = (self.text("movementAmplitude", "motion") or "").lower()
        still = self.flag("cameraFixed")
        return {"small": 0.6, "low": 0.6, "large": 1.35, "high": 1.35}.get(asked, 0.3 if still else 1.0)

    def wants_sound(self) -> bool:
        """Shall a film be heard? Some models do so unless told otherwise; here it has to be said."""
        return self.flag("generateAudio", "sound", "audio", "generateAudioSwitch", "bgm", "enableAudio")

    def video_format(self) -> str:
        """mp4 or mov."""
        return "mov" if (self.text("outputFormat") or "").lower() == "mov" else "mp4"

    def image_format(self) -> str:
        """png, jpeg, webp or tiff."""
        asked = (self.text("outputFormat", "output_format", "format") or "png").lower()
        for name, kind in (("jp", "jpeg"), ("webp", "webp"), ("tif", "tiff")):
            if name in asked:
                return kind
        return "png"


def as_number(value: Json) -> float | None:
    """A JSON number or a text that is one; None for anything else, infinities too."""
    if isinstance(value, bool) or value is None or isinstance(value, dict | list):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def even(size: tuple[float, float]) -> tuple[int, int]:
    """The nearest size that video coders take."""
    return max(2, round(size[0] / 2) * 2), max(2, round(size[1] / 2) * 2)


def _frame_order(name: str) -> int:
    lowered = name.lower()
    return (
        0 if "first" in lowered or "start" in lowered else 2 if "last" in lowered or "end" in lowered else 1
    )


def _short_edge(text: str, *, kilo: bool) -> int | None:
    lines = _LINES.search(text)
    if lines:
        return int(lines[1])
    for name, short in _SHORT_NAMES.items():
        if text == name:
            return short
    found = _KILO.search(text) if kilo else None
    return _SHORT_BY_KILO.get(round(float(found[1])), 1080) if found else None


def _by_short(shape: float, short: int) -> tuple[int, int]:
    return (round(short * shape / 2) * 2, short) if shape >= 1 else (short, round(short / shape / 2) * 2)


def _by_area(shape: float, area: float, longest: int) -> tuple[int, int]:
    high = math.sqrt(area / shape)
    wide = high * shape
    scale = min(1.0, longest / max(wide, high))
    return max(16, round(wide * scale / 8) * 8), max(16, round(high * scale / 8) * 8)
