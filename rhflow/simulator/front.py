"""The simulator as an ASGI application: who may ask what, and the faults on the way."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from rhflow.simulator import bill, wire
from rhflow.simulator.control import Control
from rhflow.simulator.counters import Counters
from rhflow.simulator.database import Database
from rhflow.simulator.faults import Faults, Lines, play
from rhflow.simulator.office import Office, bearer, tail_of
from rhflow.simulator.settings import SimulatorSettings
from rhflow.simulator.shelf import PREFIX, Shelf
from rhflow.simulator.submitting import PREVIEW_PREFIX, SUBMIT_PREFIX, Submitting
from rhflow.simulator.tasks import Tasks
from rhflow.simulator.uploading import Uploading
from rhflow.simulator.workshop import Workshop

_LOG = logging.getLogger("rhflow.simulator")

Open: TypeAlias = Callable[[Request], Awaitable[Response]]
Keyed: TypeAlias = Callable[[Request, str], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class _Route:
    """One call: its methods, its name for faults, who answers it."""

    methods: tuple[str, ...]
    call: str
    answer: Open | None = None
    keyed: Keyed | None = None
    """In place of `answer` for a v2 call: it needs a key, and gets its tail."""


class Simulator:
    """One folder, served. Call `open` first and `close` at the end, from any thread."""

    def __init__(self, settings: SimulatorSettings) -> None:
        """Open the state in the folder.

        Raises:
            StoreError: it cannot be used.
            BadFault: a fault in the settings makes no sense.
        """
        self.lines: Lines | None = None
        faults = Faults(settings.faults)
        settings.folder.mkdir(parents=True, exist_ok=True)
        database = Database(settings.folder / "simulator.db")
        tasks, shelf = Tasks(database), Shelf(database, settings.folder / "files", settings.timing.lifetime_s)
        workshop = Workshop(
            tasks, shelf, renderer=settings.renderer, workers=settings.workers, quick=settings.quick
        )
        self._office = Office(settings, database, tasks, shelf, workshop, faults)
        self._exact, self._prefixes = _routes(self._office, self._file)

    def open(self) -> None:
        """Begin to draw; files that expired are deleted."""
        self._office.shelf.sweep()
        self._office.workshop.open()

    def close(self) -> None:
        """Stop drawing and let go of the folder."""
        self._office.workshop.close()
        self._office.database.close()

    def bill(self) -> bill.Bill:
        """Everything that was bought here, ever."""
        return bill.read(self._office.database)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        route = self._route(scope["path"])
        fault = self._office.faults.due(route.call, scope["path"]) if route.call else None

        async def plain(scope: Scope, receive: Receive, send: Send) -> None:
            await self._answer(route, scope, receive, send)

        if fault is None or self.lines is None:
            await plain(scope, receive, send)
        else:
            await play(fault, plain, scope, receive, send, self.lines)

    def _route(self, path: str) -> _Route:
        if path in self._exact:
            return self._exact[path]
        return next((route for prefix, route in self._prefixes if path.startswith(prefix)), _NOWHERE)

    async def _answer(self, route: _Route, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(route, request)
        except ClientDisconnect:
            return
        except Exception:  # noqa: BLE001  # as every server: an answer, and the reason in the log
            _LOG.exception("the simulator could not answer %s %s", scope["method"], scope["path"])
            response = wire.refusal(1005, "the simulator failed; its log says why", http=500)
        await response(scope, receive, send)

    async def _respond(self, route: _Route, request: Request) -> Response:
        if route is _NOWHERE:
            return wire.refusal(1001, f"invalid url: there is nothing at {request.url.path}", http=404)
        if request.method not in route.methods:
            return wire.refusal(1009, f"use {' or '.join(route.methods)} here", http=405)
        if route.keyed is None:
            assert route.answer is not None
            return await route.answer(request)
        key, known = bearer(request), self._office.settings.accept_keys
        if not key or (known is not None and key not in known):
            return _unknown_key(route)
        return await route.keyed(request, tail_of(key))

    async def _file(self, request: Request) -> Response:
        """An upload or a result, whole or in ranges."""
        served = self._office.shelf.find(request.url.path.removeprefix(PREFIX))
        if served is None:
            return PlainTextResponse("Not Found", 404)
        return FileResponse(served.path, media_type=served.mime)


def _unknown_key(route: _Route) -> JSONResponse:
    message = "invalid api key: send Authorization: Bearer <key>"
    if route.call == "upload":
        return wire.upload_envelope(None, 1002, message, http=401)
    return wire.refusal(1002, message, http=401)


_NOWHERE = _Route((), "")


def _routes(office: Office, file: Open) -> tuple[dict[str, _Route], list[tuple[str, _Route]]]:
    """The calls by whole path, and by how their path begins, the longest first."""
    submitting, uploading = Submitting(office), Uploading(office)
    counters, control = Counters(office), Control(office)
    post, get = ("POST",), ("GET", "HEAD")
    exact = {
        "/openapi/v2/query": _Route(post, "query", keyed=counters.query),
        "/openapi/v2/media/upload/binary": _Route(post, "upload", keyed=uploading.upload),
        "/openapi/v2/queue/status": _Route(get, "queue", keyed=counters.queue),
        "/uc/openapi/accountStatus": _Route(post, "account", counters.account),
        "/task/openapi/cancel": _Route(post, "cancel", counters.cancel),
        "/simulator/bill": _Route(get, "", control.bill),
        "/simulator/tasks": _Route(get, "", control.tasks),
        "/simulator/clock": _Route(post, "", control.clock),
        "/simulator/faults": _Route((*post, *get), "", control.faults),
    }
    prefixes = [
        (PREVIEW_PREFIX, _Route(post, "preview", keyed=submitting.preview)),
        (SUBMIT_PREFIX, _Route(post, "submit", keyed=submitting.submit)),
        (PREFIX, _Route(get, "download", file)),
    ]
    return exact, prefixes
