"""One trouble from beginning to end, by the front door: run, and then what a person would do."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from tests.cli.front import FarSide, Front, Said
from tests.reliability.arrangements import Scene
from tests.reliability.troubles import Trouble

_TRIES = 4


@dataclass(frozen=True, slots=True)
class Ended:
    """A row of the table, as it was seen."""

    trouble: Trouble
    first_code: int
    first_state: str
    first_bill: int
    words: tuple[str, ...]
    """What the person did then."""
    last_code: int
    last_state: str
    last_bill: int
    is_home: bool

    def cells(self) -> tuple[str, ...]:
        """For the page: trouble, first end, bought, what was done, last end, bought in all."""
        first = f"{self.first_state}, exit {self.first_code}"
        last = f"{self.last_state}, exit {self.last_code}" if self.words else "–"
        home = "yes" if self.is_home else "no"
        return (
            self.trouble.what,
            first,
            str(self.first_bill),
            ", ".join(f"`{word}`" for word in self.words) or "–",
            last,
            str(self.last_bill),
            home,
        )


def drill(front: Front, far: FarSide, trouble: Trouble, patch: pytest.MonkeyPatch) -> Ended:
    """Run a pipeline of one picture into the trouble; then settle or resume, as its last words say."""
    front.write("still.rhflow.yaml", trouble.text)
    front.write("photo.png", photo())
    far.faults(*trouble.faults)
    scene = Scene(front, far, patch)
    words: list[str] = []
    with (trouble.arrange or contextlib.nullcontext)(scene):
        first = last = front.call("run", "still.rhflow.yaml", "--yes", "--json", *scene.words)
        first_bill, first_task = len(far.bill()), _task(first)
        if not trouble.also_later:
            far.faults()
            scene.mend()
        if trouble.hours:
            far.client.post("/simulator/clock", json={"advance_s": trouble.hours * 3600})
        time.sleep(trouble.looks_after_s)
        for word, said in _what_a_person_does(front, far, first):
            words.append(word)
            last = said or last
    task = _task(last)
    places = [front.folder / output["path"] for output in task["outputs"]]
    return Ended(
        trouble=trouble,
        first_code=first.code,
        first_state=_state(first_task),
        first_bill=first_bill,
        words=tuple(words),
        last_code=last.code,
        last_state=_state(task),
        last_bill=len(far.bill()),
        is_home=bool(places) and all(place.is_file() for place in places),
    )


def _what_a_person_does(front: Front, far: FarSide, said: Said) -> Iterator[tuple[str, Said | None]]:
    """Settles a doubt by what the vendor's call records say, and resumes as long as that is of use."""
    for _ in range(_TRIES):
        run, task = said.document["run"], _task(said)
        if task["state"] in ("done", "failed"):
            return
        if task["state"] == "doubtful":
            known = [entry["task_id"] for entry in far.bill()]
            word = ("--task-id", known[-1]) if known else ("--repeat",)
            front.ok("settle", run, "still", *word)
            yield f"settle {word[0]}", None
        before, said = task["state"], front.call("resume", run, "--json")
        yield "resume", said
        if _task(said)["state"] == before:
            return


def photo() -> bytes:
    """A picture of one's own."""
    file = io.BytesIO()
    Image.new("RGB", (320, 320), "navy").save(file, "PNG")
    return file.getvalue()


def _task(said: Said) -> Any:
    return said.document["tasks"]["still"]


def _state(task: Any) -> str:
    failure = task["failure"]
    return f"{task['state']} ({failure['kind']})" if task["state"] == "failed" else str(task["state"])
