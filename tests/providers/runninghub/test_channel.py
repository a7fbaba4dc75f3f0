"""How far a graph is: read from ComfyUI's words, over a line that may do anything."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Response

from rhflow.lifecycle.notices import Glimpse
from rhflow.ports import Accepted, TellsProgress
from rhflow.providers.runninghub import provider as provider_module
from rhflow.providers.runninghub.channel import overhear, read_message
from rhflow.providers.runninghub.secret import Veil
from rhflow.simulator.timing import Timing
from tests.providers.runninghub.test_with_simulator import TEXT_TO_IMAGE, Bench, at_the_bench

NODE = "x" * 65


def told(kind: str, **data: Any) -> str:
    return json.dumps({"type": kind, "data": data})


@pytest.mark.parametrize(
    ("message", "glimpse"),
    [
        (told("executing", node="3", prompt_id="p"), Glimpse("3")),
        (told("executing", node=3), Glimpse("3")),
        (told("progress", node="3", value=2, max=4), Glimpse("3", 2, 4)),
        (told("progress", node="3", value=0.5, max=1.0), Glimpse("3", 0.5, 1)),
        (told("progress", node="3", value=5, max=4), Glimpse("3")),
        (told("progress", node="3", value=-1, max=4), Glimpse("3")),
        (told("progress", node="3", value="2", max=4), Glimpse("3")),
        (told("progress", node="3", value=True, max=4), Glimpse("3")),
        (told("progress", node="3", value=0, max=0), Glimpse("3")),
        ('{"type":"progress","data":{"node":"3","value":1e999,"max":1e999}}', Glimpse("3")),
        (told("progress", value=2, max=4), None),
        (told("executing", node=None), Glimpse(has_ended=True)),
        (told("executing"), None),
        (told("executing", node=NODE), None),
        (told("executing", node="\x1b[2J"), None),
        (told("executing", node=["3"]), None),
        (told("execution_success"), Glimpse(has_ended=True)),
        (told("execution_error", node_id="3", exception_message="out of memory"), Glimpse(has_ended=True)),
        (told("execution_interrupted"), Glimpse(has_ended=True)),
        (told("execution_cached", nodes=["1"]), None),
        (told("executed", node="9", output={}), None),
        (told("status", sid="s"), None),
        ('{"type":"execution_success"}', Glimpse(has_ended=True)),
        ('{"type":["x"],"data":7}', None),
        ("[]", None),
        ("no JSON", None),
        ("[" * 200_000, None),
        (b"\x00\x00\x00\x01preview", None),
    ],
)
def test_each_message_tells_what_it_tells(message: str | bytes, glimpse: Glimpse | None) -> None:
    assert read_message(message) == glimpse


def test_a_glimpse_reads_as_words() -> None:
    assert Glimpse("3", 12, 20).text == "node 3, 12 of 20"
    assert Glimpse("52").text == "node 52"
    assert not Glimpse(has_ended=True).text


def heard_from(
    speak: Callable[[ServerConnection], Awaitable[None]], path: str = "", **options: Any
) -> tuple[list[Glimpse], Veil]:
    """What is heard of a server that speaks so."""

    async def scene() -> tuple[list[Glimpse], Veil]:
        veil = Veil()
        async with serve(speak, "127.0.0.1", 0, **options) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            address = f"ws://127.0.0.1:{port}/{path}"
            ways = overhear(address, ssl.create_default_context(), trust_env=False, veil=veil)
            return [glimpse async for glimpse in ways], veil

    return asyncio.run(asyncio.wait_for(scene(), 20))


async def one_node(line: ServerConnection) -> None:
    await line.send(told("executing", node="3"))


def test_a_line_that_closes_has_said_all_it_says() -> None:
    assert heard_from(one_node)[0] == [Glimpse("3")]


def test_a_line_that_breaks_or_babbles_is_no_error() -> None:
    async def breaks(line: ServerConnection) -> None:
        await one_node(line)
        line.transport.abort()

    async def babbles(line: ServerConnection) -> None:
        await line.send(b"\xff" * 70_000)
        await one_node(line)
        await line.send("x" * (5 * 1024 * 1024))
        await line.send(told("execution_success"))

    assert heard_from(breaks)[0] == [Glimpse("3")]
    assert heard_from(babbles)[0] == [Glimpse("3")], "what is too large ends it"


def test_a_refused_or_absurd_address_is_no_error() -> None:
    def refuses(line: ServerConnection, _request: Any) -> Response:
        return line.respond(403, "no")

    assert heard_from(one_node, process_request=refuses)[0] == []

    async def absurd() -> None:
        for address in (
            "http://127.0.0.1:9/",
            "ws://",
            "wss://[",
            "ws://127.0.0.1:1/",
            "ws://127.0.0.1:99999/",
            "x",
        ):
            ways = overhear(address, ssl.create_default_context(), trust_env=False, veil=Veil())
            assert [glimpse async for glimpse in ways] == []

    asyncio.run(absurd())


def test_the_word_in_the_address_is_kept_from_every_log(caplog: pytest.LogCaptureFixture) -> None:
    word = "a-very-secret-word"
    with caplog.at_level(logging.DEBUG):
        _, veil = heard_from(one_node, f"ws/c_instance?clientId=1&Rh-Comfy-Auth={word}")
        heard_from(
            one_node, f"?Rh-Comfy-Auth={word}", process_request=lambda line, _: line.respond(500, word)
        )
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    assert not [record for record in ours if word in record.getMessage()]
    assert veil.hide_in(f"it said {word}") == "it said ***"


def test_a_workflow_tells_how_far_it_is(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        job = await bench.job(f"workflow/{TEXT_TO_IMAGE}", nodes={"6": {"text": "a boat"}})
        while (await bench.seller.report(job)).state == "queued":
            await asyncio.sleep(0.01)
        assert isinstance(bench.seller, TellsProgress)
        seen = [glimpse async for glimpse in bench.seller.progress(f"workflow/{TEXT_TO_IMAGE}", job)]
        assert seen[-1] == Glimpse(has_ended=True)
        assert {"3", "6", "9"} <= {glimpse.node for glimpse in seen}
        assert [glimpse.done for glimpse in seen if glimpse.node == "3" and glimpse.done] == [1, 2, 3, 4]
        assert [glimpse async for glimpse in bench.seller.progress(f"workflow/{TEXT_TO_IMAGE}", job)] == []

    at_the_bench(tmp_path, work, timing=Timing(0.03, 1.5))


def test_a_model_tells_nothing_and_nobody_is_asked(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        job = await bench.job("seedream-v4/text-to-image", prompt="a boat", resolution="2k")
        await bench.seller.close()
        assert [glimpse async for glimpse in bench.seller.progress("seedream-v4/text-to-image", job)] == []

    at_the_bench(tmp_path, work)


def test_a_line_that_breaks_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The channel is unstable, says the vendor: a few tries, and then we let it be."""
    lines = 0

    async def cut(*_address: Any, **_options: Any) -> Any:
        nonlocal lines
        lines += 1
        yield Glimpse(str(lines))

    async def work(bench: Bench) -> None:
        answer = await bench.buy(f"workflow/{TEXT_TO_IMAGE}", nodes={"6": {"text": "a boat"}})
        assert isinstance(answer, Accepted)
        while (await bench.seller.report(answer.job)).state == "queued":
            await asyncio.sleep(0.01)
        told = bench.seller.progress(f"workflow/{TEXT_TO_IMAGE}", answer.job)
        assert [glimpse.node async for glimpse in told] == ["1", "2", "3", "4"]

    monkeypatch.setattr(provider_module, "CHANNEL_WAITS", (0.01, 0.01, 0.01))
    monkeypatch.setattr(provider_module, "overhear", cut)
    at_the_bench(tmp_path, work, timing=Timing(0.03, 1.5))
