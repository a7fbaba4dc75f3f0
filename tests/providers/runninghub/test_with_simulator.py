"""Client and simulator, which reads the same contract on its own: what one asks, the other answers."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rhflow.catalog_files import load_catalog
from rhflow.ground.references import Resolved
from rhflow.ground.values import JsonObject
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Accepted, JobReport, PollFailed, Refused, Request, SubmitAnswer
from rhflow.providers.runninghub.calls import account, apps, assets, library, tasks, webhooks, workflows
from rhflow.providers.runninghub.client import Patience
from rhflow.providers.runninghub.parcels import PIECE, Parcel
from rhflow.providers.runninghub.provider import RunningHubProvider
from rhflow.simulator.server import running_simulator
from rhflow.simulator.timing import Timing
from tests.providers.runninghub.test_forms import seller_at
from tests.providers.runninghub.test_staging import Shelf

TEXT_TO_IMAGE = "1904136902449209346"
BEHIND_A_PASSWORD = "1904136902449209405"
NEVER_RUN = "1904136902449209407"
EDIT = "1877265245566922800"
UNPLUGGED: Resolved = {"9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}
"""A graph that saves what nobody made."""


def picture() -> bytes:
    found = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(found, "PNG")
    return found.getvalue()


class Bench:
    """One client, one simulator, one shelf."""

    def __init__(self, seller: RunningHubProvider, shelf: Shelf) -> None:
        self.seller = seller
        self.shelf = shelf

    async def buy(self, endpoint: str, **arguments: Resolved) -> SubmitAnswer:
        return await self.seller.submit(
            await self.seller.stage(Request(endpoint, arguments), self.shelf), "a1"
        )

    async def job(self, endpoint: str, **arguments: Resolved) -> str:
        answer = await self.buy(endpoint, **arguments)
        assert isinstance(answer, Accepted)
        return answer.job

    async def end_of(self, job: str) -> JobReport:
        while (report := await self.seller.report(job)).state in ("queued", "running"):
            await asyncio.sleep(0.02)
        return report


def at_the_bench(folder: Path, work: Callable[[Bench], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        given = {"timing": Timing(0.03, 0.03), **options}
        async with running_simulator(folder / "far", load_catalog(), quick=True, **given) as url:
            seller = seller_at(url, environ={"UPSCALE_PASSWORD": "open-sesame"}, patience=Patience())
            try:
                await work(Bench(seller, Shelf(folder)))
            finally:
                await seller.close()

    asyncio.run(run())


def test_every_form_is_bought_and_made(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        image = bench.shelf.file(picture())
        orders: list[tuple[str, dict[str, Resolved]]] = [
            (f"workflow/{TEXT_TO_IMAGE}", {"nodes": {"6": {"text": "rain"}, "3": {"steps": 5, "cfg": 6.5}}}),
            (
                f"workflow/{BEHIND_A_PASSWORD}",
                {"nodes": {"10": {"image": image}}, "access_password": {"env": "UPSCALE_PASSWORD"}},
            ),
            (
                f"app/{EDIT}",
                {"nodes": {"39": {"image": image}, "52": {"prompt": "snow"}}, "instance": "plus"},
            ),
        ]
        jobs = [await bench.job(endpoint, **arguments) for endpoint, arguments in orders]
        for job in jobs:
            report = await bench.end_of(job)
            assert report.state == "succeeded"
            (result,) = report.results
            assert result.node
            assert report.usage.money
            (download,) = await bench.seller.collect(report, tmp_path / job)
            assert download.path is not None
            assert download.path.read_bytes().startswith(b"\x89PNG")
            assert download.node == result.node

    at_the_bench(tmp_path, work)


def test_a_graph_that_was_fetched_can_be_bought_whole(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        graph = await bench.seller.ask(workflows.graph(TEXT_TO_IMAGE))
        assert graph["9"]["class_type"] == "SaveImage"  # type: ignore[index,call-overload]
        job = await bench.job(f"workflow/{TEXT_TO_IMAGE}", graph=graph)  # type: ignore[arg-type]
        while (await bench.seller.ask(tasks.status(job))).state in ("queued", "running"):
            await asyncio.sleep(0.02)
        newer, older = await bench.end_of(job), await bench.seller.ask(tasks.outputs(job))
        assert older.state == newer.state == "succeeded"
        assert [result.node for result in older.results] == [result.node for result in newer.results] == ["9"]
        assert older.usage.money == newer.usage.money

    at_the_bench(tmp_path, work)


@pytest.mark.parametrize(
    ("endpoint", "arguments", "code", "kind"),
    [
        ("workflow/1", {}, "380", FailureKind.REFUSED_INPUT),
        (f"workflow/{NEVER_RUN}", {}, "810", FailureKind.REFUSED_INPUT),
        (f"workflow/{TEXT_TO_IMAGE}", {"nodes": {"999": {"text": "x"}}}, "1101", FailureKind.REFUSED_INPUT),
        (f"workflow/{TEXT_TO_IMAGE}", {"graph": UNPLUGGED}, "433", FailureKind.REFUSED_INPUT),
        ("app/1", {}, "901", FailureKind.REFUSED_INPUT),
        ("no/such-model", {}, "1001", FailureKind.WITHDRAWN),
    ],
)
def test_what_it_refuses_was_not_bought(
    endpoint: str, arguments: dict[str, Resolved], code: str, kind: FailureKind, tmp_path: Path
) -> None:
    async def work(bench: Bench) -> None:
        answer = await bench.buy(endpoint, **arguments)
        assert isinstance(answer, Refused)
        assert answer.failure.kind is kind
        assert answer.failure.code == code
        assert code != "433" or "node 9" in answer.failure.message

    at_the_bench(tmp_path, work)


def test_a_language_model_answers_in_the_shape_that_was_asked_for(tmp_path: Path) -> None:
    shot = {"type": "object", "required": ["frame"], "properties": {"frame": {"type": "string"}}}
    schema: Any = {
        "type": "object",
        "required": ["shots"],
        "properties": {"shots": {"type": "array", "minItems": 3, "items": shot}},
    }

    async def work(bench: Bench) -> None:
        answer = await bench.buy("chat/some-model", prompt="A storyboard of three shots", schema=schema)
        assert isinstance(answer, Accepted)
        report = await bench.seller.report(answer.job)
        assert report.state == "succeeded"
        shots = json.loads(str(report.results[0].text))["shots"]
        assert len(shots) >= 3
        (download,) = await bench.seller.collect(report, tmp_path / "chat")
        assert download.text == report.results[0].text

    at_the_bench(tmp_path, work)


def test_a_lost_answer_of_a_workflow_is_a_doubt_and_one_purchase(tmp_path: Path) -> None:
    lost: JsonObject = {"on": "submit", "nth": 1, "do": "drop_after"}

    async def work(bench: Bench) -> None:
        answer = await bench.buy(f"workflow/{TEXT_TO_IMAGE}")
        assert type(answer).__name__ == "Lost"
        load = await bench.seller.ask(account.queue())
        assert load.limit == "50"

    at_the_bench(tmp_path, work, faults=[lost])


def test_what_can_be_asked_for_nothing(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        ask = bench.seller.ask
        app = await ask(apps.app(EDIT))
        assert ("39", "image", "IMAGE") in [(field.node, field.name, field.type) for field in app.fields]
        listed = await ask(apps.apps(size=50))
        assert EDIT in [item.id for item in listed]
        assert all(item.title for item in listed)
        loras = await ask(library.resources("LORA"))
        assert all(item.file for item in loras)
        assert isinstance(await ask(account.keys()), list)
        assert (await bench.seller.account()).concurrency == 50
        assert await ask(assets.assets("list", {})) is not None
        for call in (tasks.query("2013508786110730241"), tasks.outputs("2013508786110730241")):
            with pytest.raises(PollFailed) as caught:
                await ask(call)  # type: ignore[arg-type]
            assert caught.value.failure.kind is FailureKind.GONE
        with pytest.raises(PollFailed):
            await ask(webhooks.detail(await bench.job(f"app/{EDIT}")))  # it had none

    at_the_bench(tmp_path, work)


def test_files_for_nodes_by_the_older_ways(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        data = picture()
        path = tmp_path / "a.png"
        path.write_bytes(data)
        name = await bench.seller._transfers.older_upload(
            Parcel(path, hashlib.sha256(data).hexdigest(), "png")
        )
        assert name.startswith("api/")
        lora = tmp_path / "ink.safetensors"
        lora.write_bytes(random.Random(1).randbytes(3 * PIECE // 2))
        file = await bench.seller.upload_lora(lora, "ink")
        assert file == f"api-lora-cn/{hashlib.md5(lora.read_bytes()).hexdigest()}.safetensors"
        assert await bench.seller.upload_lora(lora, "ink") == file

    at_the_bench(tmp_path, work)


def test_a_download_that_breaks_off_goes_on(tmp_path: Path) -> None:
    """Its file server is another's, and knows ranges by itself."""
    data = b"\x89PNG\r\n\x1a\n" + random.Random(5).randbytes(8 * PIECE)
    cut: JsonObject = {"on": "download", "nth": 1, "do": {"truncate": 5 * PIECE}}

    async def work(bench: Bench) -> None:
        path = tmp_path / "a.png"
        path.write_bytes(data)
        transfers = bench.seller._transfers
        uploaded = await transfers.upload(Parcel(path, hashlib.sha256(data).hexdigest(), "png"))
        came = await transfers.download(uploaded.url, tmp_path / "in", "r")
        assert hashlib.sha256(came.read_bytes()).digest() == hashlib.sha256(data).digest()

    at_the_bench(tmp_path, work, faults=[cut])
