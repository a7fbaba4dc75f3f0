"""What the site says of the key: asked for nothing, and where it refuses, its sister is asked, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rhflow.app.doctor_network import check_clock
from rhflow.catalog_files import load_errors
from rhflow.ground.values import JsonObject, plain
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import Clock, PollFailed
from rhflow.providers.runninghub.calls import account
from rhflow.providers.runninghub.calls.account import Account, KeyOnList
from rhflow.providers.runninghub.calls.call import ask, send
from rhflow.providers.runninghub.client import Patience, RunningHubClient
from rhflow.providers.runninghub.exchange import Answer
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.site import Site, read_site
from rhflow.providers.runninghub.verdicts import Codes
from rhflow.view.doctor_view import Checked, Level

SITES = ("https://www.runninghub.cn", "https://www.runninghub.ai")
"""The vendor's two: accounts and keys of one are unknown at the other (RunningHub API, hosts)."""
_PATIENCE = Patience(connect=6.0, poll=10.0, poll_total=12.0)
_PERHAPS_THE_OTHERS = ("802", "806", "811", "1002", "http-401", "http-403")
"""What a site says to a key that is unknown there."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one site said of the key."""

    account: Account
    keys: tuple[KeyOnList, ...] = ()


class Asking:
    """The questions, put to one site after the other; `checked` is what comes of them."""

    def __init__(self, site: Site, key: str, clock: Clock) -> None:
        self._site = site
        self._key = key
        self._clock = clock

    async def checked(self, concurrency: int) -> list[Checked]:
        """Ask all there is to ask. `concurrency` is how many jobs at once the settings allow."""
        try:
            told, clock = await self._ask(self._site)
        except PollFailed as trouble:
            return [await self._refused(trouble.failure)]
        found = [_taken(self._site), *([clock] if clock is not None else [])]
        found += [_kind(self._site, told.account)]
        found += _balance(self._site, told.account)
        found += _load(told.account, concurrency)
        return [*found, *self._quota(told.keys)]

    async def _ask(self, site: Site) -> tuple[Told, Checked | None]:
        client = RunningHubClient(site.base, self._key, patience=_PATIENCE)
        reader = Reader(Codes(load_errors()), client.site, client.key)
        try:
            left = account.balance()
            answer = await send(client, left)
            clock = None
            if isinstance(answer, Answer):
                clock = check_clock(answer.date, self._clock.now(), site.host)
            balance = left.read(reader, answer)
            try:
                load = await ask(client, reader, account.queue())
                keys = await ask(client, reader, account.keys())
            except PollFailed:  # what is left is told, and that the key is taken
                load, keys = account.Queue(), []
            return Told(account.account_of(balance, load, site.currency), tuple(keys)), clock
        finally:
            await client.close()

    async def _refused(self, failure: Failure) -> Checked:
        """A no, with what the sister site says where that may explain it."""
        sister = _sister(self._site)
        if failure.code in _PERHAPS_THE_OTHERS and sister is not None:
            return await self._at_the_sister(failure, sister)
        facts: JsonObject = {"host": self._site.host, "code": failure.code}
        match failure.kind:
            case FailureKind.NOT_SENT:
                area, level = "network", "problem"
            case FailureKind.UNAUTHORIZED | FailureKind.NO_FUNDS:
                area, level = "key", "problem"
            case FailureKind.THROTTLED:
                area, level = "far_side", "warning"
            case _:
                area, level = "far_side", "problem"
        fix = failure.hint or "Check RUNNINGHUB_BASE_URL; if it is right, wait and ask again."
        if area == "key" and not self._site.is_vendor:
            fix = f"Check that the key is one that {self._site.base} knows."
        elif area == "key":
            fix = f"{fix} Keys are made at {_page(self._site)}"
        return Checked(
            area=area,  # type: ignore[arg-type]  # one of the words above
            name="host",
            level=level,  # type: ignore[arg-type]
            said=failure.message,
            fix=fix,
            facts=facts,
        )

    async def _at_the_sister(self, failure: Failure, sister: Site) -> Checked:
        facts: JsonObject = {"host": self._site.host, "code": failure.code, "other": sister.host}
        try:
            await self._ask(sister)
        except PollFailed as trouble:
            known = trouble.failure.code in _PERHAPS_THE_OTHERS
            why = "does not, either" if known else f"cannot say: {trouble.failure.message}"
            return Checked(
                area="key",
                name="host",
                level="problem",
                said=f"{self._site.host} does not take the key [{failure.code}]; {sister.host} {why}"
                f"{'.' if known else ''}",
                fix=f"Copy it again, or make a new one: {_page(self._site)} or {_page(sister)}",
                facts={**facts, "other_takes_it": False},
            )
        return Checked(
            area="key",
            name="host",
            level="problem",
            said=f"{self._site.host} does not take the key [{failure.code}]; {sister.host} does. Keys, money "
            "and files of the two sites are apart.",
            fix=f"Set RUNNINGHUB_BASE_URL={sister.base}, or make a key for {self._site.host}: "
            f"{_page(self._site)}",
            facts={**facts, "other_takes_it": True},
        )

    def _quota(self, keys: Sequence[KeyOnList]) -> Iterator[Checked]:
        """Keys of the account that have used up a quota of their own; the site masks them."""
        for item in keys:
            limit, used = _number(item.limit), _number(item.used)
            if not limit or used is None or used < limit:
                continue
            is_telling = not item.name or self._key[-4:] in item.name
            name = "A key of the account" if is_telling else f"The key named {item.name}"
            yield Checked(
                area="key",
                name="quota",
                level="warning",
                said=f"{name} has used up its quota ({item.used} of {item.limit}).",
                fix="If it is this one, raise its quota where keys are made.",
                facts={"limit": item.limit, "used": item.used},
            )


