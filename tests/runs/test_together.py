"""Several processes, one home: sudden death, runs beside each other, and no request bought twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rhflow.simulator.server import Timing
from tests.cli.front import STILL, STILL_AND_CLIP, FarSide, Front, board, until

SHOTS = (("a heron", "it flies up"), ("an otter", "it dives"), ("a toad", "it looks at us"))
RUN = ("run", "board.rhflow.yaml", "--yes")
SLOW = Timing(0.2, 1.0)


@pytest.fixture
def film(front: Front) -> Front:
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(*SHOTS))
    return front


def each_once(far: FarSide, wanted: int) -> None:
    asked = Counter((job["endpoint"], job["arguments"].get("prompt")) for job in far.tasks())
    assert [request for request, number in asked.items() if number > 1] == []
    assert len(far.bill()) == wanted


def accepted(front: Front, number: int) -> bool:
    """Whether the journal knows of so many accepted purchases."""
    try:
        with closing(sqlite3.connect(front.folder / ".rhflow" / "journal.db")) as journal:
            (found,) = journal.execute("select count(*) from events where name = 'Accepted'").fetchone()
    except sqlite3.OperationalError:
        return False
    return int(found) >= number


def test_a_new_run_takes_over_what_a_dead_one_had_bought(
    film: Front, far_side: Callable[..., FarSide]
) -> None:
    far = far_side(timing=SLOW)
    worker = film.process(*RUN)
    until(lambda: accepted(film, 3))
    worker.kill()
    worker.communicate()
    rows = film.json("runs", "runs")["runs"]
    assert [row["status"] for row in rows] == ["interrupted"]
    plan = film.json("plan", "plan", "board.rhflow.yaml")
    assert plan["counts"]["wait"] == 3
    assert plan["cost"]["high"] == "3.03", "what is in flight is paid for; three clips are to be bought"
    document = film.json("run", *RUN)
    assert document["status"] == "done"
    adopted = [a for task in document["tasks"].values() for a in task["attempts"] if a["adopted"]]
    assert len(adopted) == 3
    each_once(far, 6)
    assert document["cost"]["charged"] != document["cost"]["estimated"]["high"], (
        "the stills are not its money"
    )
    assert film.json("run", "resume", rows[0]["run"])["status"] == "done"
    each_once(far, 6)


def test_a_dead_run_is_resumed(film: Front, far_side: Callable[..., FarSide]) -> None:
    far = far_side(timing=SLOW)
    worker = film.process(*RUN)
    until(lambda: accepted(film, 6))
    worker.kill()
    worker.communicate()
    assert film.json("run", "show")["status"] == "interrupted"
    assert film.json("run", "resume")["status"] == "done"
    each_once(far, 6)


def test_two_runs_at_the_same_time_buy_each_request_once(
    film: Front, far_side: Callable[..., FarSide]
) -> None:
    far = far_side(timing=Timing(0.1, 0.4))
    workers = [film.process(*RUN, "--json", "--out", f"out-{number}") for number in range(2)]
    told = [worker.communicate(timeout=60) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], [err for _, err in told]
    each_once(far, 6)
    assert len(film.json("runs", "runs")["runs"]) == 2
    for number in range(2):
        assert (film.folder / f"out-{number}" / "film.mp4").stat().st_size > 0


def test_two_runs_that_share_a_part(film: Front, far_side: Callable[..., FarSide]) -> None:
    far = far_side(timing=Timing(0.1, 0.4))
    film.write("other.yaml", board(SHOTS[0], ("a newt", "it swims"), SHOTS[2]))
    first = film.process(*RUN)
    second = film.process(*RUN, "-i", "board=other.yaml", "--out", "other")
    errors = [worker.communicate(timeout=60)[1] for worker in (first, second)]
    assert [worker.returncode for worker in (first, second)] == [0, 0], errors
    each_once(far, 8)


def test_a_run_is_resumed_by_one_process_at_a_time(film: Front, far_side: Callable[..., FarSide]) -> None:
    far = far_side(timing=SLOW)
    worker = film.process(*RUN)
    until(lambda: accepted(film, 1))
    run = film.json("run", "show")
    assert run["status"] == "running"
    said = film.call("resume", run["run"])
    assert said.code == 9
    assert "working on" in said.err
    assert film.call("settle", run["run"], "film", "--repeat").code == 9
    _, err = worker.communicate(timeout=60)
    assert worker.returncode == 0, err
    each_once(far, 6)


def test_reading_commands_add_nothing_to_the_home(film: Front, far: FarSide) -> None:
    home = film.folder / ".rhflow"
    for words in (("check", "board.rhflow.yaml"), ("plan", "board.rhflow.yaml"), ("runs",)):
        film.call(*words)
    assert list(home.iterdir()) == []
    film.ok(*RUN)

    def seen() -> set[Path]:
        return {path for path in home.rglob("*") if not path.name.endswith(("-wal", "-shm"))}

    before = seen()
    bytes_before = (home / "journal.db").read_bytes()
    for words in (("check", "board.rhflow.yaml"), ("plan", "board.rhflow.yaml"), ("runs",), ("show",)):
        film.ok(*words)
    assert seen() == before
    assert (home / "journal.db").read_bytes() == bytes_before


def test_a_lost_answer_does_not_hold_up_the_rest(film: Front, far: FarSide) -> None:
    far.faults({"on": "submit", "endpoint": "image-to-video", "nth": 1, "do": "drop_after"})
    document = film.json("run", *RUN, code=8)
    assert document["counts"]["run"] == 5, "the other shots are made"
    assert document["counts"]["doubtful"] == 1
    (waiting,) = document["waiting"]
    known = {a["task_id"] for task in document["tasks"].values() for a in task["attempts"]}
    (job,) = [job["task_id"] for job in far.tasks() if job["task_id"] not in known]
    film.ok("settle", document["run"], waiting["task"], "--task-id", job)
    assert film.json("run", "resume")["status"] == "done"
    each_once(far, 6)


def test_a_failed_job_is_bought_again_only_where_somebody_says_so(front: Front, far: FarSide) -> None:
    front.write("still.rhflow.yaml", STILL)
    far.faults({"on": "run", "nth": 1, "fail": {"code": 1015, "message": "the renderer fell over"}})
    assert front.call("run", "still.rhflow.yaml", "--yes").code == 1
    said = front.call("resume")
    assert said.code == 1
    assert "rhflow resume --yes" in said.err
    assert len(far.bill()) == 1
    assert front.call("resume", "--yes").code == 0
    assert len(far.bill()) == 2
