"""Money from end to end: caps across processes, the balance, and figures that agree to the cent."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rhflow.simulator.server import Timing
from rhflow.simulator.submitting import Submitting
from tests.cli.front import STILL, STILL_AND_CLIP, FarSide, Front, board, until
from tests.runner.world import paint
from tests.runs.test_together import accepted

SHOTS = (("a heron", "it flies up"), ("an otter", "it dives"), ("a toad", "it looks at us"))
RUN = ("run", "board.rhflow.yaml", "--yes")
SLOW = Timing(0.1, 0.6)


@pytest.fixture
def film(front: Front) -> Front:
    """Three stills at 0.14 and three clips at 1.01: 3.45 CNY."""
    front.write("board.rhflow.yaml", STILL_AND_CLIP)
    front.write("board.yaml", board(*SHOTS))
    front.write("still.rhflow.yaml", STILL)
    return front


def billed(far: FarSide) -> Decimal:
    return sum((Decimal(entry["price"]) for entry in far.bill()), Decimal(0))


# -- caps ----------------------------------------------------------------------------------------------


def test_two_processes_together_never_pass_the_cap_of_a_day(
    film: Front, far_side: Callable[..., FarSide], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine stills each at 0.14, and the day has room for seven."""
    monkeypatch.setenv("RHFLOW_BUDGET", "day=1.00 CNY")
    far = far_side(timing=Timing(0.02, 0.05))
    for name in ("a", "b"):
        text = STILL.replace("name: still", f"name: {name}").replace("    uses:", f"    {EACH}\n    uses:", 1)
        film.write(
            f"{name}.rhflow.yaml", text.replace("a heron in the reeds", f'"${{{{ item }}}} of {name}"')
        )
    workers = [film.process("run", f"{name}.rhflow.yaml", "--yes") for name in ("a", "b")]
    told = [worker.communicate(timeout=90)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [7, 7], told
    assert all("of 1.00 CNY for a day in UTC are spent or promised" in text for text in told)
    assert len(far.bill()) == 7
    assert billed(far) == Decimal("0.98")
    (side,) = film.json("cost", "cost", "--by", "day")["far_sides"]
    assert (side["total"]["purchases"], side["total"]["charged"], len(side["lines"])) == (7, "0.98", 1)


EACH = "foreach: [one, two, three, four, five, six, seven, eight, nine]"


@pytest.mark.parametrize("at", ["pipeline", "settings", "table", "flag"])
def test_a_cap_counts_wherever_it_was_set(
    film: Front, far: FarSide, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: tuple[str, ...] = RUN
    if at == "pipeline":
        film.write(
            "board.rhflow.yaml", STILL_AND_CLIP.replace("steps:\n", "budget: {step: 0.3}\nsteps:\n", 1)
        )
    elif at == "settings":
        monkeypatch.setenv("RHFLOW_BUDGET", "0.3")
    elif at == "table":
        film.write("rhflow.toml", '[budget]\nproject = "0.3 CNY"\n')
    else:
        words = (*RUN, "--max-cost", "0.3")
    document = film.json("run", *words, code=7)
    assert document["status"] == "over_budget"
    assert len(far.bill()) == 2
    assert billed(far) <= Decimal("0.3")
    assert far.uploads() == 0, "no medium goes over for what there is no room for"


def test_a_resumed_run_keeps_its_consent_and_reads_the_day_anew(
    film: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHFLOW_BUDGET", "run=2, day=0.2")
    run = film.json("run", *RUN, code=7)["run"]
    assert len(far.bill()) == 1
    monkeypatch.setenv("RHFLOW_BUDGET", "run=9, day=9")
    said = film.call("resume", run)
    assert said.code == 7
    assert "of 2.00 CNY for the run are spent or promised" in said.err
    assert billed(far) <= 2
    monkeypatch.setenv("RHFLOW_BUDGET", "run=0.01")
    assert "of 2.00 CNY for the run" in film.call("resume", run).err


def test_play_money_and_real_money_never_mix(
    film: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHFLOW_BUDGET", "day=0.2 CNY")
    still = ("run", "still.rhflow.yaml", "--yes")
    film.ok(*still)
    film.ok(*still, "--provider", "simulator", "--quick")
    film.write("still.rhflow.yaml", STILL.replace("a heron", "two herons"))
    assert film.call(*still).code == 7
    assert film.call(*still, "--provider", "simulator", "--quick").code == 7
    real, play = film.json("cost", "cost")["far_sides"]
    assert (real["realm"], real["play"], real["total"]["charged"]) == (far.address[7:], False, "0.14")
    assert (play["realm"], play["play"], play["total"]["charged"]) == ("simulator", True, "0.14")


def test_caps_in_two_currencies_are_told_before_anything_is_bought(
    film: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHFLOW_BUDGET", "day=3 USD")
    said = film.call(*RUN, "--max-cost", "9 CNY")
    assert said.code == 2
    assert "in different currencies: 9.00 CNY for the run, 3.00 USD for a day" in said.err
    said = film.call(*RUN)
    assert said.code == 7
    assert "its price is in CNY, and the cap for a day is 3.00 USD: nobody converts" in said.err
    assert far.bill() == []


# -- the balance ---------------------------------------------------------------------------------------


def test_a_balance_below_the_cheapest_bill_is_told_before_anything(
    film: Front, far_side: Callable[..., FarSide]
) -> None:
    paint(film.folder / "heron.png", "heron")
    film.write("clip.rhflow.yaml", CLIP)
    far = far_side(wallet=Decimal("1.00"))
    said = film.call("run", "clip.rhflow.yaml", "--yes")
    assert said.code == 4
    assert "error: The balance is 1.00 CNY, and what is to be bought costs at least 1.01 CNY" in said.err
    assert far.bill() == []
    assert far.uploads() == 0
    assert film.json("runs", "runs")["runs"] == [], "it never began"
    document = film.json("run", "run", "clip.rhflow.yaml", "--yes", code=4)
    assert document["problems"][0]["severity"] == "error"


CLIP = """\
rhflow: 1
name: clip
steps:
  clip:
    uses: hailuo-2.3-fast/image-to-video
    with: {prompt: it flies, imageUrl: heron.png, duration: 6, enablePromptExpansion: true}
"""


def test_a_balance_that_may_not_last_is_a_warning(film: Front, far_side: Callable[..., FarSide]) -> None:
    """What is skipped unless a condition holds need not be paid."""
    film.write("maybe.rhflow.yaml", MAYBE)
    far = far_side(wallet=Decimal("0.20"))
    said = film.call("run", "maybe.rhflow.yaml", "--yes", "-q")
    assert "The balance is 0.20 CNY, and this may cost up to 0.28 CNY" in said.err
    assert len(far.bill()) == 1
    assert "The balance" not in film.call("resume", "-q").err, "nothing is left to buy"


MAYBE = """\
rhflow: 1
name: maybe
steps:
  still:
    uses: seedream-v4/text-to-image
    with: {prompt: a heron}
  twin:
    if: ${{ steps.still.width > 9000 }}
    uses: seedream-v4/text-to-image
    with: {prompt: another heron}
"""


def test_a_balance_nobody_tells_holds_nothing_up(film: Front, far: FarSide) -> None:
    far.faults({"on": "account", "answer": {"status": 502, "body": "no"}})
    said = film.ok("run", "still.rhflow.yaml", "--yes")
    assert "balance" not in said.err
    film.write("still.rhflow.yaml", STILL.replace("a heron", "two herons"))
    assert "The balance could not be asked for" in film.ok("run", "still.rhflow.yaml", "--yes", "-v").err


@pytest.mark.parametrize(
    ("key", "whose"), [("normal", "a consumer's"), ("exclusive", "an enterprise-exclusive")]
)
def test_a_key_that_buys_no_models_is_told_before_media_go_over(
    film: Front, far_side: Callable[..., FarSide], key: str, whose: str
) -> None:
    paint(film.folder / "heron.png", "heron")
    film.write("clip.rhflow.yaml", CLIP)
    far = far_side(key=f"{key}-0123456789")
    said = film.call("run", "clip.rhflow.yaml", "--yes")
    assert said.code == 4
    assert f"The key is {whose}" in said.err
    assert "is a standard model [1014]" in said.err
    assert (far.bill(), far.uploads()) == ([], 0)


def test_nobody_is_asked_where_nothing_is_to_be_bought(film: Front, far: FarSide) -> None:
    film.ok("run", "still.rhflow.yaml", "--yes")
    far.faults({"on": "account", "stall": 30}, {"on": "queue", "stall": 30})
    film.ok("run", "still.rhflow.yaml", "--yes")


def test_a_run_that_goes_on_collects_what_it_bought_whatever_the_balance(
    film: Front, far_side: Callable[..., FarSide]
) -> None:
    far = far_side(wallet=Decimal("1.40"))
    far.faults({"on": "account", "answer": {"status": 502, "body": "no"}})
    first = film.json("run", *RUN, code=4)
    far.faults()
    assert first["status"] == "stopped"
    assert billed(far) <= Decimal("1.40")
    said = film.call("resume")
    assert said.code == 4
    assert "and what is to be bought costs at least" in said.err
    assert film.json("run", "show")["counts"]["run"] >= first["counts"]["run"]


# -- the ledger ----------------------------------------------------------------------------------------


def whole(front: Front) -> tuple[Decimal, Decimal]:
    """What all runs together spent and saved, as `show` tells of each."""
    spent = saved = Decimal(0)
    for row in front.json("runs", "runs")["runs"]:
        money = front.json("run", "show", row["run"])["cost"]
        spent, saved = spent + Decimal(money["charged"]), saved + Decimal(money["saved"])
    return spent, saved


def test_show_and_cost_and_the_far_side_agree_to_the_cent(film: Front, far: FarSide) -> None:
    film.ok(*RUN)
    film.write("board.yaml", board(SHOTS[0], ("a newt", "it swims")))
    film.ok(*RUN)
    far.faults({"on": "run", "nth": 1, "fail": {"code": 1015, "message": "it fell over"}})
    assert film.call("run", "still.rhflow.yaml", "--yes").code == 1
    film.ok("resume", "--yes")
    for by in (None, "model", "pipeline", "day", "run"):
        (side,) = film.json("cost", "cost", *(["--by", by] if by else []))["far_sides"]
        total = side["total"]
        assert (Decimal(total["charged"]), Decimal(total["saved"])) == whole(film)
        for figure in ("purchases", "charged", "saved", "estimated"):
            assert not by or sum(Decimal(line[figure]) for line in side["lines"]) == Decimal(total[figure])
    assert total["purchases"] == len(far.bill()) == 10
    assert Decimal(total["charged"]) == billed(far)
    runs = {line["name"]: line["charged"] for line in side["lines"]}
    for run, charged in runs.items():
        assert film.json("run", "show", run)["cost"]["charged"] == charged
    assert film.json("cost", "cost", "--since", "1h")["far_sides"][0]["total"] == total
    assert film.json("cost", "cost", "--since", "2999-01-01")["far_sides"] == []


def test_an_audit_that_finds_all_in_order(film: Front, far: FarSide) -> None:
    empty = film.json("audit", "audit")
    assert (empty["in_order"], empty["purchases"], empty["models"]) == (True, 0, [])
    film.ok(*RUN)
    audit = film.json("audit", "audit")
    assert (audit["in_order"], audit["purchases"], audit["working"]) == (True, 6, 0)
    clips, stills = audit["models"]
    assert (clips["purchases"], clips["estimated"], clips["charged"], clips["percent"]) == (
        3,
        "3.03",
        "3.03",
        "0.0",
    )
    assert (stills["median_price"], stills["untold"]) == ("0.14", 0)
    assert clips["median_queued_s"] is not None
    assert film.ok("audit").out.startswith("6 purchases: all in order.\n")


def test_an_audit_of_what_is_in_flight_and_what_was_left(
    film: Front, far_side: Callable[..., FarSide]
) -> None:
    far = far_side(timing=Timing(0.2, 2))
    worker = film.process("run", "still.rhflow.yaml", "--yes")
    until(lambda: accepted(film, 1))
    at_work = film.json("audit", "audit")
    assert (at_work["purchases"], at_work["in_order"], at_work["working"]) == (1, True, 1), (
        "its process lives"
    )
    worker.kill()
    worker.communicate()
    found = film.json("audit", "audit", code=3)
    (finding,) = found["findings"]
    job = far.tasks()[0]["task_id"]
    assert (finding["kind"], finding["task_id"], finding["amount"]) == ("uncollected", job, "0.14")
    assert finding["todo"] == f"rhflow resume {finding['run']}"
    said = film.call("audit")
    assert said.code == 3
    assert said.out.splitlines()[:3] == [
        f"still of run {finding['run']}: paid and not collected",
        f"  seedream-v4/text-to-image, up to 0.14 CNY, since {finding['since']}, task id {job}",
        f"  to do: rhflow resume {finding['run']}",
    ]
    side = film.json("cost", "cost")["far_sides"][0]
    assert (side["total"]["open"], side["total"]["charged"]) == (1, "0.00")
    film.ok(*finding["todo"].split()[1:])
    assert film.json("audit", "audit")["in_order"] is True


def test_an_audit_of_a_doubt(film: Front, far: FarSide) -> None:
    far.faults({"on": "submit", "nth": 1, "do": "drop_after"})
    assert film.call("run", "still.rhflow.yaml", "--yes").code == 8
    (finding,) = film.json("audit", "audit", code=8)["findings"]
    assert (finding["kind"], finding["task_id"]) == ("in_doubt", None)
    todo = f"rhflow settle {finding['run']} still --task-id ID | --repeat | --abandon"
    assert finding["todo"] == todo
    film.ok("settle", finding["run"], "still", "--abandon")
    audit = film.json("audit", "audit")
    (model,) = audit["models"]
    assert (audit["in_order"], model["untold"], model["untold_reserved"]) == (True, 1, "0.14")
    assert "1 never told, 0.14 set aside" in film.ok("audit").out


def test_an_audit_of_a_result_that_is_not_to_be_had(film: Front, far: FarSide) -> None:
    far.faults({"on": "download", "corrupt": True})
    assert film.call("run", "still.rhflow.yaml", "--yes").code == 1
    (finding,) = film.json("audit", "audit", code=1)["findings"]
    assert (finding["kind"], finding["amount"]) == ("result_lost", "0.14")
    assert finding["todo"] == "rhflow run still.rhflow.yaml, which buys it again"
    far.faults()
    film.ok("run", "still.rhflow.yaml", "--yes")
    assert film.json("audit", "audit")["in_order"] is True
    assert billed(far) == Decimal("0.28")


def test_experience_with_a_model_nobody_prices_is_told_and_counts_for_nothing(
    film: Front, far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two purchases of a model that the catalogue prices; then somebody takes its price away."""
    film.write("two.rhflow.yaml", TWO)
    film.ok("run", "two.rhflow.yaml", "--yes")
    film.write("new.rhflow.yaml", UNPRICED)
    journal = sqlite3.connect(film.folder / ".rhflow" / "journal.db")
    journal.execute("update attempts set endpoint = 'some-vendor/brand-new/text-to-image'")
    journal.commit()
    journal.close()
    plan = film.json("plan", "plan", "new.rhflow.yaml")
    (task,) = plan["tasks"]
    assert task["paid_before"] == {"median": "0.14", "currency": "CNY", "purchases": 2}
    assert (task["cost"], plan["cost"]["unknown"], plan["cost"]["high"]) == (None, 1, "0.00")
    said = film.ok("plan", "new.rhflow.yaml")
    assert "some-vendor/brand-new/text-to-image was bought here 2 times, for 0.14 CNY (median)" in said.out
    assert film.call("run", "new.rhflow.yaml", "--yes").code == 7, "experience is no price"


TWO = """\
rhflow: 1
name: two
steps:
  still:
    foreach: [a heron, an otter]
    uses: seedream-v4/text-to-image
    with: {prompt: "${{ item }}"}
"""
UNPRICED = """\
rhflow: 1
name: new
steps:
  odd:
    uses: some-vendor/brand-new/text-to-image
    unchecked: true
    with: {prompt: a hill}
"""


# -- one way out ---------------------------------------------------------------------------------------


def test_every_purchase_that_reached_the_far_side_was_promised_before(
    film: Front, far_side: Callable[..., FarSide], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The far side looks into the journal, by a connection of its own, whenever a submit comes in."""
    journal = film.folder / ".rhflow" / "journal.db"
    came: list[tuple[str, int, int]] = []
    submit = Submitting.submit

    async def looks(self: Submitting, request: Any, *more: Any) -> Any:
        endpoint = request.url.path.removeprefix("/openapi/v2/")
        before = sum(path == endpoint for path, _, _ in came)
        came.append((endpoint, before, promised(journal, endpoint)))
        return await submit(self, request, *more)

    monkeypatch.setattr(Submitting, "submit", looks)
    far = far_side()
    connected = watched_connections(monkeypatch)
    film.ok(*RUN)
    assert len(came) == len(far.bill()) == 6
    for endpoint, before, intended in came:
        assert intended > before, f"{endpoint} came {before + 1} times, and {intended} were promised"
    port = int(far.address.rpartition(":")[2])
    assert connected
    assert {address[1] for address in connected} == {port}, "there is nobody else we speak to"


def promised(journal: Path, endpoint: str) -> int:
    """How many intentions for that path are on the disk, for somebody who comes from outside."""
    with closing(sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("select body from events where name = 'SubmitIntended'").fetchall()
    return sum(json.loads(body)["endpoint"] == endpoint for (body,) in rows)


def watched_connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that a socket of this process is connected to from now on."""
    found: list[Any] = []

    class Watched(socket.socket):
        def connect(self, address: Any) -> None:
            found.append(address)
            super().connect(address)

        def connect_ex(self, address: Any) -> int:
            found.append(address)
            return super().connect_ex(address)

    monkeypatch.setattr(socket, "socket", Watched)
    return found
