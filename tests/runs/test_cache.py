"""End to end: what is made, what is bought, and what is not bought again."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rhflow.media.probe import probe
from tests.cli.front import ROOT, STILL_AND_CLIP, FarSide, Front, board

HERON = ("a heron", "it flies up")
OTTER = ("an otter", "it dives")
TOAD = ("a toad", "it looks at us")
RUN = ("run", "board.rhflow.yaml", "--yes")


@pytest.fixture
def film(front: Front) -> Front:
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(HERON, OTTER))
    return front


def asked(far: FarSide) -> Counter[tuple[str, str]]:
    """What was bought: (model's last word, prompt)."""
    return Counter((job["endpoint"].rpartition("/")[2], job["arguments"]["prompt"]) for job in far.tasks())


def verdicts(front: Front) -> dict[str, tuple[str, list[str]]]:
    document = front.json("plan", "plan", "board.rhflow.yaml")
    return {task["id"]: (task["verdict"], task["why"]) for task in document["tasks"]}


# -- the storyboard of the examples -------------------------------------------------------------------


def test_the_storyboard_of_the_examples(front: Front, far: FarSide) -> None:
    for name in ("pipelines", "examples", "schemas"):
        source = ROOT / name
        shutil.copytree(source, front.folder / name, ignore=shutil.ignore_patterns("models"))
    words = ("run", "pipelines/storyboard.rhflow.yaml", "--yes", "--concurrency", "16")
    made = front.json("run", *words)
    bought = len(far.bill())
    assert made["counts"] == {
        "run": bought + 1,
        "cached": 0,
        "skipped": 0,
        "failed": 0,
        "waiting": 0,
        "doubtful": 0,
    }
    film = probe(Path(made["outputs"]["film"]))
    assert film is not None
    assert film.kind == "video"
    shots = [task for name, task in made["tasks"].items() if name.endswith((".sharp", "opening"))]
    wanted = sum(task["outputs"][0]["seconds"] for task in shots)
    assert film.seconds == pytest.approx(wanted, abs=0.5)
    assert film.has_audio

    again = front.json("run", *words)
    assert again["counts"]["cached"] == bought + 1
    assert again["counts"]["run"] == 0
    assert len(far.bill()) == bought
    assert again["outputs"] == made["outputs"]


# -- the cone -----------------------------------------------------------------------------------------


def test_a_changed_word_runs_its_cone_and_no_more(film: Front, far: FarSide) -> None:
    film.ok(*RUN)
    before = asked(far)
    assert sum(before.values()) == 4
    film.write("board.yaml", board(HERON, ("an otter", "it dives deeply")))
    said = verdicts(film)
    assert {name: verdict for name, (verdict, _) in said.items()} == {
        "shots[0].still": "cached",
        "shots[0].clip": "cached",
        "shots[1].still": "cached",
        "shots[1].clip": "run",
        "film": "run_unless_identical",
    }
    (why, *_) = said["shots[1].clip"][1]
    assert "prompt" in why
    assert "deeply" in why
    assert "shots[1].clip" in said["film"][1][0]
    document = film.json("run", *RUN)
    assert document["counts"]["run"] == 2
    assert document["counts"]["cached"] == 3
    assert asked(far) - before == Counter({("image-to-video", "it dives deeply"): 1})


def test_a_changed_still_runs_what_stands_on_it(film: Front, far: FarSide) -> None:
    film.ok(*RUN)
    before = asked(far)
    film.write("board.yaml", board(("a grey heron", "it flies up"), OTTER))
    said = verdicts(film)
    runs = {name for name, (verdict, _) in said.items() if verdict != "cached"}
    assert runs == {"shots[0].still", "shots[0].clip", "film"}
    assert "grey" in said["shots[0].still"][1][0]
    film.ok(*RUN)
    assert asked(far) - before == Counter(
        {("text-to-image", "a grey heron"): 1, ("image-to-video", "it flies up"): 1}
    )


def test_a_shot_more_buys_that_shot(film: Front, far: FarSide) -> None:
    film.ok(*RUN)
    before = asked(far)
    film.write("board.yaml", board(HERON, TOAD, OTTER))  # in the middle: the others move, and nothing else
    document = film.json("run", *RUN)
    assert asked(far) - before == Counter({("text-to-image", TOAD[0]): 1, ("image-to-video", TOAD[1]): 1})
    assert document["counts"]["cached"] == 4
    seconds = document["tasks"]["film"]["outputs"][0]["seconds"]
    film.write("board.yaml", board(HERON, OTTER))
    shorter = film.json("run", *RUN)
    assert shorter["counts"]["cached"] == 5, "the old film is there still"
    assert shorter["tasks"]["film"]["outputs"][0]["seconds"] < seconds
    assert sum(asked(far).values()) == 6


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("still", "picture").replace("clip:", "move:").replace(".clip.", ".move."),
        lambda text: text.replace("name: board", "name: pond"),
        lambda text: text.replace("as: shot", "as: s").replace("{{ shot.", "{{ s."),
        lambda text: text.replace(
            "    with: {clips", "    label: the film\n    save_as: film\n    with: {clips"
        ),
        lambda text: "# a remark\n" + text.replace("\n", "\n\n"),
        lambda text: text.replace("name: board\n", "name: board\nbudget: 50 CNY\nabout: herons\n"),
        lambda text: text.replace("duration: 6", 'duration: "6"'),
    ],
    ids=["steps", "pipeline", "variable", "label", "layout", "budget", "spelling"],
)
def test_another_name_or_order_buys_nothing(film: Front, far: FarSide, change: Callable[[str], str]) -> None:
    film.ok(*RUN)
    changed = change(STILL_AND_CLIP)
    assert changed != STILL_AND_CLIP
    film.write("board.rhflow.yaml", changed)
    document = film.json("run", *RUN)
    assert document["counts"]["run"] == 0, {name: task["state"] for name, task in document["tasks"].items()}
    assert len(far.bill()) == 4


