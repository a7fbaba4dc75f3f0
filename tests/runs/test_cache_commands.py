"""`rhflow cache`: what is in the store, is it whole, what may go and what never goes by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from rhflow.app import pruning
from rhflow.app.clock import SystemClock
from rhflow.store.blobs import LocalBlobs
from tests.cli.front import ROOT, FarSide, Front, board
from tests.runs.conftest import HERON
from tests.runs.test_damage import flip, without_copies

RUN = ("run", "board.rhflow.yaml", "--yes")
DAY = 86_400.0


@pytest.fixture
def film(paid: Front) -> Front:
    """A film that was paid for, four pieces of it, and a still that was not: it is the simulator's."""
    return paid


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """`later[0] = 40 * DAY`: it is forty days later for the commands that follow."""
    ahead = [0.0]
    monkeypatch.setattr(SystemClock, "now", lambda _: time.time() + ahead[0])
    return ahead


def objects(front: Front) -> set[Path]:
    return set((front.folder / ".rhflow" / "objects").glob("[0-9a-f][0-9a-f]/*"))


def listed(front: Front) -> dict[tuple[str, str], Any]:
    rows = front.json("cache_ls", "cache", "ls")["results"]
    return {(row["task"], row["model"].partition("/")[0]): row for row in rows}


# -- ls and show ----------------------------------------------------------------------------------------


def test_the_list_tells_what_each_is_and_cost(film: Front) -> None:
    rows = listed(film)
    assert len(rows) == 6
    still = rows["shots[0].still", "seedream-v4"]
    assert (still["kinds"], still["paid"], still["charged"], still["uses"]) == (["image"], True, "0.14", 0)
    assert rows["film", "local"]["paid"] is False
    assert rows["still", "seedream-v4"]["paid"] is False, "play money"
    film.ok(*RUN)
    assert listed(film)["shots[0].still", "seedream-v4"]["uses"] == 1
    document = film.json("cache_ls", "cache", "ls")
    assert document["bytes"] == sum(path.stat().st_size for path in objects(film))
    said = film.ok("cache", "ls")
    assert "shots[1].clip of run" in said.out
    assert "6 results" in said.err
    assert "paid for: 2.30 CNY" in said.err


def test_an_empty_store(front: Front) -> None:
    assert front.json("cache_ls", "cache", "ls")["results"] == []
    assert "empty" in front.ok("cache", "ls").err
    assert not (front.folder / ".rhflow" / "journal.db").exists(), "looking makes nothing"


def test_the_story_behind_a_file_in_the_output_folder(film: Front) -> None:
    (found,) = film.json("cache_show", "cache", "show", "out/board/steps/shots-01.clip.mp4")["results"]
    assert (found["task"], found["model"]) == ("shots[1].clip", "minimax/hailuo-2.3-fast/image-to-video")
    assert found["request"]["arguments"]["prompt"] == "it dives"
    assert found["artifacts"][0]["condition"] == "sound"
    assert any(path.endswith("shots-01.clip.mp4") for path in found["copies"])
    digest = found["artifacts"][0]["sha256"]
    for name in (found["key"], found["key"][:10], digest, digest[:10]):
        assert film.json("cache_show", "cache", "show", name)["results"] == [found]
    said = film.ok("cache", "show", found["key"][:12]).out
    assert "shots[1].clip of run" in said
    assert "prompt: it dives" in said
    assert "imageUrl: image " in said


def test_what_nobody_knows_is_a_sentence(film: Front) -> None:
    film.write("strange.png", b"strange")
    assert "knows the bytes of strange.png" in film.call("cache", "show", "strange.png").err
    assert film.json("cache_show", "cache", "show", "ffff00", code=2)["problems"]
    path = film.folder / "out" / "board" / "film.mp4"
    path.write_bytes(path.read_bytes() + b"cut by hand")
    assert "has been changed since rhflow put it there" in film.call("cache", "show", path).err


# -- verify ---------------------------------------------------------------------------------------------


def test_a_whole_store_is_said_to_be_whole(film: Front) -> None:
    found = film.json("cache_verify", "cache", "verify")
    assert found["objects"] == len(objects(film)) == 6
    assert found["bytes"] == sum(path.stat().st_size for path in objects(film))
    assert (found["unwell"], found["orphans"], found["strangers"]) == ([], [], [])
    assert film.ok("cache", "verify", "-q").err == ""


