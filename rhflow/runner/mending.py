"""Results whose bytes are not what they were: brought back for nothing, or they block. Never bought again.

A disk loses a file or turns a bit. What was paid for is then mended from a copy, or collected once more from
the far side. Where neither goes, the task waits for a person: a loss is no consent to pay twice.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from dataclasses import replace

from rhflow.ground.artifact import Artifact
from rhflow.ground.references import BlobMedia, Resolved
from rhflow.ground.values import as_object, walk
from rhflow.lifecycle.states import State
from rhflow.planning.memory import Recalled
from rhflow.planning.plan import Task
from rhflow.ports import JobReport, PollFailed, Provider, RemoteResult
from rhflow.runner.run import Run
from rhflow.runner.steps import Parked

DAMAGED = "damaged"
"""Why a task is parked that needs bytes which cannot be brought back."""


class Unmendable(Exception):
    """Paid for, and neither whole nor to be had again now: a sentence, with what to do."""


async def remembered(run: Run, task: Task, key: str) -> Recalled | None:
    """The finished result of a key with its bytes whole; None where there is none, or free work to redo.

    Raises:
        Unmendable: it was paid for, and its bytes cannot be brought back.
    """
    hit = run.hands.journal.recall(key)
    if hit is None:
        return None
    why = await _brought_back(run, task, hit)
    if why is None:
        return hit
    if not run.hands.provider(task).is_paid:
        return None
    raise Unmendable(
        f"{task.id}: {_what_is_wrong(run, hit)}, and cannot be brought back: {why}. Nothing was bought. "
        f"To have it bought anew: rhflow cache forget {key[:12]}, then rhflow run"
    )


async def refuse_unsound_inputs(run: Run, task: Task, arguments: dict[str, Resolved]) -> None:
    """What it is made from has to be the very bytes its key speaks of; what is not, is brought back.

    Raises:
        Unmendable: some of it cannot be.
    """
    wanted = {leaf.sha256 for _, leaf in walk(arguments) if isinstance(leaf, BlobMedia)}
    for sha256 in sorted(wanted):
        if await asyncio.to_thread(run.hands.blobs.has, sha256, verify=True):
            continue
        maker = _maker(run, sha256)
        if maker is None:
            raise Unmendable(
                f"{task.id}: bytes it is made from ({sha256[:12]}…) are missing or damaged in the store, and "
                "no task of this run made them. Nothing was bought. A new run makes what is missing: "
                "rhflow run FILE"
            )
        other, hit = maker
        why = await _brought_back(run, other, hit)
        if why is not None:
            raise Unmendable(
                f"{task.id}: {_what_is_wrong(run, hit)}, and cannot be brought back: {why}. Nothing was "
                "bought. A new run makes what is missing, and says first what it costs: rhflow run FILE"
            )


async def mend_finished(run: Run) -> None:
    """Bring back what the finished tasks of this run made, where it is missing and can be had."""
    for task in run.plan.tasks:
        if run.state(task.id).state is State.DONE:
            hit = _made_by(run, task)
            if not all(run.hands.blobs.has(item.sha256) for item in hit.artifacts):
                await _brought_back(run, task, hit)


def park(run: Run, task: Task, error: Unmendable) -> Parked:
    """Let the task wait for a person."""
    run.parked_why[task.id] = str(error)
    return Parked(DAMAGED)


def _maker(run: Run, sha256: str) -> tuple[Task, Recalled] | None:
    for task in run.plan.tasks:
        if run.state(task.id).state is State.DONE:
            hit = _made_by(run, task)
            if any(item.sha256 == sha256 for item in hit.artifacts):
                return task, hit
    return None


def _made_by(run: Run, task: Task) -> Recalled:
    """The result of a finished task of this run, whoever bought it."""
    state = run.state(task.id)
    origin_run, origin_task = state.origin or (run.id, task.id)
    artifacts = tuple(Artifact.from_json(as_object(item, "an artifact")) for item in state.artifacts)
    return Recalled(state.key or "", artifacts, state.model or "", origin_run, origin_task)


def _what_is_wrong(run: Run, hit: Recalled) -> str:
    bad = next((item for item in hit.artifacts if not run.hands.blobs.has(item.sha256, verify=True)), None)
    if bad is None:
        return f"what run {hit.run} made"
    how = "damaged" if run.hands.blobs.has(bad.sha256) else "missing"
    return f"the {bad.kind.value} that run {hit.run} made is {how} in the store ({bad.sha256[:12]}…)"


async def _brought_back(run: Run, task: Task, hit: Recalled) -> str | None:
    """Make every byte whole; why not, where some are not to be had. Costs nothing."""
    bad = await asyncio.to_thread(_unsound, run, hit.artifacts)
    if not bad:
        return None
    for item in bad:
        await asyncio.to_thread(run.hands.mend, item)
    bad = await asyncio.to_thread(_unsound, run, bad)
    if not bad:
        return None
    provider = run.hands.provider(task)
    if not provider.is_paid:
        return "no copy of it is left"
    return await _collected_again(run, provider, hit, bad)


def _unsound(run: Run, artifacts: Iterable[Artifact]) -> list[Artifact]:
    return [item for item in artifacts if not run.hands.blobs.has(item.sha256, verify=True)]


async def _collected_again(run: Run, provider: Provider, hit: Recalled, bad: list[Artifact]) -> str | None:
    """From links that should still live, else from new ones: the far side keeps a job's record longer."""
    now = run.hands.clock.now()
    live = [item.url for item in bad if item.url and item.expires is not None and item.expires > now]
    why = "its link has died, and its job is not known here"
    if live:
        why = await _download(run, provider, JobReport("succeeded", tuple(RemoteResult(url) for url in live)))
    job = run.hands.journal.job_of_result(hit.run, hit.task)
    bad = await asyncio.to_thread(_unsound, run, bad)
    if job is not None and bad:
        try:
            report = await provider.report(job)
        except PollFailed as error:
            why = error.failure.message
        else:
            why = "its job has no results any more"
            if report.state == "succeeded" and report.results:
                why = await _download(run, provider, replace(report, failure=None))
    bad = await asyncio.to_thread(_unsound, run, bad)
    return why.rstrip(".") if bad else None


async def _download(run: Run, provider: Provider, report: JobReport) -> str:
    """Bring it into the store; what to say should it not have been enough."""
    folder = run.hands.folder / f"again-{run.hands.new_id()}"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    try:
        for item in await provider.collect(report, folder):
            if item.path is not None:
                suffix = item.path.suffix.lstrip(".")
                await asyncio.to_thread(run.hands.blobs.put_file, item.path, suffix)
            elif item.text is not None:
                await asyncio.to_thread(run.hands.blobs.put_bytes, item.text.encode(), "txt")
    except PollFailed as error:
        return error.failure.message
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return "what the far side gives now are other bytes"
