"""Language models: bought like all else, answered at once, kept by nobody."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from rhflow.ground.media import Kind
from rhflow.ground.references import Resolved, UrlMedia
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Accepted, Lost, PollFailed, Refused, RemoteResult, Request, Staged, SubmitAnswer
from rhflow.providers.runninghub.chat import chat_body, lost_with_its_process
from rhflow.providers.runninghub.client import Patience, RunningHubClient
from rhflow.providers.runninghub.site import read_site
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import Manner, RudeServer, answers, page
from tests.providers.runninghub.test_forms import seller_at
from tests.providers.runninghub.test_staging import Shelf
from tests.providers.runninghub.test_submits import KEY, provider

SCHEMA: Any = {
    "type": "object",
    "required": ["shots"],
    "properties": {"shots": {"type": "array", "items": {"type": "string"}}},
}


def completion(content: Any, finish: str = "stop", **more: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    usage = {"prompt_tokens": 12, "completion_tokens": 30, "total_tokens": 42}
    return page(
        200,
        {"id": "chatcmpl-9fGh_1", "object": "chat.completion", "choices": [choice], "usage": usage} | more,
    )


async def chat(manner: Manner, **arguments: Resolved) -> tuple[SubmitAnswer, RudeServer]:
    async with RudeServer(manner) as server:
        seller = seller_at(server.url)
        shelf = Shelf(Path("/nowhere"))
        staged = await seller.stage(Request("chat/zai/glm-5.2", arguments), shelf)
        answer = await seller.submit(staged, "attempt-1")
        await seller.close()
        return answer, server


def asked(manner: Manner, **arguments: Resolved) -> tuple[SubmitAnswer, RudeServer]:
    return asyncio.run(chat(manner, **arguments))


def test_where_language_models_are() -> None:
    assert read_site("https://www.runninghub.cn").chat.base == "https://llm.runninghub.cn"
    assert read_site("https://runninghub.ai/openapi/v2").chat.base == "https://llm.runninghub.ai"
    here = read_site("http://127.0.0.1:8188/x")
    assert here.chat == here


def test_a_prompt_goes_over_the_wire_and_its_answer_comes_with_the_acceptance() -> None:
    answer, server = asked(answers(completion("a haiku")), prompt="Write one", temperature=0.5, max_tokens=99)
    (heard,) = server.heard
    assert (heard.method, heard.path) == ("POST", "/v1/chat/completions")
    assert heard.headers["authorization"] == f"Bearer {KEY}"
    assert heard.headers["connection"] == "close"
    assert heard.json() == {
        "model": "zai/glm-5.2",
        "messages": [{"role": "user", "content": "Write one"}],
        "temperature": 0.5,
        "max_tokens": 99,
        "stream": False,
    }
    assert isinstance(answer, Accepted)
    assert answer.job == "chat-chatcmpl-9fGh_1"
    assert answer.report is not None
    assert answer.report.state == "succeeded"
    assert answer.report.results == (RemoteResult(None, "txt", "a haiku"),)


def test_messages_may_hold_media(tmp_path: Path) -> None:
    async def run() -> None:
        upload = page(200, {"code": 0, "data": {"download_url": "https://x.example/a.png", "fileName": "f"}})
        async with RudeServer(answers(upload, completion("a cat"))) as server:
            seller, shelf = seller_at(server.url), Shelf(tmp_path)
            parts: Resolved = [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": shelf.file()}},
                {"type": "image_url", "image_url": {"url": UrlMedia("https://y.example/b.png", Kind.IMAGE)}},
            ]
            request = Request("chat/m", {"messages": [{"role": "user", "content": parts}]})
            await seller.submit(await seller.stage(request, shelf), "a")
            await seller.close()
            sent: Any = server.heard[-1].json()
            urls = [part["image_url"]["url"] for part in sent["messages"][0]["content"][1:]]
            assert urls == ["https://x.example/a.png", "https://y.example/b.png"]

    asyncio.run(run())


@pytest.mark.parametrize(
    "content",
    [
        '{"shots": ["a", "b"]}',
        '```json\n{"shots": ["a", "b"]}\n```',
        '\n```\n{"shots": ["a", "b"]}```  ',
        [{"type": "text", "text": '{"shots": '}, {"type": "text", "text": '["a", "b"]}'}],
    ],
)
def test_an_answer_that_fits_its_schema(content: Any) -> None:
    answer, server = asked(answers(completion(content)), prompt="Shots!", schema=SCHEMA)
    sent: Any = server.heard[0].json()
    assert "schema" not in sent
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert json.dumps(SCHEMA) in sent["messages"][0]["content"]
    assert isinstance(answer, Accepted)
    assert answer.report is not None
    (result,) = answer.report.results
    assert (result.type, json.loads(str(result.text))) == ("json", {"shots": ["a", "b"]})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"shots": ["a", 5]}', "shots[1] must be a string, not a number"),
        ('{"shot": []}', 'the data lacks "shots"'),
        ("Here are the shots: …", "it is no JSON"),
        ("", "it holds no text"),
        (None, "it holds no text"),
        ("[" * 100_000, "it is no JSON"),
    ],
)
def test_an_answer_that_does_not_was_paid_for_and_may_be_bought_again(content: Any, words: str) -> None:
    answer, _ = asked(answers(completion(content)), prompt="Shots!", schema=SCHEMA)
    assert isinstance(answer, Accepted)
    assert answer.report is not None
    assert answer.report.state == "failed"
    failure = answer.report.failure
    assert failure is not None
    assert (failure.kind, failure.code, failure.charged, failure.repeatable) == (
        FailureKind.BAD_MEDIA,
        "schema",
        "yes",
        True,
    )
    assert words in failure.message
    assert len(failure.message) < 500
    assert not content or str(content)[:20] in failure.message


def test_an_answer_that_was_cut_says_so() -> None:
    answer, _ = asked(answers(completion('{"shots": ["a', "length")), prompt="Shots!", schema=SCHEMA)
    assert isinstance(answer, Accepted)
    assert answer.report is not None
    assert answer.report.failure is not None
    assert "max_tokens" in str(answer.report.failure.hint)


def test_without_a_schema_any_text_is_an_answer_and_none_is_not() -> None:
    for content, state in (("{", "succeeded"), (" \n", "failed"), (None, "failed")):
        answer, _ = asked(answers(completion(content)), prompt="x")
        assert isinstance(answer, Accepted)
        assert answer.report is not None
        assert answer.report.state == state


def test_a_filtered_answer_is_a_refusal_of_the_content() -> None:
    answer, _ = asked(answers(completion("", "content_filter")), prompt="x")
    assert isinstance(answer, Accepted)
    assert answer.report is not None
    failure = answer.report.failure
    assert failure is not None
    assert (failure.kind, failure.repeatable, failure.charged) == (
        FailureKind.REFUSED_CONTENT,
        False,
        "unknown",
    )


@pytest.mark.parametrize(
    ("told", "job"),
    [
        ({"id": "gen-1"}, "chat-gen-1"),
        ({"id": None}, "chat-attempt-1"),
        ({"id": "a b/../c"}, "chat-attempt-1"),
        ({"id": 20135087861107302411}, "chat-20135087861107302411"),
        ({"choices": ["odd"]}, "chat-chatcmpl-9fGh_1"),
    ],
)
def test_the_job_of_a_chat(told: dict[str, Any], job: str) -> None:
    answer, _ = asked(answers(completion("x", **told)), prompt="x")
    assert isinstance(answer, Accepted)
    assert answer.job == job


def error(message: str, code: object = None, kind: str = "invalid_request_error") -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


@pytest.mark.parametrize(
    ("manner", "ends", "code"),
    [
        (answers(page(401, error("bad key", "invalid_api_key"))), Refused, "http-401"),
        (answers(page(404, error("no such model", "model_not_found"))), Refused, "http-404"),
        (answers(page(429, error("slow down", "rate_limit_exceeded"))), Refused, "http-429"),
        (answers(page(400, error("max_tokens is too large"))), Lost, "http-400"),
        (answers(page(500, error("oops"))), Lost, "http-5xx"),
        (answers(page(200, error("enterprise keys only", 1014))), Refused, "1014"),
        (answers(page(200, {"code": 812, "msg": "CORPAPIKEY_INSUFFICIENT_FUNDS"})), Refused, "812"),
        (answers(page(200, {"errorCode": "1011", "errorMessage": "busy"})), Lost, "1011"),
        (answers(page(200, {"id": "x", "choices": []})), Lost, "no-id"),
        (answers(page(200, {"taskId": "2013508786110730241"})), Lost, "no-id"),
        (answers(page(200, "<html>", "text/html")), Lost, "no-id"),
        (answers(page(500, {"id": "x", "choices": [{"message": {"content": "hi"}}]})), Lost, "http-5xx"),
        (rude.fin_after_all, Lost, "no-answer"),
        (rude.rst_after_all, Lost, "no-answer"),
        (rude.truncated_body, Lost, "no-answer"),
    ],
)
def test_how_a_chat_without_an_answer_ends(manner: Manner, ends: type[SubmitAnswer], code: str) -> None:
    answer, server = asked(manner, prompt="x")
    assert type(answer) is ends
    assert server.connections == 1
    if isinstance(answer, Refused | Lost):
        assert answer.failure.code == code
        assert answer.failure.charged == ("unknown" if ends is Lost else "no")
        assert ("--repeat" in str(answer.failure.hint)) is (ends is Lost)


def test_a_chat_may_take_longer_than_another_purchase() -> None:
    async def slow(line: rude.Line) -> None:
        await line.hear()
        await asyncio.sleep(0.5)
        await line.say(completion("at last"))

    async def run(patience: Patience) -> SubmitAnswer:
        async with RudeServer(slow) as server:
            seller = provider(server.url, patience)
            answer = await seller.submit(Staged("chat/m", chat_body("m", {"prompt": "x"})), "a")
            await seller.close()
            return answer

    assert isinstance(asyncio.run(run(Patience(submit_read=0.2))), Accepted)
    assert isinstance(asyncio.run(run(Patience(chat_read=0.2))), Lost)


def test_the_end_of_a_chat_is_known_to_who_heard_it_and_lost_to_others() -> None:
    async def run() -> None:
        async with RudeServer(answers(completion('{"shots": 1}'))) as server:
            seller = provider(server.url)
            body = chat_body("m", {"prompt": "x", "schema": SCHEMA})
            answer = await seller.submit(Staged("chat/m", body), "a")
            assert isinstance(answer, Accepted)
            assert await seller.report(answer.job) == answer.report
            assert not await seller.cancel(answer.job)
            await seller.close()
            another = provider(server.url, Patience(chat_kept=0.1))
            assert (await another.report(answer.job)).state == "queued"  # who heard it may be writing it down
            await asyncio.sleep(0.12)
            assert await another.report(answer.job) == lost_with_its_process()
            await another.close()
            assert server.connections == 1
            failure = lost_with_its_process().failure
            assert failure is not None
            assert (failure.kind, failure.charged, failure.repeatable) == (FailureKind.GONE, "yes", True)
            assert "lost" not in str(failure.hint)

    asyncio.run(run())


def test_an_instruction_joins_the_system_message_that_is_there() -> None:
    given: Any = [{"role": "system", "content": "Be terse."}, {"role": "user", "content": "x"}]
    body: Any = chat_body("m", {"messages": given, "schema": True})
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][0]["content"].startswith("Be terse.\n\nAnswer with one JSON value")
    parts: Any = [{"role": "system", "content": [{"type": "text", "text": "Be terse."}]}]
    body = chat_body("m", {"messages": parts, "schema": True})
    assert [message["role"] for message in body["messages"]] == ["system", "system"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "prompt or messages, one of them"),
        ({"prompt": "x", "messages": [{"role": "user", "content": "x"}]}, "one of them"),
        ({"messages": []}, "a list of role and content"),
        ({"messages": [{"role": "user", "content": "x"}, {"role": "user"}]}, "message 2 needs"),
        ({"prompt": "x", "schema": {"type": "strnig"}}, "no valid JSON Schema"),
        ({"prompt": "x", "schema": "text"}, "which is a mapping"),
        ({"prompt": "x", "top_p": 1}, "top_p"),
    ],
)
def test_arguments_that_make_no_chat(arguments: dict[str, Resolved], words: str) -> None:
    with pytest.raises(PollFailed) as caught:
        asked(rude.fin_after_all, **arguments)
    assert words in caught.value.failure.message
    assert (caught.value.failure.kind, caught.value.failure.repeatable) == (FailureKind.REFUSED_INPUT, False)


def test_a_schema_fetches_nothing() -> None:
    schema: Any = {"$ref": "http://127.0.0.1:9/schema.json"}
    answer, _ = asked(answers(completion('"x"')), prompt="x", schema=schema)
    assert isinstance(answer, Accepted)
    assert answer.report is not None
    assert answer.report.failure is not None
    assert "refers to a part that it does not hold itself" in answer.report.failure.message


def test_the_key_goes_to_the_site_and_its_chat_only() -> None:
    async def run() -> None:
        client = RunningHubClient("https://www.runninghub.cn", KEY)
        for address in (
            "https://llm.runninghub.cn/v2/other",
            "https://www.runninghub.cn.evil.example/x",
            "http://x/y",
        ):
            with pytest.raises(ValueError, match="no address of"):
                await client.submit(address, b"{}")
        assert client._pool_of("https://llm.runninghub.cn/v1/chat/completions") is client._chats
        assert client._pool_of("https://www.runninghub.cn/openapi/v2/x") is client._submits
        await client.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("content", "schema"),
    [
        ("NaN", {"type": "number", "multipleOf": 0.1}),
        ("-Infinity", {"type": "number", "multipleOf": 2}),
        ("1" + "0" * 400, {"type": "number", "multipleOf": 0.1}),
        ('{"a": ' + "9" * 5000 + "}", {"type": "object"}),
    ],
    ids=["no number", "without end", "beyond every float", "beyond every whole number"],
)
def test_an_answer_whose_numbers_cannot_be_checked_is_an_answer_all_the_same(
    content: str, schema: Resolved
) -> None:
    answer, _ = asked(answers(completion(content)), prompt="p", schema=schema)
    assert isinstance(answer, Accepted)
    assert answer.report is not None
    assert answer.report.failure is not None
    assert answer.report.failure.kind is FailureKind.BAD_MEDIA


def test_an_answer_cut_in_the_middle_of_a_character_can_be_kept() -> None:
    answer, _ = asked(answers(completion("a hill \ud83d", "length")), prompt="p")
    assert isinstance(answer, Accepted)
    assert answer.report is not None
    assert answer.report.results == (RemoteResult(None, "txt", "a hill \N{REPLACEMENT CHARACTER}"),)
