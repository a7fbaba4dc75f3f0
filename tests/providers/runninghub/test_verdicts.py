"""Every published code has a verdict, and only proof counts as proof."""

from __future__ import annotations

import asyncio
import ssl

import h11
import httpx
import pytest

from rhflow.catalog.errors import ErrorFact
from rhflow.catalog_files import load_errors
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Accepted, Lost, PollFailed, Refused
from rhflow.providers.runninghub.exchange import Answer, NoAnswer, whole_answer
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.secret import Secret
from rhflow.providers.runninghub.site import read_site
from rhflow.providers.runninghub.verdicts import (
    HINT_OF_CODE,
    KIND_OF_CODE,
    Codes,
    in_doubt,
    never_sent,
    not_sent,
    unreachable,
)
from tests.providers.runninghub.test_submits import JOB, KEY

FACTS = load_errors()
CODES = Codes(FACTS)
READER = Reader(CODES, read_site("https://www.runninghub.cn"), Secret(KEY))
NOT_A_NO = {"0", "200", "804", "813"}
"""Success, and "still going": v1's way of answering a poll."""
NOS = [fact for fact in FACTS if fact.code not in NOT_A_NO]
THROTTLES = {"415", "421", "814", "1003", "1520", "http-429"}


def by_code(fact: ErrorFact) -> str:
    return fact.code


@pytest.mark.parametrize("fact", NOS, ids=by_code)
def test_every_code_has_a_kind_a_sentence_and_a_hint(fact: ErrorFact) -> None:
    failure = CODES.failure(fact.code, "some words")
    assert failure.kind is KIND_OF_CODE[fact.code]
    assert fact.meaning in failure.message
    assert "some words" in failure.message
    assert failure.hint == HINT_OF_CODE[fact.code]
    assert failure.hint.endswith(".")
    assert failure.code == fact.code
    assert failure.repeatable is fact.verdict.startswith("retry")
    assert (failure.kind is FailureKind.THROTTLED) is (fact.code in THROTTLES)
    if fact.code in THROTTLES:
        assert fact.on_submit == "not-accepted"


def test_the_tables_speak_of_published_codes_only() -> None:
    assert set(KIND_OF_CODE) == {fact.code for fact in NOS}
    assert set(HINT_OF_CODE) == set(KIND_OF_CODE)
    assert {"fix account"} == {
        fact.verdict
        for fact in NOS
        if KIND_OF_CODE[fact.code] in (FailureKind.NO_FUNDS, FailureKind.UNAUTHORIZED)
    }


@pytest.mark.parametrize("fact", FACTS, ids=by_code)
def test_what_a_submit_answered_with_it_is(fact: ErrorFact) -> None:
    if fact.code.startswith("http-"):
        answer = Answer(int(fact.code[5:].replace("xx", "03")), b"")
    else:
        answer = Answer(200, f'{{"taskId":"","errorCode":"{fact.code}","errorMessage":"no"}}'.encode())
    said = READER.submit(answer)
    assert isinstance(said, Refused) is (fact.on_submit == "not-accepted")
    assert isinstance(said, Refused | Lost)
    with_id = READER.submit(Answer(answer.status, f'{{"taskId":"{JOB}","errorCode":"{fact.code}"}}'.encode()))
    assert with_id == Accepted(JOB)


def test_a_code_newer_than_our_table_goes_by_its_verdict() -> None:
    new = Codes(
        [
            ErrorFact("2001", None, "new", "It is new.", "fix input", "v2", "not-accepted"),
            ErrorFact("2002", None, None, "It is new.", "fix account", "v2", "not-accepted"),
            ErrorFact("2003", None, None, "It is new.", "retry now", "v2", "unclear"),
        ]
    )
    assert [new.kind(code) for code in ("2001", "2002", "2003", "2004")] == [
        FailureKind.REFUSED_INPUT,
        FailureKind.UNAUTHORIZED,
        FailureKind.VENDOR_ERROR,
        FailureKind.VENDOR_ERROR,
    ]
    assert [new.repeatable(code) for code in ("2001", "2002", "2003", "2004")] == [False, False, True, True]
    assert not new.proves_nothing_bought("2004")
    assert new.failure("2001").message == "RunningHub answered code 2001 (new): It is new."
    assert "no published table explains" in new.failure("2004").message


