"""A run carried to another machine: everything is there, nothing is bought, nothing secret went along."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rhflow.app import crate
from rhflow.app.crate import opened_crate
from rhflow.ground.errors import UsageError
from rhflow.ground.hashing import digest_bytes
from tests.cli.front import KEY, FarSide, Front, board
from tests.runs.conftest import HERON, OTTER

MARK = "s3cr3t-m4rk-of-a-signature"
PART = """\
rhflow: 1
name: part
inputs:
  prompt: {type: string}
  looks: {type: data, default: looks.yaml}
steps:
  still:
    uses: seedream-v4/text-to-image
    with: {prompt: "${{ inputs.prompt }}, ${{ inputs.looks.light }}"}
outputs:
  still: ${{ steps.still.image }}
"""
WHOLE = """\
rhflow: 1
name: whole
inputs:
  words: {type: string}
  picture: {type: image, default: ../media/picture.png}
  moves: {type: data}
steps:
  part:
    uses: ../parts/part.rhflow.yaml
    with: {prompt: "${{ inputs.words }}"}
  clip:
    uses: hailuo-2.3-fast/image-to-video
    with:
      prompt: ${{ inputs.moves.of_clip }}
      imageUrl: ${{ inputs.picture }}
      duration: 6
      enablePromptExpansion: true
outputs:
  still: ${{ steps.part.outputs.still }}
  clip: ${{ steps.clip.video }}
  words: ${{ inputs.words }}
"""


class Elsewhere:
    """Another machine: another folder, another home, nothing of the first one."""

    def __init__(self, front: Front, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / ".rhflow").mkdir(parents=True)
        self.front = Front(folder)
        self.home = folder / ".rhflow"
        self._here, self._there, self._patch = front.folder, folder, monkeypatch

    def __enter__(self) -> Front:
        self._patch.chdir(self._there)
        return self.front

    def __exit__(self, *_: object) -> None:
        self._patch.chdir(self._here)


@pytest.fixture
def elsewhere(front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    return Elsewhere(front, tmp_path / "elsewhere", monkeypatch)


@pytest.fixture
def film(paid: Front) -> Front:
    return paid


@pytest.fixture
def far(paid_far: FarSide) -> FarSide:
    return paid_far


@pytest.fixture
def packed(film: Front) -> Path:
    """The film's run as a crate."""
    run = next(row for row in film.json("runs", "runs")["runs"] if row["pipeline"] == "board")["run"]
    document = film.json("cache_export", "cache", "export", run, "-o", "film.crate.zip")
    assert document["left_out"] == []
    return film.folder / "film.crate.zip"


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def graph(path: Path) -> dict[str, Any]:
    document = json.loads(members(path)[crate.METADATA])
    return {entity["@id"]: entity for entity in document["@graph"]}


def ids(value: Any) -> list[str]:
    return [item["@id"] for item in (value if isinstance(value, list) else [value])]


# -- what is in it ----------------------------------------------------------------------------------------


def test_a_crate_holds_pipeline_results_story_and_plan(packed: Path) -> None:
    found = members(packed)
    assert set(found) >= {
        "pipeline/board.rhflow.yaml",
        "pipeline/board.yaml",
        "artifacts/film.mp4",
        "artifacts/shots-00.still.png",
        "artifacts/shots-01.clip.mp4",
        crate.PLAN,
        crate.EVENTS,
        crate.RESULTS,
        crate.RECORD,
        crate.METADATA,
        "README.md",
    }
    record = json.loads(found[crate.RECORD])
    for name, promised in record["files"].items():
        assert promised == {"sha256": digest_bytes(found[name]), "bytes": len(found[name])}
    results = json.loads(found[crate.RESULTS])
    assert {item["task"] for item in results} == {
        "film",
        *(f"shots[{number}].{step}" for number in range(2) for step in ("still", "clip")),
    }
    paid = {item["task"]: item["usage"]["third_party"] for item in results if item["task"] != "film"}
    assert set(paid.values()) == {"0.14", "1.01"}


