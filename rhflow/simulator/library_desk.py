"""What can be run and with what: workflows, apps, models on disk, LoRA files, keys."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from rhflow.ground.values import Json, JsonObject, plain
from rhflow.simulator import bill, wire
from rhflow.simulator.codes import title
from rhflow.simulator.keys import Key
from rhflow.simulator.office import Office
from rhflow.simulator.ordering import base_of
from rhflow.simulator.reading import json_object
from rhflow.simulator.workflows.graph import graph_json
from rhflow.simulator.workflows.library import App

_MOST_ON_A_PAGE = 50
_TYPES = ("UNET", "CHECKPOINT", "LORA", "GGUF")


class LibraryDesk:
    """The counter where one looks things up."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def api_format(self, _request: Request, _key: Key, body: JsonObject) -> Response:
        """The graph of a saved workflow, as JSON in a string (RunningHub API, workflows)."""
        name = str(body.get("workflowId", ""))
        workflow = self._office.library.workflows.get(name)
        if workflow is None:
            return wire.envelope(None, 380, f"{title(380)}: there is no workflow {name[:40]}")
        if not workflow.ran_once:
            return wire.envelope(None, 810, f"{title(810)}: workflow {name} never ran to its end")
        return wire.envelope({"prompt": json.dumps(graph_json(workflow.graph), ensure_ascii=False)})

    async def app_demo(self, request: Request, _key: Key, _body: JsonObject) -> Response:
        """An app's inputs (RunningHub API, AI apps)."""
        name = request.query_params.get("webappId", "")
        app = self._office.library.apps.get(name)
        if app is None:
            return wire.envelope(None, 901, f"{title(901)}: there is no app {name[:40]}")
        return wire.envelope(
            {
                "curl": _curl(app, base_of(request)),
                "accessEncrypted": app.access_password is not None,
                "webappName": app.name,
                "statisticsInfo": {"likeCount": "0", "downloadCount": "0", "useCount": "0", "pv": "0"},
                "covers": [],
                "tags": [{"id": str(number), "name": tag} for number, tag in enumerate(app.tags, 1)],
                "nodeInfoList": _fields(app),
            }
        )

    async def apps(self, request: Request, _key: Key) -> Response:
        """Apps by page; here every order is the same."""
        body = await json_object(request) or {}
        listed: list[JsonObject] = [
            {
                "webappId": app.id,
                "name": app.name,
                "title": app.name,
                "description": "",
                "tags": list(app.tags),
                "covers": [],
                "useCount": "0",
                "invokeExample": _curl(app, base_of(request)),
            }
            for app in self._office.library.apps.values()
        ]
        return page(listed, body)

    async def quick_params(self, _request: Request, _key: Key, body: JsonObject) -> Response:
        """The inputs of a quick-create app."""
        app = self._office.library.apps.get(str(body.get("webappId", "")))
        if app is None or app.quick_create_code is None:
            return wire.envelope(None, 901, f"{title(901)}: there is no such quick-create app")
        return wire.envelope(_fields(app))

    async def resources(self, request: Request, _key: Key) -> Response:
        """Models on the vendor's disks, by type, name, base model and tag; uploaded LoRA files among them."""
        body = await json_object(request) or {}
        kind = body.get("resourceType")
        if kind not in (None, "", *_TYPES):
            return wire.envelope(None, 301, f"{title(301)}: resourceType is one of {', '.join(_TYPES)}")
        known = [*models_on_disk(), *await asyncio.to_thread(self._office.loras.resources)]
        word, bases, tags = (
            str(body.get("resourceName") or "").lower(),
            _set(body, "baseModels"),
            _set(body, "tags"),
        )
        found = [
            _record(item)
            for item in known
            if kind in (None, "", item["type"])
            and word in str(item["name"]).lower()
            and (not bases or item["baseModel"] in bases)
            and (not tags or tags & _tag_words(item))
        ]
        return page(found, body)

    async def keys(self, _request: Request, key: Key) -> Response:
        """The keys of the account, masked. Their quota is what the wallet holds."""
        settings = self._office.settings
        spent = bill.read(self._office.database)
        listed: list[Json] = [
            {
                "key": each.masked,
                "apiKeyName": f"{each.word} {each.tail}".strip(),
                "status": 1,
                "quotaLimit": None if settings.wallet is None else plain(settings.wallet),
                "quotaUsed": plain(spent.of(each.tail)),
                "visible": False,
                "expireAt": None,
                "expireInMinute": None,
                "createdAt": "2026-01-01 00:00:00",
            }
            for each in self._office.keys.named() or [key]
        ]
        return wire.envelope(listed)


