"""What becomes of drawn frames: a file of the size, the length and the sound an order asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from rhflow.media import probe
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import ambience, caption, dress, encode
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.play import drawn_size
from rhflow.simulator.renders.request import Request

VIDEOS = ("mp4", "mov", "mkv", "webm", "avi", "m4v")
SOUNDS = ("mp3", "wav", "flac", "ogg", "m4a", "aac")
PICTURES = ("png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "avif", "heic")


@dataclass(frozen=True, slots=True)
class Film:
    """What becomes one file: how large, how long, what is heard, what stands at its head."""

    size: tuple[int, int]
    seconds: float
    words: str
    sound: Path | None = None
    fps: float = encode.FPS
    filters: str = "anull"
    """What is done to the sound."""

    @property
    def total(self) -> int:
        """Frames."""
        return max(2, round(self.seconds * self.fps))

    @property
    def drawn(self) -> tuple[int, int]:
        """The size it is drawn at."""
        return drawn_size(self.size)


def planned(request: Request, shape: float | None) -> Film:
    """The film an order asks for; `shape` is that of its first picture."""
    sound = sound_of(request)
    return Film(request.video_size(shape), request.seconds(length_of(sound)), request.prompt, sound)


def shown(request: Request, film: Film, frames: Iterator[Image.Image]) -> list[Rendered]:
    """Dress the frames, code them, add what is heard."""
    path = request.folder / f"video-1.{request.video_format()}"
    dice = request.dice.split("film")
    with TemporaryDirectory(dir=request.folder) as held:
        write(
            film,
            frames,
            path,
            dice,
            caption.model_name(request.order.endpoint),
            Path(held),
            has_air=request.wants_sound(),
        )
    return [Rendered(str(path), path.suffix.lstrip("."))]


def write(
    film: Film,
    frames: Iterator[Image.Image],
    path: Path,
    dice: Dice,
    head: str,
    folder: Path,
    *,
    has_air: bool = False,
) -> None:
    """Code a film; `has_air` gives it the sound of its place where it has none of its own."""
    first = next(frames)
    over = dress.Dressing(film.words, film.drawn, film.total, film.fps, dice, first)
    sheet = dress.caption_file(head, film.words, film.size, first, folder)

    def dressed() -> Iterator[Image.Image]:
        for index, frame in enumerate(chain([first], frames)):
            if index == film.total:
                return
            over.over(frame, index)
            yield frame

    more = ["-framerate", f"{film.fps:g}", "-i", str(sheet)]
    graph = f"[0:v]{encode.enlarged(film.drawn, film.size)},setsar=1[base];"
    graph += dress.caption_graph(film.total, film.fps, "base", "out", 1)
    heard: list[str] = []
    if film.sound or has_air:
        more += ["-i", str(film.sound)] if film.sound else ambience.source(film.words, film.seconds, dice)
        length = film.total / film.fps
        heard = ["-map", "2:a:0", "-af", f"{film.filters},apad=whole_dur={length:.3f}", *encode.AUDIO]
        heard += ["-t", f"{length:.4f}"]
    settings = [*more, "-filter_complex", graph, "-map", "[out]", "-frames:v", str(film.total)]
    settings += [*encode.quality(film.size), *encode.CONTAINER, *heard]
    encode.stream(dressed(), film.drawn, film.fps, settings, path)


def kind_of(file: Path) -> str:
    """`video`, `sound` or `picture`, by the name."""
    ending = file.suffix.lower().lstrip(".")
    return "video" if ending in VIDEOS else "sound" if ending in SOUNDS else "picture"


def sound_of(request: Request) -> Path | None:
    """A given sound track.

    Raises:
        UnreadableInput: it is none.
    """
    for file in request.media(*SOUNDS):
        found = probe.probe(file)
        if found is None or not found.has_audio:
            raise UnreadableInput(f"The input {file.name} is no sound that can be read")
        return file
    return None


def length_of(sound: Path | None, *, longest: float = 30.0) -> float:
    """How long a clip is when nobody said: as long as what is spoken in it, else five seconds."""
    found = probe.probe(sound) if sound else None
    return min(longest, max(0.5, found.seconds)) if found and found.seconds else 5.0
