"""The front door as a user meets it: words in, an exit code and two streams out.

`Front` calls the command line in this process, which is quick; `process` starts a real one where that
matters (signals, sudden death, two at a time).
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft7Validator

from rhflow.catalog_files import load_catalog
from rhflow.cli.main import run
from rhflow.simulator.server import SimulatorServer, SimulatorSettings, Timing

ROOT = Path(__file__).parent.parent.parent
SCHEMAS = ROOT / "schemas"
KEY = "0123456789abcdef0123456789abcdef"

STILL_AND_CLIP = """\
rhflow: 1
name: board
inputs:
  board: {type: data, default: board.yaml}
steps:
  shots:
    foreach: ${{ inputs.board.shots }}
    as: shot
    steps:
      still:
        uses: seedream-v4/text-to-image
        with: {prompt: "${{ shot.frame }}"}
      clip:
        uses: hailuo-2.3-fast/image-to-video
        with:
          prompt: ${{ shot.action }}
          imageUrl: ${{ steps.still.image }}
          duration: 6
          enablePromptExpansion: true
  film:
    uses: local/concat
    with: {clips: "${{ steps.shots.clip.video }}"}
outputs:
  film: ${{ steps.film.video }}
"""
"""Per shot a still and a clip over it, and a film of all."""

STILL = """\
rhflow: 1
name: still
steps:
  still:
    uses: seedream-v4/text-to-image
    with: {prompt: a heron in the reeds}
outputs:
  still: ${{ steps.still.image }}
"""


def board(*shots: tuple[str, str]) -> str:
    """The data file of `STILL_AND_CLIP`: (frame, action) per shot."""
    return json.dumps({"shots": [{"frame": frame, "action": action} for frame, action in shots]})


def until(happened: Callable[[], bool], limit_s: float = 20) -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + limit_s
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def schema(name: str) -> Draft7Validator:
    """The validator of `schemas/<name>.schema.json`."""
    return Draft7Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as the one JSON document it has to be."""
        return json.loads(self.out)


class Front:
    """The command line in this process, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
        return path

    def call(self, *words: str | Path) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([str(word) for word in words])
        said = Said(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in said.err + said.out, said.err
        return said

    def ok(self, *words: str | Path) -> Said:
        said = self.call(*words)
        assert said.code == 0, said.err
        return said

    def json(self, name: str, *words: str | Path, code: int | None = 0) -> Any:
        """Call with `--json`; the document, which fits its schema."""
        said = self.call(*words, "--json")
        assert code is None or said.code == code, said.err
        document = said.document
        schema(name).validate(document)
        return document

    def process(self, *words: str | Path, **more: Any) -> subprocess.Popen[str]:
        """A real process of the same command line."""
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | more
        return subprocess.Popen(
            [sys.executable, "-m", "rhflow", *map(str, words)], cwd=self.folder, env=os.environ, **options
        )


_COUNTS_UPLOADS = {"on": "upload", "nth": 1_000_000_000, "stall": 1}
"""A fault that never plays, and counts."""


class FarSide:
    """A simulator in this process, spoken to as the vendor."""

    def __init__(self, folder: Path, **options: Any) -> None:
        settings = {"timing": Timing(0.02, 0.02), "quick": True, "concurrency": 200} | options
        self.server = SimulatorServer(SimulatorSettings(folder=folder, catalog=load_catalog(), **settings))
        self.address = self.server.start()
        self.client = httpx.Client(base_url=self.address, trust_env=False, timeout=30)
        self._uploads = 0
        self.faults()

    def close(self) -> None:
        self.client.close()
        self.server.stop()

    def bill(self) -> list[dict[str, Any]]:
        """Every purchase so far."""
        entries: list[dict[str, Any]] = self.client.get("/simulator/bill").json()["entries"]
        return entries

    def tasks(self) -> list[dict[str, Any]]:
        """Every job so far, with what was asked."""
        tasks: list[dict[str, Any]] = self.client.get("/simulator/tasks").json()["tasks"]
        return tasks

    def faults(self, *faults: dict[str, Any]) -> None:
        """What shall go wrong, in place of what did before."""
        self._uploads = self.uploads()
        answer = self.client.post("/simulator/faults", json={"faults": [*faults, _COUNTS_UPLOADS]})
        assert answer.status_code == 200, answer.text

    def uploads(self) -> int:
        """How often a file was brought over."""
        told = self.client.get("/simulator/faults").json()["faults"]
        return self._uploads + sum(fault["seen"] for fault in told if fault["on"] == "upload")
