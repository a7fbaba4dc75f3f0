"""`rhflow models [WORDS]`, `models show NAME`, `models add app/ID`, `models refresh --from FILE`"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rhflow.app.blueprints import ask_blueprint, refuse_other_things
from rhflow.app.naming_probe import probe_naming
from rhflow.app.session import full_catalog, session
from rhflow.catalog.accepts import words_accepted
from rhflow.catalog.blueprint import blueprint_changes
from rhflow.catalog.difference import difference
from rhflow.catalog.find import Wanted
from rhflow.catalog.intake import read_facts
from rhflow.catalog.model import Blueprint, Model
from rhflow.catalog.read import Catalog
from rhflow.catalog_files import (
    keep_blueprint,
    keep_newer,
    load_catalog,
    read_blueprints,
    read_newer,
    user_catalog,
)
from rhflow.cli.model_options import (
    TIERS,
    Accepts,
    From,
    Local,
    MaxPrice,
    OutputOption,
    TaskOption,
    TierOption,
    Words,
    Write,
)
from rhflow.cli.model_pages import model_document, model_table, show_difference, show_model
from rhflow.cli.options import Home, Json, Provider, Quiet, Verbose
from rhflow.cli.speaking import console, guarded
from rhflow.cli.streams import answer, say
from rhflow.ground.diagnostics import did_you_mean
from rhflow.ground.errors import EXIT_FAR_SIDE, UsageError
from rhflow.ground.media import Kind
from rhflow.ground.values import Json as JsonValue
from rhflow.ground.values import JsonObject
from rhflow.language.free_form import drawn_model, form_of
from rhflow.settings import Settings, read_settings

MORE = (
    "Words must all match: a task (image-to-video), a family (kling), a part of a name, English or Chinese. "
    "rhflow models show NAME prints parameters, price and an example step of one; "
    "rhflow models probe NAME asks the site which of two spellings it takes; "
    "rhflow models add app/ID (workflow/ID, quick/ID-CODE) asks what it is made of and keeps that, so that "
    "check knows its nodes; refresh app/ID says what is other now. "
    "rhflow models refresh --from FILE compares with a newer export of the registry."
)


def _empty() -> JsonObject:
    return {"models": [], "problems": []}


@guarded(_empty)
def command(
    words: Words = None,
    *,
    task: TaskOption = None,
    accepts: Accepts = None,
    output: OutputOption = None,
    tier: TierOption = None,
    max_price: MaxPrice = None,
    local: Local = False,
    newer: From = None,
    write: Write = False,
    provider: Provider = None,
    home: Home = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,  # noqa: ARG001  # every command takes it
) -> int:
    words = words or []
    if words == ["show"]:
        raise UsageError("models show needs a NAME", "Search for one with: rhflow models WORDS")
    if words[:1] == ["add"] or (words[:1] == ["refresh"] and len(words) > 1):
        return _add(words[1:], read_settings(home=home, provider=provider), as_json=as_json)
    if words == ["refresh"]:
        return _refresh(newer, read_settings(home=home).home, write=write, as_json=as_json)
    if newer is not None or write:
        raise UsageError("--from and --write go with refresh", "Write: rhflow models refresh --from FILE")
    settings = read_settings(home=home)
    catalog = full_catalog(settings)
    if words[:1] == ["probe"] and len(words) > 1:
        return _probe(_find(catalog, " ".join(words[1:])), settings)
    if words[:1] == ["show"]:
        model = _find(catalog, " ".join(words[1:]))
        if as_json:
            answer({"models": [model_document(model, full=True)], "problems": []})
        else:
            show_model(model)
        return 0
    wanted = Wanted(
        words=tuple(words),
        task=_task(catalog, task),
        output=_one_of(output, tuple(kind.value for kind in Kind), "--output"),
        accepts=tuple(_accepted(catalog, word) for word in accepts or ()),
        tier=_one_of(tier, TIERS, "--tier"),
        max_price=_price(max_price),
        local=local,
    )
    found = catalog.choose(wanted)
    if as_json:
        listed: list[JsonValue] = [model_document(model) for model in found]
        answer({"models": listed, "problems": []})
    else:
        _list(catalog, wanted, found, quiet=quiet)
    return 0


def _add(names: list[str], settings: Settings, *, as_json: bool) -> int:
    """Ask what workflows and apps are made of, and keep it."""
    if not names:
        raise UsageError("models add needs a name", "Write: rhflow models add app/ID")
    for name in names:
        refuse_other_things(name)
    before = read_blueprints(settings.home)
    with session(settings, read_only=True) as opened:
        asked = [asyncio.run(ask_blueprint(opened, name)) for name in names]
    path = settings.home
    for drawn in asked:
        path = keep_blueprint(settings.home, drawn)
    if as_json:
        answer(_added(asked, before, path))
        return 0
    for drawn in asked:
        show_model(_find(full_catalog(settings), drawn.uses))
        if drawn.uses in before:
            changes = blueprint_changes(before[drawn.uses], drawn)
            say("\n".join(["", *changes]) if changes else f"\n{drawn.uses} is as it was known.")
    say(f"Kept in {path}; check knows its nodes from now on.")
    return 0


def _added(asked: list[Blueprint], before: Mapping[str, Blueprint], path: Path) -> JsonObject:
    models: list[JsonValue] = []
    changed: list[JsonValue] = []
    confirmed: list[JsonValue] = []
    for drawn in asked:
        model = drawn_model(drawn)
        models += [model_document(model, full=True)] if model is not None else []
        if drawn.uses not in before:
            continue
        lines = blueprint_changes(before[drawn.uses], drawn)
        if lines:
            changed.append({"model": drawn.uses, "params": list(lines), "price": None, "facts": []})
        else:
            confirmed.append(drawn.uses)
    new: list[JsonValue] = [drawn.uses for drawn in asked if drawn.uses not in before]
    changes: JsonObject = {"new": new, "gone": [], "changed": changed, "confirmed": confirmed}
    return {"models": models, "changes": {**changes, "written": str(path)}, "problems": []}


def _probe(model: Model, settings: Settings) -> int:
    """Say which spelling of a model's parameters the site takes."""
    with session(settings, read_only=True) as opened:
        probes = asyncio.run(probe_naming(opened, model))
    for probe in probes:
        console().print(f"{probe.naming:6} {'taken' if probe.is_taken else 'refused'}: {probe.said}")
    taken = [probe.naming for probe in probes if probe.is_taken]
    if len(taken) == 1 and taken[0] != model.naming:
        say(f'Put this into rhflow.toml:\n\n[models."{model.names[0]}"]\nnaming = "{taken[0]}"')
    elif taken:
        say(f"It is set to {model.naming} already." if model.naming in taken else "Both work.")
    return 0 if taken else EXIT_FAR_SIDE


