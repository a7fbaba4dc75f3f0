"""What a charge is, and when a purchase would pass a cap."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.ground.caps import CAP_KINDS, Caps, lowest
from rhflow.ground.values import Json, Money
from rhflow.lifecycle.ledger import Entry, charge_of, coins_of, day_of, passes, sum_of


def money(text: str) -> Money:
    return Money.parse(text)


@pytest.mark.parametrize(
    ("usage", "charge"),
    [
        ({"money": "0.9", "currency": "CNY"}, "0.9 CNY"),
        ({"third_party": "1.1", "currency": "USD"}, "1.1 USD"),
        ({"money": "0.9", "third_party": "1.1", "currency": "CNY"}, "2 CNY"),
        ({"money": "0", "third_party": "1.10"}, "1.1 CNY"),
        ({"money": "0.0"}, "0 CNY"),
        ({"money": "0.1", "third_party": "0.2"}, "0.3 CNY"),
        ({"coins": "7"}, None),
        ({"third_party": None, "money": ""}, None),
        ({"money": "much"}, None),
        ({"money": "NaN"}, None),
        ({"money": 3}, None),
        ({}, None),
        (None, None),
    ],
)
def test_both_parts_of_a_charge_add_up(usage: Json, charge: str | None) -> None:
    assert charge_of(usage) == (None if charge is None else money(charge))


def test_a_charge_is_in_the_currency_of_the_host() -> None:
    assert charge_of({"money": "1"}, "USD") == money("1 USD")
    assert charge_of({"money": "1", "currency": None}, "USD") == money("1 USD")


@pytest.mark.parametrize(("usage", "coins"), [({"coins": "7"}, 7), ({"money": "1"}, None), (None, None)])
def test_coins_stand_beside_money(usage: Json, coins: int | None) -> None:
    assert coins_of(usage) == coins


def test_currencies_never_add_up() -> None:
    told = [money("1 CNY"), None, money("2 USD"), money("0.1 CNY"), money("0.2 CNY")]
    assert sum_of(told) == {"CNY": Decimal("1.3"), "USD": Decimal(2)}


def entry(**more: object) -> Entry:
    given: dict[str, object] = {
        **{name: name for name in ("attempt", "key", "run", "task", "endpoint", "provider", "realm")},
        "state": "closed",
        "at": 0.0,
    }
    return Entry(**{**given, **more})  # type: ignore[arg-type]


def test_what_counts_is_the_charge_or_else_what_was_set_aside() -> None:
    assert entry(reserved=money("2"), charged=money("1")).committed == money("1")
    assert entry(reserved=money("2")).committed == money("2")
    assert entry().committed is None


def test_what_came_to_nothing() -> None:
    assert entry(outcome="refused", charged=money("0")).came_to_nothing
    assert not entry(outcome="absent", reserved=money("1")).came_to_nothing, "it may have been bought"
    assert not entry(outcome="failed", charged=money("0")).came_to_nothing, "it was bought, and cost nothing"
    assert entry(coins=Decimal(7)).is_told
    assert not entry(reserved=money("1")).is_told


# -- caps -------------------------------------------------------------------------------------------------

CAP = Money(Decimal(10))


@pytest.mark.parametrize(
    ("spent", "amount", "currency", "sentence"),
    [
        ("0", "10", "CNY", None),
        ("9.99", "0.01", "CNY", None),
        (
            "9.99",
            "0.02",
            "CNY",
            "it may cost 0.02 CNY, and 9.99 of 10.00 CNY for the run are spent or promised",
        ),
        ("10", "0", "CNY", None),
        ("12", "0", "CNY", None),
        ("12", "0.01", "CNY", "12.00 of 10.00 CNY"),
        ("0", "1", "USD", "its price is in USD, and the cap for the run is 10.00 CNY: nobody converts"),
        ("0", "0", "USD", None),
        ("9", None, "CNY", None),
        ("10", None, "CNY", "nobody knows its price, and 10.00 CNY for the run are spent or promised"),
    ],
)
def test_passing_a_cap(spent: str, amount: str | None, currency: str, sentence: str | None) -> None:
    asked = None if amount is None else Decimal(amount)
    found = passes("run", CAP, Decimal(spent), asked, currency)
    assert (found is None) is (sentence is None)
    assert (sentence or "") in (found or "")


def test_a_day_is_one_of_utc() -> None:
    noon = 1_700_000_000.0  # 2023-11-14T22:13:20Z
    since, until = day_of(noon)
    assert (since, until) == (1_699_920_000.0, 1_700_006_400.0)
    assert day_of(until)[0] == until
    assert day_of(until - 1e-3) == (since, until)
    assert "for a day in UTC" in str(passes("day", CAP, Decimal(10), Decimal(1), "CNY"))


@pytest.mark.parametrize(
    ("text", "caps"),
    [
        ("40 CNY", Caps(run=money("40"))),
        ("40", Caps(run=money("40"))),
        ("run=40 CNY, day=100 CNY", Caps(run=money("40"), day=money("100"))),
        ("project=1 usd", Caps(project=money("1 USD"))),
    ],
)
def test_caps_as_a_text(text: str, caps: Caps) -> None:
    assert Caps.parse(text) == caps


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("week=3", "'week' is no cap; there are run, step, day, project"),
        ("day=3, 4", "names no cap"),
        ("day=3, day=4", "twice"),
        ("day=", "is not an amount"),
        ("a lot", "is not an amount"),
    ],
)
def test_what_is_no_cap(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Caps.parse(text)


amounts = st.none() | st.decimals(0, 1000, places=4).map(Money)
some_caps = st.builds(Caps, run=amounts, step=amounts, day=amounts, project=amounts)


@given(some_caps)
def test_caps_survive_their_json(caps: Caps) -> None:
    assert Caps.from_json(caps.to_json()) == caps
    assert bool(caps) is (caps != Caps())


@given(st.lists(some_caps, max_size=4))
def test_of_each_kind_the_lowest_counts(several: list[Caps]) -> None:
    found = lowest(*several)
    for kind in CAP_KINDS:
        stated = [cap for caps in several for name, cap in caps if name == kind]
        assert dict(found).get(kind) == min(stated, key=lambda cap: cap.amount, default=None)


def test_two_currencies_for_one_cap_are_no_cap() -> None:
    with pytest.raises(ValueError, match=r"for a day are in different currencies: 3\.00 CNY and 1\.00 USD"):
        lowest(Caps(day=money("3")), Caps(day=money("1 USD")))
    assert lowest(Caps(run=money("3")), Caps(day=money("1 USD"))).currencies == {"CNY", "USD"}
