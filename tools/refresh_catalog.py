"""Write the catalogue's package data and the schemas of the models.

    refresh_catalog.py MODELS.json [--errors ERRORS.json] [--check]
    refresh_catalog.py [--check]

The first form takes new facts from outside; the second works on the committed data alone
(after an edit of overrides.json, or to see that everything committed belongs together).
`--check` writes nothing, names what is stale and ends with 1 if anything is.

Facts only: names, types, options, limits, formats, prices. Sentences of a vendor are left
behind. Corrections stand in overrides.json, each with its reason. The meaning of an error
code is our own sentence and stays in errors.json; a code that is new there gets none, and
the run says so.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rhflow.catalog import intake
from rhflow.catalog.intake import Facts, dates_of, model_facts
from rhflow.catalog.read import Catalog, read_catalog
from rhflow.catalog.schema import model_schema, schema_file

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "rhflow" / "catalog" / "data"
SCHEMAS = ROOT / "schemas" / "models"

MODEL_FIELDS = (
    "endpoint",
    "names",
    "task",
    "other_tasks",
    "output",
    "extra_outputs",
    "returns",
    "tier",
    "deprecated",
    "hosting",
    "former_endpoints",
    "params_known",
    "price",
    "sources",
    "params",
)
ERROR_FIELDS = ("code", "identifier", "label", "verdict", "surface", "on_submit", "meaning")


def corrected(models: Iterable[Facts], overrides: Iterable[Facts]) -> list[Facts]:
    """The facts with every correction made; making them twice changes nothing.

    Raises:
        SystemExit: a correction gives no reason or means a model or parameter that is not there.
    """
    try:
        return intake.corrected(models, overrides)
    except ValueError as error:
        raise SystemExit(f"overrides.json: {error}") from error


def family_texts(models: Iterable[Facts]) -> dict[str, str]:
    """The family files by name, models sorted by path."""
    families: dict[str, list[Facts]] = {}
    for model in models:
        families.setdefault(model["family"], []).append(model)
    return {
        f"{family}.json": _family_text(family, sorted(group, key=_order))
        for family, group in sorted(families.items())
    }


def _order(model: Facts) -> tuple[bool, str]:
    return (model["endpoint"] is None, model["endpoint"] or model["names"][0])


def _family_text(family: str, models: list[Facts]) -> str:
    dates = [date for model in models for date in dates_of(model)]
    body = ",\n".join(_model_text(model) for model in models)
    head = f'{{"family": {_json(family)}, "as_of": {_json(max(dates, default=None))}, "models": [\n'
    return f"{head}{body}\n]}}\n"


def _model_text(model: Facts) -> str:
    """A model over several lines: one for each fact, each parameter and each price rule."""
    lines = []
    for key in MODEL_FIELDS:
        value: Any = model.get(key)
        if ((value is None or value == []) and key != "params") or (value is False and key != "params_known"):
            continue
        if key == "params" or (key == "price" and value.get("rules")):
            rules = value if key == "params" else value["rules"]
            rest = "" if key == "params" else _json({k: v for k, v in value.items() if k != "rules"})[:-1]
            opening = f"{rest}, " + '"rules": [' if rest else "["
            items = ",\n".join(f"   {_json(item)}" for item in rules)
            closing = "]}" if rest else "]"
            lines.append(f'  "{key}": {opening}' + (f"\n{items}" if items else "") + closing)
        else:
            lines.append(f'  "{key}": {_json(value)}')
    return " {\n" + ",\n".join(lines) + "}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def error_facts(source: Iterable[Facts], known: Iterable[Facts]) -> list[Facts]:
    """The codes of the source with the meanings already written for them."""
    meanings = {item["code"]: item["meaning"] for item in known}
    facts = []
    for item in source:
        code = str(item["code"])
        facts.append({**item, "code": code, "meaning": meanings.get(code, "")})
    return [{key: item.get(key) for key in ERROR_FIELDS} for item in facts]


def errors_text(errors: Iterable[Facts]) -> str:
    return "[\n" + ",\n".join(" " + _json(item) for item in errors) + "\n]\n"


def schema_texts(catalog: Catalog) -> dict[str, str]:
    """The schema files by name; a model without a path has none."""
    texts = {}
    for model in catalog.models:
        name = schema_file(model)
        if name is not None and model.version is None:
            texts[name] = json.dumps(model_schema(model), ensure_ascii=False, indent=2) + "\n"
    return texts


def read_data(folder: Path) -> list[Facts]:
    """The committed models, each with its family."""
    models = []
    for path in sorted((folder / "models").glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        models += [{"family": document["family"], "endpoint": None, **model} for model in document["models"]]
    return models


def everything(
    models: Iterable[Facts], errors: Iterable[Facts], overrides: Iterable[Facts]
) -> dict[Path, str]:
    """Every file this tool owns, by path."""
    families = family_texts(corrected(models, overrides))
    schemas = schema_texts(read_catalog(families))
    return {
        **{DATA / "models" / name: text for name, text in families.items()},
        DATA / "errors.json": errors_text(errors),
        **{SCHEMAS / name: text for name, text in schemas.items()},
    }


def stale(files: Mapping[Path, str]) -> list[Path]:
    """Files that are missing, differ, or should not be there."""
    owned = {*(DATA / "models").glob("*.json"), *SCHEMAS.glob("*.json"), DATA / "errors.json"}
    changed = {
        path for path, text in files.items() if not path.exists() or path.read_bytes() != text.encode()
    }
    return sorted(changed | {path for path in owned - set(files) if path.exists()})


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the catalogue's package data and schemas.")
    parser.add_argument("models", nargs="?", type=Path, metavar="FROM", help="models.json with new facts")
    parser.add_argument("--errors", type=Path, help="errors.json with new codes")
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    options = parser.parse_args(argv)
    overrides = json.loads((DATA / "overrides.json").read_text("utf-8"))
    committed = DATA / "errors.json"
    known = json.loads(committed.read_text("utf-8")) if committed.exists() else []
    source = json.loads(options.errors.read_text("utf-8")) if options.errors else known
    models = (
        [model_facts(item) for item in json.loads(options.models.read_text("utf-8"))]
        if options.models
        else read_data(DATA)
    )
    errors = error_facts(source, known)
    files = everything(models, errors, overrides)
    for item in errors:
        if not item["meaning"]:
            print(f"errors.json: code {item['code']} has no meaning yet; write one", file=sys.stderr)
    changes = stale(files)
    for path in changes:
        print(path.relative_to(ROOT).as_posix())
        if options.check:
            continue
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[path].encode())
        else:
            path.unlink()
    print(f"{len(files)} files, {len(changes)} {'stale' if options.check else 'written'}")
    return 1 if options.check and changes else 0


if __name__ == "__main__":
    raise SystemExit(main())
