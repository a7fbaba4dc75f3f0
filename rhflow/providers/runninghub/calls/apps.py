"""AI apps and quick creation: which there are, and what each takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from rhflow.ground.values import Json, JsonObject
from rhflow.providers.runninghub.calls.call import Call, in_envelope, mapping, records, text
from rhflow.providers.runninghub.wire import read_exact

Sort: TypeAlias = Literal["RECOMMEND", "HOTTEST", "NEWEST"]

MOST_ON_A_PAGE = 50
_APP_IN_EXAMPLE = re.compile(r"/run/ai-app/(\d+)")


@dataclass(frozen=True, slots=True)
class AppField:
    """One input of an app: a field of a node. `type` is the vendor's word (`IMAGE`, `LIST`, `STRING`, …)."""

    node: str
    name: str
    node_name: str
    type: str
    value: Json
    description: str
    choices: Json = None
    """What a LIST may be, as the vendor lists it."""


@dataclass(frozen=True, slots=True)
class App:
    """What an app says of itself; `is_protected`: it wants a password."""

    name: str
    fields: tuple[AppField, ...]
    is_protected: bool = False


@dataclass(frozen=True, slots=True)
class AppOnList:
    """One app of the public list; `id` empty where the list does not tell it."""

    id: str
    title: str
    description: str


def app(webapp: str) -> Call[App]:
    """What an app takes (RunningHub API, apiCallDemo)."""
    return Call("/api/webapp/apiCallDemo", in_envelope(_app), query={"webappId": webapp}, key="query")


def apps(page: int = 1, size: int = 20, sort: Sort = "RECOMMEND", days: int = 7) -> Call[list[AppOnList]]:
    """A page of the public apps (RunningHub API, aiapp list); at most 50."""
    body: JsonObject = {"current": page, "size": min(size, MOST_ON_A_PAGE), "sort": sort, "days": days}
    return Call("/openapi/v2/aiapp/list", in_envelope(lambda data: [_listed(x) for x in records(data)]), body)


def styles(webapp: str, kind: int) -> Call[list[JsonObject]]:
    """The style presets of a quick-create module, as they come (RunningHub API, model params)."""
    body: JsonObject = {"type": kind, "webappId": webapp}
    return Call("/api/fast/creation/model/params", in_envelope(records), body)


def _app(data: Any) -> App:
    told = mapping(data)
    fields = tuple(_field(item) for item in records(told.get("nodeInfoList")))
    locked = told.get("accessEncrypted")
    return App(text(told.get("webappName")), fields, locked is True or text(locked).lower() in ("true", "1"))


def _field(item: dict[str, Any]) -> AppField:
    return AppField(
        text(item.get("nodeId")),
        text(item.get("fieldName")),
        text(item.get("nodeName")),
        text(item.get("fieldType")).upper(),
        item.get("fieldValue"),
        text(item.get("description")) or text(item.get("descriptionEn")),
        _choices(item.get("fieldData")),
    )


def _choices(data: Any) -> Json:
    """JSON in a text, mostly; what is none stays as it came."""
    if not isinstance(data, str):
        return cast("Json", data)
    try:
        return read_exact(data)
    except ValueError:
        return data or None


def _listed(item: dict[str, Any]) -> AppOnList:
    """The id stands in the example of how to call it; newer lists may name it."""
    found = _APP_IN_EXAMPLE.search(text(item.get("invokeExample")))
    title = text(item.get("title")) or text(item.get("webappName")) or text(item.get("name"))
    webapp = text(item.get("webappId")) or (found.group(1) if found else "")
    return AppOnList(webapp, title, text(item.get("description")))