def page(items: Sequence[JsonObject], body: JsonObject) -> Response:
    """One page of a list: `current` from 1, `size` up to 50."""
    current, size = _whole(body.get("current"), 1), _whole(body.get("size"), 10)
    if current is None or size is None or size > _MOST_ON_A_PAGE:
        return wire.envelope(None, 301, f"{title(301)}: current is from 1, size from 1 to {_MOST_ON_A_PAGE}")
    start = (current - 1) * size
    return wire.envelope(
        {
            "records": list(items[start : start + size]),
            "total": len(items),
            "current": current,
            "size": size,
            "pages": -(-len(items) // size),
        }
    )


def _whole(value: Json, default: int) -> int | None:
    """A page number; None for anything below 1."""
    if value is None:
        return default
    is_whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**31
    return value if is_whole and isinstance(value, int) else None


def _set(body: JsonObject, name: str) -> set[str]:
    value = body.get(name)
    return {str(item) for item in value} if isinstance(value, list) else {str(value)} if value else set()


def _record(item: JsonObject) -> JsonObject:
    """One model file as the list shows it; of its fields only `nodeModelName` is documented."""
    tags: list[Json] = [{"id": number, "name": tag} for tag, number in _tags_of(item).items()]
    return {
        "resourceName": item["name"],
        "resourceType": item["type"],
        "nodeModelName": item["nodeModelName"],
        "baseModel": item["baseModel"],
        "tags": tags,
        "owner": {"name": "RunningHub", "avatar": ""},
        "versions": [{"id": "1", "version": "1", "baseModel": item["baseModel"]}],
    }


def _tags_of(item: JsonObject) -> dict[str, int]:
    """The tags of a model file, each with its number."""
    known = sorted({str(tag) for each in models_on_disk() for tag in cast("list[Json]", each["tags"])})
    numbers = {tag: number for number, tag in enumerate(known, 1)}
    return {str(tag): numbers.get(str(tag), len(known) + 1) for tag in cast("list[Json]", item["tags"])}


def _tag_words(item: JsonObject) -> set[str]:
    """Everything by which one may ask for its tags: names and numbers."""
    tags = _tags_of(item)
    return {*tags, *map(str, tags.values())}


@functools.cache
def models_on_disk() -> tuple[JsonObject, ...]:
    """Models on the vendor's disks; a small choice."""
    return tuple(json.loads((files("rhflow.simulator") / "data" / "resources.json").read_text("utf-8")))


def _fields(app: App) -> list[Json]:
    return [dict(field.told) for field in app.fields]


def _curl(app: App, base: str) -> str:
    """A sample call, as the site prints it."""
    changes = [
        {"nodeId": field.node, "fieldName": field.name, "fieldValue": field.told.get("fieldValue")}
        for field in app.fields
    ]
    body = json.dumps({"nodeInfoList": changes}, ensure_ascii=False)
    return (
        f"curl --location --request POST '{base}/openapi/v2/run/ai-app/{app.id}' "
        "--header 'Authorization: Bearer [Your API KEY]' --header 'Content-Type: application/json' "
        f"--data-raw '{body}'"
    )
