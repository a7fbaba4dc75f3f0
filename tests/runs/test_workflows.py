"""Workflows, apps, quick creations and chats, from the command line to the bill."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.front import ROOT, FarSide, Front

COVER = ROOT / "examples" / "red_boat" / "cover.jpg"
EDIT, ALIVE, POSTER = (f"app/187726524556692280{n}" for n in (0, 1, 3))
HARBOUR = "workflow/1904136902449209404"
PASSWORD = "open-sesame"


def text(steps: str, more: str = "") -> str:
    return f"rhflow: 1\nname: it\nsteps:\n{steps}{more}"


def step(uses: str, *lines: str) -> str:
    return "".join(f"{line}\n" for line in ("  it:", f"    uses: {uses}", "    max_cost: 5 CNY", *lines))


def run(front: Front, *words: str | Path) -> Any:
    return front.ok("run", "it.rhflow.yaml", "--yes", "--json", *words).document


def test_known_nodes_are_checked_offline_after_add(front: Front, far: FarSide) -> None:
    wrong = text(step(EDIT, "    with:", "      nodes: {'39': {imgae: cover.jpg}, '3': {scheduler: karas}}"))
    front.write("it.rhflow.yaml", wrong)
    assert front.ok("check", "it.rhflow.yaml").err.strip() == "it.rhflow.yaml: fine"
    added = front.ok("models", "add", EDIT, "--json").document
    assert added["changes"]["new"] == [EDIT]
    far.close()  # from here on nobody is asked
    told = front.call("check", "it.rhflow.yaml", "--json")
    assert told.code == 2
    assert [(item["name"], item["line"], item["column"]) for item in told.document["problems"]] == [
        ("unknown-field", 8, 22),
        ("unknown-option", 8, 58),
    ]
    page = front.ok("models", "show", EDIT).out
    assert "node 3 (KSampler)" in page
    assert "simple | karras | beta" in page
    _, _, example = page.partition("An example:\n\n")
    step_of = "".join(f"  {line}\n" for line in example.splitlines() if line)
    front.write("example.rhflow.yaml", f"rhflow: 1\nsteps:\n{step_of}")
    front.ok("check", "example.rhflow.yaml")
    assert front.ok("models", EDIT, "--json").document["models"][0]["endpoint"] == EDIT


def test_adding_again_says_what_is_other_now(front: Front, far: FarSide) -> None:
    front.ok("models", "add", EDIT, HARBOUR)
    kept = front.folder / ".rhflow" / "blueprints.json"
    told = json.loads(kept.read_text("utf-8"))
    told["kept"][0]["nodes"][0]["fields"][0]["name"] = "picture"
    kept.write_text(json.dumps(told), "utf-8")
    again = front.ok("models", "refresh", EDIT, HARBOUR)
    assert "node 39 (LoadImage): the field image is new" in again.err
    assert "node 39 (LoadImage): the field picture is gone" in again.err
    assert f"{HARBOUR} is as it was known." in again.err
    changes = front.ok("models", "add", EDIT, "--json").document["changes"]
    assert changes["confirmed"] == [EDIT]
    assert far.bill() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add",), "models add needs a name"),
        (("add", "seedream-v4/text-to-image"), "is no workflow, app or quick creation"),
        (("add", "chat/qwen-plus"), "is no workflow, app or quick creation"),
        (("add", "app/my-app"), "names no AI app"),
        (("add", "app/1"), "app/1 tells nothing of itself"),
        (("add", "workflow/1904136902449209407"), "tells nothing of itself"),
        (("show", "app/1"), "Nothing is known of app/1 yet"),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_what_cannot_be_added(front: Front, words: tuple[str, ...], said: str) -> None:
    told = front.call("models", *words)
    assert told.code == 2
    assert said in told.err


@pytest.mark.usefixtures("untouched")
def test_a_damaged_file_of_the_home_is_told(front: Front) -> None:
    (front.folder / ".rhflow" / "blueprints.json").write_text('{"rhflow_blueprints": 1, "kept": [{}]}')
    front.write("it.rhflow.yaml", text(step(EDIT)))
    told = front.call("check", "it.rhflow.yaml")
    assert told.code == 9
    assert "blueprints.json" in told.err


def test_media_reach_nodes_by_the_name_of_their_upload(front: Front, far: FarSide) -> None:
    """Known by the rule of names, by the app's own word, and by an expression; one upload serves them all."""
    front.write("cover.jpg", COVER.read_bytes())
    steps = "".join(
        f"  {name}:\n    uses: {uses}\n    max_cost: 5 CNY\n    with: {{nodes: {nodes}}}\n"
        for name, uses, nodes in (
            ("edit", EDIT, "{'39': {image: cover.jpg}, '52': {prompt: rain}}"),
            ("restyle", "workflow/1904136902449209401", "{'10': {image: cover.jpg}}"),
            ("alive", ALIVE, "{'52': {image: '${{ steps.edit.image }}'}, '6': {text: it rains}}"),
        )
    )
    front.write("it.rhflow.yaml", text(steps, "outputs: {film: '${{ steps.alive.video }}'}\n"))
    run(front)
    assert len(far.bill()) == 3
    assert far.uploads() == 2, "the cover once, and the picture that was made"
    assert (front.folder / "out" / "it" / "film.mp4").stat().st_size > 0
    assert run(front)["counts"]["run"] == 0
    assert len(far.bill()) == 3


