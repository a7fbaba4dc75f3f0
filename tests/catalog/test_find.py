"""Finding models by name, by something like it, and by words."""

from __future__ import annotations

import pytest

from rhflow.catalog.model import Model
from rhflow.catalog.price import FREE
from rhflow.catalog_files import load_catalog
from rhflow.ground.media import Kind

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("word", "endpoint"),
    [
        ("skyreels-v4/image-to-video-fast", "skyreels-v4/image-to-video-fast"),
        (
            "google/veo3.1-fast/reference-to-video-official-stable",
            "rhart-video-v3.1-fast-official/reference-to-video",
        ),
        ("rh-video-upscaler", "rhart-video/video-upscaler"),
        ("rh/video-upscaler", "rhart-video/video-upscaler"),
        ("RH视频超分", "rhart-video/video-upscaler"),
        ("RH-Video-Upscaler", "rhart-video/video-upscaler"),
        ("VIDU-Image-To-Video-Q3-Pro", "vidu/image-to-video-q3-pro"),
        ("sora-2/image-to-video-channel-low-price", "rhart-video-s/image-to-video"),
        ("sora-2/text-to-video-channel-low-price", "rhart-video-s/text-to-video"),
        ("rhart-video-s/image-to-video-deprecated", "rhart-video-s/image-to-video-deprecated"),
    ],
)
def test_find(word: str, endpoint: str) -> None:
    model = CATALOG.find(word)
    assert model is not None
    assert model.endpoint == endpoint


def test_every_name_leads_to_a_model_that_bears_it() -> None:
    for name in CATALOG.names():
        model = CATALOG.find(name)
        assert model is not None
        assert name in model.all_names
    for model in CATALOG.models:
        assert CATALOG.find(model.id) is model


def test_a_model_without_a_path_is_listed() -> None:
    model = CATALOG.find("gemini-omni-flash/video-edit/channel-low-price")
    assert model is not None
    assert model.endpoint is None
    assert model in CATALOG.models


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("hailuo-2.3-fast/imge-to-video", "hailuo-2.3-fast/image-to-video"),
        ("skyreels-v4/image2video-fast", "skyreels-v4/image-to-video-fast"),
        ("upscaler", "rh-video-upscaler"),
        ("seedream-v4/txt-to-image", "seedream-v4/text-to-image"),
        ("qqqqqqqqqqqqqq", None),
        ("", None),
    ],
)
def test_near(word: str, meant: str | None) -> None:
    assert CATALOG.near(word) == meant


def test_search_wants_every_word() -> None:
    found = CATALOG.search(["veo", "extend"])
    assert {model.id for model in found} == {
        "rhart-video-v3.1-fast-official/video-extend",
        "rhart-video-v3.1-pro-official/video-extend",
    }
    assert CATALOG.search(["视频超分"])[0].endpoint == "rhart-video/video-upscaler"
    assert CATALOG.search(["no such thing"]) == []


def test_search_filters() -> None:
    shapes = CATALOG.search(output="model3d")
    assert len(shapes) == 17
    assert all(model.output is Kind.MODEL3D for model in shapes)
    upscalers = CATALOG.search(["upscale"], task="video-tools")
    assert {"rhart-video/video-upscaler", "topazlabs/video-upscale"} <= {model.id for model in upscalers}
    with_picture = CATALOG.search(["seedance-2.0"], output="image")
    assert with_picture
    assert all(model.output is Kind.VIDEO for model in with_picture)


def test_search_puts_deprecated_models_last() -> None:
    marks = [model.deprecated for model in CATALOG.search()]
    assert marks == sorted(marks)
    assert len(marks) == len(CATALOG.models)


def test_local_steps_join() -> None:
    step = Model(
        endpoint="local/concat",
        names=("local/concat",),
        task="join",
        family="local",
        output=Kind.VIDEO,
        params=(),
        price=FREE,
        version=1,
    )
    larger = CATALOG.with_models([step])
    assert larger.find("local/concat") is step
    assert CATALOG.find("local/concat") is None
    assert larger.as_of == CATALOG.as_of
    assert len(larger.models) == len(CATALOG.models) + 1
