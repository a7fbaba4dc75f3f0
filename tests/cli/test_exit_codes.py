"""Every exit code of the contract, reached for real."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.front import STILL, STILL_AND_CLIP, FarSide, Front, board

RUN = ("run", "still.rhflow.yaml", "--provider", "runninghub", "--yes")
TRIM = """\
rhflow: 1
name: cut
inputs:
  clip: {type: video}
steps:
  cut:
    uses: local/trim
    with: {video: "${{ inputs.clip }}", start: 600}
outputs:
  cut: ${{ steps.cut.video }}
"""
PICTURE = """\
rhflow: 1
name: picture
inputs:
  picture: {type: image, default: picture.png}
  words: {type: string, default: it moves}
steps:
  clip:
    uses: hailuo-2.3-fast/image-to-video
    with:
      prompt: ${{ inputs.words }}
      imageUrl: ${{ inputs.picture }}
      duration: 6
      enablePromptExpansion: true
outputs:
  clip: ${{ steps.clip.video }}
"""


@pytest.fixture
def still(front: Front) -> Front:
    front.write("still.rhflow.yaml", STILL)
    return front


# -- 0 and 1 ------------------------------------------------------------------------------------------


def test_0_done(still: Front, far: FarSide) -> None:
    said = still.ok(*RUN)
    assert Path(said.out.split("  ")[1].strip()).is_file()
    assert len(far.bill()) == 1


def test_1_a_step_on_this_machine_fails(front: Front, far: FarSide) -> None:
    front.write("clip.rhflow.yaml", PICTURE.replace("picture.png", "p.png"))
    Image.new("RGB", (64, 36), "teal").save(front.folder / "p.png")
    clip = front.json("run", "run", "clip.rhflow.yaml", "--yes")["outputs"]["clip"]
    front.write("cut.rhflow.yaml", TRIM)
    document = front.json("run", "run", "cut.rhflow.yaml", "-i", f"clip={clip}", code=1)
    assert document["tasks"]["cut"]["failure"]["kind"] == "local"
    said = front.call("run", "cut.rhflow.yaml", "-i", f"clip={clip}")
    assert said.code == 1
    assert "cut" in said.err.splitlines()[-1]


def test_1_the_vendor_says_no(still: Front, far: FarSide) -> None:
    far.faults({"on": "run", "fail": {"code": 1501, "message": "the content check refused it"}})
    said = still.call(*RUN)
    assert said.code == 1
    assert "the content check refused it" in said.err
    assert "[1501]" in said.err
    again = still.call(*RUN)
    assert again.code == 1
    assert len(far.bill()) == 2, "a new run buys again; that the last one failed proves nothing"


def test_1_an_input_that_the_far_side_cannot_read(front: Front, far: FarSide) -> None:
    front.write("picture.rhflow.yaml", PICTURE)
    Image.new("RGB", (64, 36), "teal").save(front.folder / "picture.png")
    far.faults({"on": "run", "fail": {"code": 1013, "message": "imageUrl cannot be read"}})
    said = front.call("run", "picture.rhflow.yaml", "--yes")
    assert said.code == 1
    assert "[1013]" in said.err
    assert "input media" in said.err, "what to do about it"


# -- 2 ------------------------------------------------------------------------------------------------

BROKEN_TEXTS = {
    "no yaml": "steps: [",
    "a list": "- 1",
    "nothing": "",
    "an unknown model": STILL.replace("seedream-v4/text-to-image", "seedraem-v4/text-to-image"),
    "an unknown parameter": STILL.replace("prompt:", "promt:"),
    "a value of the wrong type": STILL.replace("a heron in the reeds", "[1, 2]"),
    "a circle": """\
rhflow: 1
name: circle
steps:
  a: {uses: seedream-v4/text-to-image, with: {prompt: "${{ steps.b.text }}"}}
  b: {uses: seedream-v4/text-to-image, with: {prompt: "${{ steps.a.text }}"}}
