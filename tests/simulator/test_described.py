"""Whatever is sent to any call that the simulator describes of itself: an answer, and never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rhflow.catalog_files import load_catalog
from rhflow.simulator.server import SimulatorServer, SimulatorSettings, Timing
from tests.cli.front import KEY
from tests.simulator.server_standin import render

WORDS = (
    *("taskId", "workflowId", "webappId", "nodeInfoList", "apiKey", "apikey", "prompt", "messages", "model"),
    *("duration", "imageUrls", "webhookUrl", "instanceType", "retainSeconds", "workflow", "current", "size"),
    *("nodeId", "fieldName", "fieldValue", "loraName", "md5Hex", "resourceType", "faults", "advance_s"),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(("1904136902449209346", "1877265245566922800", "6", "text", KEY, "../x", "\0", "画")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=6) | VALUES


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    made = SimulatorSettings(
        folder=tmp_path_factory.mktemp("far"),
        catalog=load_catalog(),
        timing=Timing(0.01, 0.01),
        quick=True,
        renderer=render,
    )
    with SimulatorServer(made) as server, httpx.Client(base_url=server.base_url, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def operations(far: httpx.Client) -> list[tuple[str, str]]:
    """Method and path of every call; of the models' many, a few."""
    described = far.get("/simulator/openapi.json").json()["paths"]
    found = [(method.upper(), path) for path, item in sorted(described.items()) for method in item]
    models = [item for item in found if item[1].startswith("/openapi/v2/") and item[1].count("/") > 4]
    kept = set(models[::40])
    return [item for item in found if item not in models or item in kept]


@given(data=st.data())
@settings(
    max_examples=300,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_call_answers(
    far: httpx.Client, operations: list[tuple[str, str]], data: st.DataObject
) -> None:
    method, path = data.draw(st.sampled_from(operations))
    if path == "/simulator/clock":
        return  # a clock that jumps would let everything else expire
    filled = path.replace("{", "").replace("}", "")
    body: Any = data.draw(BODIES)
    header = data.draw(st.sampled_from(({"Authorization": f"Bearer {KEY}"}, {}, {"Authorization": "x"})))
    if data.draw(st.booleans()):
        answer = far.request(method, filled, json=body, headers=header)
    else:
        answer = far.request(method, filled, content=data.draw(st.binary(max_size=40)), headers=header)
    assert answer.status_code < 500, (method, filled, body, answer.text)
    if path == "/simulator/faults":
        far.post(path, json={"faults": []})


def test_it_describes_what_it_has(operations: list[tuple[str, str]]) -> None:
    assert len(operations) > 40
