"""Where the media of a submitted body come from."""

from __future__ import annotations

from rhflow.ground.media import kind_of_suffix
from rhflow.ground.values import Json, JsonObject, walk
from rhflow.simulator.job import Source
from rhflow.simulator.shelf import Shelf, name_in


class Unreachable(Exception):
    """An input that was there once: expired, or never uploaded. The message is a sentence."""


def gather(arguments: JsonObject, kinds: dict[str, str], shelf: Shelf) -> dict[str, list[Source]]:
    """The sources of every media parameter, and of files of ours inside other structured parameters.

    Raises:
        Unreachable: an address of ours under which nothing is served (any more).
    """
    found: dict[str, list[Source]] = {}
    for name, value in arguments.items():
        if name in kinds:
            sources = [_source(name, url, kinds[name], shelf) for url in urls_in(value)]
        elif isinstance(value, dict | list):
            sources = [
                _source(name, url, kind, shelf) for url in urls_in(value) if (kind := _kind_of_ours(url))
            ]
        else:
            continue
        if sources:
            found[name] = sources
    return found


def urls_in(value: Json) -> list[str]:
    """Every text in a value, in order; empty ones stand for nothing."""
    return [leaf for _, leaf in walk(value) if isinstance(leaf, str) and leaf]


def _kind_of_ours(url: str) -> str | None:
    name = name_in(url)
    kind = kind_of_suffix(name) if name else None
    return kind.value if kind else None


def _source(parameter: str, url: str, kind: str, shelf: Shelf) -> Source:
    if url[:5].lower() == "data:":
        return Source(kind, data=url)
    name = name_in(url)
    if name is None:
        return Source(kind, url=url)
    served = shelf.find(name)
    if served is None:
        raise Unreachable(f"{parameter}: the file {name} has expired or was never uploaded")
    return Source(kind, path=str(served.path))
