"""Make a video longer: it goes on from its very last frame, and the whole comes back as one file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from rhflow.media.ffmpeg import FfmpegError
from rhflow.media.probe import Probe
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import caption, clip, encode, film, picture
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.film import VIDEOS, Film
from rhflow.simulator.renders.request import Request, even


def video_extend(request: Request) -> list[Rendered]:
    """The input and `duration` seconds more, in one mp4 of the same size and frame rate."""
    files = request.media(*VIDEOS)
    if not files:
        return clip.image_to_video(request)
    source = files[0]
    found = encode.look(source)
    path = request.folder / "video-1.mp4"
    with TemporaryDirectory(dir=request.folder) as held:
        folder = Path(held)
        added = _onward(request, source, found, folder)
        joined = join(source, found, added, folder)
        _with_sound(request, (source, found), joined, path)
    return [Rendered(str(path), "mp4")]


def _onward(request: Request, source: Path, found: Probe, folder: Path) -> Path:
    """The new part alone: it begins one step after the last frame, or with a cut where one is asked for."""
    frame = folder / "last.ppm"
    encode.last_frame(source, frame)
    still = picture.open_still(frame)
    size = even((still.picture.width // 2 * 2, still.picture.height // 2 * 2))
    new = Film(size, request.seconds(), request.prompt, fps=found.fps or encode.FPS)
    cut = (request.text("cutType") or "").lower()
    if cut and cut != "auto":
        still = clip.closer(still, 1)
    dice = request.dice.split("extend")
    reach = request.reach() * min(1.0, new.seconds / 5)
    frames = clip.alive(still, request.prompt, new, new.total, dice, reach=reach, first=0 if cut else 1)
    path = folder / "added.mp4"
    film.write(new, frames, path, dice, caption.model_name(request.order.endpoint), folder)
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
        ["-filter_complex", graph, "-map", "[out]", *encode.quality((wide, high)), *encode.CONTAINER],
        path,
    )
    return path


def _quoted(path: Path) -> str:
    return path.resolve().as_posix().replace("'", "'\\''")


def _with_sound(request: Request, given: tuple[Path, Probe], joined: Path, path: Path) -> None:
    """The sound of the input stays, with silence behind it, or with the sound that was given for the rest."""
    source, found = given
    behind = film.sound_of(request)
    if not found.has_audio and behind is None:
        joined.replace(path)
        return
    before = found.seconds or 0.0
    whole = before + request.seconds()
    inputs = ["-i", str(joined)]
    first = f"[1:a:0]aresample=44100,atrim=0:{before:.3f},apad=whole_dur={before:.3f}[a]"
    if found.has_audio:
        inputs += ["-i", str(source)]
    else:
        inputs += ["-f", "lavfi", "-i", f"anullsrc=r=44100:cl=stereo:d={before:.3f}"]
    graph = f"{first};[a]apad=whole_dur={whole:.3f}[out]"
    if behind is not None:
        inputs += ["-i", str(behind)]
        graph = f"{first};[2:a:0]aresample=44100[b];[a][b]concat=n=2:v=0:a=1,apad=whole_dur={whole:.3f}[out]"
    settings = ["-filter_complex", graph, "-map", "0:v:0", "-map", "[out]", "-c:v", "copy", *encode.AUDIO]
    try:
        encode.write(inputs, [*settings, "-t", f"{whole:.3f}", *encode.CONTAINER], path)
    except FfmpegError as error:
        raise UnreadableInput(f"The sound of {source.name} cannot be read ({error})") from error
