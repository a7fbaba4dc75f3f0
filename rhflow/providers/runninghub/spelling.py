"""What is sent to buy, in the vendor's words: bodies of purchases, and where each of them goes.

What the vendor must not be told beforehand is put in as a body leaves: the key where an older call
wants it in the body, the address of a webhook, and passwords, which until then stand there as the
name of an environment variable (`{"env": "NAME"}`), so that nobody can write them down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rhflow.ground.hashing import canonical
from rhflow.ground.values import Json, JsonObject
from rhflow.providers.runninghub.calls.apps import AppField
from rhflow.providers.runninghub.goods import Goods
from rhflow.providers.runninghub.secret import Secret, Veil
from rhflow.providers.runninghub.site import CHAT_PATH, Site

_CREATE = "/task/openapi/create"
_APP_RUN = "/task/openapi/ai-app/run"
_QUICK_RUN = "/task/openapi/quick-ai-app/run"

_NODES, _GRAPH, _PASSWORD, _WEBHOOK = "nodeInfoList", "workflow", "accessPassword", "webhookUrl"
_PLAIN: dict[str, str] = {
    "instance": "instanceType",
    "use_personal_queue": "usePersonalQueue",
    "retain_seconds": "retainSeconds",
    "add_metadata": "addMetadata",
    "access_password": _PASSWORD,
}
"""Arguments of workflows and apps that are sent as they are (RunningHub API, v1 create and v2 run)."""

_OLDER_ONLY = (_GRAPH, _PASSWORD)
"""What only the older calls are known to take."""

Fields = Mapping[tuple[str, str], AppField]
"""What an app says of its inputs, by node and field."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A purchase as it goes out."""

    address: str
    body: bytes = field(repr=False)


def order(goods: Goods, arguments: JsonObject, fields: Fields) -> JsonObject:
    """The body of a purchase of a workflow, an app or a quick creation.

    Args:
        goods: what is bought.
        arguments: the author's, media already by the names of their uploads.
        fields: what is known of the inputs; a quick creation wants node names and types beside the values.

    Raises:
        ValueError: they make no such body; a sentence.
    """
    body: JsonObject = {}
    graph, nodes = arguments.get("graph"), arguments.get("nodes")
    if graph is not None and nodes is not None:
        raise ValueError("a whole graph leaves no nodes to set: give nodes or graph, not both")
    if graph is not None:
        if goods.sort != "workflow":
            raise ValueError("only a workflow takes a whole graph")
        body[_GRAPH] = graph if isinstance(graph, str) else canonical(graph).decode()
    elif nodes is not None:
        body[_NODES] = _node_list(nodes, fields, is_quick=goods.sort == "quick")
    for name, word in _PLAIN.items():
        if arguments.get(name) is not None:
            body[word] = arguments[name]
    unknown = sorted(set(arguments) - {*_PLAIN, "graph", "nodes", "app"})
    if unknown:
        raise ValueError(f"nobody knows how to send {', '.join(unknown)}")
    return body | _who(goods, arguments, is_older=_is_older(goods, body))


def leaving(site: Site, goods: Goods, body: JsonObject, key: Secret, hook: str | None) -> Leaving:
    """Address and bytes of a purchase; passwords are in the body by now.

    Raises:
        ValueError: the endpoint or the body cannot be written.
    """
    if goods.sort == "chat":
        return Leaving(site.chat.base + CHAT_PATH, canonical(body))
    hooked = body if hook is None else {**body, _WEBHOOK: hook}
    match goods.sort:
        case "model":
            return Leaving(site.endpoint(goods.name), canonical(hooked))
        case "workflow" if not _is_older(goods, body):
            return Leaving(site.endpoint(f"run/workflow/{goods.name}"), canonical(hooked))
        case "app" if not _is_older(goods, body):
            return Leaving(site.endpoint(f"run/ai-app/{goods.name}"), canonical(hooked))
        case "workflow":
            path = _CREATE
        case "app":
            path = _APP_RUN
        case _:
            path = _QUICK_RUN
    return Leaving(site.base + path, canonical({"apiKey": key.reveal(), **hooked}))


def unsealed(body: JsonObject, environ: Mapping[str, str], veil: Veil) -> JsonObject:
    """The body with its password in place of the variable that holds it; the veil learns to hide it.

    Raises:
        ValueError: the variable is not set; a sentence.
    """
    if _PASSWORD not in body:
        return body
    sealed = body[_PASSWORD]
    if isinstance(sealed, str):
        veil.cover(sealed)
        return body
    name = sealed.get("env") if isinstance(sealed, dict) and len(sealed) == 1 else None
    if not isinstance(name, str) or not name:
        raise ValueError("access_password is a text, or env and the name of an environment variable")
    if not environ.get(name):
        raise ValueError(f"the environment variable {name}, which holds the access password, is not set")
    veil.cover(environ[name])
    return {**body, _PASSWORD: environ[name]}


def _is_older(goods: Goods, body: JsonObject) -> bool:
    return goods.sort == "quick" or any(word in body for word in _OLDER_ONLY)


def _who(goods: Goods, arguments: JsonObject, *, is_older: bool) -> JsonObject:
    """How the older calls are told what is meant; in the newer ones the address says it."""
    if not is_older:
        return {}
    match goods.sort:
        case "workflow":
            return {"workflowId": goods.name}
        case "app":
            return {"webappId": goods.name}
        case _:
            app = goods.app or arguments.get("app")
            code: JsonObject = {"quickCreateCode": goods.name}
            return {**code, "webappId": str(app)} if app else code


def _node_list(nodes: Json, fields: Fields, *, is_quick: bool) -> list[Json]:
    """`{"6": {text: …}}` as the vendor's list of node, field and value; values keep their JSON type."""
    if not isinstance(nodes, dict):
        raise ValueError('nodes is a mapping: {"6": {text: …}}')
    items: list[Json] = []
    for node, values in nodes.items():
        if not isinstance(values, dict):
            raise ValueError(f"node {node} wants a mapping of its fields")
        for name, value in values.items():
            item: JsonObject = {"nodeId": node, "fieldName": name, "fieldValue": value}
            known = fields.get((node, name))
            if is_quick:
                item["fieldType"] = known.type if known and known.type else _type_of(value)
                item |= {"nodeName": known.node_name} if known and known.node_name else {}
            if known and known.description:
                item["description"] = known.description
            items.append(item)
    return items


def _type_of(value: Json) -> str:
    """The vendor's word for the type of a field nobody described."""
    match value:
        case bool():
            return "BOOLEAN"
        case int():
            return "INT"
        case float():
            return "FLOAT"
        case _:
            return "STRING"
