"""From an order to a film: look, decide, code piece by piece, join, look again.

Every segment is coded by a child of its own, several at once, and the coded segments are joined without
coding them again. That keeps every processor busy, the memory small however many clips there are, and
the blame with the clip that deserves it. Clips that need no change are not coded at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeVar

from rhflow.media import ffmpeg
from rhflow.media.ffmpeg import FfmpegError
from rhflow.providers.local.film.captions import Caption, draw_caption
from rhflow.providers.local.film.clip import Clip, look_at, look_at_sound
from rhflow.providers.local.film.cut import FADE_SECONDS, Piece, Segment, cutting_list
from rhflow.providers.local.film.inspection import Promise, inspect
from rhflow.providers.local.film.segments import (
    SAMPLE_RATE,
    SegmentFiles,
    Workbench,
    code_segment,
    copy_segment,
)
from rhflow.providers.local.film.shape import Shape, choose_shape
from rhflow.providers.local.film.soundtrack import Music, join_sound, lay_music, mixing
from rhflow.providers.local.step import StepFailed

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A film as ordered: clips with the names messages call them by, and a caption (or None) for each."""

    clips: Sequence[tuple[Path, str]]
    captions: Sequence[str | None] = ()
    music: Music | None = None
    resolution: str = ""
    fps: int | None = None
    fades: bool = False
    keeps_sound: bool = True
    """Whether the clips' own sound is heard."""
    window: tuple[Fraction, Fraction | None] | None = None
    """Of a film of one clip: from and to which second."""


async def make_film(order: Order, workdir: Path) -> Path:
    """Make it as MP4 (H.264, AAC) in `workdir`.

    Raises:
        StepFailed: a clip is broken, a text cannot be drawn, or the film did not come out as ordered.
    """
    clips = await _look_at_all(order.clips)
    if order.music is not None:
        await look_at_sound(order.music.path, order.music.label)
    shape = choose_shape(clips, order.resolution, order.fps)
    captions = await _draw_captions(order, shape, workdir)
    bench = Workbench(tuple(clips), shape, workdir, captions, order.keeps_sound)
    segments = _segments(order, clips, shape)
    film = workdir / "film.mp4"
    if not captions and len(segments) == len(clips) and order.window is None and _are_alike(clips, shape):
        try:
            await _join(await _copy(bench, segments), bench, order, film, _count(clips))
        except StepFailed:
            film.unlink(missing_ok=True)  # a stream that looks alike and is not: code it anew
        else:
            return film
    frames = sum(segment.frames for segment in segments)
    await _join(await _code(bench, segments), bench, order, film, frames)
    return film


async def _look_at_all(clips: Sequence[tuple[Path, str]]) -> list[Clip]:
    """Look at every clip once, at several at a time; the first bad one in order is the one named."""
    unique = dict(reversed(clips))
    order = list(dict.fromkeys(path for path, _ in clips))
    looked = await asyncio.gather(*(look_at(path, unique[path]) for path in order), return_exceptions=True)
    known: dict[Path, Clip] = {}
    for path, found in zip(order, looked, strict=True):
        if isinstance(found, BaseException):
            raise found
        known[path] = found
    return [known[path] for path, _ in clips]


async def _draw_captions(order: Order, shape: Shape, workdir: Path) -> dict[int, Caption]:
    drawn = {}
    for index, text in enumerate(order.captions):
        if text is not None:
            path, label = workdir / f"caption-{index:04d}.png", f"captions[{index}]"
            caption = await asyncio.to_thread(draw_caption, text, shape, path, label)
            if caption is not None:
                drawn[index] = caption
    return drawn


def _segments(order: Order, clips: Sequence[Clip], shape: Shape) -> list[Segment]:
    lengths = [shape.frames(clip.seconds) for clip in clips]
    if order.window is None:
        return cutting_list(lengths, shape.frames(FADE_SECONDS) if order.fades else 0)
    start, end = order.window
    first = min(round(start * shape.fps), lengths[0])
    last = lengths[0] if end is None else min(round(end * shape.fps), lengths[0])
    if last <= first:
        part = f"from {float(start):g} s to {'its end' if end is None else f'{float(end):g} s'}"
        raise StepFailed(
            f"Nothing of {clips[0].label} is left {part}: it lasts {float(clips[0].seconds):.2f} s"
        )
    return [Segment((Piece(0, first, last - first),))]


