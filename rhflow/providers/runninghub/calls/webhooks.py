"""Webhooks: what was sent for a task, how to have it sent again, and how to read one that came.

A notice carries no signature: it is a hint to look, never news by itself (RunningHub API, webhooks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rhflow.ports import JobReport
from rhflow.providers.runninghub.calls.call import Call, in_envelope, mapping, text
from rhflow.providers.runninghub.exchange import Answer
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.wire import NoticeWire, job_body, read_object, read_outputs


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook that came: which event, and of which task."""

    event: str
    job: str


@dataclass(frozen=True, slots=True)
class WebhookDetail:
    """What the site knows of the notice of one task; `data` is the report it carried, as JSON text."""

    id: str
    job: str
    address: str
    event: str
    data: str
    is_delivered: bool
    answer: str
    tries: int
    created: str
    updated: str


def detail(job: str) -> Call[WebhookDetail]:
    """The notice of a task (RunningHub API, getWebhookDetail); code 1 where the task had none."""
    return Call("/task/openapi/getWebhookDetail", in_envelope(_detail), job_body(job), key="apiKey")


def retry(webhook: str, address: str) -> Call[None]:
    """Have a notice sent again, to an address that may be a new one (RunningHub API, retryWebhook)."""
    body = {"webhookId": webhook, "webhookUrl": address}
    return Call("/task/openapi/retryWebhook", in_envelope(lambda _: None), {**body}, key="apiKey")


def read_notice(body: bytes) -> Notice | None:
    """A notice out of the body that came; None where it is none."""
    told = read_object(body)
    found = NoticeWire.model_validate(told) if told is not None else None
    return Notice(found.event, found.job) if found is not None and found.job else None


def report_in(reader: Reader, told: WebhookDetail) -> JobReport:
    """The report a notice carried: the older envelope for v1 tasks, the newer object for v2 ones.

    Raises:
        PollFailed: it says nothing of the job.
    """
    return reader.report(Answer(200, told.data.encode(), "application/json"), read_outputs)


def _detail(data: Any) -> WebhookDetail:
    told = mapping(data)
    if not text(told.get("id")):
        raise ValueError("no webhook")
    tries = text(told.get("retryCount"))
    return WebhookDetail(
        id=text(told.get("id")),
        job=NoticeWire.model_validate(told).job,
        address=text(told.get("webhookUrl")),
        event=text(told.get("event")),
        data=text(told.get("eventData")),
        is_delivered=text(told.get("callbackStatus")).upper() == "SUCCESS",
        answer=text(told.get("callbackResponse")),
        tries=int(tries) if tries.isdecimal() else 0,
        created=text(told.get("createTime")),
        updated=text(told.get("updateTime")),
    )
