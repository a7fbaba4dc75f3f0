"""What goes over the wire: the bare v2 object, the two envelopes (RunningHub API, sections 1 and 2)."""

from __future__ import annotations

import json

from starlette.responses import JSONResponse

from rhflow.ground.values import Json, JsonObject, plain
from rhflow.simulator.shelf import PREFIX
from rhflow.simulator.tasks import Task

_PROMPT_TIPS = json.dumps({"result": True, "error": None, "outputs_to_execute": [], "node_errors": {}})
_NO_USAGE: JsonObject = {
    "consumeMoney": None,
    "consumeCoins": None,
    "taskCostTime": None,
    "thirdPartyConsumeMoney": None,
}


def refusal(code: int, message: str, *, http: int = 200) -> JSONResponse:
    """A v2 answer that accepted nothing: empty `taskId`, `errorCode` as text; mostly with HTTP 200."""
    return JSONResponse(
        {
            "taskId": "",
            "status": "",
            "errorCode": str(code),
            "errorMessage": message,
            "results": None,
            "clientId": "",
            "promptTips": None,
        },
        http,
    )


def accepted(task: Task, now: float) -> JSONResponse:
    """The answer to a submit."""
    return JSONResponse(
        {
            "taskId": task.id,
            "status": task.status(now),
            "errorCode": "",
            "errorMessage": "",
            "results": None,
            "clientId": task.client_id,
            "promptTips": _PROMPT_TIPS,
        }
    )


def report(task: Task, now: float, base: str) -> JSONResponse:
    """The answer to a query; addresses of files begin with `base`."""
    status = task.status(now)
    ended, failed = status in ("SUCCESS", "FAILED"), status == "FAILED"
    results: Json = [_result(item, base) for item in task.results] if status == "SUCCESS" else None
    return JSONResponse(
        {
            "taskId": task.id,
            "status": status,
            "errorCode": task.code if failed else "",
            "errorMessage": task.message if failed else "",
            "failedReason": {},
            "usage": _usage(task) if ended else _NO_USAGE,
            "results": results,
            "clientId": task.client_id,
            "promptTips": _PROMPT_TIPS,
        }
    )


def _result(item: JsonObject, base: str) -> JsonObject:
    url = f"{base}{PREFIX}{item['name']}" if item["name"] else None
    return {"url": url, "outputType": item["type"], "text": item["text"], "nodeId": None}


def _usage(task: Task) -> JsonObject:
    """What it cost: in money by time on the vendor's machines, else what a third party asked."""
    price = None if task.price is None else plain(task.price)
    seconds = f"{max(task.due_at - task.queued_until, 0):.0f}" if task.own_machine else "0"
    return {
        "consumeMoney": price if task.own_machine else None,
        "consumeCoins": "0" if price is None else None,
        "taskCostTime": seconds,
        "thirdPartyConsumeMoney": None if task.own_machine else price,
    }


def envelope(data: Json, code: int = 0, text: str = "success") -> JSONResponse:
    """The form of the v1 calls and of the v2 calls about queue and account."""
    return JSONResponse({"code": code, "msg": text, "data": data})


def upload_envelope(data: Json, code: int = 0, text: str = "success", *, http: int = 200) -> JSONResponse:
    """The form of the v2 upload, which says `message`."""
    body: JsonObject = {"code": code, "message": text}
    if data is not None:
        body["data"] = data
    return JSONResponse(body, http)