def test_the_metadata_is_a_provenance_run_crate(packed: Path) -> None:
    """The profile's own validator (roc-validator 0.13) passes such a crate; here is what it looks at."""
    told = graph(packed)
    descriptor, root = told["ro-crate-metadata.json"], told["./"]
    assert ids(descriptor["about"]) == ["./"]
    assert "https://w3id.org/ro/wfrun/provenance/0.5" in ids(root["conformsTo"])
    assert set(ids(root["conformsTo"])) <= set(told)
    assert set(members(packed)) - {crate.METADATA, crate.RECORD} == set(ids(root["hasPart"]))
    (workflow,) = ids(root["mainEntity"])
    flow = told[workflow]
    assert set(flow["@type"]) == {"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"}
    for name in ("hasPart", "step", "output", "programmingLanguage"):
        assert set(ids(flow[name])) <= set(told), name
    tools, steps = ids(flow["hasPart"]), ids(flow["step"])
    actions = [item for item in told.values() if item["@type"] == "CreateAction"]
    assert {tool for action in actions for tool in ids(action["instrument"])} == {*tools, workflow}
    assert {ids(told[step]["workExample"])[0] for step in steps} <= set(tools)
    controls = [item for item in told.values() if item["@type"] == "ControlAction"]
    assert {ids(item["instrument"])[0] for item in controls} == set(steps)
    assert len(controls) == len(actions) - 1 == 5
    clip = told["#task/shots%5B0%5D.clip"]
    assert ids(clip["result"]) == ["artifacts/shots-00.clip.mp4"]
    assert "artifacts/shots-00.still.png" in ids(clip["object"])
    cost = told[ids(clip["resourceUsage"])[0]]
    assert (cost["value"], cost["unitCode"]) == ("1.01", "CNY")
    output = told["#output/film"]
    assert ids(output["workExample"]) == ["artifacts/film.mp4"]
    assert ids(told["artifacts/film.mp4"]["exampleOfWork"]) == ["#output/film"]
    for entity in told.values():
        for name, value in entity.items():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict) and not item["@id"].startswith("http"):
                    assert item["@id"] in told, f"{entity['@id']} {name}: {item}"


def test_equal_runs_have_equal_metadata_and_names_are_escaped_only_in_it(film: Front, far: FarSide) -> None:
    shutil.copy("board.rhflow.yaml", "my film.rhflow.yaml")
    run = film.json("run", "run", "my film.rhflow.yaml", "--yes")["run"]
    for name in ("first.zip", "second.zip"):
        film.ok("cache", "export", run, "-o", name)
    first, second = members(film.folder / "first.zip"), members(film.folder / "second.zip")
    assert first == second
    assert "pipeline/my film.rhflow.yaml" in first
    told = graph(film.folder / "first.zip")
    assert ids(told["./"]["mainEntity"]) == ["pipeline/my%20film.rhflow.yaml"]
    assert ids(told["./"]["mainEntity"])[0] in ids(told["./"]["hasPart"])


def test_the_pipeline_tells_its_steps_in_their_order(packed: Path) -> None:
    told = graph(packed)
    flow = told[ids(told["./"]["mainEntity"])[0]]
    assert [told[step]["position"] for step in ids(flow["step"])] == ["1", "2", "3"]
    assert ids(flow["programmingLanguage"]) == ["#rhflow"]
    assert told["#rhflow"] == {"@id": "#rhflow", "@type": "ComputerLanguage", "name": "rhflow pipeline"}
    assert json.loads(members(packed)[crate.METADATA])["@context"] == [
        "https://w3id.org/ro/crate/1.1/context",
        "https://w3id.org/ro/terms/workflow-run/context",
    ]
    assert ids(told[crate.METADATA]["conformsTo"]) == [
        "https://w3id.org/ro/crate/1.1",
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    ]


# -- without the library that writes metadata ---------------------------------------------------------------


