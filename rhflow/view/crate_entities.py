"""The small parts of an RO-Crate's metadata: references, identifiers, files, parameters, moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from rhflow.ground.values import Json, JsonObject
from rhflow.planning.plan import Task
from rhflow.view.run_view import instant

Entity: TypeAlias = JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A file in the crate."""

    name: str
    bytes: int
    sha256: str
    mime: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything a crate tells of a run. Who writes it down adds what every crate has: its descriptor, its
    context, the identifiers of files, and that they are parts of the whole.
    """

    spec: str
    """Version of RO-Crate."""
    contexts: tuple[str, ...]
    """Vocabularies beyond that of RO-Crate."""
    root: Entity
    """Properties of the crate itself."""
    language: Entity
    workflow: str
    """Where the pipeline's text lies; one of the files."""
    files: Mapping[str, Entity]
    """Name in the crate -> properties."""
    others: tuple[Entity, ...]
    """What is no file: profiles, parameters, tools, actions."""


def parameter(side: str, name: str, value: str | list[str]) -> Iterable[Entity]:
    """A formal parameter, and what stood for it in this run: files of the crate, or a text."""
    formal = f"#{side}/{quote(name)}"
    if isinstance(value, list):
        examples: list[Json] = [ref(file_id(item)) for item in dict.fromkeys(value)]
        yield {
            "@id": formal,
            "@type": "FormalParameter",
            "name": name,
            "additionalType": "File",
            "workExample": examples,
        }
        return
    yield {
        "@id": formal,
        "@type": "FormalParameter",
        "name": name,
        "additionalType": "Text",
        "workExample": ref(f"{formal}/value"),
    }
    yield {
        "@id": f"{formal}/value",
        "@type": "PropertyValue",
        "name": name,
        "value": value,
        "exampleOfWork": ref(formal),
    }


def file_properties(item: PackedFile) -> Entity:
    told: Entity = {
        "name": item.name.rpartition("/")[2],
        "contentSize": str(item.bytes),
        "sha256": item.sha256,
    }
    if item.mime is not None:
        told["encodingFormat"] = item.mime
    return told


def shown(value: Json) -> str:
    return value if isinstance(value, str) else str(value)


def moment(seconds: float) -> str:
    """ISO 8601 with its offset written out, as the profile wants it."""
    return (instant(seconds) or "").replace("Z", "+00:00")


def compact(told: Entity) -> Entity:
    """The same without empty lists; a single value stands by itself."""
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 and not name.startswith("@") else value
        for name, value in told.items()
        if value != []
    }


def ref(name: str) -> JsonObject:
    return {"@id": name}


def file_id(name: str) -> str:
    """A path inside the crate as an identifier: escaped like a URL."""
    return quote(name)


def tool_id(uses: str) -> str:
    return f"#model/{quote(uses)}"


def action_id(task: Task) -> str:
    return f"#task/{quote(task.id)}"


def control_id(task: Task) -> str:
    return f"#control/{quote(task.id)}"