def _list(catalog: Catalog, wanted: Wanted, found: list[Model], *, quiet: bool) -> None:
    if found:
        model_table(found, priced=wanted.max_price is not None).show(console())
    elif wanted == Wanted(words=wanted.words):
        say(f"No model matches {' '.join(wanted.words)!r}.")
    else:
        say("No model is all that; leave one of the conditions out.")
    if quiet:
        return
    console().print(
        f"\n{len(found)} of {len(catalog.models)}; facts of {catalog.as_of}; rhflow models show NAME"
    )
    if wanted.max_price is not None:
        say("Models whose price nobody publishes are left out.")


def _find(catalog: Catalog, name: str) -> Model:
    model = catalog.find(name)
    if model is None and (form := form_of(name)) is not None and form.takes_nodes:
        raise UsageError(f"Nothing is known of {name} yet", f"Ask for it: rhflow models add {name}")
    if model is None:
        near = catalog.near(name)
        raise UsageError(
            f"There is no model {name!r}",
            f"Did you mean {near}?" if near else "Search with: rhflow models WORDS",
        )
    return model


def _task(catalog: Catalog, task: str | None) -> str | None:
    known = {name for model in catalog.models for name in (model.task, *model.other_tasks)}
    return _one_of(task, tuple(sorted(known)), "--task")


def _accepted(catalog: Catalog, word: str) -> str:
    known = words_accepted(catalog.models)
    plain = word.replace("_", "-").casefold()
    if plain not in known and not any(model.param(word) for model in catalog.models):
        near = did_you_mean(plain, known)
        raise UsageError(
            f"No model takes {word!r}",
            f"Did you mean {near}?" if near else f"Such as {', '.join(known[:7])}, or a parameter's name.",
        )
    return word


def _one_of(value: str | None, choices: tuple[str, ...], option: str) -> str | None:
    """The value, which must be one of these.

    Raises:
        UsageError: it is not.
    """
    if value is None or value in choices:
        return value
    near = did_you_mean(value, choices)
    raise UsageError(
        f"{option} does not know {value!r}",
        f"Did you mean {near}?" if near else f"It takes {', '.join(choices)}.",
    )


def _price(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise UsageError(f"--max-price {text!r} is no amount", "Write it as 1.50.")
    return amount


def _refresh(file: Path | None, home: Path, *, write: bool, as_json: bool) -> int:
    """Compare with a newer export; keep what is newer where that is wanted."""
    if file is None:
        raise UsageError(
            "models refresh needs a newer export of the registry", "Write: rhflow models refresh --from FILE"
        )
    newer = read_newer(file)
    known = user_catalog(home, load_catalog())
    found = difference(known.models, {name: read_facts(facts) for name, facts in newer.items()})
    path = keep_newer(home, newer, file.name) if write else None
    if as_json:
        changes: JsonObject = {**found.to_json(), "written": str(path) if path else None}
        answer({**_empty(), "changes": changes})
        return 0
    show_difference(found)
    if path is not None:
        say(f"Kept in {path}; it counts from now on. The package's own data is as it was.")
    elif not found.is_empty:
        say("Nothing is written; --write keeps it in the home.")
    return 0
