"""The grammar as a JSON Schema (draft-07) for editors: keys, their help, every model, every `with`.

What an editor cannot know (types through expressions, prices, places) is `rhflow check`'s. The other way
round: what `check` takes, the editor takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import get_args

from rhflow.catalog.read import Catalog
from rhflow.ground.values import Json, JsonObject
from rhflow.language.declared_steps import FROM_FILES
from rhflow.language.editor_models import EditorModels, argument, or_expression, pattern_of, where_uses
from rhflow.language.editor_words import (
    CAP_HELP,
    CLOCK_HELP,
    FALLBACK_HELP,
    FORM_ARGUMENT_HELP,
    FORM_HELP,
    INPUT_HELP,
    STEP_HELP,
    TOP_HELP,
)
from rhflow.language.free_form import FORMS, Form
from rhflow.language.pipeline import InputType, OnDoubt, OnFailure, OnRejected

_ID = "^[a-z][a-z0-9_]*$"
_OTHER_PIPELINE = r"^\.{1,2}/|\.ya?ml$"
_ID_FAULT = "An id is small letters, digits and _, a letter first."
_UNKNOWN_NAME = "The catalogue has no model of this name; rhflow check names the nearest one."

_TEXT: JsonObject = {"type": "string"}
_TRUTH: JsonObject = {"type": "boolean"}
_AMOUNT: JsonObject = {"type": ["string", "number"]}
_POSITIVE: JsonObject = {"type": "integer", "minimum": 1}

_TOP: dict[str, JsonObject] = {
    "rhflow": {"const": 1},
    "name": _TEXT,
    "about": _TEXT,
    "inputs": {"type": "object", "additionalProperties": {"$ref": "#/definitions/input"}},
    "defaults": {"$ref": "#/definitions/defaults"},
    "budget": {"$ref": "#/definitions/budget"},
    "steps": {"$ref": "#/definitions/steps"},
    "outputs": {"type": "object"},
}
_INPUT: dict[str, JsonObject] = {
    "type": {"enum": list(get_args(InputType))},
    "required": _TRUTH,
    "default": {},
    "about": _TEXT,
    "schema": _TEXT,
}
_DEFAULTS: dict[str, JsonObject] = {
    "retry": {"type": "integer", "minimum": 0, "maximum": 20},
    "timeout": {"$ref": "#/definitions/timeout"},
    "on_failure": {"enum": list(get_args(OnFailure))},
    "on_rejected": {"enum": list(get_args(OnRejected))},
    "on_doubt": {"enum": list(get_args(OnDoubt))},
    "cache": _TRUTH,
    "max_cost": _AMOUNT,
}
_FALLBACK: dict[str, JsonObject] = {"uses": {"$ref": "#/definitions/uses"}, "with": {"type": "object"}}
_STEP: dict[str, JsonObject] = {
    **_FALLBACK,
    "foreach": {"type": ["string", "array"]},
    "as": {"type": "string", "pattern": _ID, "patternErrorMessage": _ID_FAULT},
    "at_most": {"type": "integer", "minimum": 1, "maximum": 1000},
    "matrix": {"type": "object", "minProperties": 1},
    "zip": _TRUTH,
    "steps": {"$ref": "#/definitions/steps"},
    "if": or_expression(_TRUTH),
    "needs": {"type": ["string", "array"], "items": _TEXT},
    "takes": or_expression(_POSITIVE),
    "pick": or_expression({"anyOf": [{"enum": ["first", "ask"]}, _POSITIVE]}),
    "approve": or_expression(_TRUTH),
    "fallback": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/fallback"}},
    **_DEFAULTS,
    "unchecked": _TRUTH,
    "label": _TEXT,
    "save_as": _TEXT,
}
_CLOCKS: dict[str, JsonObject] = dict.fromkeys(CLOCK_HELP, _AMOUNT)
_CAPS: dict[str, JsonObject] = dict.fromkeys(CAP_HELP, _AMOUNT)


def editor_schema(catalog: Catalog) -> JsonObject:
    """The schema behind `# yaml-language-server: $schema=`."""
    models = EditorModels(catalog)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        # No titles: editors would show the nearest one above the help of every key.
        "description": "An rhflow pipeline. Films out of hosted generative models: inputs, steps, outputs.",
        **_mapping(_TOP, TOP_HELP, ["rhflow", "steps"]),
        "definitions": {
            "expression": {"type": "string", "pattern": r"\$\{\{"},
            "input": _mapping(_INPUT, INPUT_HELP, ["type"]),
            "steps": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": _ID, "patternErrorMessage": _ID_FAULT},
                "additionalProperties": {"$ref": "#/definitions/step"},
            },
            "step": {
                **_mapping(_STEP, STEP_HELP),
                "oneOf": [{"required": ["uses"]}, {"required": ["steps"]}],
                "allOf": [{"$ref": "#/definitions/call"}],
            },
            "fallback": {
                **_mapping(_FALLBACK, FALLBACK_HELP, ["uses"]),
                "allOf": [{"$ref": "#/definitions/call"}],
            },
            "defaults": _mapping(_DEFAULTS, STEP_HELP),
            "budget": {
                **_mapping(_CAPS, CAP_HELP),
                "type": ["string", "number", "object"],
                "minProperties": 1,
            },
            "timeout": {**_mapping(_CLOCKS, CLOCK_HELP), "type": ["string", "number", "object"]},
            "uses": {"type": "string", "anyOf": [*_others(), *models.choices(), {}]},
            "call": {"allOf": [_known_name(models), *_forms(), *models.conditions()]},
            **{f"arguments:{form.prefix[:-1]}": _form_arguments(form) for form in FORMS},
            **models.definitions,
        },
    }


def editor_text(catalog: Catalog) -> str:
    """The schema as a file: each definition on a line of its own, so that a change is seen where it is."""
    schema = editor_schema(catalog)
    definitions = schema.pop("definitions")
    assert isinstance(definitions, dict)
    head = json.dumps(schema, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{head},\n "definitions": {{\n{_lines(definitions)}\n }}\n}}\n'


def _lines(definitions: JsonObject) -> str:
    rows = []
    for name, value in definitions.items():
        parts = value.get("allOf") if isinstance(value, dict) and name == "call" else None
        if isinstance(parts, list):
            body = ",\n".join(f"   {_short(part)}" for part in parts)
            rows.append(f'  "{name}": {{"allOf": [\n{body}\n  ]}}')
        else:
            rows.append(f"  {_short(name)}: {_short(value)}")
    return ",\n".join(rows)


def _short(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _known_name(models: EditorModels) -> JsonObject:
    """A name of the catalogue or one of the other forms, unless the step says `unchecked: true`."""
    patterns = [pattern_of(models.names()), *map(_form_pattern, FORMS), _OTHER_PIPELINE]
    known: JsonObject = {"pattern": "|".join(patterns), "patternErrorMessage": _UNKNOWN_NAME}
    return {
        "if": {"required": ["unchecked"], "properties": {"unchecked": {"const": True}}},
        "else": {"properties": {"uses": known}},
    }


def _others() -> Iterator[JsonObject]:
    """What may stand behind `uses` besides names of the catalogue."""
    for form in FORMS:
        yield {"pattern": _form_pattern(form), "description": FORM_HELP[form.prefix]}
    yield {"pattern": _OTHER_PIPELINE, "description": "Another pipeline, by its path from this file."}


def _forms() -> Iterator[JsonObject]:
    for form in FORMS:
        pointer: JsonObject = {"$ref": f"#/definitions/arguments:{form.prefix[:-1]}"}
        yield where_uses(_form_pattern(form), {"properties": {"with": pointer}})


def _form_pattern(form: Form) -> str:
    return f"^{form.prefix}{form.name.pattern}$"


def _form_arguments(form: Form) -> JsonObject:
    found: JsonObject = {}
    for param in form.params:
        # The path of a JSON file may stand for some mappings.
        given = replace(param, also=("string",)) if param.name in FROM_FILES else param
        found[param.name] = argument(given, words=FORM_ARGUMENT_HELP.get(param.name))
    return {"type": "object", "additionalProperties": False, "properties": found}


def _mapping(
    forms: Mapping[str, JsonObject], words: Mapping[str, str], required: Iterable[str] = ()
) -> JsonObject:
    properties: JsonObject = {key: _property(form, words[key]) for key, form in forms.items()}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


def _property(form: JsonObject, words: str) -> JsonObject:
    # Draft-07 ignores what stands beside a reference.
    return {"description": words, "allOf": [form]} if "$ref" in form else {"description": words, **form}
