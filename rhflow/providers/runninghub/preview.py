"""What a request would cost, asked of the site itself: free, and nothing starts (API, price preview)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rhflow.providers.runninghub.wire import PriceWire

_SIGNS = {"¥": "CNY", "￥": "CNY", "RMB": "CNY", "YUAN": "CNY", "$": "USD", "US$": "USD"}
_MOST_WORDS = 120
_BY_USE = "the site names no sum beforehand: this may be billed by what is used"


@dataclass(frozen=True, slots=True)
class LivePrice:
    """The site's own figure; `amount` None where it names none, `text` in its words.

    `notes` are sentences: why there is no figure, or what it leaves open.
    """

    amount: Decimal | None
    currency: str | None
    text: str = ""
    notes: tuple[str, ...] = ()


def live_price(told: PriceWire, site_currency: str) -> LivePrice:
    """The value of an answer. A 0 is no price of a model that is billed by use, so it comes with a note."""
    amount = None if told.amount is None else Decimal(told.amount)
    notes = []
    if told.is_free:
        left = f"; {told.free_left} such calls are left" if told.free_left else ""
        notes.append(f"this call would be free{left}")
    elif amount is None or amount == 0:
        notes.append(_BY_USE)
    text = " ".join((told.text_en or told.text).split())[:_MOST_WORDS]
    return LivePrice(amount, _currency(told.currency, site_currency), text, tuple(notes))


def _currency(said: str | None, site_currency: str) -> str:
    word = (said or "").strip().upper()
    found = _SIGNS.get(word, word)
    return found if len(found) == 3 and found.isascii() and found.isalpha() else site_currency
