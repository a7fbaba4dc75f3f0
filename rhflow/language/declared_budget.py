"""`budget`: an amount for the run, or a cap for each stretch of counting."""

from __future__ import annotations

from rhflow.ground.caps import Caps
from rhflow.ground.values import Json, Path
from rhflow.language.problems import read_spec
from rhflow.language.sheet import Sheet
from rhflow.language.spec import BudgetSpec

_PATH: Path = ("budget",)


def read_budget(sheet: Sheet, raw: Json) -> Caps:
    """The caps a document sets; whatever is wrong with one of them was reported and left out."""
    if not isinstance(raw, dict):
        return Caps(run=sheet.money(raw, _PATH))
    spec = read_spec(BudgetSpec, raw, _PATH, sheet.marks, sheet.problems, noun="a budget")
    if spec is None:
        return Caps()
    if not raw:
        message = "this budget caps nothing"
        sheet.report(sheet.marks.of(_PATH), "shape", message, "write budget: 40 CNY, or {day: 100 CNY}")
    return Caps(
        run=sheet.money(spec.run, (*_PATH, "run")),
        step=sheet.money(spec.step, (*_PATH, "step")),
        day=sheet.money(spec.day, (*_PATH, "day")),
        project=sheet.money(spec.project, (*_PATH, "project")),
    )
