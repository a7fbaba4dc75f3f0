"""Talking pictures: a figure speaks, or beats, with a given sound; the clip is as long as the sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import camera, clip, encode, face, film, hearing, picture, reel, speech, words
from rhflow.simulator.renders.film import VIDEOS, Film
from rhflow.simulator.renders.play import Actor, Play, detailed, drawn_size, moved, seen
from rhflow.simulator.renders.puppet import Mouth, Pose, Puppet, opened
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still

_PRESENTER = "portrait of a presenter in a bright room"
_LONGEST_S = 60.0


def audio_to_video(request: Request) -> list[Rendered]:
    """Somebody speaks the given sound: the one in the picture, the one in the video, else a presenter."""
    sound = film.sound_of(request)
    with TemporaryDirectory(dir=request.folder) as held:
        heard = sound or _said(request, Path(held))
        first, last = _stretch(request, film.length_of(heard, longest=_LONGEST_S))
        late = (request.number("soundInsertTime") or 0) / 1000
        level = min(2.0, max(0.0, request.number("soundVolume") or 1.0))
        cut = f"atrim={first:.3f}:{last:.3f},asetpts=PTS-STARTPTS,volume={level:.2f}"
        cut += f",adelay={late * 1000:.0f}:all=1"
        videos = request.media(*VIDEOS)
        if videos:
            frames, plan = _dubbed(request, videos[0], heard, cut)
        else:
            still = next(iter(clip.given_stills(request)), None) or _presenter(request)
            plan = Film(
                request.video_size(still.shape), late + last - first, request.prompt, heard, filters=cut
            )
            frames = speaking(still, curve(heard, cut, plan), plan)
        return film.shown(request, plan, frames)


def curve(heard: Path, cut: str, plan: Film) -> list[float]:
    """How far a mouth is open at each frame."""
    sound = hearing.samples(heard, filters=f"{cut},apad=whole_dur={plan.seconds:.3f}", most_s=plan.seconds)
    return hearing.softened(hearing.loudness(sound, hearing.RATE / plan.fps))


def speaking(still: Still, levels: list[float], plan: Film) -> Iterator[Image.Image]:
    """The picture with its first figure speaking; where nobody can, the whole of it beats."""
    large = detailed(still, plan.drawn)
    known = sorted(large.figures or (), key=lambda figure: figure.name != "portrait")
    figure = known[0] if known else None
    if figure is None or figure.share > 0.75:
        yield from _beating(large.picture, levels, plan)
        return
    mouth = face.mouth_of(large, figure)
    weight = 0.02 if mouth else 0.07

    def gait(seconds: float) -> Pose:
        at = min(len(levels) - 1, round(seconds * plan.fps))
        level, slow = levels[at], levels[max(0, at - 5)]
        nod = (slow - 0.4) * 0.02
        return Pose(
            0, 0, 1 + weight * level, 1 - weight * 0.4 * level, 0, (nod, nod / 2, 0.0, 0.0), (), level
        )

    move = camera.Move(camera.View(), camera.View(1.04, 0, -0.005, 0.01))
    backdrop = Still(large.picture, (figure,)).bare()
    actors = [Actor(Puppet(large.picture, figure, mouth), gait)]
    yield from Play(backdrop, actors, moved(move, plan.total), plan.drawn, plan.total, plan.fps).frames()


def _beating(whole: Image.Image, levels: list[float], plan: Film) -> Iterator[Image.Image]:
    """Nobody in particular: the camera itself goes closer with every loud moment."""

    def look(index: int) -> camera.View:
        return camera.View(1 + 0.06 * levels[min(index, len(levels) - 1)])

    yield from Play(whole, [], look, plan.drawn, plan.total, plan.fps).frames()


def _dubbed(request: Request, video: Path, heard: Path, cut: str) -> tuple[Iterator[Image.Image], Film]:
    """The frames of a video with somebody's mouth moving to another sound; as long as the video."""
    found = encode.look(video)
    size = request.video_size(
        (found.width or 16) / (found.height or 9), min(found.width or 480, found.height or 480)
    )
    plan = Film(size, min(_LONGEST_S, found.seconds or 5.0), request.prompt, heard, filters=cut)
    levels = curve(heard, cut, plan)
    drawn = drawn_size(size)

    def frames() -> Iterator[Image.Image]:
        mouth: Mouth | None = None
        for index, frame in enumerate(reel.frames(video, drawn, plan.fps)):
            level = levels[min(index, len(levels) - 1)]
            if index % 12 == 0:
                mouth = face.seek(frame)
            if mouth is not None:
                yield opened(frame.convert("RGBA"), mouth, level).convert("RGB")
            else:
                yield seen(frame, camera.View(1 + 0.05 * level), frame.size, 0, drawn)

    return frames(), plan


def _presenter(request: Request) -> Still:
    """Somebody to speak where no picture is given: the same for the same session."""
    shape = request.video_size()
    return picture.paint(
        words.read(f"{_PRESENTER} {request.prompt}"), drawn_size(shape), request.dice.split("presenter")
    )


def _said(request: Request, folder: Path) -> Path:
    """A sound where none is given but its id: a sentence."""
    text = request.prompt or "Hello, and welcome. This is what I have to say."
    return speech.spoken(text, folder / "said.wav", request.dice.split("said"))


def _stretch(request: Request, seconds: float) -> tuple[float, float]:
    """Which part of the sound is spoken: `soundStartTime` to `soundEndTime`, in thousandths of a second."""
    first = min((request.number("soundStartTime") or 0) / 1000, max(0.0, seconds - 0.2))
    last = (request.number("soundEndTime") or 0) / 1000
    return max(0.0, first), min(seconds, last) if last > first + 0.1 else seconds
