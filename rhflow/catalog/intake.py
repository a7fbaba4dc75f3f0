"""A public registry export becomes facts in the form of the package data.

Facts only: names, types, options, limits, formats, prices. Sentences of a vendor are left behind.
Corrections stand beside the data (`data/overrides.json`), each with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from rhflow.catalog.model import Model
from rhflow.catalog.read import read_model

Facts = dict[str, Any]
"""One model as the package data has it, with its family."""

PARAM_FIELDS = (
    "name",
    "type",
    "required",
    "default",
    "enum",
    "min",
    "max",
    "step",
    "min_length",
    "max_length",
    "multiple",
    "multiple_uncertain",
    "max_items",
    "accept",
    "max_size_mb",
    "item_type",
    "format",
    "role",
    "node_field",
    "node_enum",
)
KINDS = {"3d": "model3d"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError)


def read_export(text: str, corrections: Iterable[Facts]) -> dict[str, Facts]:
    """The models of an export by id, corrected, each of which reads.

    Args:
        text: a JSON list of models (`endpoint`, `names`, `task`, `family`, `output`, `tier`, `deprecated`,
            `params`, `pricing`, `sources`, `params_status`).
        corrections: what we know better; those of models that are not there are passed over.

    Raises:
        ValueError: it is no such list; the sentence names the model and the field.
    """
    try:
        source = json.loads(text)
    except ValueError as error:
        raise ValueError(f"it is no JSON: {error}") from error
    if not isinstance(source, list):
        raise ValueError("it is no list of models")
    found = [_facts_of(item, index) for index, item in enumerate(source)]
    facts = {id_of(item): item for item in corrected(found, corrections, strict=False)}
    for item in facts.values():
        read_facts(item)
    return facts


def _facts_of(item: Facts, index: int) -> Facts:
    try:
        return model_facts(item)
    except _DAMAGE as error:
        named = item.get("endpoint") if isinstance(item, dict) else None
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{named or f'model {index + 1}'}: {reason}") from error


def id_of(facts: Facts) -> str:
    """The one name it is filed under (`Model.id`)."""
    return str(facts.get("endpoint") or facts["names"][0])


def read_facts(facts: Facts) -> Model:
    """The model of these facts.

    Raises:
        ValueError: they lack the form of the data; the sentence names the model and the field.
    """
    plain = {key: value for key, value in facts.items() if key != "family" and value is not None}
    return read_model(plain, str(facts.get("family", "")))


def dates_of(facts: Facts) -> list[str]:
    """The days on which its facts were read."""
    price = facts.get("price") or {}
    found = [date for text in facts.get("sources", ()) for date in _DATE.findall(text)]
    return [*found, *([price["as_of"]] if "as_of" in price else [])]


def model_facts(source: Facts) -> Facts:
    """One model of the source in the form of the package data; `family` comes along for the grouping."""
    other = [source.get("task_by_path"), *source.get("other_tasks", ())]
    facts: Facts = {
        "family": source["family"],
        "endpoint": source["endpoint"],
        "names": source["names"],
        "task": source["task"],
        "other_tasks": [task for task in dict.fromkeys(other) if task and task != source["task"]],
        "output": KINDS.get(source["output"], source["output"]),
        "extra_outputs": [_output(item) for item in source.get("extra_outputs", ())],
        "tier": source["tier"],
        "deprecated": source["deprecated"],
        "hosting": source.get("hosting"),
        "former_endpoints": source.get("former_endpoints", []),
        "price": price_facts(source["pricing"]) if source["pricing"] else None,
        "sources": list(dict.fromkeys(_source(item) for item in source["sources"])),
        "params": [param_facts(item) for item in source["params"]],
    }
    if source["params_status"] != "documented":
        facts["params_known"] = False
    return facts


def param_facts(source: Facts) -> Facts:
    facts = {
        key: source[key]
        for key in PARAM_FIELDS
        if key in source and not _empty(source[key]) and (source[key] is not False or key == "default")
    }
    if source.get("type_uncertain"):
        facts["also"] = source["type_uncertain"]
    return facts


def _empty(value: object) -> bool:
    """Nothing said. 0 and false are something."""
    return value is None or value == []


def price_facts(source: Facts) -> Facts:
    """Prices as decimal text: a float must never come near money."""
    if source["basis"] == "unparsed":
        return {
            "basis": "unknown",
            "currency": source["currency"],
            "as_of": source["as_of"],
            "raw": source["unit_raw"],
        }
    facts = {
        "basis": source["basis"],
        "currency": source["currency"],
        "unit": source["unit"],
        "as_of": source["as_of"],
    }
    if "price" in source:
        facts["amount"] = str(source["price"])
    if "rules" in source:
        facts["rules"] = [{"when": rule["when"], "price": str(rule["price"])} for rule in source["rules"]]
    return facts


def _output(source: Facts) -> Facts:
    return {
        "kind": KINDS.get(source["type"], source["type"]),
        "when": source.get("when"),
        "role": source.get("role"),
    }


def _source(text: str) -> str:
    """Where a fact was read; all pages of the vendor's documentation are one source, its menus another."""
    if text.endswith("(page)"):
        return "documentation page"
    return "documentation tree" if text.endswith("(nav)") else text


def corrected(models: Iterable[Facts], corrections: Iterable[Facts], *, strict: bool = True) -> list[Facts]:
    """The facts with every correction made; making them twice changes nothing.

    Args:
        models: in any order.
        corrections: `{"model", "param"?, "set"?, "drop"?, "reason"}`.
        strict: a correction of something that is not there is an error.

    Raises:
        ValueError: a correction gives no reason or means a model or parameter that is not there.
    """
    changed = [json.loads(json.dumps(model)) for model in models]
    by_id = {id_of(model): model for model in changed}
    for item in corrections:
        target = by_id.get(item["model"])
        if target is not None and "param" in item:
            target = next((param for param in target["params"] if param["name"] == item["param"]), None)
        if target is None and not strict:
            continue
        if target is None or not item.get("reason"):
            raise ValueError(f"no such place, or no reason given: {json.dumps(item)}")
        target.update(item.get("set", {}))
        for key in item.get("drop", ()):
            target.pop(key, None)
    return changed
