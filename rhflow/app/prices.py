"""Live prices: what the vendor itself says a plan's requests would cost. Free calls; nothing is started.

Media that are not on the site yet are not uploaded for that: a stand-in address of the right kind
takes their place, and the price says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import PurePath

from rhflow.app.far_side import far_side
from rhflow.app.planned import Planned
from rhflow.app.session import Session
from rhflow.ground.errors import AccountError, NetworkError
from rhflow.ground.media import Kind
from rhflow.ground.references import (
    LIST_WORDS,
    OUTPUT_WORDS,
    BlobMedia,
    Deferred,
    FileMedia,
    Ref,
    Resolved,
    UrlMedia,
)
from rhflow.ground.values import Json, JsonObject, walk
from rhflow.language.expressions.evaluate import ExpressionError, resolve
from rhflow.lifecycle.failure import FailureKind
from rhflow.planning.identify import Outcome, value_of
from rhflow.planning.judge import outcome_of
from rhflow.planning.plan import Rung
from rhflow.ports import PollFailed
from rhflow.providers.runninghub.preview import LivePrice
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.providers.runninghub.site import realm_of
from rhflow.providers.runninghub.transfers import WAITS

__all__ = ["LivePrice", "live_prices"]

AT_ONCE = 4
"""Questions under way at a time; the vendor publishes no rate, so we stay modest."""

_STAND_INS = {Kind.IMAGE: "png", Kind.VIDEO: "mp4", Kind.AUDIO: "mp3", Kind.MODEL3D: "glb"}
_STAND_IN = "https://example.com/stand-in"


class _NotKnown(Exception):
    """The request holds something that no stand-in can take the place of; the words say what."""


class _Body:
    """The body of one request, as far as it is known: media by their address, or by a stand-in."""

    def __init__(self, opened: Session, realm: str, outcomes: Mapping[str, Outcome]) -> None:
        self._opened = opened
        self._realm = realm
        self._outcomes = outcomes
        self.stand_ins = 0

    def of(self, rung: Rung) -> JsonObject:
        """The body.

        Raises:
            _NotKnown: something in it waits for a result.
        """
        now = self._opened.clock.now()
        try:
            arguments = resolve(
                rung.arguments,
                lambda ref: value_of(ref, self._outcomes, now) if ref.task in self._outcomes else ref,
            )
        except ExpressionError as error:
            raise _NotKnown(f"it would fail: {error}") from error
        if not isinstance(arguments, dict):
            raise _NotKnown("its arguments are no mapping")
        return {name: self._sent(value) for name, value in arguments.items() if value is not None}

    def _sent(self, value: Resolved) -> Json:
        match value:
            case FileMedia() | BlobMedia():
                return self._address(value)
            case UrlMedia():
                return value.url
            case Ref():
                return self._of_a_result(value)
            case Deferred():
                waits = sorted(
                    {
                        leaf.task
                        for _, leaf in walk([dict(value.names), list(value.parts)])
                        if isinstance(leaf, Ref)
                    }
                )
                raise _NotKnown(f"it waits for {', '.join(waits[:3]) or 'a result'}")
            case dict():
                return {name: self._sent(item) for name, item in value.items()}
            case list():
                return [self._sent(item) for item in value]
            case _:
                return value

    def _address(self, media: FileMedia | BlobMedia) -> Json:
        known = None
        if media.sha256 is not None:
            known = self._opened.journal.upload(self._realm, media.sha256, self._opened.clock.now())
        if known is not None:
            return known
        suffix = media.suffix if isinstance(media, BlobMedia) else PurePath(media.path).suffix
        return self._stand_in(media.kind, suffix.lstrip(".").lower())

    def _of_a_result(self, ref: Ref) -> Json:
        kind = OUTPUT_WORDS.get(LIST_WORDS.get(ref.output, ref.output))
        if kind is None or kind not in _STAND_INS:
            raise _NotKnown(f"it waits for the {ref.output} of {ref.task}")
        address = self._stand_in(kind, "")
        return [address] if ref.output in LIST_WORDS else address

    def _stand_in(self, kind: Kind, suffix: str) -> str:
        self.stand_ins += 1
        return f"{_STAND_IN}-{self.stand_ins}.{suffix or _STAND_INS.get(kind, 'bin')}"


async def live_prices(opened: Session, planned: Planned) -> dict[str, list[LivePrice]]:
    """What the vendor says of every task that would run: by task id, a price for each rung of its ladder.

    One that cannot be asked says why.

    Raises:
        AccountError: there is no key, or the vendor does not take it.
        NetworkError: the vendor cannot be reached.
    """
    realm = realm_of(opened.settings.base_url)
    outcomes = _outcomes(opened, planned)
    provider = far_side(opened, opened.settings.base_url, waits=WAITS)
    places = asyncio.Semaphore(AT_ONCE)
    asked = [
        task
        for task in planned.plan.tasks
        if not task.is_local and planned.judgements[task.id].verdict in ("run", "run_unless_identical")
    ]
    try:
        async with asyncio.TaskGroup() as group:
            jobs = {
                task.id: [
                    group.create_task(_one(provider, rung, _Body(opened, realm, outcomes), places))
                    for rung in task.ladder
                ]
                for task in asked
            }
    except ExceptionGroup as troubles:  # not `except*`: older Pythons wrap what is raised inside it once more
        first = _first(troubles)
        if not isinstance(first, AccountError | NetworkError):
            raise
        raise first from None
    finally:
        await provider.close()
    return {name: [rung.result() for rung in rungs] for name, rungs in jobs.items()}


async def _one(provider: RunningHubProvider, rung: Rung, body: _Body, places: asyncio.Semaphore) -> LivePrice:
    try:
        sent = body.of(rung)
    except _NotKnown as reason:
        return LivePrice(None, None, notes=(f"not asked: {reason}",))
    async with places:
        try:
            found = await provider.price_preview(rung.uses, sent)
        except PollFailed as trouble:
            failure = trouble.failure
            if failure.kind is FailureKind.UNAUTHORIZED:
                raise AccountError(failure.message, failure.hint) from trouble
            if failure.kind is FailureKind.NOT_SENT:
                raise NetworkError(failure.message, failure.hint) from trouble
            return LivePrice(None, None, notes=(failure.message, *_stood_in(body)))
    return LivePrice(found.amount, found.currency, found.text, (*found.notes, *_stood_in(body)))


def _stood_in(body: _Body) -> tuple[str, ...]:
    if not body.stand_ins:
        return ()
    what = "a medium that is" if body.stand_ins == 1 else f"{body.stand_ins} media that are"
    return (f"asked with a stand-in for {what} not there yet",)


def _outcomes(opened: Session, planned: Planned) -> dict[str, Outcome]:
    """What is there already, by task."""
    found: dict[str, Outcome] = {}
    for name, judgement in planned.judgements.items():
        if judgement.verdict == "cached" and judgement.key is not None:
            hit = opened.memory.recall(judgement.key)
            if hit is not None:
                found[name] = outcome_of(hit)
    return found


def _first(troubles: BaseExceptionGroup) -> BaseException:
    found: BaseException = troubles
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
