"""Models that give their last frame beside the video: the next clip goes on where this one ends."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from tests.cli.front import FarSide, Front

CHAIN = """\
rhflow: 1
name: chain
inputs:
  keep: {type: boolean, default: true}
steps:
  clips:
    foreach: [the hill wakes, the hill at noon, the hill sleeps]
    as: scene
    uses: seedance-2.0-global-fast/image-to-video
    with:
      prompt: ${{ scene }}
      resolution: 480p
      duration: 4
      returnLastFrame: KEEP
      firstFrameUrl: ${{ previous.image or "first.png" }}
outputs:
  ends: ${{ steps.clips.image }}
  clips: ${{ steps.clips.video }}
"""


@pytest.fixture
def chain(front: Front) -> Front:
    Image.new("RGB", (64, 36), "teal").save(front.folder / "first.png")
    front.write("chain.rhflow.yaml", CHAIN.replace("KEEP", "true"))
    return front


def kinds(document: Any, task: str) -> list[str]:
    return [item["kind"] for item in document["tasks"][task]["outputs"]]


def test_each_clip_begins_with_the_last_frame_of_the_one_before(chain: Front, far: FarSide) -> None:
    document = chain.json("run", "run", "chain.rhflow.yaml", "--yes")
    assert document["status"] == "done"
    for index in range(3):
        assert kinds(document, f"clips[{index}]") == ["video", "image"]
    assert len(document["outputs"]["ends"]) == len(document["outputs"]["clips"]) == 3
    asked = {task["arguments"]["prompt"]: task["arguments"]["firstFrameUrl"] for task in far.tasks()}
    firsts = [asked[scene] for scene in ("the hill wakes", "the hill at noon", "the hill sleeps")]
    assert len(set(firsts)) == 3
    assert all(first.endswith(".png") for first in firsts)
    assert len(far.bill()) == 3
    again = chain.json("run", "run", "chain.rhflow.yaml", "--yes")
    assert again["counts"]["cached"] == 3
    assert len(far.bill()) == 3


def test_without_the_switch_there_is_no_frame_and_check_knows_it(chain: Front, far: FarSide) -> None:
    chain.write("chain.rhflow.yaml", CHAIN.replace("      returnLastFrame: KEEP\n", ""))
    said = chain.call("check", "chain.rhflow.yaml")
    assert said.code == 2
    assert "write returnLastFrame: true in its with" in said.err + said.out
    assert far.bill() == []


def test_a_switch_that_comes_out_off_stops_those_that_wait_for_the_frame(chain: Front, far: FarSide) -> None:
    chain.write("chain.rhflow.yaml", CHAIN.replace("KEEP", "${{ inputs.keep }}"))
    said = chain.call("run", "chain.rhflow.yaml", "--yes", "-i", "keep=false")
    assert said.code == 1
    assert "clips[0] gave no image; it gave video" in said.err
    assert len(far.bill()) == 1
    chain.ok("run", "chain.rhflow.yaml", "--yes", "-i", "keep=true")
    assert len(far.bill()) == 4