def test_a_file_that_is_not_there_is_told_at_its_place(front: Front, untouched: FarSide) -> None:
    assert untouched.bill() == []
    front.write("it.rhflow.yaml", text(step(EDIT, "    with: {nodes: {'39': {image: nowhere.png}}}")))
    told = front.call("plan", "it.rhflow.yaml", "--json")
    assert told.code == 2
    (problem,) = [item for item in told.document["problems"] if item["severity"] == "error"]
    assert (problem["name"], problem["line"]) == ("missing-file", 7)


def test_what_is_asked_for_is_the_key(front: Front, far: FarSide) -> None:
    """Another node, another machine: another request. The same again is not bought."""
    for lines in (
        ("    with: {nodes: {'6': {text: fog}}}",),
        ("    with: {nodes: {'6': {text: fog}}}",),
        ("    with: {nodes: {'6': {text: sun}}}",),
        ("    with: {nodes: {'6': {text: sun}}, instance: plus}",),
        ("    with: {nodes: {'6': {text: sun}}, instance: plus}", "    label: another"),
    ):
        front.write("it.rhflow.yaml", text(step(HARBOUR, *lines)))
        run(front)
    assert len(far.bill()) == 3


def test_results_are_taken_by_node(front: Front, far: FarSide) -> None:
    front.ok("models", "add", HARBOUR)
    steps = step(HARBOUR, "    foreach: [fog, sun]", "    with: {nodes: {'6': {text: '${{ item }}'}}}")
    outputs = (
        "outputs:\n"
        "  small: ${{ steps.it.nodes['9'].image }}\n"
        "  large: ${{ steps.it[1].nodes['21'].image }}\n"
        "  words: ${{ upper(steps.it[0].nodes['30'].text) }}\n"
        "  all: ${{ join(steps.it.nodes['30'].text, ' / ') }}\n"
    )
    front.write("it.rhflow.yaml", text(steps, outputs))
    document = run(front)
    assert len(far.bill()) == 2
    given = [item["node"] for item in document["tasks"]["it[0]"]["outputs"]]
    assert sorted(given) == ["21", "30", "9"]
    out = front.folder / "out" / "it"
    small, large = ((out / name).read_bytes() for name in ("small-00.png", "large.png"))
    assert small != large
    outputs_told = json.dumps(document["outputs"])
    assert " / " in outputs_told


def test_a_node_that_gave_nothing_is_named(front: Front, far: FarSide) -> None:
    front.write("it.rhflow.yaml", text(step(HARBOUR), "outputs: {a: \"${{ steps.it.nodes['8'].image }}\"}\n"))
    told = front.call("run", "it.rhflow.yaml", "--yes")
    assert "node 8 of it gave nothing; results came from" in told.err
    assert len(far.bill()) == 1


