"""Which call is answered by whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from rhflow.ground.values import JsonObject
from rhflow.simulator.asset_desk import PREFIX as ASSETS
from rhflow.simulator.asset_desk import AssetDesk
from rhflow.simulator.chat.desk import ChatDesk
from rhflow.simulator.comfy.address import PREFIXES as PROXIES
from rhflow.simulator.comfy.desk import ComfyDesk
from rhflow.simulator.control import Control
from rhflow.simulator.counters import Counters
from rhflow.simulator.keys import Key
from rhflow.simulator.library_desk import LibraryDesk
from rhflow.simulator.loras import PUT_PREFIX, announced
from rhflow.simulator.office import Office
from rhflow.simulator.ordering import base_of
from rhflow.simulator.playing import Form
from rhflow.simulator.running import RUN_APP, RUN_WORKFLOW, Running
from rhflow.simulator.shelf import PREFIX
from rhflow.simulator.submitting import PREVIEW_PREFIX, SUBMIT_PREFIX, Submitting
from rhflow.simulator.uploading import Uploading

Open: TypeAlias = Callable[[Request], Awaitable[Response]]
Keyed: TypeAlias = Callable[[Request, Key], Awaitable[Response]]
Old: TypeAlias = Callable[[Request, Key, JsonObject], Awaitable[Response]]

_POST, _GET, _PUT = ("POST",), ("GET", "HEAD"), ("PUT",)
_COMFY = (*_POST, *_GET, *_PUT, "DELETE", "PATCH", "OPTIONS", "TRACE")
"""Behind a proxy ComfyUI itself says which methods it has."""


@dataclass(frozen=True, slots=True)
class Route:
    """One call: its methods, its name for faults, how it says no, who answers it."""

    methods: tuple[str, ...]
    call: str
    form: Form
    answer: Open | None = None
    keyed: Keyed | None = None
    """In place of `answer` for a v2 call: it needs a key in its header."""
    old: Old | None = None
    """In place of `answer` for a v1 call: its key may be in the body, and the body is read already."""


NOWHERE = Route((), "", "task")
"""An address that is none."""
NOWHERE_OLD = Route((), "", "v1")
"""The same among the v1 addresses."""
_OLD_PLACES = ("/task/", "/uc/", "/api/")


class Routes:
    """Calls by their whole path, and by how their path begins, the longest first."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.exact = {**self._v1(), **self._v2(), **self._own()}
        running, submitting, comfy = Running(office), Submitting(office), ComfyDesk(office)
        self.prefixes = [
            (RUN_WORKFLOW, Route(_POST, "submit", "task", keyed=running.run_workflow)),
            (RUN_APP, Route(_POST, "submit", "task", keyed=running.run_app)),
            (PREVIEW_PREFIX, Route(_POST, "preview", "task", keyed=submitting.preview)),
            (SUBMIT_PREFIX, Route(_POST, "submit", "task", keyed=submitting.submit)),
            *((prefix, Route(_COMFY, "proxy", "bare", comfy.answer)) for prefix in PROXIES),
            (PUT_PREFIX, Route(_PUT, "put", "bare", office.loras.put)),
            (PREFIX, Route(_GET, "download", "bare", self._file)),
        ]

    def find(self, path: str) -> Route:
        """Who answers at that address."""
        found = self.exact.get(path)
        if found is not None:
            return found
        for prefix, route in self.prefixes:
            if path.startswith(prefix):
                return route
        return NOWHERE_OLD if path.startswith(_OLD_PLACES) else NOWHERE

    def _v1(self) -> dict[str, Route]:
        counters, running, library = Counters(self._office), Running(self._office), LibraryDesk(self._office)
        uploading = Uploading(self._office)
        return {
            "/task/openapi/create": Route(_POST, "submit", "v1", old=running.create),
            "/task/openapi/ai-app/run": Route(_POST, "submit", "v1", old=running.run_app_v1),
            "/task/openapi/quick-ai-app/run": Route(_POST, "submit", "v1", old=running.run_quick),
            "/task/openapi/status": Route(_POST, "status", "v1", old=counters.status),
            "/task/openapi/outputs": Route(_POST, "outputs", "v1", old=counters.outputs),
            "/task/openapi/cancel": Route(_POST, "cancel", "v1", old=counters.cancel),
            "/task/openapi/upload": Route(_POST, "upload", "v1", uploading.upload_v1),
            "/task/openapi/getWebhookDetail": Route(_POST, "detail", "v1", old=counters.webhook_detail),
            "/task/openapi/retryWebhook": Route(_POST, "detail", "v1", old=counters.retry_webhook),
            "/uc/openapi/accountStatus": Route(_POST, "account", "v1", old=counters.account),
            "/api/openapi/getJsonApiFormat": Route(_POST, "workflow", "v1", old=library.api_format),
            "/api/openapi/getLoraUploadUrl": Route(_POST, "lora", "v1", old=self._announce),
            "/api/webapp/apiCallDemo": Route(_GET, "app", "v1", old=library.app_demo),
            "/api/fast/creation/model/params": Route(_POST, "app", "v1", old=library.quick_params),
        }

    def _v2(self) -> dict[str, Route]:
        counters, library, chat = Counters(self._office), LibraryDesk(self._office), ChatDesk(self._office)
        assets = AssetDesk(self._office.assets)
        uploading = Uploading(self._office)
        return {
            "/openapi/v2/query": Route(_POST, "query", "task", keyed=counters.query),
            "/openapi/v2/media/upload/binary": Route(_POST, "upload", "upload", keyed=uploading.upload),
            "/openapi/v2/queue/status": Route(_GET, "queue", "task", keyed=counters.queue),
            "/openapi/v2/api-key/list": Route(_GET, "keys", "v1", keyed=library.keys),
            "/openapi/v2/aiapp/list": Route(_POST, "app", "v1", keyed=library.apps),
            "/openapi/v2/resource/list": Route(_POST, "resources", "v1", keyed=library.resources),
            **{f"{ASSETS}{name}": Route(_POST, "assets", "v1", keyed=assets.answer) for name in assets.calls},
            "/v1/chat/completions": Route(_POST, "chat", "chat", keyed=chat.complete),
            "/v1/models": Route(_GET, "chat", "chat", keyed=chat.models),
        }

    def _own(self) -> dict[str, Route]:
        """The door at the back: no key, no faults."""
        control = Control(self._office)
        return {
            "/simulator": Route(_GET, "", "bare", control.page),
            "/simulator/": Route(_GET, "", "bare", control.page),
            "/simulator/openapi.json": Route(_GET, "", "bare", control.openapi),
            "/simulator/library": Route(_GET, "", "bare", control.library),
            "/simulator/bill": Route(_GET, "", "bare", control.bill),
            "/simulator/tasks": Route(_GET, "", "bare", control.tasks),
            "/simulator/webhooks": Route(_GET, "", "bare", control.webhooks),
            "/simulator/machines": Route(_GET, "", "bare", control.machines),
            "/simulator/clock": Route((*_POST, *_GET), "", "bare", control.clock),
            "/simulator/faults": Route((*_POST, *_GET), "", "bare", control.faults),
        }

    async def _announce(self, request: Request, key: Key, body: JsonObject) -> Response:
        return announced(self._office.loras, key, body, base_of(request))

    async def _file(self, request: Request) -> Response:
        """An upload or a result, whole or in ranges; what the older call took has no address."""
        name = request.scope["path"].removeprefix(PREFIX)
        served = None if name.startswith("api/") else self._office.shelf.find(name)
        if served is None:
            return PlainTextResponse("Not Found", 404)
        return FileResponse(served.path, media_type=served.mime)
