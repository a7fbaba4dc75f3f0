"""Models on a screen and as JSON: the list, the page of one, and what a newer catalogue says otherwise."""

from __future__ import annotations

from rich.text import Text

from rhflow.catalog.difference import Difference
from rhflow.catalog.example import example_step
from rhflow.catalog.model import Blueprint, Model, Node, Param
from rhflow.catalog.naming import has_two_namings
from rhflow.catalog.ordinary import ordinary_quote
from rhflow.cli.speaking import console
from rhflow.cli.tables import Grid
from rhflow.ground.values import Json as JsonValue
from rhflow.ground.values import JsonObject, plain
from rhflow.view.lines import price_text

_MOST_LINES = 40
_MOST_SHOWN = 32


def mark_of(model: Model) -> str:
    """What is in the way of using it, in a few words; empty where nothing is."""
    marks = []
    if model.endpoint is None:
        marks.append("no path known: cannot be called")
    if not model.params_known:
        marks.append("no parameters known")
    if model.deprecated:
        marks.append("deprecated")
    return ", ".join(marks)


def model_table(models: list[Model], *, priced: bool) -> Grid:
    """A row per model; with `priced` also what one ordinary request costs."""
    headings = ("name", "task", "gives", *(("a request",) if priced else ()), "price", "")
    table = Grid(*headings, right=("a request",), below=("task", "gives", "price"))
    for model in models:
        cost = (price_text(ordinary_quote(model)) if not model.is_local else "free",) if priced else ()
        table.add(
            model.names[0],
            Text(model.task, style="dim"),
            model.output.value,
            *cost,
            model.price.describe(),
            Text(mark_of(model), style="yellow"),
        )
    return table


def model_document(model: Model, *, full: bool = False) -> JsonObject:
    """A model as `models --json` has it; with `full` as `models show --json` does."""
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
        "params_known": model.params_known,
        "ordinary_cost": ordinary_quote(model).to_json(),
    }
    if full:
        drawn = model.blueprint
        rules: list[JsonValue] = [
            {"when": dict(rule.when), "price": plain(rule.price)} for rule in model.price.rules
        ]
        body["returns"] = model.returns
        body["hosting"] = model.hosting
        body["sources"] = list(model.sources)
        body["prices_of"] = model.price.as_of
        body["price_set_in"] = model.price.set_in
        body["price_rules"] = rules
        body["former_endpoints"] = list(model.former_endpoints)
        body["naming"] = model.naming if has_two_namings(model) else None
        nodes: list[JsonValue] = [_node_document(node) for node in drawn.nodes] if drawn else []
        body["nodes"] = nodes if drawn else None
        body["example"] = example_step(model) if model.endpoint and model.params_known else None
    return body


def _node_document(node: Node) -> JsonObject:
    fields: list[JsonValue] = [_param_document(param) for param in node.fields]
    return {
        "id": node.id,
        "name": node.name,
        "title": node.title,
        "fields": fields,
        "abouts": list(node.abouts),
        "gives": None if node.gives is None else [kind.value for kind in node.gives],
    }


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
        "node_field": param.node_field,
        "node_enum": list(param.node_enum) or None,
    }


def show_model(model: Model) -> None:
    """The page of one model."""
    out = console()
    out.print(Text(model.names[0], style="bold"))
    for label, text in _facts(model):
        out.print(Text(f"{label:<9}{text}"), soft_wrap=not label)
    if not model.params_known:
        out.print("Nobody documents its parameters.")
    else:
        out.print("")
        _param_table(model).show(out)
    if has_two_namings(model):
        out.print("")
        _show_namings(model)
    if model.blueprint is not None:
        out.print("")
        _show_nodes(model.blueprint)
    if model.endpoint and model.params_known:
        out.print("\nAn example:\n")
        out.print(Text(example_step(model)))
    if model.sources:
        out.print(Text(f"Facts from: {'; '.join(model.sources)}", style="dim"))


