"""What every submit has in common, whatever it orders: who may, on which terms, and what a refusal says."""

from __future__ import annotations

import asyncio
import re
import urllib.parse
from dataclasses import dataclass

from starlette.requests import Request

from rhflow.ground.values import Json
from rhflow.simulator.codes import title
from rhflow.simulator.keys import Key
from rhflow.simulator.office import Office
from rhflow.simulator.settings import SimulatorSettings
from rhflow.simulator.task import ENDED, Submission, Task, Terms

_LONGEST_URL = 2_000
_INSTANT_S = 10.0


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was accepted: a code, a sentence, and what ComfyUI said of a graph."""

    code: int
    message: str
    tips: str | None = None


def may_order_models(key: Key) -> Refused | None:
    """Standard models and language models are for enterprise-shared keys (RunningHub API, section 1)."""
    if key.kind == "SHARED":
        return None
    return Refused(1014, f"{title(1014)}: this key is {key.kind}, and standard models need a SHARED one")


def may_run_workflows(key: Key, machine: str) -> Refused | None:
    """Workflows and apps are for every key but that of a free user and that of a lapsed plan."""
    if key.word == "free":
        return Refused(801, title(801))
    if key.word == "lapsed":
        return Refused(436, title(436))
    has = ("default", "standard", "plus") if key.has_plus else ("default", "standard")
    if key.kind == "EXCLUSIVE" and machine not in has:
        return Refused(435, f"{title(435)}: there is no {machine} machine among those of this key")
    return None


def webhook_of(value: Json) -> str | None | Refused:
    """The address to be called at the end; nothing, or empty text, for none."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= _LONGEST_URL:
        try:
            parts = urllib.parse.urlsplit(value)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if good and value.isascii() and " " not in value:
            return value
    return Refused(301, "webhookUrl: it has to be an http or https address")


def terms_of(key: Key, settings: SimulatorSettings, *, waits: bool) -> Terms:
    """What a key may; `waits`: its own queue is to be used."""
    match key.kind:
        case "SHARED":
            return Terms(settings.concurrency, wallet=settings.wallet)
        case "NORMAL":
            return Terms(settings.normal_concurrency, coins=settings.coins)
        case _:
            return Terms(settings.machines, settings.personal_queue if waits else 0)


async def order(office: Office, new: Submission, key: Key, *, waits: bool = False) -> Task | Refused:
    """Book it, and have it made; or say why not. An instant one is waited for."""
    settings = office.settings
    terms = terms_of(key, settings, waits=waits)
    task = await asyncio.to_thread(office.tasks.accept, new, settings.timing, terms)
    match task:
        case "busy" if key.kind == "EXCLUSIVE":
            return Refused(415, f"{title(415)}: all {terms.limit} machines of this key are busy")
        case "busy":
            return Refused(421, f"{title(421)}: this key runs {terms.limit} tasks already")
        case "full":
            return Refused(814, f"{title(814)}: {terms.queue} tasks wait in the queue of this key")
        case "broke":
            code = 416 if key.kind == "NORMAL" else 812
            return Refused(code, f"{title(code)}: what is left does not cover this task")
    office.workshop.ring()
    office.postman.ring()
    return await _made(office, task) if new.is_instant else task


async def _made(office: Office, task: Task) -> Task:
    """The job as it is once it has ended, or after a while."""
    for _ in range(int(_INSTANT_S / 0.02)):
        found = office.tasks.find(task.id)
        if found is not None and found.status(office.database.now()) in ENDED:
            return found
        await asyncio.sleep(0.02)
    return office.tasks.find(task.id) or task


_VENDOR = re.compile(r"(.+\.)?runninghub\.(cn|ai)(:\d+)?", re.IGNORECASE)
"""What some clients put into the Host header whatever they call (RunningHub API, keys)."""


def base_of(request: Request) -> str:
    """How the client names this server: its own Host header, so that addresses survive a change of port.

    The vendor's own name leads to the vendor, and a client that says it would look for its files there.
    """
    host = request.headers.get("host", "")
    if not host or _VENDOR.fullmatch(host) or any(char in host for char in "/?#@\\ \"'<>"):
        name, port = request.scope["server"]
        host = f"{name}:{port}"
    return f"http://{host}"
