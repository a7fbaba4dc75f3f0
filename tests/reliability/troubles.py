"""What can go wrong over there, each a row of `docs/reliability.md`: the simulator is told to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.cli.front import STILL
from tests.reliability.arrangements import (
    DAY_S,
    Arrangement,
    a_webhook_lies,
    answers_come,
    byte_by_byte,
    ctrl_c_after_a_while,
    huge,
    id_moved_to,
    our_clock_jumps,
    the_network_goes,
)

EDIT = """\
rhflow: 1
name: still
inputs:
  photo: {type: image, default: photo.png}
steps:
  still:
    uses: seedream-v4/image-to-image
    with: {prompt: a heron in the reeds, imageUrls: ["${{ inputs.photo }}"]}
outputs:
  still: ${{ steps.still.image }}
"""
"""A picture that has to be brought there first."""
TWO = STILL.replace("reeds}", "reeds, sequentialImageGeneration: auto, maxImages: 2}").replace(
    "still.image", "still.images"
)
"""One purchase, two results."""


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
    looks_after_s: float = 0
    """How long a person waits before looking at the call records: what is in the air may still arrive."""
    arrange: Arrangement | None = None
    """What else is done, or happens meanwhile."""
    text: str = STILL
    """The pipeline; its one step is `still`."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


_COUNTS_QUERIES = {"on": "query", "nth": 1_000_000_000, "stall": 1}
"""A fault that never plays, and counts."""


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


def _upload(what: str, **fault: Any) -> Trouble:
    return Trouble("upload", what, ({"on": "upload", **fault},), text=EDIT)


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
    Trouble(
        "submit",
        "the answer comes later than anybody waits, and so does the acceptance",
        ({"on": "submit", "times": 1, "stall": 1.2},),
        looks_after_s=1.3,
    ),
    Trouble("submit", "the answer comes byte by byte", (), arrange=answers_come(byte_by_byte(0.4))),
    Trouble(
        "submit",
        "the answer comes byte by byte and does not end in time",
        (),
        arrange=answers_come(byte_by_byte(30)),
    ),
    Trouble("submit", "the answer is 10 MB long", (), arrange=answers_come(huge(10))),
    Trouble("submit", "the answer is 40 MB long", (), arrange=answers_come(huge(40))),
    Trouble(
        "submit",
        "the task id stands in `data`, as the older calls have it",
        (),
        arrange=answers_come(id_moved_to("data", "taskId")),
    ),
    Trouble(
        "submit",
        "the task id stands where nobody looks for it",
        (),
        arrange=answers_come(id_moved_to("result", "job", "id")),
    ),
)

STAGINGS = (
    _upload("the line is cut, twice", do="drop_before", times=2),
    _upload("HTTP 500, twice", answer={"status": 500, "body": "oops"}, times=2),
    _upload("an answer that breaks off", do={"truncate": 12}, times=1),
    _upload("taken, and no address is told", answer={"body": {"code": 0, "data": {}}}, times=1),
    _upload("nobody takes it, until somebody mends it", do="drop_before"),
    _upload("the file is too large for them: 809", code=809),
    Trouble(
        "upload",
        "it dies over there before anything was bought with it",
        ({"on": "submit", "times": 1, "answer": {"status": 401, "body": ""}},),
        hours=25,
        text=EDIT,
    ),
    Trouble(
        "upload",
        "its address is dead from the first, by error 1013 of the job",
        ({"on": "run", "times": 1, "fail": {"code": 1013, "message": "input expired"}},),
        text=EDIT,
    ),
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
    Trouble(
        "query",
        'status FAILED with code 0 and "success", and it stays so',
        ({"on": "query", "answer": {"body": _task("FAILED", "0", "success")}},),
        also_later=True,
    ),
    _once("query", "status FAILED and not a word more", answer={"body": _task("FAILED")}),
    _once("query", "status CANCEL", answer={"body": _task("CANCEL")}),
    _once("query", "SUCCESS with an empty list of results", answer={"body": _task("SUCCESS", results=[])}),
    Trouble(
        "query",
        "SUCCESS with an empty list of results, and it stays so",
        ({"on": "query", "answer": {"body": _task("SUCCESS", results=[])}},),
        also_later=True,
    ),
    _once("query", "1004: there is no such task, once", code=1004),
    Trouble(
        "query",
        "1004: there is no such task, and it stays so",
        ({"on": "query", "code": 1004},),
        also_later=True,
    ),
    Trouble(
        "query",
        "a webhook says that it has failed, and it has not",
        ({"on": "run", "stall": 0.3},),
        arrange=a_webhook_lies("FAILED", "CANCEL"),
    ),
    Trouble(
        "query",
        "a webhook says that it is done, and it is not",
        ({"on": "run", "stall": 0.3},),
        arrange=a_webhook_lies("SUCCESS", "another job"),
    ),
    Trouble(
        "query",
        "our clock is set back by a day",
        ({"on": "run", "stall": 0.3}, _COUNTS_QUERIES),
        arrange=our_clock_jumps(-DAY_S),
    ),
    Trouble(
        "query",
        "our clock is set forward by a day",
        ({"on": "run", "stall": 0.3}, _COUNTS_QUERIES),
        arrange=our_clock_jumps(DAY_S),
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

_DROPS = ({"on": "download", "do": "drop_before"},)

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
        _DROPS,
        arrange=the_network_goes,
    ),
    Trouble(
        "download",
        "no network while it lies there, for 25 hours",
        _DROPS,
        hours=25,
        arrange=the_network_goes,
    ),
    Trouble(
        "download",
        "only downloads fail, for hours, until somebody presses Ctrl-C and mends it",
        _DROPS,
        arrange=ctrl_c_after_a_while,
    ),
    Trouble(
        "download",
        "one of two results breaks off, once",
        ({"on": "download", "nth": 2, "do": {"truncate": 200}},),
        text=TWO,
    ),
    Trouble(
        "download",
        "one of two results is not what it was, once",
        ({"on": "download", "nth": 1, "do": {"corrupt": True}},),
        text=TWO,
    ),
    Trouble(
        "download",
        "one of two results is dead, and stays so for a while",
        (
            {"on": "download", "nth": 1, "do": {"expire": True}},
            {"on": "download", "nth": 3, "do": {"expire": True}},
        ),
        text=TWO,
    ),
    Trouble(
        "download",
        "the link is dead, and so is every new one",
        ({"on": "download", "do": {"expire": True}},),
        also_later=True,
    ),
)

TROUBLES = (*STAGINGS, *SUBMITS, *QUERIES, *JOBS, *DOWNLOADS)
