"""Newer facts of a home, and what the settings say of a model, count in each command that asks for models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from tests.catalog.test_newer import SOURCE
from tests.cli.front import KEY, Front

NEW = "hailuo-9/image-to-video"
PIPELINE = f"""\
rhflow: 1
name: new
steps:
  clip:
    uses: {NEW}
    with: {{prompt: a heron rises, imageUrl: heron.png, duration: 6}}
outputs:
  clip: ${{{{ steps.clip.video }}}}
"""
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
    b"\x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)
"""One pixel."""


@pytest.fixture
def newer(front: Front) -> Front:
    """A home whose catalogue has one model more than the package, and a pipeline that uses it."""
    front.write("new.json", json.dumps([{**SOURCE, "endpoint": NEW, "names": ["hailuo-9"]}]))
    front.ok("models", "refresh", "--from", "new.json", "--write")
    front.write("new.rhflow.yaml", PIPELINE)
    front.write("heron.png", PNG)
    return front


def test_check(newer: Front) -> None:
    assert newer.json("check", "check", "new.rhflow.yaml")["problems"] == []


def test_plan(newer: Front) -> None:
    (task,) = newer.json("plan", "plan", "new.rhflow.yaml")["tasks"]
    assert (task["uses"], task["cost"]["high"]) == (NEW, "1.01")


def test_models(newer: Front) -> None:
    (model,) = newer.json("models", "models", "show", "hailuo-9")["models"]
    assert model["endpoint"] == NEW


@pytest.mark.parametrize("more", [(), ("--tasks",)], ids=["steps", "tasks"])
def test_graph(newer: Front, more: tuple[str, ...]) -> None:
    assert NEW in newer.ok("graph", "new.rhflow.yaml", *more).out


def test_schema(newer: Front) -> None:
    newer.ok("schema", "made", "--models")
    assert NEW in Path("made/pipeline.schema.json").read_text(encoding="utf-8")
    assert Path("made/models/hailuo-9__image-to-video.json").is_file()


def test_run(newer: Front) -> None:
    document = newer.json("run", "run", "new.rhflow.yaml", "--provider", "simulator", "--quick")
    assert document["tasks"]["clip"]["model"] == NEW
    assert document["cost"]["charged"] == "1.01"


def test_simulate(newer: Front) -> None:
    """It sells the new model, at the price that the settings say."""
    newer.write("rhflow.toml", f'[models."{NEW}"]\nprice = "0.77 CNY"\n')
    server = newer.process("simulate", "--quick", "-q")
    try:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        answer = httpx.post(
            f"{address}/openapi/v2/{NEW}",
            json={
                "prompt": "a",
                "imageUrl": "https://example.com/a.png",
                "duration": "6",
                "enablePromptExpansion": True,
            },
            headers={"Authorization": f"Bearer {KEY}"},
            trust_env=False,
        ).json()
        bill = httpx.get(f"{address}/simulator/bill", trust_env=False).json()
    finally:
        server.terminate()
        server.communicate(timeout=20)
    assert answer["taskId"], answer
    assert [(line["endpoint"], line["price"]) for line in bill["entries"]] == [(NEW, "0.77")]


def test_the_home_that_is_named_counts(newer: Front) -> None:
    """From another folder, by --home; without it that folder knows nothing of the model."""
    shutil.move(".rhflow", "elsewhere")
    Path(".rhflow").mkdir()
    for words in (("check", "new.rhflow.yaml"), ("graph", "new.rhflow.yaml"), ("plan", "new.rhflow.yaml")):
        assert newer.call(*words).code == 2
        newer.ok(*words, "--home", "elsewhere")
    newer.ok("schema", "made", "--home", "elsewhere")
    assert NEW in Path("made/pipeline.schema.json").read_text(encoding="utf-8")


def test_each_file_is_checked_by_its_own_home(newer: Front) -> None:
    """As a hook does that gets files of several projects at once."""
    newer.write("other/old.rhflow.yaml", PIPELINE)
    newer.write("other/rhflow.toml", "")
    newer.write("other/heron.png", PNG)
    problems = newer.json("check", "check", "new.rhflow.yaml", "other/old.rhflow.yaml", code=2)["problems"]
    assert {Path(item["file"]).name for item in problems} == {"old.rhflow.yaml"}


def test_overrides_of_the_settings_reach_the_schema_and_the_graph(newer: Front) -> None:
    newer.write("rhflow.toml", f'[models."{NEW}"]\nprice = "0.77 CNY"\n')
    newer.ok("schema", "made")
    assert "0.77 CNY" in Path("made/pipeline.schema.json").read_text(encoding="utf-8")
    (task,) = newer.json("plan", "plan", "new.rhflow.yaml")["tasks"]
    assert task["cost"]["high"] == "0.77"
