"""The vendor's JSON about tasks, files and prices, read with patience.

The vendor's words are spelled here, in `spelling.py` (what is sent to buy) and in `calls/` (what is
asked for nothing), and nowhere else. Every number is kept as the text that stood in the answer:
ids have 19 digits and amounts are money, and neither survives a float. Fields we do not know are
ignored, fields we know may be absent, null, or of a neighbouring type (RunningHub API, sections 1 to 6).
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rhflow.ground.values import Json, JsonObject

_NO_CODE = frozenset({"", "0", "200", "null", "none"})
"""What stands where a code would, and means success: 200 in one upload example."""

_NO_ID = frozenset({"0", "-1", "null", "none", "undefined"})
_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""Where an answer may hold half of a character."""
_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")


def read_object(body: bytes) -> JsonObject | None:
    """The JSON object in an answer, numbers as text; None where it is anything else.

    A text may come cut in the middle of a character, and could then be neither written nor printed: what is
    left of it becomes U+FFFD.
    """
    try:
        value = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
        if _HALF.search(body):
            value = _whole(value)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _whole(value: Json) -> Json:
    """The same with no half of a character in any text."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {str(_whole(name)): _whole(item) for name, item in value.items()}
    return value


def read_exact(text: str) -> Json:
    """JSON that the vendor hands over inside a text, numbers as they are.

    Raises:
        ValueError: it is none.
    """
    try:
        value: Json = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


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


def _as_list(value: Any) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _as_results(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return []
    bare = [{"url": item} if isinstance(item, str) and item.startswith("http") else item for item in value]
    return [item for item in bare if isinstance(item, dict)]


def _as_reason(value: Any) -> Any:
    """`failedReason`: an object, a text holding one, a mere text, or nothing."""
    if isinstance(value, str):
        parsed = read_object(value.encode("utf-8", "replace"))
        return parsed if parsed is not None else {"exception_message": value}
    return _as_object(value)


def _as_tips(value: Any) -> Any:
    """`promptTips`: JSON in a text, mostly; the complaints of nodes stand in it."""
    parsed = read_object(value.encode("utf-8", "replace")) if isinstance(value, str) else value
    return _as_object(_as_object(parsed).get("node_errors"))


Text: TypeAlias = Annotated[str | None, BeforeValidator(_as_text)]
PlainText: TypeAlias = Annotated[str, BeforeValidator(_as_plain_text)]
Amount: TypeAlias = Annotated[str | None, BeforeValidator(_as_amount)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ResultWire(_Wire):
    """One item of `results`, or of the older `outputs`, which says `fileUrl` and `fileType`."""

    url_: PlainText = Field(default="", alias="url")
    output_url: PlainText = Field(default="", alias="outputUrl")
    file_url: PlainText = Field(default="", alias="fileUrl")
    output_type_: Text = Field(default=None, alias="outputType")
    file_type: Text = Field(default=None, alias="fileType")
    text_: Text = Field(default=None, alias="text")
    content: Text = None
    output: Text = None
    node_id: Text = Field(default=None, alias="nodeId")

    @property
    def url(self) -> str | None:
        return self.url_ or self.output_url or self.file_url or None

    @property
    def output_type(self) -> str | None:
        return self.output_type_ or self.file_type

    @property
    def text(self) -> str | None:
        return next((text for text in (self.text_, self.content, self.output) if text), None)


class UsageWire(_Wire):
    """What a task cost; all texts, most of them null."""

    money: Amount = Field(default=None, alias="consumeMoney")
    coins: Amount = Field(default=None, alias="consumeCoins")
    third_party: Amount = Field(default=None, alias="thirdPartyConsumeMoney")
    seconds: Amount = Field(default=None, alias="taskCostTime")

    @property
    def says_something(self) -> bool:
        return any(amount is not None for amount in (self.money, self.coins, self.third_party, self.seconds))


class PartWire(_Wire):
    """One item of `taskUsageList`: what a part of a task cost."""

    usage: Annotated[UsageWire, BeforeValidator(_as_object)] = UsageWire()


class ReasonWire(_Wire):
    """`failedReason`: what went wrong in which node of a workflow (RunningHub API, query)."""

    what: PlainText = Field(default="", alias="exception_message")
    type: PlainText = Field(default="", alias="exception_type")
    node_name: PlainText = ""
    node_id: PlainText = ""

    @property
    def node(self) -> str:
        """The node by name and number, as far as it is told: `KSampler (12)`."""
        name, number = self.node_name, self.node_id
        return f"{name} ({number})" if name and number else name or number

    @property
    def is_empty(self) -> bool:
        return not (self.what or self.type or self.node)


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
    usage_list: Annotated[tuple[PartWire, ...], BeforeValidator(_as_list)] = Field(
        default=(), alias="taskUsageList"
    )
    failed_reason: Annotated[ReasonWire, BeforeValidator(_as_reason)] = Field(
        default=ReasonWire(), alias="failedReason"
    )
    node_errors: Annotated[dict[str, Any], BeforeValidator(_as_tips)] = Field(
        default_factory=dict, alias="promptTips"
    )

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

    @property
    def used(self) -> UsageWire:
        """What it cost: as a whole where that is told, else the sum of its parts."""
        if self.usage.says_something or not self.usage_list:
            return self.usage
        parts = [part.usage for part in self.usage_list]
        return UsageWire.model_validate(
            {
                "consumeMoney": _sum([part.money for part in parts]),
                "consumeCoins": _sum([part.coins for part in parts]),
                "thirdPartyConsumeMoney": _sum([part.third_party for part in parts]),
                "taskCostTime": _sum([part.seconds for part in parts]),
            }
        )

    @property
    def refused_nodes(self) -> str:
        """What ComfyUI finds wrong with a graph, in one line; empty where it finds nothing."""
        return "; ".join(f"node {name}: {_node_complaint(error)}" for name, error in self.node_errors.items())


def _sum(amounts: list[str | None]) -> str | None:
    told = [Decimal(amount) for amount in amounts if amount is not None]
    return format(sum(told, Decimal(0)), "f") if told else None


def _node_complaint(error: Any) -> str:
    """ComfyUI's form: `{"errors": [{"message", "details"}], "class_type"}`."""
    told = _as_object(error)
    items = told.get("errors")
    first = _as_object(items[0]) if isinstance(items, list) and items else {}
    words = [_as_plain_text(first.get(name)) for name in ("message", "details")]
    return ": ".join(word for word in words if word) or _as_plain_text(told.get("class_type")) or "is wrong"


