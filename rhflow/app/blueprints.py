"""Ask the far side what a workflow, an app or a quick creation is made of; free, and nothing starts."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from rhflow.app.far_side import far_side, simulator_side
from rhflow.app.session import Session
from rhflow.catalog.model import Blueprint
from rhflow.ground.errors import AccountError, NetworkError, UsageError
from rhflow.language.free_form import form_of, free_model
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import PollFailed
from rhflow.providers.runninghub.blueprints import app_blueprint, workflow_blueprint
from rhflow.providers.runninghub.calls import apps, workflows
from rhflow.providers.runninghub.goods import goods_of
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.simulator.server import running_simulator


def refuse_other_things(uses: str) -> None:
    """Only what takes nodes can be asked what it is made of.

    Raises:
        UsageError: it is something else.
    """
    form = form_of(uses)
    if form is None or not form.takes_nodes:
        raise UsageError(
            f"{uses!r} is no workflow, app or quick creation",
            "Write: rhflow models add app/ID (or workflow/ID, quick/ID-CODE)",
        )
    if free_model(uses, form) is None:
        raise UsageError(f"{uses!r} names no {form.noun}", f"Write {form.prefix} and {form.wanted}.")


async def ask_blueprint(opened: Session, uses: str) -> Blueprint:
    """What the far side says of its nodes.

    Raises:
        UsageError: there is no such thing there, or it tells nothing.
        AccountError, NetworkError: nobody could be asked.
    """
    goods = goods_of(uses)
    as_of = datetime.fromtimestamp(opened.clock.now(), UTC).date().isoformat()
    async with _far(opened) as (site, origin):
        try:
            if goods.sort == "workflow":
                graph = await site.ask(workflows.graph(goods.name))
                return workflow_blueprint(uses, graph, origin=origin, as_of=as_of)
            told = await site.ask(apps.app(goods.app if goods.sort == "quick" else goods.name))
        except PollFailed as error:
            failure = error.failure
            if failure.kind in (FailureKind.UNAUTHORIZED, FailureKind.NO_FUNDS):
                raise AccountError(failure.message, failure.hint) from error
            if failure.kind is FailureKind.NOT_SENT:
                raise NetworkError(failure.message, failure.hint) from error
            raise UsageError(f"{uses} tells nothing of itself: {failure.message}", failure.hint) from error
        except ValueError as error:
            raise UsageError(f"{uses} tells nothing that can be read: {error}") from error
    return app_blueprint(uses, told, origin=origin, as_of=as_of)


@contextlib.asynccontextmanager
async def _far(opened: Session) -> AsyncIterator[tuple[RunningHubProvider, str]]:
    """Whom to ask, and how it is called."""
    async with contextlib.AsyncExitStack() as stack:
        if opened.settings.provider == "simulator":
            folder = opened.settings.home / "simulator"
            address = await stack.enter_async_context(running_simulator(folder, opened.catalog, quick=True))
            site, origin = simulator_side(opened, address), "simulator"
        else:
            site, origin = far_side(opened, opened.settings.base_url, waits=()), opened.realm
        stack.push_async_callback(site.close)
        yield site, origin
