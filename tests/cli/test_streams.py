"""What is said where: results on standard output, the rest on standard error, one line per fact."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from rhflow.cli.tables import Grid
from tests.cli.front import STILL, STILL_AND_CLIP, FarSide, Front, board

ESCAPE = "\x1b"


@pytest.fixture
def film(front: Front) -> Front:
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(("a heron", "it flies up"), ("an otter", "it dives")))
    return front


def test_a_plan_in_a_pipe_is_a_line_a_task(film: Front, far: FarSide) -> None:
    said = film.ok("plan", "board.rhflow.yaml")
    table, _, told = said.out.partition("\n\n")
    lines = table.splitlines()
    assert lines[0].split() == ["task", "uses", "verdict", "CNY", "why"]
    assert [line.split()[0] for line in lines[1:]] == [
        *("shots[0].still", "shots[0].clip", "shots[1].still", "shots[1].clip", "film"),
    ]
    assert all(line == line.rstrip() for line in lines)
    assert told == "5 run; it would cost 2.30 CNY\n"
    assert ESCAPE not in said.out + said.err


def test_a_run_in_a_pipe_is_a_line_a_fact(film: Front, far: FarSide) -> None:
    said = film.ok("run", "board.rhflow.yaml", "--yes")
    assert said.out == f"film  {film.folder / 'out' / 'board' / 'film.mp4'}\n"
    assert ESCAPE not in said.err
    lines = said.err.splitlines()
    bought = [line for line in lines if ": bought, task id " in line]
    done = [line for line in lines if re.search(r": done in \d+\.\d s$", line)]
    assert len(bought) == 4
    assert len(done) == 5
    assert re.fullmatch(r"5 made; \d+\.\d\d CNY spent; \d+\.\d s; run \d{8}-\d{6}-\w{4}", lines[-1])


def test_verbose_tells_every_fact(film: Front, far: FarSide) -> None:
    said = film.ok("run", "board.rhflow.yaml", "--yes", "-v")
    assert "shots[0].still: SubmitIntended" in said.err
    assert "shots[0].still: Keyed" in said.err


def test_quiet_says_the_result_and_no_more(film: Front, far: FarSide) -> None:
    said = film.ok("run", "board.rhflow.yaml", "--yes", "-q")
    assert said.err == ""
    assert len(said.out.splitlines()) == 1
    assert film.ok("check", "board.rhflow.yaml", "-q").err == ""


def test_verbose_names_the_cause_of_an_error(front: Front) -> None:
    front.write("file", "x")
    front.write("still.rhflow.yaml", STILL)
    words = ("run", "still.rhflow.yaml", "--provider", "simulator", "--home", "file")
    short, long = front.call(*words), front.call(*words, "-v")
    assert short.code == long.code == 9
    assert "because: " in long.err
    assert "because: " not in short.err


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_nobody_listens_and_the_run_goes_on(film: Front, far: FarSide) -> None:
    """`rhflow run … 2>&1 | head -1`: a reader that leaves is no reason to leave half a film."""
    reading, writing = os.pipe()
    worker = film.process("run", "board.rhflow.yaml", "--yes", stdout=writing, stderr=writing)
    os.close(writing)
    assert os.read(reading, 10)
    os.close(reading)
    assert worker.wait(60) == 0
    assert film.json("run", "show")["status"] == "done"
    assert len(far.bill()) == 4


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("words", [("models",), ("models", "--json"), ("--help",)])
def test_nobody_reads_the_answer(front: Front, words: tuple[str, ...]) -> None:
    worker = front.process(*words)
    assert worker.stdout is not None
    assert worker.stderr is not None
    worker.stdout.read(5)
    worker.stdout.close()
    told = worker.stderr.read()
    worker.stderr.close()
    assert worker.wait(30) == 0, told
    assert told == ""


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full")
def test_standard_output_is_full(front: Front) -> None:
    with Path("/dev/full").open("w") as full:
        worker = subprocess.run(
            [sys.executable, "-m", "rhflow", "models"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert worker.returncode == 9
    assert b"Traceback" not in worker.stderr


# -- tables -------------------------------------------------------------------------------------------


def _shown(grid: Grid, width: int | None) -> str:
    """On a screen of that width, or in a pipe."""
    if width is None:
        console = Console(force_terminal=False, width=200)
    else:
        console = Console(force_terminal=True, width=width, color_system=None, legacy_windows=False)
    with console.capture() as caught:
        grid.show(console)
    return caught.get()


def _grid() -> Grid:
    grid = Grid("task", "uses", "CNY", "why", right=("CNY",), spare=("uses",))
    grid.add("shots[0].still", "seedream-v4/text-to-image", "0.14", "prompt changed: " + "word " * 30)
    grid.add("music", "rhart-audio/suno-v5/single", "free", "made by run 20261121-030730-089c")
    grid.add("镜头[0].图", "可灵图生视频", "–", "")
    return grid


@pytest.mark.parametrize("width", [200, 120, 100, 80, 60, 40])
def test_a_table_keeps_every_word_on_every_screen(width: int) -> None:
    text = _shown(_grid(), width)
    for word in ("shots[0].still", "0.14", "music", "free", "镜头[0].图", "20261121-030730-089c"):
        assert word in text, text
    assert text.count("word") == 30
    from rich.cells import cell_len

    assert max(cell_len(line.rstrip()) for line in text.splitlines()) <= width


def test_a_wide_screen_has_one_line_a_task_and_a_narrow_one_two() -> None:
    grid = Grid("task", "uses", "CNY", "why", right=("CNY",), spare=("uses",))
    grid.add("still", "seedream-v4/text-to-image", "0.14", "never made")
    assert len(_shown(grid, 120).splitlines()) == 2
    assert "seedream" not in _shown(grid, 40), "what can be spared goes first"
    assert len(_shown(grid, 40).splitlines()) == 2
    stacked = _shown(grid, 24).splitlines()
    assert len(stacked) >= 3
    assert stacked[2].startswith("  ")


def test_a_table_in_a_pipe_is_aligned_and_never_wraps() -> None:
    lines = _shown(_grid(), None).splitlines()
    assert len(lines) == 4
    assert lines[1].index("0.14") + 4 == lines[2].index("free") + 4
    assert all(line == line.rstrip() for line in lines)


def test_an_empty_table_is_its_headings() -> None:
    assert _shown(Grid("a", "b"), None) == "a   b\n"
    assert "a" in _shown(Grid("a", "b"), 40)
