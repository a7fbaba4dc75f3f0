"""A result that was paid for and is damaged on this disk: nobody pays for it again without saying so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.front import FarSide, Front, board
from tests.runs.conftest import OTTER

RUN = ("run", "board.rhflow.yaml", "--yes")
STILL = "shots[0].still"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)


HARM: dict[str, Callable[[Path], None]] = {"a turned bit": flip, "a lost file": Path.unlink}
harmed = pytest.mark.parametrize("harm", HARM.values(), ids=HARM)


@pytest.fixture
def film(paid: Front) -> Front:
    """A film of four paid pieces."""
    return paid


@pytest.fixture
def far(paid_far: FarSide) -> FarSide:
    return paid_far


def blob(front: Front, document: Any, task: str = STILL) -> Path:
    digest: str = document["tasks"][task]["outputs"][0]["sha256"]
    return front.folder / ".rhflow" / "objects" / digest[:2] / digest[2:]


def without_copies(front: Front) -> None:
    """The author has tidied the output folder."""
    for path in (front.folder / "out").rglob("*"):
        if path.is_file():
            path.unlink()


def gone_over_there(far: FarSide) -> None:
    far.faults({"on": "download", "expire": True})


@harmed
def test_a_copy_in_the_output_folder_is_enough(
    film: Front, far: FarSide, harm: Callable[[Path], None]
) -> None:
    path = blob(film, film.json("run", *RUN))
    whole = path.read_bytes()
    harm(path)
    gone_over_there(far)
    again = film.json("run", *RUN)
    assert again["counts"]["cached"] == 5
    assert path.read_bytes() == whole
    assert len(far.bill()) == 4


@harmed
def test_it_is_collected_again_for_nothing(film: Front, far: FarSide, harm: Callable[[Path], None]) -> None:
    path = blob(film, film.json("run", *RUN))
    whole = path.read_bytes()
    harm(path)
    without_copies(film)
    again = film.json("run", *RUN)
    assert again["counts"]["cached"] == 5
    assert again["cost"]["charged"] == "0.00"
    assert path.read_bytes() == whole
    assert len(far.bill()) == 4


@harmed
def test_what_cannot_be_had_again_blocks_and_is_not_bought(
    film: Front, far: FarSide, harm: Callable[[Path], None]
) -> None:
    made = film.json("run", *RUN)
    path = blob(film, made)
    harm(path)
    without_copies(film)
    gone_over_there(far)
    for _ in range(2):
        said = film.json("run", "run", "board.rhflow.yaml", "--yes", code=9)
        assert said["status"] == "stopped"
        (problem,) = said["problems"]
        assert problem["name"] == "damaged"
        assert f"{STILL}: the image that run " in problem["message"]
        assert "Nothing was bought" in problem["message"]
        assert said["tasks"][STILL]["state"] == "ready"
        assert said["tasks"]["shots[1].clip"]["state"] == "cached", "the rest goes on"
        assert len(far.bill()) == 4
    assert film.call("resume").code == 9
    assert len(far.bill()) == 4
    far.faults()
    assert film.call("resume").code == 0, "once the far side answers it is collected"
    assert len(far.bill()) == 4


def test_only_who_lets_go_of_it_buys_it_again(film: Front, far: FarSide) -> None:
    path = blob(film, film.json("run", *RUN))
    path.unlink()
    without_copies(film)
    gone_over_there(far)
    said = film.call(*RUN)
    assert said.code == 9
    key = said.err.partition("rhflow cache forget ")[2][:12]
    assert len(far.bill()) == 4
    forgotten = film.json("cache_forget", "cache", "forget", key)["forgotten"]
    assert [(item["task"], item["paid"], item["charged"]) for item in forgotten] == [(STILL, True, "0.14")]
    plan = {task["id"]: task for task in film.json("plan", "plan", "board.rhflow.yaml")["tasks"]}
    assert plan[STILL]["verdict"] == "run"
    assert "its result was forgotten on" in plan[STILL]["why"][0]
    assert plan[STILL]["cost"]["high"] == "0.14"
    assert film.call("run", "board.rhflow.yaml").code == 2, "without consent nothing is bought"
    assert len(far.bill()) == 4
    far.faults()
    done = film.json("run", *RUN)
    assert done["status"] == "done"
    assert len(far.bill()) == 5
    assert film.call("cache", "forget", "0" * 12).code == 2


def test_the_plan_says_so_and_counts_nothing_for_it(film: Front, far: FarSide) -> None:
    path = blob(film, film.json("run", *RUN))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-7])
    document = film.json("plan", "plan", "board.rhflow.yaml")
    plan = {task["id"]: task for task in document["tasks"]}
    assert plan[STILL]["verdict"] == "wait"
    assert "damaged in the store" in plan[STILL]["why"][0]
    assert "rhflow cache forget" in plan[STILL]["why"][0]
    assert plan["shots[0].clip"]["verdict"] == "cached", "mended it is the same still"
    assert document["cost"]["high"] in ("0", "0.00")
    assert film.call(*RUN, "--frozen").code == 2
    path.unlink()
    plan = {task["id"]: task for task in film.json("plan", "plan", "board.rhflow.yaml")["tasks"]}
    assert "missing in the store" in plan[STILL]["why"][0]
    assert len(far.bill()) == 4


def test_a_film_made_here_is_simply_made_again(film: Front, far: FarSide) -> None:
    path = blob(film, film.json("run", *RUN), "film")
    whole = path.read_bytes()
    path.unlink()
    without_copies(film)
    gone_over_there(far)
    plan = {task["id"]: task for task in film.json("plan", "plan", "board.rhflow.yaml")["tasks"]}
    assert plan["film"]["verdict"] == "run"
    assert "made again, for nothing" in plan["film"]["why"][0]
    again = film.json("run", *RUN)
    assert again["counts"] == again["counts"] | {"run": 1, "cached": 4}
    assert path.read_bytes() == whole
    assert len(far.bill()) == 4


@harmed
def test_nothing_is_made_from_a_damaged_still(
    film: Front, far: FarSide, harm: Callable[[Path], None]
) -> None:
    """The still is cached, the clip is to be bought anew: it may not be bought over spoiled bytes."""
    path = blob(film, film.json("run", *RUN))
    film.write("board.yaml", board(("a heron", "it flies up slowly"), OTTER))
    harm(path)
    without_copies(film)
    gone_over_there(far)
    before = far.uploads()
    said = film.call(*RUN)
    assert said.code == 9
    assert len(far.bill()) == 4
    assert far.uploads() == before


def test_a_run_that_was_done_places_nothing_damaged(film: Front, far: FarSide) -> None:
    document = film.json("run", *RUN)
    flip(blob(film, document, "film"))
    without_copies(film)
    gone_over_there(far)
    said = film.call("resume", document["run"])
    assert said.code == 9
    assert "film.mp4 are damaged in the store" in said.err
    assert not (film.folder / "out" / "board" / "film.mp4").exists()
    assert json.loads(film.call("show", "--json").out)["status"] in ("done", "stopped")
    assert len(far.bill()) == 4
