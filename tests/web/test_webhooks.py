"""The receiver of webhooks: who may call, what comes through, and what it never tells."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable

import httpx
import pytest

from rhflow.app.listening import Webhooks, _job, webhooks_of
from rhflow.ground.errors import UsageError
from rhflow.web import webhooks
from rhflow.web.webhooks import MOST_BYTES, Receiver, listening

NOTICE = {
    "event": "TASK_END",
    "taskId": "1795241272320722629",
    "eventData": json.dumps({"status": "SUCCESS"}),
}
Scene = Callable[[httpx.AsyncClient, Receiver, list[tuple[str, str]]], Awaitable[None]]


def played(scene: Scene, *, public: str = "http://127.0.0.1") -> list[tuple[str, str]]:
    """A receiver on a real port, and a client that calls it; what was told."""
    told: list[tuple[str, str]] = []

    async def work() -> None:
        receiver = Receiver(public, _job, lambda attempt, job: told.append((attempt, job)))
        async with listening(receiver, "127.0.0.1", 0) as port:
            base = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=5) as client:
                await scene(client, receiver, told)

    asyncio.run(work())
    return told


def path(receiver: Receiver, attempt: str = "attempt-1") -> str:
    return receiver.address(attempt).removeprefix("http://127.0.0.1")


def test_a_notice_names_attempt_and_job_and_is_told_once() -> None:
    async def scene(client: httpx.AsyncClient, receiver: Receiver, told: list[tuple[str, str]]) -> None:
        for _ in range(3):
            answer = await client.post(path(receiver), json=NOTICE)
            assert (answer.status_code, answer.text) == (200, "ok")
        await client.post(path(receiver, "attempt-2"), json=NOTICE)

    assert played(scene) == [("attempt-1", NOTICE["taskId"]), ("attempt-2", NOTICE["taskId"])]


def test_what_is_not_for_us_is_not_found() -> None:
    async def scene(client: httpx.AsyncClient, receiver: Receiver, told: list[tuple[str, str]]) -> None:
        good = path(receiver)
        token = good.split("/")[1]
        for wrong in (
            "/",
            "/attempt-1",
            f"/{token}",
            f"/{token[:-1]}/attempt-1",
            f"/{token[:-1]}x/attempt-1",
            f"/{token.swapcase()}/attempt-1",
            f"/{token}/",
            f"/{token}/a/b",
            f"/{token}/{'a' * 65}",
            f"/{token}/..%2Fx",
            f"/%00/{token}",
        ):
            answer = await client.post(wrong, json=NOTICE)
            assert answer.status_code == 404, wrong
            assert token not in answer.text
        assert (await client.get(good)).status_code == 405
        assert (await client.post(f"/a/tunnel/of/its/own{good}", json=NOTICE)).status_code == 200

    assert len(played(scene)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"taskId": ""}',
        b'{"taskId": {}}',
        b"\xff\xfe",
        b"{" * 5000,
        b'{"event": "TASK_END"}',
    ],
    ids=repr,
)
def test_what_is_no_notice_is_refused(body: bytes) -> None:
    async def scene(client: httpx.AsyncClient, receiver: Receiver, told: list[tuple[str, str]]) -> None:
        assert (await client.post(path(receiver), content=body)).status_code == 400

    assert played(scene) == []


@pytest.mark.parametrize("stated", [True, False])
def test_a_long_body_is_not_read_to_its_end(stated: bool) -> None:
    async def scene(client: httpx.AsyncClient, receiver: Receiver, told: list[tuple[str, str]]) -> None:
        async def pieces() -> object:
            for _ in range(40):
                yield b"x" * 65_536

        content = b"x" * (MOST_BYTES + 1) if stated else pieces()
        try:
            answer = await client.post(path(receiver), content=content)  # type: ignore[arg-type]
        except httpx.WriteError:
            return  # it has hung up: as good
        assert answer.status_code == 413

    assert played(scene) == []


def test_a_caller_who_never_ends_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_BODY_S", 0.1)

    async def scene(client: httpx.AsyncClient, receiver: Receiver, told: list[tuple[str, str]]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        head = f"POST {path(receiver)} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{"
        writer.write(head.encode())
        answer = await asyncio.wait_for(reader.read(100), 3)
        assert b"408" in answer
        writer.close()

    assert played(scene) == []


def test_garbage_is_no_news(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    async def scene(client: httpx.AsyncClient, receiver: Receiver, told: list[tuple[str, str]]) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(b"\x16\x03\x01 no http at all\r\n\r\n")
        await writer.drain()
        writer.close()
        assert (await client.post(path(receiver), json=NOTICE)).status_code == 200

    with caplog.at_level(logging.DEBUG):
        assert len(played(scene)) == 1
    assert capfd.readouterr() == ("", "")


def test_the_secret_is_long_differs_and_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    tokens: list[str] = []

    async def scene(client: httpx.AsyncClient, receiver: Receiver, told: list[tuple[str, str]]) -> None:
        token = path(receiver).split("/")[1]
        tokens.append(token)
        assert len(token) >= 32
        assert token not in repr(receiver)
        await client.post(path(receiver), json=NOTICE)

    with caplog.at_level(logging.DEBUG):
        played(scene)
        own = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
        played(scene)
    assert tokens[0] != tokens[1]
    assert not [line for line in own if tokens[0] in line and "httpcore" not in line]


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        async def work() -> None:
            async with listening(Receiver("http://x", _job, lambda *_: None), "127.0.0.1", port):
                pass

        with pytest.raises(UsageError, match=f"127.0.0.1:{port}"):
            asyncio.run(work())


@pytest.mark.parametrize(
    ("url", "port", "says"),
    [
        (None, 8080, "no address to call it by"),
        ("hooks.example.com", 8080, "no address to be called at"),
        ("ftp://hooks.example.com", 8080, "no address to be called at"),
        ("https://hooks.example.com/?a=1", 8080, "no address to be called at"),
        ("https://hooks.example.com", None, "where that address leads"),
        ("https://hooks.example.com", 0, "0 is no port"),
        ("https://hooks.example.com", 70_000, "is no port"),
    ],
)
def test_options_that_make_no_sense(url: str | None, port: int | None, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        webhooks_of(url, port, None)


def test_options_that_do() -> None:
    assert webhooks_of(None, None, None) is None
    assert webhooks_of("https://a.example/x", 8080, None) == Webhooks(
        "https://a.example/x", 8080, "127.0.0.1"
    )
    assert (
        Receiver("https://a.example/x/", _job, lambda *_: None)
        .address("n")
        .startswith("https://a.example/x/")
    )