def read_task(body: JsonObject) -> TaskWire:
    """Read a task; where it stands inside `data`, the envelope's code and words come along."""
    return TaskWire.model_validate(_opened(body))


def read_outputs(body: JsonObject) -> TaskWire:
    """Read the older `outputs`: a list of files is the end, nothing with success is "still running".

    Each file repeats what the task cost; nobody says so, but the time in it is the task's.
    """
    data = body.get("data")
    rest = {name: value for name, value in body.items() if name != "data"}
    if isinstance(data, list):
        files = [item for item in data if isinstance(item, dict)]
        used = next((item for item in files if UsageWire.model_validate(item).says_something), {})
        return TaskWire.model_validate({**rest, "status": "SUCCESS", "results": files, "usage": used})
    task = read_task(body)
    if data is None and task.has_success_code and not task.status:
        return TaskWire.model_validate({**rest, "status": "RUNNING"})
    return task


def read_status(body: JsonObject) -> TaskWire:
    """Read the older `status`: a single word in `data`."""
    data = body.get("data")
    if isinstance(data, str):
        return TaskWire.model_validate({**body, "data": None, "status": data})
    return read_task(body)


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
    """`data` of an upload; some answers say `filename`."""

    download_url: PlainText = ""
    file_name: PlainText = Field(default="", alias="fileName")
    file_name_: PlainText = Field(default="", alias="filename")
    size: Amount = None

    @property
    def name(self) -> str:
        return self.file_name or self.file_name_


class NoticeWire(_Wire):
    """What the site posts to a webhook when a task has ended (RunningHub API, webhooks)."""

    event: PlainText = ""
    job: PlainText = Field(default="", alias="taskId")


def job_body(job: str) -> JsonObject:
    """The body of whatever asks about one task."""
    return {"taskId": job}