class LooksLikeConnectError(httpx.ConnectError):
    """By exact class or not at all."""


ERRORS = [
    (httpx.ConnectError("x"), True),
    (httpx.ConnectTimeout("x"), True),
    (httpx.PoolTimeout("x"), True),
    (LooksLikeConnectError("x"), False),
    (httpx.ReadError("x"), False),
    (httpx.WriteError("x"), False),
    (httpx.ReadTimeout("x"), False),
    (httpx.WriteTimeout("x"), False),
    (httpx.RemoteProtocolError("x"), False),
    (httpx.LocalProtocolError("x"), False),
    (httpx.DecodingError("x"), False),
    (httpx.ProxyError("x"), False),
    (httpx.UnsupportedProtocol("x"), False),
    (h11.LocalProtocolError("x"), False),
    (OSError("x"), False),
    (TimeoutError(), False),
    (RuntimeError("x"), False),
    (asyncio.CancelledError(), True),
]


@pytest.mark.parametrize(("error", "proof"), ERRORS, ids=lambda value: type(value).__name__)
def test_what_proves_that_nothing_left(error: BaseException, proof: bool) -> None:
    clean = NoAnswer(error, "host", handed_over=False)
    assert never_sent(clean) is proof
    assert not never_sent(NoAnswer(error, "host", handed_over=True))
    assert not never_sent(NoAnswer(error, "host", handed_over=False, proxied=True))
    assert never_sent(NoAnswer(error, "host", entered=False, handed_over=False, proxied=True))
    assert isinstance(READER.submit(clean), Refused if proof else Lost)
    for failure in (in_doubt(clean), unreachable(clean), not_sent(clean)):
        assert failure.message.rstrip().endswith(".")
        assert "host" in failure.message or failure.code in ("cancelled", "request")
    assert in_doubt(clean).charged == "unknown"


def chained(*errors: BaseException) -> httpx.ConnectError:
    outer = httpx.ConnectError("All connection attempts failed")
    inner: BaseException = outer
    for error in errors:
        inner.__cause__ = error
        inner = error
    return outer


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (chained(ConnectionRefusedError(111, "Connection refused")), "nothing listens"),
        (chained(OSError("a"), ExceptionGroup("b", [ConnectionRefusedError(111, "c")])), "nothing listens"),
        (chained(OSError(101, "Network is unreachable")), "network is unreachable"),
        (chained(ssl.SSLError(1, "WRONG_VERSION_NUMBER")), "no secure connection"),
        (httpx.ConnectTimeout("x"), "nobody picked up in time"),
        (chained(), "ConnectError"),
    ],
)
def test_an_unreachable_host_is_told_with_its_cause(error: BaseException, words: str) -> None:
    failure = unreachable(NoAnswer(error, "www.runninghub.cn"))
    assert (failure.kind, failure.code, failure.repeatable) == (FailureKind.NOT_SENT, "network", True)
    assert failure.message.startswith("www.runninghub.cn cannot be reached: ")
    assert words in failure.message
    assert failure.hint


def test_a_proxy_is_named_as_the_culprit() -> None:
    failure = unreachable(NoAnswer(httpx.ProxyError("407"), "www.runninghub.cn", proxied=True))
    assert failure.code == "network"
    assert "the proxy to www.runninghub.cn" in failure.message
    assert "NO_PROXY" in str(failure.hint)


@pytest.mark.parametrize(
    ("status", "header", "wait_s"),
    [
        (429, "7", 7.0),
        (429, "0", None),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", None),
        (429, "99999999999", None),
        (429, "", None),
        (401, "7", None),
    ],
)
def test_back_pressure_may_name_its_time(status: int, header: str, wait_s: float | None) -> None:
    answer = whole_answer(status, {"retry-after": header}, b"")
    said = READER.submit(answer)
    assert isinstance(said, Refused)
    assert said.failure.wait_s == wait_s
    with pytest.raises(PollFailed) as caught:
        READER.report(answer)
    assert caught.value.failure.wait_s == wait_s