def _sister(site: Site) -> Site | None:
    """The vendor's other site; None for a stand-in, whose key is nobody else's business."""
    both = [read_site(address) for address in SITES]
    if site.base not in {one.base for one in both}:
        return None
    return next(one for one in both if one.base != site.base)


def _page(site: Site, kind: str = "shared") -> str:
    """Where keys of a kind are made."""
    return f"{site.base}/enterprise-api/{kind}Api"


def _taken(site: Site) -> Checked:
    said = f"{site.host} answers and takes the key."
    return Checked(area="key", name="host", level="ok", said=said, facts={"host": site.host})


def _kind(site: Site, told: Account) -> Checked:
    """What a key of this kind may do (RunningHub API, key kinds)."""
    facts: JsonObject = {"kind": told.key_type}
    shared = f"For models make an enterprise-shared key: {_page(site)}"
    match told.key_type:
        case "SHARED":
            level: Level = "ok"
            said, fix = "models, language models, workflows and apps; it pays with wallet money", None
            name = "an enterprise-shared one (SHARED)"
        case "NORMAL":
            level, name, fix = "warning", "a consumer's (NORMAL)", shared
            said = (
                "workflows and apps only, paid with RH coins and with a paid membership (801 without one); "
                "models and language models are refused (1014)"
            )
        case "EXCLUSIVE":
            level, name, fix = "warning", "an enterprise-exclusive one (EXCLUSIVE)", shared
            said = (
                "workflows and apps only, on the machines that were bought (415 while all are busy); models "
                "and language models are refused (1014)"
            )
        case _:
            level, fix, name = (
                "ok",
                None,
                f"of a kind not known here ({told.key_type or 'the site names none'})",
            )
            said = "nobody can say what before it is tried"
    return Checked(
        area="key",
        name="key-kind",
        level=level,
        said=f"The key is {name}. It buys {said}.",
        fix=fix,
        facts=facts,
    )


def _balance(site: Site, told: Account) -> Iterator[Checked]:
    """What is left of what this kind of key pays with."""
    facts: JsonObject = {"money": told.money, "currency": told.currency, "coins": told.coins}
    money, coins = _number(told.money), _number(told.coins)
    pays_with_coins = told.key_type == "NORMAL"
    left = coins if pays_with_coins else money
    words = [] if money is None else [f"{plain(money)} {told.currency}"]
    words += [f"{coins.normalize():f} coins"] if coins is not None and (coins or pays_with_coins) else []
    if told.key_type == "EXCLUSIVE" and not words:
        return
    if left is None:
        said = f"{site.host} does not tell what is left."
        yield Checked(area="key", name="balance", level="ok", said=said, facts=facts)
    elif left > 0:
        said = f"There are {' and '.join(words)} left."
        yield Checked(area="key", name="balance", level="ok", said=said, facts=facts)
    else:
        code = "416" if pays_with_coins else "812"
        yield Checked(
            area="key",
            name="balance",
            level="problem",
            said=f"Nothing is left ({' and '.join(words)}): every purchase would be refused ({code}).",
            fix=f"Top up: {site.base}/vip-rights/4",
            facts=facts,
        )


def _load(told: Account, concurrency: int) -> Iterator[Checked]:
    """How much the key may have going, and has."""
    facts: JsonObject = {"limit": told.concurrency, "running": told.running, "queued": told.queued}
    going = (told.running or 0) + (told.queued or 0)
    now = f"{going} going now" if going else "none going now"
    if told.concurrency is None:
        said = f"The site does not tell how many tasks the key may run; {now}."
    elif told.concurrency < concurrency:
        said = (
            f"The key may run {told.concurrency} at a time, {now}; up to {concurrency} are wanted, and "
            "the rest waits for room."
        )
    else:
        said = f"The key may run {told.concurrency} at a time, {now}."
    yield Checked(area="key", name="concurrency", level="ok", said=said, facts=facts)


def _number(text: str | None) -> Decimal | None:
    try:
        found = Decimal(text or "")
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
