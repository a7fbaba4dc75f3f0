"""yaml-language-server as an editor drives it: started as a process, spoken to in LSP over its two pipes."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 20


class LanguageServer:
    """One session; texts are opened from memory, the folder only holds the schema."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self.folder = folder
        self._numbers = itertools.count(1)
        self._inbox: queue.Queue[dict[str, Any]] = queue.Queue()
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def begin(self) -> None:
        abilities = {
            "textDocument": {
                "completion": {"completionItem": {"documentationFormat": ["markdown", "plaintext"]}},
                "hover": {"contentFormat": ["markdown"]},
                "publishDiagnostics": {},
            },
            "workspace": {"configuration": True},
        }
        self.ask(
            "initialize",
            {"processId": None, "rootUri": self.folder.as_uri(), "capabilities": abilities},
        )
        self._tell("initialized", {})

    def problems(self, text: str) -> list[dict[str, Any]]:
        """What the server says is wrong with a text."""
        return self._diagnostics[self._open(text)]

    def _open(self, text: str) -> str:
        uri = (self.folder / f"{next(self._numbers)}.rhflow.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        while uri not in self._diagnostics:
            self._take(self._next())
        return uri

    def complete(self, text: str) -> dict[str, str]:
        """What is offered at `|` in the text: label -> what is said of it."""
        where = self._at(text)
        found = self.ask("textDocument/completion", where)
        return {item["label"]: _plain(item.get("documentation")) for item in found["items"]}

    def hover(self, text: str) -> str:
        """What is shown at `|` in the text."""
        where = self._at(text)
        found = self.ask("textDocument/hover", where)
        return _plain(found["contents"]) if found else ""

    def ask(self, method: str, params: Any) -> Any:
        number = next(self._numbers)
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]
            self._take(message)

    def end(self) -> None:
        self.ask("shutdown", None)
        self._tell("exit", None)

    def _at(self, text: str) -> dict[str, Any]:
        before, _, after = text.partition("|")
        uri = self._open(before + after)
        lines = before.split("\n")
        place = {"line": len(lines) - 1, "character": len(lines[-1])}
        return {"textDocument": {"uri": uri}, "position": place}

    def _take(self, message: dict[str, Any]) -> None:
        """What the server says without being asked, and what it asks."""
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "id" in message and method == "workspace/configuration":
            settings = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
            answers = [settings if row.get("section") == "yaml" else {} for row in message["params"]["items"]]
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": answers})
        elif "id" in message and method:
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})

    def _next(self) -> dict[str, Any]:
        try:
            return self._inbox.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError("the language server does not answer") from None

    def _tell(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                return
            self._inbox.put(json.loads(stream.read(length)))


def _plain(content: Any) -> str:
    return str(content.get("value", "")) if isinstance(content, dict) else str(content or "")


@contextmanager
def serving(command: list[str], folder: Path) -> Iterator[LanguageServer]:
    """The server in this folder, until the end of the block."""
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        server = LanguageServer(process, folder)
        server.begin()
        yield server
        server.end()
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
