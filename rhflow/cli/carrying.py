"""Carrying an order out before somebody's eyes: progress while it works, then how it ended."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from rhflow.app.finished import Finished
from rhflow.app.order import Order
from rhflow.app.placing import Outputs
from rhflow.app.running import carry_out
from rhflow.app.runs import facts_of, find_run
from rhflow.app.session import Session
from rhflow.cli.ending import empty_run, end_run
from rhflow.cli.event_stream import EventStream
from rhflow.cli.live import Progress
from rhflow.cli.speaking import show_error
from rhflow.cli.streams import answer, problems_json
from rhflow.ground.errors import RhflowError
from rhflow.ground.values import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How much is told, and in which form."""

    as_json: bool
    quiet: bool
    verbose: bool
    events: str | None

    def carry_out(self, opened: Session, order: Order, stream: EventStream | None) -> int:
        """Do it and tell of it; the exit code. `stream` takes the events."""
        began = time.monotonic()
        try:
            with Progress(
                order.run, order.plan, quiet=self.quiet, verbose=self.verbose, events=stream
            ) as progress:
                finished = asyncio.run(carry_out(opened, order, progress, notify=progress.notice))
        except RhflowError as error:
            if self.as_json:
                answer({**_as_far_as_known(opened, order), "problems": problems_json(error)})
            show_error(error, causes=self.verbose)
            return error.exit_code
        return end_run(
            finished,
            as_json=self.as_json,
            quiet=self.quiet,
            took_s=time.monotonic() - began,
            is_taken=self.events == "-",
        )


def _as_far_as_known(opened: Session, order: Order) -> JsonObject:
    """The run as it is written down, where it is."""
    try:
        facts = facts_of(opened, find_run(opened, order.run), order.plan)
    except RhflowError:
        return empty_run()
    outputs = Outputs(order.out, order.plan, opened.journal, opened.blobs)
    return Finished(facts, outputs, outputs.output_paths(facts.outputs)).document
