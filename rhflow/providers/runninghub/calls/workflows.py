"""ComfyUI workflows: the graph behind an id."""

from __future__ import annotations

from typing import Any

from rhflow.ground.values import JsonObject
from rhflow.providers.runninghub.calls.call import Call, in_envelope, mapping
from rhflow.providers.runninghub.wire import read_exact


def graph(workflow: str) -> Call[JsonObject]:
    """The graph in the API's form: node number to class and inputs (RunningHub API, getJsonApiFormat)."""
    return Call("/api/openapi/getJsonApiFormat", in_envelope(_graph), {"workflowId": workflow}, key="apiKey")


def _graph(data: Any) -> JsonObject:
    """`prompt` holds the graph as JSON in a text.

    Raises:
        ValueError: it does not.
    """
    prompt = mapping(data).get("prompt")
    found = read_exact(prompt) if isinstance(prompt, str) else prompt
    if not isinstance(found, dict):
        raise ValueError("no graph")
    return found
