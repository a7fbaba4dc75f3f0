"""Every call in OpenAPI's form: the fixed ones from the data file, two for each model of the catalogue."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from importlib.resources import files

from rhflow.catalog.model import Model
from rhflow.catalog.schema import model_schema
from rhflow.ground.values import Json, JsonObject

_PROXY = "/proxy/"
"""Machines of 24 GB; those of 48 GB have the same calls below `/proxy-plus/`."""
_WEBHOOK: JsonObject = {"type": "string", "format": "uri", "description": "Called when the job has ended."}


def describe(models: Iterable[Model]) -> JsonObject:
    """The description, with these models in it."""
    told: JsonObject = json.loads(_fixed())
    paths = told["paths"]
    assert isinstance(paths, dict)
    text = json.dumps({path: item for path, item in paths.items() if path.startswith(_PROXY)})
    paths |= json.loads(text.replace(_PROXY, "/proxy-plus/").replace('"proxy_', '"proxy_plus_'))
    for model in models:
        if model.endpoint and not model.is_local:
            paths |= _paths_of(model)
    return told


@functools.cache
def _fixed() -> str:
    return (files("rhflow.simulator") / "data" / "openapi.json").read_text("utf-8")


def _paths_of(model: Model) -> JsonObject:
    """Its submit and its price preview."""
    schema = model_schema(model)
    del schema["$schema"]
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    schema["properties"] = {**properties, "webhookUrl": _WEBHOOK}
    submit = _call(model, schema, "Order", "submit", "Task")
    preview = _call(model, schema, "The price of", "preview", "Price")
    return {
        f"/openapi/v2/{model.endpoint}": {"post": submit},
        f"/openapi/v2/price-preview/{model.endpoint}": {"post": preview},
    }


def _call(model: Model, schema: JsonObject, verb: str, name: str, answer: str) -> JsonObject:
    options: list[Json] = [
        {"$ref": f"#/components/schemas/{each}"} for each in dict.fromkeys((answer, "Task"))
    ]
    good: JsonObject = {"anyOf": options}
    refused: JsonObject = {"$ref": "#/components/schemas/Task"}
    return {
        "tags": [model.task],
        "summary": f"{verb} {model.id}",
        "operationId": f"{name}:{model.endpoint}",
        "deprecated": model.deprecated,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "200": _json("Accepted, or refused with a code.", good),
            "401": _json("The key is missing or not known.", refused),
            "413": _json("The body is too large.", refused),
        },
    }


def _json(description: str, schema: JsonObject) -> JsonObject:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
