"""What would be done, as a program sees it: tasks with their verdicts, the bill, and the whole document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from rhflow.app.planned import Bound, Part, Planned, uploads_of
from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import JsonObject
from rhflow.language.inputs import Given
from rhflow.library.place import Place
from rhflow.planning.cost import bill_of
from rhflow.planning.plan import Bill, VerdictWord
from rhflow.view.lines import bill_text
from rhflow.view.plan_view import plan_document


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task: what it asks for, whether it would run and why, what it would cost."""

    id: str
    uses: str
    verdict: VerdictWord
    why: tuple[str, ...]
    low: Decimal | None
    high: Decimal | None
    """None where nobody knows the price."""


class Plan:
    """A plan of a pipeline for certain inputs; `run` carries it out. Made by `Pipeline.plan`."""

    def __init__(
        self, place: Place, given: Mapping[str, Given], bound: Bound, part: Part, planned: Planned
    ) -> None:
        self.place = place
        self.given = given
        self.bound = bound
        self.part = part
        self.planned = planned

    @property
    def pipeline(self) -> str:
        """The name of the pipeline."""
        return self.planned.plan.pipeline

    @property
    def provider(self) -> str:
        return self.planned.plan.provider

    @property
    def tasks(self) -> tuple[PlannedTask, ...]:
        """Every task, in an order in which they can be done."""
        found = []
        for task in self.planned.plan.tasks:
            said = self.planned.judgements[task.id]
            found.append(
                PlannedTask(task.id, task.uses, said.verdict, said.why, said.quote.low, said.quote.high)
            )
        return tuple(found)

    @property
    def cost(self) -> Bill:
        """What it would cost: `low`, `high`, `currency`, and how many tasks are of `unknown` price."""
        return bill_of(self.planned.judgements)

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Warnings and notes about the text and the inputs."""
        return self.planned.problems

    @property
    def document(self) -> JsonObject:
        """The document of `rhflow plan --json` (schemas/plan.schema.json)."""
        return plan_document(
            self.planned.plan, self.planned.judgements, self.problems, uploads_of(self.planned)
        )

    def __repr__(self) -> str:
        return f"<Plan of {self.pipeline}: {len(self.planned.plan.tasks)} tasks, {bill_text(self.cost)}>"
