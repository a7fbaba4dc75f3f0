"""What lies over a moving picture: a slow light, drifting particles, the caption that comes and goes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from rhflow.simulator.renders import caption, particles, words
from rhflow.simulator.renders.colour import Rgb, darker, luma
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.memo import FOOT

_GOLD: Rgb = (255, 206, 128)
_LIGHT: Rgb = (255, 226, 178)
_LONGEST_CAPTION_S = 3.8


class Dressing:
    """Made for one clip of `total` frames; `tone` is a picture of it. The first and last frame stay plain."""

    def __init__(
        self, prompt: str, size: tuple[int, int], total: int, fps: float, dice: Dice, tone: Image.Image
    ) -> None:
        self._size, self._total = size, total
        kind = particles.choose(words.read(prompt))
        self._cloud = particles.Cloud(kind, size, total, fps, dice.split("particles"))
        self._side = dice.split("light").sign()
        self._glow = _glow(size, _mean(tone))

    def over(self, frame: Image.Image, index: int) -> None:
        """Lay light and particles over a frame."""
        share = index / max(1, self._total - 1)
        fade = min(1.0, index / 12, (self._total - 1 - index) / 14)
        if fade > 0:
            x = (self._size[0] - self._glow.width) / 2 + self._side * self._size[0] * (0.55 - 0.9 * share)
            light = self._glow
            if fade < 1:
                light = light.point([round(value * fade) for value in range(256)])
            frame.paste(_LIGHT, (round(x), round(-light.height * 0.4)), light)
        drift = self._cloud.frame(index)
        if drift.getbbox():
            frame.paste(self._cloud.colour, (0, 0), drift.resize(self._size, Image.Resampling.BILINEAR))


def caption_file(head: str, prompt: str, size: tuple[int, int], tone: Image.Image, folder: Path) -> Path:
    """The head of the frame with the caption on it: the foot is left to subtitles."""
    sheet = Image.new("RGBA", (16, 16))
    if prompt:
        written = caption.Caption(head, prompt)
        sheet = caption.overlay(size, written, darker(_mean(tone), 0.75), _GOLD, at_head=True)
        sheet = sheet.crop((0, 0, size[0], round(size[1] * FOOT / 2) * 2))
    file = folder / "caption.png"
    sheet.save(file, compress_level=1)
    return file


def caption_graph(total: int, fps: float, before: str, after: str, number: int) -> str:
    """A filter graph that lays input `number` over the clip `before`, coming and going by itself."""
    shown = min(total / fps * 0.75, _LONGEST_CAPTION_S)
    comes = f"fade=in:st={min(0.35, shown / 6):.3f}:d={min(0.7, shown / 4):.3f}:alpha=1"
    goes = f"fade=out:st={shown * 0.8:.3f}:d={shown * 0.2:.3f}:alpha=1"
    frames = max(1, round(shown * fps) + 1)
    return (
        f"[{number}:v]format=yuva420p,loop={frames}:1:0,{comes},{goes}[head];"
        f"[{before}][head]overlay=0:0:eof_action=pass:enable='lt(t,{shown:.3f})',format=yuv420p[{after}]"
    )


def _mean(picture: Image.Image) -> Rgb:
    tone = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return tone if isinstance(tone, tuple) and len(tone) == 3 else (40, 40, 50)


def _glow(size: tuple[int, int], tone: Rgb) -> Image.Image:
    """A wide warm light as a mask, fainter over bright pictures."""
    side = round(max(size) * 0.9)
    strength = 54 if luma(tone) < 0.5 else 40
    curve = [round(strength * max(0.0, 1 - value / 178) ** 2) for value in range(256)]
    return Image.radial_gradient("L").point(curve).resize((side, side), Image.Resampling.BICUBIC)