def _are_alike(clips: Sequence[Clip], shape: Shape) -> bool:
    """Whether the clips' coded pictures can stand in one film as they are."""
    first = clips[0]
    return all(
        clip.track.coding == first.track.coding
        and clip.video == first.video
        and clip.rate == shape.fps
        and clip.video.codec == "h264"
        and clip.video.pixels == "yuv420p"
        and clip.video.rotation == 0
        and clip.video.sar == 1
        and (clip.video.width, clip.video.height) == (shape.width, shape.height)
        and clip.track.begins_with_key
        and clip.track.start == 0
        and clip.seconds == clip.track.end
        for clip in clips
    )


def _count(clips: Sequence[Clip]) -> int:
    return sum(clip.track.packets for clip in clips)


async def _code(bench: Workbench, segments: Sequence[Segment]) -> list[SegmentFiles]:
    return await _all([code_segment(bench, segment, number) for number, segment in enumerate(segments)])


async def _copy(bench: Workbench, segments: Sequence[Segment]) -> list[SegmentFiles]:
    return await _all(
        [copy_segment(bench, segment.pieces[0], number) for number, segment in enumerate(segments)]
    )


async def _all(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Do everything at once (ffmpeg itself keeps to the processors); the first failure stops the rest."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(item) for item in work]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def _join(
    parts: Sequence[SegmentFiles], bench: Workbench, order: Order, film: Path, frames: int
) -> None:
    """Put coded segments and sound together, and look at the result."""
    ends = list(accumulate(part.seconds for part in parts))
    seconds = ends[-1]
    listing = bench.folder / "segments.ffconcat"
    listing.write_text(_listing(parts, ends), encoding="utf-8")
    inputs = ["-f", "concat", "-auto_convert", "0", *ffmpeg.source(listing)]
    sound = await _lay_sound(parts, ends, bench, order)
    for path in sound.files:
        inputs += ffmpeg.source(path)
    outputs = ["-map", "0:v:0", "-c:v", "copy"]
    if sound.graph:
        outputs = ["-filter_complex", sound.graph, *outputs]
        outputs += ["-map", "[sound]", "-c:a", "aac", "-b:a", "192k", "-ar", str(SAMPLE_RATE), "-ac", "2"]
    outputs += ["-movflags", "+faststart", *ffmpeg.BITEXACT, "-f", "mp4", ffmpeg.target(film)]
    try:
        await ffmpeg.run_async([*inputs, *outputs])
    except FfmpegError as error:
        raise StepFailed(f"The pieces of the film could not be joined: {error}") from None
    promise = Promise(bench.shape.width, bench.shape.height, frames, seconds, bool(sound.graph))
    await inspect(film, promise)
    for path in (listing, *sound.files, *(part.pictures for part in parts)):
        path.unlink(missing_ok=True)


def _listing(parts: Sequence[SegmentFiles], ends: Sequence[Fraction]) -> str:
    """For the concat demuxer; microseconds counted from the film's beginning, lest errors add up."""
    marks = [0, *(round(end * 1_000_000) for end in ends)]
    lines = ["ffconcat version 1.0"]
    for part, start, end in zip(parts, marks, marks[1:], strict=False):
        lines += [f"file '{part.pictures.name}'", f"duration {(end - start) / 1e6:.6f}"]
    return "\n".join([*lines, ""])


@dataclass(frozen=True, slots=True)
class _Sound:
    """WAV files as further inputs (the first is input 1), and the graph that makes `[sound]` of them."""

    files: tuple[Path, ...] = ()
    graph: str = ""


async def _lay_sound(
    parts: Sequence[SegmentFiles], ends: Sequence[Fraction], bench: Workbench, order: Order
) -> _Sound:
    marks = [0, *(round(end * SAMPLE_RATE) for end in ends)]
    cut = [(part.sound, end - start) for part, start, end in zip(parts, marks, marks[1:], strict=False)]
    own, laid = bench.folder / "own.wav", bench.folder / "music.wav"
    files = []
    if any(part.sound is not None for part in parts):
        is_heard = await asyncio.to_thread(join_sound, cut, own)
        if is_heard or order.music is None:
            files.append(own)
    if order.music is not None:
        await lay_music(order.music, marks[-1], laid)
        files.append(laid)
    if not files:
        return _Sound()
    film = f"{files.index(own) + 1}:a:0" if own in files else ""
    music = f"{files.index(laid) + 1}:a:0" if laid in files else ""
    fades = order.music is not None and order.music.fades
    return _Sound(tuple(files), mixing(film, music, fades=fades, seconds=float(ends[-1])))
