"""What `rhflow cache` says on a screen."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Mapping
from decimal import Decimal

from rich.text import Text

from rhflow.app.exporting import Exported
from rhflow.app.importing import Imported
from rhflow.app.pruning import Kept, Pruning
from rhflow.app.shelf import Shelved, Story
from rhflow.app.verifying import Verified
from rhflow.cli.amounts import age_text
from rhflow.cli.speaking import console
from rhflow.cli.streams import say
from rhflow.cli.tables import Grid
from rhflow.ground.diagnostics import counted
from rhflow.ground.values import Json, Money
from rhflow.lifecycle.ledger import sum_of
from rhflow.view.lines import size_text
from rhflow.view.run_view import instant

_MOST = 20


def show_shelf(rows: list[Shelved], total: int, now: float) -> None:
    """Every result, newest first, and what they take together."""
    table = Grid(
        "key", "kind", "size", "age", "used", "cost", "made for", right=("size", "age", "used", "cost")
    )
    for row in rows:
        held = row.holding
        marks = [
            word for word, is_so in (("pinned", row.pinned), ("bytes are missing", row.missing)) if is_so
        ]
        what = f"{held.task} of run {held.run}, {held.model}"
        table.add(
            held.key[:12],
            "+".join(dict.fromkeys(item.kind.value for item in held.artifacts)),
            size_text(row.size),
            age_text(now - held.made),
            f"{held.uses}×",
            _cost(held.cost, is_paid=held.is_paid),
            what + (f" ({', '.join(marks)})" if marks else ""),
        )
    table.show(console())
    say(f"\n{counted(len(rows), 'result')}, {size_text(total)}; paid for: {_money(rows)}.")


def _money(rows: list[Shelved]) -> str:
    return _sums(sum_of(row.holding.cost for row in rows if row.holding.is_paid)) or "nothing"


def _sums(amounts: Mapping[str, Decimal]) -> str:
    """`4.17 CNY`, `4.17 CNY and 0.60 USD`; empty where there are none."""
    return " and ".join(str(Money(amount, currency)) for currency, amount in amounts.items())


def _cost(cost: Money | None, *, is_paid: bool) -> str:
    return (str(cost) if cost is not None else "?") if is_paid else "–"


def show_story(story: Story, now: float) -> None:
    """Where something comes from."""
    out, held = console(), story.held
    out.print(
        Text(f"{held.task} of run {held.run}, by {held.model}", style="bold" if out.is_terminal else "")
    )
    out.print(f"key      {held.key}")
    cost = f", {held.cost}" if held.is_paid and held.cost is not None else ""
    out.print(f"made     {instant(held.made)} ({age_text(now - held.made)} ago){cost}")
    for item, condition in zip(held.artifacts, story.condition, strict=True):
        link = f"; the vendor's link lives until {instant(item.expires)}" if _lives(item.expires, now) else ""
        out.print(f"{item.kind.value:8} {item.sha256}  {size_text(item.bytes)}, {condition}{link}")
    for path in story.copies:
        out.print(Text(f"copy     {path}"))
    for run, task in story.used_by:
        if (run, task) != (held.run, held.task):
            out.print(f"used     {task} of run {run}")
    if story.pinned:
        out.print("pinned   it is never pruned")
    if story.let_go is not None:
        out.print(f"gone     it was {story.let_go.why} at {instant(story.let_go.at)}")
    arguments = (story.request or {}).get("arguments")
    for name, value in arguments.items() if isinstance(arguments, dict) else ():
        out.print(Text(f"  {name}: {_short(value)}"), soft_wrap=True)


def _short(value: Json) -> str:
    """A value of a request; media by the beginning of their digest."""
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    if isinstance(value, dict):
        leaf = next((body for name, body in value.items() if name.startswith("$")), None)
        if isinstance(leaf, dict):
            known = str(leaf.get("sha256") or "")[:12] or str(leaf.get("url"))
            return f"{leaf.get('kind')} {known}"
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else json.dumps(value)


def _lives(expires: float | None, now: float) -> bool:
    return expires is not None and expires > now


class VerifyProgress:
    """How far the reading is, in one line that is written over; on a terminal only."""

    def __init__(self, *, quiet: bool) -> None:
        self._is_shown = sys.stderr.isatty() and not quiet
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._is_shown and (now - self._last > 0.2 or done == total):
            self._last = now
            end = "\n" if done == total else ""
            print(f"\r{size_text(done)} of {size_text(total)} read", end=end, file=sys.stderr, flush=True)  # noqa: T201


def show_verified(found: Verified) -> None:
    """What is well and what is not, and what that means."""
    out = console()
    for item in found.unwell:
        told = f"{item.how}: {item.what} ({item.sha256[:12]}…)"
        out.print(Text(told, style="red" if out.is_terminal else ""))
        out.print(f"  {item.then}")
    for path in found.strangers[:_MOST]:
        out.print(Text(f"no object: {path}"))
    damaged = sum(item.how == "damaged" for item in found.unwell)
    missing = len(found.unwell) - damaged
    orphans = ""
    if found.orphans:
        size = size_text(sum(size for _, size in found.orphans))
        orphans = f"; {counted(len(found.orphans), 'object')} ({size}) that no run knows"
    say(
        f"{counted(found.objects, 'object')}, {size_text(found.bytes)}: "
        f"{damaged} damaged, {missing} missing{orphans}."
    )


def show_pruning(pruning: Pruning, *, done: bool) -> None:
    """What goes, or has gone, and what stays although it was asked for."""
    if pruning.pieces:
        table = Grid("result", "made for", "cost", "why", right=("cost",))
        for piece in pruning.pieces:
            table.add(
                piece.key[:12],
                f"{piece.task} of run {piece.run}",
                _cost(piece.cost, is_paid=piece.paid),
                piece.why,
            )
        table.show(console())
    for item in pruning.leftovers:
        console().print(Text(f"{item.what}: {item.path} ({size_text(item.bytes)})"))
    alone = len(pruning.objects) - len({digest for piece in pruning.pieces for digest in piece.digests})
    if alone > 0:
        say(f"{counted(alone, 'object')} that no run knows.")
    if pruning.uploads:
        say(
            f"{counted(pruning.uploads, 'remembered upload')} that has died."
            if pruning.uploads == 1
            else f"{pruning.uploads} remembered uploads that have died."
        )
    _tell_kept(pruning.paid, "would cost money to make again", "Add --paid to let them go, too.")
    _tell_kept(pruning.pinned, "pinned", "rhflow cache unpin lets them go.")
    _tell_kept(pruning.needed, "made by a run that is not finished", "Finish it, or wait: rhflow runs")
    if pruning.is_nothing:
        say("There is nothing to prune.")
    elif done:
        say(f"{size_text(pruning.bytes)} are free again.")
    else:
        paid = [piece for piece in pruning.pieces if piece.paid]
        if paid:
            say(f"{counted(len(paid), 'result')} among them cost {_sums(Kept(tuple(paid)).cost) or '?'}.")
        say(f"This would free {size_text(pruning.bytes)}; nothing is deleted yet. Say it again with --yes.")


def _tell_kept(kept: Kept, why: str, then: str) -> None:
    if kept.pieces:
        cost = f" ({_sums(kept.cost)})" if kept.cost else ""
        say(f"Kept: {counted(len(kept.pieces), 'result')}{cost}, {why}. {then}")


def show_exported(made: Exported) -> None:
    """The file on standard output, the rest beside it."""
    for sentence in made.left_out:
        say(f"Left out: {sentence}")
    say(f"{counted(made.results, 'result')} of run {made.run}, {size_text(made.bytes)}.")
    console().print(Text(str(made.path)), soft_wrap=True)


def show_imported(made: Imported) -> None:
    """What was taken in, and how to go on."""
    if made.is_known:
        say(f"Run {made.run} was here already.")
    kept = f"; {made.kept} were known, and stay as they are" if made.kept else ""
    say(f"{counted(made.results, 'new result')} of {made.pipeline}, run {made.run}{kept}.")
    inputs = "".join(f" -i {shlex.quote(f'{name}={value}')}" for name, value in made.given.items())
    if made.files is not None and made.workflow is not None:
        words = f"rhflow run {shlex.quote(made.workflow)}{inputs}"
        say(f"Its files are in {made.files}. Run it, for nothing: {words}")
    elif made.workflow is not None:
        say("Its pipeline is in the crate; --files DIR unpacks it, too.")
    console().print(made.run)
