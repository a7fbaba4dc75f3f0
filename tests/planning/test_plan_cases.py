"""Golden pairs: `x.yaml` becomes the plan written in `x.plan`, one task a line.

Comments at the head of a case say what is remembered: `# made: a, b` (results are in the store), `# open: a`
and `# doubtful: a` (purchases that have not ended), `# asked: a` (a request of an earlier run),
`# wrote a: …` (what a text that was made says).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rhflow.catalog.model import Model
from rhflow.ground.artifact import Artifact
from rhflow.ground.hashing import digest_bytes
from rhflow.ground.references import FileMedia, Media, Resolved
from rhflow.language.build import read_pipeline
from rhflow.language.inputs import bind_inputs
from rhflow.planning.cost import bill_of
from rhflow.planning.expand import Expansion, expand
from rhflow.planning.identify import SKIPPED, NoRequest, Outcome, SkipTask, identify
from rhflow.planning.judge import judge
from rhflow.planning.memory import Asked, OpenAttempt, Recalled
from rhflow.planning.plan import Judgement, Plan, Task
from rhflow.store.blobs import digest_file
from rhflow.view.lines import bill_text, price_text, why_text
from tests.language.catalogue import CATALOG

CASES = sorted((Path(__file__).parent.parent / "cases" / "plans").glob("*.yaml"))
REALM = "simulator"


def model_of(name: str) -> Model:
    found = CATALOG.find(name)
    assert found is not None
    return found


class Remembered:
    """A memory made of a plan: results of some tasks, open purchases of others."""

    def __init__(self, plan: Plan, said: dict[str, set[str]]) -> None:
        self.results: dict[str, Recalled] = {}
        self.open: dict[str, OpenAttempt] = {}
        self.asked: dict[str, Asked] = {}
        outcomes: dict[str, Outcome] = {}
        for task in plan.tasks:
            model = model_of(task.uses)
            try:
                found = identify(task, model, REALM, outcomes, 0.0)
            except NoRequest:
                continue
            except SkipTask:
                outcomes[task.id] = SKIPPED
                continue
            wrote = next(iter(said.get(f"wrote {task.id}", ())), None)
            made = made_by(task, model, found.arguments, wrote)
            if task.id in said.get("made", ()):
                outcomes[task.id] = Outcome(made, model.id)
                self.results[found.key] = Recalled(found.key, made, model.id, "run-0", task.id)
            for word, state, job in (("open", "submitted", "job-1"), ("doubtful", "doubtful", None)):
                if task.id in said.get(word, ()):
                    self.open[found.key] = OpenAttempt(found.key, "1", "run-0", task.id, job, state, "x", 0.0)  # type: ignore[arg-type]
        for name in said.get("asked", ()):
            self.asked[name] = Asked("another/model", "simulator", {})

    def recall(self, key: str) -> Recalled | None:
        return self.results.get(key)

    def lost(self, _key: str) -> None:
        return None

    def open_attempt(self, key: str) -> OpenAttempt | None:
        return self.open.get(key)

    def last_request(self, _pipeline: str, task: str) -> Asked | None:
        return self.asked.get(task)


def made_by(
    task: Task, model: Model, arguments: dict[str, Resolved], wrote: str | None
) -> tuple[Artifact, ...]:
    """A result of the main kind, and one of every kind that the arguments switch on."""
    more = [extra.kind for extra in model.extra_outputs if arguments.get(extra.when or "") is True]
    names = {model.output: task.id} | {kind: f"{task.id} {kind.value}" for kind in more}
    return tuple(
        Artifact(kind, digest_bytes(name.encode()), 9, "bin", seconds=5.0, text=wrote)
        for kind, name in names.items()
    )


def inspect(medium: Media) -> Media:
    if not isinstance(medium, FileMedia):
        return medium
    sha256, size = digest_file(Path(medium.path))
    return replace(medium, sha256=sha256, bytes=size)


def expanded(case: Path) -> Expansion:
    def read(path: str) -> bytes:
        return (case.parent / path).read_bytes()

    reading = read_pipeline(case.read_bytes(), str(case), CATALOG, read)
    assert reading.pipeline is not None, list(map(str, reading.problems))
    bound = bind_inputs(reading.pipeline, {}, read)
    names = {"id": "run-1", "date": "2026-01-02"}
    return expand(
        reading.pipeline, bound.values, provider="simulator", realm=REALM, inspect=inspect, run_names=names
    )


def said_of(case: Path) -> dict[str, set[str]]:
    heads = re.findall(r"^# (\w+|wrote \S+): (.+)$", case.read_text("utf-8"), re.MULTILINE)
    return {
        word: {names} if word.startswith("wrote") else {name.strip() for name in names.split(",")}
        for word, names in heads
    }


def line(task: Task, judged: Judgement) -> str:
    key = judged.key[:8] if judged.key else "-" * 8
    words = [task.id, key, judged.verdict, price_text(judged.quote)]
    words += [f"as {task.save_as}"] if task.save_as else []
    words += [f"needs {', '.join(task.needs)}"] if task.needs else []
    return "  ".join(words) + f"\n    {why_text(judged)}"


def written(case: Path) -> str:
    expansion = expanded(case)
    folder = f"{case.parent}{os.sep}"
    problems = [str(item).replace(folder, "").replace("\\", "/") for item in expansion.problems]
    if expansion.plan is None:
        return "\n".join([*problems, "no plan", ""])
    judged = judge(expansion.plan, model_of, Remembered(expansion.plan, said_of(case)), 0.0)
    tasks = [line(task, judged[task.id]) for task in expansion.plan.tasks]
    return "\n".join([*problems, *tasks, f"total {bill_text(bill_of(judged))}", ""])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_plan(case: Path, golden: Callable[[Path, str], None]) -> None:
    golden(case.with_suffix(".plan"), written(case))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_plan_survives_its_file(case: Path) -> None:
    found = expanded(case).plan
    if found is not None:
        assert Plan.from_json(found.to_json()) == found


def test_every_plan_has_its_text() -> None:
    folder = CASES[0].parent
    assert {plan.stem for plan in folder.glob("*.plan")} == {case.stem for case in CASES}