def _facts(model: Model) -> list[tuple[str, str]]:
    """Label and text, a line each."""
    kinds = ", ".join(kind.value for kind in model.output_kinds)
    returns = f", returns {model.returns}" if model.returns else ""
    lines = [("path", model.endpoint or "unknown: it cannot be called")]
    if model.blueprint is not None:
        lines = _drawn_facts(model.blueprint)
    if len(model.names) > 1:
        lines.append(("also", ", ".join(model.names[1:])))
    if model.former_endpoints:
        lines.append(("formerly", ", ".join(model.former_endpoints)))
    lines.append(("task", f"{model.task}, gives {kinds}{returns}"))
    if model.other_tasks:
        lines.append(("", f"filed under {', '.join(model.other_tasks)}, too"))
    if model.tier:
        lines.append(("tier", model.tier))
    if model.hosting:
        lines.append(
            ("runs on", "the vendor's own machines" if model.hosting == "runninghub" else model.hosting)
        )
    price = model.price
    dated = f" ({price.as_of})" if price.as_of and price.basis != "headline" and not price.set_in else ""
    lines.append(("price", price.describe() + dated))
    if price.raw:
        lines.append(("", f'the vendor says "{price.raw}"'))
    for rule in price.rules:
        when = ", ".join(f"{name}: {value or 'each'}" for name, value in rule.when.items())
        lines.append(("", f"{plain(rule.price)} {price.currency}  {when}"))
    cost = ordinary_quote(model)
    if not model.is_local and cost.known:
        lines.append(("", f"an ordinary request: {price_text(cost)} {cost.currency} ({cost.why})"))
    if model.deprecated:
        lines.append(("", "The vendor calls it deprecated."))
    return lines


def _drawn_facts(drawn: Blueprint) -> list[tuple[str, str]]:
    lines = [("called", drawn.title)] if drawn.title else []
    if drawn.is_protected:
        lines.append(("locked", "it wants an access_password"))
    return [*lines, ("told by", f"{drawn.origin}, {drawn.as_of}")]


def _show_nodes(drawn: Blueprint) -> None:
    """What can be set in which node, and which nodes give something back."""
    out = console()
    table = Grid("node", "field", "type", "begins with", "about")
    for node in drawn.nodes:
        for param, words in zip(node.fields, node.abouts, strict=True):
            if param.also and drawn.is_whole:
                continue  # what another node gives
            kind = "any" if param.also else param.type
            about = "; ".join(text for text in (words, _about(param)) if text)
            table.add(str(node), param.name, kind, _short(_value_text(param.default)), Text(about))
    table.show(out)
    givers = [f"{node}: {', '.join(kind.value for kind in node.gives or ())}" for node in drawn.givers]
    if givers:
        out.print(Text(f"\nGives back  {'; '.join(givers)}"))
    elif not drawn.is_whole:
        out.print("\nWhich of its nodes give something back an app does not tell; run --json shows it.")


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _param_table(model: Model) -> Grid:
    table = Grid("parameter", "type", "required", "default", "about")
    for param in model.params:
        table.add(
            param.name,
            f"{param.type} list" if param.multiple else param.type,
            "yes" if param.required else "",
            _value_text(param.default),
            Text(_about(param)),
        )
    return table


def _value_text(value: JsonValue) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _about(param: Param) -> str:
    words = [param.about] if param.about else []
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


def _show_namings(model: Model) -> None:
    """The parameters with two spellings, and which of the two is sent."""
    out = console()
    other = "alias" if model.naming == "node" else "node"
    sent = "the second one is sent" if model.naming == "node" else "the first one is sent"
    out.print(
        Text(
            f"The vendor spells these in two ways; {sent}, and pipelines keep to the first. Should it be "
            f'refused, put naming = "{other}" under [models."{model.id}"] in rhflow.toml.'
        )
    )
    table = Grid("parameter", "node", "options")
    for param in model.params:
        if param.node_field:
            pairs = zip(param.enum, param.node_enum, strict=False)
            table.add(param.name, param.node_field, ", ".join(f"{ours} = {theirs}" for ours, theirs in pairs))
    table.show(out)


def show_difference(found: Difference) -> None:
    """What a newer catalogue says otherwise, by kind of change."""
    out = console()
    for title, names in (("New", found.new), ("Not in it any more; kept as they are", found.gone)):
        if names:
            out.print(Text(f"{title} ({len(names)}):", style="bold"))
            for name in names[:_MOST_LINES]:
                out.print(Text(f"  {name}"))
            if len(names) > _MOST_LINES:
                out.print(f"  … and {len(names) - _MOST_LINES} more")
    if found.changed:
        out.print(Text(f"Changed ({len(found.changed)}):", style="bold"))
    for change in found.changed:
        out.print(Text(f"  {change.model}"))
        if change.price:
            out.print(Text(f"    price: {change.price}"))
        for line in (*change.params, *change.facts):
            out.print(Text(f"    {line}"))
    if found.confirmed:
        out.print(f"{len(found.confirmed)} more are as they were, by other or newer sources.")
    if found.is_empty:
        out.print("Nothing is other than it is known here.")
