"""Fuzz the reader or the expressions with atheris for a bounded time. It is no dependency: bring it along.

    uv run --with atheris python tools/fuzz.py reader -max_total_time=60
    uv run --with atheris python tools/fuzz.py expressions -max_total_time=60

Anything but a Diagnostic or an ExpressionError is a crash; atheris writes the input that caused it. Keep it
as a case in tests/cases/language or tests/language.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from rhflow.catalog_files import load_catalog
    from rhflow.ground.diagnostics import Diagnostics
    from rhflow.ground.marks import Mark
    from rhflow.language.build import read_pipeline
    from rhflow.language.document import read_document
    from rhflow.language.expressions.evaluate import TaskHandle, evaluate
    from rhflow.language.expressions.parse import parse_source
    from rhflow.language.expressions.tree import Expression, ExpressionError

CATALOG = load_catalog()
SCOPE = {
    "inputs": {"n": 3, "text": "a hare", "list": [1, 2, {"a": "b"}], "nothing": None},
    "steps": {"hero": TaskHandle("hero")},
    "index": 0,
}
HEAD = b"rhflow: 1\nsteps:\n"


def no_file(path: str) -> bytes:
    raise FileNotFoundError(path)


def reader(data: bytes) -> None:
    read_document(data, "fuzz.yaml", Diagnostics())
    read_pipeline(HEAD + data, "fuzz.rhflow.yaml", CATALOG, no_file)


def expressions(data: bytes) -> None:
    source = " ".join(data.decode("utf-8", "ignore").split())  # as the reader hands them on
    try:
        expression = Expression(source, parse_source(source), Mark("fuzz.yaml"))
        evaluate(expression, SCOPE)
    except ExpressionError:
        return


def main() -> None:
    target = {"reader": reader, "expressions": expressions}[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
