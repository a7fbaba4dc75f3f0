"""What a no means: two tables, one of the vendor's codes and one of the ways HTTP can fail.

Only two things prove that nothing was bought: the request never left this machine, or the answer
carries a code (or, without one, an HTTP status) that is marked `not-accepted` in the published
error table. Everything else about a submit is a doubt.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Iterator

import httpx

from rhflow.catalog.errors import ErrorFact
from rhflow.lifecycle.failure import Charged, Failure, FailureKind
from rhflow.providers.runninghub.exchange import AnswerTooLong, NoAnswer

_K = FailureKind

KIND_OF_CODE: dict[str, FailureKind] = {
    **dict.fromkeys(("415", "421", "814", "1003", "1520", "http-429"), _K.THROTTLED),
    **dict.fromkeys(
        (
            "301",
            "380",
            "412",
            "433",
            "435",
            "803",
            "809",
            "810",
            "901",
            "1007",
            "1008",
            "1009",
            "1101",
        ),
        _K.REFUSED_INPUT,
    ),
    "http-413": _K.REFUSED_INPUT,
    **dict.fromkeys(("1001", "http-404"), _K.WITHDRAWN),
    **dict.fromkeys(("1501", "1505"), _K.REFUSED_CONTENT),
    **dict.fromkeys(("416", "812"), _K.NO_FUNDS),
    **dict.fromkeys(("436", "801", "802", "806", "811", "1002", "1014"), _K.UNAUTHORIZED),
    **dict.fromkeys(("http-401", "http-403"), _K.UNAUTHORIZED),
    **dict.fromkeys(("423", "807", "1004"), _K.GONE),
    **dict.fromkeys(("1", "500", "805", "808", "1000", "1005", "1006"), _K.VENDOR_ERROR),
    **dict.fromkeys(("1010", "1011", "1012", "1013", "1015"), _K.VENDOR_ERROR),
    **dict.fromkeys(("1502", "1503", "1504", "1506", "1507", "1516", "1517", "1519"), _K.VENDOR_ERROR),
    **dict.fromkeys(("http-408", "http-5xx"), _K.VENDOR_ERROR),
}
"""The published codes that are a no. A code newer than this table goes by its `verdict`, one the
error table does not know either is a vendor error (and, on a submit, a doubt)."""

WAIT_OF_CODE = {"415": 30.0}
"""Seconds to wait before the next try, where the vendor names a time (RunningHub API, concurrency)."""

ENDS_THE_TASK = frozenset({"805", "1501", "1505"})
"""What can only be said of a task that is over, even where an answer forgets its status."""

_OTHER_SITE = (
    "Keys of runninghub.cn and runninghub.ai are not interchangeable: check that RUNNINGHUB_API_KEY and "
    "RUNNINGHUB_BASE_URL belong to the same site. `rhflow doctor` asks both which of them takes the key."
)
_TOP_UP = "Top up the balance on the site, then resume the run: what is bought already is not bought again."
_LATER = "Nothing to mend: it is sent again when a place is free."
_NO_MEANING = "RunningHub publishes no meaning for this code; ask its support, naming the task."
_SEE_MODEL = "Compare the step's arguments with `rhflow models show MODEL`."
_TASK_AGE = (
    "Task records are kept for a while only; check that key and site are those the task was bought with."
)

HINT_OF_CODE: dict[str, str] = {
    **dict.fromkeys(("802", "1002", "806", "http-401", "http-403"), _OTHER_SITE),
    **dict.fromkeys(("416", "812"), _TOP_UP),
    **dict.fromkeys(("415", "421", "814", "1003", "1520", "http-429"), _LATER),
    **dict.fromkeys(("1502", "1503", "1506", "1507", "1516", "1517", "1519"), _NO_MEANING),
    **dict.fromkeys(("301", "1007"), _SEE_MODEL),
    **dict.fromkeys(("423", "807", "1004"), _TASK_AGE),
    "1": "The words it came with are all there is to go by.",
    "380": "Check the workflow id, and that it belongs to this account and site.",
    "412": "Check RUNNINGHUB_BASE_URL: it must lead to the API and not to a page of the site.",
    "433": "The graph itself is wrong; open the workflow on the site and run it there once.",
    "435": "Ask for a machine kind the account holds.",
    "436": "Renew the exclusive plan, or use an enterprise-shared key.",
    "500": "It passes mostly by itself; see the vendor's status page if it does not.",
    "801": "The API needs a paid membership; take one out on the site.",
    "803": "Check node ids, field names and value types against the workflow.",
    "805": "The task's own page on the site has the cause.",
    "808": "It is sent again a few times by itself; try a smaller file if it keeps failing.",
    "809": "Make the file smaller.",
    "810": "Save the workflow and run it once to the end on the site.",
    "811": "Copy the enterprise key again from the site's API page.",
    "901": "Check the app id, and that it belongs to this account and site.",
    "1000": "It may pass another time; if it does not, change the input.",
    "1001": "The endpoint may have been renamed or withdrawn: see `rhflow models`.",
    "1005": "It may pass another time.",
    "1006": "Ask for less: shorter, smaller or fewer.",
    "1008": "Make the input file smaller: `rhflow models show MODEL` has the limits.",
    "1009": "The endpoint does not take this method; it is no model, or was changed.",
    "1010": "The model is out of order for now; wait, or name another in the step's ladder.",
    "1011": "The model is overloaded; wait, or name another in the step's ladder.",
    "1012": "The model's own provider failed; wait, or name another in the step's ladder.",
    "1013": "Check that the input media open and their addresses can be reached from outside and still live.",
    "1014": (
        "The Standard Model API takes enterprise-shared keys only; a member's or an exclusive key will not "
        "do. Get one on the site's enterprise API page."
    ),
    "1015": "It may pass another time, or with another seed or prompt.",
    "1101": "Check node ids and field names against the workflow or app.",
    "1501": "The content check will say the same next time: change the prompt or the input media.",
    "1504": "It may pass another time, or with a shorter or smaller request.",
    "1505": "Real people, public figures and protected characters are refused: change the input media.",
    "http-404": "The endpoint may have been renamed or withdrawn, or RUNNINGHUB_BASE_URL leads elsewhere.",
    "http-408": "It passes mostly by itself.",
    "http-413": "The request is too large: give media as files and not as data addresses.",
    "http-5xx": "It passes mostly by itself.",
}

NEVER_SENT: frozenset[type[BaseException]] = frozenset(
    {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout}
)
"""Raised by the core transport before its first write. Compared by exact class: an allow-list."""


class Codes:
    """The published error table, asked for the meaning of a code."""

    def __init__(self, facts: Iterable[ErrorFact]) -> None:
        self._facts = {fact.code: fact for fact in facts}

    def knows(self, code: str) -> bool:
        return code in self._facts

    def proves_nothing_bought(self, code: str) -> bool:
        """Whether a submit answered with this code, and without a task id, was not accepted."""
        fact = self._facts.get(code)
        return fact is not None and fact.on_submit == "not-accepted"

    def kind(self, code: str) -> FailureKind:
        """What sort of no a code is."""
        if code in KIND_OF_CODE:
            return KIND_OF_CODE[code]
        verdict = self._facts[code].verdict if code in self._facts else ""
        return {"fix input": _K.REFUSED_INPUT, "fix account": _K.UNAUTHORIZED}.get(verdict, _K.VENDOR_ERROR)

    def repeatable(self, code: str) -> bool:
        """Whether the same request may pass another time; nothing says that an unknown code could not."""
        fact = self._facts.get(code)
        return fact is None or fact.verdict.startswith("retry")

    def failure(self, code: str, said: str = "", *, charged: Charged = "no") -> Failure:
        """The no behind a code; `said` is what the answer added in words."""
        fact = self._facts.get(code)
        name = fact.title if fact and fact.title != code else None
        where = f"HTTP {code.removeprefix('http-')}" if code.startswith("http-") else f"code {code}"
        message = f"RunningHub answered {where}{f' ({name})' if name else ''}"
        message += f": {fact.meaning}" if fact else ", which no published table explains."
        if said and said.casefold() not in (str(name).casefold(), code):
            message += f' It said: "{said}"'
        hint, wait_s = HINT_OF_CODE.get(code), WAIT_OF_CODE.get(code)
        return Failure(self.kind(code), message, code, hint, charged, self.repeatable(code), wait_s)

    def code_of_status(self, status: int) -> str:
        """The table's row for an HTTP status: `http-401`, `http-5xx`; without a row `http-418`."""
        return "http-5xx" if 500 <= status <= 599 else f"http-{status}"


