"""Tiny media for tests: valid, of the right kind and length, different for each request, made quickly."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from rhflow.ground.media import SNIFF_BYTES, Kind, sniff
from rhflow.media import ffmpeg
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import encode, mesh, writing
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request, even

SHORT_EDGE = 36
FPS = 2
_CODER = (
    *[
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "26",
        "-pix_fmt",
        "yuv420p",
        "-bf",
        "0",
        "-threads",
        "1",
    ],
    *["-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"],
)
_TEXTS = {"text-to-lyrics": writing.lyrics, "text-to-text": writing.text_to_text}


def render(request: Request) -> list[Rendered]:
    """Whatever the order's model makes, small."""
    order = request.order
    for file in request.media():
        check(file)
    if order.output == "text":
        return _TEXTS.get(order.task, _text)(request)
    if order.output in {"model3d", "3d"}:
        path = request.folder / "model-1.glb"
        mesh.write_small(path, request.dice)
        return [Rendered(str(path), "glb")]
    if order.output == "audio":
        return [_sound(request)]
    if order.output == "video":
        return [_video(request)]
    return [_image(request, index) for index in range(request.count())]


def check(path: Path) -> None:
    """Make sure a given file is media at all.

    Raises:
        UnreadableInput: it is not.
    """
    try:
        with path.open("rb") as file:
            sniffed = sniff(file.read(SNIFF_BYTES))
        if sniffed is not None and sniffed.kind is Kind.IMAGE:
            with Image.open(path) as image:
                image.verify()
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError) as error:
        raise UnreadableInput(f"The input {path.name} cannot be read") from error
    if sniffed is None:
        raise UnreadableInput(f"The input {path.name} is no media file that can be read")


def _text(request: Request) -> list[Rendered]:
    return [Rendered(None, "txt", f"{request.order.task} {request.dice.seed[:24]}")]


def _size(request: Request) -> tuple[int, int]:
    shape = request.ratio() or 16 / 9
    return even((SHORT_EDGE * shape, SHORT_EDGE) if shape >= 1 else (SHORT_EDGE, SHORT_EDGE / shape))


def _image(request: Request, index: int) -> Rendered:
    """Bands of colour with the seed in its pixels; twice the input where the model enlarges."""
    size = _size(request)
    files = request.media()
    if files and (
        "upscale" in request.order.endpoint
        or "enhance" in request.order.endpoint
        or "gigapixel" in request.order.endpoint
    ):
        with Image.open(files[0]) as given:
            size = (given.width * 2, given.height * 2)
            picture = given.convert("RGB").resize(size)
    else:
        picture = _bands(request.dice.split(f"image {index}"), size)
    kind = request.image_format()
    path = request.folder / f"image-{index + 1}.{'jpg' if kind == 'jpeg' else kind}"
    picture.save(path, kind.upper(), **({"quality": 95} if kind == "jpeg" else {}))
    return Rendered(str(path), path.suffix.lstrip("."))


def _bands(dice: Dice, size: tuple[int, int]) -> Image.Image:
    tones = dice.noise(4 * 6 * 3)
    return Image.frombytes("RGB", (6, 4), tones).resize(size, Image.Resampling.BICUBIC)


def _video(request: Request) -> Rendered:
    """Sliding bands of colour, two frames a second; longer or larger than the video given where asked."""
    videos = [
        file
        for file in request.media()
        if file.suffix.lower() in {".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v"}
    ]
    seconds, size = request.seconds(), _size(request)
    if videos:
        found = encode.look(videos[0])
        size = even((found.width or 2, found.height or 2))
        given = found.seconds or 0.0
        if "extend" in request.order.task or "extend" in request.order.endpoint:
            seconds += given
        else:
            seconds = given
        if "upscale" in request.order.endpoint or "super-resolution" in request.order.endpoint:
            size = (size[0] * 2, size[1] * 2)
    path = request.folder / "video-1.mp4"
    count = max(1, math.ceil(seconds * FPS - 1e-6))
    strip = _bands(request.dice.split("video"), (size[0] + count * 2, size[1]))
    raw = b"".join(
        strip.crop((index * 2, 0, index * 2 + size[0], size[1])).tobytes() for index in range(count)
    )
    taken = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {FPS} -i pipe:0".split()
    ffmpeg.run([*taken, *_CODER, str(path)], stdin=raw)
    return Rendered(str(path), "mp4")


def _sound(request: Request) -> Rendered:
    """Half a second of a tone that belongs to the request alone."""
    dice = request.dice.split("sound")
    hertz, rate = dice.between(200, 800), 8000
    path = request.folder / "sound-1.wav"
    samples = [round(9000 * math.sin(math.tau * hertz * index / rate)) for index in range(rate // 2)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return Rendered(str(path), "wav")
