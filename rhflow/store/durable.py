"""Names that outlive a power cut: a file is as good as gone while the folder it stands in is not synced."""

from __future__ import annotations

import os
from pathlib import Path


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
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write a small file, whole or not at all; bytes and name are on the disk on return.

    Raises:
        OSError: it cannot be written.
    """
    make_folder(path.parent)
    partial = path.with_name(f"{path.name}.part")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)
