"""The simulator as an ASGI application: who may ask what, and the faults on the way."""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rhflow.simulator import bill, wire
from rhflow.simulator.assets import Assets
from rhflow.simulator.codes import title
from rhflow.simulator.comfy.address import door_of, masked_path
from rhflow.simulator.comfy.telling import tell
from rhflow.simulator.database import Database
from rhflow.simulator.faults import Faults
from rhflow.simulator.keys import KeyBook
from rhflow.simulator.loadable import Loadable
from rhflow.simulator.loras import Loras
from rhflow.simulator.office import Office
from rhflow.simulator.playing import Lines, play
from rhflow.simulator.postman import Postman
from rhflow.simulator.reading import bearer, json_object, old_key
from rhflow.simulator.record import Record
from rhflow.simulator.routes import NOWHERE, NOWHERE_OLD, Route, Routes
from rhflow.simulator.settings import SimulatorSettings
from rhflow.simulator.shelf import Shelf
from rhflow.simulator.tasks import Tasks
from rhflow.simulator.watching import watch
from rhflow.simulator.webhooks import Webhooks
from rhflow.simulator.workflows.library import Library
from rhflow.simulator.workshop import Workshop

_LOG = logging.getLogger("rhflow.simulator")


class Simulator:
    """One folder, served. Call `open` first and `close` at the end, from any thread."""

    def __init__(self, settings: SimulatorSettings) -> None:
        """Open the state in the folder.

        Raises:
            StoreError: it cannot be used.
            UsageError: the library makes no sense, or the record cannot be written.
            BadFault: a fault in the settings makes no sense.
        """
        self.lines: Lines | None = None
        faults, library = Faults(settings.faults), Library(settings.library)
        self._record = Record(settings.record) if settings.record else None
        settings.folder.mkdir(parents=True, exist_ok=True)
        database = Database(settings.folder / "simulator.db")
        shelf = Shelf(database, settings.folder / "files", settings.timing.lifetime_s)
        tasks, assets, hooks = Tasks(database), Assets(database, shelf), Webhooks(database)
        loras = Loras(database, shelf, settings.timing.presigned_s)
        self._office = Office(
            settings=settings,
            database=database,
            tasks=tasks,
            shelf=shelf,
            assets=assets,
            loras=loras,
            library=library,
            loadable=Loadable(shelf, loras, library),
            keys=KeyBook(settings.accept_keys, settings.keys),
            faults=faults,
            workshop=Workshop(
                tasks,
                shelf,
                assets,
                renderer=settings.renderer,
                workers=settings.workers,
                quick=settings.quick,
            ),
            webhooks=hooks,
            postman=Postman(database, tasks, hooks, faults, settings.timing),
        )
        self._routes = Routes(self._office)

    def open(self) -> None:
        """Begin to draw; files that expired are deleted, webhooks left behind are delivered.

        Raises:
            UsageError: the renderer cannot be loaded.
        """
        self._office.shelf.sweep()
        self._office.workshop.open()
        self._office.postman.ring()

    def close(self) -> None:
        """Stop drawing and let go of the folder."""
        self._office.postman.close()
        self._office.workshop.close()
        self._office.database.close()
        if self._record is not None:
            self._record.close()

    def bill(self) -> bill.Bill:
        """Everything that was bought here, ever."""
        return bill.read(self._office.database)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one watcher of progress (ASGI)."""
        if scope["type"] == "websocket" and door_of(scope["path"]) is not None:
            await tell(self._office, scope, receive, send)
        elif scope["type"] == "websocket":
            await watch(self._office.database, self._office.tasks, scope, receive, send)
        elif self._record is None:
            await self._handle(scope, receive, send)
        else:
            await self._record.around(self._handle, scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.find(scope["path"])
        fault = self._office.faults.due(route.call, scope["path"]) if route.call else None
        if fault is None or self.lines is None:
            await self._answer(route, scope, receive, send)
            return

        async def plain(scope: Scope, receive: Receive, send: Send) -> None:
            await self._answer(route, scope, receive, send)

        await play(fault, route.form, plain, scope, receive, send, self.lines)

    async def _answer(self, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(route, request)
        except ClientDisconnect:
            return
        except Exception:  # noqa: BLE001  # as every server: an answer, and the reason in the log
            path = masked_path(scope["path"])
            _LOG.exception("the simulator could not answer %s %s", scope["method"], path)
            response = _say(route, 500 if route.form == "v1" else 1005, "the simulator failed", http=500)
        await response(scope, receive, send)

    async def _respond(self, route: Route, request: Request) -> Response:
        if route is NOWHERE_OLD:
            return wire.envelope(
                None, 412, f"{title(412)}: there is nothing at {request.scope['path']}", http=404
            )
        if route is NOWHERE:
            return wire.refusal(1001, f"invalid url: there is nothing at {request.scope['path']}", http=404)
        if request.method not in route.methods:
            methods = " or ".join(route.methods)
            answer = _say(route, 412 if route.form == "v1" else 1009, f"use {methods} here", http=405)
            answer.headers["Allow"] = ", ".join(route.methods)
            return answer
        if route.keyed is not None:
            key = self._office.keys.find(bearer(request))
            if key is None:
                return _say(route, 1002, "invalid api key: send Authorization: Bearer <key>", http=401)
            return await route.keyed(request, key)
        if route.old is not None:
            return await self._old(route, request)
        assert route.answer is not None
        return await route.answer(request)

    async def _old(self, route: Route, request: Request) -> Response:
        """A v1 call: its body is read, and its key is found in one of three places."""
        body = await json_object(request) if request.method == "POST" else {}
        if body is None:
            return wire.envelope(None, 301, f"{title(301)}: the body has to be a JSON object")
        key = self._office.keys.find(old_key(request, body))
        if key is None:
            return wire.envelope(None, 802, title(802))
        assert route.old is not None
        return await route.old(request, key, body)


def _say(route: Route, code: int, message: str, *, http: int) -> Response:
    """A refusal in the form of the call."""
    match route.form:
        case "upload":
            return wire.upload_envelope(None, code, message, http=http)
        case "v1":
            return wire.envelope(None, code, message, http=http)
        case "chat":
            return wire.chat_refusal(code, message)
    return wire.refusal(code, message, http=http)
