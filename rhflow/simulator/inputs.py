"""Where the media of a submitted body come from."""

from __future__ import annotations

from rhflow.ground.media import kind_of_suffix
from rhflow.ground.values import Json, JsonObject, walk
from rhflow.simulator.assets import SCHEME, Assets
from rhflow.simulator.job import Source
from rhflow.simulator.shelf import Shelf, is_upload, name_in
from rhflow.simulator.workflows.graph import read_graph

_ADDRESSES = ("http://", "https://", "data:")


class Unreachable(Exception):
    """An input that was there once: expired, or never uploaded. The message is a sentence."""


def gather(
    arguments: JsonObject, kinds: dict[str, str], shelf: Shelf, assets: Assets
) -> dict[str, list[Source]]:
    """The sources of every media parameter, and of files of ours inside other structured parameters.

    Raises:
        Unreachable: an address of ours under which nothing is served (any more).
    """
    found: dict[str, list[Source]] = {}
    for name, value in arguments.items():
        if name in kinds:
            sources = [_source(name, url, kinds[name], shelf, assets) for url in urls_in(value)]
        elif isinstance(value, dict | list):
            sources = [
                _source(name, url, kind, shelf, assets)
                for url in urls_in(value)
                if (kind := _kind_of_ours(url))
            ]
        else:
            continue
        if sources:
            found[name] = sources
    return found


def gather_files(arguments: JsonObject, shelf: Shelf) -> dict[str, list[Source]]:
    """The sources of every file that a graph names, as `<node>.<input>`.

    A name that is no upload stands for a file of the account: a stand-in is drawn.

    Raises:
        Unreachable: an upload that is not there (any more).
    """
    found: dict[str, list[Source]] = {}
    for node in read_graph(arguments["graph"]).values():
        for field, kind, name in node.files():
            where = f"{node.id}.{field}"
            if name.lower().startswith(_ADDRESSES):
                found[where] = [_source(where, name, kind, shelf, None)]
            elif is_upload(name):
                found[where] = [_served(where, name, kind, shelf)]
            else:
                found[where] = [Source(kind, url=f"account://files/{name}")]
    return found


def urls_in(value: Json) -> list[str]:
    """Every text in a value, in order; empty ones stand for nothing."""
    return [leaf for _, leaf in walk(value) if isinstance(leaf, str) and leaf]


def _kind_of_ours(url: str) -> str | None:
    name = name_in(url)
    kind = kind_of_suffix(name) if name else None
    return kind.value if kind else None


def _source(parameter: str, url: str, kind: str, shelf: Shelf, assets: Assets | None) -> Source:
    if url[:5].lower() == "data:":
        return Source(kind, data=url)
    if assets is not None and url.startswith(SCHEME):
        return _asset(parameter, url, kind, assets)
    name = name_in(url)
    return Source(kind, url=url) if name is None else _served(parameter, name, kind, shelf)


def _served(parameter: str, name: str, kind: str, shelf: Shelf) -> Source:
    served = shelf.find(name)
    if served is None:
        raise Unreachable(f"{parameter}: the file {name} has expired or was never uploaded")
    return Source(kind, path=str(served.path))


def _asset(parameter: str, url: str, kind: str, assets: Assets) -> Source:
    """An asset of ours; of one that the simulator never gave out a stand-in is drawn."""
    name = url.removeprefix(SCHEME)
    asset = assets.find(name)
    if asset is not None:
        return Source(kind, path=asset.path) if asset.path else Source(kind, url=asset.url)
    if assets.is_ours(name):
        raise Unreachable(f"{parameter}: the asset {name} was deleted")
    return Source(kind, url=url)
