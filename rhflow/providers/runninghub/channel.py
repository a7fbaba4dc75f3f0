"""How far a running graph is: ComfyUI's messages over a WebSocket of the site (RunningHub API, progress).

The vendor calls the channel unstable, and the address is one line in an answer. So nothing that happens here
is an error: whatever is odd is passed over, and whatever breaks ends the telling.
"""

from __future__ import annotations

import json
import logging
import math
import ssl
from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from rhflow.ground.values import Json
from rhflow.lifecycle.notices import Glimpse
from rhflow.providers.runninghub.routes import proxy_for
from rhflow.providers.runninghub.secret import Veil

logger = logging.getLogger(__name__)

_CONNECT_S = 15.0
_MOST_BYTES = 4 * 1024 * 1024
"""Nodes may send previews on the same channel; what is larger than that ends it."""
_MOST_NODE = 64
_ENDS = ("execution_success", "execution_error", "execution_interrupted")

_MUTE = logging.Logger("websockets", logging.CRITICAL + 1)  # noqa: LOG001  # no child of any: nobody can turn it on
"""The library writes addresses and headers into its log, and this address is a secret."""


async def overhear(
    address: str, tls: ssl.SSLContext, *, trust_env: bool, veil: Veil
) -> AsyncGenerator[Glimpse, None]:
    """Everything a channel tells, until it closes or breaks. No key is sent along; raises nothing."""
    try:
        way = urlsplit(address)
        for name, value in parse_qsl(way.query):
            if "auth" in name.lower():
                veil.cover(value)
        is_secure = way.scheme == "wss"
        port = way.port or (443 if is_secure else 80)
        scheme = "https" if is_secure else "http"
        proxy = proxy_for(scheme, way.hostname or "", port) if trust_env else None
        async with connect(
            address,
            proxy=proxy,
            ssl=tls if is_secure else None,
            logger=_MUTE,
            open_timeout=_CONNECT_S,
            close_timeout=0.2,  # the end of the job waits for ours
            max_size=_MOST_BYTES,
        ) as line:
            async for message in line:
                glimpse = read_message(message)
                if glimpse is not None:
                    yield glimpse
    except (WebSocketException, OSError, ValueError, ImportError) as error:  # ImportError: a SOCKS proxy
        logger.debug("a progress channel: %s", type(error).__name__)


def read_message(message: str | bytes) -> Glimpse | None:
    """What a message of ComfyUI tells; None where it tells nothing of the kind, as previews do."""
    if isinstance(message, bytes):
        return None
    try:
        told: Json = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    data = told.get("data")
    body = data if isinstance(data, dict) else {}
    kind, node = told.get("type"), _node(body.get("node"))
    if kind in _ENDS or (kind == "executing" and "node" in body and body["node"] is None):
        return Glimpse(has_ended=True)
    if kind == "executing" and node:
        return Glimpse(node)
    if kind == "progress" and node:
        done, of = _count(body.get("value")), _count(body.get("max"))
        return Glimpse(node) if done is None or not of or done > of else Glimpse(node, done, of)
    return None


def _node(value: Json) -> str:
    """A node's name, fit to be shown; empty where it is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text.isprintable() and len(text) <= _MOST_NODE else ""


def _count(value: Json) -> float | None:
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return number if number is not None and math.isfinite(number) and number >= 0 else None
