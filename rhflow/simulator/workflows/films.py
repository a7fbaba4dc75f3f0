"""Acts on films and sounds."""

from __future__ import annotations

from pathlib import Path

from rhflow.ground.values import Json
from rhflow.media import ffmpeg
from rhflow.media.probe import Probe, probe
from rhflow.simulator.workflows.graph import Node
from rhflow.simulator.workflows.pictures import Given, save_pictures
from rhflow.simulator.workflows.studio import Studio, number, sound_of, text_of
from rhflow.simulator.workflows.values import Canvas, Film, NodeFailed, Pictures, Sound, Take, Value

SHOWN_AT = 16.0
"""Frames a second of a film for which nobody said a number."""
_VIDEO = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "19", "-pix_fmt", "yuv420p", "-threads", "2")
_SOUND = ("-c:a", "aac", "-b:a", "128k")
_CODERS: dict[str, tuple[str, ...]] = {
    "mp4": (*_VIDEO, "-movflags", "+faststart"),
    "webm": ("-c:v", "libvpx-vp9", "-crf", "34", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "8"),
    "gif": (),
}


def load(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """A file that was given: a picture (and no mask), a sound, or a film with its parts."""
    field_name = next((name for name, _, _ in node.files()), "")
    path = studio.given(node, field_name)
    if "image" in given:
        return Pictures((path,)), None
    found = probe(path)
    if "audio" in given:
        if found is None or not found.has_audio:
            raise NodeFailed(f"{path.name} holds no sound", "RuntimeError")
        return (Sound(path),)
    if found is None or not found.width:
        raise NodeFailed(f"{path.name} could not be loaded with cv.", "ValueError")
    if node.class_type == "LoadVideo":
        return (Film(path),)
    path = _cut(studio, node, path, found, given)
    found = probe(path) or found
    frames = round((found.seconds or 0) * (found.fps or SHOWN_AT))
    return Film(path), frames, Sound(path) if found.has_audio else None, None


def _cut(studio: Studio, node: Node, path: Path, found: Probe, given: Given) -> Path:
    """Only so many frames, from one on, at another rate or size: what a video loader can be told."""
    rate = number(given.get("force_rate"), 0) or found.fps or SHOWN_AT
    skip, most = number(given.get("skip_first_frames"), 0), number(given.get("frame_load_cap"), 0)
    wide, high = (round(number(given.get(name), 0)) for name in ("custom_width", "custom_height"))
    if not (number(given.get("force_rate"), 0) or skip or most or wide or high):
        return path
    filters = [f"fps={rate:g}"]
    if wide or high:
        filters.append(f"scale={_even(wide) if wide else -2}:{_even(high) if high else -2}")
    cut = studio.file(node, "mp4")
    start = ["-ss", f"{skip / rate:.4f}"] if skip else []
    end = ["-t", f"{most / rate:.4f}"] if most else []
    _run([*start, "-i", str(path), *end, "-vf", ",".join(filters), *_VIDEO, *_SOUND, str(cut)])
    return cut


def components(_studio: Studio, _node: Node, given: Given) -> tuple[Value, ...]:
    """A film's frames, its sound, its frames a second."""
    film = given.get("video")
    if not isinstance(film, Film):
        raise NodeFailed("Expected a video", "TypeError")
    found = probe(film.file)
    has_sound = found is not None and found.has_audio
    return film, Sound(film.file) if has_sound else None, (found.fps if found else None) or SHOWN_AT


def upscale_film(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """A film with more pixels."""
    file = shown(studio, node, given.get("images"), None)
    lines = max(100, round(number(given.get("new_resolution"), 1080)))
    asked: dict[str, Json] = {"targetResolution": f"{lines}p", "seed": text_of(given.get("seed"))}
    return (
        Film(studio.draw_files(node, "video-tools", "video", asked, {"video": (file,)}, "video-upscaler")[0]),
    )


def more_frames(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """So many times the frames: a film shown at the same rate is that much slower."""
    frames, times = given.get("frames"), max(1, round(number(given.get("multiplier"), 2)))
    if isinstance(frames, Take):
        return (frames.with_frames(times),)
    file = shown(studio, node, frames, None)
    slow = studio.file(node, "mp4")
    found = probe(file)
    rate = (found.fps if found else None) or SHOWN_AT
    graph = f"setpts={times}*PTS,framerate=fps={rate:g}"
    _run(["-i", str(file), "-vf", graph, "-an", *_VIDEO, str(slow)])
    return (Film(slow),)


def volume(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """A sound made louder or softer."""
    source = sound_of(given.get("audio"))
    if source is None:
        raise NodeFailed("There is no sound to change", "TypeError")
    path = studio.file(node, "wav")
    _run(
        ["-i", str(source), "-map", "0:a:0", "-af", f"volume={number(given.get('volume'), 1):.3f}", str(path)]
    )
    return (Sound(path),)


def expose(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """Frames become a film, perhaps with sound."""
    file = shown(studio, node, given.get("images"), number(given.get("fps"), SHOWN_AT))
    sound = sound_of(given.get("audio"))
    return (Film(_scored(studio, node, file, sound, trim=False) if sound else file),)


def save_film(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """A film as a result, in the format asked for."""
    rate = number(given["frame_rate"], SHOWN_AT) if "frame_rate" in given else None
    file = shown(studio, node, given.get("video") or given.get("images"), rate)
    if given.get("pingpong") is True:
        there = studio.file(node, "mp4")
        _run(
            [
                "-i",
                str(file),
                "-filter_complex",
                "[0:v]split[a][b];[b]reverse[c];[a][c]concat",
                *_VIDEO,
                str(there),
            ]
        )
        file = there
    sound = sound_of(given.get("audio"))
    if sound is not None:
        file = _scored(studio, node, file, sound, trim=given.get("trim_to_audio") is True)
    asked = text_of(given.get("format"))
    suffix = "webm" if "webm" in asked else "gif" if "gif" in asked else "mp4"
    if file.suffix != f".{suffix}":
        coded = studio.file(node, suffix)
        _run(["-i", str(file), *_CODERS[suffix], str(coded)])
        file = coded
    studio.save(node, file, suffix)
    return (str(file),)


def save_image(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """Pictures as results; of a film every frame."""
    images = given.get("images")
    if isinstance(images, Pictures):
        save_pictures(studio, node, images.files)
        return ()
    file = shown(studio, node, images, None)
    folder = studio.file(node, "d")
    folder.mkdir()
    _run(["-i", str(file), "-fps_mode", "passthrough", str(folder / "%05d.png")])
    save_pictures(studio, node, tuple(sorted(folder.iterdir())))
    return ()


def save_sound(studio: Studio, node: Node, given: Given) -> tuple[Value, ...]:
    """A sound as a result: MP3, or FLAC."""
    source = sound_of(given.get("audio"))
    if source is None:
        raise NodeFailed("There is no sound to save", "TypeError")
    suffix = "flac" if node.class_type == "SaveAudio" else "mp3"
    path = studio.file(node, suffix)
    _run(["-i", str(source), "-map", "0:a:0", str(path)])
    studio.save(node, path, suffix)
    return ()


def shown(studio: Studio, node: Node, frames: Value, rate: float | None) -> Path:
    """Frames as a film at so many frames a second; None leaves a film as it is.

    Raises:
        NodeFailed: they are no frames.
    """
    if isinstance(frames, Film):
        return frames.file if rate is None else _at_rate(studio, node, frames.file, rate)
    if isinstance(frames, Pictures):
        frames = _slide_show(frames)
    if not isinstance(frames, Take):
        raise NodeFailed("Expected video frames", "TypeError")
    canvas, rate = frames.canvas, rate or SHOWN_AT
    arguments: dict[str, Json] = {
        "prompt": frames.prompt,
        "marks": "; ".join(frames.marks),
        "duration": max(canvas.frames / rate, 0.1),
        **({"resolution": f"{_even(canvas.width)}x{_even(canvas.height)}"} if canvas.width else {}),
        **(
            {"aspectRatio": f"{canvas.width / canvas.height:.4f}:1"} if canvas.width and canvas.height else {}
        ),
    }
    task = "image-to-video" if canvas.first or canvas.last else "text-to-video"
    media = {"firstFrame": canvas.first, "lastFrame": canvas.last}
    drawn = studio.draw_files(node, task, "video", arguments, media)[0]
    return _exactly(studio, node, drawn, canvas.frames, rate)


def _slide_show(pictures: Pictures) -> Take:
    """Pictures that are shown one after the other."""
    return Take("", Canvas(frames=len(pictures.files), first=pictures.files), ())


def _at_rate(studio: Studio, node: Node, file: Path, rate: float) -> Path:
    """The same frames at another rate."""
    found = probe(file)
    now = found.fps if found and found.fps else rate
    if abs(now - rate) < 0.01:
        return file
    retimed = studio.file(node, "mp4")
    _run(
        [
            "-i",
            str(file),
            "-vf",
            f"setpts=PTS*{now / rate:.6f}",
            "-r",
            f"{rate:g}",
            "-an",
            *_VIDEO,
            str(retimed),
        ]
    )
    return retimed


def _exactly(studio: Studio, node: Node, file: Path, frames: int, rate: float) -> Path:
    """So many frames at this rate, whatever the renderer's own."""
    found = probe(file)
    if found is None or studio.order.quick:
        return file
    made = studio.file(node, "mp4")
    fit = f"fps={rate:g},tpad=stop_mode=clone:stop={frames}"
    _run(["-i", str(file), "-vf", fit, "-frames:v", str(frames), "-an", *_VIDEO, str(made)])
    return made


def _scored(studio: Studio, node: Node, file: Path, sound: Path, *, trim: bool) -> Path:
    """A film with this sound: the film's length counts, or that of the shorter."""
    found = probe(file)
    path = studio.file(node, "mp4")
    length = (
        ["-shortest"] if trim else ["-af", "apad", "-t", f"{(found.seconds if found else None) or 1:.4f}"]
    )
    _run(
        [
            *("-i", str(file), "-i", str(sound), "-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy"),
            *(*_SOUND, *length, str(path)),
        ]
    )
    return path


def _even(pixels: float) -> int:
    return max(2, round(pixels / 2) * 2)


def _run(arguments: list[str]) -> None:
    try:
        ffmpeg.run([*arguments[:-1], *ffmpeg.BITEXACT, arguments[-1]])
    except ffmpeg.FfmpegError as error:
        raise NodeFailed(str(error), "RuntimeError") from error