def test_a_password_is_known_to_nobody(front: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORD", "OTHER"):
        lines = (f"    with: {{access_password: {{env: {name}}}, nodes: {{'6': {{text: a poster}}}}}}",)
        front.write("it.rhflow.yaml", text(step(POSTER, *lines)))
        if name == "WORD":
            told = front.call("run", "it.rhflow.yaml", "--yes")
            assert "the environment variable WORD, which holds the access password, is not set" in told.err
            assert far.bill() == []
            monkeypatch.setenv("WORD", "something-else")
            assert front.call("run", "it.rhflow.yaml", "--yes").code != 0
        monkeypatch.setenv(name, PASSWORD)
        front.ok("run", "it.rhflow.yaml", "--yes", "-v", "--events", "events.jsonl")
    assert len(far.bill()) == 1, "how the variable is called makes no other request"
    bought = front.ok("runs", "--json").document["runs"][1]["run"]
    front.ok("cache", "export", bought, "-o", "crate.zip")
    front.ok("cache", "import", "crate.zip", "--home", "other")
    for path in front.folder.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_a_literal_password_is_not_even_shown(front: Front) -> None:
    front.write("it.rhflow.yaml", text(step(POSTER, "    with: {access_password: abc1}")))
    told = front.call("run", "it.rhflow.yaml", "--provider", "simulator")
    assert told.code == 2
    assert "write access_password: {env: NAME}" in told.err
    assert "abc1" not in told.err + told.out


def test_a_price_nobody_knows_wants_a_limit_or_leave(front: Front, far: FarSide) -> None:
    front.write("it.rhflow.yaml", text(f"  it:\n    uses: {HARBOUR}\n"))
    told = front.call("run", "it.rhflow.yaml", "--yes")
    assert told.code != 0
    assert far.bill() == []
    assert "--allow-unknown-price" in told.err
    front.ok("run", "it.rhflow.yaml", "--yes", "--allow-unknown-price")
    assert len(far.bill()) == 1


def test_a_broken_workflow_falls_back(front: Front, far: FarSide) -> None:
    far.faults({"on": "run", "endpoint": "workflow", "fail": {"code": 1004, "message": "out of nodes"}})
    ladder = ("    fallback:", "      - uses: seedream-v4/text-to-image", "        with: {prompt: fog}")
    front.write("it.rhflow.yaml", text(step(HARBOUR, *ladder), "outputs: {a: '${{ steps.it.image }}'}\n"))
    run(front)
    assert [entry["endpoint"].rpartition("/")[2] for entry in far.bill()][-1] == "text-to-image"
    assert len(far.bill()) == 2


def test_a_lost_answer_is_a_doubt_and_not_bought_again(front: Front, far: FarSide) -> None:
    far.faults({"on": "submit", "do": "drop_after"})
    front.write("it.rhflow.yaml", text(step(HARBOUR)))
    assert front.call("run", "it.rhflow.yaml", "--yes").code == 8
    far.faults()
    assert front.call("resume", "--yes").code == 8
    assert len(far.bill()) == 1


SCHEMA = {
    "type": "array",
    "items": {"$ref": "#/$defs/line"},
    "minItems": 2,
    "$defs": {"line": {"type": "string"}},
}


def test_a_chat_with_a_schema_of_its_own_parts_is_resumed(
    front: Front, far_side: Callable[..., FarSide]
) -> None:
    """`$ref` and `$defs` go through the plan, the journal and the wire, and come back as they were."""
    far = far_side()
    front.write("lines.schema.json", json.dumps(SCHEMA))
    chat = step("chat/qwen-plus", "    with: {prompt: two lines, schema: lines.schema.json}")
    stills = (
        "  stills:\n    foreach: ${{ json(steps.it.text) }}\n    at_most: 9\n"
        '    uses: seedream-v4/text-to-image\n    with: {prompt: "${{ item }}"}\n'
    )
    front.write("it.rhflow.yaml", text(chat + stills))
    plan = front.ok("plan", "it.rhflow.yaml", "-o", "plan.json")
    assert plan.code == 0
    front.ok("run", "it.rhflow.yaml", "--yes", "--plan", "plan.json", "--until", "it")
    bought = len(far.bill())
    document = run(front)
    assert document["tasks"]["it"]["state"] == "cached"
    assert len(far.bill()) == bought + document["counts"]["run"] >= bought + 2
    assert run(front)["counts"]["run"] == 0
