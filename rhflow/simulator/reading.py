"""Bodies and keys of requests, read within bounds."""

from __future__ import annotations

import json

from starlette.requests import Request

from rhflow.ground.values import JsonObject

MOST_BYTES = 128 * 1024 * 1024


async def whole_body(request: Request) -> bytes | None:
    """The body, or None where it is too large for a JSON call."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MOST_BYTES:
            return None
    return bytes(content)


async def json_object(request: Request) -> JsonObject | None:
    """The JSON object of a body; None where it is something else."""
    content = await whole_body(request)
    return None if content is None else parsed_object(content)


def parsed_object(content: bytes) -> JsonObject | None:
    """A JSON object out of bytes; numbers that JSON has not and halves of characters are none."""
    try:
        body = json.loads(content, parse_constant=_refuse)
        if b"\\u" in content:
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _refuse(name: str) -> float:
    raise ValueError(name)


def bearer(request: Request) -> str:
    """The key of a request's Authorization header, or nothing."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def old_key(request: Request, body: JsonObject) -> str:
    """The v1 calls take the key from the header, the body in two spellings, or the query."""
    named = body.get("apiKey") or body.get("apikey") or request.query_params.get("apiKey")
    return bearer(request) or (named if isinstance(named, str) else "")
