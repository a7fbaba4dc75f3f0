"""How every clip is written, so that two of ours can be joined without coding them again."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryFile

from PIL import Image

from rhflow.media import ffmpeg, probe
from rhflow.media.ffmpeg import FfmpegError
from rhflow.media.probe import Probe
from rhflow.simulator.renders.errors import UnreadableInput

FPS = 24
_REPRODUCIBLE = (
    "-fflags",
    "+bitexact",
    "-flags:v",
    "+bitexact",
    "-flags:a",
    "+bitexact",
    "-map_metadata",
    "-1",
)
VIDEO = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "19", "-pix_fmt", "yuv420p", "-threads", "2"),
    *("-g", "24", "-bf", "0", "-color_range", "tv"),
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
)  # fmt: skip
"""One key frame a second, no reordered frames: seekable, and joinable by copying packets."""
AUDIO = ("-c:a", "aac", "-b:a", "128k", "-ar", "44100", "-ac", "2")
CONTAINER = ("-movflags", "+faststart", "-video_track_timescale", "90000")
_EXACT = "bicubic+accurate_rnd"
TO_YUV = f"scale=out_color_matrix=bt709:out_range=tv:flags={_EXACT}+full_chroma_inp,format=yuv420p"
"""The end of a filter chain that began with RGB."""


def write(inputs: Sequence[str], settings: Sequence[str], path: Path, *, stdin: bytes | None = None) -> None:
    """Run ffmpeg from inputs to one file, the same bytes every time.

    Raises:
        FfmpegError: it failed.
    """
    ffmpeg.run([*inputs, *settings, *_REPRODUCIBLE, str(path)], stdin=stdin)


def stream(
    frames: Iterable[Image.Image],
    size: tuple[int, int],
    fps: float,
    settings: Sequence[str],
    path: Path,
) -> None:
    """Code RGB frames of this size while they are drawn: input 0 of ffmpeg; `settings` may begin with more.

    Raises:
        FfmpegError: it failed.
    """
    raw = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -framerate {fps:g} -i pipe:0".split()
    with TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603  # a list, no shell
            ffmpeg.command([*raw, *settings, *_REPRODUCIBLE, str(path)]), stdin=subprocess.PIPE, stderr=log
        )
        assert process.stdin is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # it has enough, or has failed: its code says which
                for frame in frames:
                    process.stdin.write(frame.tobytes())
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if code:
            log.seek(0)
            raise FfmpegError(ffmpeg.last_words(log.read().decode("utf-8", "replace"), code))


_MANY, _VERY_MANY = 700_000, 1_600_000
"""Pixels of a frame from which on the coder takes less trouble, and very little."""


def quality(size: tuple[int, int]) -> list[str]:
    """The coder's settings for a clip of this size: quicker ones for very many pixels."""
    pixels = size[0] * size[1]
    preset = "ultrafast" if pixels > _VERY_MANY else "superfast" if pixels > _MANY else "veryfast"
    settings = list(VIDEO)
    settings[settings.index("-preset") + 1] = preset
    if pixels > _VERY_MANY:
        settings[settings.index("-crf") + 1] = "22"
    return settings


def enlarged(drawn: tuple[int, int], size: tuple[int, int]) -> str:
    """The filters from drawn RGB frames to a clip of this size."""
    if drawn == size:
        return TO_YUV
    many = size[0] * size[1] > _VERY_MANY
    how = "bicubic" if many else f"{_EXACT}+full_chroma_inp"
    sharper = "" if many else ",unsharp=3:3:0.5:3:3:0"
    return (
        f"scale={size[0]}:{size[1]}:out_color_matrix=bt709:out_range=tv:flags={how},format=yuv420p{sharper}"
    )


def look(path: Path) -> Probe:
    """What a given video is.

    Raises:
        UnreadableInput: it is none, or has no pictures.
    """
    found = probe.probe(path)
    if found is None or not found.width or not found.height:
        raise UnreadableInput(f"The input {path.name} is no video that can be read")
    return found


def last_frame(path: Path, to: Path) -> None:
    """Write the very last frame of a video as .png, or as .ppm, which costs no time to pack.

    Raises:
        UnreadableInput: there is none.
    """
    exact = f"scale=in_color_matrix=bt709:in_range=tv:flags={_EXACT}+full_chroma_int,format=rgb24"
    picked = ["-map", "0:v:0", "-vf", exact, "-update", "1", "-fps_mode", "passthrough"]
    picked += ["-c:v", to.suffix.lstrip("."), "-f", "image2"]
    for back in (["-sseof", "-0.13"], ["-sseof", "-1.5"], []):
        try:
            ffmpeg.run([*back, "-i", str(path), *picked, str(to)])
        except FfmpegError:
            continue
        if to.exists() and to.stat().st_size:
            return
    raise UnreadableInput(f"The input {path.name} has no frame that can be read")


def stream_head(path: Path) -> bytes | None:
    """The coder's own description of an mp4's first video stream (`avcC`): equal means joinable."""
    data = path.read_bytes()
    at = data.find(b"avcC")
    if at < 4:
        return None
    size = int.from_bytes(data[at - 4 : at], "big")
    return data[at + 4 : at - 4 + size]