def test_a_turned_bit_and_a_lost_file_are_found_with_what_they_mean(film: Front, paid_far: FarSide) -> None:
    rows = listed(film)
    store = film.folder / ".rhflow" / "objects"
    digest = {task: row["sha256"][0] for (task, _), row in rows.items()}
    flip(store / digest["shots[0].clip"][:2] / digest["shots[0].clip"][2:])
    (store / digest["film"][:2] / digest["film"][2:]).unlink()
    without_copies(film)
    film.write(f".rhflow/objects/{'ab' * 1}/{'cd' * 31}", b"nobody's")
    film.write(".rhflow/objects/ab/notes.txt", b"a note")
    before = {path: path.read_bytes() for path in objects(film)}
    found = film.json("cache_verify", "cache", "verify", code=9)
    unwell = {item["sha256"]: item for item in found["unwell"]}
    assert unwell[digest["shots[0].clip"]]["how"] == "damaged"
    assert "the video of shots[0].clip in run" in unwell[digest["shots[0].clip"]]["what"]
    assert "its link lives until" in unwell[digest["shots[0].clip"]]["then"]
    assert unwell[digest["film"]]["how"] == "missing"
    assert "for nothing" in unwell[digest["film"]]["then"]
    assert unwell["ab" + "cd" * 31]["how"] == "damaged"
    assert [Path(path).name for path in found["strangers"]] == ["notes.txt"]
    assert {path: path.read_bytes() for path in objects(film)} == before, "verify mends and deletes nothing"
    said = film.call("cache", "verify")
    assert said.code == 9
    assert "2 damaged, 1 missing" in said.err
    assert len(paid_far.bill()) == 4


def test_what_has_no_link_any_more_is_said(film: Front, later: list[float]) -> None:
    row = listed(film)["shots[0].still", "seedream-v4"]
    digest = row["sha256"][0]
    without_copies(film)
    (film.folder / ".rhflow" / "objects" / digest[:2] / digest[2:]).unlink()
    later[0] = 3 * DAY
    (found,) = film.json("cache_verify", "cache", "verify", code=9)["unwell"]
    assert "bought again only if you say so" in found["then"]
    assert f"rhflow cache forget {row['key'][:12]}" in found["then"]


def test_the_journal_is_looked_at_too(film: Front) -> None:
    path = film.folder / ".rhflow" / "journal.db"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 60)
    said = film.call("cache", "verify")
    assert said.code == 9
    assert "journal.db is damaged" in said.err


def test_a_large_store_is_read_in_pieces(film: Front) -> None:
    """Peak memory does not grow with the objects."""
    big = film.folder / "big"
    with big.open("wb") as file:
        file.truncate(100 << 20)
    LocalBlobs(film.folder / ".rhflow" / "objects").put_file(big)
    film.ok("cache", "verify", "-q")  # what is loaded once is loaded
    tracemalloc.start()
    try:
        film.ok("cache", "verify", "-q")
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


# -- prune ----------------------------------------------------------------------------------------------


def test_nothing_goes_without_a_wish_and_without_consent(film: Front, later: list[float]) -> None:
    before = objects(film)
    assert film.json("cache_prune", "cache", "prune", "--yes")["results"] == []
    later[0] = 40 * DAY
    document = film.json("cache_prune", "cache", "prune", "--older-than", "30d")
    assert document["done"] is False
    assert objects(film) == before
    assert "nothing is deleted yet" in film.ok("cache", "prune", "--older-than", "30d").err


def test_what_was_paid_for_goes_only_by_name(film: Front, paid_far: FarSide, later: list[float]) -> None:
    later[0] = 40 * DAY
    words = ("cache", "prune", "--older-than", "30d")
    document = film.json("cache_prune", *words, "--yes")
    assert {item["task"] for item in document["results"]} == {"film", "still"}
    assert document["kept"]["paid"] == {"results": 4, "charged": {"CNY": "2.30"}}
    assert len(objects(film)) == 4
    said = film.ok(*words, "--paid")
    assert "4 results among them cost 2.30 CNY" in said.err
    assert "shots[1].clip" in said.out
    assert "1.01" in said.out
    assert len(objects(film)) == 4
    film.ok(*words, "--paid", "--yes")
    assert objects(film) == set()
    plan = {task["id"]: task for task in film.json("plan", "plan", "board.rhflow.yaml")["tasks"]}
    assert plan["shots[0].still"]["verdict"] == "run"
    assert "its result was pruned on " in plan["shots[0].still"]["why"][0]
    assert film.call("run", "board.rhflow.yaml").code == 2, "buying it anew wants a yes"
    assert len(paid_far.bill()) == 4
    assert (
        "it was pruned at"
        in film.ok("cache", "show", document["kept"] and plan["shots[0].still"]["key"][:12]).out
    )


def test_use_keeps_it_young(film: Front, later: list[float]) -> None:
    later[0] = 20 * DAY
    film.ok(*RUN)
    later[0] = 40 * DAY
    document = film.json("cache_prune", "cache", "prune", "--older-than", "30d", "--paid")
    assert {item["task"] for item in document["results"]} == {"still"}