def never_sent(outcome: NoAnswer) -> bool:
    """The proof that not one byte of a submit left.

    Either it never reached the HTTP library, or, with nobody in between, the library could not
    connect; a cancelled one counts where the library had not begun to write.
    """
    if not outcome.entered:
        return True
    if outcome.proxied or outcome.handed_over:
        return False
    return type(outcome.error) in NEVER_SENT or isinstance(outcome.error, asyncio.CancelledError)


def not_sent(outcome: NoAnswer) -> Failure:
    """The failure of a submit that never left."""
    if isinstance(outcome.error, asyncio.CancelledError):
        return Failure(_K.NOT_SENT, "It was stopped before the request left.", "cancelled", repeatable=True)
    if outcome.entered:
        return unreachable(outcome)
    cause = type(outcome.error).__name__
    return Failure(_K.NOT_SENT, f"The request could not be made ({cause}); nothing left.", "request")


def in_doubt(outcome: NoAnswer) -> Failure:
    """The failure of a submit that left, or may have, and got no answer."""
    through = " through a proxy" if outcome.proxied else ""
    return Failure(
        _K.IN_DOUBT,
        f"The request went to {outcome.host}{through} and no answer came back: {_cause(outcome)}. "
        "It may have been bought.",
        "no-answer",
        "Look on the site whether the task is there, then settle it. What was sent may still arrive: believe "
        "that it is not there only after some minutes.",
        "unknown",
    )


