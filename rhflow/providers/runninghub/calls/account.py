"""The account behind a key: what is left, how much may run at once, which keys there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rhflow.ports import Queue as Load
from rhflow.providers.runninghub.calls.call import Call, in_envelope, mapping, records, text
from rhflow.providers.runninghub.wire import Amount, Text


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

    @property
    def bars_models(self) -> str | None:
        """Why the key buys no standard models, as a sentence begins; None where it does, or nobody says.

        Only an enterprise-shared key does (RunningHub API, key kinds).
        """
        return _BARRED.get(self.key_type or "")


_BARRED = {
    "NORMAL": "The key is a consumer's",
    "EXCLUSIVE": "The key is an enterprise-exclusive one",
}


class Balance(BaseModel):
    """`data` of accountStatus; numbers come as texts and stay that."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    coins: Amount = Field(default=None, alias="remainCoins")
    money: Amount = Field(default=None, alias="remainMoney")
    currency: Text = None
    tasks: Amount = Field(default=None, alias="currentTaskCounts")
    key_type: Text = Field(default=None, alias="apiType")


class Queue(BaseModel):
    """`data` of queue/status: the only place that states how many tasks a key may run."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key_type: Text = Field(default=None, alias="apiKeyType")
    limit: Amount = Field(default=None, alias="concurrentLimit")
    running: Amount = Field(default=None, alias="runningCount")
    queued: Amount = Field(default=None, alias="queuedCount")


@dataclass(frozen=True, slots=True)
class KeyOnList:
    """One key of the account, masked by the site; `limit` and `used` of its spending quota as texts."""

    key: str
    name: str
    status: str
    limit: str | None
    used: str | None
    expires: str


def balance() -> Call[Balance]:
    """What is left (RunningHub API, account); it spells the key in its own way."""
    read = in_envelope(lambda data: Balance.model_validate(mapping(data)))
    return Call("/uc/openapi/accountStatus", read, {}, key="apikey")


def queue() -> Call[Queue]:
    """How much the key may run, and does (RunningHub API, queue status)."""
    return Call("/openapi/v2/queue/status", in_envelope(lambda data: Queue.model_validate(mapping(data))))


def keys() -> Call[list[KeyOnList]]:
    """The keys of the account and what each may spend (RunningHub API, key list)."""
    return Call("/openapi/v2/api-key/list", in_envelope(lambda data: [_key(item) for item in records(data)]))


def load_of(load: Queue) -> Load:
    """What the key has going, as numbers."""
    return Load(_whole(load.limit), _whole(load.running), _whole(load.queued))


def account_of(left: Balance, load: Queue, site_currency: str) -> Account:
    """The two answers as one; the queue's word counts where both speak."""
    return Account(
        load.key_type or left.key_type,
        left.money,
        left.currency or (site_currency if left.money is not None else None),
        left.coins,
        _whole(load.limit),
        _whole(load.running) if load.running is not None else _whole(left.tasks),
        _whole(load.queued),
    )


def _key(item: dict[str, Any]) -> KeyOnList:
    return KeyOnList(
        text(item.get("key")),
        text(item.get("apiKeyName")),
        text(item.get("status")),
        text(item.get("quotaLimit")) or None,
        text(item.get("quotaUsed")) or None,
        text(item.get("expireAt")),
    )


def _whole(amount: str | None) -> int | None:
    return int(amount) if amount is not None and amount.isdecimal() else None
