"""`local/gif`: a film as a GIF, for places that show no films."""

from __future__ import annotations

from pathlib import Path

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.values import JsonObject
from rhflow.media import ffmpeg
from rhflow.providers.local.arguments import Arguments
from rhflow.providers.local.film.clip import look_at
from rhflow.providers.local.film.shape import even, fitting

MODEL = Model(
    endpoint="local/gif",
    names=("local/gif",),
    task="local",
    family="local",
    output=Kind.IMAGE,
    params=(
        Param(name="video", type="video", required=True),
        Param(name="width", type="integer", min=16, max=1920, default=480, about="pixels"),
        Param(name="fps", type="integer", min=1, max=50, default=12),
    ),
    price=FREE,
    version=1,
)


async def run(args: JsonObject, workdir: Path) -> list[Path]:
    """Plays again and again; 256 colours chosen from the whole film. No wider than the film itself."""
    read = Arguments("local/gif", args)
    path = read.path("video")
    clip = await look_at(path, f"video ({path.name})")
    shown = clip.video.shown
    width = even(min(read.integer("width", 16, 1920) or 480, shown[0]))
    size = width, even(shown[1] * width / shown[0])
    rate = min(read.integer("fps", 1, 50) or 12, clip.rate)
    goal = workdir / "film.gif"
    chain = ",".join([f"fps={rate}", *fitting(clip.video, *size)])
    colours = "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=bayer:bayer_scale=4"
    outputs = ["-filter_complex", f"[0:V:0]{chain},{colours}", "-loop", "0", *ffmpeg.BITEXACT]
    await ffmpeg.run_async([*ffmpeg.source(path), *outputs, "-f", "gif", ffmpeg.target(goal)])
    return [goal]
