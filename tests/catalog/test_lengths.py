"""How long a result will be, by what is declared."""

from __future__ import annotations

import pytest

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE
from rhflow.catalog.quote import output_seconds
from rhflow.catalog_files import load_catalog
from rhflow.ground.media import Kind
from rhflow.ground.references import Deferred, FileMedia

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("name", "arguments", "seconds", "length"),
    [
        ("skyreels-v4/image-to-video-fast", {"duration": 7}, {}, 7.0),
        ("skyreels-v4/image-to-video-fast", {}, {}, 5.0),
        ("skyreels-v4/image-to-video-fast", {"duration": Deferred("x")}, {}, None),
        ("hailuo-2.3-fast/image-to-video", {"duration": "10"}, {}, 10.0),
        ("alibaba/wan-3.0/image-to-video", {"duration": "auto"}, {}, None),
        ("skyreels-v3/single-shot-video-extension", {"duration": 5}, {"videoUrl": 5.0}, 10.0),
        ("skyreels-v3/single-shot-video-extension", {"duration": 5}, {}, None),
        ("google/veo3.1-fast/video-extend-official-stable", {}, {"video": 8.0}, None),
        ("rh-video-upscaler", {}, {"videoUrl": 4.5}, 4.5),
        ("rh-video-upscaler", {}, {}, None),
        (
            "rh-video-upscaler",
            {"videoUrl": FileMedia("/a.mp4", Kind.VIDEO, None, None, 3.0)},
            {},
            3.0,
        ),
        ("rhart-video/video-fps-increaser", {}, {"videoUrl": 4.0}, 4.0),
        ("kling-video-o3-pro/video-edit", {}, {"videoUrl": 4.0}, 4.0),
        ("kling-v2.6-pro/motion-control", {}, {"videoUrl": 4.0}, 4.0),
        ("kling-v2-ai-avatar-pro/image-audio-to-video", {}, {"audioUrl": 9.0}, 9.0),
        ("alibaba/wan-2.7/video-edit", {"duration": "0"}, {"videoUrl": 9.0}, 9.0),
        ("alibaba/wan-2.7/video-edit", {"duration": "5"}, {"videoUrl": 9.0}, 5.0),
        ("alibaba/wan-2.7/video-edit", {}, {}, None),
        ("kling-video-o3-pro/reference-to-video", {"duration": 6}, {"videoUrl": 3.0}, 6.0),
        ("minimax/voice-clone", {}, {"audio": 9.0}, None),
        ("suno-single-v5", {}, {}, None),
        ("seedream-v4/text-to-image", {}, {}, None),
    ],
)
def test_declared_length(name: str, arguments: dict, seconds: dict, length: float | None) -> None:
    model = CATALOG.find(name)
    assert model is not None
    assert output_seconds(model, arguments, seconds) == length


def local(*params: Param, output: Kind = Kind.VIDEO) -> Model:
    return Model(
        endpoint="local/x",
        names=(),
        task="x",
        family="local",
        output=output,
        params=params,
        price=FREE,
        version=1,
    )


CLIPS = Param(name="clips", type="video", multiple=True, required=True)
CLIP = Param(name="video", type="video", required=True)
START = Param(name="start", type="number", min=0, max=9)
DURATION = Param(name="duration", type="number", min=0, max=9)


def test_steps_on_this_machine() -> None:
    assert output_seconds(local(CLIPS), {}, {"clips": 12.0}) == 12.0
    assert output_seconds(local(CLIP), {}, {"video": 4.0}) == 4.0
    assert output_seconds(local(CLIP, START), {}, {"video": 4.0}) is None
    assert output_seconds(local(CLIP, START, DURATION), {"duration": 2}, {"video": 4.0}) == 2.0
    assert output_seconds(local(CLIP, output=Kind.IMAGE), {}, {"video": 4.0}) is None


@pytest.mark.parametrize(("returns", "length"), [("whole", 9.0), ("unknown", 9.0), ("tail", 5.0)])
def test_an_extension_by_what_it_returns(returns: str, length: float) -> None:
    model = Model(
        endpoint="a/extend",
        names=(),
        task="video-extend",
        family="x",
        output=Kind.VIDEO,
        params=(CLIP, Param(name="duration", type="integer")),
        price=FREE,
        returns=returns,  # type: ignore[arg-type]
    )
    assert output_seconds(model, {"duration": 5}, {"video": 4.0}) == length
