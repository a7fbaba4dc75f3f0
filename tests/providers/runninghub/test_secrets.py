"""The key is in the requests and nowhere else; and where the API is."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import httpx
import pytest

from rhflow.catalog_files import load_errors
from rhflow.ground.errors import SettingsError
from rhflow.ports import JobReport, PollFailed, Provider, RemoteResult, Request, Staged
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.provider import RunningHubProvider, realm_of
from rhflow.providers.runninghub.secret import Secret
from rhflow.providers.runninghub.site import read_site
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import RudeServer, page
from tests.providers.runninghub.test_staging import Shelf
from tests.providers.runninghub.test_submits import ENDPOINT, JOB, KEY, QUICK, free_port, provider


def test_a_secret_prints_as_stars() -> None:
    secret = Secret(f" {KEY}\n")
    for text in (repr(secret), str(secret), f"{secret}", f"{secret:>10}", f"{[secret]}"):
        assert KEY not in text
        assert "***" in text
    assert secret.reveal() == KEY
    assert secret.hide_in(f"key={KEY};") == "key=***;"
    assert secret == Secret(KEY)
    assert hash(secret) == hash(Secret(KEY))
    assert secret != Secret("another")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.copy(secret)


@pytest.mark.parametrize(
    "text", ["", "  ", "two words", "line\nbreak", "schlüssel-mit-umlaut", "null\0byte", "密钥"]
)
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        RunningHubClient("https://www.runninghub.cn", text)
    assert not text.strip() or text.strip() not in str(caught.value)


def everything_of(error: BaseException) -> str:
    """All that a traceback, a debugger or a log could show of an exception and what it came from."""
    seen: list[str] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        item = waiting.pop()
        if item is not None:
            seen += [repr(item), str(item), repr(item.args), repr(vars(item))]
            waiting += [item.__cause__, item.__context__]
    return "\n".join([*seen, *traceback.format_exception(error)])


async def echoes_the_key(line: rude.Line) -> None:
    heard = await line.hear()
    text = heard.headers.get("authorization", "") + heard.body.decode("latin-1")
    await line.say(
        page(401, {"code": 802, "errorCode": "802", "msg": f"bad key: {text}", "errorMessage": text})
    )


@pytest.mark.parametrize(
    "manner",
    [echoes_the_key, rude.garbage, rude.fin_after_all, rude.rst_after_all, rude.stall, rude.truncated_body],
)
def test_whatever_goes_wrong_the_key_is_not_told(
    manner: rude.Manner, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def run() -> list[Any]:
        async with RudeServer(manner) as server:
            seller = provider(server.url)
            shelf = Shelf(tmp_path)
            calls = [
                seller.submit(Staged(ENDPOINT, {"prompt": "x"}), "a"),
                seller.report(JOB),
                seller.cancel(JOB),
                seller.account(),
                seller.stage(Request(ENDPOINT, {"image": shelf.file()}), shelf),
                seller.collect(JobReport("succeeded", (RemoteResult(server.url + "/a.png"),)), tmp_path),
            ]
            found: list[Any] = await asyncio.gather(*calls, return_exceptions=True)
            await seller.close()
            assert any(KEY in str(heard.headers) for heard in server.heard)
            return [*found, seller, seller._client, seller._reader, seller._transfers, vars(seller._client)]

    for item in asyncio.run(run()):
        assert KEY not in (everything_of(item) if isinstance(item, BaseException) else f"{item!r} {item}")
    assert caplog.records
    assert KEY not in caplog.text


def test_nobody_there_and_the_key_is_not_told() -> None:
    async def run() -> None:
        seller = provider(f"http://127.0.0.1:{free_port()}")
        with pytest.raises(PollFailed) as caught:
            await seller.report(JOB)
        await seller.close()
        assert KEY not in everything_of(caught.value)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("text", "base", "realm", "currency"),
    [
        ("https://www.runninghub.cn", "https://www.runninghub.cn", "runninghub", "CNY"),
        ("https://www.runninghub.ai/openapi/v2", "https://www.runninghub.ai", "runninghub", "USD"),
        ("https://www.runninghub.cn/openapi/v2///", "https://www.runninghub.cn", "runninghub", "CNY"),
        (" https://runninghub.ai/ ", "https://www.runninghub.ai", "runninghub", "USD"),
        ("http://127.0.0.1:8188/openapi/v2/", "http://127.0.0.1:8188", "127.0.0.1:8188", "CNY"),
        ("http://LOCALHOST", "http://localhost", "localhost:80", "CNY"),
        ("https://gate.example/rh/openapi/v2", "https://gate.example/rh", "gate.example:443", "CNY"),
        ("http://[::1]:9000/", "http://[::1]:9000", "::1:9000", "CNY"),
        ("https://runninghub.cn.x.org", "https://runninghub.cn.x.org", "runninghub.cn.x.org:443", "CNY"),
        ("https://notrunninghub.ai", "https://notrunninghub.ai", "notrunninghub.ai:443", "CNY"),
    ],
)  # fmt: skip
def test_base_addresses(text: str, base: str, realm: str, currency: str) -> None:
    site = read_site(text)
    assert (site.base, site.realm, site.currency) == (base, realm, currency)
    assert realm_of(text) == realm
    assert site.endpoint("a/b") == f"{base}/openapi/v2/a/b"


def test_endpoints_with_odd_characters_stay_one_path() -> None:
    site = read_site("https://www.runninghub.cn")
    assert site.endpoint("x-[Deprecated]/a?b#c") == f"{site.api}/x-%5BDeprecated%5D/a%3Fb%23c"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "www.runninghub.cn",
        "ftp://www.runninghub.cn",
        "https://",
        "https://host:port",
        "https://[::1",
        f"https://user:{KEY}@www.runninghub.cn",
        "https://www.runninghub.cn/?x=1",
        "http://www.runninghub.cn",
    ],
)
def test_addresses_that_make_no_sense(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_site(text)
    assert caught.value.hint
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "gopher://x"])
def test_a_proxy_we_cannot_speak_to_is_told(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "NO_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(SettingsError, match="proxy"):
        RunningHubClient("https://www.runninghub.cn", KEY)
    RunningHubClient("https://www.runninghub.cn", KEY, trust_env=False)
    RunningHubClient("http://127.0.0.1:9", KEY)


def test_another_transport_is_not_trusted_with_money(monkeypatch: pytest.MonkeyPatch) -> None:
    class Replaced(httpx.AsyncHTTPTransport):
        pass

    monkeypatch.setattr(httpx, "AsyncHTTPTransport", Replaced)
    with pytest.raises(SettingsError, match="replaced"):
        RunningHubClient("http://127.0.0.1:9", KEY)


def test_it_is_a_provider() -> None:
    client = RunningHubClient("http://127.0.0.1:9", KEY, patience=QUICK)
    seller: Provider = RunningHubProvider(
        client, name="simulator", realm="127.0.0.1:9", facts=load_errors(), now=lambda: 0.0
    )
    assert (seller.name, seller.realm, seller.is_paid) == ("simulator", "127.0.0.1:9", True)
    assert "127.0.0.1" in repr(seller)
