"""Where each setting comes from: flag > environment > `rhflow.toml` > user file > default."""

from __future__ import annotations

import math
import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from rhflow.catalog.override import Override, read_price
from rhflow.ground.caps import Caps, lowest
from rhflow.ground.errors import SettingsError

ProviderName: TypeAlias = Literal["runninghub", "simulator"]
DEFAULT_HOST = "https://www.runninghub.cn"
DEFAULT_CONCURRENCY = 8
HOME = ".rhflow"
PROJECT_FILE = "rhflow.toml"
KEY_VARIABLES = ("RUNNINGHUB_API_KEY", "RH_API_KEY")
KEY_FILE_VARIABLE = "RUNNINGHUB_API_KEY_FILE"


class _ModelEntry(BaseModel):
    """`[models."name"]`: what is known better than the catalogue has it."""

    model_config = ConfigDict(extra="forbid")

    price: str | None = None
    naming: Literal["alias", "node"] | None = None


class _Budget(BaseModel):
    """`[budget]`: a cap for each stretch of counting."""

    model_config = ConfigDict(extra="forbid")

    run: str | None = None
    step: str | None = None
    day: str | None = None
    project: str | None = None


class _File(BaseModel):
    """What a settings file may hold. No key: keys come from the environment or a key file."""

    model_config = ConfigDict(extra="forbid")

    provider: ProviderName | None = None
    base_url: str | None = None
    concurrency: int | None = None
    poll: float | None = None
    budget: str | _Budget | None = None
    api_key_file: str | None = None
    models: dict[str, _ModelEntry] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set, with where it came from. The key is not among it: see `api_key`."""

    home: Path
    provider: ProviderName
    base_url: str
    concurrency: int
    poll_s: float | None
    budget: Caps
    """The lowest caps that any of the places sets."""
    has_key: bool
    provider_was_chosen: bool
    origin: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, Override] = field(default_factory=dict)
    """What is set of single models, by the name written."""


def find_home(given: Path | None, beside: Path | None, environment: Mapping[str, str] | None = None) -> Path:
    """The home: `--home`, `RHFLOW_HOME`, the nearest `.rhflow` (or `rhflow.toml`) upwards, else here."""
    environment = os.environ if environment is None else environment
    if given is not None:
        return given.absolute()
    if environment.get("RHFLOW_HOME"):
        return Path(environment["RHFLOW_HOME"]).absolute()
    start = (beside.parent if beside is not None else Path.cwd()).absolute()
    for folder in (start, *start.parents):
        if (folder / HOME).is_dir() or (folder / PROJECT_FILE).is_file():
            return folder / HOME
    return Path.cwd() / HOME


def read_settings(
    *,
    home: Path | None = None,
    beside: Path | None = None,
    provider: str | None = None,
    concurrency: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Gather every setting.

    Args:
        home: `--home`.
        beside: the pipeline file, where one is given.
        provider: `--provider`.
        concurrency: `--concurrency`.
        environment: in place of the real one.

    Raises:
        SettingsError: a setting makes no sense.
    """
    environment = os.environ if environment is None else environment
    found_home = find_home(home, beside, environment)
    sources = _Sources(environment, found_home.parent)
    has_key = api_key(environment, found_home.parent) is not None
    chosen = sources.pick("provider", provider, "RHFLOW_PROVIDER")
    if chosen not in (None, "runninghub", "simulator"):
        raise SettingsError(f"{chosen!r} is no provider", "Use runninghub or simulator.")
    base_url = str(sources.pick("base_url", None, "RUNNINGHUB_BASE_URL", "RH_API_BASE_URL") or DEFAULT_HOST)
    if not base_url.startswith(("http://", "https://")):
        raise SettingsError(f"{base_url!r} is no address of the API", f"It looks like {DEFAULT_HOST}.")
    poll = sources.pick("poll", None, "RHFLOW_POLL")
    width = sources.pick("concurrency", concurrency, "RHFLOW_CONCURRENCY")
    return Settings(
        home=found_home,
        provider=chosen or ("runninghub" if has_key else "simulator"),
        base_url=base_url,
        concurrency=_width(DEFAULT_CONCURRENCY if width is None else width),
        poll_s=_number("poll", poll) if poll is not None else None,
        budget=sources.caps("RHFLOW_BUDGET"),
        has_key=has_key,
        provider_was_chosen=chosen is not None,
        origin=sources.origin,
        models=sources.overrides(),
    )


