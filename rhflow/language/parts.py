"""Pipelines made of pipelines: finds the file behind `uses: ./…`, reads each once, refuses circles.

Paths go from the file that names them, and upwards where the author says so; never to an absolute
place or over the network, so that a pipeline can be moved together with its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from rhflow.ground.diagnostics import Diagnostics
from rhflow.ground.marks import Mark
from rhflow.language.data_files import DataFiles, OpenText, file_fault
from rhflow.language.expressions.types import Type
from rhflow.language.pipeline import Pipeline

MAX_DEPTH = 8
"""Files inside each other, the first one not counted."""

MAX_PARTS = 200
"""Files of one pipeline."""


@dataclass(frozen=True, slots=True)
class Part:
    """A pipeline that was read, and the types of its outputs."""

    pipeline: Pipeline
    outputs: Mapping[str, Type]


ReadText = Callable[[str | bytes, DataFiles, Diagnostics], Part | None]
"""Reads one text; the files are those beside it."""


class Parts:
    """The files of one pipeline, by their paths relative to the folder of the first.

    `problems` holds what is wrong inside the parts; what is wrong with naming one goes to those of the
    document that does. `outputs` has the types of the outputs by file, for the survey.
    """

    def __init__(self, source: str, open_text: OpenText, reader: ReadText) -> None:
        path = PurePosixPath(PurePath(source).as_posix())
        self.folder = path.parent
        self.open_text = open_text
        self.problems = Diagnostics()
        self.outputs: dict[str, Mapping[str, Type]] = {}
        self.reader = reader
        self._places = {source: path.name}
        self._chain = [path.name]
        self._heights: dict[str, int] = {}
        self._parts: dict[str, Part | None] = {}

    def open(self, files: DataFiles, problems: Diagnostics, written: str, mark: Mark) -> Pipeline | None:
        """The pipeline that a `uses` names; None where it cannot be used."""
        fault = _fault(written)
        if fault is not None:
            problems.add(mark, "sub-pipeline", fault[0], hint=fault[1])
            return None
        place = _walked(PurePosixPath(self._places[files.pipeline_file]).parent / written)
        if place in self._chain:
            circle = [*self._chain[self._chain.index(place) :], place]
            problems.add(mark, "cycle", f"these pipelines use each other: {' → '.join(circle)}")
            return None
        if place not in self._parts and not self._read(place, problems, mark):
            return None
        part = self._parts[place]
        if part is None:
            return None  # it was reported in its own file
        if len(self._chain) - 1 + self._heights[place] > MAX_DEPTH:
            problems.add(mark, "too-deep", f"pipelines use each other at most {MAX_DEPTH} deep")
            return None
        return part.pipeline

    def _read(self, place: str, problems: Diagnostics, mark: Mark) -> bool:
        """Read a file for the first time; whether there is one to speak of."""
        if len(self._chain) > MAX_DEPTH:
            problems.add(mark, "too-deep", f"pipelines use each other at most {MAX_DEPTH} deep")
            return False
        if len(self._parts) >= MAX_PARTS:
            problems.add(mark, "too-large", f"a pipeline is made of at most {MAX_PARTS} files")
            return False
        source = _walked(self.folder / place)
        try:
            text = self.open_text(place)
        except (OSError, ValueError) as error:
            problems.add(mark, "file", file_fault(source, error))
            return False
        beside = PurePosixPath(place).parent
        files = DataFiles(source, lambda path: self.open_text((PurePath(beside) / path).as_posix()))
        found = Diagnostics()
        self._places[source] = place
        self._chain.append(place)
        part = self.reader(text, files, found)
        self._chain.pop()
        self.problems.extend(found)
        self._parts[place] = None if found.has_errors else part
        if part is not None:
            self.outputs[source] = part.outputs
        below = [self._heights.get(name, 0) for name in self._used_by(part)]
        self._heights[place] = 1 + max(below, default=0)
        return True

    def _used_by(self, part: Part | None) -> list[str]:
        """The places of the files that a part uses directly."""
        return [] if part is None else [self._places[file] for file in files_used(part.pipeline)]


def files_used(pipeline: Pipeline) -> list[str]:
    """The files of the pipelines that a pipeline uses directly."""
    return list(dict.fromkeys(include.pipeline.file for include in pipeline.includes()))


def _fault(written: str) -> tuple[str, str | None] | None:
    """What is wrong with the name of a file, and what to write instead."""
    if "${{" in written:
        return "uses is written out; an expression cannot choose the pipeline", None
    if "://" in written:
        return "a pipeline is made of files beside it; this is an address", "download it and name its path"
    if "\\" in written:
        return "in a path, folders are separated by /", f"write {written.replace(chr(92), '/')}"
    if PurePosixPath(written).is_absolute() or PureWindowsPath(written).anchor:
        return (
            "a pipeline is named by the path from this file, not by an absolute one",
            "begin with ./ or ../",
        )
    if not written.startswith(("./", "../")):
        return "the path of another pipeline begins with ./ or ../", f"write ./{written}"
    return None


def _walked(path: PurePosixPath) -> str:
    """A path without `.` and, as far as the text knows, without `..`."""
    stack: list[str] = []
    for part in path.parts:
        if part == ".." and stack and stack[-1] not in ("..", "/"):
            stack.pop()
        else:
            stack.append(part)
    return str(PurePosixPath(*stack))
