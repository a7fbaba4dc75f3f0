"""`local/probe`: the facts of a medium as text, and what a pipeline does with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from PIL import Image

from rhflow.providers.local.step import StepFailed
from tests.cli.conftest import front
from tests.cli.front import Front
from tests.providers.local.studio import BLUE, Studio

__all__ = ["front"]

Run = Callable[..., Path]


def told(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_film(studio: Studio, step: Run) -> None:
    film = studio.clip("blue.mp4", BLUE, seconds=1.5, fps="25", size="320x180")
    facts = told(step("probe", video=film))
    assert facts.pop("seconds") == pytest.approx(1.5, abs=0.05)
    assert facts == {
        "kind": "video",
        "width": 320,
        "height": 180,
        "fps": 25.0,
        "sound": True,
        "bytes": film.stat().st_size,
    }
    assert told(step("probe", video=studio.clip("mute.mp4", BLUE, tone=None)))["sound"] is False


def test_a_sound_and_a_picture_have_nulls(studio: Studio, step: Run, tmp_path: Path) -> None:
    sound = told(step("probe", audio=studio.music("tune.mp3", seconds=2)))
    assert sound["seconds"] == pytest.approx(2, abs=0.1)
    assert (sound["kind"], sound["width"], sound["fps"], sound["sound"]) == ("audio", None, None, True)
    picture = tmp_path / "lying.jpg"
    Image.new("RGB", (64, 48)).save(
        picture, exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    )
    found = told(step("probe", image=picture))
    assert (found["kind"], found["seconds"], found["fps"]) == ("image", None, None)
    assert (found["width"], found["height"]) == (48, 64), "as shown, not as stored"


def test_the_same_bytes_give_the_same_text(studio: Studio, step: Run) -> None:
    film = studio.clip("blue.mp4", BLUE)
    assert step("probe", video=film).read_bytes() == step("probe", video=film).read_bytes()


def test_what_it_refuses(studio: Studio, step: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0\0\0\x18ftypmp42 and no more")
    with pytest.raises(StepFailed, match=r"video \(broken.mp4\) is nothing that can be read"):
        step("probe", video=broken)
    with pytest.raises(StepFailed, match="nothing to look at") as nothing:
        step("probe")
    assert "`if`" in (nothing.value.hint or "")
    film = studio.clip("blue.mp4", BLUE)
    with pytest.raises(StepFailed, match="given image and video"):
        step("probe", video=film, image=film)


def test_its_example_can_be_pasted(front: Front) -> None:
    (model,) = front.json("models", "models", "show", "local/probe")["models"]
    front.write("a.rhflow.yaml", "rhflow: 1\nsteps:\n" + indent(model["example"], "  "))
    assert "image: picture.png" in model["example"]
    assert front.json("check", "check", "a.rhflow.yaml")["problems"] == []


PIPELINE = """\
rhflow: 1
name: looked
steps:
  shots:
    foreach: [a heron, a fox]
    steps:
      clip:
        uses: seedream-v4/text-to-image
        with: {prompt: "${{ item }}", width: 1280, height: 720}
      look:
        uses: local/probe
        with: {image: "${{ steps.clip.image }}"}
      wide:
        if: ${{ json(steps.look.text).width > json(steps.look.text).height }}
        uses: local/text_card
        with: {text: "${{ json(steps.look.text).width }} wide", seconds: 1}
  long:
    if: ${{ len([t for t in steps.shots.look.text if json(t).seconds]) > 0 }}
    uses: local/text_card
    with: {text: some of them move, seconds: 1}
outputs:
  facts: ${{ [json(t).kind for t in steps.shots.look.text] }}
  wide: ${{ steps.shots.wide.video }}
"""


def test_a_pipeline_decides_by_it(front: Front) -> None:
    front.write("looked.rhflow.yaml", PIPELINE)
    assert front.json("check", "check", "looked.rhflow.yaml")["problems"] == []
    done = front.json("run", "run", "looked.rhflow.yaml", "--provider", "simulator", "--quick")
    assert done["outputs"]["facts"] == ["image", "image"]
    states = {name: task["state"] for name, task in done["tasks"].items()}
    wide = {states["shots[0].wide"], states["shots[1].wide"]}
    assert wide <= {"done", "cached"}, "wider than high, so the condition held; one may take the other's card"
    assert "done" in wide
    assert states["long"] == "skipped", "no picture has a running time"
    assert len(done["outputs"]["wide"]) == 2
