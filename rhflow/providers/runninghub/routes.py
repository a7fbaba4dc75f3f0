"""The way to a host: straight, or through the proxy the environment names.

We decide it ourselves rather than let the library do so, because the proof "this request never
left" (see `verdicts.NEVER_SENT`) holds only where nobody stands in between.
"""

from __future__ import annotations

import ssl
from urllib.request import getproxies, proxy_bypass

import httpx

from rhflow.ground.errors import SettingsError
from rhflow.providers.runninghub.site import is_loopback

KEEP_ALIVE_S = 20.0


def proxy_for(scheme: str, host: str, port: int) -> str | None:
    """The proxy for a host, by `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` or the system; none to this machine."""
    if is_loopback(host) or proxy_bypass(f"{host}:{port}"):
        return None
    proxies = getproxies()
    found = proxies.get(scheme) or proxies.get("all")
    if not found:
        return None
    return found if "://" in found else f"http://{found}"


def transport(proxy: str | None, tls: ssl.SSLContext, keep_alive: int) -> httpx.AsyncHTTPTransport:
    """A core transport that never repeats a request: HTTP/1.1, no connect retries.

    It has no limit of connections: the semaphore in front of it is the limit, so that no request
    ever queues inside the pool, where a cancelled one would take its slot away for ever.

    Raises:
        SettingsError: the environment names a proxy we cannot speak to.
    """
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=keep_alive, keepalive_expiry=KEEP_ALIVE_S
    )
    try:
        made = httpx.AsyncHTTPTransport(
            verify=tls, http1=True, http2=False, limits=limits, proxy=proxy, retries=0, trust_env=False
        )
    except (ImportError, ValueError, httpx.InvalidURL):
        raise SettingsError(
            "The proxy named in the environment is of a kind that cannot be used",
            "Name an http:// or https:// proxy in HTTPS_PROXY, or list the host in NO_PROXY.",
        ) from None
    # Another transport maps its errors differently, and "could not connect" would no longer prove anything.
    if type(made).__module__.partition(".")[0] != "httpx":
        raise SettingsError("The HTTP library was replaced by another; purchases cannot be made safely")
    return made


class RoutedTransport(httpx.AsyncBaseTransport):
    """For transfers, whose hosts are not known beforehand: each request goes its own host's way."""

    def __init__(self, tls: ssl.SSLContext, keep_alive: int, *, trust_env: bool) -> None:
        self._tls = tls
        self._keep_alive = keep_alive
        self._trust_env = trust_env
        self._ways: dict[str | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        proxy = None
        if self._trust_env:
            proxy = proxy_for(url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80))
        if proxy not in self._ways:
            self._ways[proxy] = transport(proxy, self._tls, self._keep_alive)
        return await self._ways[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        for way in self._ways.values():
            await way.aclose()
