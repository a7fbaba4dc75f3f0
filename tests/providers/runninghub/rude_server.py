"""A raw socket server that misbehaves at chosen points, and counts what it heard."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Heard:
    """One request as far as it came; `whole` once every byte of it was here."""

    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = False

    def json(self) -> object:
        return json.loads(self.body)


@dataclass
class Line:
    """One connection, handed to a manner."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: RudeServer

    async def hear(self) -> Heard:
        """Read a whole request."""
        heard = await self.hear_headers()
        length = int(heard.headers.get("content-length", "0"))
        while len(heard.body) < length:
            piece = await self.reader.read(min(1 << 20, length - len(heard.body)))
            if not piece:
                raise asyncio.IncompleteReadError(heard.body, length)
            if self.server.keeps_bodies:
                heard.body += piece
            else:
                length -= len(piece)
        heard.whole = True
        return heard

    async def hear_headers(self) -> Heard:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = dict(_field(line) for line in head[1:] if line)
        heard = Heard(method, path, headers)
        self.server.heard.append(heard)
        return heard

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with RST in place of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        )
        self.writer.transport.abort()


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


Manner = Callable[[Line], Awaitable[None]]


class RudeServer:
    """`async with RudeServer(manner) as server`; `manner` is called for each connection."""

    def __init__(
        self,
        manner: Manner,
        *,
        keeps_bodies: bool = True,
        tls: ssl.SSLContext | None = None,
        small_buffer: bool = False,
    ) -> None:
        self.manner = manner
        self.tls = tls
        self.small_buffer = small_buffer
        self.keeps_bodies = keeps_bodies
        self.heard: list[Heard] = []
        self.connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        listener = socket.socket()
        if self.small_buffer:  # the system takes little of a request before somebody reads it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        listener.bind(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._serve, sock=listener, ssl=self.tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paid(self) -> int:
        """How many whole POSTs came."""
        return sum(heard.whole and heard.method == "POST" for heard in self.heard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self.manner(Line(reader, writer, self))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()


def page(
    status: int, body: bytes | dict[str, object] | str, mime: str = "application/json", **headers: str
) -> bytes:
    """A well-formed answer."""
    data = (
        json.dumps(body).encode()
        if isinstance(body, dict)
        else body.encode()
        if isinstance(body, str)
        else body
    )
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {mime}", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + data


def answers(*pages: bytes) -> Manner:
    """Hear a request, say the next page; the last one for ever."""
    left = list(pages)

    async def manner(line: Line) -> None:
        await line.hear()
        await line.say(left.pop(0) if len(left) > 1 else left[0])

    return manner


def routes(table: dict[str, bytes | Callable[[Heard], bytes]]) -> Manner:
    """Hear a request, say the page of its path; 404 for the rest."""

    async def manner(line: Line) -> None:
        heard = await line.hear()
        found = table.get(heard.path, page(404, "no such page", "text/plain"))
        await line.say(found(heard) if callable(found) else found)

    return manner


async def fin_before_reading(line: Line) -> None:
    line.writer.write_eof()


async def rst_before_reading(line: Line) -> None:
    line.reset()


async def rst_after_headers(line: Line) -> None:
    await line.hear_headers()
    line.reset()


async def fin_after_all(line: Line) -> None:
    await line.hear()


async def rst_after_all(line: Line) -> None:
    await line.hear()
    line.reset()


async def half_a_status_line(line: Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 20")


async def half_a_header(line: Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Le")


async def truncated_body(line: Line) -> None:
    await line.hear()
    await line.say(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"taskId":"1')


async def truncated_body_rst(line: Line) -> None:
    await line.hear()
    await line.say(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"taskId":"1')
    await asyncio.sleep(0.02)
    line.reset()


async def truncated_chunks(line: Line) -> None:
    await line.hear()
    await line.say(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"taskId":"1')


async def cut_without_length(line: Line) -> None:
    await line.hear()
    await line.say(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"taskId":"2013508786110')


async def broken_gzip(line: Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello")


async def garbage(line: Line) -> None:
    await line.hear()
    await line.say(b"\x00\x01\x02 not a word of HTTP\r\n\r\n")


async def interim_then_fin(line: Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 102 Processing\r\n\r\n")


async def stall(line: Line) -> None:
    await line.hear()
    await asyncio.sleep(3600)


async def stall_in_body(line: Line) -> None:
    await line.hear()
    await line.say(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"taskId":"1')
    await asyncio.sleep(3600)


async def never_read(line: Line) -> None:
    await asyncio.sleep(3600)


async def drip(line: Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n")
    for _ in range(50000):
        await line.say(b" ")
        await asyncio.sleep(0.02)


async def endless(line: Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        await line.say(b" " * (1 << 20))
