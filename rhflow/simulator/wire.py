"""What goes over the wire: the bare v2 object, the two envelopes (RunningHub API, sections 1, 2, 5 and 7)."""

from __future__ import annotations

import json

from starlette.responses import JSONResponse

from rhflow.ground.values import Json, JsonObject, plain
from rhflow.simulator.shelf import PREFIX
from rhflow.simulator.task import ENDED, Task


class Answer(JSONResponse):
    """JSON in ASCII: whatever text a client sent comes back, halves of surrogate pairs, too."""

    def render(self, content: Json) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


PROMPT_TIPS = json.dumps({"result": True, "error": None, "outputs_to_execute": [], "node_errors": {}})
_NO_USAGE: JsonObject = {
    "consumeMoney": None,
    "consumeCoins": None,
    "taskCostTime": None,
    "thirdPartyConsumeMoney": None,
}


def refusal(code: int, message: str, *, http: int = 200, tips: str | None = None) -> Answer:
    """A v2 answer that accepted nothing: empty `taskId`, `errorCode` as text; mostly with HTTP 200."""
    return Answer(refused(code, message, tips), http)


def refused(code: int, message: str, tips: str | None = None) -> JsonObject:
    """The object of a refusal."""
    return {
        "taskId": "",
        "status": "",
        "errorCode": str(code),
        "errorMessage": message,
        "results": None,
        "clientId": "",
        "promptTips": tips,
    }


def accepted(task: Task, now: float, base: str, tips: str = PROMPT_TIPS) -> Answer:
    """The answer to a v2 submit; with results where it has ended already."""
    status = task.status(now)
    failed = status == "FAILED"
    return Answer(
        {
            "taskId": task.id,
            "status": status,
            "errorCode": task.code if failed else "",
            "errorMessage": task.message if failed else "",
            "results": _results(task, base) if status == "SUCCESS" else None,
            "clientId": task.client_id,
            "promptTips": tips,
        }
    )


def report(task: Task, now: float, base: str) -> JsonObject:
    """The answer to a query; addresses of files begin with `base`."""
    status = task.status(now)
    failed = status == "FAILED"
    body: JsonObject = {
        "taskId": task.id,
        "status": status,
        "errorCode": task.code if failed else "",
        "errorMessage": task.message if failed else "",
        "failedReason": task.reason if failed else {},
        "usage": _NO_USAGE,
        "results": _results(task, base) if status == "SUCCESS" else None,
        "clientId": task.client_id,
        "promptTips": PROMPT_TIPS,
    }
    if status in ENDED:
        usage = _usage(task)
        part: JsonObject = {
            "taskId": task.id,
            "parentTaskId": None,
            "taskStatus": status,
            "usage": usage,
        }
        body |= {"usage": usage, "parentTaskId": None, "taskUsageList": [part]}
    return body


def outputs(task: Task, now: float, base: str, watch_url: str | None = None) -> JsonObject:
    """The answer to the v1 call for results: an envelope whose code tells how far the job is."""
    match task.status(now):
        case "QUEUED":
            return enveloped(None, 813, "APIKEY_TASK_IS_QUEUED")
        case "RUNNING":
            return enveloped({"netWssUrl": watch_url}, 804, "APIKEY_TASK_IS_RUNNING")
        case "SUCCESS":
            usage = _usage(task)
            return enveloped(
                [
                    {
                        "fileUrl": item["url"],
                        "fileType": item["outputType"],
                        "taskCostTime": usage["taskCostTime"],
                        "nodeId": item["nodeId"],
                        "consumeCoins": usage["consumeCoins"],
                        "consumeMoney": usage["consumeMoney"],
                        "thirdPartyConsumeMoney": usage["thirdPartyConsumeMoney"],
                        **({} if item["text"] is None else {"text": item["text"]}),
                    }
                    for item in _found(task, base)
                ]
            )
    cancelled: JsonObject = {"exception_message": "the task was cancelled"}
    reason = task.reason or (
        {"exception_message": f"{task.code}: {task.message}"} if task.code else cancelled
    )
    return enveloped({"failedReason": reason}, 805, "APIKEY_TASK_STATUS_ERROR")


def event_data(task: Task, now: float, base: str) -> str:
    """What a webhook tells of a job that has ended, JSON in a string: a v1 job speaks v1."""
    return json.dumps(outputs(task, now, base) if task.is_v1 else report(task, now, base))


def _results(task: Task, base: str) -> list[Json]:
    return [*_found(task, base)]


def _found(task: Task, base: str) -> list[JsonObject]:
    return [
        {
            "url": f"{base}{PREFIX}{item['name']}" if item["name"] else None,
            "outputType": item["type"],
            "text": item["text"],
            "nodeId": item.get("node"),
        }
        for item in task.results
    ]


def _usage(task: Task) -> JsonObject:
    """What it cost, by who pays: money by time on the vendor's machines or what a third party asked;
    coins for a consumer; nothing where the machine is rented.
    """
    if task.machine_s is not None:
        seconds = f"{task.machine_s:.0f}"
    else:
        seconds = f"{max(task.due_at - task.queued_until, 0):.0f}" if task.own_machine else "0"
    price = None if task.price is None else plain(task.price)
    if task.payer == "EXCLUSIVE":
        price = None
    coins = "0" if price is None else None
    return {
        "consumeMoney": price if task.own_machine else None,
        "consumeCoins": coins if task.coins is None else str(task.coins),
        "taskCostTime": seconds,
        "thirdPartyConsumeMoney": None if task.own_machine else price,
    }


def enveloped(data: Json, code: int = 0, text: str = "success") -> JsonObject:
    """The object of the v1 calls and of the v2 calls about queue and account."""
    return {"code": code, "msg": text, "data": data}


def envelope(data: Json, code: int = 0, text: str = "success", *, http: int = 200) -> Answer:
    """The same as an answer."""
    return Answer(enveloped(data, code, text), http)


_CHAT_STATUS = {
    802: 401,
    1002: 401,
    1014: 403,
    812: 402,
    421: 429,
    1003: 429,
    1001: 404,
    1009: 405,
    1007: 400,
}


def chat_refusal(code: int, message: str) -> Answer:
    """How the language models say no: OpenAI's form, with an HTTP status of its own."""
    status = _CHAT_STATUS.get(code, 500)
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return Answer({"error": {"message": message, "type": kind, "param": None, "code": str(code)}}, status)


def upload_envelope(data: Json, code: int = 0, text: str = "success", *, http: int = 200) -> Answer:
    """The form of the v2 upload, which says `message`."""
    body: JsonObject = {"code": code, "message": text}
    if data is not None:
        body["data"] = data
    return Answer(body, http)
