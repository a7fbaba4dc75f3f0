"""LoRA files: an address that takes one for an hour, and what is there then (RunningHub API, uploads)."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from importlib.resources import files
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from rhflow.ground.hashing import digest_json, md5_hasher
from rhflow.ground.values import JsonObject
from rhflow.simulator import wire
from rhflow.simulator.codes import title
from rhflow.simulator.database import Database
from rhflow.simulator.keys import Key
from rhflow.simulator.shelf import Shelf

PUT_PREFIX = "/upload/"
_FOLDER = "api-lora-cn/"
_MD5 = re.compile(r"[0-9a-f]{32}")
_OURS = re.compile(re.escape(_FOLDER) + r"([0-9a-f]{32})\.safetensors")
_LONGEST_NAME = 200


class Loras:
    """The LoRA files of one folder, each under the MD5 of its bytes."""

    def __init__(self, database: Database, shelf: Shelf, presigned_s: float) -> None:
        self._database = database
        self._shelf = shelf
        self._presigned_s = presigned_s
        saved = json.loads((files("rhflow.simulator") / "data" / "resources.json").read_text("utf-8"))
        self._saved = frozenset(item["nodeModelName"] for item in saved if item["type"] == "LORA")

    def is_there(self, name: str) -> bool:
        """Whether RHLoraLoader can load a file of that name."""
        found = _OURS.fullmatch(name)
        return name in self._saved or (found is not None and self._is_stored(found[1]))

    def announce(self, name: str, md5: str, key: Key) -> JsonObject:
        """Note down a file that will come; its name and the address that takes it."""
        expires = int(self._database.now() + self._presigned_s)
        with self._database.writing() as write:
            write.execute("INSERT OR IGNORE INTO loras VALUES (?, ?, NULL, ?)", (md5, name, key.tail))
        file = f"{_FOLDER}{md5}.safetensors"
        signature = self._signature(file, expires)
        return {"fileName": file, "url": f"{PUT_PREFIX}{file}?Expires={expires}&Signature={signature}"}

    def resources(self) -> list[JsonObject]:
        """Those that were uploaded, as the list of resources shows them."""
        rows = self._database.rows("SELECT md5, name FROM loras WHERE bytes IS NOT NULL ORDER BY name, md5")
        return [
            {
                "type": "LORA",
                "name": row["name"],
                "nodeModelName": f"{_FOLDER}{row['md5']}.safetensors",
                "baseModel": "",
                "tags": ["uploaded"],
            }
            for row in rows
        ]

    def is_signed(self, file: str, expires: str, signature: str) -> bool:
        """Whether an address is one that was given out, and still takes a file."""
        if not expires.isdecimal() or len(expires) > 12 or not signature.isascii():
            return False
        good = secrets.compare_digest(signature, self._signature(file, int(expires)))
        return good and self._database.now() <= int(expires)

    async def put(self, request: Request) -> Response:
        """The object storage: takes the bytes of an announced file, and checks them."""
        file = request.scope["path"].removeprefix(PUT_PREFIX)
        query = request.query_params
        named = _OURS.fullmatch(file)
        if named is None or not self.is_signed(file, query.get("Expires", ""), query.get("Signature", "")):
            return _storage_error("AccessDenied", "The address is wrong or has expired.", 403)
        draft = self._shelf.work / f"upload-{secrets.token_hex(8)}"
        try:
            size, md5 = await _receive(request, draft)
            if md5 != named[1]:
                return _storage_error("InvalidDigest", f"The bytes have MD5 {md5}, not {named[1]}.", 400)
            await asyncio.to_thread(self._store, draft, md5, size)
        except ClientDisconnect:
            return _storage_error("RequestTimeout", "The body ended early.", 400)
        finally:
            draft.unlink(missing_ok=True)
        return PlainTextResponse("", 200, {"ETag": f'"{md5}"'})

    def _store(self, draft: Path, md5: str, size: int) -> None:
        """Keep the bytes; those that are known are not kept twice."""
        target = self._shelf.loras / f"{md5}.safetensors"
        if not target.exists():
            draft.replace(target)
        with self._database.writing() as write:
            write.execute("UPDATE loras SET bytes = ? WHERE md5 = ?", (size, md5))

    def _is_stored(self, md5: str) -> bool:
        return bool(self._database.rows("SELECT 1 FROM loras WHERE md5 = ? AND bytes IS NOT NULL", (md5,)))

    def _signature(self, file: str, expires: int) -> str:
        return digest_json("presigned/1", [self._secret(), file, expires])[:40]

    def _secret(self) -> str:
        """Chosen once for each folder, so that addresses outlive a restart."""
        rows = self._database.rows("SELECT value FROM signing WHERE name = 'presigned'")
        if rows:
            return str(rows[0][0])
        with self._database.writing() as write:
            write.execute("INSERT OR IGNORE INTO signing VALUES ('presigned', ?)", (secrets.token_hex(16),))
        return str(self._database.rows("SELECT value FROM signing WHERE name = 'presigned'")[0][0])


def announced(loras: Loras, key: Key, body: JsonObject, base: str) -> Response:
    """The answer to `getLoraUploadUrl`."""
    name, md5 = body.get("loraName"), body.get("md5Hex")
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
        return wire.envelope(None, 301, f"{title(301)}: loraName is missing or too long")
    if not isinstance(md5, str) or not _MD5.fullmatch(md5.lower()):
        return wire.envelope(None, 301, f"{title(301)}: md5Hex has to be 32 hexadecimal digits")
    told = loras.announce(name.strip(), md5.lower(), key)
    return wire.envelope({"fileName": told["fileName"], "url": f"{base}{told['url']}"})


async def _receive(request: Request, path: Path) -> tuple[int, str]:
    """The body in a file; its size and MD5."""
    digest, size = md5_hasher(), 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
    return size, digest.hexdigest()


def _storage_error(code: str, message: str, status: int) -> Response:
    """As an object storage says no."""
    said = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>{said}'
    return Response(text, status, media_type="application/xml")
