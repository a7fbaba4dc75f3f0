"""One look at everything a run leans on. Costs nothing, buys nothing, changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rhflow import __version__
from rhflow.app.clock import SystemClock
from rhflow.app.doctor_account import Asking
from rhflow.app.doctor_home import check_home
from rhflow.app.doctor_key import check_key, no_key
from rhflow.app.doctor_machine import check_machine
from rhflow.app.doctor_network import check_way_out
from rhflow.app.doctor_settings import disagreeing_variables, setting_lines, unread_variables
from rhflow.app.session import full_catalog
from rhflow.catalog.freshness import staleness
from rhflow.ground.errors import RhflowError, SettingsError
from rhflow.ports import Clock
from rhflow.providers.runninghub.site import read_site
from rhflow.settings import FoundKey, Settings, find_key, read_settings
from rhflow.view.doctor_view import Checked, Checkup


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is to be looked at."""

    home: Path | None = None
    out: Path = Path("out")
    is_offline: bool = False


def look_at_everything(look: Look, clock: Clock | None = None) -> Checkup:
    """The whole round. What cannot be looked at is itself a finding; nothing of it ends the round."""
    clock = clock or SystemClock()
    found = [*unread_variables(), *disagreeing_variables()]
    try:
        settings = read_settings(home=look.home)
        key = find_key(folder=settings.home.parent)
        lines = tuple(setting_lines(settings, look.home, key))
    except SettingsError as error:
        found.append(_of_settings(error))
        found += check_machine()
        return Checkup(version=__version__, provider=None, is_offline=look.is_offline, checked=found)
    found += _check_catalog(settings, clock)
    found += _check_far_side(settings, key, look, clock)
    found += check_home(settings, look.out.absolute())
    found += check_machine()
    return Checkup(
        version=__version__,
        provider=settings.provider,
        is_offline=look.is_offline,
        checked=found,
        settings=lines,
    )


def _of_settings(error: RhflowError) -> Checked:
    fix = error.hint or "Mend it there, then look again: what hangs on the settings was left out."
    return Checked(area="settings", name="settings", level="problem", said=f"{error.message}.", fix=fix)


def _check_catalog(settings: Settings, clock: Clock) -> Iterator[Checked]:
    """How old the facts are, and whether what the settings say of models makes sense."""
    try:
        catalog = full_catalog(settings)
    except RhflowError as error:
        yield _of_settings(error)
        return
    old = staleness(catalog.as_of, datetime.fromtimestamp(clock.now(), UTC).date())
    facts = {"as_of": catalog.as_of, "models": len(catalog.models)}
    if old is None:
        said = f"The facts about {len(catalog.models)} models and their prices are of {catalog.as_of}."
        yield Checked(area="settings", name="facts", level="ok", said=said, facts={**facts})
        return
    sentence, _, fix = old.partition(" See: ")
    yield Checked(
        area="settings", name="facts", level="warning", said=sentence, fix=fix or None, facts={**facts}
    )


def _check_far_side(settings: Settings, key: FoundKey | None, look: Look, clock: Clock) -> Iterator[Checked]:
    """Key, way and account; with the simulator in force their problems are in nobody's way."""
    try:
        site = read_site(settings.base_url)
    except SettingsError as error:
        yield _of_settings(error)
        return
    if key is None:
        yield no_key(settings)
        return
    found = [*check_key(key, site), *check_way_out(site)]
    if look.is_offline:
        said = f"{site.host} was not asked (--offline)."
        found.append(Checked(area="key", name="host", level="ok", said=said))
    elif not any(item.level == "problem" for item in found):
        try:
            found += asyncio.run(Asking(site, key.text, clock).checked(settings.concurrency))
        except SettingsError as error:  # a proxy that cannot be spoken to, a key that can be none
            found.append(_of_settings(error))
    yield from (_eased(item) for item in found) if settings.provider == "simulator" else found


def _eased(item: Checked) -> Checked:
    """The same as a warning: the simulator was chosen, and nobody asks the vendor."""
    level = "warning" if item.level == "problem" else item.level
    return Checked(
        area=item.area, name=item.name, level=level, said=item.said, fix=item.fix, facts=item.facts
    )
