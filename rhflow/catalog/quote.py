"""What one request would cost by the published rules.

Exact decimals throughout. What is not known yet makes a range, what nobody publishes is
unknown, and neither is ever a zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import cast

from rhflow.catalog.lengths import billed_span, duration_span, output_seconds, source_param, source_seconds
from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import UNIT_WORDS, PriceRule, Quote
from rhflow.catalog.span import ONE, Span, span_of
from rhflow.ground.references import Deferred, Ref, Resolved
from rhflow.ground.values import plain

_IMAGE_COUNTS = ("maxImages", "n", "numImages", "num_images", "imageNum")
_TEXTS = ("text", "prompt")
_FINEST = Decimal("0.0001")


class _Unknown(Exception):
    """No figure can be given; the words say why."""


def quote(
    model: Model, arguments: Mapping[str, Resolved], seconds: Mapping[str, float] | None = None
) -> Quote:
    """The price of one request.

    Args:
        model: remote or local; local ones are free.
        arguments: as written or as sent; leaves and left-out parameters make a range.
        seconds: known or declared running times of media arguments, by parameter name.
    """
    price = model.price
    if price.basis == "free":
        return Quote(Decimal(0), Decimal(0), price.currency, "done on this machine")
    try:
        rate, rate_words = _rate(model, arguments)
        count, count_words = _quantity(model, arguments, seconds)
    except _Unknown as reason:
        return Quote(None, None, price.currency, str(reason))
    total = rate.times(count)
    words = [f"{rate_words}{count_words}"]
    if price.basis == "headline":
        words.append(f"headline price{f' of {price.as_of}' if price.as_of else ''}")
    if price.set_in is not None:
        words.append(f"set in {price.set_in}")
    at_least = price.unit == "second_from"
    if at_least:
        words.append("at least: the vendor gives only a minimum")
    low, high = _tidy(total.low, ROUND_FLOOR), _tidy(total.high, ROUND_CEILING)
    return Quote(low, high, price.currency, "; ".join(words), at_least)


def _tidy(amount: Decimal, rounding: str) -> Decimal:
    """At most four decimals: a range only ever grows by rounding."""
    exponent = amount.as_tuple().exponent
    fine = isinstance(exponent, int) and exponent >= -4
    return amount if fine else amount.quantize(_FINEST, rounding)


def _rate(model: Model, arguments: Mapping[str, Resolved]) -> tuple[Span, str]:
    """The price of one unit, and how it reads."""
    price = model.price
    unit = UNIT_WORDS[price.unit]
    if price.basis == "by-parameter":
        fitting = [rule for rule in price.rules if _fits(model, rule, arguments)]
        rates = [_rule_rate(model, rule, arguments) for rule in fitting]
        rate = Span.of(bound for span in rates for bound in (span.low, span.high))
        names = list(dict.fromkeys(name for rule in price.rules for name in rule.when))
        told = [f"{name} {_shown(model, name, arguments)}" for name in names]
        if rate is None:
            raise _Unknown(f"nobody publishes a price for {', '.join(told)}")
        return rate, f"{_money(rate)} {price.currency} {unit} by {', '.join(told)}"
    if price.amount is None:
        raise _Unknown(
            f'the published price cannot be read: "{price.raw}"'
            if price.raw
            else "nobody publishes its price"
        )
    rate = Span(price.amount, price.amount)
    return rate, f"{_money(rate)} {price.currency} {unit}"


def _fits(model: Model, rule: PriceRule, arguments: Mapping[str, Resolved]) -> bool:
    """The rule applies, or may once everything is known."""
    return all(not value or _may_be(model, name, value, arguments) for name, value in rule.when.items())


def _may_be(model: Model, name: str, wanted: str, arguments: Mapping[str, Resolved]) -> bool:
    value = _effective(model, name, arguments)
    return value is None or isinstance(value, Ref | Deferred) or _text(value) == wanted.casefold()


def _effective(model: Model, name: str, arguments: Mapping[str, Resolved]) -> Resolved:
    """The value that will be sent; None where it is left to the vendor."""
    value = arguments.get(name)
    if value is not None:
        return value
    param = model.param(name)
    return cast("Resolved", param.default) if param is not None and param.required else None


def _text(value: Resolved) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).casefold()


def _shown(model: Model, name: str, arguments: Mapping[str, Resolved]) -> str:
    value = _effective(model, name, arguments)
    if value is None:
        return "left out"
    return "not known yet" if isinstance(value, Ref | Deferred) else _text(value)


def _rule_rate(model: Model, rule: PriceRule, arguments: Mapping[str, Resolved]) -> Span:
    """The rule's price, times every parameter that it names without a value."""
    rate = Span(rule.price, rule.price)
    for name, wanted in rule.when.items():
        if not wanted:
            rate = rate.times(_count(model.param(name), arguments.get(name)))
    return rate


