"""The calls about assets and their groups (RunningHub API, section 6; their fields are guesses in part)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from rhflow.ground.values import JsonObject
from rhflow.simulator import wire
from rhflow.simulator.assets import Assets, BadAsset
from rhflow.simulator.codes import title
from rhflow.simulator.keys import Key
from rhflow.simulator.library_desk import page
from rhflow.simulator.ordering import may_order_models
from rhflow.simulator.reading import json_object

PREFIX = "/openapi/v2/assets/"
_KINDS = ("IMAGE", "VIDEO", "AUDIO")
_LONGEST = 200

Call: TypeAlias = Callable[[JsonObject], Awaitable[Response]]


class AssetDesk:
    """The counter for assets."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self.calls: dict[str, Call] = {
            "create": self._create,
            "list": self._list,
            "query": self._query,
            "update": self._update,
            "delete": self._delete,
            "groups/create": self._create_group,
            "groups/list": self._list_groups,
            "groups/query": self._query_group,
            "groups/update": self._update_group,
            "groups/delete": self._delete_group,
        }

    async def answer(self, request: Request, key: Key) -> Response:
        """One of the calls, by the end of its path."""
        refused = may_order_models(key)
        if refused is not None:
            return wire.envelope(None, refused.code, refused.message)
        body = await json_object(request)
        if body is None:
            return _wrong("the body has to be a JSON object")
        return await self.calls[request.scope["path"].removeprefix(PREFIX)](body)

    async def _create(self, body: JsonObject) -> Response:
        url, kind, group = body.get("url"), body.get("assetType"), body.get("groupId")
        if not isinstance(url, str) or not url.startswith(("http://", "https://")):
            return _wrong("url: it has to be the http or https address of the media")
        if kind is not None and kind not in _KINDS:
            return _wrong(f"assetType: it is one of {', '.join(_KINDS)}")
        if group is not None and self._assets.find_group(str(group)) is None:
            return _wrong(f"groupId: there is no group {str(group)[:40]}")
        name = _name(body) or "asset"
        try:
            asset = await asyncio.to_thread(
                self._assets.create,
                name,
                url,
                str(kind).lower() if kind else None,
                str(group) if group else None,
            )
        except BadAsset as error:
            return _wrong(str(error))
        return wire.envelope(asset.to_json())

    async def _list(self, body: JsonObject) -> Response:
        group, kind = body.get("groupId"), body.get("assetType")
        found = [
            asset.to_json()
            for asset in self._assets.all()
            if group in (None, "", asset.group_id) and kind in (None, "", asset.kind.upper())
        ]
        return page(found, body)

    async def _query(self, body: JsonObject) -> Response:
        asset = self._assets.find(str(body.get("assetId", "")))
        return _missing("assetId") if asset is None else wire.envelope(asset.to_json())

    async def _update(self, body: JsonObject) -> Response:
        asset = self._assets.find(str(body.get("assetId", "")))
        if asset is None:
            return _missing("assetId")
        group = body.get("groupId", asset.group_id)
        if group is not None and self._assets.find_group(str(group)) is None:
            return _missing("groupId")
        name = _name(body)
        if name:
            await asyncio.to_thread(self._assets.rename, "assets", asset.id, name)
        await asyncio.to_thread(self._assets.move, asset.id, str(group) if group else None)
        return await self._query(body)

    async def _delete(self, body: JsonObject) -> Response:
        asset = self._assets.find(str(body.get("assetId", "")))
        if asset is None:
            return _missing("assetId")
        await asyncio.to_thread(self._assets.delete, "assets", asset.id)
        return wire.envelope(None)

    async def _create_group(self, body: JsonObject) -> Response:
        name = _name(body)
        if not name:
            return _wrong("name: it is missing")
        words = str(body.get("description") or "")[:_LONGEST]
        group = await asyncio.to_thread(self._assets.create_group, name, words)
        return wire.envelope(group.to_json())

    async def _list_groups(self, body: JsonObject) -> Response:
        return page([group.to_json() for group in self._assets.groups()], body)

    async def _query_group(self, body: JsonObject) -> Response:
        group = self._assets.find_group(str(body.get("groupId", "")))
        return _missing("groupId") if group is None else wire.envelope(group.to_json())

    async def _update_group(self, body: JsonObject) -> Response:
        group, name = self._assets.find_group(str(body.get("groupId", ""))), _name(body)
        if group is None:
            return _missing("groupId")
        if name:
            await asyncio.to_thread(self._assets.rename, "asset_groups", group.id, name)
        return await self._query_group(body)

    async def _delete_group(self, body: JsonObject) -> Response:
        group = self._assets.find_group(str(body.get("groupId", "")))
        if group is None:
            return _missing("groupId")
        await asyncio.to_thread(self._assets.delete, "asset_groups", group.id)
        return wire.envelope(None)


def _name(body: JsonObject) -> str:
    name = body.get("name")
    return name.strip()[:_LONGEST] if isinstance(name, str) else ""


def _wrong(message: str) -> Response:
    return wire.envelope(None, 301, f"{title(301)}: {message}")


def _missing(field: str) -> Response:
    return _wrong(f"{field}: there is none of that id")
