"""`rhflow models [WORDS]` and `rhflow models show NAME`"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from rhflow.app.session import full_catalog
from rhflow.catalog.example import example_step
from rhflow.catalog.model import Model, Param
from rhflow.catalog.read import Catalog
from rhflow.cli.options import Home, Json, Quiet, Verbose
from rhflow.cli.speaking import console, guarded
from rhflow.cli.streams import answer, say
from rhflow.cli.tables import Grid
from rhflow.ground.errors import UsageError
from rhflow.ground.values import Json as JsonValue
from rhflow.ground.values import JsonObject

MORE = (
    "Words must all match: a task (image-to-video), a family (kling), a part of a name, English or Chinese. "
    "rhflow models show NAME prints parameters, price and an example step of one."
)


def _empty() -> JsonObject:
    return {"models": [], "problems": []}


@guarded(_empty)
def command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORDS", help="Words to search for, or: show NAME", show_default=False),
    ] = None,
    *,
    home: Home = None,  # noqa: ARG001  # every command takes it
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    catalog, words = full_catalog(), words or []
    if words == ["show"]:
        raise UsageError("models show needs a NAME", "Search for one with: rhflow models WORDS")
    if words[:1] == ["show"]:
        model = _find(catalog, " ".join(words[1:]))
        if as_json:
            answer({"models": [_document(model, full=True)], "problems": []})
        else:
            _show(model)
        return 0
    found = catalog.search(words)
    if as_json:
        listed: list[JsonValue] = [_document(model) for model in found]
        answer({"models": listed, "problems": []})
        return 0
    table = Grid("name", "task", "gives", "price", "", below=("task", "gives", "price"))
    for model in found:
        mark = "deprecated" if model.deprecated else ("no parameters known" if not model.params_known else "")
        table.add(
            model.names[0],
            Text(model.task, style="dim"),
            model.output.value,
            model.price.describe(),
            Text(mark, style="yellow"),
        )
    if found:
        table.show(console())
    else:
        say(f"No model matches {' '.join(words)!r}.")
    if quiet:
        return 0
    console().print(
        f"\n{len(found)} of {len(catalog.models)}; facts of {catalog.as_of}; rhflow models show NAME"
    )
    return 0


def _find(catalog: Catalog, name: str) -> Model:
    model = catalog.find(name)
    if model is None:
        near = catalog.near(name)
        raise UsageError(
            f"There is no model {name!r}",
            f"Did you mean {near}?" if near else "Search with: rhflow models WORDS",
        )
    return model


def _document(model: Model, *, full: bool = False) -> JsonObject:
    params: list[JsonValue] = [_param_document(param) for param in model.params]
    body: JsonObject = {
        "endpoint": model.endpoint,
        "names": list(model.names),
        "task": model.task,
        "family": model.family,
        "output": model.output.value,
        "tier": model.tier,
        "deprecated": model.deprecated,
        "price": model.price.describe(),
        "params": params,
    }
    if full:
        body["returns"] = model.returns
        body["hosting"] = model.hosting
        body["sources"] = list(model.sources)
        body["prices_of"] = model.price.as_of
        body["example"] = example_step(model) if model.endpoint and model.params_known else None
    return body


def _param_document(param: Param) -> JsonObject:
    return {
        "name": param.name,
        "type": param.type,
        "required": param.required,
        "default": param.default,
        "enum": list(param.enum) or None,
        "min": param.min,
        "max": param.max,
        "max_length": param.max_length,
        "multiple": param.multiple,
        "max_items": param.max_items,
        "accept": list(param.accept) or None,
        "max_size_mb": param.max_size_mb,
    }


def _show(model: Model) -> None:
    out = console()
    out.print(Text(model.names[0], style="bold"))
    out.print(f"path     {model.endpoint or 'unknown: it cannot be called'}")
    if len(model.names) > 1 or model.former_endpoints:
        out.print(Text(f"also     {', '.join((*model.names[1:], *model.former_endpoints))}"))
    kinds = ", ".join(kind.value for kind in model.output_kinds)
    out.print(
        f"task     {model.task}, gives {kinds}" + (f", returns {model.returns}" if model.returns else "")
    )
    out.print(f"price    {model.price.describe()}" + (f" ({model.price.as_of})" if model.price.as_of else ""))
    for rule in model.price.rules:
        when = ", ".join(f"{name}: {value or 'each'}" for name, value in rule.when.items())
        out.print(Text(f"         {rule.price} {model.price.currency}  {when}"))
    if model.deprecated:
        out.print("The vendor calls it deprecated.")
    if not model.params_known:
        out.print("Nobody documents its parameters.")
        return
    table = Grid("parameter", "type", "required", "default", "about")
    for param in model.params:
        default = (
            ""
            if param.default is None
            else str(param.default).lower()
            if isinstance(param.default, bool)
            else str(param.default)
        )
        table.add(
            param.name,
            f"{param.type} list" if param.multiple else param.type,
            "yes" if param.required else "",
            default,
            Text(_about(param)),
        )
    out.print("")
    table.show(out)
    if model.endpoint:
        out.print("\nAn example:\n")
        out.print(Text(example_step(model)))
    if model.sources:
        out.print(Text(f"Facts from: {'; '.join(model.sources)}", style="dim"))


def _about(param: Param) -> str:
    words = []
    if param.enum:
        words.append(" | ".join(param.enum))
    if param.min is not None or param.max is not None:
        low = "" if param.min is None else f"{param.min:g}"
        high = "" if param.max is None else f"{param.max:g}"
        words.append(f"{low}–{high}")
    if param.max_length:
        words.append(f"up to {param.max_length} characters")
    if param.max_items:
        words.append(f"up to {param.max_items}")
    if param.accept:
        words.append(", ".join(param.accept))
    if param.max_size_mb:
        words.append(f"up to {param.max_size_mb:g} MB")
    return "; ".join(words)
