"""The way out: proxies and certificates the environment names, and this machine's clock against another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from rhflow.ground.values import JsonObject
from rhflow.providers.runninghub.routes import proxy_for
from rhflow.providers.runninghub.site import Site
from rhflow.view.doctor_view import Checked

_HEEDED = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_IGNORED = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Other programs' words for the same."""
_MOST_SKEW_S = 90.0


def check_way_out(site: Site) -> Iterator[Checked]:
    """What the environment says of the way to a host."""
    yield _proxy(site)
    yield from _certificates()


def _proxy(site: Site) -> Checked:
    proxy = proxy_for(site.scheme, site.host, site.port)
    if proxy is None:
        return Checked(
            area="network",
            name="proxy",
            level="ok",
            said=f"The way to {site.host} is straight, without a proxy.",
            facts={"proxy": None},
        )
    try:
        parts = urlsplit(proxy)
        shown = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return Checked(
            area="network",
            name="proxy",
            level="problem",
            said="The proxy that the environment names is no address.",
            fix="Name one like http://proxy.example:3128 in HTTPS_PROXY, or list the host in NO_PROXY.",
            facts={"proxy": None},
        )
    return Checked(
        area="network",
        name="proxy",
        level="ok",
        said=f"The way to {site.host} leads through the proxy {shown}. A submit that it loses is always a "
        "doubt: nobody can know how far it got.",
        facts={"proxy": shown},
    )


def _certificates() -> Iterator[Checked]:
    set_here = {name: value for name in _HEEDED if (value := os.environ.get(name))}
    for name, value in set_here.items():
        is_there = Path(value).is_file() if name == "SSL_CERT_FILE" else Path(value).is_dir()
        yield Checked(
            area="network",
            name="certificates",
            level="ok" if is_there else "problem",
            said=f"Certificates are those of {name}: {value}."
            if is_there
            else f"{name} names {value}, which is not there: no encrypted connection can be made.",
            fix=None if is_there else f"Unset {name}, or mend the path.",
            facts={"variable": name, "path": value},
        )
    ignored = [name for name in _IGNORED if os.environ.get(name)]
    if ignored and not set_here:
        yield Checked(
            area="network",
            name="certificates",
            level="warning",
            said=f"{' and '.join(ignored)} {'is' if len(ignored) == 1 else 'are'} set, which rhflow does not "
            "heed.",
            fix="Where a company's certificate is needed, name the file in SSL_CERT_FILE.",
            facts={"ignored": [*ignored]},
        )


def check_clock(date: str, ours: float, host: str) -> Checked | None:
    """Our clock against the `Date` of an answer; None where it had none that can be read."""
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return None
    ahead = round(ours - theirs)
    facts: JsonObject = {"ahead_s": ahead}
    if abs(ahead) <= _MOST_SKEW_S:
        said = f"This machine's clock agrees with that of {host} to within {abs(ahead) + 1} s."
        return Checked(area="network", name="clock", level="ok", said=said, facts=facts)
    return Checked(
        area="network",
        name="clock",
        level="warning",
        said=f"This machine's clock is {abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} that of {host}"
        ": what is said of a result's last hour, of budgets by the day and of certificates may be wrong.",
        fix="Set the clock, or let the system do it (NTP).",
        facts=facts,
    )
