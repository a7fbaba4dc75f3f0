"""`rhflow cache export`: one run, packed so that another machine has its results and buys none of them."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from rhflow import __version__
from rhflow.app import crate
from rhflow.app.author_texts import AuthorTexts, read_texts
from rhflow.app.crate import Member
from rhflow.app.crate_metadata import MetadataWriter
from rhflow.app.discretion import Discretion
from rhflow.app.mender import Mender
from rhflow.app.proofs import Proof, proofs_of, prove
from rhflow.app.runs import facts_of, find_run, folder_of, read_plan
from rhflow.app.session import Session
from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import RunBusy, UsageError
from rhflow.ground.hashing import digest_bytes
from rhflow.ground.media import SNIFF_BYTES, sniff
from rhflow.ground.references import FileMedia
from rhflow.ground.values import Json, JsonObject, as_object, walk
from rhflow.lifecycle.events import body_of, name_of
from rhflow.lifecycle.states import State
from rhflow.planning.plan import Plan
from rhflow.ports import RunRecord
from rhflow.settings import api_key
from rhflow.store.blobs import digest_file, store_error
from rhflow.store.durable import put_in_place
from rhflow.view.crate_entities import PackedFile
from rhflow.view.provenance import README, Packed, told_of
from rhflow.view.run_view import Facts

_MOST_ABOVE = 3
"""How many folders above the pipeline still count as its own tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was packed, and what was not."""

    run: str
    path: Path
    bytes: int
    results: int
    left_out: tuple[str, ...]
    """A sentence each."""

    def to_json(self) -> JsonObject:
        return {
            "run": self.run,
            "path": str(self.path),
            "bytes": self.bytes,
            "results": self.results,
            "left_out": list(self.left_out),
        }


def export(opened: Session, name: str, target: Path | None) -> Exported:
    """Pack a run.

    Args:
        opened: the home.
        name: the run, or a clear beginning of its id.
        target: the file to write; None for `<pipeline>-<run>.crate.zip` here.

    Raises:
        UsageError: there is no such run, it has made nothing, the file is there already, or the library
            that writes metadata is not installed.
        RunBusy: somebody is working on it.
        StoreError: the disk is full or may not be written.
    """
    record = find_run(opened, name)
    if opened.journal.is_leased(f"run {record.id}"):
        raise RunBusy(f"Run {record.id} is being worked on just now", "Export it when it has ended.")
    target = target or Path(f"{record.pipeline}-{record.id}.crate.zip")
    if target.exists():
        raise UsageError(f"{target} is there already", "Name another file with -o.")
    packing = _Packing(opened, record, MetadataWriter())
    packing.gather()
    partial = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(partial, "w") as archive:
            packing.write(archive)
        size = partial.stat().st_size
        put_in_place(partial, target)
    except OSError as error:
        raise store_error(error, target) from error
    finally:
        partial.unlink(missing_ok=True)
    return Exported(
        run=record.id,
        path=target,
        bytes=size,
        results=len(packing.proofs),
        left_out=tuple(packing.left_out),
    )


@dataclass(slots=True)
class _Packing:
    """One crate in the making: names and digests first, then the bytes in one go."""

    opened: Session
    record: RunRecord
    metadata: MetadataWriter
    plan: Plan = field(init=False)
    facts: Facts = field(init=False)
    proofs: list[Proof] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    """Name in the crate -> text."""
    files: dict[str, tuple[Path, str, int]] = field(default_factory=dict)
    """Name in the crate -> where it is, digest, size."""
    by_digest: dict[str, str] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)
    """Path of an author's file -> name in the crate."""
    _discretion: Discretion = field(init=False)
    _written: AuthorTexts | None = None

    def gather(self) -> None:
        """Decide what goes in, under which name."""
        self.plan = read_plan(self.opened, self.record)
        self.facts = facts_of(self.opened, self.record, self.plan)
        if not any(state.state is State.DONE for state in self.facts.states.values()):
            raise UsageError(f"Run {self.record.id} has made nothing that could be exported")
        key = api_key(folder=self.opened.settings.home.parent)
        self._discretion = Discretion(
            (key,) if key else (), lambda path: self._places.get(path, PurePath(path).name)
        )
        self._gather_author_files()
        self._gather_results()

    # -- what the author wrote ----------------------------------------------------------------------

    def _gather_author_files(self) -> None:
        self._written = read_texts(folder_of(self.opened, self.record.id))
        if self._written is None:
            self.left_out.append("the pipeline's text: an older rhflow made the run and did not keep it")
        texts = self._written.texts if self._written is not None else {}
        media = {leaf.path: leaf for leaf in self._file_media()}
        tree = _tree_of(self._written.file, [*texts, *media]) if self._written is not None else None
        for path in [*texts, *media]:
            self._places[path] = self._place(path, tree)
        for path, text in texts.items():
            self.texts[self._places[path]] = self._discretion.text(text)
        for path, leaf in media.items():
            if leaf.sha256 in self.by_digest:
                self._places[path] = self.by_digest[leaf.sha256]
            elif self._is_still(leaf):
                self._pack(self._places[path], Path(path), leaf.sha256 or "", leaf.bytes or 0)
            else:
                self.left_out.append(f"{path}: it has changed or gone since the run was planned")

    def _file_media(self) -> Iterator[FileMedia]:
        values = [self.plan.outputs[name] for name in self.plan.outputs]
        for value in (*(rung.arguments for task in self.plan.tasks for rung in task.ladder), *values):
            yield from (leaf for _, leaf in walk(value) if isinstance(leaf, FileMedia))

    def _place(self, path: str, tree: PurePath | None) -> str:
        """In the author's tree where it is part of that, else beside it."""
        if tree is not None and PurePath(path).is_relative_to(tree):
            return crate.PIPELINE + _plain(PurePath(path).relative_to(tree).as_posix())
        name = _plain(PurePath(path).name)
        return f"{crate.INPUTS}{digest_bytes(path.encode())[:8]}-{name}"

    def _is_still(self, leaf: FileMedia) -> bool:
        try:
            return digest_file(Path(leaf.path))[0] == leaf.sha256
        except OSError:
            return False

    # -- what was made ------------------------------------------------------------------------------

    def _gather_results(self) -> None:
        mender = Mender(self.opened.holdings, self.opened.blobs)
        for task in self.plan.tasks:
            state = self.facts.states[task.id]
            if state.state is not State.DONE:
                continue
            whole = True
            for number, item in enumerate(state.artifacts):
                artifact = Artifact.from_json(as_object(item, "an artifact"))
                if artifact.sha256 in self.by_digest:
                    continue
                if not mender.mend(artifact):
                    self.left_out.append(
                        f"{task.id}: its bytes are damaged or missing here (rhflow cache verify)"
                    )
                    whole = False
                    continue
                name = self._artifact_name(task.id, number, artifact)
                self._pack(name, self.opened.blobs.path(artifact.sha256), artifact.sha256, artifact.bytes)
            found = list(proofs_of(self.opened, self.facts, task, self._discretion))
            proven = [proof for proof in found if whole and prove(proof)]
            if whole and len(proven) < len(found):
                self.left_out.append(f"{task.id}: its key cannot be told without what must not be told")
            self.proofs += proven

    def _artifact_name(self, task_id: str, number: int, artifact: Artifact) -> str:
        stem = re.sub(r"\[(\d+)\]", lambda found: f"-{int(found[1]):02d}", task_id)
        tail = f"-{number + 1}" if number else ""
        return f"{crate.ARTIFACTS}{_plain(stem)}{tail}.{_plain(artifact.suffix)}"

    def _pack(self, name: str, path: Path, sha256: str, size: int) -> None:
        while name in self.files or name in self.texts:
            stem, dot, suffix = name.rpartition(".")
            name = f"{stem}_{dot}{suffix}" if dot else f"{name}_"
        self.files[name] = (path, sha256, size)
        self.by_digest.setdefault(sha256, name)

    # -- writing ------------------------------------------------------------------------------------

    def write(self, archive: zipfile.ZipFile) -> None:
        """Everything, the records last: they have the digests of all else."""
        members: list[Member] = []
        for name, (path, sha256, size) in self.files.items():
            archive.write(path, name, zipfile.ZIP_STORED)
            members.append(Member(name, sha256, size))
        records = {
            README: _readme(self.record, self._workflow()),
            crate.PLAN: _dump(self._discretion.value(self.plan.to_json() | {"file": self._workflow()})),
            crate.EVENTS: "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in self._story()),
            crate.RESULTS: _dump([proof.to_json() for proof in self.proofs]),
        }
        for name, text in {**self.texts, **records}.items():
            data = text.encode()
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
            members.append(Member(name, digest_bytes(data), len(data)))
        archive.writestr(crate.RECORD, _dump(self._record(members)), zipfile.ZIP_DEFLATED)
        metadata = self.metadata.document(told_of(self._packed(members)))
        archive.writestr(crate.METADATA, metadata, zipfile.ZIP_DEFLATED)

    def _workflow(self) -> str:
        """Where the pipeline's text lies; its plan stands in for a text that was not kept."""
        return self._places.get(self._written.file, crate.PLAN) if self._written is not None else crate.PLAN

    def _given(self) -> JsonObject:
        """Inputs as somebody gave them; files by where they lie in the crate."""
        told: JsonObject = {}
        written = self._written or AuthorTexts("")
        for name, (value, _) in written.given.items():
            place = self._places.get(written.path_of(name) or "")
            told[name] = place if place is not None else self._discretion.value(value)
        return told

    def _story(self) -> Iterable[JsonObject]:
        counted: dict[str, int] = {}
        for task, at, event in self.opened.journal.events(self.record.id):
            counted[task] = counted.get(task, 0) + 1
            body = self._discretion.event(body_of(event))
            yield {"task": task, "seq": counted[task], "at": at, "name": name_of(event), "body": body}

    def _record(self, members: list[Member]) -> JsonObject:
        files: JsonObject = {member.name: member.to_json() for member in members}
        return {
            "rhflow_crate": crate.FORMAT,
            "made_by": f"rhflow {__version__}",
            "run": {
                "id": self.record.id,
                "pipeline": self.record.pipeline,
                "file": self._workflow(),
                "provider": self.record.provider,
                "started": self.record.started,
                "status": self.record.status,
            },
            "given": self._given(),
            "files": files,
        }

    def _packed(self, members: list[Member]) -> Packed:
        ends = [state.ended for state in self.facts.states.values() if state.ended is not None]
        return Packed(
            run=self.record.id,
            plan=self.plan,
            states=self.facts.states,
            version=__version__,
            started=self.record.started,
            ended=max([self.record.started, *ends]),
            workflow=self._workflow(),
            given=self._given(),
            outputs=self.facts.outputs,
            files=tuple(
                PackedFile(
                    name=member.name, bytes=member.bytes, sha256=member.sha256, mime=self._mime(member.name)
                )
                for member in members
            ),
            by_digest=self.by_digest,
        )

    def _mime(self, name: str) -> str:
        if name in self.files:
            with self.files[name][0].open("rb") as file:
                sniffed = sniff(file.read(SNIFF_BYTES))
            return sniffed.mime if sniffed is not None else "application/octet-stream"
        suffix = name.rpartition(".")[2]
        known = {
            "md": "text/markdown",
            "json": "application/json",
            "yaml": "application/yaml",
            "yml": "application/yaml",
        }
        return known.get(suffix, "text/plain")


def _tree_of(file: str, paths: list[str]) -> PurePath:
    """The folder all of the author's files lie in, unless that is far above the pipeline."""
    start = PurePath(file).parent
    for folder in (start, *start.parents[:_MOST_ABOVE]):
        if all(PurePath(path).is_relative_to(folder) for path in paths):
            return folder
    near = start.parents[0] if len(start.parents) > 1 else start
    return near if any(PurePath(path).is_relative_to(near) for path in paths) else start


def _plain(name: str) -> str:
    """A name that every system takes, and that leads nowhere."""
    parts = [
        re.sub(r"[\x00-\x1f\x7f\\:*?\"<>|]", "_", part).strip().rstrip(".") or "_" for part in name.split("/")
    ]
    return "/".join(parts)


def _readme(record: RunRecord, workflow: str) -> str:
    return f"""\
# {record.pipeline}, run {record.id}

A run of an rhflow pipeline with everything it made. `{workflow}` is what was asked for, `artifacts/` holds
what came of it, and `ro-crate-metadata.json` tells who made which file out of what (an RO-Crate, of the
profile Provenance Run Crate).

`rhflow cache import FILE --files DIR` takes it into another home: there the same pipeline buys nothing.
"""


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