def test_another_order_of_the_shots_makes_another_film_and_buys_nothing(film: Front, far: FarSide) -> None:
    first = film.json("run", *RUN)
    film.write("board.yaml", board(OTTER, HERON))
    second = film.json("run", *RUN)
    assert len(far.bill()) == 4
    assert second["counts"]["run"] == 1
    digests = [run["tasks"]["film"]["outputs"][0]["sha256"] for run in (first, second)]
    assert digests[0] != digests[1]


def test_twins_are_bought_once(front: Front, far: FarSide) -> None:
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(HERON, HERON, OTTER, HERON))
    document = front.json("run", *RUN)
    assert document["status"] == "done"
    assert len(far.bill()) == 4
    assert max(asked(far).values()) == 1
    charged = [task["cost"]["charged"] for task in document["tasks"].values() if task["cost"]["charged"]]
    assert len(charged) <= 4


def test_only_and_until_and_frozen(film: Front, far: FarSide) -> None:
    document = film.json("run", *RUN, "--until", "shots.still")
    assert set(document["tasks"]) == {"shots[0].still", "shots[1].still"}
    assert len(far.bill()) == 2
    assert film.call(*RUN, "--frozen").code == 2
    assert len(far.bill()) == 2
    film.ok(*RUN)
    document = film.json("run", *RUN, "--frozen")
    assert document["counts"]["cached"] == 5
    assert len(far.bill()) == 4


def test_a_frozen_plan_is_carried_out_or_refused(film: Front, far: FarSide) -> None:
    film.ok("plan", "board.rhflow.yaml", "-o", "plan.json")
    assert far.bill() == []
    film.write("board.yaml", board(HERON, ("an otter", "it sleeps")))
    said = film.call(*RUN, "--plan", "plan.json")
    assert said.code == 2, said.err
    assert far.bill() == []
    film.write("board.yaml", board(HERON, OTTER))
    film.ok(*RUN, "--plan", "plan.json")
    assert len(far.bill()) == 4


# -- the author's own files ---------------------------------------------------------------------------

PICTURE = """\
rhflow: 1
name: picture
inputs:
  picture: {type: image, default: picture.png}
  words: {type: data, default: words.json}
steps:
  shots:
    foreach: ${{ inputs.words }}
    as: words
    steps:
      clip:
        uses: hailuo-2.3-fast/image-to-video
        with:
          prompt: ${{ words }}
          imageUrl: ${{ inputs.picture }}
          duration: 6
          enablePromptExpansion: true
"""


@pytest.fixture
def picture(front: Front) -> Front:
    front.write("picture.rhflow.yaml", PICTURE)
    front.write("words.json", json.dumps(["it moves", "it stands", "it falls"]))
    Image.new("RGB", (64, 36), "teal").save(front.folder / "picture.png")
    return front


