"""How every clip is written, so that two of ours can be joined without coding them again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
    """Write the very last frame of a video; `to` ends in .ppm, which costs no time to pack.

    Raises:
        UnreadableInput: there is none.
    """
    for back in (["-sseof", "-0.13"], ["-sseof", "-1.5"], []):
        try:
            exact = f"scale=in_color_matrix=bt709:in_range=tv:flags={_EXACT}+full_chroma_int,format=rgb24"
            picked = [
                "-map",
                "0:v:0",
                "-vf",
                exact,
                "-update",
                "1",
                "-fps_mode",
                "passthrough",
                "-c:v",
                "ppm",
                "-f",
                "image2",
            ]
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
