"""Assets: media that are kept under an id and named `asset://<id>` in submits (RunningHub API, section 6).

The forms of these calls are known from third parties only, and their fields are guesses in part.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from rhflow.ground.media import kind_of_suffix
from rhflow.ground.values import JsonObject
from rhflow.media.probe import Probe, probe
from rhflow.simulator.database import Database
from rhflow.simulator.shelf import Shelf, name_in

SCHEME = "asset://"
Table: TypeAlias = Literal["assets", "asset_groups"]
_OURS = re.compile(r"asset-[0-9]{14}-[0-9a-f]{8}")
_MEGABYTE = 1_048_576
_MOST_MB = {"image": 10, "video": 50, "audio": 15}


class BadAsset(Exception):
    """A file that may not be an asset; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One asset. `path` is its own copy of a file of ours; media elsewhere stay an address."""

    id: str
    group_id: str | None
    name: str
    kind: str
    url: str
    path: str | None
    created_at: float

    def to_json(self) -> JsonObject:
        return {
            "assetId": self.id,
            "assetUri": f"{SCHEME}{self.id}",
            "name": self.name,
            "assetType": self.kind.upper(),
            "url": self.url,
            "groupId": self.group_id,
            "status": "ACTIVE",
            "createTime": _moment(self.created_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of assets."""

    id: str
    name: str
    description: str
    created_at: float

    def to_json(self) -> JsonObject:
        return {
            "groupId": self.id,
            "name": self.name,
            "description": self.description,
            "createTime": _moment(self.created_at),
        }


class Assets:
    """All assets of one folder."""

    def __init__(self, database: Database, shelf: Shelf) -> None:
        self._database = database
        self._shelf = shelf

    def create(self, name: str, url: str, kind: str | None, group_id: str | None) -> Asset:
        """Take media in. Blocks: it looks into the file and copies it.

        Raises:
            BadAsset: the file is not there, is of no such kind, or breaks a limit.
        """
        ours = name_in(url)
        path: Path | None = None
        asset_id = _fresh("asset")
        if ours is not None:
            served = self._shelf.find(ours)
            if served is None:
                raise BadAsset(f"url: the file {ours} has expired or was never uploaded")
            kind = _judged(served.path, kind)
            path = self._shelf.assets / f"{asset_id}{served.path.suffix}"
            shutil.copyfile(served.path, path)
        elif kind is None:
            by_name = kind_of_suffix(url.partition("?")[0])
            kind = by_name.value if by_name else "image"
        asset = Asset(
            id=asset_id,
            group_id=group_id,
            name=name,
            kind=kind,
            url=url,
            path=str(path) if path else None,
            created_at=self._database.now(),
        )
        self._insert(
            "assets",
            (asset.id, asset.group_id, asset.name, asset.kind, asset.url, asset.path, asset.created_at),
        )
        return asset

    def create_group(self, name: str, description: str) -> Group:
        group = Group(id=_fresh("group"), name=name, description=description, created_at=self._database.now())
        self._insert("asset_groups", (group.id, group.name, group.description, group.created_at))
        return group

    def find(self, asset_id: str) -> Asset | None:
        rows = self._database.rows("SELECT * FROM assets WHERE id = ?", (asset_id,))
        return _asset(rows[0]) if rows else None

    def find_group(self, group_id: str) -> Group | None:
        rows = self._database.rows("SELECT * FROM asset_groups WHERE id = ?", (group_id,))
        return _group(rows[0]) if rows else None

    def all(self) -> list[Asset]:
        """Every asset, the newest first."""
        return [
            _asset(row) for row in self._database.rows("SELECT * FROM assets ORDER BY created_at DESC, id")
        ]

    def groups(self) -> list[Group]:
        """Every group, the newest first."""
        rows = self._database.rows("SELECT * FROM asset_groups ORDER BY created_at DESC, id")
        return [_group(row) for row in rows]

    def rename(self, table: Table, item_id: str, name: str) -> None:
        with self._database.writing() as write:
            write.execute(f"UPDATE {table} SET name = ? WHERE id = ?", (name, item_id))  # noqa: S608  # one of two

    def move(self, asset_id: str, group_id: str | None) -> None:
        """Put an asset into a group, or into none."""
        with self._database.writing() as write:
            write.execute("UPDATE assets SET group_id = ? WHERE id = ?", (group_id, asset_id))

    def delete(self, table: Table, item_id: str) -> None:
        """Delete an asset and its bytes, or a group and not what is in it."""
        asset = self.find(item_id) if table == "assets" else None
        with self._database.writing() as write:
            write.execute(f"DELETE FROM {table} WHERE id = ?", (item_id,))  # noqa: S608  # one of two
            if table == "asset_groups":
                write.execute("UPDATE assets SET group_id = NULL WHERE group_id = ?", (item_id,))
        if asset is not None and asset.path:
            Path(asset.path).unlink(missing_ok=True)

    @staticmethod
    def is_ours(asset_id: str) -> bool:
        """Whether an id looks like one of those given out here."""
        return _OURS.fullmatch(asset_id) is not None

    def _insert(self, table: Table, values: tuple[object, ...]) -> None:
        marks = ", ".join("?" * len(values))
        with self._database.writing() as write:
            write.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608  # one of two


def _judged(path: Path, kind: str | None) -> str:
    """The kind of a file that may be an asset.

    Raises:
        BadAsset: it may not.
    """
    found = probe(path)
    if found is None or found.kind.value not in _MOST_MB:
        raise BadAsset("url: the file is no image, video or audio")
    if kind not in (None, found.kind.value):
        raise BadAsset(f"assetType: the file is {found.kind.value}, not {kind}")
    kind = found.kind.value
    if path.stat().st_size > _MOST_MB[kind] * _MEGABYTE:
        raise BadAsset(f"url: an asset of this kind may have {_MOST_MB[kind]} MB")
    for limit in _LIMITS[kind]:
        wrong = limit(found)
        if wrong:
            raise BadAsset(f"url: {wrong}")
    return kind


def _shape(found: Probe) -> str | None:
    wide, high = found.width or 1, found.height or 1
    if not 0.4 <= wide / high <= 2.5:
        return f"the picture is {wide} by {high}; its ratio has to be from 0.4 to 2.5"
    if not (300 <= wide <= 6000 and 300 <= high <= 6000):
        return f"the picture is {wide} by {high}; each side has to be from 300 to 6000 pixels"
    return None


def _length(found: Probe) -> str | None:
    seconds = found.seconds or 0
    return None if 2 <= seconds <= 15 else f"it lasts {seconds:.1f} s; from 2 to 15 are allowed"


def _rate(found: Probe) -> str | None:
    fps = found.fps or 0
    return None if 23.9 <= fps <= 60.1 else f"it has {fps:g} frames a second; from 24 to 60 are allowed"


_LIMITS: dict[str, tuple[Callable[[Probe], str | None], ...]] = {
    "image": (_shape,),
    "video": (_length, _rate),
    "audio": (_length,),
}


def _fresh(what: str) -> str:
    return f"{what}-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"


def _asset(row: Any) -> Asset:
    return Asset(**{name: row[name] for name in row.keys()})  # noqa: SIM118  # a Row iterates over values


def _group(row: Any) -> Group:
    return Group(**{name: row[name] for name in row.keys()})  # noqa: SIM118


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
