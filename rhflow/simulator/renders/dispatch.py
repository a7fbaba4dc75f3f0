"""Which renderer carries out which kind of order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rhflow.media.ffmpeg import FfmpegError
from rhflow.simulator.order import Order, Rendered, RenderFailed
from rhflow.simulator.renders import (
    clip,
    company,
    encode,
    enlarge,
    extend,
    film,
    mesh,
    mimic,
    music,
    picture,
    quick,
    retouch,
    rework,
    speech,
    studio,
    talk,
    world,
    writing,
)
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request

Renderer = Callable[[Request], list[Rendered]]

BY_TASK: dict[tuple[str, str], Renderer] = {
    ("text-to-image", "image"): picture.text_to_image,
    ("image-to-image", "image"): rework.image_to_image,
    ("image-tools", "image"): rework.image_to_image,
    ("image-to-world", "image"): world.image_to_world,
    ("video-to-world", "video"): world.video_to_world,
    ("text-to-world", "text"): world.text_to_world,
    ("text-to-video", "video"): clip.text_to_video,
    ("image-to-video", "video"): clip.image_to_video,
    ("reference-to-video", "video"): company.reference_to_video,
    ("reference-to-image", "video"): company.reference_to_video,
    ("motion-control", "video"): mimic.motion_control,
    ("audio-to-video", "video"): talk.audio_to_video,
    ("video-extend", "video"): extend.video_extend,
    ("video-edit", "video"): retouch.restyle,
    ("video-effects", "video"): retouch.restyle,
    ("text-to-music", "audio"): music.text_to_music,
    ("text-to-audio", "audio"): speech.text_to_audio,
    ("audio-to-audio", "audio"): studio.audio_to_audio,
    ("audio-to-audio", "text"): studio.described,
    ("text-to-text", "text"): writing.text_to_text,
    ("text-to-lyrics", "text"): writing.lyrics,
    ("image-to-text", "text"): writing.image_to_text,
    ("video-to-text", "text"): writing.video_to_text,
}
"""By task and output of the catalogue."""

BY_ENDPOINT: tuple[tuple[str, str, Renderer], ...] = (
    ("video-upscal", "video", retouch.upscale),
    ("super-resolution", "video", retouch.upscale),
    ("fps-increaser", "video", retouch.more_frames),
    ("subtitle-erase", "video", retouch.erase_subtitles),
    ("extend", "video", extend.video_extend),
    ("video-extension", "video", extend.video_extend),
    ("avatar", "video", talk.audio_to_video),
    ("lip-sync", "video", talk.audio_to_video),
    ("audio-to-video", "video", talk.audio_to_video),
    ("motion-transfer", "video", mimic.motion_control),
    ("image-upscale", "image", enlarge.upscale),
    ("gigapixel", "image", enlarge.upscale),
    ("image-enhance/", "image", enlarge.upscale),
    ("layer-decomposition", "image", enlarge.layers),
    ("identify-face", "text", writing.faces),
)
"""Tools say what they do only in their endpoint: a part of it, and the output."""


def renderer(order: Order) -> Renderer:
    """The renderer of an order; every kind of output has one to fall back to."""
    for part, output, found in BY_ENDPOINT:
        if part in order.endpoint and output == order.output:
            return found
    exact = BY_TASK.get((order.task, order.output))
    if exact is not None:
        return exact
    if order.output in {"model3d", "3d"}:
        return mesh.render
    if order.output == "video":
        return _video
    if order.output == "audio":
        return music.text_to_music
    return writing.receipt if order.output == "text" else rework.image_to_image


def _video(request: Request) -> list[Rendered]:
    """A video tool we do not know: a given video is restyled, a picture moves, words become a clip."""
    if request.media(*film.VIDEOS) and not request.media("png", "jpg", "jpeg", "webp", "bmp"):
        return retouch.restyle(request)
    return clip.image_to_video(request)


def _last_frame(request: Request, made: list[Rendered]) -> list[Rendered]:
    """The very last frame beside a video, where it was asked for (RunningHub API, section 2.2)."""
    video = next((item.path for item in made if item.path and item.type in film.VIDEOS), None)
    if video is None or not request.flag("returnLastFrame"):
        return []
    path = request.folder / "last-frame.png"
    encode.last_frame(Path(video), path)
    return [Rendered(str(path), "png")]


def render(order: Order) -> list[Rendered] | RenderFailed:
    """Carry out an order: files appear in `order.folder`. The same order gives the same bytes.

    Runs in a worker process; everything passed in and out is plain data.
    """
    Path(order.folder).mkdir(parents=True, exist_ok=True)
    request = Request(order)
    try:
        made = quick.render(request) if order.quick else renderer(order)(request)
        return [*made, *_last_frame(request, made)]
    except UnreadableInput as error:
        return RenderFailed(f"{error}.")
    except FfmpegError as error:
        return RenderFailed(f"The media could not be made: {error}.")
