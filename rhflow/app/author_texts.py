"""The texts a run was planned from, as they were then: kept with the run, for whoever exports it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rhflow.ground.values import Json, JsonObject, as_object
from rhflow.language.inputs import Given

NAME = "texts.json"


@dataclass(frozen=True, slots=True)
class AuthorTexts:
    """Pipeline, parts and data by absolute path; inputs as they were given, with where their paths begin."""

    file: str
    texts: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, tuple[Json, str]] = field(default_factory=dict)

    @classmethod
    def gather(cls, file: str, sources: Mapping[str, str], given: Mapping[str, Given]) -> AuthorTexts:
        """What a plan was read from; texts that stood on the command line have no file."""
        own = _absolute(file)
        texts = {_absolute(name): text for name, text in sources.items() if not name.startswith("-i ")}
        bases = {name: _absolute(item.base or os.path.dirname(own)) for name, item in given.items()}  # noqa: PTH120
        return cls(own, texts, {name: (item.value, bases[name]) for name, item in given.items()})

    def path_of(self, name: str) -> str | None:
        """The file that an input would name, if its value is a path at all."""
        value, base = self.given[name]
        return _absolute(os.path.join(base, value)) if isinstance(value, str) else None  # noqa: PTH118

    def to_text(self) -> str:
        """Its form on the disk."""
        given: JsonObject = {
            name: {"value": value, "base": base} for name, (value, base) in self.given.items()
        }
        body: JsonObject = {"file": self.file, "texts": dict(self.texts), "given": given}
        return json.dumps(body, ensure_ascii=False, indent=1)


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100  # resolve() would follow links


def read_texts(folder: Path) -> AuthorTexts | None:
    """What was kept in the folder of a run; None where nothing was, or it cannot be read any more."""
    try:
        body = as_object(json.loads((folder / NAME).read_text("utf-8")), "texts")
        texts = {name: str(text) for name, text in as_object(body["texts"], "texts").items()}
        entries = {name: as_object(item, name) for name, item in as_object(body["given"], "given").items()}
        given = {name: (item["value"], str(item["base"])) for name, item in entries.items()}
        return AuthorTexts(str(body["file"]), texts, given)
    except (OSError, ValueError, KeyError):
        return None
