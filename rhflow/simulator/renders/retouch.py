"""Videos made out of a video: larger, smoother in time, restyled."""

from __future__ import annotations

from pathlib import Path

from rhflow.media.ffmpeg import FfmpegError
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import clip, encode, palette, scene, words
from rhflow.simulator.renders.colour import Rgb
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request

_FLAT = "scale=iw/2:-2,median=radius=1,scale=iw*2:-2:flags=bicubic,"
_FLATTER = "scale=iw/2:-2,median=radius=2,scale=iw*2:-2:flags=bicubic,"
_HANDS: dict[str, str] = {
    "pixel_art": "pixelize=w=8:h=8,eq=saturation=1.3",
    "lego": "pixelize=w=14:h=14,unsharp=5:5:1.0,eq=saturation=1.4:contrast=1.1",
    "van_gogh": _FLATTER + "unsharp=7:7:1.6,eq=saturation=1.5:contrast=1.08",
    "paper_cutting": _FLATTER + "eq=saturation=1.2:contrast=1.25",
    "amigurumi": "smartblur=lr=3:ls=0.8,eq=saturation=1.25:gamma=1.1",
    "animal_crossing": "smartblur=lr=2:ls=0.7,eq=saturation=1.45:brightness=0.04",
    "simpsons": _FLAT + "eq=saturation=1.6:contrast=1.1,colorbalance=rm=0.08:gm=0.06:bm=-0.14",
    "noir": "hue=s=0,eq=contrast=1.35:brightness=-0.03,vignette",
    "ink": "hue=s=0.12,eq=contrast=1.15:brightness=0.06",
    "watercolour": _FLAT + "eq=saturation=1.15:brightness=0.06:contrast=0.92",
    "picture-book": _FLAT + "eq=saturation=1.25:brightness=0.02",
    "neon": "eq=saturation=1.6:contrast=1.15,colorbalance=rm=0.06:bm=0.14:bs=0.1",
}


def upscale(request: Request) -> list[Rendered]:
    """More pixels: the short edge asked for, light sharpening, sound and frames as they were."""
    source = _source(request)
    found = encode.look(source)
    wide, high = found.width or 2, found.height or 2
    short = request.target_short(1080)
    scale = short / min(wide, high)
    size = (round(wide * scale / 2) * 2, round(high * scale / 2) * 2)
    fps = request.number("targetFps", "tarfps", "fps")
    frames = f"framerate=fps={fps:g}," if fps and found.fps and fps > found.fps + 0.01 else ""
    filters = f"{frames}unsharp=3:3:0.8:3:3:0,scale={size[0]}:{size[1]}:flags=lanczos,setsar=1,format=yuv420p"
    return [_coded(request, source, filters, has_audio=found.has_audio)]


def more_frames(request: Request) -> list[Rendered]:
    """More frames a second, blended: as many as asked for, else twice as many."""
    source = _source(request)
    found = encode.look(source)
    fps = request.number("targetFps", "tarfps", "fps") or min(60.0, (found.fps or encode.FPS) * 2)
    return [
        _coded(
            request, source, f"framerate=fps={fps:g},fps={fps:g},format=yuv420p", has_audio=found.has_audio
        )
    ]


def restyle(request: Request) -> list[Rendered]:
    """The same video in another hand and other colours."""
    source = _source(request)
    found = encode.look(source)
    reading = words.read(request.prompt)
    style = request.text("styleName", "style") or reading.style or ""
    filters = _HANDS.get(style, "eq=saturation=1.08")
    if reading.style != "noir":
        setting = scene.choose_setting(reading, request.dice.split("setting"))
        colours, _ = palette.choose(reading, setting, request.dice.split("palette"))
        filters += "," + _balance(colours.near, colours.sky[1], colours.sky[3])
    short = request.target_short(0)
    if short:
        scale = short / min(found.width or 2, found.height or 2)
        filters += (
            f",scale={round((found.width or 2) * scale / 2) * 2}:{round((found.height or 2) * scale / 2) * 2}"
        )
    return [_coded(request, source, filters + ",setsar=1,format=yuv420p", has_audio=found.has_audio)]


def erase_subtitles(request: Request) -> list[Rendered]:
    """Blur the strip where subtitles stand."""
    source = _source(request)
    found = encode.look(source)
    graph = (
        "split[a][b];[b]crop=iw:floor(ih*0.18/2)*2:0:ih-oh,boxblur=12:2[c];[a][c]overlay=0:H-h,format=yuv420p"
    )
    return [_coded(request, source, graph, has_audio=found.has_audio)]


def _balance(shadow: Rgb, middle: Rgb, high: Rgb) -> str:
    """Lean shadows, middle tones and lights towards three colours."""
    parts = []
    for zone, colour, strength in (("s", shadow, 0.3), ("m", middle, 0.34), ("h", high, 0.26)):
        mean = sum(colour) / 3
        parts += [
            f"{band}{zone}={(value - mean) / 255 * strength * 2:.3f}"
            for band, value in zip("rgb", colour, strict=True)
        ]
    return "colorbalance=" + ":".join(parts)


def _source(request: Request) -> Path:
    files = request.media(*clip.VIDEOS) or request.media()
    if not files:
        raise UnreadableInput("There is no video among the inputs")
    return files[0]


def _coded(request: Request, source: Path, filters: str, *, has_audio: bool) -> Rendered:
    """Code the video anew through filters; its sound is copied, or coded anew where mp4 cannot carry it."""
    path = request.folder / "video-1.mp4"
    settings = ["-map", "0:v:0", "-vf", filters, *encode.VIDEO]
    try:
        sound = ["-map", "0:a:0", "-c:a", "copy"] if has_audio else []
        encode.write(["-i", str(source)], [*settings, *sound, *encode.CONTAINER], path)
    except FfmpegError:
        sound = ["-map", "0:a:0", *encode.AUDIO] if has_audio else []
        encode.write(["-i", str(source)], [*settings, *sound, *encode.CONTAINER], path)
    return Rendered(str(path), "mp4")