def test_without_the_extra_an_export_says_what_to_install_and_an_import_works(
    film: Front, packed: Path, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = json.loads(members(packed)[crate.RECORD])["run"]["id"]
    for name in ("rocrate", "rocrate.model", "rocrate.rocrate"):
        monkeypatch.setitem(sys.modules, name, None)
    said = film.call("cache", "export", run, "-o", "x.zip")
    assert said.code == 2
    assert "Exporting needs the package rocrate" in said.err
    assert "rhflow[crate]" in said.err
    assert list(film.folder.glob("*x.zip*")) == []
    with elsewhere as there:
        there.ok("cache", "import", packed, "--files", "film")
        assert there.json("run", "run", "film/board.rhflow.yaml", "--frozen")["counts"]["cached"] == 5


def test_the_library_is_loaded_by_an_export_alone() -> None:
    asked = (
        "import sys, rhflow.cli.commands.cache; print({'rocrate', 'requests', 'jinja2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# -- elsewhere --------------------------------------------------------------------------------------------


def test_elsewhere_the_same_pipeline_buys_nothing(
    film: Front, far: FarSide, packed: Path, elsewhere: Elsewhere
) -> None:
    with elsewhere as there:
        document = there.json("cache_import", "cache", "import", packed, "--files", "film")
        assert (document["results"], document["kept"], document["is_known"]) == (5, 0, False)
        assert Path(document["workflow"]).read_bytes() == (film.folder / "board.rhflow.yaml").read_bytes()
        plan = there.json("plan", "plan", "film/board.rhflow.yaml")
        assert {task["verdict"] for task in plan["tasks"]} == {"cached"}
        made = there.json("run", "run", "film/board.rhflow.yaml", "--frozen")
        assert made["counts"]["cached"] == 5
        assert len(far.bill()) == 4
        ours = film.folder / "out" / "board" / "film.mp4"
        assert Path(made["outputs"]["film"]).read_bytes() == ours.read_bytes()
        assert there.json("cache_verify", "cache", "verify")["unwell"] == []


@pytest.mark.parametrize("status", ["cancelled", "stopped", "undecided", "waiting"])
def test_a_run_that_did_not_come_to_its_end_can_be_carried_away(
    film: Front, far: FarSide, elsewhere: Elsewhere, status: str
) -> None:
    run = next(row for row in film.json("runs", "runs")["runs"] if row["pipeline"] == "board")["run"]
    with sqlite3.connect(film.folder / ".rhflow" / "journal.db") as journal:
        journal.execute("update runs set status = ? where id = ?", (status, run))
    journal.close()
    film.ok("cache", "export", run, "-o", "film.crate.zip")
    with elsewhere as there:
        assert there.json("cache_import", "cache", "import", film.folder / "film.crate.zip")["run"] == run
    assert len(far.bill()) == 4


def test_the_story_can_be_looked_at_there_and_costs_nothing_there(
    film: Front, far: FarSide, packed: Path, elsewhere: Elsewhere
) -> None:
    here = film.json("run", "show", json.loads(members(packed)[crate.RECORD])["run"]["id"])
    with elsewhere as there:
        run = there.json("cache_import", "cache", "import", packed)["run"]
        shown = there.json("run", "show", run)
        assert shown["status"] == "done"
        assert shown["cost"]["charged"] == here["cost"]["charged"] == "2.30"
        assert [row["run"] for row in there.json("runs", "runs")["runs"]] == [run]
        assert "(imported)" in there.ok("runs").out
        cost = there.json("cost", "cost")
        assert "2.30" not in json.dumps(cost), "what others paid is in no ledger of ours"
        with sqlite3.connect(elsewhere.home / "journal.db") as journal:
            assert journal.execute("select count(*) from attempts").fetchone() == (0,)
        journal.close()
        rows = there.json("cache_ls", "cache", "ls")["results"]
        assert {row["paid"] for row in rows if row["task"] != "film"} == {True}
        said = there.call("resume", run)
        assert said.code == 2
        assert "was imported" in said.err
        assert there.call("resume").code == 2
        assert there.call("settle", run, "shots[0].still", "--repeat").code == 2
    assert len(far.bill()) == 4


def test_what_was_imported_does_not_use_up_a_budget(
    film: Front, far: FarSide, packed: Path, elsewhere: Elsewhere
) -> None:
    with elsewhere as there:
        there.ok("cache", "import", packed, "--files", ".")
        there.write("board.yaml", board(HERON, ("a toad", "it looks")))
        made = there.json("run", "run", "board.rhflow.yaml", "--max-cost", "1.20")
        assert made["status"] == "done"
        assert made["counts"]["cached"] == 2
    assert len(far.bill()) == 6


def test_twice_is_once_and_ours_stays(film: Front, packed: Path, elsewhere: Elsewhere) -> None:
    with elsewhere as there:
        there.ok("cache", "import", packed)
        before = there.json("cache_ls", "cache", "ls")
        again = there.json("cache_import", "cache", "import", packed)
        assert (again["results"], again["kept"], again["is_known"]) == (0, 5, True)
        assert there.json("cache_ls", "cache", "ls") == before
    at_home = film.json("cache_import", "cache", "import", packed)
    assert (at_home["results"], at_home["kept"], at_home["is_known"]) == (0, 5, True)
    assert film.json("run", "show", at_home["run"])["cost"]["charged"] == "2.30"


def test_an_import_mends_what_is_damaged_here(film: Front, packed: Path) -> None:
    for path in (film.folder / ".rhflow" / "objects").glob("[0-9a-f][0-9a-f]/*"):
        path.chmod(0o600)
        path.write_bytes(b"spoiled")
    film.ok("cache", "import", packed)
    unwell = film.json("cache_verify", "cache", "verify", code=9)["unwell"]
    assert len(unwell) == 1, "only the still of the other run is damaged yet"


def test_a_crate_can_be_carried_on(film: Front, packed: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    with elsewhere as there:
        run = there.json("cache_import", "cache", "import", packed)["run"]
        document = there.json("cache_export", "cache", "export", run, "-o", "again.zip")
        assert document["results"] == 5
        assert document["left_out"] == []
        first, second = members(packed), members(elsewhere.front.folder / "again.zip")
        assert set(first) == set(second)
        for name in (crate.EVENTS, "pipeline/board.rhflow.yaml", "artifacts/film.mp4"):
            assert first[name] == second[name], name


def test_a_run_that_took_everything_from_the_store_is_a_whole_crate(
    film: Front, far: FarSide, elsewhere: Elsewhere
) -> None:
    run = film.json("run", "run", "board.rhflow.yaml", "--yes")["run"]
    document = film.json("cache_export", "cache", "export", run)
    assert document["results"] == 5
    assert document["path"] == f"board-{run}.crate.zip"
    with elsewhere as there:
        there.ok("cache", "import", film.folder / document["path"], "--files", ".")
        assert there.json("run", "run", "board.rhflow.yaml", "--frozen")["counts"]["cached"] == 5
    assert len(far.bill()) == 4


def test_parts_data_media_and_given_inputs_come_along(
    film: Front, far: FarSide, elsewhere: Elsewhere
) -> None:
    film.write("films/whole.rhflow.yaml", WHOLE)
    film.write("parts/part.rhflow.yaml", PART)
    film.write("parts/looks.yaml", "light: at dusk")
    (film.folder / "media").mkdir()
    Image.new("RGB", (64, 36), "teal").save(film.folder / "media" / "picture.png")
    film.write("moves.yaml", "of_clip: it moves")
    given = ("-i", "words=a lynx", "-i", "moves=moves.yaml")
    film.ok("run", "films/whole.rhflow.yaml", "--yes", *given)
    bought = len(far.bill())
    document = film.json("cache_export", "cache", "export", film.json("runs", "runs")["runs"][0]["run"])
    path = film.folder / document["path"]
    assert document["left_out"] == []
    assert {name for name in members(path) if name.startswith("pipeline/")} == {
        "pipeline/films/whole.rhflow.yaml",
        "pipeline/parts/part.rhflow.yaml",
        "pipeline/parts/looks.yaml",
        "pipeline/media/picture.png",
        "pipeline/moves.yaml",
    }
    assert str(film.folder) not in members(path)[crate.PLAN].decode(), "nobody's own paths"
    with elsewhere as there:
        said = there.ok("cache", "import", path, "--files", "x")
        assert "rhflow run x/films/whole.rhflow.yaml -i 'words=a lynx' -i moves=x/moves.yaml" in said.err
        given = ("-i", "words=a lynx", "-i", "moves=x/moves.yaml")
        made = there.json("run", "run", "x/films/whole.rhflow.yaml", "--frozen", *given)
        assert made["counts"]["cached"] == 2
    assert len(far.bill()) == bought


def test_what_cannot_be_packed_is_said(film: Front, far: FarSide) -> None:
    Image.new("RGB", (64, 36), "teal").save(film.folder / "picture.png")
    film.write("films/whole.rhflow.yaml", WHOLE.replace("../media/", "../"))
    film.write("parts/part.rhflow.yaml", PART)
    film.write("parts/looks.yaml", "light: at dusk")
    film.write("moves.yaml", "of_clip: it moves")
    given = ("-i", "words=a lynx", "-i", "moves=moves.yaml")
    document = film.json("run", "run", "films/whole.rhflow.yaml", "--yes", *given)
    digest = document["tasks"]["clip"]["outputs"][0]["sha256"]
    Image.new("RGB", (64, 36), "navy").save(film.folder / "picture.png")
    shutil.rmtree(film.folder / "out")
    (film.folder / ".rhflow" / "objects" / digest[:2] / digest[2:]).unlink()
    made = film.json("cache_export", "cache", "export", document["run"])
    assert made["results"] == 1
    assert any("picture.png: it has changed" in said for said in made["left_out"])
    assert any("clip: its bytes are damaged or missing" in said for said in made["left_out"])
    assert film.call("cache", "export", document["run"]).code == 2, "the file is there already"


# -- nothing secret -----------------------------------------------------------------------------------------


def test_no_key_no_signature_no_own_path_is_in_a_crate(film: Front, far: FarSide) -> None:
    """Marked secrets are planted where they could get in, and looked for in every byte of the crate."""
    journal = sqlite3.connect(film.folder / ".rhflow" / "journal.db")
    with journal:
        for name, field in (("Collected", "artifacts"), ("JobSucceeded", "results")):
            rows = journal.execute(
                "select body from events where name = ?",
                (name,),
            )
            for (body,) in rows.fetchall():
                told = json.loads(body)
                for item in told[field]:
                    item["url"] = f"https://user:{MARK}@bucket.example/a.png?x-oss-signature={MARK}&Expires=1"
                journal.execute("update events set body = ? where body = ?", (json.dumps(told), body))
        journal.execute(
            "update events set body = json_set(body, '$.owner', ?) where name = 'SubmitIntended'", (MARK,)
        )
    journal.close()
    texts = next((film.folder / ".rhflow" / "runs").glob("*/texts.json"))
    for path in (film.folder / ".rhflow" / "runs").glob("*/texts.json"):
        body = json.loads(path.read_text("utf-8"))
        body["texts"] = {
            name: f"# https://cdn.example/x.png?sign={MARK}&v=2 {KEY}\n{text}"
            for name, text in body["texts"].items()
        }
        path.write_text(json.dumps(body), "utf-8")
    assert texts.exists()
    run = next(row for row in film.json("runs", "runs")["runs"] if row["pipeline"] == "board")["run"]
    film.ok("cache", "export", run, "-o", "x.zip")
    found = members(film.folder / "x.zip")
    for name, data in {**found, "the file itself": (film.folder / "x.zip").read_bytes()}.items():
        assert KEY.encode() not in data, name
        assert MARK.encode() not in data, name
        assert str(film.folder).encode() not in data, name
    assert b"https://cdn.example/x.png?v=2" in found["pipeline/board.rhflow.yaml"]
    assert {item["version"] for item in [proof["request"] for proof in json.loads(found[crate.RESULTS])]} <= {
        None,
        1,
        2,
        3,
    }


# -- nothing is taken on trust ------------------------------------------------------------------------------


def repack(path: Path, change: Callable[[dict[str, bytes]], None], *, honest: bool = True) -> Path:
    """The crate with other content; with `honest` its record says so."""
    found = members(path)
    change(found)
    if honest and crate.RECORD in found:
        record = json.loads(found[crate.RECORD])
        record["files"] = {
            name: {"sha256": digest_bytes(data), "bytes": len(data)}
            for name, data in found.items()
            if name not in (crate.RECORD, crate.METADATA)
        }
        found[crate.RECORD] = json.dumps(record).encode()
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return target


def edit(name: str, change: Callable[[Any], Any]) -> Callable[[dict[str, bytes]], None]:
    def work(found: dict[str, bytes]) -> None:
        body = json.loads(found[name])
        found[name] = json.dumps(change(body) or body).encode()

    return work


def spoil(found: dict[str, bytes]) -> None:
    found["artifacts/film.mp4"] = found["artifacts/film.mp4"][:-1] + b"\0"


def swap(found: dict[str, bytes]) -> None:
    """The heron's still under the otter's key."""
    results = json.loads(found[crate.RESULTS])
    stills = [item for item in results if item["task"].endswith("still")]
    stills[0]["key"], stills[1]["key"] = stills[1]["key"], stills[0]["key"]
    found[crate.RESULTS] = json.dumps(results).encode()


def cheat(found: dict[str, bytes]) -> None:
    """Another picture for the same request: the story tells of the true one."""
    results = json.loads(found[crate.RESULTS])
    stills = [item for item in results if item["task"].endswith("still")]
    stills[0]["artifacts"] = stills[1]["artifacts"]
    found[crate.RESULTS] = json.dumps(results).encode()


def drop_event(found: dict[str, bytes]) -> None:
    lines = found[crate.EVENTS].splitlines(keepends=True)
    found[crate.EVENTS] = b"".join(lines[:2] + lines[3:])


def impossible(found: dict[str, bytes]) -> None:
    lines = [json.loads(line) for line in found[crate.EVENTS].splitlines()]
    lines[1]["name"], lines[1]["body"] = "Absent", {"attempt": "1", "by": "nobody"}
    found[crate.EVENTS] = "\n".join(json.dumps(line) for line in lines).encode()


WRONG: dict[str, tuple[Callable[[dict[str, bytes]], None], bool, str]] = {
    "a turned byte": (spoil, False, "is damaged"),
    "other bytes of the same size": (spoil, True, "lacks bytes of film"),
    "a missing result": (
        lambda found: found.pop("artifacts/film.mp4") and None,
        False,
        "lacks artifacts/film.mp4",
    ),
    "a missing record": (lambda found: found.pop(crate.RECORD) and None, False, f"lacks {crate.RECORD}"),
    "swapped keys": (swap, True, "is not that of its request"),
    "another picture": (cheat, True, "does not tell of the result"),
    "a hole in the story": (drop_event, True, "lacks event"),
    "an impossible story": (impossible, True, "a story that cannot be"),
    "another format": (edit(crate.RECORD, lambda body: body | {"rhflow_crate": 99}), True, "has format 99"),
    "a run with a path for a name": (
        edit(crate.RECORD, lambda body: body | {"run": body["run"] | {"id": "../../x"}}),
        True,
        "is no id of a run",
    ),
    "no JSON": (lambda found: found.update({crate.RESULTS: b"{"}), True, "cannot be read"),
    "deep JSON": (lambda found: found.update({crate.RESULTS: b"[" * 100_000}), True, "cannot be read"),
    "an event of tomorrow": (
        lambda found: found.update({crate.EVENTS: found[crate.EVENTS].replace(b'"Keyed"', b'"Prayed"', 1)}),
        True,
        "does not know",
    ),
}


@pytest.mark.parametrize(("change", "honest", "sentence"), WRONG.values(), ids=WRONG)
def test_a_crate_that_is_wrong_is_refused_whole(
    packed: Path,
    elsewhere: Elsewhere,
    change: Callable[[dict[str, bytes]], None],
    honest: bool,
    sentence: str,
) -> None:
    path = repack(packed, change, honest=honest)
    with elsewhere as there:
        document = there.json("cache_import", "cache", "import", path, "--files", "x", code=2)
        (problem,) = document["problems"]
        assert sentence in problem["message"]
        assert there.json("runs", "runs")["runs"] == []
        assert there.json("cache_ls", "cache", "ls")["results"] == []
        assert not (elsewhere.home / "objects").exists() or not list(
            (elsewhere.home / "objects").glob("??/*")
        )
        assert not list((elsewhere.home / "runs").glob("*"))
        assert not (there.folder / "x").exists()


def test_a_conflict_keeps_ours(film: Front, far: FarSide, packed: Path, elsewhere: Elsewhere) -> None:
    """Both homes have made the same request; each keeps its own picture."""
    with elsewhere as there:
        there.ok("cache", "import", packed)
        ours = {row["key"]: row["sha256"] for row in there.json("cache_ls", "cache", "ls")["results"]}
        with sqlite3.connect(elsewhere.home / "journal.db") as journal:
            journal.execute("update events set at = at + 1")
        journal.close()
        said = there.call("cache", "import", packed)
        assert said.code == 2
        assert "this home has another run" in said.err
        now = {row["key"]: row["sha256"] for row in there.json("cache_ls", "cache", "ls")["results"]}
        assert now == ours


def test_files_are_never_overwritten(packed: Path, elsewhere: Elsewhere, tmp_path: Path) -> None:
    with elsewhere as there:
        there.write("x/board.yaml", "mine")
        assert there.call("cache", "import", packed, "--files", "x").code == 2
        assert (there.folder / "x" / "board.yaml").read_text() == "mine"
        assert there.json("runs", "runs")["runs"] == [], "all or nothing"
        outside = tmp_path / "outside"
        outside.mkdir()
        (there.folder / "y").mkdir()
        (there.folder / "y" / "board.yaml").symlink_to(outside / "caught.yaml")
        assert there.call("cache", "import", packed, "--files", "y").code == 2
        assert list(outside.iterdir()) == []
        there.ok("cache", "import", packed, "--files", "z")
        there.ok("cache", "import", packed, "--files", "z")


NAMES = [
    "../x",
    "a/../../x",
    "/etc/x",
    "a//b",
    "C:/x",
    "a\\..\\b",
    "./x",
    "a/./b",
    "nul",
    "pipeline/con.txt",
    "a\nb",
    "x.",
    " x",
    "a/ b",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(UsageError, match=r"leads elsewhere|no name"), opened_crate(path, tmp_path):
        pass


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../b", "C:x"])
def test_a_name_in_the_record_is_looked_at_like_one_in_the_file(
    packed: Path, elsewhere: Elsewhere, name: str
) -> None:
    def change(body: Any) -> Any:
        body["files"][name] = {"sha256": "ab" * 32, "bytes": 1}
        return body

    path = repack(packed, edit(crate.RECORD, change), honest=False)
    with elsewhere as there:
        assert there.call("cache", "import", path, "--files", "x").code == 2
        assert there.json("runs", "runs")["runs"] == []


def test_links_encrypted_and_double_files_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, b"/etc/passwd")
    with pytest.raises(UsageError, match="a link"), opened_crate(path, tmp_path):
        pass
    path = tmp_path / "double.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"1")
        archive.writestr("A", b"2")
    with pytest.raises(UsageError, match="two files called"), opened_crate(path, tmp_path):
        pass
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"1")
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(UsageError, match="encrypted"), opened_crate(path, tmp_path):
        pass


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    assert path.stat().st_size < 100_000
    with pytest.raises(UsageError, match="claims to grow"), opened_crate(path, tmp_path):
        pass


def test_more_than_the_disk_holds_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"x" * 1000)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=999))
    with pytest.raises(UsageError, match="the disk has room for 999"), opened_crate(path, tmp_path):
        pass


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip" * 100])
def test_what_is_no_zip_is_a_sentence(front: Front, data: bytes) -> None:
    front.write("x.zip", data)
    said = front.call("cache", "import", "x.zip")
    assert said.code == 2
    assert "it is no zip file" in said.err


