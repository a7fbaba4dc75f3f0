"""`rhflow cache import`: a run of another home is taken in, and nothing in it is taken on trust.

Everything is looked at before anything is written: names, sizes, digests, the story of every task, the key of
every result. What this home has stays as it is. The purchases were somebody else's: no ledger sees them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rhflow.app import crate
from rhflow.app.author_texts import NAME as NAME_OF_TEXTS
from rhflow.app.author_texts import AuthorTexts
from rhflow.app.crate import Crate, Member, opened_crate, wrong
from rhflow.app.proofs import Proof, prove
from rhflow.app.runs import folder_of, keep_plan, keep_text
from rhflow.app.session import Session
from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import Bug, JournalDamaged, UsageError
from rhflow.ground.references import UrlMedia
from rhflow.ground.values import JsonObject, as_object, walk
from rhflow.lifecycle.events import Event, body_of, name_of, read_event
from rhflow.lifecycle.states import TaskState
from rhflow.lifecycle.transitions import fold
from rhflow.planning.plan import Plan
from rhflow.ports import RunRecord
from rhflow.store.blobs import digest_file, store_error
from rhflow.view.run_view import instant

_STOPPED = ("undecided", "over_budget", "stopped", "interrupted", "cancelled")
_STATUSES = frozenset(("running", "done", "failed", "waiting", *_STOPPED))
_TEXTS = (".yaml", ".yml", ".json", ".csv", ".tsv", ".txt", ".md")
_DIGITS = frozenset("0123456789abcdef")
_RUN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was taken in."""

    run: str
    pipeline: str
    results: int
    """New in this home."""
    kept: int
    """Known here already: ours stay."""
    bytes: int
    is_known: bool
    """The run was imported before."""
    files: Path | None
    workflow: str | None
    """Where the pipeline lies, in the crate or in the folder it was unpacked to."""
    given: JsonObject

    def to_json(self) -> JsonObject:
        return {
            "run": self.run,
            "pipeline": self.pipeline,
            "results": self.results,
            "kept": self.kept,
            "bytes": self.bytes,
            "is_known": self.is_known,
            "files": str(self.files) if self.files is not None else None,
            "workflow": self.workflow,
            "given": self.given,
        }


