"""A step somebody can paste: the model with its required parameters and values that pass the check."""

from __future__ import annotations

import json
import re
from typing import cast

from rhflow.catalog.model import Blueprint, Model, Param
from rhflow.ground.media import Kind
from rhflow.ground.values import Json

_STEP_NAMES = {
    Kind.IMAGE: "picture",
    Kind.VIDEO: "clip",
    Kind.AUDIO: "sound",
    Kind.TEXT: "words",
    Kind.MODEL3D: "shape",
}
_FILES = {Kind.IMAGE: ("picture", "png"), Kind.VIDEO: ("clip", "mp4"), Kind.AUDIO: ("voice", "mp3")}
_TEXTS = {
    "prompt": "a lighthouse at dawn, slow waves, warm light",
    "negativePrompt": "text, watermark",
    "text": "Good morning from the lighthouse.",
    "lyrics": "The light goes round, the sea is calm",
    "description": "gentle ukulele, morning mood",
    "title": "Lighthouse",
    "name": "lighthouse",
}
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(,? [A-Za-z0-9_./-]+)*")
_PROSE = ("text", "prompt", "positive", "tags", "lyrics")
_WORDS_OF_YAML = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def example_step(model: Model) -> str:
    """YAML text of one step; a comment that says so where the model cannot be run."""
    if model.endpoint is None:
        return f"# {model.id} cannot be run: nobody knows its path\n"
    lines = [f"{_STEP_NAMES[model.output]}:", f"  uses: {scalar(_uses(model))}"]
    if not model.params_known:
        lines.append("  unchecked: true  # nobody documents its parameters")
    if model.price.basis == "unknown" and not model.is_local:
        lines.append("  max_cost: 5 CNY  # nobody publishes its price: this is your limit")
    arguments = example_arguments(model)
    if model.blueprint is not None:
        return "\n".join([*lines, *_with_nodes(model.blueprint)]) + "\n"
    if arguments:
        lines.append("  with:")
        lines += [f"    {scalar(name)}: {_flow(value)}" for name, value in arguments.items()]
    return "\n".join(lines) + "\n"


def example_arguments(model: Model) -> dict[str, Json]:
    """Values for every required parameter, and for the prompt where there is one."""
    if not model.params_known:
        return {"prompt": _TEXTS["prompt"]}
    wanted = [param for param in model.params if param.required or param.name == "prompt"]
    if not wanted and model.is_local:
        wanted = [*model.params[:1]]  # a step that takes one of several
    return {param.name: _value(param) for param in wanted}


def _with_nodes(drawn: Blueprint) -> list[str]:
    """The `with` of an example: of an app every field, of a workflow those that people mostly set."""
    lines = []
    if drawn.is_protected:
        lines.append("    access_password: {env: PASSWORD}  # the name of an environment variable")
    nodes = []
    for node in drawn.nodes:
        fields = [param for param in node.fields if not drawn.is_whole or _is_telling(param)]
        if fields:
            told = ", ".join(f"{scalar(param.name)}: {_inside(_value(param))}" for param in fields)
            nodes.append(f"      {json.dumps(node.id)}: {{{told}}}")
    if nodes:
        lines += ["    nodes:", *nodes]
    return ["  with:", *lines] if lines else []


def _is_telling(param: Param) -> bool:
    """Whether it is a file, or words that somebody wrote; names of model files and the like are settings."""
    is_prose = isinstance(param.default, str) and (" " in param.default or param.name in _PROSE)
    return param.kind is not None or (param.type == "string" and is_prose)


def scalar(text: str) -> str:
    """Text as YAML: plain where nothing could misread it, else in double quotes."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    return text if plain else json.dumps(text, ensure_ascii=False)


def _uses(model: Model) -> str:
    """The name people know, or the path where that name means another model as well."""
    if model.deprecated or not model.names:
        return cast("str", model.endpoint)
    return model.names[0]


def _flow(value: Json) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_flow(item) for item in value)}]"
    return scalar(value) if isinstance(value, str) else json.dumps(value)


def _inside(value: Json) -> str:
    """The same inside a mapping in braces, where a comma would end it."""
    is_parted = isinstance(value, str) and "," in value
    return json.dumps(value, ensure_ascii=False) if is_parted else _flow(value)


def _value(param: Param) -> Json:
    if param.kind is not None:
        name, suffix = _FILES[param.kind]
        accept = [word.lower() for word in param.accept]
        file = f"{name}.{suffix if suffix in accept or not accept else accept[0]}"
        return [file] if param.multiple else file
    if param.default is not None:
        return param.default
    match param.type:
        case "enum":
            return param.enum[0] if param.enum else ""
        case "boolean":
            return False
        case "integer" | "number":
            return _number(param)
        case "array":
            return [param.enum[0]] if param.enum else []
        case "object":
            return {}
        case _:
            return _text(param)


def _number(param: Param) -> Json:
    value = param.min if param.min is not None else min(1, param.max if param.max is not None else 1)
    return int(value) if value == int(value) else value


def _text(param: Param) -> str:
    """A sentence for the names everybody knows, else a word that says what belongs there."""
    text = _TEXTS.get(param.name) or f"your-{re.sub(r'[^a-z0-9]+', '-', _kebab(param.name)).strip('-')}"
    if param.max_length is not None:
        text = text[: param.max_length].strip()
    return text.ljust(param.min_length or 0, "x")


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
