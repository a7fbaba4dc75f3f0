"""Language models in OpenAI's form: answers that fit what was asked, counted, billed, whole or streamed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rhflow.simulator.chat import tokens
from rhflow.simulator.chat.pattern import text_for
from rhflow.simulator.chat.phrases import topic_of
from rhflow.simulator.chat.reply import read, reply_to
from tests.simulator.server_house import House, house

CHAT = "/v1/chat/completions"
STORY: dict[str, Any] = {
    "$defs": {
        "shot": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "pattern": r"^shot-\d{2}$"},
                "prompt": {"type": "string", "minLength": 60, "maxLength": 200},
                "seconds": {"type": "integer", "enum": [5, 10]},
                "mood": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "starts_at": {"type": "number", "minimum": 0, "multipleOf": 0.5},
                "is_last": {"type": "boolean"},
            },
            "required": ["id", "prompt", "seconds", "mood", "starts_at", "is_last"],
            "additionalProperties": False,
        }
    },
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 30},
        "shots": {"type": "array", "items": {"$ref": "#/$defs/shot"}, "minItems": 2, "maxItems": 6},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 4},
        "day": {"type": "string", "format": "date"},
        "kind": {"const": "storyboard"},
    },
    "required": ["title", "shots", "tags", "day", "kind"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("simulator")) as running:
        yield running


def body(prompt: str, **more: Any) -> dict[str, Any]:
    return {"model": "some-model", "messages": [{"role": "user", "content": prompt}], **more}


def said(prompt: str, **more: Any) -> str:
    return reply_to(read(body(prompt, **more)))


def test_an_answer_in_openais_form(home: House) -> None:
    before = len(home.bill()["entries"])
    answers = [home.client.post(CHAT, json=body("Describe a heron.")).json() for _ in range(2)]
    assert answers[0]["choices"] == answers[1]["choices"], "the same request, the same answer"
    answer = answers[0]
    assert answer["object"] == "chat.completion"
    assert answer["model"] == "some-model"
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert "heron" in choice["message"]["content"]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] == len(tokens.pieces(choice["message"]["content"]))
    entries = home.bill()["entries"]
    assert len(entries) == before + 2
    assert entries[-1]["task_id"] == answers[1]["id"]
    assert Decimal(entries[-1]["price"]) == tokens.price_of(
        usage["prompt_tokens"], usage["completion_tokens"]
    )


def test_it_is_streamed_word_by_word(home: House) -> None:
    asked = body("Describe a heron.", stream=True, stream_options={"include_usage": True})
    with home.client.stream("POST", CHAT, json=asked) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])
    whole = home.client.post(CHAT, json=body("Describe a heron.")).json()
    assert text == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["usage"] == whole["usage"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert len(chunks) > 10


def test_a_schema_is_followed_to_the_letter(home: House) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "story", "schema": STORY, "strict": True}}
    asked = body(
        "A storyboard with five shots about a fox who carries a cake to his mother.", response_format=form
    )
    told = json.loads(home.client.post(CHAT, json=asked).json()["choices"][0]["message"]["content"])
    Draft202012Validator(STORY).validate(told)
    assert len(told["shots"]) == 5
    assert [shot["id"] for shot in told["shots"]] == [f"shot-0{number}" for number in range(1, 6)]
    assert all("fox who carries a cake" in shot["prompt"] for shot in told["shots"])
    assert len({shot["prompt"] for shot in told["shots"]}) == 5
    assert "Fox" in told["title"]


def test_a_schema_in_the_words_of_the_prompt() -> None:
    told = json.loads(
        said(f"Four shots about the sea. Answer with JSON for this schema: {json.dumps(STORY)}")
    )
    Draft202012Validator(STORY).validate(told)
    assert len(told["shots"]) == 4
    assert "the sea" in told["shots"][0]["prompt"]


def test_an_example_in_the_prompt_is_followed() -> None:
    told = json.loads(
        said('Three scenes about rain, as JSON like {"scenes": [{"n": 1, "prompt": "…", "wet": true}]}')
    )
    assert [set(scene) for scene in told["scenes"]] == [{"n", "prompt", "wet"}] * 3
    assert all(isinstance(scene["wet"], bool) and isinstance(scene["n"], int) for scene in told["scenes"])
    chinese = json.loads(said('写一个关于小狐狸的三个镜头，用JSON输出：{"镜头": [{"画面": "…", "时长": 5}]}'))
    assert len(chinese["镜头"]) == 3
    assert all("小狐狸" in shot["画面"] and shot["时长"] == 5 for shot in chinese["镜头"])


def test_fields_that_are_only_named() -> None:
    told = json.loads(
        said('A JSON array of four items, each with "title", "camera" and "duration", about a train.')
    )
    assert [set(item) for item in told] == [{"title", "camera", "duration"}] * 4
    assert isinstance(told[0]["duration"], int)


def test_json_without_a_shape() -> None:
    assert isinstance(json.loads(said("anything", response_format={"type": "json_object"})), dict)


def test_plain_answers_keep_to_the_topic() -> None:
    assert said("Improve this prompt: a cat on a roof").lower().count("a cat on a roof") == 1
    lines = said("Six ideas for films about glaciers").split("\n")
    assert len(lines) == 6
    assert len(set(lines)) == 6
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    assert "picture" in reply_to(read({"model": "m", "messages": [{"role": "user", "content": parts}]}))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"], "maxLength": 5},
        {"enum": ["a", "b"]},
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 3, "maximum": 9},
            "minItems": 7,
            "uniqueItems": True,
        },
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": False},
        {"oneOf": [{"type": "integer", "exclusiveMinimum": 10, "exclusiveMaximum": 12}, {"type": "string"}]},
        {
            "allOf": [
                {"required": ["a"]},
                {"properties": {"a": {"type": "number", "multipleOf": 0.25, "maximum": 1}}},
            ]
        },
        {"type": "object", "minProperties": 3, "additionalProperties": {"type": "boolean"}},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": r"^(?:[A-Z]{2}|\d+)-[a-f0-9]{4}(?:\.v\d)?$"},
        {
            "$defs": {"t": {"type": "object", "properties": {"next": {"$ref": "#/$defs/t"}}}},
            "$ref": "#/$defs/t",
        },
        {"type": "string", "minLength": 300},
        {"type": "number", "minimum": -5, "maximum": -4},
        True,
        {"properties": {"when": {"type": "string", "format": "date-time"}}, "required": ["when", "else"]},
    ],
)
def test_corners_of_schemas(schema: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"schema": schema}}
    Draft202012Validator(schema).validate(json.loads(said("three things", response_format=form)))


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"[a-z0-9]{1,3}(-|_)?(\[a-c\]\{2\}|\(x\|y\)\+|\\d\{3\}|\.\*|z\?)", fullmatch=True))
def test_a_text_for_a_pattern_matches_it(pattern: str) -> None:
    made = text_for(pattern, random.Random(1))
    assert made is not None
    assert re.fullmatch(pattern, made)


@pytest.mark.parametrize("pattern", [r"(?=a)b", r"(a)\1", "(", "[", "a{x}", "*", r"(?<!a)b", "a{99999}"])
def test_a_pattern_that_cannot_be_said(pattern: str) -> None:
    assert text_for(pattern, random.Random(1)) is None


def test_the_length_can_be_limited(home: House) -> None:
    answer = home.client.post(CHAT, json=body("Describe a heron.", max_tokens=3, n=2)).json()
    assert [choice["finish_reason"] for choice in answer["choices"]] == ["length", "length"]
    assert answer["usage"]["completion_tokens"] == 6
    whole = home.client.post(CHAT, json=body("Describe a heron.", n=2)).json()
    first, second = (choice["message"]["content"] for choice in whole["choices"])
    assert first != second


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({}, "model"),
        ({"model": "m"}, "messages"),
        ({"model": "m", "messages": []}, "messages"),
        ({"model": "m", "messages": [{"role": "king", "content": "x"}]}, "role"),
        ({"model": "m", "messages": [{"role": "user", "content": 7}]}, "content"),
        ({**body("x"), "max_tokens": 0}, "max_tokens"),
        ({**body("x"), "n": True}, "n:"),
        ({**body("x"), "response_format": "json"}, "response_format"),
    ],
)
def test_what_makes_no_sense_is_a_400(home: House, told: Any, word: str) -> None:
    before = len(home.bill()["entries"])
    answer = home.client.post(CHAT, json=told)
    assert answer.status_code == 400
    assert word in answer.json()["error"]["message"]
    assert len(home.bill()["entries"]) == before


def test_keys_and_wallets(tmp_path: Path) -> None:
    with house(tmp_path, wallet=Decimal("0.00001")) as home:
        with httpx.Client(base_url=home.url) as bare:
            assert bare.post(CHAT, json=body("x")).status_code == 401
        assert home.client.get("/v1/models").json()["data"][0]["id"]
        assert home.client.post(CHAT, json=body("Describe a heron.")).status_code == 402
        assert home.bill()["entries"] == []


@given(st.text(max_size=200))
def test_tokens_are_the_text_again(text: str) -> None:
    assert "".join(tokens.pieces(text)) == text


@pytest.mark.parametrize(
    ("prompt", "topic", "short"),
    [
        ("Write 8 shots about a fox.", "a fox", "a fox"),
        (
            "A storyboard of eight shots for a film about a ferry at dawn",
            "a ferry at dawn",
            "a ferry at dawn",
        ),
        ("Plan eight shots: a ferry at night", "a ferry at night", "a ferry at night"),
        (
            "About the last ferry of the night, a girl, a dog and a storm",
            "the last ferry of the night, a girl, a dog and a storm",
            "the last ferry of the night",
        ),
        (
            "About an old lighthouse keeper who lives with the gulls",
            "an old lighthouse keeper who lives with the gulls",
            "an old lighthouse keeper who lives",
        ),
        ("写8个镜头，关于一只狐狸", "一只狐狸", "一只狐狸"),
    ],
)
def test_it_keeps_to_its_topic(prompt: str, topic: str, short: str) -> None:
    found = topic_of(prompt)
    assert (found.text, found.short) == (topic, short)