class _Sources:
    """The places a setting may come from, in their order, and which of them each came from."""

    def __init__(self, environment: Mapping[str, str], project: Path) -> None:
        self._environment = environment
        self._layers = (
            ("rhflow.toml", _read_file(project / PROJECT_FILE)),
            ("user file", _read_file(_user_file(environment))),
        )
        self.origin: dict[str, str] = {}

    def pick(self, name: str, flag: object, *variables: str) -> object:
        """The value of the first place that has one, else None."""
        if flag is not None:
            self.origin[name] = "command line"
            return flag
        for variable in variables:
            if self._environment.get(variable):
                self.origin[name] = variable
                return self._environment[variable]
        for layer, values in self._layers:
            value: object = getattr(values, name)
            if value is not None:
                self.origin[name] = layer
                return value
        self.origin[name] = "default"
        return None

    def caps(self, variable: str) -> Caps:
        """Of each cap the lowest that any place sets: a cap is lifted where it stands, and nowhere else.

        Raises:
            SettingsError: one of them is no amount, or one cap is set in two currencies.
        """
        told: list[tuple[str, str | _Budget | None]] = [(variable, self._environment.get(variable) or None)]
        told += [(layer, values.budget) for layer, values in self._layers]
        try:
            read = [(place, _read_caps(written)) for place, written in told if written is not None]
            found = lowest(*(caps for _, caps in read))
        except ValueError as error:
            raise SettingsError(
                f"The budget: {error}", "Write it as 40 CNY, or as a table: run, step, day, project."
            ) from error
        origins = [place for place, caps in read if any(cap == getattr(found, kind) for kind, cap in caps)]
        self.origin["budget"] = ", ".join(origins) or "default"
        return found

    def overrides(self) -> dict[str, Override]:
        """What is set of single models; an entry of the project stands in place of the user's own.

        Raises:
            SettingsError: a price cannot be read.
        """
        found: dict[str, Override] = {}
        for layer, values in reversed(self._layers):
            for name, entry in (values.models or {}).items():
                try:
                    price = None if entry.price is None else read_price(entry.price, layer)
                except ValueError as error:
                    raise SettingsError(f'{layer}: [models."{name}"]: price: {error}') from error
                found[name] = Override(price=price, naming=entry.naming, where=layer)
        return found


def _width(value: object) -> int:
    width = _number("concurrency", value)
    if width < 1 or width != int(width):
        raise SettingsError(f"A concurrency of {width:g} makes no sense", "Give a whole number from 1.")
    return int(width)


@dataclass(frozen=True, slots=True)
class FoundKey:
    """The key, and where it was found: a variable, or the file that `named_by` names. No repr shows it."""

    text: str = field(repr=False)
    named_by: str
    file: Path | None = None


def api_key(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> str | None:
    """The key: `RUNNINGHUB_API_KEY`, `RH_API_KEY`, or the text of a key file (see `find_key`).

    Raises:
        SettingsError: the key file cannot be read, or is empty.
    """
    found = find_key(environment, folder)
    return None if found is None else found.text


def find_key(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> FoundKey | None:
    """The key and its place: two variables, then a key file.

    The file is named by `RUNNINGHUB_API_KEY_FILE`, or by `api_key_file` of the project's `rhflow.toml` or
    of the user's own file.

    Raises:
        SettingsError: the key file cannot be read, or is empty.
    """
    environment = os.environ if environment is None else environment
    for variable in KEY_VARIABLES:
        if environment.get(variable, "").strip():
            return FoundKey(environment[variable].strip(), variable)
    named = _named_file(environment, folder)
    if named is None:
        return None
    path, named_by = named
    try:
        key = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
        raise SettingsError(
            f"The key file {path} cannot be read: {reason}",
            f"{named_by} names it: mend the path or the file's rights, or unset that.",
        ) from error
    if not key or any(char.isspace() for char in key):
        raise SettingsError(
            f"The key file {path} does not hold one key", "Put the key, alone, on its first line."
        )
    return FoundKey(key, named_by, path)


def _named_file(environment: Mapping[str, str], folder: Path | None) -> tuple[Path, str] | None:
    """The key file and what names it; a relative path starts at the folder of who names it."""
    user = _user_file(environment)
    places = (
        (environment.get(KEY_FILE_VARIABLE), folder, KEY_FILE_VARIABLE),
        (_read_file(folder / PROJECT_FILE).api_key_file if folder else None, folder, "rhflow.toml"),
        (_read_file(user).api_key_file if user else None, user.parent if user else None, "user file"),
    )
    for named, start, named_by in places:
        if named:
            path = Path(named).expanduser()
            return (path if path.is_absolute() or start is None else start / path), named_by
    return None


def _read_file(path: Path | None) -> _File:
    if path is None:
        return _File()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return _File()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    try:
        return _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        first = max(error.errors(), key=lambda fault: len(fault["loc"]))  # of a choice the nearest fit
        where = ".".join(str(part) for part in first["loc"] if part not in ("str", _Budget.__name__))
        known = ", ".join((_Budget if where.startswith("budget.") else _File).model_fields)
        raise SettingsError(f"{path}: {where}: {first['msg']}", f"It may hold: {known}.") from error


def _user_file(environment: Mapping[str, str]) -> Path | None:
    if sys.platform == "win32":
        folder = environment.get("APPDATA")
    else:
        home = environment.get("HOME")
        folder = environment.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else None)
    return Path(folder) / "rhflow" / "config.toml" if folder else None


def _number(name: str, value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        raise SettingsError(f"{value!r} is no number for {name}") from None
    if not 0 <= number < math.inf:
        raise SettingsError(f"{value!r} makes no sense for {name}")
    return number


def _read_caps(written: str | _Budget) -> Caps:
    """The caps of one place.

    Raises:
        ValueError: one of them is no amount; the sentence says why.
    """
    return (
        Caps.parse(written)
        if isinstance(written, str)
        else Caps.from_json(written.model_dump(exclude_none=True))
    )
