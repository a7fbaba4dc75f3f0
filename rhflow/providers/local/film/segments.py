"""One segment of the cutting list as files: its pictures as MP4, its sound as raw samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rhflow.media import ffmpeg
from rhflow.media.ffmpeg import FfmpegError
from rhflow.media.streams import AudioStream
from rhflow.providers.local.film.captions import Caption
from rhflow.providers.local.film.clip import Clip
from rhflow.providers.local.film.cut import Piece, Segment
from rhflow.providers.local.film.shape import Shape, fitting
from rhflow.providers.local.step import StepFailed

SAMPLE_RATE = 48_000
SAMPLE_BYTES = 4
"""Two channels of 16 bits."""

RAW_SOUND = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "2")

X264: tuple[str, ...] = (
    *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-threads", "2"),
    *("-x264-params", "stitchable=1"),  # the same headers for every segment, so that they can be joined
    *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
)
"""The number of threads is fixed because it shows in the bytes."""


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """`pictures` last exactly `seconds`; `sound` is None where the segment has none."""

    pictures: Path
    sound: Path | None
    seconds: Fraction


@dataclass(frozen=True, slots=True)
class Workbench:
    """What coding a segment needs to know: clips by index, the film's shape, a folder, captions by clip."""

    clips: tuple[Clip, ...]
    shape: Shape
    folder: Path
    captions: Mapping[int, Caption]
    keeps_sound: bool = True

    def is_heard(self, clip: Clip) -> bool:
        """Whether the clip's own sound goes into the film."""
        return self.keeps_sound and clip.audio is not None

    @property
    def timescale(self) -> int:
        """Ticks per second in which every frame of the film lasts a whole number."""
        rate = self.shape.fps.numerator
        return rate * -(-10_000 // rate)

    def samples(self, frames: int) -> int:
        """Sound samples up to the frame of that number."""
        return round(frames * SAMPLE_RATE / self.shape.fps)


class _Graph:
    """A growing ffmpeg command line: inputs, and the filters that make streams of them."""

    def __init__(self) -> None:
        self.inputs: list[str] = []
        self.chains: list[str] = []
        self._files = 0

    def open(self, path: Path) -> int:
        """Add an input; its number. Decoding with a fixed number of threads keeps several children fair."""
        self.inputs += ["-threads", "2", *ffmpeg.source(path)]
        self._files += 1
        return self._files - 1

    def add(self, sources: str, filters: str, name: str) -> str:
        """Add a chain from `[a][b]` to a stream of that name; the name in brackets."""
        self.chains.append(f"{sources}{filters}[{name}]")
        return f"[{name}]"


async def code_segment(bench: Workbench, segment: Segment, number: int) -> SegmentFiles:
    """Code the pictures anew, in the film's shape, with captions; cut the sound to them.

    Raises:
        StepFailed: ffmpeg could not, with the clip's name.
    """
    graph = _Graph()
    pictures, sounds = [], []
    for place, piece in enumerate(segment.pieces):
        clip = bench.clips[piece.clip]
        file = graph.open(clip.path)
        pictures.append(graph.add(f"[{file}:V:0]", _picture_filters(bench, clip, piece), f"v{place}"))
        if bench.is_heard(clip):
            sounds.append(
                (place, graph.add(f"[{file}:a:0]", _sound_filters(bench, clip, piece), f"a{place}"))
            )
    video = _lay_captions(graph, _dissolve_pictures(graph, pictures, bench, segment), bench, segment)
    audio = _dissolve_sounds(graph, sounds, bench, segment)
    made = bench.folder / f"{number:04d}.mp4"
    sound = bench.folder / f"{number:04d}.pcm"
    outputs = [
        "-map",
        video,
        "-r",
        str(bench.shape.fps),
        *X264,
        "-video_track_timescale",
        str(bench.timescale),
    ]
    outputs += [*ffmpeg.BITEXACT, "-f", "mp4", ffmpeg.target(made)]
    if audio:
        outputs += ["-map", audio, *RAW_SOUND, ffmpeg.target(sound)]
    arguments = [*graph.inputs, "-filter_complex", ";".join(graph.chains), *outputs]
    await _run(arguments, bench.clips[segment.pieces[0].clip])
    return SegmentFiles(made, sound if audio else None, segment.frames / bench.shape.fps)


async def copy_segment(bench: Workbench, piece: Piece, number: int) -> SegmentFiles:
    """Take the pictures of a whole clip as they are coded; only its sound is decoded and cut to them.

    Raises:
        StepFailed: ffmpeg could not, with the clip's name.
    """
    clip = bench.clips[piece.clip]
    made = bench.folder / f"{number:04d}.mp4"
    sound = bench.folder / f"{number:04d}.pcm"
    outputs = ["-map", "0:V:0", "-c", "copy", *ffmpeg.BITEXACT, "-f", "mp4", ffmpeg.target(made)]
    graph: list[str] = []
    if bench.is_heard(clip):
        graph = ["-filter_complex", f"[0:a:0]{_sound_filters(bench, clip, piece)}[a]"]
        outputs += ["-map", "[a]", *RAW_SOUND, ffmpeg.target(sound)]
    await _run([*ffmpeg.source(clip.path), *graph, *outputs], clip)
    return SegmentFiles(made, sound if graph else None, clip.track.end - clip.track.start)


async def _run(arguments: list[str], clip: Clip) -> None:
    try:
        await ffmpeg.run_async(arguments)
    except FfmpegError as error:
        raise StepFailed(f"{clip.label} could not be worked into the film: {error}") from None


def on_both_sides(audio: AudioStream) -> list[str]:
    """The filter that plays one channel on two at full level, where ffmpeg by itself takes 3 dB off."""
    return ["pan=stereo|c0=c0|c1=c0"] if audio.channels == 1 else []


def _picture_filters(bench: Workbench, clip: Clip, piece: Piece) -> str:
    """Size, then rate, then exactly the piece's frames; the last one is held where the pictures end early."""
    shape = bench.shape
    rate = f"fps={shape.fps}:start_time=0"
    fit = fitting(clip.video, shape.width, shape.height)
    end = piece.start + piece.frames
    return ",".join(
        [
            *(
                [rate, *fit] if clip.rate > shape.fps else [*fit, rate]
            ),  # the fewer frames to scale, the better
            f"tpad=stop_mode=clone:stop={end}",
            f"trim=start_frame={piece.start}:end_frame={end}",
            "setpts=PTS-STARTPTS",
        ]
    )


def _sound_filters(bench: Workbench, clip: Clip, piece: Piece) -> str:
    assert clip.audio is not None
    start, end = bench.samples(piece.start), bench.samples(piece.start + piece.frames)
    return ",".join(
        [
            *on_both_sides(clip.audio),
            f"aresample={SAMPLE_RATE}:async=1:first_pts=0",
            "aformat=sample_fmts=s16:channel_layouts=stereo",
            "apad",
            f"atrim=start_sample={start}:end_sample={end}",
            "asetpts=PTS-STARTPTS",
        ]
    )


def _dissolve_pictures(graph: _Graph, pictures: list[str], bench: Workbench, segment: Segment) -> str:
    if len(pictures) == 1:
        return pictures[0]
    seconds = float(segment.frames / bench.shape.fps)
    return graph.add("".join(pictures), f"xfade=transition=fade:duration={seconds:.6f}:offset=0", "v")


def _lay_captions(graph: _Graph, video: str, bench: Workbench, segment: Segment) -> str:
    """Captions stand above the dissolve and change in the middle of it: two at a time cannot be read."""
    half = segment.frames // 2
    spans = [""] if len(segment.pieces) == 1 else [f":enable='lt(n,{half})'", f":enable='gte(n,{half})'"]
    for place, (piece, span) in enumerate(zip(segment.pieces, spans, strict=True)):
        caption = bench.captions.get(piece.clip)
        if caption is not None:
            file = graph.open(caption.path)
            overlay = f"overlay=x={caption.x}:y={caption.y}:format=yuv420:eof_action=repeat{span}"
            video = graph.add(f"{video}[{file}:v:0]", overlay, f"c{place}")
    return video


def _dissolve_sounds(graph: _Graph, sounds: list[tuple[int, str]], bench: Workbench, segment: Segment) -> str:
    """The finished sound; empty where there is none."""
    if not sounds or len(segment.pieces) == 1:
        return sounds[0][1] if sounds else ""
    seconds = float(segment.frames / bench.shape.fps)
    faded = [
        graph.add(source, f"afade=t={'in' if place else 'out'}:d={seconds:.6f}:curve=qsin", f"f{place}")
        for place, source in sounds
    ]
    return (
        faded[0]
        if len(faded) == 1
        else graph.add("".join(faded), "amix=inputs=2:normalize=0:duration=shortest", "a")
    )