""",
    "an unknown step": STILL.replace("steps.still.image", "steps.stil.image"),
    "another version": STILL.replace("rhflow: 1", "rhflow: 7"),
    "an alias bomb": "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\nrhflow: 1\n",
}


@pytest.mark.parametrize("text", BROKEN_TEXTS.values(), ids=BROKEN_TEXTS)
def test_2_the_text_is_wrong(front: Front, untouched: FarSide, text: str) -> None:
    front.write("film.rhflow.yaml", text)
    for words in (("check",), ("plan",), ("run", "--yes")):
        said = front.call(words[0], "film.rhflow.yaml", *words[1:])
        assert said.code == 2, said.err
        assert said.err.startswith("film.rhflow.yaml:"), said.err
        assert said.out == ""
    assert not list((front.folder / ".rhflow").rglob("plan.json"))


USAGE = {
    "run nowhere.yaml": "There is no file nowhere.yaml",
    "run .": "is a folder",
    "run still.rhflow.yaml -i style": "gives no value",
    "run still.rhflow.yaml -i =ink": "gives no value",
    "run still.rhflow.yaml -i style=ink": "style",
    "run still.rhflow.yaml --inputs nowhere.yaml": "nowhere.yaml cannot be read",
    "run still.rhflow.yaml --inputs list.yaml": "no mapping",
    "run still.rhflow.yaml --inputs bad.yaml": "bad.yaml:1",
    "run still.rhflow.yaml --strange": "--strange",
    "run": "FILE",
    "run still.rhflow.yaml --provider nobody": "'nobody' is no provider",
    "run still.rhflow.yaml --max-cost 12_EUR --yes": "EUR",
    "run still.rhflow.yaml --max-cost -3": "--max-cost",
    "run still.rhflow.yaml --max-cost 0x10": "--max-cost",
    "run still.rhflow.yaml --concurrency 0": "concurrency",
    "run still.rhflow.yaml --events nowhere/e.jsonl": "cannot be written",
    "run still.rhflow.yaml --quick": "simulator",
    "run still.rhflow.yaml": "nobody is here to agree",
    "run still.rhflow.yaml --frozen": "still",
    "run still.rhflow.yaml --only nothing": "nothing",
    "run still.rhflow.yaml --until nothing": "nothing",
    "run still.rhflow.yaml --plan nowhere.json": "nowhere.json",
    "run still.rhflow.yaml --plan list.yaml": "list.yaml",
    "plan still.rhflow.yaml -o nowhere/plan.json": "cannot be written",
    "check still.rhflow.yaml --format prose": "prose",
    "models show nothing-like-it": "nothing-like-it",
    "models show": "NAME",
    "resume": "no runs",
    "show 2020": "no runs",
    "settle 2020 still --repeat": "no runs",
    "settle 2020 still": "--task-id",
    "settle 2020 still --repeat --abandon": "one of",
    "init": "is there already",
    "init list.yaml": "list.yaml",
    "simulate --port 99999": "65535",
    "chek still.rhflow.yaml": "check",
    "--strange": "--strange",
}


@pytest.mark.parametrize(("line", "told"), USAGE.items(), ids=USAGE)
def test_2_the_command_line_is_wrong(still: Front, untouched: FarSide, line: str, told: str) -> None:
    still.write("list.yaml", "[1, 2]")
    still.write("bad.yaml", "a: [")
    still.write("film.rhflow.yaml", STILL)
    words = [word.replace("_", " ") for word in line.split()]
    said = still.call(*words)
    assert said.code == 2, said.err
    assert told in said.err
    assert said.out == ""


def test_2_no_files_are_made_by_a_wrong_command(still: Front, untouched: FarSide) -> None:
    still.call("run", "still.rhflow.yaml")
    still.call("run", "still.rhflow.yaml", "--strange")
    assert not (still.folder / "out").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RHFLOW_PROVIDER", "nobody"),
        ("RHFLOW_CONCURRENCY", "many"),
        ("RHFLOW_CONCURRENCY", "0"),
        ("RHFLOW_POLL", "-1"),
        ("RHFLOW_POLL", "nan"),
        ("RHFLOW_BUDGET", "much"),
        ("RUNNINGHUB_BASE_URL", "www.runninghub.cn"),
        ("RUNNINGHUB_API_KEY_FILE", "nowhere.txt"),
    ],
)
def test_2_the_environment_is_wrong(
    still: Front, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    for words in (("plan", "still.rhflow.yaml"), ("run", "still.rhflow.yaml", "--yes"), ("runs",)):
        said = still.call(*words)
        assert said.code == 2, (words, said.err)
        assert value.lstrip("-") in said.err


def test_2_the_settings_file_is_wrong(still: Front) -> None:
    for text in ("provider = ", "provider = 1", "strange = 1", 'budget = "much"', "\0"):
        still.write("rhflow.toml", text)
        said = still.call("plan", "still.rhflow.yaml")
        assert said.code == 2, text
        assert len(said.err.splitlines()) <= 3


# -- 4 ------------------------------------------------------------------------------------------------


def test_4_no_key(still: Front, far_side: Callable[..., FarSide]) -> None:
    far = far_side(key=None)
    said = still.call(*RUN)
    assert said.code == 4
    assert "RUNNINGHUB_API_KEY" in said.err
    assert far.bill() == []
    assert still.json("runs", "runs")["runs"] == [], "a run that cannot begin is not written down"


def test_4_a_wrong_key(still: Front, far_side: Callable[..., FarSide]) -> None:
    far = far_side(accept_keys=frozenset({"ffffffffffffffffffffffffffffffff"}))
    said = still.call(*RUN)
    assert said.code == 4
    assert "[1002]" in said.err or "key" in said.err
    assert os.environ["RUNNINGHUB_API_KEY"] not in said.err + said.out
    assert far.bill() == []
    document = still.json("run", "show")
    assert document["tasks"]["still"]["state"] in ("ready", "backoff"), "it is to be bought later"
    assert document["cost"]["charged"] == "0.00"


def test_4_no_money(front: Front, far_side: Callable[..., FarSide], monkeypatch: pytest.MonkeyPatch) -> None:
    far = far_side(wallet=Decimal("0.2"))
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(("a heron", "it flies up")))
    said = front.call("run", "board.rhflow.yaml", "--yes")
    assert said.code == 4
    assert "The balance is 0.20 CNY" in said.err
    assert far.bill() == []
    far.faults({"on": "account", "answer": {"status": 502, "body": "no"}})  # nobody knows beforehand
    said = front.call("run", "board.rhflow.yaml", "--yes")
    assert said.code == 4
    assert "Top up" in said.err
    assert "rhflow resume" in said.err
    assert len(far.bill()) == 1, "the still was paid for"
    rich = far_side()  # the same site, after a payment: another purse, other jobs
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", rich.address)


# -- 5, 6 ---------------------------------------------------------------------------------------------


def test_5_answers_that_are_no_answers(still: Front, far: FarSide) -> None:
    far.faults({"on": "query", "answer": {"status": 502, "body": "<html>bad gateway</html>"}})
    said = still.call(*RUN)
    assert said.code == 5
    assert "rhflow resume" in said.err
    assert len(far.bill()) == 1
    far.faults()
    assert still.call("resume").code == 0
    assert len(far.bill()) == 1, "what was bought is collected, not bought again"


def _closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("address", ["a closed port", "http://nowhere.invalid", "https://127.0.0.1:PORT"])
def test_6_no_way_there(
    still: Front,
    far: FarSide,
    hurried: None,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    address = _closed_port() if address == "a closed port" else address.replace("PORT", far.address[-5:])
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", address)
    document = still.json("run", *RUN, code=6)
    assert document["status"] == "stopped"
    assert document["problems"][0]["name"] == "network"
    assert document["tasks"]["still"]["state"] == "backoff"
    assert far.bill() == []
    assert still.call("resume").code == 6


# -- 7 ------------------------------------------------------------------------------------------------


def test_7_a_limit_below_the_plan(front: Front, far: FarSide) -> None:
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(("a heron", "it flies up"), ("an otter", "it dives")))
    said = front.call("run", "board.rhflow.yaml", "--max-cost", "1.30")
    assert said.code == 7
    assert "1.30 CNY" in said.err
    bought = sum(Decimal(entry["price"]) for entry in far.bill())
    assert bought <= Decimal("1.30")
    assert "was not bought" in said.err
    assert front.json("run", "show")["status"] == "over_budget"
    for _ in range(3):
        assert front.call("resume").code == 7, "the consent goes on with the run, and so does its limit"
    bought = sum(Decimal(entry["price"]) for entry in far.bill())
    assert bought <= Decimal("1.30")
    assert front.call("run", "board.rhflow.yaml", "--max-cost", "2.02").code == 0
    assert len(far.bill()) == 4


def test_7_the_budget_of_the_environment(still: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHFLOW_BUDGET", "0.13 CNY")
    assert still.call(*RUN).code == 7
    assert far.bill() == []
    monkeypatch.setenv("RHFLOW_BUDGET", "0.14 CNY")
    assert still.call(*RUN).code == 0


def test_7_the_budget_of_the_text(front: Front, far: FarSide) -> None:
    """How many shots there are, only the data says; so the text alone cannot be found too dear."""
    front.write("board.rhflow.yaml", STILL_AND_CLIP.replace("name: board", "name: board\nbudget: 1 CNY", 1))
    front.write("board.yaml", board(("a heron", "it flies up")))
    said = front.call("run", "board.rhflow.yaml", "--yes")
    assert said.code in (2, 7), said.err
    assert "1 CNY" in said.err
    assert len(far.bill()) <= 1


def test_7_a_price_that_nobody_publishes(front: Front, far: FarSide) -> None:
    unpriced = next(
        model
        for model in front.json("models", "models")["models"]
        if model["price"] == "unknown"
        and model["endpoint"]
        and model["task"] == "text-to-image"
        and not model["deprecated"]
    )
    example = front.json("models", "models", "show", unpriced["endpoint"])["models"][0]["example"]
    step = "".join(line for line in _indented(example).splitlines(keepends=True) if "max_cost" not in line)
    front.write("unpriced.rhflow.yaml", f"rhflow: 1\nname: unpriced\nsteps:\n{step}")
    said = front.call("run", "unpriced.rhflow.yaml", "--yes")
    assert said.code == 7, said.err
    assert "--allow-unknown-price" in said.err
    assert "max_cost" in said.err
    assert far.bill() == []
    assert front.call("run", "unpriced.rhflow.yaml", "--yes", "--allow-unknown-price").code == 0
    assert len(far.bill()) == 1


def _indented(example: str) -> str:
    lines = example.removeprefix("steps:\n").splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "".join(f"  {line[margin:]}\n" for line in lines)


# -- 8 ------------------------------------------------------------------------------------------------


def _doubt(front: Front, far: FarSide) -> str:
    """A run whose only submit was accepted without a word; its id."""
    far.faults({"on": "submit", "nth": 1, "do": "drop_after"})
    document = front.json("run", *RUN, code=8)
    assert document["status"] == "undecided"
    assert [(item["task"], item["for"]) for item in document["waiting"]] == [("still", "settle")]
    assert len(far.bill()) == 1
    again = front.call("resume")
    assert again.code == 8
    assert "rhflow settle" in again.err
    assert front.call(*RUN).code == 8, "a new run is in the same doubt: it buys nothing"
    assert len(far.bill()) == 1
    return str(document["run"])


def test_8_settled_by_the_vendors_records(still: Front, far: FarSide) -> None:
    run = _doubt(still, far)
    job = far.tasks()[0]["task_id"]
    settled = still.json("settle", "settle", run, "still", "--task-id", job)
    assert (settled["run"], settled["state"]) == (run, "submitted")
    assert still.call("resume", run).code == 0
    assert still.json("run", "show", run)["tasks"]["still"]["attempts"][0]["task_id"] == job
    assert len(far.bill()) == 1


def test_8_settled_by_buying_again(still: Front, far: FarSide) -> None:
    run = _doubt(still, far)
    assert still.call("settle", run, "still", "--repeat").code == 0
    assert len(far.bill()) == 1, "settling decides; resuming buys"
    assert still.call("resume", run).code == 0
    assert len(far.bill()) == 2


def test_8_settled_by_writing_it_off(still: Front, far: FarSide) -> None:
    run = _doubt(still, far)
    assert still.call("settle", run, "still", "--abandon").code == 0
    assert still.call("resume", run).code == 1
    assert len(far.bill()) == 1
    assert still.call("settle", run, "still", "--repeat").code == 2, "there is no doubt any more"


@pytest.mark.parametrize("job", ["", "x", "12345678901234567890; drop table", "a" * 65, "näher"])
def test_8_a_task_id_that_is_none(still: Front, far: FarSide, job: str) -> None:
    run = _doubt(still, far)
    assert still.call("settle", run, "still", "--task-id", job).code == 2
    assert still.call("resume", run).code == 8


def test_8_a_task_id_that_nobody_knows(still: Front, far: FarSide) -> None:
    run = _doubt(still, far)
    assert still.call("settle", run, "still", "--task-id", "1111111111111111111").code == 0
    said = still.call("resume", run)
    assert said.code == 5, said.err
    assert "--abandon" in said.err
    assert len(far.bill()) == 1


# -- 9 ------------------------------------------------------------------------------------------------


def _journal(front: Front) -> Path:
    return front.folder / ".rhflow" / "journal.db"


@pytest.mark.parametrize("cut", ["garbage", "truncated", "spoiled"])
def test_9_a_damaged_journal_blocks(still: Front, far: FarSide, cut: str) -> None:
    still.ok(*RUN)
    path = _journal(still)
    whole = path.read_bytes()
    if cut == "garbage":
        path.write_bytes(b"this is no database" * 1000)
    elif cut == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    still.write("second.rhflow.yaml", STILL.replace("a heron", "two herons"))
    for words in (("run", "second.rhflow.yaml", "--yes"), ("resume",), ("show",), RUN):
        said = still.call(*words)
        assert said.code == 9, (words, said.err)
        assert "journal.db" in said.err
    assert len(far.bill()) == 1, "unreadable state never buys"
    path.write_bytes(whole)
    assert still.call(*RUN).code == 0
    assert len(far.bill()) == 1


def test_9_an_event_is_missing(still: Front, far: FarSide) -> None:
    still.ok(*RUN)
    with sqlite3.connect(_journal(still)) as database:
        database.execute("delete from events where seq = 2")
    database.close()
    said = still.call("resume")
    assert said.code == 9
    assert "lacks event 2" in said.err
    assert len(far.bill()) == 1


def test_9_a_home_that_is_a_file(still: Front, far: FarSide) -> None:
    still.write("file", "x")
    said = still.call(*RUN, "--home", "file")
    assert said.code == 9
    assert "--home" in said.err
    assert far.bill() == []


def test_9_nowhere_to_keep_the_bytes(still: Front, far: FarSide) -> None:
    still.write(".rhflow/objects", "a file in place of the folder")
    said = still.call(*RUN)
    assert said.code == 9
    assert len(far.bill()) <= 1
    document = still.json("run", "resume", code=9)
    assert document["run"] is not None
    assert document["problems"]
    (still.folder / ".rhflow" / "objects").unlink()
    assert still.call("resume").code == 0
    assert len(far.bill()) == 1


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, where this machine lets us have one."""
    if sys.platform != "linux":
        pytest.skip("only Linux gives a test a disk of its own")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError as error:
        pytest.skip(f"no mount: {error}")
    if done.returncode:
        pytest.skip("this machine does not let us mount a disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_9_a_full_disk(still: Front, far: FarSide, tiny_disk: Path) -> None:
    home = tiny_disk / ".rhflow"
    filler = tiny_disk / "filler"
    still.ok("run", "still.rhflow.yaml", "--yes", "--home", str(home), "--out", "out")
    still.write("second.rhflow.yaml", STILL.replace("a heron", "two herons"))
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 1024)
        except OSError:
            pass
    for _ in range(2):
        said = still.call("run", "second.rhflow.yaml", "--yes", "--home", str(home), "--out", "out")
        assert said.code == 9, said.err
        assert "disk is full" in said.err
    bought = len(far.bill())
    assert bought <= 2, "what cannot be written down is not bought, and not twice"
    filler.unlink()
    still.ok("run", "second.rhflow.yaml", "--yes", "--home", str(home), "--out", "out")
    assert len(far.bill()) == 2
