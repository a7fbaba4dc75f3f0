"""The vendor, spoken to under the key at hand; or the simulator, which is spoken to in the same way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rhflow.app.session import SIMULATOR_REALM, Session
from rhflow.catalog.naming import wire_of
from rhflow.catalog_files import load_errors
from rhflow.ground.errors import AccountError
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.providers.runninghub.site import realm_of
from rhflow.providers.runninghub.transfers import WAITS
from rhflow.settings import api_key

Address = Callable[[str], str | None]
"""Where to be told of the end of an attempt."""
_SIMULATOR_KEY = "simulator-needs-no-key"


def far_side(
    opened: Session,
    base_url: str,
    *,
    waits: tuple[float, ...] = WAITS,
    is_spelled: bool = False,
    webhook: Address | None = None,
) -> RunningHubProvider:
    """The vendor (or whatever answers at that address), under the key at hand.

    With `is_spelled` the bodies come in the spelling they are to be sent in. `webhook` is where to be told of
    the end of an attempt.

    Raises:
        AccountError: there is no key.
    """
    return RunningHubProvider(
        RunningHubClient(base_url, _key(opened.settings.home)),
        name="runninghub",
        realm=realm_of(base_url),
        facts=load_errors(),
        now=opened.clock.now,
        waits=waits,
        wire=None if is_spelled else wire_of(opened.catalog.find),
        webhook=webhook,
    )


def simulator_side(opened: Session, address: str, *, webhook: Address | None = None) -> RunningHubProvider:
    """The simulator of this home. It knows one spelling of every parameter: ours."""
    return RunningHubProvider(
        RunningHubClient(address, _SIMULATOR_KEY, trust_env=False),
        name="simulator",
        realm=SIMULATOR_REALM,
        facts=load_errors(),
        now=opened.clock.now,
        webhook=webhook,
    )


def _key(home: Path) -> str:
    key = api_key(folder=home.parent)
    if key is None:
        raise AccountError(
            "There is no API key",
            "Put it into RUNNINGHUB_API_KEY (or name a file in RUNNINGHUB_API_KEY_FILE), "
            "or try it for nothing with --provider simulator.",
        )
    return key
