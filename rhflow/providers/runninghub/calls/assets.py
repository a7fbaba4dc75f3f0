"""Assets: media the site keeps under an id (`asset://…`) for models that take no others' faces.

Third parties describe these calls by name only; what they take and give goes through as it is.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from rhflow.ground.values import Json, JsonObject
from rhflow.providers.runninghub.calls.call import Call, in_envelope

AssetAct: TypeAlias = Literal["create", "list", "query", "update", "delete"]


def assets(act: AssetAct, body: JsonObject) -> Call[Json]:
    """One act on assets (RunningHub API, assets)."""
    return Call(f"/openapi/v2/assets/{act}", in_envelope(_as_it_is), body)


def groups(act: AssetAct, body: JsonObject) -> Call[Json]:
    """One act on groups of assets."""
    return Call(f"/openapi/v2/assets/groups/{act}", in_envelope(_as_it_is), body)


def _as_it_is(data: Json) -> Json:
    return data
