"""What can go wrong over there, each a row of `docs/reliability.md`: the simulator is told to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong. `faults` is what the simulator is told (`docs/simulator.md`)."""

    where: str
    what: str
    faults: tuple[dict[str, Any], ...]
    hours: float = 0
    """How long the far side is left alone between the first run and what follows; its links live a day."""
    also_later: bool = False
    """The trouble does not pass: it is there at the resume, too."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def _answers(on: str, body: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    return {"on": on, "answer": {"status": status, "body": body}, **more}


def _task(status: str, code: str = "", message: str = "", results: Any = None, **more: Any) -> dict[str, Any]:
    """An answer to a query in the words of the wire."""
    return {
        "taskId": "2013508786110730241",
        "status": status,
        "errorCode": code,
        "errorMessage": message,
        "results": results,
        **more,
    }


def _submit(what: str, **fault: Any) -> Trouble:
    return Trouble("submit", what, ({"on": "submit", "times": 1, **fault},))


def _once(on: str, what: str, *, times: int = 1, **fault: Any) -> Trouble:
    return Trouble(on, what, ({"on": on, "times": times, **fault},))


SUBMITS = (
    _submit("the line is cut before the request was read", do="drop_before"),
    _submit("accepted, and the line is cut before the answer", do="drop_after"),
    _submit("accepted, and the answer breaks off within its headers' promise", do={"truncate": 12}),
    _submit("HTTP 500, not accepted", answer={"status": 500, "body": "oops"}),
    _submit("HTTP 500, accepted all the same", answer={"status": 500, "body": "oops"}, after=True),
    _submit("HTTP 502 from a gateway", answer={"status": 502, "body": "<html>bad gateway</html>"}),
    _submit("HTTP 503", answer={"status": 503, "body": ""}),
    _submit("HTTP 503, accepted all the same", answer={"status": 503, "body": ""}, after=True),
    _submit("HTTP 504 after acceptance", answer={"status": 504, "body": ""}, after=True),
    _submit("HTTP 429", answer={"status": 429, "body": ""}),
    _submit("HTTP 401", answer={"status": 401, "body": ""}),
    _submit("HTTP 307 to another place", answer={"status": 307, "body": "", "headers": {"location": "/x"}}),
    _submit("accepted, and the answer is no JSON", answer={"body": '{"taskId": "20135'}, after=True),
    _submit("an empty answer with status 200", answer={"body": ""}),
    _submit("a web page with status 200", answer={"body": "<html>maintenance</html>"}),
    _submit(
        'status FAILED, message "success", no task id',
        answer={"body": _task("FAILED", "", "success") | {"taskId": ""}},
    ),
    _submit('code 0 "success", no task id', answer={"body": {"code": 0, "msg": "success", "data": None}}),
    _submit("a task id together with error 1000", code=1000, over=True),
    _submit("a task id together with error 1007", code=1007, over=True),
    _submit("421: the key's places are taken", code=421),
    _submit("415: no machine is free", code=415),
    _submit("1003: too many requests", code=1003),
    _submit("1000: unknown error, whatever that means", code=1000),
    _submit("1010: may have been accepted", code=1010),
    _submit("1007: the input is refused", code=1007),
    _submit("1501: the content is refused", code=1501),
    _submit("1014: the wrong kind of key", code=1014),
    _submit("812: the wallet is empty", code=812),
    _submit("the answer comes later than anybody waits, accepted", do={"stall": 3}, after=True),
    _submit("the answer comes later than anybody waits, not accepted before", do={"stall": 3}),
)

QUERIES = (
    _once("query", "the line is cut, three times", do="drop_before", times=3),
    _once("query", "HTTP 500, three times", answer={"status": 500, "body": "oops"}, times=3),
    _once("query", "HTTP 429, three times", answer={"status": 429, "body": ""}, times=3),
    _once("query", "an answer that breaks off", do={"truncate": 20}, times=2),
    _once("query", "an answer that does not come", do={"stall": 3}, times=2),
    _once("query", "no JSON", answer={"body": "<html>"}, times=3),
    _once("query", "1003 in place of a state", code=1003, times=3),
    _once(
        "query", "804: it is still running", answer={"body": {"code": 804, "msg": "x", "data": None}}, times=3
    ),
    _once(
        "query", "813: it is still queued", answer={"body": {"code": 813, "msg": "x", "data": None}}, times=3
    ),
    _once("query", "status CREATE", answer={"body": _task("CREATE")}, times=3),
    _once("query", "a status nobody knows", answer={"body": _task("PONDERING")}, times=3),
    _once(
        "query", 'status FAILED with code 0 and "success"', answer={"body": _task("FAILED", "0", "success")}
    ),
    _once("query", "status CANCEL", answer={"body": _task("CANCEL")}),
    _once("query", "SUCCESS with an empty list of results", answer={"body": _task("SUCCESS", results=[])}),
    _once("query", "1004: there is no such task, once", code=1004),
    Trouble(
        "query",
        "1004: there is no such task, and it stays so",
        ({"on": "query", "code": 1004},),
        also_later=True,
    ),
    Trouble("query", "no answer at all, until somebody mends it", ({"on": "query", "do": "drop_before"},)),
)

JOBS = (
    _once("run", "the vendor's model fails: 1000", fail={"code": 1000, "message": "unknown error"}),
    _once("run", "the vendor's model fails: 1015", fail={"code": 1015}),
    _once("run", "the result is rejected: 1501", fail={"code": 1501, "message": "content"}),
    _once("run", "the input is rejected: 1505", fail={"code": 1505, "message": "face"}),
    _once("run", "it ends well and gives nothing", empty=True),
)

DOWNLOADS = (
    _once("download", "the line is cut in the middle", do={"truncate": 200}),
    _once("download", "the bytes are not what they were", do={"corrupt": True}),
    Trouble(
        "download",
        "the bytes are never what they were",
        ({"on": "download", "do": {"corrupt": True}},),
        also_later=True,
    ),
    _once("download", "HTTP 500, twice", answer={"status": 500, "body": ""}, times=2),
    _once("download", "a web page in place of the file", answer={"body": "<html>sign in</html>"}),
    _once("download", "the link is dead, and the record names a new one", do={"expire": True}),
    _once("download", "HTTP 403, once", do={"expire": 403}),
    _once("download", "it does not come to an end", do={"stall": 3}),
    Trouble(
        "download",
        "no network while it lies there, mended within the day",
        ({"on": "download", "do": "drop_before"},),
    ),
    Trouble(
        "download",
        "no network while it lies there, for 25 hours",
        ({"on": "download", "do": "drop_before"},),
        hours=25,
    ),
    Trouble(
        "download",
        "the link is dead, and so is every new one",
        ({"on": "download", "do": {"expire": True}},),
        also_later=True,
    ),
)

TROUBLES = (*SUBMITS, *QUERIES, *JOBS, *DOWNLOADS)
