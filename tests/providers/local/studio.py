"""Small real films and sounds, made once, and eyes and ears to look at what came out."""

from __future__ import annotations

import asyncio
import re
from array import array
from pathlib import Path

from rhflow.ground.hashing import digest_bytes
from rhflow.media import ffmpeg
from rhflow.media.packets import Contents, read_contents

RED, GREEN, BLUE, WHITE = (200, 30, 40), (30, 180, 60), (40, 50, 210), (235, 235, 235)


class Studio:
    """Makes clips of one colour, and measures films."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _place(self, name: str, *made_of: object) -> Path:
        """One folder per recipe, so that tests may use the same name for different things."""
        folder = self.folder / digest_bytes(repr(made_of).encode())[:12]
        folder.mkdir(exist_ok=True)
        return folder / name

    def clip(
        self,
        name: str,
        colour: tuple[int, int, int],
        *,
        size: str = "320x180",
        fps: str = "24",
        seconds: float = 1,
        tone: int | None = 440,
        volume: float = 0.5,
        extra: tuple[str, ...] = (),
    ) -> Path:
        path = self._place(name, colour, size, fps, seconds, tone, volume, extra)
        if path.exists():
            return path
        picture = "0x{:02X}{:02X}{:02X}".format(*colour)
        arguments = ["-f", "lavfi", "-i", f"color={picture}:s={size}:r={fps}:d={seconds}"]
        if tone is not None:
            arguments += ["-f", "lavfi", "-i", f"aevalsrc={volume}*sin({tone}*2*PI*t):s=44100:d={seconds}"]
        matrix = "bt601" if int(size.split("x")[1]) < 600 else "bt709"
        arguments += ["-vf", f"scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p"]
        arguments += ["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", *extra]
        ffmpeg.run([*arguments, ffmpeg.target(path)])
        return path

    def music(self, name: str, *, seconds: float, tone: int = 1000, volume: float = 0.5) -> Path:
        path = self._place(name, seconds, tone, volume)
        if not path.exists():
            source = f"aevalsrc={volume}*sin({tone}*2*PI*t):s=44100:d={seconds}"
            ffmpeg.run(["-f", "lavfi", "-i", source, "-c:a", "libmp3lame", ffmpeg.target(path)])
        return path

    def frame(self, film: Path, at: float, crop: str = "iw:ih:0:0") -> bytes:
        """The picture shown at a second, as RGB bytes."""
        video = self.contents(film).streams.video
        assert video is not None
        matrix = f"scale=in_color_matrix={video.matrix}"
        return ffmpeg.run(
            [
                *ffmpeg.source(film),
                *("-vf", f"select=gte(t\\,{at}-0.0005),crop={crop},{matrix},format=rgb24"),
                *("-frames:v", "1", "-f", "rawvideo", "-"),
            ]
        )

    def colour(self, film: Path, at: float, x: int, y: int) -> tuple[int, ...]:
        return tuple(self.frame(film, at, f"2:2:{x}:{y}")[:3])

    def decibels(self, film: Path, start: float, seconds: float, tone: int | None = None) -> float:
        """Mean loudness (dBFS) of a stretch, where `tone` is given of that tone alone; -91 is silence."""
        band = f"bandpass=f={tone}:width_type=h:w=60," if tone else ""
        done = asyncio.run(
            ffmpeg.run_async(
                [
                    *ffmpeg.source(film),
                    *("-map", "0:a:0", "-af", f"{band}atrim={start}:{start + seconds},volumedetect"),
                    *("-f", "null", "-"),
                ],
                level="info",
            )
        )
        return float(re.findall(r"mean_volume: (-?[\d.]+) dB", done.log)[-1])

    def samples(self, film: Path) -> array[int]:
        raw = ffmpeg.run(
            [*ffmpeg.source(film), "-map", "0:a:0", "-ac", "1", "-ar", "48000", "-f", "s16le", "-"]
        )
        return array("h", raw)

    def contents(self, film: Path) -> Contents:
        return asyncio.run(read_contents(film))


def near(seen: tuple[int, ...], meant: tuple[int, ...], slack: int = 12) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(seen, meant, strict=True))
