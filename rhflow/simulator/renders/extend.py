"""Make a video longer: the camera goes on from its very last frame, and the whole comes back as one file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from rhflow.media.ffmpeg import FfmpegError
from rhflow.media.probe import Probe
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import camera, caption, clip, dress, encode, picture
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request


def video_extend(request: Request) -> list[Rendered]:
    """The input and `duration` seconds more, in one mp4 of the same size and frame rate."""
    files = request.media(*clip.VIDEOS)
    if not files:
        return clip.image_to_video(request)
    source = files[0]
    found = encode.look(source)
    path = request.folder / "video-1.mp4"
    with TemporaryDirectory(dir=request.folder) as held:
        folder = Path(held)
        added = _onward(request, source, found, folder)
        joined = join(source, found, added, folder)
        _with_sound(source, found, joined, path, (found.seconds or 0) + request.seconds())
    return [Rendered(str(path), "mp4")]


def _onward(request: Request, source: Path, found: Probe, folder: Path) -> Path:
    """The new part alone: it begins one step after the last frame."""
    frame = folder / "last.ppm"
    encode.last_frame(source, frame)
    still = picture.open_picture(frame)
    size = (still.width // 2 * 2, still.height // 2 * 2)
    fps = found.fps or encode.FPS
    total = max(2, round(request.seconds() * fps))
    dice = request.dice.split("extend")
    move = camera.onward(request.prompt, dice, request.seconds() / 5 if request.seconds() < 5 else 1.0)
    large = (round(size[0] * clip.DETAIL / 2) * 2, round(size[1] * clip.DETAIL / 2) * 2)
    start = folder / "start.png"
    still.resize(large, Image.Resampling.LANCZOS).save(start, compress_level=1)
    base = (
        f"[0:v]{encode.TO_YUV},loop={total + 1}:1:0,{camera.filter_text(move, total, first=1)},"
        f"scale={size[0]}:{size[1]}:flags=bicubic,setsar=1[base]"
    )
    over = dress.Dressing(request.prompt, caption.model_name(request.order.endpoint), still)
    inputs, graph, grey = over.inputs(size, total, fps, dice, folder, before=1)
    path = folder / "added.mp4"
    settings = [
        "-filter_complex",
        f"{base};{graph}",
        "-map",
        "[out]",
        "-frames:v",
        str(total),
        *encode.VIDEO,
        *encode.CONTAINER,
    ]
    encode.write(["-framerate", f"{fps:g}", "-i", str(start), *inputs], settings, path, stdin=grey)
    return path


def join(source: Path, found: Probe, added: Path, folder: Path) -> Path:
    """Both parts as one silent video: packets are copied where both were coded alike, else coded again."""
    path = folder / "joined.mp4"
    head = encode.stream_head(source)
    if head is not None and head == encode.stream_head(added):
        names = folder / "parts.txt"
        lines = [f"file '{_quoted(part)}'\n" for part in (source, added)]
        names.write_text("".join(lines), encoding="utf-8")
        encode.write(
            ["-f", "concat", "-safe", "0", "-i", str(names)],
            ["-map", "0:v:0", "-c", "copy", *encode.CONTAINER],
            path,
        )
        return path
    fps = found.fps or encode.FPS
    wide, high = (found.width or 2) // 2 * 2, (found.height or 2) // 2 * 2
    same = f"fps={fps:g},scale={wide}:{high},setsar=1,format=yuv420p"
    graph = f"[0:v:0]{same}[a];[1:v:0]{same}[b];[a][b]concat=n=2:v=1:a=0[out]"
    encode.write(
        ["-i", str(source), "-i", str(added)],
        ["-filter_complex", graph, "-map", "[out]", *encode.VIDEO, *encode.CONTAINER],
        path,
    )
    return path


def _quoted(path: Path) -> str:
    return path.resolve().as_posix().replace("'", "'\\''")


def _with_sound(source: Path, found: Probe, joined: Path, path: Path, seconds: float) -> None:
    """The sound of the input stays, with silence behind it; without sound there is nothing to do."""
    if not found.has_audio:
        joined.replace(path)
        return
    pad = [
        "-map",
        "0:v:0",
        "-map",
        "1:a:0",
        "-c:v",
        "copy",
        "-af",
        f"apad=whole_dur={seconds:.3f}",
        *encode.AUDIO,
    ]
    try:
        encode.write(
            ["-i", str(joined), "-i", str(source)], [*pad, "-t", f"{seconds:.3f}", *encode.CONTAINER], path
        )
    except FfmpegError as error:
        raise UnreadableInput(f"The sound of {source.name} cannot be read ({error})") from error
