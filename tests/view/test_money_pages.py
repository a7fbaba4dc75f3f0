"""What `cost` and `audit` say, from entries of a ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rhflow.ground.values import Money
from rhflow.lifecycle.ledger import Entry, paid_before
from rhflow.view.audit_view import Audit, Finding, FindingKind, ModelRecord, Moments, model_records
from rhflow.view.cost_view import COST_BY, CostBy, FarSideCost, Saved, costs

DAY = 86_400.0


def entry(attempt: str, reserved: str | None, charged: str | None, **more: Any) -> Entry:
    given: dict[str, Any] = {
        "attempt": attempt,
        "key": f"key of {attempt}",
        "run": "run-1",
        "task": "a",
        "endpoint": "some/picture",
        "provider": "runninghub",
        "realm": "runninghub",
        "state": "closed",
        "outcome": "collected",
        "at": 0.0,
        "reserved": None if reserved is None else Money.parse(reserved),
        "charged": None if charged is None else Money.parse(charged),
    }
    return Entry(**{**given, **more})


PLAY = {"realm": "simulator", "provider": "simulator"}
ENTRIES = [
    entry("1", "1.00", "0.90"),
    entry("2", "1.00", "1.20", run="run-2", endpoint="some/clip", at=DAY),
    entry("3", "1.00", "0", outcome="refused"),
    entry("4", "1.00", None, state="submitted", outcome=None, at=DAY),
    entry("5", "2.00", None, outcome="abandoned"),
    entry("6", None, "0.30"),
    entry("7", "5.00", "5.00", **PLAY),
    entry("8", None, None, coins=Decimal(7), endpoint="workflow/1"),
    entry("9", "7.00", "1 USD", endpoint="some/clip"),
]
SAVED = [
    Saved(
        run="run-2",
        task="b",
        model="some/clip",
        realm="runninghub",
        currency="CNY",
        at=DAY,
        amount=Decimal("0.5"),
    ),
    Saved(run="run-9", task="b", model="m", realm="simulator", currency="CNY", at=DAY, amount=Decimal(0)),
]


def summed(by: CostBy | None = None) -> dict[str, FarSideCost]:
    found = costs(ENTRIES, SAVED, by, {"run-1": "film", "run-2": "card"})
    return {side.heading: side for side in found}


def test_far_sides_and_currencies_have_sums_of_their_own() -> None:
    sides = summed()
    assert list(sides) == ["runninghub, CNY", "runninghub, USD", "simulator, CNY in play money"]
    total = sides["runninghub, CNY"].total
    assert [total.purchases, total.estimated, total.charged] == [6, Decimal(5), Decimal("2.4")]
    assert (total.open, total.untold, total.unpriced) == (1, 1, 2)
    assert [total.coins, total.saved] == [Decimal(7), Decimal("0.5")]
    assert total.remarks == "1 not ended, 1 never told, 2 of unknown price, 7 coins"
    dollars = sides["runninghub, USD"].total
    assert [dollars.charged, dollars.estimated] == [Decimal(1), Decimal(0)], "yuan are no estimate of dollars"
    assert sides["simulator, CNY in play money"].total.charged == 5


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (None, []),
        ("model", ["some/clip", "some/picture", "workflow/1"]),
        ("pipeline", ["card", "film"]),
        ("day", ["1970-01-02", "1970-01-01"]),
        ("run", ["run-2", "run-1"]),
    ],
)
def test_lines(by: CostBy | None, names: list[str]) -> None:
    side = summed(by)["runninghub, CNY"]
    assert [line.name for line in side.lines] == names
    for figure in ("purchases", "charged", "saved", "estimated", "untold"):
        whole = sum(getattr(line, figure) for line in side.lines)
        assert whole == (getattr(side.total, figure) if by else 0)


def test_every_way_to_ask_is_tried_here() -> None:
    assert set(COST_BY) == {"model", "pipeline", "day", "run"}


# -- audit ------------------------------------------------------------------------------------------------


def record(model: str, currency: str = "CNY", moments: dict[str, Moments] | None = None) -> ModelRecord:
    (found,) = [
        item
        for item in model_records(ENTRIES, moments or {})
        if (item.model, item.currency, item.realm) == (model, currency, "runninghub")
    ]
    return found


def test_a_model_by_its_purchases() -> None:
    picture = record(
        "some/picture",
        moments={
            "1": Moments(accepted=10.0, running=12.0, ended=20.0),
            "5": Moments(accepted=10.0),
            "6": Moments(accepted=10.0, running=11.0, ended=12.0),
        },
    )
    assert (picture.purchases, picture.compared) == (4, 1)
    assert [picture.estimated, picture.charged, picture.difference] == list(
        map(Decimal, ("1", "0.9", "-0.1"))
    )
    assert str(picture.percent) == "-10.0"
    assert (picture.untold, picture.untold_reserved) == (1, Decimal(2))
    assert picture.median_price == Decimal("0.9")
    assert (picture.median_queued_s, picture.median_running_s) == (1.5, 4.5)
    assert record("workflow/1").percent is None
    assert record("some/clip").percent == 20
    assert record("some/clip", "USD").compared == 0, "nobody compares yuan with dollars"


def test_models_stand_with_real_money_first_and_the_dearest_before() -> None:
    found = [(item.realm, item.model) for item in model_records(ENTRIES, {})]
    assert found[-1] == ("simulator", "some/picture")
    assert found[0] == ("runninghub", "some/clip")


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ([], 0),
        (["result_lost"], 1),
        (["uncollected", "result_lost"], 3),
        (["result_lost", "in_doubt", "uncollected"], 8),
    ],
)
def test_the_exit_code_of_an_audit(kinds: list[FindingKind], code: int) -> None:
    findings = [Finding(kind=kind, entry=ENTRIES[0], todo="do something") for kind in kinds]
    audit = Audit(findings=findings, working=0, purchases=1, models=())
    assert audit.exit_code == code
    assert audit.to_json["in_order"] is (code == 0)


def test_the_amount_of_a_finding() -> None:
    def told(one: Entry) -> str:
        return Finding(kind="uncollected", entry=one, todo="x").amount

    assert told(ENTRIES[0]) == "0.90 CNY"
    assert told(ENTRIES[3]) == "up to 1.00 CNY"
    assert told(entry("x", None, None)) == "an unknown amount"


def test_what_was_paid_before_is_a_median_of_what_was_finished() -> None:
    told = [entry(str(number), None, price) for number, price in enumerate(("0.1", "9", "0.3", "0.2"))]
    told += [entry("x", None, "50", outcome="failed"), entry("y", None, None), entry("z", None, "1", **PLAY)]
    paid = paid_before(told, "runninghub")
    assert set(paid) == {"some/picture"}
    assert (paid["some/picture"].median, paid["some/picture"].purchases) == (Money.parse("0.3"), 4)
    dollars = [*told, entry("d", None, "2 USD")]
    assert paid_before(dollars, "runninghub")["some/picture"].median == Money.parse("2 USD")
