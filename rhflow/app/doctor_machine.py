"""What rhflow stands on here: Python and its packages, ffmpeg, letters."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from rhflow.ground.errors import SettingsError
from rhflow.ground.values import JsonObject
from rhflow.media.ffmpeg import FfmpegError, ffmpeg_path, run
from rhflow.media.fonts import font_for
from rhflow.view.doctor_view import Checked

_LETTERS = "影片"
_ENCODE = (
    *("-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=0.4"),
    *("-f", "lavfi", "-i", "sine=duration=0.4"),
    *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"),
    *("-f", "mp4", "-movflags", "frag_keyframe+empty_moov", "pipe:1"),
)
"""A film of two frames with a tone, as the steps on this machine make them."""
_PATIENCE_S = 30
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def check_machine() -> Iterator[Checked]:
    """Look at all of it; about a third of a second, most of it ffmpeg."""
    yield _python()
    yield _packages()
    yield _ffmpeg()
    yield from _letters()


def _python() -> Checked:
    system = f"{platform.system()} {platform.release()}".strip()
    facts: JsonObject = {"version": platform.python_version(), "system": system, "executable": sys.executable}
    said = f"Python {platform.python_version()} on {system}."
    return Checked(area="machine", name="python", level="ok", said=said, facts=facts)


def _packages() -> Checked:
    """The packages rhflow asks for, by its own metadata; extras are asked for by nobody."""
    wanted = [item for item in metadata.requires("rhflow") or () if "extra ==" not in item]
    names = [found[0] for item in wanted if (found := _NAME.match(item)) is not None]
    versions: dict[str, str] = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    missing = [name for name in names if name not in versions]
    if missing:
        return Checked(
            area="machine",
            name="packages",
            level="problem",
            said=f"Packages that rhflow needs are missing: {', '.join(missing)}.",
            fix="Install rhflow again, with what it needs: pip install --upgrade rhflow",
            facts={**versions},
        )
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Checked(area="machine", name="packages", level="ok", said=f"{told}.", facts={**versions})


def _ffmpeg() -> Checked:
    facts: JsonObject = {"path": None, "version": None}
    try:
        facts["path"] = path = ffmpeg_path()
        words = run(["-version"], timeout_s=_PATIENCE_S).decode("utf-8", "replace").split()
        facts["version"] = version = words[2] if len(words) > 2 else "?"
        film = run(_ENCODE, timeout_s=_PATIENCE_S)
    except (SettingsError, FfmpegError, OSError) as error:
        said = error.message if isinstance(error, SettingsError) else f"ffmpeg makes no film: {error}"
        return Checked(
            area="machine",
            name="ffmpeg",
            level="problem",
            said=f"{said}.",
            fix="Steps of local/ need it: name an ffmpeg with libx264 in RHFLOW_FFMPEG, or unset that to use "
            "the one that came along.",
            facts=facts,
        )
    if b"avc1" not in film or b"mp4a" not in film:
        return Checked(
            area="machine",
            name="ffmpeg",
            level="problem",
            said=f"ffmpeg {version} ({path}) makes a film without H.264 or AAC.",
            fix="Name another in RHFLOW_FFMPEG, or unset that to use the one that came along.",
            facts=facts,
        )
    said = f"ffmpeg {version} encodes H.264 and AAC ({path})."
    return Checked(area="machine", name="ffmpeg", level="ok", said=said, facts=facts)


def _letters() -> Iterator[Checked]:
    named = os.environ.get("RHFLOW_FONT")
    if named and not Path(named).is_file():
        yield Checked(
            area="machine",
            name="font",
            level="warning",
            said=f"RHFLOW_FONT names {named}, which is no file; other fonts are used.",
            fix="Name a font file (ttf, otf, ttc), or unset it.",
        )
    found = font_for(_LETTERS[0], "zh")
    if found is not None and font_for(_LETTERS[1], "zh") is not None:
        said = f"Chinese captions are drawn with {found.name}."
        yield Checked(
            area="machine", name="chinese-letters", level="ok", said=said, facts={"file": str(found)}
        )
        return
    yield Checked(
        area="machine",
        name="chinese-letters",
        level="warning",
        said="No font here has Chinese letters: captions in Chinese, Japanese or Korean come out as boxes.",
        fix="pip install 'rhflow[cjk]' (48 MB), or name a font file in RHFLOW_FONT.",
        facts={"file": None},
    )
