"""Tables for a screen; in a pipe the same words in columns."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from rhflow.planning.plan import Judgement, Plan
from rhflow.view.lines import VERDICT_WORDS, price_text, why_text

_VERDICT_STYLES = {"cached": "green", "run": "cyan", "run_unless_identical": "cyan", "wait": "yellow"}


def grid(*headings: str) -> Table:
    """A table without lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading, no_wrap=heading not in ("why", "about"), overflow="fold")
    return table


def plan_table(plan: Plan, judgements: Mapping[str, Judgement]) -> Table:
    """Task, model, verdict, price and reason, in plan order."""
    table = grid("task", "uses", "verdict", "CNY", "why")
    table.columns[3].justify = "right"
    for task in plan.tasks:
        judgement = judgements[task.id]
        price = "free" if task.is_local else price_text(judgement.quote)
        table.add_row(
            task.id,
            Text(task.uses, style="dim"),
            Text(VERDICT_WORDS[judgement.verdict], style=_VERDICT_STYLES.get(judgement.verdict, "")),
            Text(price, style="yellow" if price == "unknown" else ""),
            Text(why_text(judgement), style="dim"),
        )
    return table
