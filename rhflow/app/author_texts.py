"""The texts a run was planned from, as they were then: kept with the run, for whoever exports it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rhflow.ground.values import Json, JsonObject, as_object

NAME = "texts.json"


@dataclass(frozen=True, slots=True)
class AuthorTexts:
    """Pipeline, parts and data by absolute path; `given` are the inputs as somebody wrote them."""

    file: str
    texts: Mapping[str, str] = field(default_factory=dict)
    given: JsonObject = field(default_factory=dict)

    @classmethod
    def gather(cls, file: str, sources: Mapping[str, str], given: Mapping[str, Json]) -> AuthorTexts:
        """What a plan was read from; texts that stood on the command line have no file."""
        texts = {_absolute(name): text for name, text in sources.items() if not name.startswith("-i ")}
        return cls(_absolute(file), texts, dict(given))

    def to_text(self) -> str:
        """Its form on the disk."""
        body: JsonObject = {"file": self.file, "texts": dict(self.texts), "given": self.given}
        return json.dumps(body, ensure_ascii=False, indent=1)


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100  # resolve() would follow links


def read_texts(folder: Path) -> AuthorTexts | None:
    """What was kept in the folder of a run; None where nothing was, or it cannot be read any more."""
    try:
        body = as_object(json.loads((folder / NAME).read_text("utf-8")), "texts")
        texts = {name: str(text) for name, text in as_object(body["texts"], "texts").items()}
        return AuthorTexts(str(body["file"]), texts, as_object(body["given"], "given"))
    except (OSError, ValueError, KeyError):
        return None
