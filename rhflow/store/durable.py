"""Names that outlive a power cut: a file is as good as gone while the folder it stands in is not synced."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_SYNCS_NO_FOLDERS = (errno.EINVAL, errno.ENOTSUP)
"""What some network and user-space file systems say of any folder: SQLite lives with it, too."""


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are missing; each one's name is on the disk on return.

    Raises:
        OSError: it cannot be made.
    """
    if folder.is_dir():
        return
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in reversed(missing):
        sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Bring what was made, renamed and removed in a folder to the disk, where the system lets one do so.

    Raises:
        OSError: the disk did not take it.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _SYNCS_NO_FOLDERS:
            raise
    finally:
        os.close(descriptor)


def put_in_place(partial: Path, target: Path) -> None:
    """Give a file that is written its name: the bytes are on the disk before it, the name on return.

    Raises:
        OSError: the disk did not take it.
    """
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(target)
    sync_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Write a small file, whole or not at all; bytes and name are on the disk on return.

    Raises:
        OSError: it cannot be written.
    """
    make_folder(path.parent)
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    put_in_place(partial, path)
