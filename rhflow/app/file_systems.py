"""On what sort of file system a folder lies, as far as this machine tells."""

from __future__ import annotations

import contextlib
import ctypes
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afs|afpfs|ncpfs|webdav|davfs|ceph|glusterfs|lustre|gpfs|beegfs|9p|virtiofs"
    r"|fuse\.(sshfs|rclone|s3fs|gcsfuse|glusterfs|ceph.*|davfs.*|cifs|nfs.*)|osxfuse|macfuse|network drive"
)
"""Where other computers may write, and locks are a matter of luck."""
_SYNCED = (
    "Dropbox",
    "OneDrive",
    "Google Drive",
    "GoogleDrive",
    "Mobile Documents",
    "CloudStorage",
    "Nextcloud",
)
"""Folders whose contents a program carries off, file by file, at moments of its own choice."""

_MOUNTS = Path("/proc/self/mountinfo")
_MAC_MOUNT = re.compile(r"^.* on (?P<point>/.*) \((?P<kind>[^,)]+)", re.MULTILINE)
_ESCAPE = re.compile(r"\\(\d{3})")
_REMOTE_DRIVE = 4


def file_system_of(folder: Path) -> str | None:
    """Its name (`ext4`, `nfs4`, `network drive`); None where nobody tells."""
    place = folder.absolute()
    with contextlib.suppress(OSError):
        place = place.resolve()
    if sys.platform == "win32":
        return _on_windows(place)
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        if _MOUNTS.exists():
            return named_by(place, linux_mounts(_MOUNTS.read_text("utf-8", "replace")))
        said = subprocess.run(["/sbin/mount"], capture_output=True, timeout=10, check=False).stdout
        return named_by(place, mac_mounts(said.decode("utf-8", "replace")))
    return None


def synced_by(folder: Path) -> str | None:
    """The part of the path by which a folder is known to be carried off to some cloud."""
    return next((name for part in folder.absolute().parts for name in _SYNCED if part.startswith(name)), None)


def linux_mounts(text: str) -> Iterator[tuple[PurePath, str]]:
    """Mount points and their kinds, out of `/proc/self/mountinfo`."""
    for line in text.splitlines():
        before, dash, after = line.partition(" - ")
        words, kinds = before.split(), after.split()
        if dash and len(words) > 4 and kinds:
            yield PurePath(_ESCAPE.sub(lambda found: chr(int(found[1], 8)), words[4])), kinds[0]


def mac_mounts(text: str) -> Iterator[tuple[PurePath, str]]:
    """The same out of what `mount` prints on macOS and the BSDs."""
    for found in _MAC_MOUNT.finditer(text):
        yield PurePath(found["point"]), found["kind"]


def named_by(place: PurePath, mounts: Iterator[tuple[PurePath, str]]) -> str | None:
    """The kind of the innermost mount that holds the place; of two on one point the later."""
    holding = [(len(point.parts), kind) for point, kind in mounts if place.is_relative_to(point)]
    deepest = max((depth for depth, _ in holding), default=0)
    return next((kind for depth, kind in reversed(holding) if depth == deepest), None)


def _on_windows(place: Path) -> str | None:
    if place.drive.startswith("\\\\"):
        return "network drive"
    ask = getattr(getattr(ctypes, "windll", None), "kernel32", None)
    if ask is None or not place.drive:
        return None
    return "network drive" if ask.GetDriveTypeW(f"{place.drive}\\") == _REMOTE_DRIVE else "local drive"
