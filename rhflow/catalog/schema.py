"""A model as a JSON Schema (draft 7): for editors, for other programs and for `check`."""

from __future__ import annotations

from rhflow.catalog.model import Model, Param
from rhflow.ground.diagnostics import listing
from rhflow.ground.media import Kind
from rhflow.ground.values import Json, JsonObject

DRAFT = "http://json-schema.org/draft-07/schema#"

_JSON_TYPES = {
    "enum": "string",
    "string": "string",
    "image": "string",
    "video": "string",
    "audio": "string",
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
    "array": "array",
    "object": "object",
}


def model_schema(model: Model) -> JsonObject:
    """The schema of a request body; open where nobody documents the parameters."""
    schema: JsonObject = {"$schema": DRAFT, "title": model.id, "description": _about(model), "type": "object"}
    if not model.params_known:
        return {**schema, "additionalProperties": True}
    schema["properties"] = {param.name: param_schema(param) for param in model.params}
    required: list[Json] = [param.name for param in model.params if param.required]
    if required:
        schema["required"] = required
    schema["additionalProperties"] = False
    return schema


def schema_file(model: Model) -> str | None:
    """The file name of its schema; None for a model without a path."""
    return f"{model.endpoint.replace('/', '__')}.json" if model.endpoint else None


def param_schema(param: Param) -> JsonObject:
    """The schema of one parameter's value. Media are strings: path, URL, data URI or asset id."""
    one = _one(param)
    if param.multiple:
        schema: JsonObject = {**one, "type": [one["type"], "array"]} if param.multiple_uncertain else {}
        schema = {**schema, "type": schema.get("type", "array"), "items": one}
        if param.max_items is not None:
            schema["maxItems"] = param.max_items
        if param.required:
            schema["minItems"] = 1
    elif param.multiple_uncertain:
        schema = {**one, "type": [one["type"], "array"], "items": dict(one)}
    else:
        schema = one
    schema["description"] = describe_param(param)
    if param.default is not None:
        schema["default"] = param.default
    return schema


def _one(param: Param) -> JsonObject:
    """The schema of the value, or of one item where the value is a list of media."""
    kind = _JSON_TYPES[param.type]
    schema: JsonObject = {"type": [kind, *param.also] if param.also else kind}
    if param.type == "array":
        if param.enum:
            schema["items"] = {"type": "string", "enum": list(param.enum)}
        elif param.item_type in _JSON_TYPES:
            schema["items"] = {"type": _JSON_TYPES[param.item_type]}
        if param.max_items is not None:
            schema["maxItems"] = param.max_items
        return schema
    if param.enum:
        schema["enum"] = list(param.enum)
    for key, limit in (
        ("minimum", param.min),
        ("maximum", param.max),
        ("minLength", param.min_length),
        ("maxLength", param.max_length),
    ):
        if limit is not None:
            schema[key] = limit
    if param.format == "ascii":
        schema["pattern"] = "^[\\x00-\\x7f]*$"
    return schema


def describe_param(param: Param) -> str:
    """What the parameter takes, in a phrase made of its facts."""
    parts = [_what(param), *_limits(param)]
    if param.default is not None:
        parts.append(f"the vendor's form begins with {_shown(param.default)}")
    return "; ".join([*parts, param.about] if param.about else parts)


def _what(param: Param) -> str:
    if param.kind is not None:
        formats = f" ({' or '.join(_formats(param))})" if param.accept else ""
        plural = {"image": "images", "video": "videos", "audio": "sounds"}[param.kind.value]
        single = {"image": "an image", "video": "a video", "audio": "a sound"}[param.kind.value]
        if param.multiple:
            count = f" of at most {param.max_items}" if param.max_items is not None else ""
            return f"list{count} {plural}{formats}, each a path, a URL, a data URI or an asset id"
        return f"{single}{formats}: a path, a URL, a data URI or an asset id"
    match param.type:
        case "enum":
            return f"one of {listing(param.enum)}"
        case "array" if param.enum:
            return f"list of {listing(param.enum)}"
        case "array" if param.item_type:
            return f"list of {param.item_type} items"
        case "array":
            return "list; nobody documents the form of its items"
        case "object":
            return "object; nobody documents its form"
        case "string":
            return "text"
        case "integer":
            return "whole number"
        case _:
            return "true or false" if param.type == "boolean" else "number"


def _limits(param: Param) -> list[str]:
    parts: list[str] = []
    if param.min is not None and param.max is not None:
        parts.append(f"from {_number(param.min)} to {_number(param.max)}")
    elif param.min is not None:
        parts.append(f"at least {_number(param.min)}")
    elif param.max is not None:
        parts.append(f"at most {_number(param.max)}")
    if param.min_length is not None:
        parts.append(f"at least {param.min_length} characters")
    if param.max_length is not None:
        parts.append(f"at most {param.max_length} characters")
    if param.max_size_mb is not None:
        parts.append(f"at most {_number(param.max_size_mb)} MB{' each' if param.multiple else ''}")
    if param.format == "ascii":
        parts.append("ASCII only")
    if param.format == "lora-name":
        parts.append("name of a LoRA the vendor holds")
    if param.role == "idempotency-token":
        parts.append("a token of your own that makes repeating the request harmless")
    return parts


def _about(model: Model) -> str:
    output = "3D model" if model.output is Kind.MODEL3D else model.output.value
    others = [name for name in model.names if name != model.id]
    names = f"; also named {listing(others, 3)}" if others else ""
    state = ". Deprecated" if model.deprecated else ""
    known = "" if model.params_known else ". Nobody documents its parameters"
    return f"{model.task}, gives {output}{names}{state}{known}."


def _formats(param: Param) -> list[str]:
    """The formats, each once: JPG and JPEG are one."""
    return list(dict.fromkeys(one_format(word) for word in param.accept))


def one_format(word: str) -> str:
    """One spelling per file format: upper case, JPG for JPEG, TIFF for TIF."""
    upper = word.upper()
    return {"JPEG": "JPG", "TIF": "TIFF"}.get(upper, upper)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _shown(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value).replace("'", '"')