def test_a_file_is_brought_over_once(picture: Front, far: FarSide) -> None:
    plan = picture.json("plan", "plan", "picture.rhflow.yaml")
    path = picture.folder / "picture.png"
    assert plan["uploads"] == [{"path": str(path), "bytes": path.stat().st_size}]
    words = ("run", "picture.rhflow.yaml", "--yes")
    picture.ok(*words)
    assert (len(far.bill()), far.uploads()) == (3, 1)
    picture.write("words.json", json.dumps(["it moves", "it stands", "it falls", "it rises"]))
    picture.ok(*words)
    assert (len(far.bill()), far.uploads()) == (4, 1)
    path.rename(picture.folder / "other.png")
    picture.ok(*words, "-i", "picture=other.png")
    assert (len(far.bill()), far.uploads()) == (4, 1), "the bytes count, not the name"


def test_another_picture_is_another_request(picture: Front, far: FarSide) -> None:
    words = ("run", "picture.rhflow.yaml", "--yes")
    picture.ok(*words)
    path = picture.folder / "picture.png"
    Image.new("RGB", (64, 36), "navy").save(path)
    plan = picture.json("plan", "plan", "picture.rhflow.yaml")
    assert plan["counts"] == {"run": 3}
    assert "imageUrl" in plan["tasks"][0]["why"][0]
    picture.ok(*words)
    assert (len(far.bill()), far.uploads()) == (6, 2)
    os.utime(path, (1, 1))
    picture.ok(*words)
    assert (len(far.bill()), far.uploads()) == (6, 2), "a touched file is the same file"


def test_an_upload_that_has_died_is_brought_again(picture: Front, far: FarSide) -> None:
    picture.ok("run", "picture.rhflow.yaml", "--yes")
    assert far.client.post("/simulator/clock", json={"advance_s": 90_000}).status_code == 200
    picture.write("words.json", json.dumps(["it moves", "it stands", "it falls", "it rises"]))
    picture.ok("run", "picture.rhflow.yaml", "--yes")
    assert (len(far.bill()), far.uploads()) == (4, 2)


# -- the copies for people ----------------------------------------------------------------------------


def _results(document: Any) -> list[Path]:
    return [Path(item["path"]) for task in document["tasks"].values() for item in task["outputs"]]


def test_copies_are_no_links_and_never_overwrite_a_persons_work(film: Front, far: FarSide) -> None:
    document = film.json("run", *RUN)
    film_path = Path(document["outputs"]["film"])
    for path in [*_results(document), film_path]:
        assert path.is_file()
        assert path.stat().st_nlink == 1, "a hard link would let a person's change reach the store"
        assert os.access(path, os.W_OK)
    still = next(path for path in _results(document) if path.suffix == ".png")
    still.write_bytes(b"painted over by hand")
    film_path.unlink()
    again = film.json("run", *RUN)
    assert again["counts"]["cached"] == 5
    assert len(far.bill()) == 4
    assert film_path.is_file(), "what was deleted is there again"
    kept = list(still.parent.glob(f"{still.stem}.kept-*"))
    assert [path.read_bytes() for path in kept] == [b"painted over by hand"]
    assert probe(still) is not None
    film.ok(*RUN)
    assert list(still.parent.glob("*.kept-*")) == kept


def test_a_file_that_was_there_before_us_is_kept(film: Front, far: FarSide) -> None:
    film.write("out/board/film.mp4", b"my own film")
    film.ok(*RUN)
    (kept,) = (film.folder / "out" / "board").glob("film.kept-*")
    assert kept.read_bytes() == b"my own film"


def test_a_result_that_was_spoiled_in_the_store_is_mended_and_not_bought(film: Front, far: FarSide) -> None:
    document = film.json("run", *RUN)
    digest = document["tasks"]["shots[0].still"]["outputs"][0]["sha256"]
    blob = film.folder / ".rhflow" / "objects" / digest[:2] / digest[2:]
    whole = blob.read_bytes()
    blob.chmod(0o600)
    blob.write_bytes(whole[:-1] + b"\0")
    said = verdicts(film)
    assert said["shots[0].clip"][0] in ("cached", "run_unless_identical", "run")
    film.ok(*RUN)
    assert len(far.bill()) == 4, "it was mended, and not bought again"
    assert blob.read_bytes() == whole
