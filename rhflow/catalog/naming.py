"""Parameters the vendor spells two ways: its pages say `20##image`, its site says `imageUrl`.

For the models it runs on its own machines the sources disagree which of the two the API takes
(RunningHub API, parameter notes by family). Everything here speaks the alias; the body takes
the other form at the last moment, so that the key of a request does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable

from rhflow.catalog.model import Model, Naming, Param
from rhflow.ground.values import Json, JsonObject


def has_two_namings(model: Model) -> bool:
    """Whether any of its parameters has a second spelling."""
    return any(param.node_field for param in model.params)


def wire_arguments(model: Model, arguments: JsonObject, naming: Naming) -> JsonObject:
    """The arguments as the body has them: names and options in the form `naming` asks for.

    A parameter with one spelling only stays as it is, and so does a value that is no option.
    """
    if naming == "alias":
        return arguments
    params = {param.name: param for param in model.params}
    sent: JsonObject = {}
    for name, value in arguments.items():
        param = params.get(name)
        if param is None or param.node_field is None:
            sent[name] = value
        else:
            sent[param.node_field] = _option(param, value)
    return sent


def _option(param: Param, value: Json) -> Json:
    if isinstance(value, list):
        return [_option(param, item) for item in value]
    if isinstance(value, str) and value in param.enum and len(param.node_enum) == len(param.enum):
        return param.node_enum[param.enum.index(value)]
    return value


def wire_of(find: Callable[[str], Model | None]) -> Callable[[str, JsonObject], JsonObject]:
    """What turns a request's body into the form the far side takes, each model by its own naming."""

    def wire(endpoint: str, body: JsonObject) -> JsonObject:
        model = find(endpoint)
        return body if model is None else wire_arguments(model, body, model.naming)

    return wire
