"""Tiny media for tests: valid, of the right kind, number and length, different for each request."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from rhflow.ground.media import SNIFF_BYTES, Kind, sniff
from rhflow.media import ffmpeg, probe
from rhflow.media.probe import Probe
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import answers, encode, mesh, world, writing
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.film import PICTURES, SOUNDS, VIDEOS
from rhflow.simulator.renders.request import Request, even

SHORT_EDGE = 36
FPS = 2
_RATE = 8000
_CODER = (
    *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p", "-bf", "0"),
    *("-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"),
)
_SOUND = ("-c:a", "aac", "-b:a", "32k", "-ar", "16000", "-ac", "1", "-flags:a", "+bitexact")
_TEXTS = {
    "text-to-lyrics": writing.lyrics,
    "text-to-text": writing.text_to_text,
    "text-to-world": world.text_to_world,
}
_IN_PAIRS = ("suno", "source-separation")
"""Makers that answer with two sounds."""


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
        pairs = any(part in order.endpoint for part in _IN_PAIRS)
        return [_sound(request, index) for index in range(2 if pairs else max(1, min(4, request.count())))]
    if order.output == "video":
        return [_video(request)]
    many = 3 if "layer-decomposition" in order.endpoint else request.count()
    return [_image(request, index) for index in range(many)]


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
    """A word that belongs to the request alone; JSON where the prompt asks for it."""
    word = f"{request.order.task} {request.dice.seed[:24]}"
    wants = "json" in request.prompt.lower()
    return [Rendered(None, "txt", answers.answer(request.prompt, request.dice, word) if wants else word)]


def _size(request: Request) -> tuple[int, int]:
    shape = request.ratio() or (2.0 if request.order.task.endswith("-world") else 16 / 9)
    return even((SHORT_EDGE * shape, SHORT_EDGE) if shape >= 1 else (SHORT_EDGE, SHORT_EDGE / shape))


def _image(request: Request, index: int) -> Rendered:
    """Bands of colour with the seed in its pixels; twice the input where the model enlarges."""
    size = _size(request)
    files = request.media()
    endpoint = request.order.endpoint
    if files and any(part in endpoint for part in ("upscale", "enhance", "gigapixel")):
        with Image.open(files[0]) as given:
            size = (given.width * 2, given.height * 2)
            picture = given.convert("RGB").resize(size)
    else:
        picture = _bands(request.dice.split(f"image {index}"), size)
    kind = request.image_format()
    is_clear = request.text("background") == "transparent" or "layer-decomposition" in endpoint
    if is_clear or "background-remov" in endpoint:
        kind = "png"
        picture.putalpha(Image.radial_gradient("L").resize(picture.size))
    path = request.folder / f"image-{index + 1}.{'jpg' if kind == 'jpeg' else kind}"
    picture.save(path, kind.upper(), **({"quality": 95} if kind == "jpeg" else {}))
    return Rendered(str(path), path.suffix.lstrip("."))


def _bands(dice: Dice, size: tuple[int, int]) -> Image.Image:
    tones = dice.noise(4 * 6 * 3)
    return Image.frombytes("RGB", (6, 4), tones).resize(size, Image.Resampling.BICUBIC)


def _video(request: Request) -> Rendered:
    """Sliding bands of colour, two frames a second; as long as the full one would be, with sound like it."""
    videos, sounds = request.media(*VIDEOS), request.media(*SOUNDS)
    found = encode.look(videos[0]) if videos else None
    heard = probe.probe(sounds[0]) if sounds and not videos else None
    seconds, size = _length(request, found, heard), _size(request)
    if found is not None and not request.media(*PICTURES):
        size = even((found.width or 2, found.height or 2))
        if "upscale" in request.order.endpoint or "super-resolution" in request.order.endpoint:
            size = (size[0] * 2, size[1] * 2)
    path = request.folder / f"video-1.{request.video_format()}"
    count = max(1, math.ceil(seconds * FPS - 1e-6))
    strip = _bands(request.dice.split("video"), (size[0] + count * 2, size[1]))
    raw = b"".join(
        strip.crop((index * 2, 0, index * 2 + size[0], size[1])).tobytes() for index in range(count)
    )
    taken = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {FPS} -i pipe:0".split()
    sound: list[str] = []
    if heard is not None or (
        found is not None and found.has_audio and not request.declined("keepOriginalSound")
    ):
        taken += ["-i", str((sounds or videos)[0] if heard is not None else videos[0])]
        sound = ["-map", "0:v:0", "-map", "1:a:0", *_SOUND, "-t", f"{count / FPS:.3f}"]
    elif request.wants_sound():
        taken += (
            f"-f lavfi -i sine=f={request.dice.split('air').whole(200, 700)}:r=16000:d={count / FPS}".split()
        )
        sound = ["-map", "0:v:0", "-map", "1:a:0", *_SOUND]
    ffmpeg.run([*taken, *sound, *_CODER, str(path)], stdin=raw)
    return Rendered(str(path), path.suffix.lstrip("."))


def _length(request: Request, video: Probe | None, sound: Probe | None) -> float:
    """Seconds: as asked; as long as what is worked on or followed; the sum where it is carried on."""
    order = request.order
    if video is not None and video.seconds:
        if "extend" in order.task or "extend" in order.endpoint or "extension" in order.endpoint:
            return video.seconds + request.seconds()
        if order.task.startswith("reference") or order.task == "video-to-world":
            return request.seconds()
        return video.seconds
    if sound is not None and sound.seconds and request.number("duration") is None:
        return min(60.0, sound.seconds)
    return request.seconds()


def _sound(request: Request, index: int) -> Rendered:
    """A tone that belongs to the request alone, half a second where no length is asked for."""
    hertz = request.dice.split("sound" if index == 0 else f"sound {index}").between(200, 800)
    path = request.folder / f"sound-{index + 1}.wav"
    half = _RATE // 2
    tone = struct.pack(
        f"<{half}h", *(round(9000 * math.sin(math.tau * hertz * at / _RATE)) for at in range(half))
    )
    many = round(_RATE * request.seconds(default=0.5, longest=120))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((tone * (many // half + 1))[: many * 2])
    return Rendered(str(path), "wav")
