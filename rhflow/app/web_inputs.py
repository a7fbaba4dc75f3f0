"""The author's `https://` inputs: fetched for their digest; a key is made of bytes, not of an address.

The far side fetches them by itself when it works; we fetch only to know what they are. One that cannot be
fetched counts by its address, and the plan says so.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

from rhflow.app.far_side import far_side
from rhflow.app.session import Session
from rhflow.ground.references import UrlMedia
from rhflow.ground.values import walk
from rhflow.planning.plan import Plan
from rhflow.ports import JobReport, PollFailed, Provider, RemoteResult
from rhflow.store.blobs import digest_file

_LONGEST_S = 120.0


def web_inputs(plan: Plan) -> list[str]:
    """Every web address among the plan's arguments, each once."""
    found: dict[str, None] = {}
    for task in plan.tasks:
        for _, leaf in walk(task.arguments):
            if isinstance(leaf, UrlMedia) and leaf.url.startswith(("http://", "https://")):
                found[leaf.url] = None
    return list(found)


async def learn(opened: Session, urls: Iterable[str]) -> None:
    """Fetch each and remember its digest; what cannot be fetched is passed over.

    Raises:
        AccountError: there is no key.
        StoreError: the disk is full or may not be written.
    """
    settings = opened.settings
    folder = settings.home / "work" / f"web-{opened.journal.owner}"
    provider = far_side(opened, settings.base_url, waits=())
    try:
        await asyncio.gather(
            *(_learn_one(opened, provider, url, folder / str(index)) for index, url in enumerate(urls))
        )
    finally:
        await provider.close()
        shutil.rmtree(folder, ignore_errors=True)


async def _learn_one(opened: Session, provider: Provider, url: str, folder: Path) -> None:
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    try:
        async with asyncio.timeout(_LONGEST_S):
            report = JobReport("succeeded", (RemoteResult(url),))
            (download,) = await provider.collect(report, folder)
    except (PollFailed, TimeoutError):
        return
    if download.path is not None:
        sha256, _ = await asyncio.to_thread(digest_file, download.path)
        opened.journal.remember("urls", (url, sha256, opened.clock.now()))
