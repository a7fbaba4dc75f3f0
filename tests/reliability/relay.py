"""A stranger on the line: it passes everything on, and gives the answers to a purchase its own way.

What a simulator that speaks proper HTTP cannot do is done here, on a raw socket.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

Tamper = Callable[[socket.socket, bytes], None]
"""Gives the client the answer (head and body), in its own way."""


def passes(line: socket.socket, answer: bytes) -> None:
    """Unchanged."""
    line.sendall(answer)


_END = b"\r\n\r\n"


class Relay:
    """Listens on a port of its own. `tamper` gets the answers to purchases; all others pass unchanged."""

    def __init__(self, address: str, tamper: Tamper) -> None:
        parts = urlsplit(address)
        self._far = (str(parts.hostname), int(parts.port or 80))
        self._tamper = tamper
        self._port = 0
        self.open()
        self.address = f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Take calls, at the port it had before."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """From now on nobody picks up there."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line, socket.create_connection(self._far) as far:
            request = _whole(line)
            head, _, body = request.partition(_END)
            lines = [part for part in head.split(b"\r\n") if not part.lower().startswith(b"connection:")]
            far.sendall(b"\r\n".join([*lines, b"Connection: close"]) + _END + body)
            answer = b""
            while piece := far.recv(65_536):
                answer += piece
            if _is_purchase(lines[0]):
                self._tamper(line, answer)
            else:
                line.sendall(answer)


def _is_purchase(first: bytes) -> bool:
    path = first.split()[1]
    free = (b"/openapi/v2/query", b"/openapi/v2/media/", b"/openapi/v2/queue", b"/openapi/v2/price-preview")
    return first.startswith(b"POST /openapi/v2/") and not path.startswith(free)


def _whole(line: socket.socket) -> bytes:
    """A request, to the end its length promises."""
    come = b""
    while _END not in come:
        piece = line.recv(65_536)
        if not piece:
            raise OSError("gone")
        come += piece
    head, _, body = come.partition(_END)
    length = next(
        (
            int(part.split(b":")[1])
            for part in head.split(b"\r\n")
            if part.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += line.recv(65_536)
    return head + _END + body


@contextlib.contextmanager
def relayed(address: str, tamper: Tamper) -> Iterator[Relay]:
    """Somebody to be called in place of the far side."""
    relay = Relay(address, tamper)
    try:
        yield relay
    finally:
        relay.close()
