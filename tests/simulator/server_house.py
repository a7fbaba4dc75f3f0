"""A small catalogue and a running simulator for the tests of its server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import UNKNOWN, Price, PriceRule
from rhflow.catalog.read import Catalog
from rhflow.ground.media import Kind
from rhflow.simulator.server import Simulator, SimulatorServer, SimulatorSettings, Timing

KEY = "0123456789abcdef0123456789abWXYZ"
PICTURE = "/openapi/v2/ink/text-to-image"
CLIP = "/openapi/v2/ink/image-to-video"
FILM = "/openapi/v2/ink/video-edit"
TALE = "/openapi/v2/ink/text-to-text"
SPEECH = "/openapi/v2/ink/text-to-audio"
OWN = "/openapi/v2/own/text-to-image"
REFERENCES = "/openapi/v2/ink/reference-to-image"
SECRET = "/openapi/v2/ink/undocumented"

_PROMPT = Param(name="prompt", type="string", required=True, max_length=200)
_BY_SIZE = Price(
    basis="by-parameter",
    rules=(
        PriceRule({"size": "1k"}, Decimal("0.10")),
        PriceRule({"size": "2k"}, Decimal("0.30")),
    ),
)


def _model(name: str, task: str, output: Kind, params: tuple[Param, ...], price: Price, **more: Any) -> Model:
    return Model(
        endpoint=f"{name}/{task}",
        names=(f"{name} {task}",),
        task=task,
        family=name,
        output=output,
        params=params,
        price=price,
        **more,
    )


CATALOG = Catalog(
    [
        _model(
            "ink",
            "text-to-image",
            Kind.IMAGE,
            (
                _PROMPT,
                Param(name="size", type="enum", required=True, default="1k", enum=("1k", "2k")),
                Param(name="seed", type="integer", min=0, max=2147483647),
            ),
            _BY_SIZE,
            former_endpoints=("ink/old-text-to-image",),
        ),
        _model(
            "ink",
            "image-to-video",
            Kind.VIDEO,
            (
                Param(name="imageUrl", type="image", required=True, max_size_mb=1),
                Param(name="prompt", type="string"),
                Param(name="duration", type="enum", required=True, default="5", enum=("5", "10")),
            ),
            Price(basis="fixed", unit="second", amount=Decimal("0.2")),
        ),
        _model(
            "ink",
            "video-edit",
            Kind.VIDEO,
            (Param(name="videoUrl", type="video", required=True), Param(name="prompt", type="string")),
            Price(basis="fixed", unit="second", amount=Decimal("0.5")),
        ),
        _model("ink", "text-to-text", Kind.TEXT, (_PROMPT,), UNKNOWN),
        _model("ink", "text-to-audio", Kind.AUDIO, (_PROMPT,), Price(basis="fixed", amount=Decimal("0.07"))),
        _model(
            "own",
            "text-to-image",
            Kind.IMAGE,
            (_PROMPT,),
            Price(basis="fixed", amount=Decimal("0.03")),
            hosting="runninghub",
        ),
        _model(
            "ink",
            "reference-to-image",
            Kind.IMAGE,
            (
                Param(name="imageUrls", type="image", multiple=True, max_items=3),
                Param(name="elements", type="array", item_type="object"),
            ),
            Price(basis="fixed", amount=Decimal("1.01")),
        ),
        _model("ink", "undocumented", Kind.IMAGE, (), UNKNOWN, params_known=False),
    ]
)

QUICK = Timing(queued_s=0.03, running_s=0.03)
HELD = Timing(queued_s=3_600, running_s=3_600)
"""Nothing begins or ends before the clock is moved: for tests of what is between."""
RENDERER = "tests.simulator.server_standin:render"


def settings(folder: Path, **options: Any) -> SimulatorSettings:
    options = {"catalog": CATALOG, "timing": QUICK, "quick": True, "renderer": RENDERER} | options
    return SimulatorSettings(folder=folder, **options)


class House:
    """A client of a running simulator."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server
        self.url = server.base_url
        self.client = self.caller(KEY)

    @property
    def simulator(self) -> Simulator:
        assert self.server.simulator is not None
        return self.server.simulator

    def caller(self, key: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, trust_env=False)

    def submit(self, path: str = PICTURE, **body: Any) -> dict[str, Any]:
        if path == PICTURE:
            body = {"prompt": "a heron", "size": "1k"} | body
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def query(self, task: str) -> dict[str, Any]:
        return self.client.post("/openapi/v2/query", json={"taskId": task}).json()

    def wait(self, task: str, limit_s: float = 30) -> dict[str, Any]:
        """Ask until the job has ended."""
        end = time.monotonic() + limit_s
        while (answer := self.query(task))["status"] in ("QUEUED", "RUNNING"):
            assert time.monotonic() < end, answer
            time.sleep(0.01)
        return answer

    def made(self, path: str = PICTURE, **body: Any) -> dict[str, Any]:
        """Submit and wait."""
        answer = self.submit(path, **body)
        assert answer["errorCode"] == "", answer
        return self.wait(answer["taskId"])

    def upload(self, content: bytes, name: str = "file.bin") -> dict[str, Any]:
        return self.client.post("/openapi/v2/media/upload/binary", files={"file": (name, content)}).json()

    def faults(self, *faults: dict[str, Any]) -> None:
        answer = self.client.post("/simulator/faults", json={"faults": faults})
        assert answer.status_code == 200, answer.text

    def bill(self) -> dict[str, Any]:
        return self.client.get("/simulator/bill").json()

    def advance(self, seconds: float) -> None:
        assert self.client.post("/simulator/clock", json={"advance_s": seconds}).status_code == 200


@contextmanager
def house(folder: Path, **options: Any) -> Iterator[House]:
    with SimulatorServer(settings(folder, **options)) as server:
        home = House(server)
        with home.client:
            yield home
