"""The key as it lies here: where from, does it look like one, who else can read it. No part of it is told."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from rhflow.ground.errors import SettingsError
from rhflow.ground.values import JsonObject
from rhflow.providers.runninghub.secret import Secret
from rhflow.providers.runninghub.site import Site
from rhflow.settings import FoundKey, Settings
from rhflow.view.doctor_view import Checked

LENGTH = 32
"""Characters of a key (RunningHub API, keys)."""
_PASTED_ALONG = ("bearer", "rhflow_", "runninghub_", "rh_api_", "'", '"', "<", "{", "$")


def no_key(settings: Settings) -> Checked:
    """What it means that there is none."""
    if settings.provider == "runninghub":
        return Checked(
            area="key",
            name="key",
            level="problem",
            said="There is no API key, and runs shall go to RunningHub.",
            fix="Put it into RUNNINGHUB_API_KEY or a file that RUNNINGHUB_API_KEY_FILE names, or use the "
            "simulator.",
        )
    return Checked(
        area="key",
        name="key",
        level="ok",
        said="There is no API key: runs go to the simulator, which needs none and costs nothing. To buy, put "
        "one into RUNNINGHUB_API_KEY.",
    )


def check_key(key: FoundKey, site: Site) -> Iterator[Checked]:
    """Place, form, rights; a problem where it can be no key at all."""
    place = key.named_by if key.file is None else f"{key.file} ({key.named_by})"
    facts: JsonObject = {"from": key.named_by, "length": len(key.text)}
    try:
        Secret(key.text)
    except SettingsError as error:
        yield Checked(
            area="key",
            name="key",
            level="problem",
            said=f"{error.message} (from {place}).",
            fix=error.hint,
            facts=facts,
        )
        return
    pasted = next((word for word in _PASTED_ALONG if key.text.lower().startswith(word)), None)
    if pasted is not None or (site.is_vendor and len(key.text) != LENGTH):
        why = f"begins with {pasted}" if pasted is not None else f"has {len(key.text)} characters"
        yield Checked(
            area="key",
            name="key",
            level="warning",
            said=f"The key from {place} {why}; those of RunningHub have {LENGTH} letters and digits.",
            fix="Copy it again from the site's API page: the key alone.",
            facts=facts,
        )
    else:
        said = f"The key comes from {place}; it has {len(key.text)} characters."
        yield Checked(area="key", name="key", level="ok", said=said, facts=facts)
    if key.file is not None:
        yield from _rights(key.file)


def _rights(file: Path) -> Iterator[Checked]:
    """A key file that others on this machine can read."""
    if sys.platform == "win32":
        return
    mode = file.stat().st_mode
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        yield Checked(
            area="key",
            name="key-file",
            level="warning",
            said=f"Others on this machine can read the key file {file}.",
            fix=f"chmod 600 {file}",
            facts={"mode": f"{stat.S_IMODE(mode):o}"},
        )
