"""`rhflow models` as a person meets it."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from rhflow.catalog.example import example_step
from rhflow.catalog_files import load_catalog
from tests.catalog.test_newer import SOURCE
from tests.cli.conftest import front  # noqa: F401  # a fixture
from tests.cli.front import Front


def test_cheapest_first(front: Front) -> None:  # noqa: F811
    said = front.ok("models", "--task", "image-to-video", "--accepts", "last-frame", "--max-price", "0.9")
    rows = [line.split() for line in said.out.splitlines()[1:] if "image-to-video" in line.split()[1:2]]
    prices = [float(row[3]) for row in rows]
    assert len(prices) >= 3
    assert prices == sorted(prices)
    assert max(prices) <= 0.9
    assert "left out" in said.err


def test_json_says_what_a_request_costs(front: Front) -> None:  # noqa: F811
    document = front.json("models", "models", "hailuo-2.3-fast/image-to-video")
    (model,) = document["models"]
    assert model["ordinary_cost"] == {"low": "1.01", "high": "1.01", "currency": "CNY"}
    assert model["params_known"] is True


def test_what_cannot_be_called_is_listed_as_such(front: Front) -> None:  # noqa: F811
    said = front.ok("models", "gemini-omni-flash")
    assert said.out.count("no path known: cannot be called, no parameters known") == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--task", "imge-to-video"], "Did you mean image-to-video?"),
        (["--accepts", "lst-frame"], "Did you mean last-frame?"),
        (["--accepts", "taste"], "No model takes 'taste'"),
        (["--output", "film"], "image, video, audio"),
        (["--tier", "cheap"], "official-stable"),
        (["--max-price", "-1"], "no amount"),
        (["--max-price", "much"], "no amount"),
        (["refresh"], "--from FILE"),
        (["kling", "--write"], "go with refresh"),
        (["refresh", "--from", "nowhere.json"], "cannot be read"),
        (["show", "hailuo"], "Did you mean"),
    ],
)
def test_what_it_does_not_take(front: Front, words: list[str], said: str) -> None:  # noqa: F811
    told = front.call("models", *words)
    assert told.code == 2
    assert said in told.err
    assert front.json("models", "models", *words, code=2)["problems"]


def test_the_page_of_a_model(front: Front) -> None:  # noqa: F811
    said = front.ok("models", "show", "海螺-2.3-fast-图生视频").out
    model = load_catalog().find("hailuo-2.3-fast/image-to-video")
    assert model is not None
    for wanted in (
        "minimax/hailuo-2.3-fast/image-to-video",
        "1.01–1.69 CNY a call, by duration (2026-04-29)",
        "1.69 CNY  duration: 10",
        "an ordinary request: 1.01 CNY",
        "6 | 10",
        "registry 2026-05-07",
        *example_step(model).splitlines(),
    ):
        assert wanted in said
    assert "two ways" not in said


def test_both_spellings_are_shown_and_which_is_sent(front: Front) -> None:  # noqa: F811
    said = front.ok("models", "show", "f-2-dev/edit").out
    assert "20##image" in said
    assert "9:16 = 4" in said
    assert "the first one is sent" in said
    front.write("rhflow.toml", '[models."f-2-dev/edit"]\nnaming = "node"\nprice = "0.2 CNY"\n')
    said = front.ok("models", "show", "f-2-dev/edit").out
    assert "the second one is sent" in said
    assert "0.20 CNY a call (set in rhflow.toml)" in said
    (document,) = front.json("models", "models", "show", "f-2-dev/edit")["models"]
    assert (document["naming"], document["price_set_in"]) == ("node", "rhflow.toml")


def test_a_newer_export_is_shown_and_kept_only_when_asked(front: Front) -> None:  # noqa: F811
    model = copy.deepcopy(SOURCE)
    model["pricing"]["rules"][1]["price"] = 1.11
    new = {**SOURCE, "endpoint": "hailuo-4/image-to-video", "names": ["hailuo-4"]}
    front.write("new.json", json.dumps([model, new]))
    said = front.ok("models", "refresh", "--from", "new.json")
    assert "New (1):\n  hailuo-4/image-to-video\n" in said.out
    assert "price: 1.01–1.69 CNY a call, by duration → 1.11–1.69" in said.out
    assert "Not in it any more; kept as they are (392)" in said.out
    assert "--write" in said.err
    assert not Path(".rhflow/catalog.json").exists()
    changes = front.json("models", "models", "refresh", "--from", "new.json", "--write")["changes"]
    assert changes["new"] == ["hailuo-4/image-to-video"]
    assert Path(changes["written"]) == Path(".rhflow/catalog.json").absolute()
    assert "1.11" in front.ok("models", "show", "hailuo-2.3-fast/image-to-video").out
    again = front.ok("models", "refresh", "--from", "new.json")
    assert "Changed" not in again.out
    assert "New" not in again.out


def test_a_pipeline_may_use_a_model_of_the_home(front: Front) -> None:  # noqa: F811
    new = {**SOURCE, "endpoint": "hailuo-4/text-to-video", "names": ["hailuo-4"], "task": "text-to-video"}
    new["params"] = [new["params"][0]]
    new["pricing"] = {"currency": "CNY", "as_of": "2026-11-01", "unit": "call", "basis": "fixed", "price": 3}
    front.write("new.json", json.dumps([new]))
    front.write(
        "film.rhflow.yaml",
        "rhflow: 1\nname: film\nsteps:\n  clip: {uses: hailuo-4, with: {prompt: a heron}}\n"
        'outputs: {film: "${{ steps.clip.video }}"}\n',
    )
    assert front.call("plan", "film.rhflow.yaml").code == 2
    front.ok("models", "refresh", "--from", "new.json", "--write")
    plan = front.json("plan", "plan", "film.rhflow.yaml")
    assert plan["cost"]["high"] == "3.00"
    made = front.json("run", "run", "film.rhflow.yaml", "--provider", "simulator", "--quick")
    assert made["status"] == "done"
