"""Effects once a job exists: look where it stands, bring its results home. Nothing here costs money."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import Bug
from rhflow.ground.media import SNIFF_BYTES, Kind, kind_of_suffix, sniff
from rhflow.ground.values import Json, JsonObject, as_object
from rhflow.lifecycle import events
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.planning.plan import Task
from rhflow.ports import Download, JobReport, PollFailed, RemoteResult
from rhflow.runner.deciding import stop_for
from rhflow.runner.recalling import brought_in, cache_hit
from rhflow.runner.run import Run
from rhflow.runner.steps import Again, Parked
from rhflow.runner.stop import StopReason

_COLLECT_TRIES = 6


class BadMedia(Exception):
    """What came is not what was promised: a sentence."""


async def poll(run: Run, task: Task) -> Again | Parked:
    """Ask until the job has ended. No failed question ends a job; only its own answer does."""
    purchase = run.state(task.id).purchase
    if purchase is None or purchase.job is None:
        raise Bug(f"{task.id} is to be polled without a job")
    provider, pace = run.hands.provider(task), run.pace
    wait_s, failed, is_running = pace.first_s, 0, purchase.running is not None
    while True:
        key = run.state(task.id).key or ""
        hit = brought_in(run, key, purchase.attempt) if purchase.adopted else None
        if hit is not None:  # the run that bought it has collected it meanwhile
            run.append(task.id, cache_hit(hit))
            return Again()
        try:
            report = await provider.report(purchase.job)
        except PollFailed as error:
            failed += 1
            ended = _poll_failed(run, task, error.failure, failed)
            if ended is not None:
                return ended
        else:
            failed = 0
            if report.state == "running" and not is_running:
                run.append(task.id, events.JobStarted(purchase.attempt))
                is_running = True
            if report.state not in ("queued", "running"):
                _end_job(run, task, purchase.attempt, report)
                return Again()
            overdue = _overdue(run, task, is_running=is_running)
            if overdue is not None:
                run.parked_why[task.id] = overdue
                return Parked("timeout")
        await run.hands.clock.sleep(wait_s)
        wait_s = min(pace.most_s, wait_s * 1.3)


def _overdue(run: Run, task: Task, *, is_running: bool) -> str | None:
    """What to say where one of the task's two clocks has run out. The job goes on over there."""
    purchase = run.state(task.id).purchase
    if purchase is None:
        return None
    queued_s, running_s = task.timeout
    since, limit, what = (
        (purchase.running, running_s, "ran") if is_running else (purchase.submitted, queued_s, "was queued")
    )
    if limit is None or since is None or run.hands.clock.now() - since <= limit:
        return None
    return f"{task.id} {what} longer than {limit:g} s; it goes on over there, and resume collects it"


def _poll_failed(run: Run, task: Task, failure: Failure, failed: int) -> Parked | None:
    """What a question without an answer means; None to ask again."""
    if failure.kind is FailureKind.GONE and failed < run.pace.poll_tries:
        return None  # a far side may say so right after it has accepted a job
    if failure.kind is FailureKind.GONE:  # another key, another host, or long ago: a person must look
        way_out = f"If it is gone for good: rhflow settle {run.id} '{task.id}' --abandon"
        run.stop.set(StopReason.FAR_SIDE, f"{task.id}: {failure.message} {way_out}")
        return Parked("detached")
    if stop_for(run, failure):
        return Parked("detached")
    if failed >= run.pace.poll_tries or not failure.repeatable:
        is_network = failure.kind is FailureKind.NOT_SENT
        run.stop.set(StopReason.NETWORK if is_network else StopReason.FAR_SIDE, failure.message)
        return Parked("detached")
    return None


def _end_job(run: Run, task: Task, attempt: str, report: JobReport) -> None:
    usage = report.usage.to_json()
    if report.state == "succeeded":
        results: list[Json] = [result.to_json() for result in report.results]
        run.append(task.id, events.JobSucceeded(attempt, results, usage))
        return
    failure = report.failure or Failure(
        FailureKind.CANCELLED if report.state == "cancelled" else FailureKind.VENDOR_ERROR,
        f"{task.ladder[run.state(task.id).rung].uses} ended as {report.state}",
        charged="unknown",
    )
    run.append(task.id, events.JobFailed(attempt, failure, usage))


async def collect(run: Run, task: Task) -> Again | Parked:
    """Download, check, hash, keep; the same again while the links live. Never buys."""
    state = run.state(task.id)
    purchase = state.purchase
    if purchase is None or state.key is None:
        raise Bug(f"{task.id} is to be collected without a purchase")
    has_fresh_links = False
    last = Failure(FailureKind.NOT_SENT, f"{task.id} could not be downloaded")
    for tried in range(_COLLECT_TRIES):
        folder = run.hands.folder / f"{purchase.attempt}-{tried}"
        try:
            artifacts = await _bring_home(run, task, folder)
        except PollFailed as error:
            last = error.failure
            is_final = last.kind is FailureKind.GONE or not last.repeatable
            if is_final and has_fresh_links:
                return _lost(run, task, last)
            if is_final or last.kind is FailureKind.NOT_SENT:  # links die, and an address may have moved
                has_fresh_links = await _ask_for_fresh_links(run, task)
        except BadMedia as error:
            last = Failure(FailureKind.BAD_MEDIA, f"{task.id}: {error}", charged="yes")
            if tried:
                return _lost(run, task, last)
        else:
            usage = run.state(task.id).purchase.usage  # type: ignore[union-attr]
            items: list[Json] = [item.to_json() for item in artifacts]
            run.append(
                task.id,
                events.Collected(
                    purchase.attempt, state.key, purchase.endpoint, items, usage, list(state.tried)
                ),
            )
            charged = usage.get("third_party") or usage.get("money")
            if not purchase.adopted:
                run.budget.settle(purchase.attempt, charged if isinstance(charged, str) else None)
            return Again()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        await run.hands.clock.sleep(min(2.0**tried, 15.0))
    run.stop.set(StopReason.NETWORK, last.message)
    return Parked("detached")


def _lost(run: Run, task: Task, failure: Failure) -> Again:
    """The result is not to be had. What was paid for is not bought again unasked; free work is redone."""
    state, is_paid = run.state(task.id), run.hands.provider(task).is_paid
    if state.purchase is None:
        raise Bug(f"{task.id} lost the result of no purchase")
    told = replace(failure, charged="yes", repeatable=False) if is_paid else failure
    run.append(task.id, events.ResultLost(state.purchase.attempt, told))
    if is_paid and not state.purchase.adopted:
        run.budget.settle(state.purchase.attempt, None)
    if not is_paid and failure.repeatable and len(state.purchases) <= run.policy.local_tries:
        run.append(task.id, events.Reopened("free work"))
    return Again()


async def _ask_for_fresh_links(run: Run, task: Task) -> bool:
    """Links die and servers move; the job's own record names new ones. False where nobody answered."""
    purchase = run.state(task.id).purchase
    if purchase is None or purchase.job is None:
        return False
    try:
        report = await run.hands.provider(task).report(purchase.job)
    except PollFailed:
        return False
    if report.state == "succeeded":
        _end_job(run, task, purchase.attempt, report)
    return True


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
        text = item.text or ""
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
