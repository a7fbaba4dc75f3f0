"""Size and frame rate of a film, and how a clip of another size is brought into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rhflow.media.streams import VideoStream
from rhflow.providers.local.film.clip import Clip
from rhflow.providers.local.step import StepFailed

_NAMED = {"2k": 1440, "4k": 2160, "8k": 4320}
_LARGEST = 8192
_MOST_FPS = 60
_HAIRLINE = 0.015
"""Bars thinner than this part of the picture look like a fault: such a clip fills it and loses its edge."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Even numbers of square pixels, frames per second."""

    width: int
    height: int
    fps: Fraction

    def frames(self, seconds: Fraction) -> int:
        """How many frames last that long; at least one."""
        return max(round(seconds * self.fps), 1)


def choose_shape(clips: Sequence[Clip], resolution: str, fps: int | None) -> Shape:
    """The shape asked for; where nothing was, the largest clip's size and the highest frame rate up to 60.

    Raises:
        StepFailed: the resolution is no size.
    """
    width, height = max((clip.video.shown for clip in clips), key=lambda size: size[0] * size[1])
    if resolution:
        width, height = _asked(resolution, width, height)
    rate = Fraction(fps) if fps else min(max(clip.rate for clip in clips), Fraction(_MOST_FPS))
    return Shape(even(width), even(height), rate)


def _asked(resolution: str, width: int, height: int) -> tuple[int, int]:
    """`1280x720` as it stands; `720p` as the shorter side, in about the proportions it had."""
    text = resolution.strip().lower().replace("×", "x")
    exact = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    if exact:
        asked = int(exact[1]), int(exact[2])
    else:
        short = _NAMED.get(text) or int(text[:-1] if re.fullmatch(r"\d{2,4}p", text) else 0)
        ratio = _usual_ratio(Fraction(width, height))
        asked = (round(short * ratio), short) if ratio >= 1 else (short, round(short / ratio))
    if not all(16 <= side <= _LARGEST for side in asked):
        raise StepFailed(f"resolution is {resolution!r}; it wants something like 720p, 1080p, 4k or 1280x720")
    return asked


BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
"""The filter that declares pictures to be what they were made to be: the same words in every segment."""


_RATIOS = tuple(Fraction(*pair) for pair in ((16, 9), (9, 16), (4, 3), (3, 4), (3, 2), (2, 3), (1, 1)))


def _usual_ratio(ratio: Fraction) -> Fraction:
    """The usual proportion within 3 %: `1080p` of a clip of 1920x1050 is 1920x1080, not 1976x1080."""
    nearest = min(_RATIOS, key=lambda usual: abs(usual / ratio - 1))
    return nearest if abs(nearest / ratio - 1) < Fraction(3, 100) else ratio


def even(number: float) -> int:
    """The nearest even whole number: coded pictures are counted in pairs of pixels."""
    return max(round(number / 2) * 2, 2)


def fitting(video: VideoStream, width: int, height: int) -> list[str]:
    """Filters that bring pictures to this size: scaled, never stretched, bars black; BT.709."""
    shown = video.shown
    scale = min(width / shown[0], height / shown[1])
    inner = even(shown[0] * scale), even(shown[1] * scale)
    frame: list[str] = []
    if (width - inner[0]) / width <= _HAIRLINE and (height - inner[1]) / height <= _HAIRLINE:
        scale = max(width / shown[0], height / shown[1])
        inner = max(even(shown[0] * scale), width), max(even(shown[1] * scale), height)
        if inner != (width, height):
            frame = [f"crop={width}:{height}"]
    else:
        x, y = ((outer - side) // 4 * 2 for outer, side in ((width, inner[0]), (height, inner[1])))
        frame = [f"pad={width}:{height}:{x}:{y}:black"]
    return [*_scaling(video, inner), *frame, "setsar=1", BT709]


def _scaling(video: VideoStream, size: tuple[int, int]) -> list[str]:
    """Scale and convert, or nothing where the pictures are that way already."""
    options = []
    turned = (video.height, video.width) if video.rotation in (90, 270) else (video.width, video.height)
    if turned != size:
        options.append(f"{size[0]}:{size[1]}:flags=bicubic")
    is_limited_yuv = (
        video.pixels.startswith("yuv") and not video.pixels.startswith("yuvj") and "pc" not in video.colours
    )
    if not is_limited_yuv or video.matrix != "bt709":
        matrix = f"in_color_matrix={video.matrix}:" if video.pixels.startswith("yuv") else ""
        options.append(f"{matrix}out_color_matrix=bt709:out_range=tv")
    scaling = [f"scale={':'.join(options)}"] if options else []
    return [*scaling, *([] if video.pixels == "yuv420p" else ["format=yuv420p"])]
