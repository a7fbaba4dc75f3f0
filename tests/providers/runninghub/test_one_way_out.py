"""One way out: money leaves at `submitting._send`, over `client.submit`, and nowhere else.

Read out of the source, so that a second way cannot come in by accident. That each purchase is promised on the
disk before it leaves is shown by a run (tests/runs/test_spending.py).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rhflow.catalog_files import load_catalog
from rhflow.providers.runninghub import spelling

HOUSE = Path(__file__).parent.parent.parent.parent / "rhflow"
SENDING = frozenset({"build_request", "stream", "post", "put", "patch", "request"})
"""Verbs of the HTTP library that send, or make what is sent."""
API = "/openapi/v2/"


@dataclass(frozen=True)
class Called:
    """One call in the source: `provider.submit(…)` inside `_send` of `runner/submitting.py`."""

    where: str
    inside: str
    receiver: str
    name: str
    node: ast.Call


def calls_in(text: str, where: str) -> Iterator[Called]:
    def walk(node: ast.AST, inside: str) -> Iterator[Called]:
        for child in ast.iter_child_nodes(node):
            name = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else inside
            if isinstance(child, ast.Call):
                func = child.func
                if isinstance(func, ast.Attribute):
                    yield Called(where, name, ast.unparse(func.value), func.attr, child)
                elif isinstance(func, ast.Name):
                    yield Called(where, name, "", func.id, child)
            yield from walk(child, name)

    yield from walk(ast.parse(text), "")


@pytest.fixture(scope="module")
def house() -> list[Called]:
    """Every call in rhflow. The simulator is the other side."""
    found: list[Called] = []
    for path in sorted(HOUSE.rglob("*.py")):
        where = path.relative_to(HOUSE).as_posix()
        if not where.startswith("simulator/"):
            found += calls_in(path.read_text("utf-8"), where)
    return found


def test_only_one_place_submits(house: list[Called]) -> None:
    submits = {
        (call.where, call.inside, call.receiver)
        for call in house
        if call.name == "submit" and call.receiver and not call.receiver.endswith("reader")
    }
    assert submits == {
        ("runner/submitting.py", "_send", "provider"),
        ("providers/runninghub/provider.py", "submit", "self._client"),
    }


def test_what_is_sent_was_priced_reserved_and_promised_in_that_order(house: list[Called]) -> None:
    senders = [call for call in house if call.name == "_send" and call.where == "runner/submitting.py"]
    assert [call.inside for call in senders] == ["_buy"]
    buy = [call for call in house if (call.where, call.inside) == ("runner/submitting.py", "_buy")]
    lines = {call.name: call.node.lineno for call in buy}
    order = ["make_offer", "_reserve", "_staged", "mismatch", "SubmitIntended", "_send"]
    assert [lines[name] for name in order] == sorted(lines[name] for name in order)
    promise = [call.node for call in buy if call.name == "append" and "intention" in ast.unparse(call.node)]
    assert ["within" in {word.arg for word in node.keywords} for node in promise] == [True]
    assert lines["SubmitIntended"] < promise[0].lineno < lines["_send"]


def test_only_the_client_and_the_transfers_speak_http(house: list[Called]) -> None:
    senders = {
        call.where
        for call in house
        if call.where.startswith("providers/runninghub/")
        and call.name in SENDING
        and "http" in call.receiver.lower()
    }
    assert senders <= {f"providers/runninghub/{name}.py" for name in ("client", "transfers", "downloads")}
    assert "providers/runninghub/client.py" in senders


def test_free_calls_lead_to_no_purchase(house: list[Called]) -> None:
    """What is asked freely, and asked again, has a path at which nothing can be bought."""
    bought = {f"{API}{model.endpoint}" for model in load_catalog().models if model.endpoint}
    bought |= {spelling._CREATE, spelling._APP_RUN, spelling._QUICK_RUN}
    free = [call for call in house if call.name == "Call" and "/calls/" in call.where]
    assert len(free) > 10
    for call in free:
        path = call.node.args[0]
        beginning = path.values[0] if isinstance(path, ast.JoinedStr) else path
        assert isinstance(beginning, ast.Constant), f"{call.where}: whose path is {ast.unparse(path)}?"
        assert beginning.value not in bought
        assert not str(beginning.value).startswith(f"{API}run/")
        assert beginning.value != API, f"{call.where}: a path that could be that of any model"
    askers = {
        (call.where, call.inside) for call in house if call.name == "call" and "client" in call.receiver
    }
    assert askers == {
        ("providers/runninghub/calls/call.py", "send"),
        ("providers/runninghub/provider.py", "price_preview"),
    }


def test_a_second_way_would_be_found() -> None:
    (call,) = calls_in("async def again(self):\n    await self.provider.submit(staged, attempt)\n", "x.py")
    assert (call.name, call.receiver, call.inside) == ("submit", "self.provider", "again")
