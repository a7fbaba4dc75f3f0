"""Every model against `check`: its generated example passes, and what is wrong in it is refused. A table.

    python tools/every_model.py             # one line a model, and the sums
    python tools/every_model.py --faults    # only what does not hold

For each model one pipeline is read, as `rhflow check` reads it: the example step of `rhflow models show`, and
the same step once per parameter with a value of a wrong type, and once per parameter with options with one
that is none of them. tests/catalog/test_every_model.py asserts the sums.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import indent

from rhflow.app.session import full_catalog
from rhflow.catalog.example import example_arguments, example_step
from rhflow.catalog.model import Model, ParamType
from rhflow.catalog.read import Catalog
from rhflow.ground.diagnostics import Diagnostic
from rhflow.ground.values import Json
from rhflow.language.build import read_pipeline

WRONG: dict[ParamType, Json] = {
    "enum": [],
    "string": 5,
    "image": 5,
    "video": 5,
    "audio": 5,
    "boolean": "perhaps",
    "integer": "three",
    "number": "three",
    "array": 5,
    "object": 5,
}
"""A value of a type that a parameter of this type does not take."""

NO_OPTION = "no such option"


@dataclass(frozen=True, slots=True)
class Row:
    """How one model held up; `faults` says in sentences what did not."""

    model: Model
    has_example: bool
    example_passes: bool
    params: int
    types_refused: int
    options: int
    options_refused: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Probe:
    """One step of the pipeline: what is wrong in it, and what must be said of that."""

    text: str
    what: str
    wanted: str | None


def look(model: Model, catalog: Catalog) -> Row:
    """Read one pipeline with everything that can be said of a model."""
    if model.endpoint is None:
        return Row(model, False, False, 0, 0, 0, 0, ())
    example = indent(example_step(model), "  ")
    probes = list(_probes(model))
    text = f"rhflow: 1\nsteps:\n{example}" + "".join(probe.text for probe in probes)
    first = text.count("\n") - len(probes) + 1
    reading = read_pipeline(text, "every.rhflow.yaml", catalog, _no_file)
    by_line: dict[int, list[Diagnostic]] = {}
    for item in reading.problems:
        if item.severity == "error":
            by_line.setdefault(item.mark.line, []).append(item)
    in_example = [item for line, items in by_line.items() if line < first for item in items]
    faults = [f"its example: {item}" for item in in_example]
    refused: Counter[str] = Counter()
    for number, probe in enumerate(probes):
        said = {item.name for item in by_line.get(first + number, ())}
        if said == {probe.wanted}:
            refused[str(probe.wanted)] += 1
        else:
            faults.append(f"{probe.what}: {', '.join(sorted(said)) or 'nothing'} is said of it")
    return Row(
        model,
        has_example=True,
        example_passes=not in_example,
        params=sum(probe.wanted == "argument-type" for probe in probes),
        types_refused=refused["argument-type"],
        options=sum(probe.wanted == "unknown-option" for probe in probes),
        options_refused=refused["unknown-option"],
        faults=tuple(faults),
    )


def _probes(model: Model) -> Iterable[_Probe]:
    """One line a step; the id only has to be another one each time."""
    arguments = example_arguments(model)
    number = 0
    for param in model.params if model.params_known else ():
        wrongs: list[tuple[str, Json, str]] = [("a wrong type", WRONG[param.type], "argument-type")]
        if param.type == "enum":
            wrongs.append(("a wrong option", NO_OPTION, "unknown-option"))
        for what, value, wanted in wrongs:
            step = {"uses": model.id, "with": {**arguments, param.name: value}}
            text = f"  p{number}: {json.dumps(step, ensure_ascii=False)}\n"
            yield _Probe(text, f"{param.name} with {what}", wanted)
            number += 1


def _no_file(path: str) -> bytes:
    raise FileNotFoundError(path)


def rows(catalog: Catalog) -> list[Row]:
    """Every model of a catalogue."""
    return [look(model, catalog) for model in catalog.models]


def sums(found: Iterable[Row]) -> dict[str, int]:
    """The whole table in a few numbers."""
    every = list(found)
    return {
        "models": len(every),
        "without a path": sum(not row.has_example for row in every),
        "examples that pass": sum(row.example_passes for row in every),
        "parameters": sum(row.params for row in every),
        "wrong types refused": sum(row.types_refused for row in every),
        "parameters with options": sum(row.options for row in every),
        "wrong options refused": sum(row.options_refused for row in every),
        "faults": sum(len(row.faults) for row in every),
    }


def main(arguments: list[str]) -> int:
    found = rows(full_catalog())
    width = max(len(row.model.id) for row in found)
    if "--faults" not in arguments:
        print(f"{'model':{width}}  example   wrong types refused   wrong options refused")
        for row in found:
            example = "passes" if row.example_passes else "FAILS" if row.has_example else "no path"
            types, options = f"{row.types_refused} of {row.params}", f"{row.options_refused} of {row.options}"
            print(f"{row.model.id:{width}}  {example:7}   {types:>19}   {options:>21}")
        print()
    for row in found:
        for fault in row.faults:
            print(f"{row.model.id}: {fault}")
    for name, number in sums(found).items():
        print(f"{number:7,}  {name}")
    return 1 if any(row.faults for row in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
