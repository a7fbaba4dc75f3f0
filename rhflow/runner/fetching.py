"""Effect: bring the results of a job home, for as long as they can be had. Nothing here costs money."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import Bug
from rhflow.ground.media import SNIFF_BYTES, Kind, kind_of_suffix, sniff
from rhflow.ground.values import Json, JsonObject, as_object
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.lifecycle.notices import Notice, span_text
from rhflow.planning.plan import Task
from rhflow.ports import Download, JobReport, PollFailed, RemoteResult
from rhflow.runner.polling import end_job
from rhflow.runner.run import Run
from rhflow.runner.steps import Again, Parked
from rhflow.runner.stop import StopReason

_NETWORK_TRIES = 6
"""Downloads in a row that find no network, the API included, before the run lets go: some two minutes."""
_FINAL_TRIES, _FINAL_TRIES_AT_HOME = 5, 2
"""How often a result may be "not there" although its links are fresh, before that is believed."""
_BAD_TRIES, _EMPTY_TRIES = 2, 5
"""How often what came may be no good, and how often the record may name no result at all."""
_WAITS_S = (1.0, 60.0)
_SAID_AT = (3, 10, 30, 100, 300, 1000)
"""After how many tries it is said that it is still tried."""
_LOUD_S = (6 * 3600.0, 3600.0, 600.0)
"""How near its death a result that cannot be collected is called out."""


class BadMedia(Exception):
    """What came is not what was promised: a sentence."""


@dataclass(slots=True)
class _Troubles:
    """What has gone wrong while one result was to be brought home."""

    last: Failure
    tried: int = 0
    offline: int = 0
    """In a row: neither the file nor the API could be reached."""
    final: int = 0
    """In a row: it is not there, says the address the far side has just named."""
    bad: int = 0
    empty: int = 0
    """Records that named no result."""
    loud: int = 0
    """How many of the marks before its death were called out."""

    def wait_s(self) -> float:
        first, last = _WAITS_S
        return min(last, first * 2.0 ** min(self.tried, 30))


async def collect(run: Run, task: Task) -> Again | Parked:
    """Download, check, hash, keep; the same again for as long as the links live. Never buys."""
    purchase = run.state(task.id).purchase
    if purchase is None or run.state(task.id).key is None:
        raise Bug(f"{task.id} is to be collected without a purchase")
    troubles = _Troubles(Failure(FailureKind.NOT_SENT, f"{task.id} could not be downloaded"))
    while True:
        folder = run.hands.folder / f"{purchase.attempt}-{troubles.tried}"
        try:
            artifacts = await _bring_home(run, task, folder)
        except PollFailed as error:
            ended = await _not_to_be_had(run, task, troubles, error.failure)
        except BadMedia as error:
            troubles.last = Failure(FailureKind.BAD_MEDIA, f"{task.id}: {error}", charged="yes")
            if run.state(task.id).results:
                troubles.bad += 1
                ended = _lost(run, task, troubles.last) if troubles.bad >= _BAD_TRIES else None
            else:
                ended = await _ask_for_results(run, task, troubles)
        else:
            _keep_facts(run, task, purchase.attempt, artifacts)
            return Again()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if ended is not None:
            return ended
        _call_out(run, task, troubles)
        await run.bells.nap(task.id, run.hands.clock, troubles.wait_s())
        troubles.tried += 1


def _keep_facts(run: Run, task: Task, attempt: str, artifacts: list[Artifact]) -> None:
    state = run.state(task.id)
    if state.purchase is None or state.key is None:
        raise Bug(f"{task.id} was collected without a purchase")
    items: list[Json] = [item.to_json() for item in artifacts]
    endpoint, usage = state.purchase.endpoint, state.purchase.usage
    run.append(task.id, events.Collected(attempt, state.key, endpoint, items, usage, list(state.tried)))


async def _not_to_be_had(
    run: Run, task: Task, troubles: _Troubles, failure: Failure
) -> Again | Parked | None:
    """What a failed download means; None to try again."""
    troubles.last = failure
    is_final = failure.kind is FailureKind.GONE or not failure.repeatable
    if not is_final and failure.kind is not FailureKind.NOT_SENT:
        troubles.offline = 0
        return None if _lives(run, task) else _let_go(run, troubles)
    answers = await _ask_for_fresh_links(run, task)  # links die, and an address may have moved
    if is_final and answers:
        troubles.final += 1
        enough = _FINAL_TRIES if run.hands.provider(task).is_paid else _FINAL_TRIES_AT_HOME
        return _lost(run, task, failure) if troubles.final >= enough else None
    troubles.offline = 0 if answers else troubles.offline + 1
    if troubles.offline >= _NETWORK_TRIES or not _lives(run, task):
        return _let_go(run, troubles)
    return None


def _lives(run: Run, task: Task) -> bool:
    """Whether its links should still live."""
    dies_at = run.state(task.id).dies_at
    return dies_at is None or run.hands.clock.now() < dies_at


def _let_go(run: Run, troubles: _Troubles) -> Parked:
    """Nothing can be brought home now. The task stays as it is, for a resume."""
    is_offline = troubles.offline > 0 or troubles.last.kind is FailureKind.NOT_SENT
    run.stop.set(StopReason.NETWORK if is_offline else StopReason.FAR_SIDE, troubles.last.message)
    return Parked("detached")


def _call_out(run: Run, task: Task, troubles: _Troubles) -> None:
    """Say that it is still tried; loudly, once at each mark, how long there still is."""
    dies_at = run.state(task.id).dies_at
    left = None if dies_at is None else max(0.0, dies_at - run.hands.clock.now())
    passed = 0 if left is None else sum(left < mark for mark in _LOUD_S)
    if passed <= troubles.loud and troubles.tried not in _SAID_AT:
        return
    is_urgent, troubles.loud = passed > troubles.loud, max(passed, troubles.loud)
    message = f"{task.id} is made, and cannot be collected yet: {troubles.last.message} It is tried again."
    if left is not None:
        message += f" The result dies in about {span_text(left)}."
    run.notify(Notice("expiry", message, task.id, is_urgent=is_urgent))


def _lost(run: Run, task: Task, failure: Failure) -> Again:
    """The result is not to be had. What was paid for is not bought again unasked; free work is redone."""
    state, is_paid = run.state(task.id), run.hands.provider(task).is_paid
    if state.purchase is None:
        raise Bug(f"{task.id} lost the result of no purchase")
    told = replace(failure, charged="yes", repeatable=False) if is_paid else failure
    run.append(task.id, events.ResultLost(state.purchase.attempt, told))
    if not is_paid and failure.repeatable and len(state.purchases) <= run.policy.local_tries:
        run.append(task.id, events.Reopened("free work"))
    return Again()


async def _ask_for_results(run: Run, task: Task, troubles: _Troubles) -> Again | Parked | None:
    """It ended well, and its record named nothing: perhaps before the results were entered there."""
    report = await _record_of(run, task)
    if report is None:
        troubles.offline += 1
        return _let_go(run, troubles) if troubles.offline >= _NETWORK_TRIES else None
    troubles.offline = 0
    if report.state not in ("queued", "running") and not report.results:
        troubles.empty += 1
    return _lost(run, task, troubles.last) if troubles.empty >= _EMPTY_TRIES else None


async def _ask_for_fresh_links(run: Run, task: Task) -> bool:
    """Links die and servers move; the job's own record names new ones. False where nobody answered."""
    return await _record_of(run, task) is not None


