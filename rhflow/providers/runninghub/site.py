"""Where the API is: a base address in any of the forms people write, read once."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from rhflow.ground.errors import SettingsError

VENDOR_DOMAINS = ("runninghub.cn", "runninghub.ai")
CHAT_PATH = "/v1/chat/completions"
_API_ROOT = "/openapi/v2"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Site:
    """One host that speaks the API; `base` has no trailing slash and no `/openapi/v2`."""

    base: str
    scheme: str
    host: str
    port: int

    @property
    def api(self) -> str:
        """What the endpoints of the Standard Model API stand below."""
        return self.base + _API_ROOT

    @property
    def is_vendor(self) -> bool:
        """Whether this is the vendor itself (RunningHub API, hosts), not a stand-in."""
        return any(self.host == domain or self.host.endswith(f".{domain}") for domain in VENDOR_DOMAINS)

    @property
    def realm(self) -> str:
        """One realm for both of the vendor's sites; host and port for anything else."""
        return "runninghub" if self.is_vendor else f"{self.host}:{self.port}"

    @property
    def currency(self) -> str:
        """What its amounts are in: dollars on the .ai site, else yuan."""
        return "USD" if self.host.endswith(".ai") and self.is_vendor else "CNY"

    @property
    def is_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def chat(self) -> Site:
        """Where language models answer (RunningHub API, LLM): at the vendor a host of its own, else here.

        The vendor's older pages know of llm.runninghub.cn only; by now llm.runninghub.ai answers, too.
        """
        domain = next((name for name in VENDOR_DOMAINS if self.is_vendor and self.host.endswith(name)), None)
        return self if domain is None else read_site(f"https://llm.{domain}")

    def endpoint(self, path: str) -> str:
        """The address of one endpoint of the catalogue (`skyreels-v4/image-to-video-fast`).

        Raises:
            ValueError: the path would lead somewhere else.
        """
        parts = path.strip("/").split("/")
        if not all(part and part not in (".", "..") for part in parts):
            raise ValueError(f"{path!r} is no endpoint of the API")
        return f"{self.api}/{quote('/'.join(parts), safe='/-._~')}"

    def owns(self, address: str) -> bool:
        """Whether an address is of this site, so that the key may go there."""
        return address.startswith(f"{self.base}/")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def read_site(base_url: str) -> Site:
    """Read a base address, with or without `/openapi/v2` and trailing slashes.

    Raises:
        SettingsError: it is no http(s) address, carries a password or a query, or would send the
            key to the vendor unencrypted.
    """
    hint = "Write it as https://www.runninghub.cn or https://www.runninghub.ai."
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
    except ValueError:
        raise SettingsError("The base URL is no address", hint) from None
    if parts.username is not None or parts.password is not None:
        raise SettingsError("The base URL carries a user name or password", "The key has its own setting.")
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"The base URL {base_url.strip()!r} is no http(s) address of an API", hint)
    path = parts.path.rstrip("/").removesuffix(_API_ROOT).rstrip("/")
    host = f"www.{parts.hostname}" if parts.hostname in VENDOR_DOMAINS else parts.hostname
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port is None else f"{shown}:{port}"
    site = Site(f"{parts.scheme}://{netloc}{path}", parts.scheme, host, port or _PORTS[parts.scheme])
    if site.is_vendor and parts.scheme == "http":
        raise SettingsError("The base URL would send the key unencrypted", f"Write https://{netloc}.")
    return site


def realm_of(base_url: str) -> str:
    """What enters the key of a purchase: `runninghub` for the vendor's hosts, else `host:port`.

    Raises:
        SettingsError: it is no base address.
    """
    return read_site(base_url).realm