def test_the_longest_unused_go_until_the_rest_fits(film: Front, later: list[float]) -> None:
    later[0] = DAY
    film.ok("run", "still.rhflow.yaml", "--provider", "simulator", "--quick")
    total = film.json("cache_ls", "cache", "ls")["bytes"]
    document = film.json("cache_prune", "cache", "prune", "--max-size", str(total - 1), "--paid", "--yes")
    assert len(document["results"]) == 1
    assert film.json("cache_ls", "cache", "ls")["bytes"] < total
    document = film.json("cache_prune", "cache", "prune", "--max-size", "0B", "--yes")
    assert document["kept"]["paid"]["results"] == len(objects(film)) > 0
    assert not {"film", "still"} & {task for task, _ in listed(film)}


def test_a_pin_keeps_a_run_or_a_result(film: Front, later: list[float]) -> None:
    rows = listed(film)
    run = rows["film", "local"]["run"]
    key = rows["still", "seedream-v4"]["key"]
    assert film.json("cache_pin", "cache", "pin", key[:12]) == {"kind": "key", "name": key, "problems": []}
    assert film.json("cache_pin", "cache", "pin", run)["kind"] == "run"
    later[0] = 400 * DAY
    document = film.json("cache_prune", "cache", "prune", "--older-than", "1y", "--paid", "--yes")
    assert document["results"] == []
    assert document["kept"]["pinned"]["results"] == 6
    assert len(objects(film)) == 6
    assert all(row["pinned"] for row in listed(film).values())
    film.ok("cache", "unpin", run)
    film.ok("cache", "prune", "--older-than", "1y", "--paid", "--yes")
    assert [row["key"] for row in listed(film).values()] == [key]
    assert film.json("cache_pin", "cache", "pin", "nothing of ours", code=2)["problems"]


def test_what_an_unfinished_run_made_stays(film: Front, paid_far: FarSide, later: list[float]) -> None:
    film.write("board.yaml", board(HERON, ("a toad", "it looks")))
    paid_far.faults({"on": "submit", "answer": {"status": 401, "body": "{}"}})
    assert film.call(*RUN).code == 4
    later[0] = 10 * DAY
    document = film.json("cache_prune", "cache", "prune", "--older-than", "5d", "--paid")
    kept = document["kept"]["needed"]["results"]
    assert kept == 2, "the heron's still and clip, which the run has taken from the store"


def test_objects_nobody_knows_go_when_they_are_asked_for(film: Front) -> None:
    path = film.write(f".rhflow/objects/ab/{'cd' * 31}", b"nobody's")
    fresh = film.write(f".rhflow/objects/ab/{'ce' * 31}", b"just coming in")
    os.utime(path, (1, 1))
    assert film.json("cache_prune", "cache", "prune", "--yes")["objects"] == []
    document = film.json("cache_prune", "cache", "prune", "--unreferenced", "--yes")
    assert [item["bytes"] for item in document["objects"]] == [8]
    assert not path.exists()
    assert fresh.exists(), "it may belong to a result that is just being written down"
    assert len(objects(film)) == 7


def test_damaged_results_go_when_they_are_asked_for(film: Front) -> None:
    rows = listed(film)
    for task in ("shots[0].still", "film"):
        digest = next(row for (name, _), row in rows.items() if name == task)["sha256"][0]
        flip(film.folder / ".rhflow" / "objects" / digest[:2] / digest[2:])
    document = film.json("cache_prune", "cache", "prune", "--damaged", "--yes")
    assert [item["task"] for item in document["results"]] == ["film"]
    assert document["kept"]["paid"]["results"] == 1
    document = film.json("cache_prune", "cache", "prune", "--damaged", "--paid", "--yes")
    assert [(item["task"], item["charged"]) for item in document["results"]] == [("shots[0].still", "0.14")]
    assert film.json("cache_verify", "cache", "verify")["unwell"] == []


def test_what_the_dead_left_goes_and_what_the_living_have_stays(film: Front) -> None:
    home = film.folder / ".rhflow"
    left = [
        film.write(".rhflow/objects/incoming/half", b"x" * 10),
        film.write(str(Path(".rhflow", "work", "host-1-00000000", "again", "a.png")), b"x" * 20),
        film.write(str(Path(".rhflow", "work", "local", "jobs", "a1", "clip.mp4")), b"x" * 30),
        film.write(".rhflow/runs/20200101-000000-aaaa/plan.json.part", b"x" * 5),
        film.write(".rhflow/living/host-1-00000000.alive", b""),
    ]
    for path in left:
        for one in (path, *path.parents):
            if one != home and home in one.parents:
                os.utime(one, (1, 1))
    fresh = film.write(".rhflow/objects/incoming/coming", b"x")
    document = film.json("cache_prune", "cache", "prune")
    assert {Path(item["path"]).name for item in document["leftovers"]} == {
        "half",
        "host-1-00000000",
        "a1",
        "20200101-000000-aaaa",
        "host-1-00000000.alive",
    }
    assert all(path.exists() for path in left)
    film.ok("cache", "prune", "--yes")
    assert not any(path.exists() for path in left)
    assert fresh.exists()
    assert len(objects(film)) == 6