def unreachable(outcome: NoAnswer) -> Failure:
    """The failure of a free call that got no answer: NOT_SENT "network" where nobody was reached."""
    error = outcome.error
    if type(error) in NEVER_SENT or isinstance(error, httpx.ProxyError):
        by = "the proxy to " if outcome.proxied else ""
        return Failure(
            _K.NOT_SENT,
            f"{by}{outcome.host} cannot be reached: {_cause(outcome)}.",
            "network",
            _network_hint(error, proxied=outcome.proxied),
            repeatable=True,
        )
    return Failure(
        _K.VENDOR_ERROR,
        f"{outcome.host} gave no whole answer: {_cause(outcome)}.",
        "no-answer",
        repeatable=True,
    )


_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (httpx.ConnectTimeout, "nobody picked up in time"),
    (httpx.PoolTimeout, "no connection became free"),
    (httpx.ReadTimeout, "it kept silent for too long"),
    (httpx.WriteTimeout, "it did not take the request in time"),
    (TimeoutError, "the answer did not end in time"),
    (AnswerTooLong, "the answer did not end"),
    (httpx.DecodingError, "the answer cannot be unpacked"),
    (httpx.RemoteProtocolError, "the connection was closed before the answer was whole, or it is no HTTP"),
    (httpx.TooManyRedirects, "it redirects in a circle"),
    (httpx.ProxyError, "the proxy refused"),
    (httpx.UnsupportedProtocol, "its address is neither http nor https"),
    (httpx.InvalidURL, "its address cannot be read"),
    (httpx.NetworkError, "the connection broke"),
    (asyncio.CancelledError, "the run was stopped while it waited"),
    (OSError, "the connection broke"),
)


def _cause(outcome: NoAnswer) -> str:
    """Why, in words; from classes and system errors, never from a text that could hold a header."""
    error = outcome.error
    for inner in _chain(error):
        if isinstance(inner, socket.gaierror):
            return "its name is not known"
        if isinstance(inner, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({inner.verify_message})"
        if isinstance(inner, ssl.SSLError):
            return f"no secure connection could be made ({_tls_reason(inner)})"
        if isinstance(inner, ConnectionRefusedError):
            return "nothing listens at that address (connection refused)"
        if isinstance(inner, OSError) and isinstance(error, httpx.ConnectError) and inner.strerror:
            return inner.strerror.lower()
    sentence = next((words for kind, words in _SENTENCES if isinstance(error, kind)), "the exchange failed")
    return f"{sentence} ({type(error).__name__})"


def _tls_reason(error: ssl.SSLError) -> str:
    return (getattr(error, "reason", None) or "TLS").replace("_", " ").lower()


def _network_hint(error: BaseException, *, proxied: bool) -> str:
    if proxied:
        return "Check the proxy named in HTTPS_PROXY, or list the host in NO_PROXY."
    if any(isinstance(inner, ssl.SSLError) for inner in _chain(error)):
        return "Check this machine's clock, and whether something on the way opens encrypted connections."
    return "Check the network, and RUNNINGHUB_BASE_URL."


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what it came from, groups opened."""
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop(0)
        if id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        if isinstance(item, BaseExceptionGroup):
            waiting.extend(item.exceptions)
        waiting.extend(cause for cause in (item.__cause__, item.__context__) if cause is not None)
