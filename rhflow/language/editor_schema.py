"""The grammar as a JSON Schema (draft-07) for editors: keys, their help, and every name behind `uses`.

Drawn from `spec.py`, so that the editor and the reader cannot disagree about keys. What an editor cannot know
(types through expressions, prices, places) is `rhflow check`'s.
"""

from __future__ import annotations

from typing import get_args

from rhflow.catalog.read import Catalog
from rhflow.ground.values import Json, JsonObject
from rhflow.language.pipeline import InputType, OnDoubt
from rhflow.language.spec import InputSpec, PipelineSpec, Spec, StepSpec, keys_of

_ID = "^[a-z][a-z0-9_]*$"
_FORMS: dict[str, JsonObject] = {
    "rhflow": {"const": 1},
    "name": {"type": "string"},
    "about": {"type": "string"},
    "inputs": {"type": "object", "additionalProperties": {"$ref": "#/definitions/input"}},
    "steps": {"$ref": "#/definitions/steps"},
    "outputs": {"type": "object"},
    "budget": {"type": ["string", "number"]},
    "type": {"enum": list(get_args(InputType))},
    "required": {"type": "boolean"},
    "default": {},
    "schema": {"type": "string"},
    "uses": {"$ref": "#/definitions/uses"},
    "with": {"type": "object"},
    "needs": {"type": ["string", "array"], "items": {"type": "string"}},
    "foreach": {"type": ["string", "array"]},
    "as": {"type": "string", "pattern": _ID},
    "on_doubt": {"enum": list(get_args(OnDoubt))},
    "max_cost": {"type": ["string", "number"]},
    "label": {"type": "string"},
    "save_as": {"type": "string"},
}


def editor_schema(catalog: Catalog) -> JsonObject:
    """The schema behind `# yaml-language-server: $schema=`."""
    runnable = [model for model in catalog.models if model.endpoint is not None]
    names = sorted({name for model in runnable for name in (*model.names, model.id)})
    listed: list[Json] = [*names]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "An rhflow pipeline",
        **_mapping(PipelineSpec, ["rhflow", "steps"]),
        "definitions": {
            "input": _mapping(InputSpec, ["type"]),
            "steps": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": _ID},
                "additionalProperties": {"$ref": "#/definitions/step"},
            },
            "step": {
                **_mapping(StepSpec, []),
                "oneOf": [{"required": ["uses"]}, {"required": ["steps"]}],
            },
            "uses": {"type": "string", "enum": listed},
        },
    }


def _mapping(spec: type[Spec], required: list[Json]) -> JsonObject:
    properties: JsonObject = {}
    for key, wants in keys_of(spec).items():
        form = _FORMS[key]
        if "$ref" in form:  # draft-07 ignores what stands beside a reference
            properties[key] = {"description": f"Wants {wants}.", "allOf": [form]}
        else:
            properties[key] = {"description": f"Wants {wants}.", **form}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }
