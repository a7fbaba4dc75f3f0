"""Which setting came from where, and variables that nobody reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from rhflow.ground.diagnostics import did_you_mean
from rhflow.settings import KEY_FILE_VARIABLE, KEY_VARIABLES, FoundKey, Settings
from rhflow.view.doctor_view import Checked, SettingLine

_OURS = ("RHFLOW_", "_RHFLOW_", "RUNNINGHUB_", "RH_API_")
_READ = (
    *KEY_VARIABLES,
    KEY_FILE_VARIABLE,
    "RUNNINGHUB_BASE_URL",
    "RH_API_BASE_URL",
    "RHFLOW_HOME",
    "RHFLOW_PROVIDER",
    "RHFLOW_CONCURRENCY",
    "RHFLOW_POLL",
    "RHFLOW_BUDGET",
    "RHFLOW_FFMPEG",
    "RHFLOW_FONT",
    "RHFLOW_CJK_FONT",
)
"""Every variable of ours that is read."""


def setting_lines(settings: Settings, home: Path | None, key: FoundKey | None) -> Iterator[SettingLine]:
    """Every setting with its place; `home` is what `--home` said."""
    origin = settings.origin
    yield SettingLine(name="home", value=str(settings.home), origin=_origin_of_home(home, settings.home))
    because = "there is a key" if settings.has_key else "there is no key"
    chosen = origin.get("provider", "default")
    yield SettingLine(
        name="provider",
        value=settings.provider,
        origin=f"default: {because}" if chosen == "default" else chosen,
    )
    place = "none" if key is None else key.named_by if key.file is None else f"{key.named_by}, {key.file}"
    yield SettingLine(name="api_key", value=None, origin=place)
    values = {
        "base_url": _without_password(settings.base_url),
        "concurrency": str(settings.concurrency),
        "poll": None if settings.poll_s is None else f"{settings.poll_s:g} s",
        "budget": str(settings.budget) or None,
    }
    for name, value in values.items():
        yield SettingLine(name=name, value=value, origin=origin.get(name, "default"))
    for name, variable in (("ffmpeg", "RHFLOW_FFMPEG"), ("font", "RHFLOW_FONT")):
        given = os.environ.get(variable)
        yield SettingLine(name=name, value=given or None, origin=variable if given else "default")
    for model, override in settings.models.items():
        told = {
            "price": None if override.price is None else override.price.describe(),
            "naming": override.naming,
        }
        text = ", ".join(f"{word}: {value}" for word, value in told.items() if value is not None)
        yield SettingLine(name=f'models."{model}"', value=text or None, origin=override.where)


def _without_password(address: str) -> str:
    """An address that carries a user and a password is refused elsewhere; here it is not even shown."""
    scheme, slashes, rest = address.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}{slashes}***@{host}" if at and user else address


def _origin_of_home(given: Path | None, home: Path) -> str:
    if given is not None:
        return "command line"
    if os.environ.get("RHFLOW_HOME"):
        return "RHFLOW_HOME"
    return "found from the current folder upwards" if home.exists() else "default"


def unread_variables(environment: Mapping[str, str] | None = None) -> Iterator[Checked]:
    """Variables that look like ours and are not: most are slips of the pen."""
    environment = os.environ if environment is None else environment
    for name in sorted(environment):
        near = did_you_mean(name, _READ) if name.startswith(_OURS) and name not in _READ else None
        if near is not None:
            yield Checked(
                area="settings",
                name="unread-variable",
                level="warning",
                said=f"{name} is set, and nothing reads it.",
                fix=f"Perhaps {near} was meant.",
                facts={"variable": name},
            )


def disagreeing_variables(environment: Mapping[str, str] | None = None) -> Iterator[Checked]:
    """Two variables that set the same thing, and not alike."""
    environment = os.environ if environment is None else environment
    for first, second in (KEY_VARIABLES, ("RUNNINGHUB_BASE_URL", "RH_API_BASE_URL")):
        values = [environment.get(name, "").strip() for name in (first, second)]
        if all(values) and values[0] != values[1]:
            yield Checked(
                area="settings",
                name="disagreement",
                level="warning",
                said=f"{first} and {second} say different things; {first} counts.",
                fix=f"Unset {second}, or set both alike.",
                facts={"counts": first, "ignored": second},
            )
