"""Language models, which answer at once and keep nothing (RunningHub API, LLM: the OpenAI form).

A chat has no task that could be asked for later: its answer comes with the acceptance, or never.
The job of a chat is `chat-` and the id of its completion; whoever asks for it in another process
than the one that heard the answer is told, once and for good, that it is lost.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Annotated, Any, cast

from jsonschema.exceptions import SchemaError
from jsonschema.validators import Draft202012Validator, validator_for
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from rhflow.ground.values import Json, JsonObject
from rhflow.language.schemas import UnfitSchema, examine
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.ports import Accepted, JobReport, Lost, RemoteResult, SubmitAnswer
from rhflow.providers.runninghub.exchange import Answer, Exchange
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.wire import PlainText, TaskWire, read_object

JOB_PREFIX = "chat-"
SCHEMA = "schema"
"""Where a body that is not sent yet keeps what its answer has to fit."""

_ID = re.compile(r"[0-9A-Za-z_-]{1,120}")
_FENCE = re.compile(r"```[A-Za-z]*\s*\n(.*?)\n?\s*```", re.DOTALL)
_CODE = re.compile(r"\d{1,6}")
_MOST_SHOWN = 160
_ASK_FOR_JSON = (
    "Answer with one JSON value and nothing else: no explanation, no code fence. "
    "It has to fit this JSON Schema:\n"
)
"""Said in words, because not every model behind the endpoint knows a switch for it; the answer is checked."""


def chat_body(model: str, arguments: JsonObject) -> JsonObject:
    """The body, with the schema beside it under `SCHEMA`, which is taken out before it leaves.

    Raises:
        ValueError: the arguments make no chat; a sentence.
    """
    prompt, given = arguments.get("prompt"), arguments.get("messages")
    if (prompt is None) == (given is None):
        raise ValueError("a language model takes prompt or messages, one of them")
    messages: list[Json] = [{"role": "user", "content": prompt}] if given is None else _messages(given)
    body: JsonObject = {"model": model, "stream": False}
    schema = arguments.get(SCHEMA)
    if schema is not None:
        _check_schema(schema)
        body[SCHEMA] = schema
        messages = _with_instruction(messages, _ASK_FOR_JSON + json.dumps(schema, ensure_ascii=False))
    body["messages"] = messages
    for name in ("temperature", "max_tokens"):
        if arguments.get(name) is not None:
            body[name] = arguments[name]
    unknown = sorted(set(arguments) - {"prompt", "messages", SCHEMA, "temperature", "max_tokens"})
    if unknown:
        raise ValueError(f"nobody knows how to send {', '.join(unknown)}")
    return body


def without_schema(body: JsonObject) -> JsonObject:
    """What of such a body is sent."""
    return {name: value for name, value in body.items() if name != SCHEMA}


def is_chat(job: str) -> bool:
    """Whether a job is a chat's."""
    return job.startswith(JOB_PREFIX)


def lost_with_its_process() -> JobReport:
    """The end of a chat whose answer nobody wrote down: there is nowhere to ask for it again."""
    failure = Failure(
        FailureKind.GONE,
        "The language model answered, rhflow ended before it had written the answer down, and RunningHub "
        "keeps no answers of language models. It was charged.",
        "answer-lost",
        "Have it bought again: rhflow resume --yes.",
        "yes",
        repeatable=True,
    )
    return JobReport("failed", failure=failure)


class _ChoiceWire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    message: Annotated[
        dict[str, Any], BeforeValidator(lambda value: value if isinstance(value, dict) else {})
    ] = Field(default_factory=dict)
    finish_reason: PlainText = ""

    @property
    def text(self) -> str:
        """The answer: a text, or the texts of its parts."""
        content = self.message.get("content")
        if isinstance(content, list):
            parts = [part.get("text") for part in content if isinstance(part, dict)]
            return "".join(part for part in parts if isinstance(part, str))
        return content if isinstance(content, str) else ""


@dataclass(frozen=True, slots=True)
class _Completion:
    id: str
    choice: _ChoiceWire


def read_chat(reader: Reader, exchange: Exchange, body: JsonObject, attempt: str) -> SubmitAnswer:
    """How the purchase of a chat ended; `body` as `chat_body` made it. What came is checked."""
    done = _completion(exchange, attempt)
    if done is None:
        answer = reader.submit(exchange, _read_error)
        return Lost(replace(answer.failure, hint=_SETTLE)) if isinstance(answer, Lost) else answer
    text, complaint = done.choice.text, None
    model = str(body.get("model"))
    if done.choice.finish_reason == "content_filter":
        return Accepted(done.id, JobReport("failed", failure=_filtered(model)))
    if SCHEMA in body:
        text = _unfenced(text)
        complaint = _complaint(text, body[SCHEMA])
    elif not text.strip():
        complaint = "it holds no text"
    if complaint is not None:
        is_cut = done.choice.finish_reason == "length"
        return Accepted(
            done.id, JobReport("failed", failure=_unfit(reader, model, text, complaint, is_cut=is_cut))
        )
    kind = "json" if SCHEMA in body else "txt"
    return Accepted(done.id, JobReport("succeeded", (RemoteResult(None, kind, text),)))


