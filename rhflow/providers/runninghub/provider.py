"""RunningHub as a `ports.Provider`: the verbs, in terms of client, reader, stager and transfers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rhflow.catalog.errors import ErrorFact
from rhflow.ground.errors import Bug
from rhflow.ground.hashing import canonical
from rhflow.ground.values import JsonObject
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import (
    Download,
    JobReport,
    PollFailed,
    Refused,
    RemoteResult,
    Request,
    Staged,
    SubmitAnswer,
    Uploads,
)
from rhflow.providers.runninghub import wire
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.preview import LivePrice, live_price
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.site import realm_of
from rhflow.providers.runninghub.staging import Stager
from rhflow.providers.runninghub.transfers import WAITS, Transfers
from rhflow.providers.runninghub.verdicts import Codes

__all__ = ["Account", "RunningHubProvider", "realm_of"]

logger = logging.getLogger(__name__)

RESULT_LIVES_S = 24 * 3600.0
"""How long a result's address lives (RunningHub API, lifetimes)."""

PREVIEW = "price-preview"
QUERY = "/openapi/v2/query"
CANCEL = "/task/openapi/cancel"
ACCOUNT = "/uc/openapi/accountStatus"
QUEUE = "/openapi/v2/queue/status"


@dataclass(frozen=True, slots=True)
class Account:
    """What the site says of the key: its kind, what is left, how much it may run at once.

    Amounts are decimal strings, each None where the site does not say.
    """

    key_type: str | None
    money: str | None
    currency: str | None
    coins: str | None
    concurrency: int | None
    running: int | None
    queued: int | None


