"""The vendor's JSON, read with patience: the only file that spells its field names.

Every number is kept as the text that stood in the answer: ids have 19 digits and amounts are
money, and neither survives a float. Fields we do not know are ignored, fields we know may be
absent, null, or of a neighbouring type (RunningHub API, sections 1, 2, 4 and 6).
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rhflow.ground.values import JsonObject

_NO_CODE = frozenset({"", "0", "200", "null", "none"})
"""What stands where a code would, and means success: 200 in one upload example."""

_NO_ID = frozenset({"0", "-1", "null", "none", "undefined"})
_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")


def read_object(body: bytes) -> JsonObject | None:
    """The JSON object in an answer, numbers as text; None where it is anything else."""
    try:
        value = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _as_plain_text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _as_amount(value: Any) -> str | None:
    """A decimal number exactly as it was written."""
    text = _as_plain_text(value)
    try:
        return text if Decimal(text).is_finite() else None
    except InvalidOperation:
        return None


def _as_object(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _as_results(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return []
    bare = [{"url": item} if isinstance(item, str) and item.startswith("http") else item for item in value]
    return [item for item in bare if isinstance(item, dict)]


def _as_reason(value: Any) -> str:
    """One line out of `failedReason`, which is an object, a text holding one, or nothing."""
    if isinstance(value, str):
        parsed = read_object(value.encode("utf-8", "replace"))
        return _as_reason(parsed) if parsed is not None else value.strip()
    if not isinstance(value, dict):
        return ""
    what = _as_plain_text(value.get("exception_message")) or _as_plain_text(value.get("exception_type"))
    node = _as_plain_text(value.get("node_name")) or _as_plain_text(value.get("node_id"))
    return f"{what} (in {node})" if what and node else what or node


Text: TypeAlias = Annotated[str | None, BeforeValidator(_as_text)]
PlainText: TypeAlias = Annotated[str, BeforeValidator(_as_plain_text)]
Amount: TypeAlias = Annotated[str | None, BeforeValidator(_as_amount)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ResultWire(_Wire):
    """One item of `results`."""

    url_: PlainText = Field(default="", alias="url")
    output_url: PlainText = Field(default="", alias="outputUrl")
    output_type: Text = Field(default=None, alias="outputType")
    text_: Text = Field(default=None, alias="text")
    content: Text = None
    output: Text = None
    node_id: Text = Field(default=None, alias="nodeId")

    @property
    def url(self) -> str | None:
        return self.url_ or self.output_url or None

    @property
    def text(self) -> str | None:
        return next((text for text in (self.text_, self.content, self.output) if text), None)


class UsageWire(_Wire):
    """What a task cost; all texts, most of them null."""

    money: Amount = Field(default=None, alias="consumeMoney")
    coins: Amount = Field(default=None, alias="consumeCoins")
    third_party: Amount = Field(default=None, alias="thirdPartyConsumeMoney")
    seconds: Amount = Field(default=None, alias="taskCostTime")


class EnvelopeWire(_Wire):
    """What every answer may carry: a code in one of two places, words in one of three."""

    error_code: PlainText = Field(default="", alias="errorCode")
    outer_code: PlainText = Field(default="", alias="code")
    error_message: PlainText = Field(default="", alias="errorMessage")
    msg: PlainText = ""
    message: PlainText = ""
    data: Any = None

    @property
    def code(self) -> str:
        """The vendor's code as text, empty where it stands for success."""
        return next((code for code in (self.error_code, self.outer_code) if code.lower() not in _NO_CODE), "")

    @property
    def has_success_code(self) -> bool:
        return not self.code and (self.outer_code in ("0", "200") or self.error_code == "0")

    @property
    def said(self) -> str:
        """The vendor's own words."""
        return self.error_message or self.msg or self.message

    @property
    def fields(self) -> JsonObject:
        """`data` where it is an object."""
        return self.data if isinstance(self.data, dict) else {}


class TaskWire(EnvelopeWire):
    """A task as submit and query answer it, bare or inside an envelope."""

    task_id: PlainText = Field(default="", alias="taskId")
    task_id_: PlainText = Field(default="", alias="task_id")
    status_: PlainText = Field(default="", alias="status")
    task_status: PlainText = Field(default="", alias="taskStatus")
    results: Annotated[tuple[ResultWire, ...], BeforeValidator(_as_results)] = ()
    usage: Annotated[UsageWire, BeforeValidator(_as_object)] = UsageWire()
    failed_reason: Annotated[str, BeforeValidator(_as_reason)] = Field(default="", alias="failedReason")

    @property
    def id(self) -> str:
        """The task's id, empty where the answer has none that can be asked for."""
        for text in (self.task_id, self.task_id_):
            if text.lower() not in _NO_ID and _ID.fullmatch(text):
                return text
        return ""

    @property
    def status(self) -> str:
        return (self.status_ or self.task_status).upper()


def read_task(body: JsonObject) -> TaskWire:
    """Read a task; where it stands inside `data`, the envelope's code and words come along."""
    return TaskWire.model_validate(_opened(body))


def read_price(body: JsonObject) -> PriceWire:
    """Read a price preview, bare or inside `data`."""
    return PriceWire.model_validate(_opened(body))


def _opened(body: JsonObject) -> JsonObject:
    inner = body.get("data")
    if not isinstance(inner, dict):
        return body
    return {**{name: value for name, value in body.items() if name != "data"}, **inner}


class PriceWire(EnvelopeWire):
    """A price preview: a bare object, not an envelope."""

    amount: Amount = Field(default=None, alias="estimatedPrice")
    currency: Text = None
    text: PlainText = Field(default="", alias="priceText")
    text_en: PlainText = Field(default="", alias="priceTextEn")
    is_free_: Any = Field(default=None, alias="isFreeThisCall")
    free_left: Amount = Field(default=None, alias="remainingFreeLimitCount")

    @property
    def is_free(self) -> bool:
        return self.is_free_ is True

    @property
    def says_something(self) -> bool:
        return self.amount is not None or bool(self.text or self.text_en)


class UploadedWire(_Wire):
    """`data` of an upload."""

    download_url: PlainText = ""
    file_name: PlainText = Field(default="", alias="fileName")
    size: Amount = None


class BalanceWire(_Wire):
    """`data` of accountStatus."""

    coins: Amount = Field(default=None, alias="remainCoins")
    money: Amount = Field(default=None, alias="remainMoney")
    currency: Text = None
    tasks: Amount = Field(default=None, alias="currentTaskCounts")
    key_type: Text = Field(default=None, alias="apiType")


class QueueWire(_Wire):
    """`data` of queue/status: the only place that states how many tasks a key may run."""

    key_type: Text = Field(default=None, alias="apiKeyType")
    limit: Amount = Field(default=None, alias="concurrentLimit")
    running: Amount = Field(default=None, alias="runningCount")
    queued: Amount = Field(default=None, alias="queuedCount")


def query_body(job: str) -> JsonObject:
    """The body of Query V2."""
    return {"taskId": job}


def cancel_body(key: str, job: str) -> JsonObject:
    """The body of a cancel, a v1 call: the key stands in it."""
    return {"apiKey": key, "taskId": job}


def account_body(key: str) -> JsonObject:
    """The body of accountStatus, which spells the key its own way."""
    return {"apikey": key}
