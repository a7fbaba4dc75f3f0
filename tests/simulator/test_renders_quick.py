"""Quick renders: tiny, valid, different for different requests, the same for the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from rhflow.ground.media import Kind
from rhflow.media import probe
from rhflow.simulator.order import Order
from rhflow.simulator.renders import render

KINDS = [
    ("text-to-image", "image", Kind.IMAGE),
    ("image-to-image", "image", Kind.IMAGE),
    ("image-tools", "image", Kind.IMAGE),
    ("image-to-world", "image", Kind.IMAGE),
    ("text-to-video", "video", Kind.VIDEO),
    ("image-to-video", "video", Kind.VIDEO),
    ("reference-to-video", "video", Kind.VIDEO),
    ("video-extend", "video", Kind.VIDEO),
    ("video-edit", "video", Kind.VIDEO),
    ("motion-control", "video", Kind.VIDEO),
    ("text-to-audio", "audio", Kind.AUDIO),
    ("text-to-music", "audio", Kind.AUDIO),
    ("audio-to-audio", "audio", Kind.AUDIO),
    ("image-to-3d", "3d", Kind.MODEL3D),
    ("text-to-3d", "model3d", Kind.MODEL3D),
]


def made(folder, task, output, arguments, media=None, endpoint="v"):
    (result,) = render(
        Order(f"{endpoint}/{task}", task, output, arguments, media or {}, str(folder), quick=True)
    )
    return result


@pytest.mark.parametrize(("task", "output", "kind"), KINDS)
def test_each_kind_is_valid_reproducible_and_its_own(tmp_path, task, output, kind):
    files = [
        Path(made(tmp_path / name, task, output, {"prompt": prompt}).path)
        for name, prompt in (("a", "x"), ("b", "x"), ("c", "y"))
    ]
    assert probe.probe(files[0]).kind is kind
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes() != files[2].read_bytes()


@pytest.mark.parametrize("quick", [True, False])
def test_the_last_frame_lies_beside_a_video_that_was_asked_for_it(tmp_path, quick):
    arguments = {"prompt": "a rabbit", "duration": 1, "resolution": "480p", "returnLastFrame": True}
    order = Order("v/text-to-video", "text-to-video", "video", arguments, {}, str(tmp_path), quick=quick)
    film, frame = render(order)
    assert (film.type, frame.type) == ("mp4", "png")
    looked = probe.probe(Path(film.path))
    with Image.open(frame.path) as picture:
        assert picture.size == (looked.width, looked.height)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [Path(film.path).name, Path(frame.path).name]
    )
    without = {**arguments, "returnLastFrame": False}
    assert len(render(Order("v/x", "text-to-video", "video", without, {}, str(tmp_path), quick=True))) == 1


@pytest.mark.parametrize("task", ["text-to-text", "image-to-text", "text-to-lyrics", "other"])
def test_text_comes_without_a_file(tmp_path, task):
    answers = [
        made(tmp_path, task, "text", {"prompt": prompt}) for prompt in ("a rabbit", "a rabbit", "a whale")
    ]
    assert answers[0] == answers[1] != answers[2]
    assert answers[0].path is None
    assert answers[0].text


def test_a_quick_clip_has_the_asked_length_and_shape(tmp_path):
    path = Path(
        made(tmp_path, "text-to-video", "video", {"prompt": "x", "duration": "7", "aspectRatio": "9:16"}).path
    )
    found = probe.probe(path)
    assert found.seconds == pytest.approx(7, abs=0.05)
    assert (found.width, found.height) == (36, 64)


def test_a_quick_extension_is_longer_and_an_upscale_larger(tmp_path):
    clip = made(tmp_path / "1", "text-to-video", "video", {"prompt": "x", "duration": 5}).path
    longer = made(
        tmp_path / "2", "video-extend", "video", {"prompt": "x", "duration": 3}, {"videoUrl": [clip]}
    ).path
    larger = made(
        tmp_path / "3", "video-tools", "video", {}, {"videoUrl": [longer]}, endpoint="v/video-upscaler"
    ).path
    assert probe.probe(Path(longer)).seconds == pytest.approx(8, abs=0.05)
    found = probe.probe(Path(larger))
    assert (found.width, found.height) == (128, 72)
    assert found.seconds == pytest.approx(8, abs=0.05)


def test_a_quick_picture_upscale_doubles_it(tmp_path):
    given = tmp_path / "g.png"
    Image.new("RGB", (30, 20), (9, 9, 9)).save(given)
    path = made(
        tmp_path / "o",
        "image-tools",
        "image",
        {"outputFormat": "jpeg"},
        {"imageUrl": [str(given)]},
        endpoint="labs/image-upscale-cgi",
    ).path
    with Image.open(path) as large:
        assert large.size == (60, 40)
        assert large.format == "JPEG"


def test_quick_sequences_have_as_many_pictures_as_asked_for(tmp_path):
    results = render(
        Order("v/t", "text-to-image", "image", {"prompt": "x", "maxImages": 4}, {}, str(tmp_path), quick=True)
    )
    assert len({Path(result.path).read_bytes() for result in results}) == 4