async def _record_of(run: Run, task: Task) -> JobReport | None:
    """What the far side says of the job now; results it names are written down. None: nobody answered."""
    purchase = run.state(task.id).purchase
    if purchase is None or purchase.job is None:
        return None
    try:
        report = await run.hands.provider(task).report(purchase.job)
    except PollFailed:
        return None
    if report.state == "succeeded" and report.results:  # a record that names none takes none away
        end_job(run, task, purchase.attempt, report)
    return report


async def _bring_home(run: Run, task: Task, folder: Path) -> list[Artifact]:
    results = tuple(
        RemoteResult.from_json(as_object(item, "a result")) for item in run.state(task.id).results
    )
    if not results:
        raise BadMedia("it ended well and gave nothing")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    downloads = await run.hands.provider(task).collect(JobReport("succeeded", results), folder)
    return await asyncio.to_thread(_keep_all, run, downloads)


def _keep_all(run: Run, downloads: list[Download]) -> list[Artifact]:
    """Put every download into the store, the bad ones, too: they were paid for, and a person may look."""
    artifacts: list[Artifact] = []
    bad: list[str] = []
    for item in downloads:
        try:
            artifacts.append(_keep(run, item))
        except BadMedia as error:
            bad.append(f"{error}{_set_aside(run, item)}")
    if bad:
        raise BadMedia("; ".join(bad))
    return artifacts


def _set_aside(run: Run, item: Download) -> str:
    if item.path is None or item.path.stat().st_size == 0:
        return ""
    sha256, _ = run.hands.blobs.put_file(item.path, item.path.suffix.lstrip("."))
    return f" (it is kept as {run.hands.blobs.path(sha256)})"


def _keep(run: Run, item: Download) -> Artifact:
    """Check one download and put it into the store."""
    blobs = run.hands.blobs
    if item.path is None:
        text = (item.text or "").encode("utf-8", "replace").decode()
        sha256, size = blobs.put_bytes(text.encode(), "txt")
        return Artifact(Kind.TEXT, sha256, size, "txt", text=text, node=item.node)
    with item.path.open("rb") as file:
        head = file.read(SNIFF_BYTES)
    sniffed = sniff(head)
    if sniffed is None:
        return _keep_unsniffed(run, item, head)
    facts: JsonObject = {}
    if sniffed.kind in (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO):
        seen = run.hands.look(item.path)
        if seen is None:
            raise BadMedia(f"a {sniffed.kind.value} came that cannot be read to its end")
        facts = dict(seen)
    sha256, size = blobs.put_file(item.path, sniffed.suffix)
    return Artifact(
        Kind(str(facts.get("kind", sniffed.kind.value))),
        sha256,
        size,
        sniffed.suffix,
        seconds=_float(facts.get("seconds")),
        width=_int(facts.get("width")),
        height=_int(facts.get("height")),
        url=item.url,
        expires=item.expires,
        node=item.node,
    )


def _keep_unsniffed(run: Run, item: Download, head: bytes) -> Artifact:
    """Bytes without a known beginning: a text file or an unusual 3D format is fine, a web page is not."""
    assert item.path is not None
    name = item.path.name
    promised = kind_of_suffix(name)
    is_page = head.lstrip()[:1] == b"<" and promised is not Kind.MODEL3D
    if promised is None or promised not in (Kind.TEXT, Kind.MODEL3D) or is_page or not head:
        what = (
            "an empty file" if not head else ("a web page" if is_page else "something that is no media file")
        )
        raise BadMedia(f"{what} came in place of the result")
    suffix = name.rpartition(".")[2].lower()
    text = item.path.read_text("utf-8", "replace") if promised is Kind.TEXT else None
    sha256, size = run.hands.blobs.put_file(item.path, suffix)
    return Artifact(
        promised, sha256, size, suffix, text=text, url=item.url, expires=item.expires, node=item.node
    )


def _float(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _int(value: Json) -> int | None:
    return int(value) if isinstance(value, int | float) else None