def import_crate(opened: Session, path: Path, files: Path | None = None) -> Imported:
    """Take a run in.

    Args:
        opened: the home.
        path: the crate.
        files: a folder to unpack the pipeline and its files into; None to leave them in the crate.

    Raises:
        UsageError: it is no crate, is damaged, or tells what cannot be; nothing of it was taken in.
        StoreError: the disk is full or may not be written.
    """
    with opened_crate(path, opened.settings.home) as found:
        content = _Content.read(found)
        for member in content.members.values():
            found.copy(member)
        if files is not None:
            _refuse_other_files(content, files)
        is_known = _is_known(opened, content, path)
        for member in content.artifacts():
            _store(opened, found, member)
        new = _write_down(opened, content, path, is_known=is_known)
        if files is not None:
            _unpack(found, content, files)
    return Imported(
        run=content.record.id,
        pipeline=content.record.pipeline,
        results=new,
        kept=len(content.proofs) - new,
        bytes=sum(member.bytes for member in content.artifacts()),
        is_known=is_known,
        files=files,
        workflow=content.workflow_in(files),
        given=content.given_in(files),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """A crate, read and found right."""

    record: RunRecord
    plan: Plan
    story: tuple[tuple[str, int, float, Event], ...]
    proofs: tuple[Proof, ...]
    members: Mapping[str, Member]
    texts: AuthorTexts
    given: JsonObject
    path: Path

    @classmethod
    def read(cls, found: Crate) -> _Content:
        """Everything but the bytes of the files.

        Raises:
            UsageError: something in it is wrong.
        """
        body = found.read_object(crate.RECORD)
        if body.get("rhflow_crate") != crate.FORMAT:
            told = f"it has format {body.get('rhflow_crate')}, and this rhflow knows {crate.FORMAT}"
            raise wrong(found.path, told)
        try:
            content = cls(
                record=_record(as_object(body["run"], "the run")),
                plan=Plan.from_json(found.read_object(crate.PLAN)),
                story=tuple(_story(found)),
                proofs=tuple(map(Proof.from_json, _objects(found, crate.RESULTS))),
                members=_members(as_object(body["files"], "files")),
                texts=_texts(
                    found, as_object(body["run"], "the run"), as_object(body.get("given") or {}, "given")
                ),
                given=as_object(body.get("given") or {}, "given"),
                path=found.path,
            )
            content.look()
        except (ValueError, KeyError, TypeError, JournalDamaged, RecursionError) as error:
            raise wrong(found.path, f"its record cannot be read ({error})") from error
        return content

    def look(self) -> None:
        """See that its parts fit each other.

        Raises:
            UsageError: they do not.
        """
        for name in self.members:
            crate.refuse_name(name, self.path)
        states = self._states()
        digests = {member.sha256: member.bytes for member in self.members.values()}
        for proof in self.proofs:
            if not prove(proof):
                raise wrong(
                    self.path, f"the result of {proof.task} has a key that is not that of its request"
                )
            for item in proof.artifacts:
                artifact = Artifact.from_json(as_object(item, "an artifact"))
                if digests.get(artifact.sha256) != artifact.bytes:
                    raise wrong(self.path, f"it lacks bytes of {proof.task}")
            if proof.task not in states or not _is_made_by(proof, states[proof.task]):
                raise wrong(self.path, f"its story does not tell of the result of {proof.task}")

    def _states(self) -> dict[str, TaskState]:
        told: dict[str, list[tuple[float, Event]]] = {}
        for task, seq, at, event in self.story:
            history = told.setdefault(task, [])
            if seq != len(history) + 1:
                raise wrong(self.path, f"it lacks event {len(history) + 1} of {task}")
            history.append((at, event))
        try:
            return {task: fold(history) for task, history in told.items()}
        except Bug as error:  # the story is a stranger's: that it cannot be is no fault of ours
            raise wrong(self.path, f"it tells a story that cannot be ({error})") from error

    def artifacts(self) -> list[Member]:
        """The files that go into the store, each once."""
        wanted = {
            Artifact.from_json(as_object(item, "an artifact")).sha256
            for proof in self.proofs
            for item in proof.artifacts
        }
        found = {member.sha256: member for member in self.members.values() if member.sha256 in wanted}
        return list(found.values())

    def author_files(self) -> list[Member]:
        """The pipeline and its files."""
        return [
            member for name, member in self.members.items() if name.startswith((crate.PIPELINE, crate.INPUTS))
        ]

    def given_in(self, files: Path | None) -> JsonObject:
        """Inputs as they were given; files by where they are unpacked."""
        if files is None:
            return self.given
        return {
            name: str(files / unpacked_name(value))
            if isinstance(value, str) and value in self.members
            else value
            for name, value in self.given.items()
        }

    def workflow_in(self, files: Path | None) -> str | None:
        """Where the pipeline's text is to be found."""
        if self.record.file not in self.members or not self.record.file.startswith(crate.PIPELINE):
            return None
        return str(files / unpacked_name(self.record.file)) if files is not None else self.record.file


def unpacked_name(name: str) -> str:
    """A file of the author's tree lies in the folder itself, any other beside it."""
    return name.removeprefix(crate.PIPELINE)


def _is_made_by(proof: Proof, state: TaskState) -> bool:
    told = [Artifact.from_json(as_object(item, "an artifact")).sha256 for item in state.artifacts]
    given = [Artifact.from_json(as_object(item, "an artifact")).sha256 for item in proof.artifacts]
    return told == given and proof.key in (state.key, *state.tried)


def _record(body: JsonObject) -> RunRecord:
    run, status = str(body["id"]), str(body["status"])
    if not run or not set(run) <= _RUN or run.startswith(".") or len(run) > 64:
        raise ValueError(f"{run!r} is no id of a run")
    if status not in _STATUSES:
        raise ValueError(f"{status!r} is no status of a run")
    started = float(str(body["started"]))
    pipeline, file, provider = (str(body[name]) for name in ("pipeline", "file", "provider"))
    return RunRecord(run, pipeline, file, provider, started, status, {})


def _members(body: JsonObject) -> dict[str, Member]:
    found: dict[str, Member] = {}
    for name, value in body.items():
        entry = as_object(value, name)
        sha256, size = str(entry["sha256"]), entry["bytes"]
        if len(sha256) != 64 or not set(sha256) <= _DIGITS or not isinstance(size, int) or size < 0:
            raise ValueError(f"{name} has no digest or no size")
        found[name] = Member(name, sha256, size)
    return found


def _story(found: Crate) -> list[tuple[str, int, float, Event]]:
    told = []
    for line in found.read(crate.EVENTS).decode("utf-8").splitlines():
        body = as_object(json.loads(line), "an event")
        event = read_event(str(body["name"]), body["body"])
        told.append((str(body["task"]), int(str(body["seq"])), float(str(body["at"])), event))
    return told


def _texts(found: Crate, run: JsonObject, given: JsonObject) -> AuthorTexts:
    """The author's texts by where they lie in the crate, so that the run can be exported again."""
    texts: dict[str, str] = {}
    for name in found.names():
        if name.startswith((crate.PIPELINE, crate.INPUTS)) and name.endswith(_TEXTS):
            texts[name] = found.read(name).decode("utf-8")
    texts = {f"/{name}": text for name, text in texts.items()}
    return AuthorTexts(f"/{run['file']}", texts, {name: (value, "/") for name, value in given.items()})


def _objects(found: Crate, name: str) -> list[JsonObject]:
    value = found.read_json(name)
    if not isinstance(value, list):
        raise ValueError(f"{name} is no list")
    return [as_object(item, name) for item in value]


# -- writing ------------------------------------------------------------------------------------------


def _is_known(opened: Session, content: _Content, path: Path) -> bool:
    """Whether that very run is here already.

    Raises:
        UsageError: another run is called so.
    """
    run = content.record.id
    if all(record.id != run for record in opened.journal.runs()):
        return False
    ours = [(task, at, name_of(event)) for task, at, event in opened.journal.events(run)]
    if sorted(ours) != sorted((task, at, name_of(event)) for task, _, at, event in content.story):
        raise UsageError(
            f"{path} cannot be imported: this home has another run {run}, and it stays as it is",
            "Import it into another home: --home DIR",
        )
    return True


def _store(opened: Session, found: Crate, member: Member) -> None:
    """Put one file into the store, unless it is there and whole."""
    if opened.blobs.has(member.sha256, verify=True):
        return
    own = opened.blobs.temporary()
    try:
        with own.open("wb") as file:
            found.copy(member, file)
        opened.blobs.put_file(own)
    except OSError as error:
        raise store_error(error, own) from error
    finally:
        own.unlink(missing_ok=True)


def _write_down(opened: Session, content: _Content, path: Path, *, is_known: bool) -> int:
    """The run, its story and its results; how many results were new."""
    now, run = opened.clock.now(), content.record.id
    plan = content.plan
    results = [
        {
            "key": proof.key,
            "run": run,
            "task": proof.task,
            "model": proof.model,
            "artifacts": json.dumps(proof.artifacts),
            "usage": json.dumps(proof.usage),
            "estimated": proof.estimated,
            "at": now,
        }
        for proof in content.proofs
    ]
    if not is_known:
        keep_text(folder_of(opened, run) / NAME_OF_TEXTS, content.texts.to_text())
        keep_plan(opened, run, plan)
    record = RunRecord(
        run,
        content.record.pipeline,
        content.record.file,
        content.record.provider,
        content.record.started,
        content.record.status,
        {
            "imported": {"at": instant(now), "from": path.name},
            "out": str(opened.settings.home.parent / "out" / plan.pipeline),
        },
    )
    story = [
        {"task": task, "seq": seq, "at": at, "name": name_of(event), "body": json.dumps(body_of(event))}
        for task, seq, at, event in content.story
    ]
    new = opened.holdings.bring_in(None if is_known else record, story, results)
    for _, leaf in walk([rung.arguments for task in plan.tasks for rung in task.ladder]):
        if isinstance(leaf, UrlMedia) and leaf.sha256 and opened.journal.remembered("urls", leaf.url) is None:
            opened.journal.remember("urls", (leaf.url, leaf.sha256, now))
    return new


# -- the author's files ---------------------------------------------------------------------------------


def _refuse_other_files(content: _Content, folder: Path) -> None:
    """Nobody's file is overwritten.

    Raises:
        UsageError: one of that name, with other content, is there.
    """
    for member in content.author_files():
        target = folder / unpacked_name(member.name)
        if target.is_symlink() or (target.exists() and not _is_same(member, target)):
            raise UsageError(
                f"{target} is there already, and is another than that of the crate",
                "Name an empty folder with --files.",
            )


def _is_same(member: Member, target: Path) -> bool:
    return target.is_file() and digest_file(target)[0] == member.sha256


def _unpack(found: Crate, content: _Content, folder: Path) -> None:
    root = folder.resolve()
    for member in content.author_files():
        target = root / unpacked_name(member.name)
        if target.exists():
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.parent.resolve().is_relative_to(root):  # a link that was there before us
                told = f"{target.parent} leads out of {folder}"
                raise UsageError(told, "Name an empty folder with --files.")
            partial = target.with_name(f".{target.name}.part")
            with partial.open("wb") as file:
                found.copy(member, file)
            partial.replace(target)
        except OSError as error:
            raise store_error(error, target) from error
