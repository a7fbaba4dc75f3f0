"""Two spellings of one request; what the user sets of a model; how old facts are; other currencies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rhflow.catalog.example import example_arguments
from rhflow.catalog.freshness import staleness
from rhflow.catalog.naming import has_two_namings, wire_arguments, wire_of
from rhflow.catalog.override import Override, read_price, with_overrides
from rhflow.catalog.price import Price, Quote, in_currency
from rhflow.catalog.quote import quote
from rhflow.catalog_files import load_catalog
from rhflow.planning.keys import task_key
from rhflow.providers.local.registry import local_models

CATALOG = load_catalog()
EDIT = CATALOG.find("f-2-dev/edit")
assert EDIT is not None
BODY = {
    "imageUrl": "https://x/y.png",
    "prompt": "9:16",
    "aspectRatio": "9:16",
    "customWidth": 512,
    "outputFormat": "webp(lossy)",
}
NODES = {
    "20##image": "https://x/y.png",
    "17##text": "9:16",
    "46##select": "4",
    "35##value": 512,
    "51##file_type": "WEBP (lossy)",
}


def test_alias_is_left_alone() -> None:
    assert wire_arguments(EDIT, BODY, "alias") == BODY


def test_node_names_and_options() -> None:
    assert wire_arguments(EDIT, BODY, "node") == NODES


def test_what_has_one_spelling_keeps_it() -> None:
    strange = {"webhookUrl": "https://x", "aspectRatio": "5:5", "imageUrl": ["a", "b"]}
    assert wire_arguments(EDIT, strange, "node") == {
        "webhookUrl": "https://x",
        "46##select": "5:5",
        "20##image": ["a", "b"],
    }
    hailuo = CATALOG.find("hailuo-2.3-fast/image-to-video")
    assert hailuo is not None
    assert not has_two_namings(hailuo)
    assert wire_arguments(hailuo, {"duration": "6"}, "node") == {"duration": "6"}


def test_no_two_parameters_become_one() -> None:
    for model in CATALOG.models:
        if has_two_namings(model):
            body = {param.name: "x" for param in model.params}
            assert len(wire_arguments(model, body, "node")) == len(body), model.id


def test_wire_goes_by_each_models_setting() -> None:
    catalog = with_overrides(CATALOG, {"f-2-dev/edit": Override(naming="node")})
    wire = wire_of(catalog.find)
    assert wire("rhart-image/f-2-dev/edit", BODY) == NODES
    other = "rhart-image/f-2-klein-4b/edit"
    assert CATALOG.find(other) is not None
    assert wire(other, BODY) == BODY
    assert wire("somebody/elses", BODY) == BODY


def test_the_key_knows_no_spelling() -> None:
    changed = with_overrides(CATALOG, {EDIT.id: Override(naming="node")}).find(EDIT.id)
    assert changed is not None
    arguments = {**example_arguments(changed), "imageUrl": "https://x/y.png"}
    assert task_key("runninghub", changed.id, arguments) == task_key("runninghub", EDIT.id, arguments)


@pytest.mark.parametrize(
    ("text", "amount", "currency", "unit"),
    [
        ("1.20 CNY", "1.20", "CNY", "call"),
        ("1.20", "1.20", "CNY", "call"),
        ("0", "0", "CNY", "call"),
        ("0.3 usd a second", "0.3", "USD", "second"),
        ("0.3  a second", "0.3", "CNY", "second"),
        ("2 CNY per 1000 characters", "2", "CNY", "1000_characters"),
        ("2 CNY an image", "2", "CNY", "image"),
        (" 0.07 CNY per 5 seconds ", "0.07", "CNY", "5_seconds"),
    ],
)
def test_a_price_as_people_write_it(text: str, amount: str, currency: str, unit: str) -> None:
    price = read_price(text, "rhflow.toml")
    assert (price.amount, price.currency, price.unit) == (Decimal(amount), currency, unit)
    assert price.describe().endswith("(set in rhflow.toml)")


@pytest.mark.parametrize("text", ["", "free", "-1", "1 EUR", "1 CNY a minute", "NaN", "1 CNY a", "CNY 1"])
def test_what_is_no_price(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_price(text, "rhflow.toml")


def test_a_price_that_was_set_is_quoted_and_said() -> None:
    catalog = with_overrides(
        CATALOG, {"hailuo-2.3-fast/image-to-video": Override(price=read_price("1.20 CNY", "rhflow.toml"))}
    )
    model = catalog.find("minimax/hailuo-2.3-fast/image-to-video")
    assert model is not None
    found = quote(model, {"duration": "10"})
    assert (found.low, found.high) == (Decimal("1.20"), Decimal("1.20"))
    assert "set in rhflow.toml" in found.why
    before = CATALOG.find(model.id)
    assert before is not None
    assert replace(model, price=before.price) == before
    others = [one for one in catalog.models if one.id != model.id]
    assert others == [one for one in CATALOG.models if one.id != model.id]


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"hailuo-2.3-fst/image-to-video": Override()}, "did you mean hailuo-2.3-fast/image-to-video"),
        ({"hailuo-2.3-fast/image-to-video": Override(naming="node")}, "one spelling only"),
        ({"local/concat": Override(price=Price(basis="fixed"))}, "on this machine"),
        ({"f-2-dev/edit": Override(), "rhart-image/f-2-dev/edit": Override()}, "set twice"),
    ],
)
def test_what_cannot_be_set(overrides: dict[str, Override], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        with_overrides(CATALOG.with_models(local_models()), overrides)


def test_nothing_set_is_nothing_changed() -> None:
    assert with_overrides(CATALOG, {}) is CATALOG


@pytest.mark.parametrize(
    ("as_of", "today", "is_old"),
    [
        ("2026-09-19", date(2026, 9, 19), False),
        ("2026-09-19", date(2027, 3, 18), False),
        ("2026-09-19", date(2027, 3, 19), True),
        ("2026-09-19", date(2026, 1, 1), False),
        (None, date(2030, 1, 1), False),
        ("soon", date(2026, 1, 1), True),
    ],
)
def test_staleness(as_of: str | None, today: date, is_old: bool) -> None:
    said = staleness(as_of, today)
    assert (said is not None) is is_old
    if said:
        assert as_of is not None
        assert as_of in said


def test_an_amount_in_another_currency_is_no_price() -> None:
    cny = Quote(Decimal(1), Decimal(2), "CNY", "why")
    assert in_currency(cny, "CNY") is cny
    dollars = in_currency(cny, "USD")
    assert not dollars.known
    assert dollars.currency == "USD"
    assert "USD" in dollars.why
    assert "CNY" in dollars.why


def test_nothing_is_nothing_in_every_currency() -> None:
    free = in_currency(Quote(Decimal(0), Decimal(0), "CNY", "done on this machine"), "USD")
    assert (free.low, free.high, free.currency, free.why) == (0, 0, "USD", "done on this machine")
    unknown = in_currency(Quote(None, None, "CNY", "nobody publishes its price"), "USD")
    assert (unknown.known, unknown.currency, unknown.why) == (False, "USD", "nobody publishes its price")
