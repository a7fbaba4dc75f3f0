"""Videos made out of a video: larger, smoother in time, painted in another hand, without their subtitles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from rhflow.media.ffmpeg import FfmpegError
from rhflow.media.probe import Probe
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import (
    clip,
    encode,
    film,
    hands,
    palette,
    particles,
    picture,
    reel,
    scene,
    words,
)
from rhflow.simulator.renders.colour import Rgb
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request, even
from rhflow.simulator.renders.still import without

_GREY: Rgb = (128, 128, 128)
_STROKES = 7
"""So many strokes beside each other are letters; fewer may be anything."""
_WORKED = 720
"""The long edge hands work at: more pixels take longer and look no better."""


def upscale(request: Request) -> list[Rendered]:
    """More pixels: the short edge asked for, light sharpening, sound and frames as they were."""
    source = _source(request)
    found = encode.look(source)
    size = _larger(found, request.target_short(1080))
    fps = request.number("targetFps", "tarfps", "fps")
    frames = f"framerate=fps={fps:g},fps={fps:g}," if fps and found.fps and fps > found.fps + 0.01 else ""
    how = "lanczos" if size[0] * size[1] < 3_000_000 else "bicubic"
    filters = f"{frames}unsharp=3:3:0.8:3:3:0,scale={size[0]}:{size[1]}:flags={how},setsar=1,format=yuv420p"
    return [_coded(request, source, filters, size, has_audio=found.has_audio)]


def more_frames(request: Request) -> list[Rendered]:
    """More frames a second, blended: as many as asked for, else twice as many."""
    source = _source(request)
    found = encode.look(source)
    fps = request.number("targetFps", "tarfps", "fps") or min(60.0, (found.fps or encode.FPS) * 2)
    filters = f"framerate=fps={fps:g},fps={fps:g},format=yuv420p"
    size = (found.width or 2, found.height or 2)
    return [_coded(request, source, filters, size, has_audio=found.has_audio)]


def restyle(request: Request) -> list[Rendered]:
    """The same video in another hand and other colours, as long as it was, or shorter where asked for."""
    videos = request.media(*film.VIDEOS)
    if not videos:
        return clip.image_to_video(request)
    source = videos[0]
    found = encode.look(source)
    seconds = min(found.seconds or 5.0, request.seconds(default=found.seconds or 5.0, longest=600))
    size = _shaped(request, found)
    inner = even((size[0] * min(1.0, _WORKED / max(size)), size[1] * min(1.0, _WORKED / max(size))))
    fps = min(found.fps or encode.FPS, 60.0)
    reading = words.read(request.prompt)
    asked = request.text("styleName", "style") or request.prompt
    hand = hands.of(hands.named(asked, reading.style), inner, request.dice.split("hand"))
    light = _light(request, reading)
    weather = particles.choose(reading)
    count = max(1, round(seconds * fps))
    cloud = (
        None
        if weather == "dust"
        else particles.Cloud(weather, inner, count, fps, request.dice.split("weather"))
    )

    def frames() -> Iterator[Image.Image]:
        for index, frame in enumerate(reel.frames(source, inner, fps, most_s=seconds)):
            done = hand(frame)
            if light:
                done = done.point(light)
            if cloud is not None:
                done.paste(
                    cloud.colour,
                    (0, 0),
                    cloud.frame(min(index, count - 1)).resize(inner, Image.Resampling.BILINEAR),
                )
            yield done

    keeps = found.has_audio and not request.declined("keepOriginalSound")
    return [_streamed(request, source, frames(), (inner, size), fps, seconds, has_audio=keeps)]


def _light(request: Request, reading: words.Reading) -> list[int]:
    """A table of colours after the words, or after a reference picture; empty where they ask for none."""
    references = request.media(*film.PICTURES)
    if references:
        model = picture.open_picture(references[0]).resize((32, 32), Image.Resampling.BOX)
        tones = sorted(zip(*(band.tobytes() for band in model.split()), strict=True), key=sum)
        low, middle, high = (_mean(tones[at : at + 200]) for at in (0, 412, 824))
        return _balance(low, middle, high, 1.3, 0.0)
    if not (reading.time or reading.colours or reading.weathers or reading.settings):
        return []
    setting = scene.choose_setting(reading, request.dice.split("setting"))
    colours, hour = palette.choose(reading, setting, request.dice.split("palette"))
    dark = {"night": 0.42, "dusk": 0.2, "storm": 0.2}.get(reading.time or hour, 0.0)
    if hour in {"noir", "ink"}:
        return _balance(_GREY, _GREY, _GREY, 0.0, dark)
    return _balance(colours.near, colours.sky[1], colours.sky[3], 1.0, dark)


def _mean(tones: list[tuple[int, ...]]) -> Rgb:
    red, green, blue = (round(sum(tone[band] for tone in tones) / len(tones)) for band in range(3))
    return red, green, blue


def _balance(shadow: Rgb, middle: Rgb, high: Rgb, strength: float, dark: float) -> list[int]:
    """Lean shadows, middle tones and lights towards three colours, and take light away."""
    table = []
    for band in range(3):
        leans = [(tone[band] - sum(tone) / 3) * strength for tone in (shadow, middle, high)]
        for value in range(256):
            share = value / 255
            low, far = max(0.0, 1 - 2 * share), max(0.0, 2 * share - 1)
            lean = 0.45 * (low * leans[0] + (1 - low - far) * leans[1] + far * leans[2])
            table.append(min(255, max(0, round(255 * share ** (1 + 0.5 * dark) * (1 - 0.45 * dark) + lean))))
    return table


def _shaped(request: Request, found: Probe) -> tuple[int, int]:
    """The size asked for; the video's own where nothing is said, in its own shape."""
    wide, high = found.width or 2, found.height or 2
    shape = min(8.0, max(0.125, request.ratio() or wide / high))
    short = request.target_short(min(wide, high))
    return even((short * shape, short) if shape >= 1 else (short, short / shape))