def test_old_copies_of_the_journal_go_but_for_the_newest(film: Front) -> None:
    names = [f".rhflow/journal.v1.2026010{number}-000000.backup" for number in (1, 2, 3)]
    copies = [film.write(name, b"x") for name in names]
    for path in copies:
        os.utime(path, (1, 1))
    film.ok("cache", "prune", "--yes")
    assert [path.exists() for path in copies] == [False, False, True]


HOLDS = """
import sys, time
from pathlib import Path
from rhflow.store.alive import new_owner
from rhflow.store.journal import Journal
journal = Journal(Path(".rhflow"), new_owner())
if sys.argv[1:]:
    journal.lease(sys.argv[1], time.time())
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("holds", [("run 20260101-000000-aaaa",), ()], ids=["a run", "nothing yet"])
def test_nothing_is_deleted_under_somebody_at_work(
    film: Front, later: list[float], holds: tuple[str, ...]
) -> None:
    """Also before it holds a run: it has planned with what is here, and somebody has agreed to that price."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, *holds],
        cwd=film.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    words = ("cache", "prune", "--older-than", "1y", "--paid", "--yes")
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        later[0] = 400 * DAY
        before = objects(film)
        said = film.call(*words)
        assert said.code == 9
        assert f"process {other.pid}) is working on {(holds or ('this home',))[0]}" in said.err
        assert "nothing is deleted under it" in said.err
        assert film.call("cache", "forget", listed(film)["film", "local"]["key"]).code == 9
        assert objects(film) == before
        assert len(listed(film)) == 6
    finally:
        other.kill()
        other.communicate()
    film.ok(*words)
    assert objects(film) == set()


@pytest.mark.parametrize("meanwhile", [("run", "board.rhflow.yaml", "--yes"), ("cache", "pin", "KEY")])
def test_what_somebody_has_used_or_kept_since_it_was_chosen_stays(
    film: Front, later: list[float], monkeypatch: pytest.MonkeyPatch, meanwhile: tuple[str, ...]
) -> None:
    """Between the look and the deed another process may come, rely on what is here, and be gone again."""
    later[0] = 40 * DAY
    key, before = listed(film)["film", "local"]["key"], objects(film)
    chosen = pruning.choose

    def choose(opened: Any, wanted: pruning.Wanted) -> pruning.Pruning:
        found = chosen(opened, wanted)
        film.ok(*(key if word == "KEY" else word for word in meanwhile))
        return found

    monkeypatch.setattr("rhflow.cli.commands.cache.choose", choose)
    document = film.json("cache_prune", "cache", "prune", "--older-than", "30d", "--paid", "--yes")
    assert key not in {item["key"] for item in document["results"]}
    assert film.json("cache_verify", "cache", "verify")["unwell"] == []
    if meanwhile[0] == "run":
        assert {item["task"] for item in document["results"]} == {"still"}, "of another pipeline"
        assert len(before - objects(film)) == 1


def test_a_death_between_letting_go_and_deleting_leaves_no_result_without_bytes(
    film: Front, later: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    later[0] = 400 * DAY

    def dies(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pruning, "_delete", dies)
    assert film.call("cache", "prune", "--older-than", "1y", "--paid", "--yes").code == 130
    monkeypatch.setattr(pruning, "_delete", Path.unlink)
    assert film.json("cache_verify", "cache", "verify")["unwell"] == []
    later[0] = 800 * DAY
    film.ok("cache", "prune", "--older-than", "1y", "--paid", "--yes")
    assert objects(film) == set()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("prune --older-than soon", "is no age"),
        ("prune --max-size big", "is no size"),
        ("show", "Missing argument"),
        ("forget 0123456789ab", "No result and no file is called"),
        ("export 2020", "There is no run"),
        ("import nowhere.zip", "There is no file"),
        ("sweep", "No such command"),
    ],
)
def test_bad_words(film: Front, words: str, sentence: str) -> None:
    said = film.call("cache", *words.split())
    assert said.code == 2
    assert sentence in said.err
    if words != "sweep":
        name = f"cache_{words.partition(' ')[0]}"
        assert film.json(name, "cache", *words.split(), code=2)["problems"]