class RunningHubProvider:
    """One site under one key; satisfies `ports.Provider`.

    `now` gives seconds since 1970. `waits` are the seconds between tries of an upload, download or price
    preview. `wire` turns the body of an endpoint into the spelling the site takes; nothing before it, the
    key least of all, knows of that.
    """

    def __init__(
        self,
        client: RunningHubClient,
        *,
        name: str,
        realm: str,
        facts: Iterable[ErrorFact],
        now: Callable[[], float],
        waits: tuple[float, ...] = WAITS,
        wire: Callable[[str, JsonObject], JsonObject] | None = None,
    ) -> None:
        self._client = client
        self._waits = waits
        self._spelled = wire or (lambda _endpoint, body: body)
        self._name = name
        self._realm = realm
        self._now = now
        self._reader = Reader(Codes(facts), client.site, client.key)
        self._transfers = Transfers(client, self._reader, waits=waits)
        self._own_hosts = {urlsplit(client.site.base).netloc}
        self._stager = Stager(self._transfers, realm, now, own_hosts=self._own_hosts)

    def __repr__(self) -> str:
        return f"RunningHubProvider({self._name!r}, {self._client!r})"

    @property
    def name(self) -> str:
        return self._name

    @property
    def realm(self) -> str:
        return self._realm

    @property
    def is_paid(self) -> bool:
        """True for the simulator too: what it makes counts as paid, or it would be no rehearsal."""
        return True

    async def stage(self, request: Request, uploads: Uploads) -> Staged:
        """Upload what is not there yet.

        Raises:
            PollFailed: a medium could not be brought there.
            StoreError: its bytes cannot be read.
        """
        staged = await self._stager.stage(request, uploads)
        return Staged(staged.endpoint, self._spelled(staged.endpoint, staged.body))

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        """Buy it: one POST. Every way it can end is a value.

        A cancellation meanwhile comes out at the caller's next `await`, after the value.
        """
        try:
            body = canonical(staged.body)
            self._client.site.endpoint(staged.endpoint)
        except ValueError as error:
            message = f"The request for {staged.endpoint} cannot be written: {error}"
            return Refused(Failure(FailureKind.REFUSED_INPUT, message, "request"))
        logger.debug("submit %s, attempt %s, %d bytes", staged.endpoint, attempt, len(body))
        answer = self._reader.submit(await self._client.submit(staged.endpoint, body))
        logger.debug("submit %s, attempt %s: %s", staged.endpoint, attempt, type(answer).__name__)
        return answer

    async def report(self, job: str) -> JobReport:
        """Where the job stands.

        Raises:
            PollFailed: the answer, or its absence, says nothing of the job.
        """
        return self._reader.report(await self._client.call(QUERY, wire.query_body(job)))

    async def collect(self, report: JobReport, folder: Path) -> list[Download]:
        """Every result in the order of the report: a file in `folder`, or a text.

        Raises:
            PollFailed: a result is gone, unreachable or no file. The others may be there already.
            StoreError: the folder cannot be written.
        """
        outcomes = await asyncio.gather(
            *(
                self._fetch(result, folder, f"result-{index:02}")
                for index, result in enumerate(report.results)
            ),
            return_exceptions=True,
        )
        downloads: list[Download] = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            downloads.append(outcome)
        return downloads

    async def _fetch(self, result: RemoteResult, folder: Path, stem: str) -> Download:
        if result.url is None:
            return Download(None, result.text, None, None, result.node)
        address = urlsplit(result.url)
        if address.scheme not in ("http", "https"):
            message = f"A result has an address that is no web address ({address.scheme or 'none'}:…)."
            raise PollFailed(Failure(FailureKind.BAD_MEDIA, message, "download"))
        self._own_hosts.add(address.netloc)
        path = await self._transfers.download(result.url, folder, stem, result.type)
        return Download(path, result.text, result.url, self._now() + RESULT_LIVES_S, result.node)

    async def cancel(self, job: str) -> bool:
        """Ask the site to stop a task. Nobody says that it can for models: keep polling afterwards.

        Raises:
            PollFailed: nobody answered, or the key is wrong.
        """
        body = wire.cancel_body(self._client.key.reveal(), job)
        try:
            self._reader.envelope(await self._client.call(CANCEL, body))
        except PollFailed as trouble:
            kind = trouble.failure.kind
            if trouble.failure.repeatable or kind in (FailureKind.UNAUTHORIZED, FailureKind.NOT_SENT):
                raise
            return False
        return True

    async def price_preview(self, endpoint: str, body: JsonObject) -> LivePrice:
        """What this request would cost. Free, starts nothing, and is asked again while that can help.

        Raises:
            PollFailed: the site finds the request wrong, or cannot be asked.
        """
        try:
            address = self._client.site.endpoint(f"{PREVIEW}/{endpoint}")
        except ValueError as error:
            raise PollFailed(Failure(FailureKind.REFUSED_INPUT, f"{error}.", "request")) from error
        path, sent = address.removeprefix(self._client.site.base), self._spelled(endpoint, body)
        for wait in (*self._waits, None):
            try:
                told = self._reader.priced(await self._client.call(path, sent))
            except PollFailed as trouble:
                if wait is None or not trouble.failure.repeatable:
                    raise
                await asyncio.sleep(wait)
            else:
                return live_price(told, self._client.site.currency)
        raise Bug("the last try neither answered nor failed")

    async def account(self) -> Account:
        """What the key is and has.

        Raises:
            PollFailed: the site cannot be reached (`code` "network") or does not take the key.
        """
        body = wire.account_body(self._client.key.reveal())
        balance = wire.BalanceWire.model_validate(
            self._reader.envelope(await self._client.call(ACCOUNT, body)).fields
        )
        queue = wire.QueueWire()
        try:
            queue = wire.QueueWire.model_validate(
                self._reader.envelope(await self._client.call(QUEUE, None)).fields
            )
        except PollFailed as trouble:
            if trouble.failure.kind is FailureKind.NOT_SENT:
                raise
            logger.debug("queue/status: %s", trouble.failure.message)
        return Account(
            queue.key_type or balance.key_type,
            balance.money,
            balance.currency or (self._client.site.currency if balance.money is not None else None),
            balance.coins,
            _whole(queue.limit),
            _whole(queue.running) if queue.running is not None else _whole(balance.tasks),
            _whole(queue.queued),
        )

    async def close(self) -> None:
        """Let go of connections."""
        await self._stager.close()
        await self._client.close()


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