def test_a_crate_cut_short_is_a_sentence(packed: Path, elsewhere: Elsewhere) -> None:
    data = packed.read_bytes()
    packed.write_bytes(data[: len(data) // 2])
    with elsewhere as there:
        assert there.call("cache", "import", packed).code == 2


def test_a_byte_turned_anywhere_is_found(packed: Path, elsewhere: Elsewhere) -> None:
    """Wherever it is: a name, a record, a picture. What is taken in is what was packed, or nothing is."""
    whole = packed.read_bytes()
    taken = 0
    with elsewhere as there:
        for place in range(11, len(whole), len(whole) // 40):
            packed.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
            said = there.call("cache", "import", packed)
            assert said.code in (0, 2), said.err
            taken += said.code == 0
            assert there.json("cache_verify", "cache", "verify")["unwell"] == []
    assert taken < 20


def test_only_a_run_that_made_something_is_exported(film: Front, far: FarSide) -> None:
    far.faults({"on": "submit", "answer": {"status": 401, "body": "{}"}})
    film.write("board.yaml", board(("a newt", "it swims")))
    assert film.call("run", "board.rhflow.yaml", "--yes").code == 4
    run = film.json("runs", "runs")["runs"][0]["run"]
    assert "has made nothing" in film.call("cache", "export", run).err
    assert OTTER
