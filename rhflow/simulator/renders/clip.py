"""Clips: out of a picture, of several, or of words alone."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps

from rhflow.media import probe
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import ambience, camera, caption, dress, encode, picture, words
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request

VIDEOS = ("mp4", "mov", "mkv", "webm", "avi", "m4v")
SOUNDS = ("mp3", "wav", "flac", "ogg", "m4a", "aac")
DETAIL = 1.25
"""Pictures move at this much more than the size of the clip, so that a zoom keeps its edges."""


def text_to_video(request: Request) -> list[Rendered]:
    """Paint the words, then move over the painting."""
    size = request.video_size()
    scale = min(1.5, 2048 / max(size))
    drawn = (round(size[0] * scale), round(size[1] * scale))
    painting = picture.paint(words.read(request.prompt), drawn, request.dice)
    return [film(request, [painting], size)]


def image_to_video(request: Request) -> list[Rendered]:
    """Move over the given picture; two or more dissolve into each other in turn."""
    stills = given_pictures(request)
    if not stills:
        return text_to_video(request)
    shape = stills[0].width / stills[0].height
    return [film(request, stills[:6], request.video_size(shape))]


def given_pictures(request: Request) -> list[Image.Image]:
    """Every picture of the order; where there are only videos, their last frames."""
    stills, moving = [], []
    for file in request.media():
        kind = file.suffix.lower().lstrip(".")
        if kind in VIDEOS:
            moving.append(file)
        elif kind not in SOUNDS:
            stills.append(picture.open_picture(file))
    if stills:
        return stills
    with TemporaryDirectory(dir=request.folder) as held:
        for index, file in enumerate(moving):
            encode.look(file)
            frame = Path(held) / f"{index}.ppm"
            encode.last_frame(file, frame)
            stills.append(picture.open_picture(frame))
    return stills


def film(request: Request, stills: list[Image.Image], size: tuple[int, int]) -> Rendered:
    """A clip of the asked length over these pictures, with what drifts through them and its caption."""
    spoken = _sound_of(request)
    seconds = request.seconds(default=_length_of(spoken))
    total = max(2, round(seconds * encode.FPS))
    dice = request.dice.split("film")
    path = request.folder / "video-1.mp4"
    with TemporaryDirectory(dir=request.folder) as held:
        folder = Path(held)
        inputs, graph = _pictures(stills, request.prompt, size, total, dice, folder, _amplitude(request))
        over = dress.Dressing(request.prompt, caption.model_name(request.order.endpoint), stills[-1])
        more, rest, stdin = over.inputs(size, total, encode.FPS, dice, folder, before=len(stills))
        settings = ["-filter_complex", f"{graph};{rest}", "-map", "[out]", "-frames:v", str(total)]
        settings += [*encode.VIDEO, *encode.CONTAINER]
        sound = request.flag("generateAudio", "sound", "audio", "generateAudioSwitch", "bgm", "enableAudio")
        if spoken or sound:
            more += ["-i", str(spoken)] if spoken else ambience.source(request.prompt, seconds, dice)
            settings += [
                "-map",
                f"{len(stills) + 3}:a:0",
                "-af",
                f"apad=whole_dur={seconds:.3f}",
                *encode.AUDIO,
            ]
            settings += ["-t", f"{total / encode.FPS:.4f}"]
        encode.write([*inputs, *more], settings, path, stdin=stdin)
    return Rendered(str(path), "mp4")


def _sound_of(request: Request) -> Path | None:
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


def _length_of(sound: Path | None) -> float:
    """How long a clip is when nobody said: as long as what is spoken in it, else five seconds."""
    found = probe.probe(sound) if sound else None
    return min(30.0, max(1.0, found.seconds)) if found and found.seconds else 5.0


def _amplitude(request: Request) -> float:
    asked = (request.text("movementAmplitude", "motion") or "").lower()
    return {"small": 0.6, "low": 0.6, "large": 1.35, "high": 1.35}.get(asked, 1.0)


def _pictures(
    stills: list[Image.Image],
    prompt: str,
    size: tuple[int, int],
    total: int,
    dice: Dice,
    folder: Path,
    reach: float,
) -> tuple[list[str], str]:
    """Inputs for ffmpeg and a graph that ends in [base]: each picture on its own move, then a dissolve."""
    inputs: list[str] = []
    chains: list[str] = []
    large = (round(size[0] * DETAIL / 2) * 2, round(size[1] * DETAIL / 2) * 2)
    overlap = min(encode.FPS, total // (2 * len(stills))) if len(stills) > 1 else 0
    each = (total + overlap * (len(stills) - 1)) / len(stills)
    for index, still in enumerate(stills):
        file = folder / f"still-{index}.png"
        ImageOps.fit(still, large, Image.Resampling.LANCZOS).save(file, compress_level=1)
        inputs += ["-framerate", str(encode.FPS), "-i", str(file)]
        length = round(each) + 2
        path = (
            camera.choose(prompt, dice.split(f"move {index}"), reach)
            if index == 0
            else camera.move("in", dice.split(f"move {index}"), reach)
        )
        chains.append(
            f"[{index}:v]{encode.TO_YUV},loop={length}:1:0,{camera.filter_text(path, length)},"
            f"scale={size[0]}:{size[1]}:flags=bicubic,setsar=1[p{index}]"
        )
    last = "p0"
    length_of_fade = f"{overlap / encode.FPS:.4f}"
    for index in range(1, len(stills)):
        start = (each - overlap) * index / encode.FPS
        chains.append(
            f"[{last}][p{index}]xfade=transition=fade:duration={length_of_fade}:offset={start:.4f}[x{index}]"
        )
        last = f"x{index}"
    chains.append(f"[{last}]null[base]")
    return inputs, ";".join(chains)
