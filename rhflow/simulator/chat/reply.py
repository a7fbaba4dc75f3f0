"""What a language model says here: from the messages of a request to the text of its answer."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from typing import Any

from rhflow.ground.hashing import digest_bytes
from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.asking import counted, is_list, json_pieces, number_in, quoted_names
from rhflow.simulator.chat.instance import Context, fits, instance, is_schema, is_sound, like
from rhflow.simulator.chat.phrases import Topic, phrase, topic_of

_COUNTED = counted(
    "shots?|scenes?|items?|ideas?|lines?|steps?|entries|prompts?|titles?|names?|beats?|panels?|frames?|clips?|"
    "characters?|variations?|options?|verses?|questions?|tags?|keywords?|sentences?|chapters?",
    "镜头|场景|分镜|条|项|段|标题|角色|画面|提示词",
)
_WANTS_JSON = re.compile(r"(?<![a-z])json(?![a-z])", re.IGNORECASE)
_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read."""

    system: str
    prompt: str
    """What the user said last."""
    said: tuple[str, ...]
    """The words of every message, for counting."""
    pictures: int
    """How many pictures came along."""
    schema: Any = None
    """Of `response_format`."""
    wants_json: bool = False
    seed: str = ""


def read(body: JsonObject) -> Asked:
    """The parts of a request that an answer depends on."""
    said: list[tuple[str, str]] = []
    pictures = 0
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict):
            text, seen = _content(message.get("content"))
            pictures += seen
            said.append((str(message.get("role")), text))
    users = [text for role, text in said if role == "user"]
    schema, wants = _format(body.get("response_format"))
    seed = json.dumps(
        [body.get(name) for name in ("model", "messages", "response_format", "seed")], sort_keys=True
    )
    return Asked(
        "\n".join(text for role, text in said if role in ("system", "developer")),
        users[-1] if users else "",
        tuple(text for _, text in said),
        pictures,
        schema,
        wants,
        digest_bytes(seed.encode()),
    )


def reply_to(asked: Asked, number: int = 0) -> str:
    """The number-th answer to a request."""
    topic = topic_of(asked.prompt or asked.system, number)
    count = _wanted(asked.prompt) or _wanted(asked.system)
    whole = f"{asked.system}\n{asked.prompt}"
    schema = asked.schema if asked.schema is not None else _shape_in(whole, count)
    if schema is not None and (asked.schema is not None or asked.wants_json or _WANTS_JSON.search(whole)):
        return json.dumps(_fitting(schema, asked, topic, count, number), ensure_ascii=False, indent=2)
    if asked.wants_json:
        return json.dumps({"answer": phrase("description", 0, topic)}, ensure_ascii=False)
    return _words(asked, topic, count)


def _fitting(schema: Any, asked: Asked, topic: Topic, count: int | None, number: int) -> Json:
    """The first of a few instances that the schema accepts; else the first of all."""
    made: list[Json] = []
    for attempt in range(_TRIES):
        at = Context(topic, _dice(asked, number * _TRIES + attempt), count, root=schema)
        try:
            made.append(instance(schema, at))
        except (OverflowError, RecursionError):  # numbers or depths beyond any use
            made.append({})
        if fits(schema, made[-1]):
            return made[-1]
    return made[0]


def _dice(asked: Asked, number: int) -> random.Random:
    return random.Random(f"{asked.seed}/{number}")  # noqa: S311  # the same request, the same answer


def _content(content: Json) -> tuple[str, int]:
    """The words of a message, and how many pictures are in it."""
    if isinstance(content, str):
        return content, 0
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    texts = [str(part.get("text", "")) for part in parts if part.get("type") == "text"]
    return "\n".join(texts), sum(part.get("type") == "image_url" for part in parts)


def _format(told: Json) -> tuple[Any, bool]:
    """The schema of `response_format`, and whether JSON is wanted."""
    if not isinstance(told, dict):
        return None, False
    held = told.get("json_schema")
    schema = held.get("schema") if isinstance(held, dict) else None
    return schema, told.get("type") in ("json_object", "json_schema")


def _shape_in(text: str, count: int | None) -> Any:
    """A schema out of the words: one that is printed there, an example, or the fields that are named."""
    found = [_loaded(block) for block in _FENCE.findall(text)]
    found += json_pieces(text)
    shapes = [item for item in found if isinstance(item, dict | list) and item]
    if shapes:
        schemas = [item for item in shapes if is_schema(item) and is_sound(item)]
        largest = max(schemas or shapes, key=lambda item: len(json.dumps(item)))
        return largest if schemas else like(largest)
    if not _WANTS_JSON.search(text):
        return None
    names = [name for name in quoted_names(text) if name.lower() != "json"] or ["title", "prompt"]
    item = {
        "type": "object",
        "properties": {name: {"type": _guess(name)} for name in names},
        "required": names,
    }
    has_many = is_list(text) or (count is not None and count > 1)
    return {"type": "array", "items": item} if has_many else item


def _guess(name: str) -> str:
    """What a field that is only named will hold."""
    if re.search(r"dur|second|index|number|count|age|year", name, re.IGNORECASE):
        return "integer"
    return "boolean" if name.startswith(("is_", "has_")) else "string"


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _wanted(text: str) -> int | None:
    """How many things a text asks for."""
    number = number_in(text, _COUNTED)
    return number if number is not None and 1 <= number <= 50 else None


def _words(asked: Asked, topic: Topic, count: int | None) -> str:
    """A plain answer: a list where several things are asked for, else two or three sentences."""
    if count is not None and count > 1:
        kind = (
            "title"
            if re.search(r"\b(?:titles?|names?)\b|标题", asked.prompt, re.IGNORECASE)
            else "description"
        )
        return "\n".join(f"{index + 1}. {phrase(kind, index, topic)}" for index in range(count))
    first = phrase("description", 0, topic)
    if re.search(r"\bprompt\b|提示词", asked.prompt, re.IGNORECASE):
        return f"{first}, {phrase('camera', 0, topic)}, {phrase('style', 0, topic)}"
    seen = ""
    if asked.pictures:
        many = f"{asked.pictures} pictures" if asked.pictures > 1 else "a picture"
        seen = f"(收到{asked.pictures}张图片)" if topic.is_chinese else f"(With {many} before me.) "
    return f"{seen}{first}. {phrase('narration', 1, topic)} {phrase('narration', 2, topic)}"
