"""What an edit costs, as Markdown for a pull request and as JSON."""

from __future__ import annotations

from rhflow.ground.values import Json, JsonObject
from rhflow.planning.diff import PlanDiff
from rhflow.view.lines import bill_text, price_text

_MOST_ROWS = 50


def diff_markdown(diff: PlanDiff, old: str, new: str) -> str:
    """A heading sentence and a table of the tasks that the edit touches."""
    total = len(diff.changes) + diff.kept
    if not diff.changes:
        lines = [f"**{new}** buys nothing that **{old}** does not: {diff.kept} tasks are the same."]
    else:
        touched = f"**{new}** touches {len(diff.changes)} of {total} tasks against **{old}**"
        lines = [
            f"{touched}; making them costs **{bill_text(diff.cost)}**.",
            "",
            "| task | model | what | why | CNY |",
            "|---|---|---|---|---:|",
        ]
        for change in diff.changes[:_MOST_ROWS]:
            price = "free" if change.task.is_local else price_text(change.task.quote)
            task, why = change.task, "; ".join(change.why)
            cells = (f"`{_cell(task.id)}`", _cell(task.uses), change.what, _cell(why), price)
            lines.append(f"| {' | '.join(cells)} |")
        if len(diff.changes) > _MOST_ROWS:
            lines.append(f"| … and {len(diff.changes) - _MOST_ROWS} more | | | | |")
    if diff.gone:
        names = ", ".join(f"`{_cell(task.id)}`" for task in diff.gone[:_MOST_ROWS])
        lines += ["", f"Not made any more: {names}. What was bought for them stays in the store."]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def diff_document(diff: PlanDiff) -> JsonObject:
    """The same for programs."""
    changes: list[Json] = [
        {
            "id": change.task.id,
            "uses": change.task.uses,
            "what": change.what,
            "why": list(change.why),
            "cost": change.task.quote.to_json(),
        }
        for change in diff.changes
    ]
    gone: list[Json] = [task.id for task in diff.gone]
    return {"changes": changes, "gone": gone, "kept": diff.kept, "cost": diff.cost.to_json()}
