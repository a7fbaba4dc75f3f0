"""The vendor's JSON in all the shapes it was seen in, and some it was not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.providers.runninghub.calls.account import Balance, Queue
from rhflow.providers.runninghub.wire import (
    EnvelopeWire,
    TaskWire,
    UploadedWire,
    UsageWire,
    job_body,
    read_object,
    read_outputs,
    read_status,
    read_task,
)

JOB = "2013508786110730241"


def task(text: str) -> TaskWire:
    body = read_object(text.encode())
    assert body is not None
    return read_task(body)


@pytest.mark.parametrize(
    ("text", "job"),
    [
        (f'{{"taskId": "{JOB}"}}', JOB),
        (f'{{"taskId": {JOB}}}', JOB),
        (f'{{"task_id": {JOB}}}', JOB),
        (f'{{"taskId": "", "task_id": "{JOB}"}}', JOB),
        (f'{{"code": 0, "data": {{"taskId": {JOB}, "taskStatus": "RUNNING"}}}}', JOB),
        (f'{{"taskId": " {JOB} "}}', JOB),
        (f'{{"taskId": {10**4000}}}', ""),
        ('{"taskId": 2013508786110730241.0}', ""),
        ('{"taskId": 2.0e18}', ""),
        ('{"taskId": 0}', ""),
        ('{"taskId": null}', ""),
        ('{"taskId": "null"}', ""),
        ('{"taskId": true}', ""),
        ('{"taskId": ["1"]}', ""),
        ('{"taskId": "../1"}', ""),
        ("{}", ""),
    ],
)
def test_ids_stay_exact(text: str, job: str) -> None:
    assert task(text).id == job


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('{"errorCode": "", "errorMessage": ""}', "", ""),
        ('{"errorCode": "1014", "errorMessage": "no"}', "1014", "no"),
        ('{"errorCode": 1014, "errorMessage": "no"}', "1014", "no"),
        ('{"errorCode": "", "code": 421, "msg": "TASK_QUEUE_MAXED"}', "421", "TASK_QUEUE_MAXED"),
        ('{"code": 0, "msg": "success"}', "", "success"),
        ('{"code": 200, "message": "success"}', "", "success"),
        ('{"code": 805, "message": "failed", "data": {"failedReason": {}}}', "805", "failed"),
        ('{"errorCode": null, "errorMessage": null}', "", ""),
        ('{"errorCode": "null"}', "", ""),
        ('{"errorCode": {"a": 1}, "code": "1000"}', "1000", ""),
    ],
)
def test_codes_stand_in_one_of_two_places(text: str, code: str, said: str) -> None:
    found = task(text)
    assert (found.code, found.said) == (code, said)


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ("null", []),
        ("[]", []),
        ('"nothing"', []),
        ('{"url": "u"}', []),
        ('[{"url": "u", "outputType": "png", "text": null, "nodeId": "9"}]', [("u", "png", None, "9")]),
        ('[{"url": "u", "nodeId": 9}]', [("u", None, None, "9")]),
        ('[{"outputUrl": "u"}]', [("u", None, None, None)]),
        ('[{"url": null, "text": "t"}]', [(None, None, "t", None)]),
        ('[{"content": "t"}, {"output": "o"}]', [(None, None, "t", None), (None, None, "o", None)]),
        ('[{"text": "", "output": "o"}]', [(None, None, "o", None)]),
        (
            '["https://u", 5, null, {"output": {"a": 1}}]',
            [("https://u", None, None, None), (None, None, None, None)],
        ),
    ],
)
def test_results(results: str, found: list[Any]) -> None:
    items = task(f'{{"results": {results}}}').results
    assert [(item.url, item.output_type, item.text, item.node_id) for item in items] == found


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ('"0.10"', "0.10"),
        ("0.10", "0.10"),
        ("7", "7"),
        ("null", None),
        ('""', None),
        ('"n/a"', None),
        ("NaN", None),
        ('"1e400"', "1e400"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("[]", None),
    ],
)
def test_amounts_stay_exact(text: str, amount: str | None) -> None:
    assert task(f'{{"usage": {{"consumeMoney": {text}}}}}').usage.money == amount


def test_a_usage_that_is_no_object_says_nothing() -> None:
    for text in ("null", "[]", '"free"', "5"):
        assert task(f'{{"usage": {text}}}').usage.money is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", ("", "", "")),
        ("null", ("", "", "")),
        ("[1]", ("", "", "")),
        ('"it broke"', ("it broke", "", "")),
        (
            '{"exception_message": "out of memory", "node_name": "KSampler"}',
            ("out of memory", "", "KSampler"),
        ),
        ('{"exception_type": "RuntimeError", "traceback": ["a"]}', ("", "RuntimeError", "")),
        ('{"node_id": 12}', ("", "", "12")),
        ('{"node_id": "12", "node_name": "KSampler"}', ("", "", "KSampler (12)")),
        (json.dumps('{"exception_message": "oom"}'), ("oom", "", "")),
    ],
)
def test_failed_reason(text: str, reason: tuple[str, str, str]) -> None:
    found = task(f'{{"failedReason": {text}}}').failed_reason
    assert (found.what, found.type, found.node) == reason
    assert found.is_empty is (reason == ("", "", ""))


@pytest.mark.parametrize(
    ("usage", "parts", "found"),
    [
        ({"consumeCoins": "7"}, [{"usage": {"consumeCoins": "1"}}], ("7", None)),
        (
            {},
            [{"usage": {"consumeCoins": "0.1", "taskCostTime": "3"}}, {"usage": {"consumeCoins": "0.2"}}, 5],
            ("0.3", "3"),
        ),
        ({"consumeCoins": None}, [{"usage": None}], (None, None)),
        (None, "nothing", (None, None)),
    ],
)
def test_a_task_of_parts_costs_what_they_do(usage: Any, parts: Any, found: tuple[str, str]) -> None:
    read = task(json.dumps({"usage": usage, "taskUsageList": parts})).used
    assert (read.coins, read.seconds) == found


@pytest.mark.parametrize(
    ("tips", "words"),
    [
        ("null", ""),
        ('""', ""),
        ('"no json"', ""),
        (json.dumps('{"result": true, "node_errors": {}}'), ""),
        (
            json.dumps('{"node_errors": {"6": {"errors": [{"message": "missing", "details": "clip"}]}}}'),
            "node 6: missing: clip",
        ),
        (
            json.dumps('{"node_errors": {"7": {"class_type": "VAE"}, "8": null}}'),
            "node 7: VAE; node 8: is wrong",
        ),
        (json.dumps('{"node_errors": []}'), ""),
    ],
)
def test_what_comfyui_finds_wrong(tips: str, words: str) -> None:
    assert task(f'{{"promptTips": {tips}}}').refused_nodes == words


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"5", b'"x"', b"<html>", b"{", b"\xff\xfe\x00", b"[" * 200_000, b'{"a":' * 200_000],
)
def test_what_is_no_object_is_none(body: bytes) -> None:
    assert read_object(body) is None


def test_a_byte_order_mark_is_forgiven() -> None:
    assert read_object(b'\xef\xbb\xbf{"a": 1}') == {"a": "1"}


NAMES = st.sampled_from(
    [
        "taskId",
        "task_id",
        "status",
        "taskStatus",
        "results",
        "usage",
        "failedReason",
        "errorCode",
        "code",
        "data",
        "msg",
        "message",
        "errorMessage",
        "url",
        "text",
        "nodeId",
        "consumeMoney",
        "fileName",
        "concurrentLimit",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, JSON, max_size=8))
def test_whatever_the_values_are_it_can_be_read(body: dict[str, Any]) -> None:
    text = read_object(json.dumps(body).encode())
    assert text is not None
    found = read_task(text)
    assert isinstance(found.id + found.code + found.said + found.status, str)
    for shape in (EnvelopeWire, UploadedWire, UsageWire, Balance, Queue):
        shape.model_validate(text)
    for read in (read_outputs, read_status):
        assert isinstance(read(text).refused_nodes + read(text).status, str)


def test_what_we_ask_with() -> None:
    assert job_body(JOB) == {"taskId": JOB}
