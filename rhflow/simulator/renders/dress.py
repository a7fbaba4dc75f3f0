"""What lies over a moving picture: a slow light, drifting particles, the caption that comes and goes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from rhflow.simulator.renders import caption, particles, words
from rhflow.simulator.renders.colour import Rgb, darker, luma
from rhflow.simulator.renders.dice import Dice

_GOLD: Rgb = (255, 206, 128)
_LONGEST_CAPTION_S = 3.8


class Dressing:
    """Made for one clip; `still` is a picture of it, for its tone."""

    def __init__(self, prompt: str, head: str, still: Image.Image) -> None:
        self.prompt, self.head = prompt, head
        self.reading = words.read(prompt)
        tone = still.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        self.tone: Rgb = tone if isinstance(tone, tuple) and len(tone) == 3 else (40, 40, 50)

    def inputs(
        self, size: tuple[int, int], total: int, fps: float, dice: Dice, folder: Path, *, before: int
    ) -> tuple[list[str], str, bytes]:
        """Three more inputs for ffmpeg, a graph from [base] to [out], and the particles for standard input.

        `total` frames at `fps`; `before` is the number of inputs that come first.
        """
        kind = particles.choose(self.reading)
        grey = particles.frames(kind, size, total, fps, dice.split("particles"))
        wide, high = particles.half(size)
        rate = f"{fps:g}"
        inputs = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{wide}x{high}", "-r", rate, "-i", "pipe:0"]
        for file in (self._glow_file(size, folder), self._caption_file(size, folder)):
            inputs += ["-framerate", rate, "-i", str(file)]
        tint = "0x{:02x}{:02x}{:02x}".format(*particles.KINDS[kind].colour)
        return inputs, self._graph(size, total, fps, tint, dice, before), grey

    def _graph(
        self, size: tuple[int, int], total: int, fps: float, tint: str, dice: Dice, before: int
    ) -> str:
        seconds = total / fps
        full = f"{size[0]}x{size[1]}"
        shown = min(seconds * 0.75, _LONGEST_CAPTION_S)
        side = dice.split("light").sign()
        across = f"(W-w)/2+{side}*W*(0.55-0.9*t/{seconds:.3f})"
        rise, fall = min(12, total // 4), max(0, total - 14)
        light = f"fade=in:0:{rise}:alpha=1,fade=out:{fall}:14:alpha=1"
        comes = f"fade=in:st={min(0.35, shown / 6):.3f}:d={min(0.7, shown / 4):.3f}:alpha=1"
        goes = f"fade=out:st={shown * 0.8:.3f}:d={shown * 0.2:.3f}:alpha=1"
        held = f"format=yuva420p,loop={total}:1:0"
        return ";".join(
            [
                f"color=c={tint}:s={full}:r={fps:g}:d={seconds:.4f},format=yuv420p[tint]",
                f"[{before}:v]scale={full}:flags=bilinear,format=gray[alpha]",
                "[tint][alpha]alphamerge[drift]",
                f"[{before + 1}:v]{held},{light}[glow]",
                f"[{before + 2}:v]{held},{comes},{goes}[head]",
                f"[base][glow]overlay=x='{across}':y='-h*0.4':eval=frame:shortest=0[lit]",
                "[lit][drift]overlay=shortest=0:eof_action=pass[alive]",
                f"[alive][head]overlay=0:0:enable='lt(t,{shown:.3f})',format=yuv420p[out]",
            ]
        )

    def _caption_file(self, size: tuple[int, int], folder: Path) -> Path:
        """The head of the frame with the caption on it: the foot is left to subtitles."""
        sheet = Image.new("RGBA", (16, 16))
        if self.prompt:
            written = caption.Caption(self.head, self.prompt)
            sheet = caption.overlay(size, written, darker(self.tone, 0.75), _GOLD, at_head=True)
            sheet = sheet.crop((0, 0, size[0], round(size[1] * caption.FOOT / 2) * 2))
        file = folder / "caption.png"
        sheet.save(file, compress_level=1)
        return file

    def _glow_file(self, size: tuple[int, int], folder: Path) -> Path:
        """A wide warm light, fainter over bright pictures."""
        side = round(max(size) * 0.9 / 2) * 2
        strength = 54 if luma(self.tone) < 0.5 else 40
        curve = [round(strength * max(0.0, 1 - value / 178) ** 2) for value in range(256)]
        light = Image.new("RGBA", (256, 256), (255, 226, 178, 0))
        light.putalpha(Image.radial_gradient("L").point(curve))
        file = folder / "glow.png"
        light.resize((side, side), Image.Resampling.BICUBIC).save(file, compress_level=1)
        return file
