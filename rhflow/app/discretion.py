"""What is left out when something leaves the home: addresses that open doors, names of machines, own paths.

A key cannot be in the journal at all (`language/secrets.py`, `app/planned.py`); what is known of one is
starred out all the same. An address keeps what names a thing and loses what says who may fetch it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from urllib.parse import urlsplit, urlunsplit

from rhflow.ground.values import Json, JsonObject
from rhflow.planning.keys import NoKey, without_signature

_ADDRESS = re.compile(r"https?://[^\s\"'<>\\^`{|}]+")
_HIDDEN = "***"
_DEAD = frozenset({"url", "expires"})
"""Of a result: the vendor's own copy, which dies within a day and is signed."""


class Discretion:
    """Rewrites texts and values for other people's eyes.

    Args:
        secrets: texts that must never be told.
        place: where a file of the author lies in the thing that is made, by its path here.
    """

    def __init__(self, secrets: Collection[str], place: Callable[[str], str] = lambda path: path) -> None:
        self._secrets = sorted((item for item in secrets if item), key=len, reverse=True)
        self._place = place

    def text(self, text: str) -> str:
        """The same text; its addresses without signatures and passwords."""
        told = _ADDRESS.sub(lambda found: _open_address(found[0]), text)
        for secret in self._secrets:
            told = told.replace(secret, _HIDDEN)
        return told

    def value(self, value: Json) -> Json:
        """The same value; media leaves keep what they are and lose where they were."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        body: JsonObject = {self.text(name): self.value(item) for name, item in value.items()}
        file, blob = body.get("$file"), body.get("$blob")
        if isinstance(file, dict):
            file["path"] = self._place(str(file.get("path")))
        if isinstance(blob, dict):
            blob["url"] = None
        return body

    def event(self, body: JsonObject) -> JsonObject:
        """An event's body: no owner, and results without the vendor's addresses."""
        told = self.value(body)
        assert isinstance(told, dict)
        for name in ("artifacts", "results"):
            items = told.get(name)
            if isinstance(items, list):
                told[name] = [self.result(item) for item in items]
        if "owner" in told:
            told["owner"] = ""
        return told

    def result(self, item: Json) -> Json:
        """One result, or one artifact, without the vendor's copy of it."""
        told = self.value(item)
        if not isinstance(told, dict):
            return told
        return {name: None if name in _DEAD else value for name, value in told.items()}


def _open_address(url: str) -> str:
    """The address as anybody may see it."""
    try:
        parts = urlsplit(url)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return without_signature(bare) if parts.query or parts.fragment else bare
    except (NoKey, ValueError):
        return url.partition("?")[0]