_SETTLE = (
    "A chat leaves no task to look for: settle it with --repeat (it may be paid for twice) or --abandon."
)


def _completion(exchange: Exchange, attempt: str) -> _Completion | None:
    """The completion in an answer; None where there is none, and so no sign that anything was bought."""
    if not isinstance(exchange, Answer) or not 200 <= exchange.status <= 299:
        return None
    told = read_object(exchange.body) or {}
    inner = told.get("data")
    told = inner if isinstance(inner, dict) and "choices" in inner else told
    choices = told.get("choices")
    if not isinstance(choices, list) or not choices:
        return None
    try:
        choice = _ChoiceWire.model_validate(choices[0])
    except ValidationError:
        choice = _ChoiceWire()
    given = told.get("id")
    name = given if isinstance(given, str) and _ID.fullmatch(given) else attempt
    return _Completion(JOB_PREFIX + name, choice)


def _read_error(body: JsonObject) -> TaskWire:
    """The OpenAI form of an error, or the vendor's own; never a task. Only numbers are the vendor's codes."""
    error = body.get("error")
    told = error if isinstance(error, dict) else body
    codes = [told.get("code"), body.get("errorCode"), body.get("code")]
    code = next((code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)), "")
    words = [told.get("message"), body.get("errorMessage"), body.get("msg"), error]
    said = next((word for word in words if isinstance(word, str) and word), "")
    return TaskWire.model_validate({"errorCode": code, "errorMessage": said})


def _messages(given: Json) -> list[Json]:
    if not isinstance(given, list) or not given:
        raise ValueError("messages is a list of role and content")
    for number, message in enumerate(given, 1):
        if (
            not isinstance(message, dict)
            or not isinstance(message.get("role"), str)
            or "content" not in message
        ):
            raise ValueError(f"message {number} needs a role and a content")
    return given


def _with_instruction(messages: list[Json], words: str) -> list[Json]:
    """The instruction in the system's message, which comes first and only once."""
    first = messages[0]
    if isinstance(first, dict) and first.get("role") == "system" and isinstance(first.get("content"), str):
        return [{**first, "content": f"{first['content']}\n\n{words}"}, *messages[1:]]
    return [{"role": "system", "content": words}, *messages]


def _validator(schema: Json) -> Any:
    return validator_for(cast("Any", schema), default=Draft202012Validator)


def _check_schema(schema: Json) -> None:
    if not isinstance(schema, dict | bool):
        raise ValueError("schema is a JSON Schema, which is a mapping")
    try:
        _validator(schema).check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"schema is no valid JSON Schema: {error.message}") from error


def _unfenced(text: str) -> str:
    found = _FENCE.fullmatch(text.strip())
    return (found[1] if found else text).strip()


def _no_number(word: str) -> Json:
    """`NaN` and `Infinity`, which Python reads and JSON does not know."""
    raise ValueError(f"{word} is no JSON")


def _complaint(text: str, schema: Json) -> str | None:
    """Why an answer does not fit; None where it does."""
    if not text:
        return "it holds no text"
    try:
        value = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return "it is no JSON"
    try:
        misfits = examine(value, schema).misfits
    except UnfitSchema as error:
        return str(error)
    return misfits[0].message if misfits else None


def _unfit(reader: Reader, model: str, text: str, complaint: str, *, is_cut: bool) -> Failure:
    said = reader.words(text)
    shown = said if len(said) <= _MOST_SHOWN else f"{said[:_MOST_SHOWN]}…"
    why = reader.words(complaint)
    message = f"The answer of {model} is not what was asked for: {why[:_MOST_SHOWN]}."
    message += f' It said: "{shown}"' if shown else ""
    hint = "It was cut at max_tokens; allow more." if is_cut else "With retry: 1 it is asked once more."
    return Failure(FailureKind.BAD_MEDIA, message, "schema", hint, "yes", repeatable=True)


def _filtered(model: str) -> Failure:
    message = f"{model} would not answer: the content check stopped it."
    hint = "Change the prompt; it will say the same next time."
    return Failure(FailureKind.REFUSED_CONTENT, message, "content_filter", hint, "unknown")
