"""Progress while a run works: a screen that redraws on a terminal, one line per fact elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rhflow.cli.event_stream import EventStream
from rhflow.cli.speaking import console
from rhflow.cli.streams import say
from rhflow.ground.values import plain
from rhflow.lifecycle.events import Blocked, Event, name_of
from rhflow.lifecycle.notices import Notice
from rhflow.lifecycle.states import BOUGHT, State, TaskState
from rhflow.planning.plan import Plan
from rhflow.view.event_view import event_document, notice_document
from rhflow.view.lines import duration_text, event_line, state_text
from rhflow.view.run_view import Money, instant, money_so_far

_STYLES = {
    State.DONE: "green",
    State.FAILED: "bold red",
    State.DOUBTFUL: "bold yellow",
    State.SUBMITTING: "cyan",
    State.SUBMITTED: "cyan",
    State.COLLECTING: "cyan",
    State.BACKOFF: "yellow",
}
_ORDER = {
    State.DOUBTFUL: 0,
    State.FAILED: 1,
    State.COLLECTING: 2,
    State.SUBMITTED: 3,
    State.SUBMITTING: 3,
    State.BACKOFF: 4,
    State.READY: 5,
    State.SETTLING: 5,
    State.WAITING: 6,
}
"""What a person wants to see first, where the screen has not room for all; the ended ones come last."""
_LAST = 7
_NOTICE_S = 60.0
"""How long a notice stays on the screen: what it counts has changed by then."""
_FRAME = 8
"""Lines that are not rows of the table."""


class Progress:
    """What a run tells while it works. Call it with every fact; enter it to show."""

    def __init__(
        self, run: str, plan: Plan, *, quiet: bool, verbose: bool = False, events: EventStream | None = None
    ) -> None:
        self._run = run
        self._plan = plan
        self._needs: Mapping[str, tuple[str, ...]] = {task.id: task.needs for task in plan.tasks}
        self._labels = {task.id: task.label for task in plan.tasks}
        self._states: dict[str, TaskState] = {}
        self._events = events
        self._quiet = quiet
        self._verbose = verbose
        self._began = time.monotonic()
        self._out = console(stderr=True)
        self._notice, self._noticed_at = "", 0.0
        self._far: dict[str, str] = {}
        """How far the jobs say they are, by task."""
        self._refused: set[str] = set()
        self._live: Live | None = None
        if self._out.is_terminal and not quiet:
            self._live = Live(
                get_renderable=self._screen, console=self._out, refresh_per_second=8, transient=True
            )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
            self._out.show_cursor(show=True)  # whatever ends us, the terminal stays as it was
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, task: str, event: Event | None, state: TaskState) -> None:
        self._states[task] = state
        if event is None:
            return
        if self._events is not None:
            body = event_document(self._run, task, event, instant(time.time()))
            self._events.tell(body)
        if self._live is None and not self._quiet:
            line = event_line(task, event, state) or (f"{task}: {name_of(event)}" if self._verbose else None)
            if line is not None and not self._is_told(event):
                say(line)

    def _is_told(self, event: Event) -> bool:
        """Whether another cell of a list was refused for the same reason, in the same words."""
        if not isinstance(event, Blocked) or self._verbose:
            return False
        told = event.failure.message in self._refused
        self._refused.add(event.failure.message)
        return told

    def notice(self, notice: Notice) -> None:
        """Something to know although no task has moved."""
        is_wanted = self._verbose or not notice.is_minor
        if self._events is not None and (is_wanted or notice.glimpse is not None):
            self._events.tell(notice_document(self._run, notice, instant(time.time())))
        if notice.task is not None and notice.glimpse is not None:
            self._far[notice.task] = notice.glimpse.text
            is_wanted = is_wanted and self._live is None  # on the screen it stands in the task's row
        if not is_wanted:
            return
        self._notice, self._noticed_at = notice.message, time.monotonic()
        if self._live is None:
            if notice.is_urgent or not self._quiet:
                say(notice.message)
        elif notice.is_urgent:
            self._out.print(Text(notice.message, style="bold yellow"))

    def _screen(self) -> RenderableType:
        states = dict(self._states)
        ended = sum(state.is_terminal for state in states.values())
        total = max(len(self._plan.tasks), 1)
        money = money_so_far(self._plan, states)
        head = Table.grid(padding=(0, 2))
        head.add_row(
            Text(self._plan.pipeline, style="bold", overflow="ellipsis", no_wrap=True),
            ProgressBar(total=total, completed=ended, width=max(10, min(30, self._out.width - 50))),
            Text(f"{ended} of {total}", no_wrap=True),
            Text(duration_text(time.monotonic() - self._began), style="dim", no_wrap=True),
        )
        spent = Text(self._money_text(money), style="dim", overflow="ellipsis", no_wrap=True)
        is_old = time.monotonic() - self._noticed_at > _NOTICE_S
        notice = Text("" if is_old else self._notice, style="yellow", overflow="ellipsis", no_wrap=True)
        return Group(head, spent, notice, self._rows(states, self._out), Text(""))

    def _money_text(self, money: Money) -> str:
        play = " play money" if self._plan.provider == "simulator" else ""
        saved = f", {plain(money.saved)} saved" if money.saved else ""
        return f"{plain(money.charged)} {money.currency}{play} spent{saved}"

    def _rows(self, states: Mapping[str, TaskState], out: Console) -> Table:
        room = max(out.size.height - _FRAME, 5)
        ids = [task.id for task in self._plan.tasks if task.id in states]
        shown = sorted(ids, key=lambda task: _ORDER.get(states[task].state, _LAST))[:room]
        rows = [
            (
                self._labels[task] or task,
                Text(state_text(states[task]), style=_STYLES.get(states[task].state, "dim")),
                Text(_elapsed(states[task]), style="dim"),
                Text(self._remark(task, states[task], states), style="dim"),
            )
            for task in [task for task in ids if task in set(shown)]
        ]
        table = _table_of(rows, out.width)
        hidden = len(ids) - len(shown)
        if hidden > 0:
            table.add_row(Text(f"… and {hidden} more", style="dim"))
        return table

    def _remark(self, task: str, state: TaskState, states: Mapping[str, TaskState]) -> str:
        if state.state in BOUGHT and state.job:
            if (state.endpoint or "").startswith("local/"):
                return ""
            is_going = state.state is State.SUBMITTED and task in self._far
            return f"task id {state.job}" + (f", {self._far[task]}" if is_going else "")
        if state.state is State.WAITING:
            missing = [need for need in self._needs[task] if not _is_done(states.get(need))]
            more = f" and {len(missing) - 2} more" if len(missing) > 2 else ""
            return f"waits for {', '.join(missing[:2])}{more}" if missing else ""
        return state.failure.message if state.failure is not None else ""


def _table_of(rows: list[tuple[str, Text, Text, Text]], width: int) -> Table:
    """Name, state and time stay whole; the remark gets what is left."""
    name = min(max([cell_len(row[0]) for row in rows], default=0), max(14, width // 3))
    state = max([row[1].cell_len for row in rows], default=0)
    took = max([row[2].cell_len for row in rows], default=0)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=name, no_wrap=True, overflow="ellipsis")
    table.add_column(width=state, no_wrap=True)
    table.add_column(width=took, no_wrap=True, justify="right")
    table.add_column(max_width=max(width - name - state - took - 6, 1), no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(*row)
    return table


def _is_done(state: TaskState | None) -> bool:
    return state is not None and state.state is State.DONE


def _elapsed(state: TaskState) -> str:
    purchase = state.purchase
    if purchase is None or state.cached:
        return ""
    end = purchase.collected or (state.ended if state.is_terminal else None) or time.time()
    return duration_text(max(0.0, end - purchase.intended))