def _count(param: Param | None, value: Resolved) -> Span:
    """How many, by a counting parameter: its value, else its default, else all that is possible."""
    if param is None:
        return ONE
    if value is None:
        value = cast("Resolved", param.default)
    return span_of(param, value) or ONE


def _quantity(
    model: Model, arguments: Mapping[str, Resolved], seconds: Mapping[str, float] | None
) -> tuple[Span, str]:
    """How many units the request takes, and how it reads."""
    match model.price.unit:
        case "call":
            return ONE, ""
        case "image":
            count = _images(model, arguments)
            return count, "" if count == ONE else f" × {count}"
        case "1000_characters":
            count, length = _thousands(model, arguments)
            return count, f" × {length} characters"
        case "5_seconds":
            span = _seconds(model, arguments, seconds)
            count = Span(_fives(span.low), _fives(span.high))
            return count, f" × {count}"
        case _:
            span = _seconds(model, arguments, seconds)
            return span, f" × {span} s"


def _images(model: Model, arguments: Mapping[str, Resolved]) -> Span:
    name = next((name for name in _IMAGE_COUNTS if model.param(name) is not None), None)
    if name is None:
        return ONE
    return _count(model.param(name), arguments.get(name))


def _thousands(model: Model, arguments: Mapping[str, Resolved]) -> tuple[Span, Span]:
    """Thousands of characters, exact up to begun; and the characters themselves."""
    param = next((param for name in _TEXTS if (param := model.param(name)) is not None), None)
    if param is None:
        raise _Unknown("its price goes by the text, and it has none")
    value = arguments.get(param.name)
    if isinstance(value, str):
        length = Span(Decimal(len(value)), Decimal(len(value)))
    elif param.max_length is not None:
        length = Span(Decimal(param.min_length or 0), Decimal(param.max_length))
    else:
        raise _Unknown(f"its price goes by the length of {param.name}, which is not known yet")
    begun = (length.high / 1000).to_integral_value(ROUND_CEILING)
    return Span(length.low / 1000, max(begun, Decimal(1))), length


def _seconds(model: Model, arguments: Mapping[str, Resolved], seconds: Mapping[str, float] | None) -> Span:
    """Seconds of output, or of the input where the result is as long as that."""
    duration = duration_span(model, arguments)
    if duration is not None and duration.high > 0:
        return duration
    length = source_seconds(model, arguments, seconds)
    if length is not None:
        return billed_span(length)
    source = source_param(model)
    if source is None:
        raise _Unknown("its price goes by the second, and nothing says how many")
    raise _Unknown(f"its price goes by the seconds of {source.name}, which nobody knows yet")


def _fives(seconds: Decimal) -> Decimal:
    return (seconds / 5).to_integral_value(ROUND_CEILING)


def _money(span: Span) -> str:
    return plain(span.low) if span.exact else f"{plain(span.low)}–{plain(span.high)}"


__all__ = ["output_seconds", "quote"]
