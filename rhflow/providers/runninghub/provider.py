"""RunningHub as a `ports.Provider`: the verbs, in terms of client, reader, stager and transfers."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from rhflow.catalog.errors import ErrorFact
from rhflow.ground.errors import Bug
from rhflow.ground.values import JsonObject
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.notices import Glimpse
from rhflow.ports import (
    Accepted,
    Download,
    JobReport,
    PollFailed,
    Queue,
    Refused,
    RemoteResult,
    Request,
    Staged,
    SubmitAnswer,
    Uploads,
)
from rhflow.providers.runninghub.calls import account, apps, library, tasks
from rhflow.providers.runninghub.calls.account import Account
from rhflow.providers.runninghub.calls.call import Call, ask
from rhflow.providers.runninghub.channel import overhear
from rhflow.providers.runninghub.chat import (
    chat_body,
    is_chat,
    lost_with_its_process,
    read_chat,
    without_schema,
)
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.goods import NODED, Goods, goods_of
from rhflow.providers.runninghub.parcels import Parcel, digests_of
from rhflow.providers.runninghub.preview import LivePrice, live_price
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.site import realm_of
from rhflow.providers.runninghub.spelling import Fields, Leaving, leaving, order, unsealed
from rhflow.providers.runninghub.staging import Stager
from rhflow.providers.runninghub.transfers import WAITS, Transfers
from rhflow.providers.runninghub.verdicts import Codes

__all__ = ["Account", "RunningHubProvider", "realm_of"]

logger = logging.getLogger(__name__)

RESULT_LIVES_S = 24 * 3600.0
"""How long a result's address lives (RunningHub API, lifetimes)."""

CHANNEL_WAITS = (5.0, 30.0, 120.0)
"""Between two tries to hear how far a graph is, in seconds."""

PREVIEW = "price-preview"
_LONG_PATH = 16
"""A path that is shorter holds no secret, and may stand in anybody's words."""

_T = TypeVar("_T")