def _larger(found: Probe, short: int) -> tuple[int, int]:
    wide, high = found.width or 2, found.height or 2
    scale = short / min(wide, high)
    return even((wide * scale, high * scale))


def _streamed(
    request: Request,
    source: Path,
    frames: Iterator[Image.Image],
    sizes: tuple[tuple[int, int], tuple[int, int]],
    fps: float,
    seconds: float,
    *,
    has_audio: bool,
) -> Rendered:
    """Code frames of the first size at the second one, with the sound of the source."""
    inner, size = sizes
    path = request.folder / f"video-1.{request.video_format()}"
    more = ["-i", str(source)] if has_audio else []
    sound = ["-map", "1:a:0", *encode.AUDIO] if has_audio else []
    settings = [*more, "-map", "0:v:0", "-vf", f"{encode.enlarged(inner, size)},setsar=1", *sound]
    settings += ["-t", f"{seconds:.3f}", *encode.quality(size), *encode.CONTAINER]
    encode.stream(frames, inner, fps, settings, path)
    return Rendered(str(path), path.suffix.lstrip("."))


def erase_subtitles(request: Request) -> list[Rendered]:
    """The letters at the foot are filled from beside them; with `eraseType` text, all letters."""
    source = _source(request)
    found = encode.look(source)
    size = even(((found.width or 2) // 2 * 2, (found.height or 2) // 2 * 2))
    whole = request.text("eraseType") == "text"
    fps = found.fps or encode.FPS
    frames = _without_letters(reel.frames(source, size, fps, most_s=600), size, whole=whole)
    seconds = found.seconds or 600.0
    return [_streamed(request, source, frames, (size, size), fps, seconds, has_audio=found.has_audio)]


def _without_letters(
    frames: Iterator[Image.Image], size: tuple[int, int], *, whole: bool
) -> Iterator[Image.Image]:
    top = 0 if whole else round(size[1] * 0.7)
    for frame in frames:
        part = frame.crop((0, top, *size))
        letters = _letters(part)
        share = letters.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        if isinstance(share, int | float) and 0 < share < 110:
            frame.paste(without(part, [letters]), (0, top))
        yield frame


def _letters(part: Image.Image) -> Image.Image:
    """A mask of what is pale and hard-edged: bright strokes with something much darker right beside them."""
    grey = part.convert("L").reduce(2)
    dark = grey.filter(ImageFilter.MinFilter(5))
    bright = grey.point([255 if value > 190 else 0 for value in range(256)])
    edged = ImageChops.subtract(grey, dark).point([255 if value > 100 else 0 for value in range(256)])
    strokes = ImageChops.multiply(bright, edged)
    raw, wide = strokes.tobytes(), strokes.width
    lines = [raw[at : at + wide].count(b"\x00\xff") >= _STROKES for at in range(0, len(raw), wide)]
    held = bytes(255 if any(lines[max(0, y - 4) : y + 5]) else 0 for y in range(len(lines)))
    belt = Image.frombytes("L", (1, grey.height), held).resize(grey.size)
    grown = ImageChops.multiply(strokes, belt).filter(ImageFilter.BoxBlur(4))
    return grown.point([255 if value > 3 else 0 for value in range(256)]).resize(
        part.size, Image.Resampling.BILINEAR
    )


def _source(request: Request) -> Path:
    files = request.media(*film.VIDEOS) or request.media()
    if not files:
        raise UnreadableInput("There is no video among the inputs")
    return files[0]


def _coded(
    request: Request, source: Path, filters: str, size: tuple[int, int], *, has_audio: bool
) -> Rendered:
    """Code the video anew through filters; its sound is copied, or coded anew where mp4 cannot carry it."""
    path = request.folder / "video-1.mp4"
    settings = ["-map", "0:v:0", "-vf", filters, *encode.quality(size)]
    try:
        sound = ["-map", "0:a:0", "-c:a", "copy"] if has_audio else []
        encode.write(["-i", str(source)], [*settings, *sound, *encode.CONTAINER], path)
    except FfmpegError:
        sound = ["-map", "0:a:0", *encode.AUDIO] if has_audio else []
        encode.write(["-i", str(source)], [*settings, *sound, *encode.CONTAINER], path)
    return Rendered(str(path), "mp4")
