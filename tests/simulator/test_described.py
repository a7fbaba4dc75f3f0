"""Whatever is sent to any call that the simulator describes: an answer as described, and never a crash.

Bodies are drawn from the call's own description, or from anywhere. For a longer run, with every model:
`schemathesis run http://127.0.0.1:PORT/simulator/openapi.json`, against `rhflow simulate --quick`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

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


def drawn_from(schema: Any, told: Any) -> st.SearchStrategy[Any]:
    """Values that fit a schema, of what the description uses of JSON Schema."""
    if "$ref" in schema:
        return drawn_from(told["components"]["schemas"][schema["$ref"].rpartition("/")[2]], told)
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return st.one_of([drawn_from(each, told) for each in schema[name]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema.get("type", "any")
    return st.one_of(
        [_of_kind(kind, schema, told) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    )


def _of_kind(kind: str, schema: Any, told: Any) -> st.SearchStrategy[Any]:
    match kind:
        case "object":
            fields = {name: drawn_from(each, told) for name, each in schema.get("properties", {}).items()}
            needed = {name: fields.pop(name) for name in schema.get("required", ()) if name in fields}
            return st.fixed_dictionaries(needed, optional=fields)
        case "array":
            return st.lists(drawn_from(schema.get("items", {}), told), max_size=3)
        case "integer":
            return st.integers(schema.get("minimum", -5), schema.get("maximum", 70))
        case "number":
            return st.floats(schema.get("minimum", -5), schema.get("maximum", 70))
        case "string":
            return st.text(max_size=12) | st.sampled_from(("1904136902449209346", "1877265245566922801", "6"))
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    return VALUES


@pytest.fixture(scope="module")
def told(far: httpx.Client) -> Any:
    return far.get("/simulator/openapi.json").json()


@pytest.fixture(scope="module")
def operations(told: Any) -> list[tuple[str, str]]:
    """Method and path of every call; of the models' many, a few."""
    found = [(method.upper(), path) for path, item in sorted(told["paths"].items()) for method in item]
    models = [
        (method, path)
        for method, path in found
        if told["paths"][path][method.lower()]["operationId"].startswith(("submit:", "preview:"))
    ]
    kept = set(models[::40])
    return [item for item in found if item not in models or item in kept]


@given(data=st.data())
@settings(
    max_examples=500,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_call_answers(
    far: httpx.Client, told: Any, operations: list[tuple[str, str]], data: st.DataObject
) -> None:
    method, path = data.draw(st.sampled_from(operations))
    if path == "/simulator/clock":
        return  # a clock that jumps would let everything else expire
    filled = path.replace("{key}", "an-exclusive-plus-key").replace("{", "").replace("}", "")
    described = told["paths"][path][method.lower()]
    asked = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    body: Any = data.draw(BODIES if asked is None else st.one_of(BODIES, drawn_from(asked, told)))
    header = data.draw(st.sampled_from(({"Authorization": f"Bearer {KEY}"}, {}, {"Authorization": "x"})))
    if data.draw(st.booleans()):
        answer = far.request(method, filled, json=body, headers=header)
    else:
        answer = far.request(method, filled, content=data.draw(st.binary(max_size=40)), headers=header)
    assert answer.status_code < 500, (method, filled, body, answer.text)
    _as_described(answer, described, told)
    if path == "/simulator/faults":
        far.post(path, json={"faults": []})


def _as_described(answer: httpx.Response, described: Any, told: Any) -> None:
    """A status that was announced, and content that fits its schema."""
    assert str(answer.status_code) in described["responses"], (answer.request.url, answer.text)
    content = described["responses"][str(answer.status_code)].get("content", {})
    schema = content.get(answer.headers.get("content-type", "").partition(";")[0], {}).get("schema")
    if schema is not None and answer.headers["content-type"].startswith("application/json"):
        Draft202012Validator({**schema, "components": told["components"]}).validate(answer.json())


def test_it_describes_what_it_has(operations: list[tuple[str, str]]) -> None:
    assert len(operations) > 40
