"""The library face: what a Python program does with a pipeline, on the simulator and with a real bill."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import rhflow
from rhflow import (
    DocumentError,
    Money,
    Pipeline,
    PlanChanged,
    PlanError,
    PriceUnknown,
    Result,
    RhflowError,
    UsageError,
    arun,
    load,
    resume,
    run,
)
from rhflow.testing import Vendor, simulator
from tests.cli.front import ROOT, STILL, STILL_AND_CLIP, Front, board, schema

CARD = """\
rhflow: 1
name: card
inputs:
  words: {type: string}
  picture: {type: image, default: red.png}
  drawn: {type: boolean, default: true}
  sizes: {type: data, default: [1]}
steps:
  still:
    uses: seedream-v4/image-to-image
    if: ${{ inputs.drawn }}
    with: {prompt: "${{ inputs.words }}", imageUrls: ["${{ inputs.picture }}"]}
  title:
    uses: local/text_card
    with: {text: "${{ inputs.words }}", seconds: 0.5}
outputs:
  title: ${{ steps.title.video }}
  still: ${{ steps.still.image }}
  both: ${{ [steps.title.video, steps.still.image] }}
  words: ${{ upper(inputs.words) }}
  sizes: ${{ inputs.sizes }}
"""


def quick(name: str, **more: Any) -> Pipeline:
    return load(name, provider="simulator", quick=True, **more)


@pytest.fixture
def film(front: Front) -> Path:
    """Two shots, each a still and a clip, and a film of all."""
    front.write("board.yaml", board(("a heron", "it rises"), ("a fox", "it looks up")))
    return front.write("film.rhflow.yaml", STILL_AND_CLIP)


@pytest.fixture
def still(front: Front) -> Path:
    return front.write("still.rhflow.yaml", STILL)


class TestFace:
    def test_importing_it_costs_nothing(self) -> None:
        script = "import sys, rhflow; dir(rhflow); rhflow.__version__; print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert [name for name in done.stdout.split() if name.startswith("rhflow.")] == []
        assert "asyncio" not in done.stdout.split()

    def test_the_stub_names_what_is_there(self) -> None:
        stub = (ROOT / "rhflow" / "__init__.pyi").read_text(encoding="utf-8")
        named = {line.split()[1]: line.split()[-1] for line in stub.splitlines() if line.startswith("from ")}
        assert {f"rhflow.{room}" for room in rhflow._ROOMS.values()} == set(named)
        names = {line.split()[-1] for line in stub.splitlines() if line.startswith("from ")}
        assert {*names, "__version__"} == set(rhflow.__all__)
        for name in rhflow.__all__:
            assert getattr(rhflow, name) is getattr(rhflow, name)
        with pytest.raises(AttributeError, match="no attribute 'lood'"):
            _ = rhflow.lood

    def test_nothing_is_printed(self, film: Path, capfd: pytest.CaptureFixture[str]) -> None:
        assert run(quick(str(film)).plan()).ok
        assert capfd.readouterr() == ("", "")


class TestOnTheSimulator:
    def test_from_a_file_to_a_film(self, film: Path) -> None:
        pipeline = load("film.rhflow.yaml", quick=True)
        assert (pipeline.name, pipeline.provider, pipeline.outputs) == ("board", "simulator", ("film",))
        assert pipeline.inputs["board"].type == "data"
        plan = pipeline.plan()
        assert [task.verdict for task in plan.tasks] == ["run"] * 5
        assert plan.cost.low == plan.cost.high == Decimal("2.30")
        schema("plan").validate(plan.document)
        result = run(plan)
        assert (result.ok, result.status, result.exit_code) == (True, "done", 0)
        assert result.outputs["film"].path == film.parent / "out" / "board" / "film.mp4"
        assert result.outputs["film"].path.is_file()
        (file,) = result.outputs["film"].files
        assert (file.kind, file.seconds) == ("video", pytest.approx(12, abs=1))
        assert (result.charged, result.saved) == (Decimal("2.30"), 0)
        schema("run").validate(result.document)
        again = pipeline.plan()
        assert {task.verdict for task in again.tasks} == {"cached"}
        second = run(again)
        assert (second.charged, second.saved) == (0, Decimal("2.30"))
        assert second.run != result.run
        assert "5 tasks, 0.00 CNY" in repr(again)

    def test_one_plan_can_be_run_twice(self, still: Path) -> None:
        plan = quick("still.rhflow.yaml").plan()
        first, second = run(plan), run(plan)
        assert (first.charged, second.charged) == (Decimal("0.14"), 0)

    def test_inputs_are_python_values(self, front: Front) -> None:
        front.write("cards/card.rhflow.yaml", CARD)
        from PIL import Image

        Image.new("RGB", (64, 48), "red").save(front.folder / "cards" / "red.png")
        Image.new("RGB", (64, 48), "blue").save(front.folder / "blue.png")
        pipeline = quick("cards/card.rhflow.yaml")
        result = run(pipeline.plan({"words": "hello", "picture": Path("blue.png"), "sizes": (1, 2)}))
        assert result.outputs["still"].path.suffix == ".png"
        assert len(result.outputs["both"].files) == 2
        assert result.outputs["words"].value == "HELLO"
        assert result.outputs["sizes"].value == [1, 2]
        with pytest.raises(UsageError, match="both has 2 files"):
            _ = result.outputs["both"].path
        with pytest.raises(UsageError, match="words is no file"):
            _ = result.outputs["words"].path
        without = run(pipeline.plan({"words": "hello", "drawn": False}))
        assert without.ok
        with pytest.raises(UsageError, match="still was not made"):
            _ = without.outputs["still"].path

    def test_wrong_inputs(self, front: Front) -> None:
        front.write("card.rhflow.yaml", CARD)
        pipeline = quick("card.rhflow.yaml")
        with pytest.raises(DocumentError) as wrong:
            pipeline.plan({"words": 3, "wrods": "x"})
        assert {item.name for item in wrong.value.problems} == {"input", "unknown-input"}
        assert "wants a string, not 3" in str(wrong.value), "an uncaught one says everything"
        with pytest.raises(DocumentError):
            pipeline.plan()
        with pytest.raises(UsageError, match="was given a set"):
            pipeline.plan({"words": {"a"}})
        with pytest.raises(DocumentError, match="problem"):
            pipeline.plan({"words": "a", "picture": "nowhere.png"})

    def test_wrong_texts(self, front: Front) -> None:
        front.write("bad.rhflow.yaml", STILL.replace("prompt", "promt"))
        with pytest.raises(DocumentError) as wrong:
            load("bad.rhflow.yaml")
        assert {item.mark.line for item in wrong.value.problems} == {6}
        with pytest.raises(UsageError, match="There is no file"):
            load("nowhere.rhflow.yaml")
        front.write("rhflow.toml", "provider = 'nobody'")
        with pytest.raises(RhflowError, match="provider"):
            load("bad.rhflow.yaml")

    def test_a_part_of_it(self, film: Path) -> None:
        pipeline = quick("film.rhflow.yaml")
        assert {task.id for task in pipeline.plan(until="shots.still").tasks} == {
            "shots[0].still",
            "shots[1].still",
        }
        with pytest.raises(PlanError, match="--until"):
            pipeline.plan(only="film")
        with pytest.raises(PlanError, match="not there"):
            pipeline.plan(frozen=True)
        run(pipeline.plan())
        assert run(pipeline.plan(frozen=True)).ok

    def test_two_at_once(self, film: Path, still: Path) -> None:
        async def both() -> list[Result]:
            plans = [quick("film.rhflow.yaml").plan(), quick("still.rhflow.yaml").plan()]
            return list(await asyncio.gather(*(arun(plan) for plan in plans)))

        assert [result.status for result in asyncio.run(both())] == ["done", "done"]

    def test_run_says_what_to_write_where_a_loop_runs(self, still: Path) -> None:
        async def inside() -> None:
            run(quick("still.rhflow.yaml").plan())

        with pytest.raises(UsageError, match="await arun"):
            asyncio.run(inside())

    def test_every_fact_can_be_watched(self, still: Path) -> None:
        told: list[Any] = []
        result = run(quick("still.rhflow.yaml").plan(), watch=told.append)
        assert [item["event"] for item in told][-1] == "Collected"
        assert {item["run"] for item in told} == {result.run}
        for item in told:
            schema("events").validate(item)

    def test_changed_files_are_no_longer_what_was_planned(self, front: Front) -> None:
        from PIL import Image

        front.write("card.rhflow.yaml", CARD)
        Image.new("RGB", (64, 48), "red").save("red.png")
        plan = quick("card.rhflow.yaml").plan({"words": "a", "picture": "red.png"})
        Image.new("RGB", (64, 48), "blue").save("red.png")
        with pytest.raises(PlanChanged, match=r"red\.png has changed"):
            run(plan)

    def test_an_edited_text_is_a_new_load(self, still: Path) -> None:
        """What was loaded is what runs, whatever became of the file."""
        plan = quick("still.rhflow.yaml").plan()
        still.write_text("no pipeline any more", encoding="utf-8")
        assert run(plan).ok


@pytest.fixture
def vendor(front: Front) -> Any:
    with simulator(home=front.folder / ".rhflow") as found:
        yield found


class TestMoney:
    def test_nothing_is_spent_without_a_word(self, still: Path, vendor: Vendor) -> None:
        plan = load("still.rhflow.yaml").plan()
        assert plan.provider == "runninghub"
        with pytest.raises(UsageError, match=r"0\.14 CNY, and nobody agreed") as told:
            run(plan)
        assert "yes=True" in str(told.value)
        assert vendor.bill == ()
        assert run(plan, yes=True).ok
        assert vendor.spent == Decimal("0.14")
        assert run(plan).ok, "everything is there: it costs nothing, and nobody has to agree"

    @pytest.mark.parametrize("limit", ["12 CNY", 12, Decimal(12), Money(Decimal(12))])
    def test_a_limit_is_consent(self, still: Path, vendor: Vendor, limit: Any) -> None:
        assert run(load("still.rhflow.yaml").plan(), max_cost=limit).ok

    def test_a_limit_holds(self, film: Path, vendor: Vendor) -> None:
        result = run(load("film.rhflow.yaml").plan(), max_cost="0.30 CNY")
        assert (result.status, result.exit_code) == ("over_budget", 7)
        assert vendor.spent == result.charged == Decimal("0.28")
        assert any("0.30" in message for message in result.messages)
        with pytest.raises(UsageError, match="film was not made"):
            _ = result.outputs["film"].path

    @pytest.mark.parametrize("limit", [1.5, "much", True, -1])
    def test_what_is_no_limit(self, still: Path, vendor: Vendor, limit: Any) -> None:
        with pytest.raises(UsageError, match="max_cost"):
            run(load("still.rhflow.yaml").plan(), max_cost=limit)
        assert vendor.bill == ()

    def test_yes_agrees_to_what_the_plan_said(self, still: Path, vendor: Vendor) -> None:
        pipeline = load("still.rhflow.yaml")
        run(pipeline.plan(), yes=True)
        plan = pipeline.plan()
        assert plan.cost.high == 0
        shutil.rmtree(vendor.home)
        with pytest.raises(PlanChanged, match=r"0\.14 CNY by now, and 0\.00 CNY when it was planned"):
            run(plan, yes=True)
        assert len(vendor.bill) == 1

    def test_an_unknown_price_needs_a_word_of_its_own(self, front: Front, vendor: Vendor) -> None:
        front.write("odd.rhflow.yaml", STILL.replace("seedream-v4/text-to-image", "sora-2/text-to-video"))
        text = STILL.replace("seedream-v4/text-to-image", "some-vendor/new/image\n    unchecked: true")
        front.write("odd.rhflow.yaml", text)
        plan = load("odd.rhflow.yaml").plan()
        assert plan.cost.unknown == 1
        with pytest.raises(PriceUnknown):
            run(plan, yes=True)
        assert vendor.bill == ()


def test_web_inputs_are_known_by_their_bytes(front: Front, vendor: Vendor) -> None:
    """`plan` only reads; `run` fetches the address for its digest, and that is no drift."""
    front.write("still.rhflow.yaml", STILL)
    made = run(load("still.rhflow.yaml").plan(), yes=True)
    (output,) = made.document["tasks"]["still"]["outputs"]
    front.write("card.rhflow.yaml", CARD)
    pipeline = load("card.rhflow.yaml")
    inputs = {"words": "a", "picture": output["url"]}
    assert run(pipeline.plan(inputs), yes=True).ok
    again = pipeline.plan({**inputs, "picture": f"{output['url']}?other=1"})
    assert again.tasks[0].verdict == "run", "another address, and nobody has looked"
    bought = len(vendor.bill)
    assert run(again, yes=True).ok
    assert len(vendor.bill) == bought, "the same bytes"


class TestWhenItGoesWrong:
    def test_a_failure_is_told_and_resume_goes_on(self, film: Path, vendor: Vendor) -> None:
        vendor.faults({"on": "run", "nth": 1, "fail": {"code": 1005, "message": "not today"}})
        result = run(load("film.rhflow.yaml").plan(), yes=True)
        assert (result.ok, result.status, result.exit_code) == (False, "failed", 1)
        ((name, failure),) = result.failures.items()
        assert failure.code == "1005"
        with pytest.raises(UsageError, match="film was not made") as told:
            _ = result.outputs["film"].path
        assert name in str(told.value)
        bought = len(vendor.bill)
        assert not resume(result).ok, "a failed task is bought again only where somebody says so"
        assert len(vendor.bill) == bought
        done = resume(result, yes=True)
        assert (done.run, done.ok) == (result.run, True)
        assert len(vendor.bill) == 5, "four tasks, and one of them twice"
        assert resume(home=vendor.home).run == result.run

    def test_a_lost_answer_is_a_doubt(self, still: Path, vendor: Vendor) -> None:
        vendor.faults({"on": "submit", "nth": 1, "do": "drop_after"})
        result = run(load("still.rhflow.yaml").plan(), yes=True)
        assert (result.exit_code, result.doubtful) == (8, ("still",))
        assert resume(result).doubtful == ("still",)
        assert len(vendor.bill) == 1

    def test_no_such_run(self, front: Front) -> None:
        with pytest.raises(UsageError, match="no runs here yet"):
            resume("2026")

    def test_what_watches_may_break_and_nothing_is_bought_for_it(self, still: Path, vendor: Vendor) -> None:
        def breaks(_: object) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            run(load("still.rhflow.yaml").plan(), yes=True, watch=breaks)
        assert resume(home=vendor.home).ok
        assert len(vendor.bill) == 1

    def test_cancelling_leaves_nothing_open(self, film: Path, front: Front) -> None:
        """Cancelled while jobs are under way; then collected, and nothing is bought twice."""

        async def cancelled(vendor: Vendor) -> None:
            work = asyncio.create_task(arun(load("film.rhflow.yaml").plan(), yes=True))
            async with asyncio.timeout(20):
                while not vendor.bill:
                    await asyncio.sleep(0.01)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work

        with simulator(home=front.folder / ".rhflow", running_s=0.5) as vendor:
            asyncio.run(cancelled(vendor))
            (record,) = front.json("runs", "runs")["runs"]
            assert record["status"] == "interrupted"
            done = resume(record["run"])
            assert done.ok
            assert len(vendor.bill) == 4
            assert done.charged == vendor.spent

    @pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
    def test_ctrl_c(self, still: Path, front: Front) -> None:
        script = "from rhflow import load, run\nrun(load('still.rhflow.yaml').plan(), yes=True)\n"
        with simulator(home=front.folder / ".rhflow", running_s=1.0) as vendor:
            program = subprocess.Popen(
                [sys.executable, "-c", script], stderr=subprocess.PIPE, env=os.environ, text=True
            )
            end = time.monotonic() + 30
            while not vendor.bill and time.monotonic() < end:
                time.sleep(0.02)
            program.send_signal(signal.SIGINT)
            _, said = program.communicate(timeout=30)
            assert "KeyboardInterrupt" in said
            assert resume(home=vendor.home).ok
            assert len(vendor.bill) == 1