class RunningHubProvider:
    """One site under one key; satisfies `ports.Provider`.

    `now` gives seconds since 1970. `waits` are the seconds between tries of an upload, download or price
    preview. `wire` turns the body of an endpoint into the spelling the site takes; nothing before it, the
    key least of all, knows of that. `webhook` gives the address to be told of the end of an attempt, or None;
    it is sent along and enters no key. `environ` is where passwords are looked up.
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
        webhook: Callable[[str], str | None] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._client = client
        self._waits = waits
        self._spelled = wire or (lambda _endpoint, body: body)
        self._webhook = webhook
        self._environ = environ
        self._chats: dict[str, JobReport] = {}
        self._unheard: dict[str, float] = {}
        self._app_fields: dict[str, Fields] = {}
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

    async def ask(self, call: Call[_T]) -> _T:
        """Carry out a free call of `calls/`, once.

        Raises:
            PollFailed: nobody answered, or the answer is a no.
        """
        return await ask(self._client, self._reader, call)

    async def stage(self, request: Request, uploads: Uploads) -> Staged:
        """Upload what is not there yet, and spell the request as the site takes it.

        Raises:
            PollFailed: a medium could not be brought there, or the arguments make no request.
            StoreError: its bytes cannot be read.
        """
        try:
            goods = goods_of(request.endpoint)
            filled = await self._stager.fill(request.arguments, uploads, by_name=goods.sort in NODED)
            match goods.sort:
                case "model":
                    return Staged(request.endpoint, self._spelled(request.endpoint, filled))
                case "chat":
                    return Staged(request.endpoint, chat_body(goods.name, filled))
                case _:
                    body = order(goods, filled, await self._fields_of(goods, filled))
                    unsealed(body, self._environ, self._reader.veil)  # a password that is missing is told now
                    return Staged(request.endpoint, body)
        except ValueError as error:
            message = f"{request.endpoint}: {error}."
            raise PollFailed(Failure(FailureKind.REFUSED_INPUT, message, "request")) from error

    async def _fields_of(self, goods: Goods, arguments: JsonObject) -> Fields:
        """What a quick creation's app says of its inputs; nothing where the site does not tell."""
        webapp = goods.app or str(arguments.get("app") or "")
        if goods.sort != "quick" or not webapp:
            return {}
        if webapp not in self._app_fields:
            try:
                told = await self.ask(apps.app(webapp))
            except PollFailed as trouble:
                if trouble.failure.kind in (FailureKind.NOT_SENT, FailureKind.UNAUTHORIZED):
                    raise
                logger.debug("inputs of app %s: %s", webapp, trouble.failure.message)
                return {}
            self._app_fields[webapp] = {(field.node, field.name): field for field in told.fields}
        return self._app_fields[webapp]

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        """Buy it: one POST. Every way it can end is a value.

        A cancellation meanwhile comes out at the caller's next `await`, after the value.
        """
        try:
            goods = goods_of(staged.endpoint)
            sent = self._leaving(goods, staged.body, attempt)
        except ValueError as error:
            message = f"The request for {staged.endpoint} cannot be written: {error}"
            return Refused(Failure(FailureKind.REFUSED_INPUT, message, "request"))
        logger.debug("submit %s, attempt %s, %d bytes", staged.endpoint, attempt, len(sent.body))
        exchange = await self._client.submit(sent.address, sent.body)
        if goods.sort == "chat":
            answer = read_chat(self._reader, exchange, staged.body, attempt)
            if isinstance(answer, Accepted) and answer.report is not None:
                self._chats[answer.job] = answer.report
        else:
            answer = self._reader.submit(exchange)
            if isinstance(answer, Accepted) and answer.report is not None:
                answer = replace(answer, report=self._dated(answer.report))
        logger.debug("submit %s, attempt %s: %s", staged.endpoint, attempt, type(answer).__name__)
        return answer

    def _leaving(self, goods: Goods, body: JsonObject, attempt: str) -> Leaving:
        """The purchase as it goes out, with what nobody was to know before."""
        hook = self._webhook(attempt) if self._webhook is not None else None
        if hook is not None:  # whoever knows it could call us: it is quoted nowhere
            self._reader.veil.cover(hook)
            path = urlsplit(hook).path  # a far side that cannot reach it may name only that
            if len(path) >= _LONG_PATH:
                self._reader.veil.cover(path)
        body = without_schema(body) if goods.sort == "chat" else body
        body = unsealed(body, self._environ, self._reader.veil) if goods.sort in NODED else body
        return leaving(self._client.site, goods, body, self._client.key, hook)

    async def report(self, job: str) -> JobReport:
        """Where the job stands. The end of a chat is known to the process that heard it, and to no other.

        Raises:
            PollFailed: the answer, or its absence, says nothing of the job.
        """
        if is_chat(job):
            return self._chats.get(job) or self._of_another_process(job)
        return self._dated(await self.ask(tasks.query(job)))

    def _of_another_process(self, job: str) -> JobReport:
        """A chat whose answer we did not hear. Who did may live, and be about to write it down."""
        since = self._unheard.setdefault(job, time.monotonic())
        if time.monotonic() - since < self._client.patience.chat_kept:
            return JobReport("queued")
        return lost_with_its_process()

    def _dated(self, report: JobReport) -> JobReport:
        """The report with the day on which its addresses die."""
        until = self._now() + RESULT_LIVES_S
        results = (item if item.url is None else replace(item, expires=until) for item in report.results)
        return replace(report, results=tuple(results))

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
        expires = result.expires or self._now() + RESULT_LIVES_S
        return Download(path, result.text, result.url, expires, result.node)

    async def upload_lora(self, path: Path, name: str) -> str:
        """Bring a LoRA of one's own over; the name the node `RHLoraLoader` knows it by, and no other node.

        Raises:
            PollFailed: it did not go through.
            StoreError: the file cannot be read.
        """
        sha256, md5 = await asyncio.to_thread(digests_of, path)
        place = await self.ask(library.lora_place(name, md5))
        if place.address is not None:
            await self._transfers.put(place.address, Parcel(path, sha256, ""))
        return place.file

    async def cancel(self, job: str) -> bool:
        """Ask the site to stop a task. Nobody says that it can for models: keep polling afterwards.

        Raises:
            PollFailed: nobody answered, or the key is wrong.
        """
        if is_chat(job):
            return False
        try:
            await self.ask(tasks.cancel(job))
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
            if goods_of(endpoint).sort != "model":
                return LivePrice(None, None, notes=("the site names a price for models only",))
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

    async def queue(self) -> Queue:
        """How much the key may have going, and has.

        Raises:
            PollFailed: nobody answered, or the answer is a no.
        """
        return account.load_of(await self.ask(account.queue()))

    async def progress(self, endpoint: str, job: str) -> AsyncGenerator[Glimpse, None]:
        """How far a running graph says it is; ends at once for models, which tell nothing. Raises nothing."""
        if goods_of(endpoint).sort not in NODED:
            return
        for wait in (*CHANNEL_WAITS, None):
            try:
                address = await self.ask(tasks.channel(job))
            except PollFailed:
                return
            if address is None:
                return
            way = overhear(
                address, self._client.tls, trust_env=self._client.trusts_env, veil=self._reader.veil
            )
            async with aclosing(way) as glimpses:
                async for glimpse in glimpses:
                    yield glimpse
                    if glimpse.has_ended:
                        return
            if wait is not None:
                await asyncio.sleep(wait)

    async def account(self) -> Account:
        """What the key is and has.

        Raises:
            PollFailed: the site cannot be reached (`code` "network") or does not take the key.
        """
        left = await self.ask(account.balance())
        load = account.Queue()
        try:
            load = await self.ask(account.queue())
        except PollFailed as trouble:
            if trouble.failure.kind is FailureKind.NOT_SENT:
                raise
            logger.debug("queue/status: %s", trouble.failure.message)
        return account.account_of(left, load, self._client.site.currency)

    async def close(self) -> None:
        """Let go of connections."""
        await self._stager.close()
        await self._client.close()
