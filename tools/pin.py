"""Write into pyproject.toml the newest version of every dependency that was tried: `[tool.uv]` constraints.

    uv run python tools/pin.py            resolve anew and write
    uv run python tools/pin.py --check    say whether the list still fits the dependencies

A lock file names the registry it was made from; these lines name none, so that everybody resolves from
the registry of their own, and yet gets nothing newer than what was tried. `<=` rather than `==`: where a
release was withdrawn, the one before it serves.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"
OPENS = "# tools/pin.py writes from here\n"
CLOSES = "# to here\n"
BLOCK = re.compile(f"{re.escape(OPENS)}.*?{re.escape(CLOSES)}", re.DOTALL)
EMPTY = f"{OPENS}constraint-dependencies = []\n{CLOSES}"
LOWEST = re.compile(r'requires-python = ">=([0-9.]+)"')


def resolve(text: str) -> list[str]:
    """Every package this pyproject.toml asks for, on all systems, as `name<=1.2 ; marker`."""
    uv = shutil.which("uv")
    lowest = LOWEST.search(text)
    if uv is None or lowest is None:
        sys.exit("pin: needs uv on the PATH (pip install uv) and a requires-python in pyproject.toml")
    command = [uv, "pip", "compile", "pyproject.toml", "--universal", "--all-extras", "--quiet"]
    command += ["--group", "lint", "--python-version", lowest[1], "--no-header", "--no-annotate"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text(text, encoding="utf-8")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"pin: uv could not resolve the dependencies\n{done.stderr}")
    return [line.replace("==", "<=", 1) for line in done.stdout.splitlines() if line.strip()]


def block(lines: list[str]) -> str:
    rows = "".join(f'  "{line}",\n' for line in lines)
    return f"{OPENS}constraint-dependencies = [\n{rows}]\n{CLOSES}"


def main() -> None:
    """Resolve without the present list; write the new one, or with `--check` compare the names in it."""
    text = PROJECT.read_text(encoding="utf-8")
    if not BLOCK.search(text):
        sys.exit(f"pin: {PROJECT.name} has no lines {OPENS.strip()!r} and {CLOSES.strip()!r}")
    fresh = block(resolve(BLOCK.sub(lambda _: EMPTY, text)))
    if "--check" not in sys.argv[1:]:
        PROJECT.write_text(BLOCK.sub(lambda _: fresh, text), encoding="utf-8", newline="\n")
    elif fresh not in text:
        sys.exit("pin: newer releases are out, or the dependencies changed; run tools/pin.py and the tests")


if __name__ == "__main__":
    main()
