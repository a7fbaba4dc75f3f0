"""Fuzz the language for a bounded time: the reader, expressions, schemas with texts, tables.

    uv run python tools/fuzz.py                              # all targets, hypothesis, 60 s each
    uv run python tools/fuzz.py reader shapes --seconds 30
    uv run --with atheris python tools/fuzz.py reader --engine atheris

Anything but a Diagnostic or an ExpressionError is a find, and so is whatever takes more than a second. It is
written to tests/cases/language/found, where `tests/language/test_found.py` throws it again: give it a name,
mend what it broke, and leave it there. `atheris` sees which lines a text reaches; it is no dependency.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # the targets are those of the tests
CASES = ROOT / "tests" / "cases" / "language"
FOUND = CASES / "found"
ENDINGS = {"reader": "yaml", "expression": "txt", "shapes": "json", "table": "csv"}
ROUND = 2_000
INSTRUMENTED_S = 5.0
"""What one text may take while atheris watches every branch."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Fuzz the language.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(ENDINGS)}")
    parser.add_argument("--engine", choices=("hypothesis", "atheris"), default="hypothesis")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    words = parser.parse_args()
    chosen = words.targets or list(ENDINGS)
    unknown = [target for target in chosen if target not in ENDINGS]
    if unknown:
        parser.error(f"there is no target {unknown[0]}; there are {', '.join(ENDINGS)}")
    if words.inside:
        _instrumented(chosen[0], words.seconds)
        return 0
    engine = _by_atheris if words.engine == "atheris" else _by_hypothesis
    return max([engine(target, words.seconds) for target in chosen])


# -- hypothesis ---------------------------------------------------------------------------------------


def _by_hypothesis(target: str, seconds: float) -> int:
    """Rounds of examples, each with a seed of its own, until the time is over or something is found."""
    targets: Any = importlib.import_module("tests.language.targets")
    strategies: Any = importlib.import_module("tests.language.strategies")
    started, tried, last = time.monotonic(), 0, b""

    def one(data: bytes) -> None:
        nonlocal tried, last
        if time.monotonic() - started > seconds:
            return
        tried, last = tried + 1, data
        with targets.in_time():
            targets.TARGETS[target](data)

    number = time.time_ns() % 2**32
    while time.monotonic() - started < seconds:
        number += 1
        calm = settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )
        try:
            seed(number)(calm(given(strategies.BYTES[target])(one)))()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what we look for
            print(f"{target}: {tried:,} tried, and one breaks it: {type(error).__name__}: {error}")
            _keep(target, last)
            return 1
    print(f"{target}: {tried:,} tried in {time.monotonic() - started:.0f} s, nothing found")
    return 0


# -- atheris ------------------------------------------------------------------------------------------


def _by_atheris(target: str, seconds: float) -> int:
    """A process of its own: atheris ends the one it runs in."""
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not there; uv run --with atheris python tools/fuzz.py …")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        for number, data in enumerate(_seeds(target)):
            (seeds / str(number)).write_bytes(data)
        command = [sys.executable, __file__, target, "--inside", "--seconds", str(seconds)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        tried = [line for line in done.stderr.splitlines() if line.startswith(("Done ", "stat::number"))]
        finds = [*Path(folder).glob("crash-*"), *Path(folder).glob("timeout-*")]
        for find in finds:
            print(done.stderr[-3_000:])
            _keep(target, find.read_bytes())
        print(f"{target}: {'; '.join(tried) or 'no count'}; {len(finds)} found")
        return 1 if finds or done.returncode else 0


def _instrumented(target: str, seconds: float) -> None:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["rhflow"]):
        targets: Any = importlib.import_module("tests.language.targets")

    def one(data: bytes) -> None:
        with targets.in_time(INSTRUMENTED_S):
            targets.TARGETS[target](data)

    options = [f"-max_total_time={int(seconds)}", "-timeout=30", "-rss_limit_mb=2048", "-max_len=4096"]
    atheris.Setup([sys.argv[0], *options, "seeds"], one)
    with contextlib.suppress(SystemExit):
        atheris.Fuzz()


def _seeds(target: str) -> list[bytes]:
    """Texts to begin with: the golden cases, and what was found before."""
    found = [path.read_bytes() for path in sorted(FOUND.glob(f"{target}-*"))]
    if target == "reader":
        found += [path.read_bytes() for path in sorted(CASES.glob("*/*.yaml"))]
    if target == "shapes":
        schemas = [path.read_bytes() for path in sorted(CASES.glob("*/files/*.schema.json"))]
        found += [
            schema + b'\n---\n{"title": "a", "shots": [{"line": "b", "seconds": 1}]}' for schema in schemas
        ]
    if target == "expression":
        pieces = [path.read_text("utf-8").split("${{")[1:] for path in sorted(CASES.glob("ok/*.yaml"))]
        found += [piece.partition("}}")[0].encode() for holes in pieces for piece in holes]
    return [data for data in found if len(data) <= 4096] or [b"a"]


def _keep(target: str, data: bytes) -> None:
    hashing: Any = importlib.import_module("rhflow.ground.hashing")
    path = FOUND / f"{target}-{hashing.digest_bytes(data)[:12]}.{ENDINGS[target]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"kept as {path.relative_to(ROOT)}; give it a name")


if __name__ == "__main__":
    sys.exit(main())
