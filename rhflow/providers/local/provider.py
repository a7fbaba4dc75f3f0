"""`LocalProvider`: steps on this machine behind the same five verbs as a vendor.

A job is an asyncio task of this process, its heavy work a child process that dies with it; its handle
is the attempt's id. Nothing outlives the process: a job this object does not know was interrupted, and
since it costs nothing it is simply done again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from rhflow.ground.errors import RhflowError
from rhflow.ground.hashing import digest_json
from rhflow.ground.media import Kind, kind_of_suffix
from rhflow.ground.values import as_object
from rhflow.lifecycle.failure import Failure, FailureKind
from rhflow.media.ffmpeg import FfmpegError
from rhflow.ports import (
    Accepted,
    Download,
    JobReport,
    JobState,
    PollFailed,
    Refused,
    RemoteResult,
    Request,
    Staged,
    SubmitAnswer,
    Uploads,
)
from rhflow.providers.local.registry import local_steps
from rhflow.providers.local.staging import localize
from rhflow.providers.local.step import Step, StepFailed


@dataclass(slots=True)
class _Job:
    """One step being done, or done."""

    workdir: Path
    state: JobState = "queued"
    results: tuple[RemoteResult, ...] = ()
    failure: Failure | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class LocalProvider:
    """Steps done here. `folder` is where jobs work; what they leave behind is removed.

    At most as many jobs as processors run at once; the others wait in line (`queued`).
    """

    name = "local"
    realm = "local"
    is_paid = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._jobs: dict[str, _Job] = {}
        self._places = asyncio.Semaphore(os.cpu_count() or 2)

    async def stage(self, request: Request, uploads: Uploads) -> Staged:
        """Media become file paths.

        Raises:
            PollFailed: a medium that is on another machine, or cannot be read.
        """
        inputs = self._folder / "inputs"
        body = {name: localize(value, uploads, inputs) for name, value in request.arguments.items()}
        return Staged(request.endpoint, as_object(body))

    async def submit(self, staged: Staged, attempt: str) -> SubmitAnswer:
        """Start the job; the same attempt again is the same job."""
        if attempt in self._jobs:
            return Accepted(attempt)
        step = local_steps().get(staged.endpoint)
        if step is None:
            known = ", ".join(local_steps())
            return Refused(
                Failure(
                    FailureKind.REFUSED_INPUT,
                    f"There is no {staged.endpoint} on this machine",
                    hint=f"There are: {known}.",
                )
            )
        workdir = self._folder / "jobs" / _folder_name(attempt)
        try:
            shutil.rmtree(workdir, ignore_errors=True)
            workdir.mkdir(parents=True)
        except OSError as error:
            return Refused(_disk_failure(error))
        job = _Job(workdir)
        job.task = asyncio.create_task(self._work(job, step, staged), name=f"{staged.endpoint} {attempt}")
        self._jobs[attempt] = job
        return Accepted(attempt)

    async def report(self, job: str) -> JobReport:
        """Where the job stands; results are paths. A job of an earlier process failed, repeatably."""
        known = self._jobs.get(job)
        if known is None:
            shutil.rmtree(self._folder / "jobs" / _folder_name(job), ignore_errors=True)
            return JobReport("failed", failure=_interrupted())
        return JobReport(known.state, known.results, failure=known.failure)

    async def collect(self, report: JobReport, folder: Path) -> list[Download]:
        """Move the results into `folder`.

        Raises:
            PollFailed: they are gone.
        """
        return [self._bring(result, folder) for result in report.results]

    async def cancel(self, job: str) -> bool:
        """Kill it and remove what it wrote; False where it is not running here."""
        known = self._jobs.get(job)
        if known is None or known.task is None or known.task.done():
            return False
        await _stop(known)
        return True

    async def close(self) -> None:
        """Kill every job and remove what was not collected."""
        for job in self._jobs.values():
            await _stop(job)
            shutil.rmtree(job.workdir, ignore_errors=True)
        self._jobs.clear()
        for name in ("inputs", "jobs"):
            with contextlib.suppress(OSError):  # another process may use the same folder
                (self._folder / name).rmdir()

    async def _work(self, job: _Job, step: Step, staged: Staged) -> None:
        try:
            async with self._places:
                job.state = "running"
                results = await step.run(staged.body, job.workdir)
            job.results = tuple(_as_result(path) for path in results)
            _keep_only({result.url for result in job.results}, job.workdir)
            job.state = "succeeded"
        except asyncio.CancelledError:
            job.state = "cancelled"
            shutil.rmtree(job.workdir, ignore_errors=True)
            raise
        except Exception as error:  # noqa: BLE001  # one broken step must not end the run of the others
            job.failure, job.state = _failure(error, staged.endpoint), "failed"
            shutil.rmtree(job.workdir, ignore_errors=True)

    def _bring(self, result: RemoteResult, folder: Path) -> Download:
        if result.url is None:
            return Download(None, result.text, None, None, result.node)
        path = Path(result.url)
        goal = folder / path.name
        number = 1
        while goal.exists():
            number += 1
            goal = folder / f"{path.stem}-{number}{path.suffix}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(path, goal)
        except FileNotFoundError:
            raise PollFailed(
                Failure(
                    FailureKind.GONE, f"The result {path.name} is gone from the work folder", repeatable=True
                )
            ) from None
        except OSError as error:
            raise PollFailed(_disk_failure(error)) from None
        with contextlib.suppress(OSError):  # not empty: further results are still to be collected
            path.parent.rmdir()
        return Download(goal, None, None, None, result.node)


def _folder_name(attempt: str) -> str:
    """The attempt as a folder name that every system takes."""
    return attempt if re.fullmatch(r"[A-Za-z0-9_-]{1,80}", attempt) else digest_json("local-job/1", attempt)


async def _stop(job: _Job) -> None:
    """Cancel the job and wait until its processes are gone."""
    if job.task is None:
        return
    job.task.cancel()
    await asyncio.wait([job.task])
    if job.task.cancelled() and job.state in ("queued", "running"):  # it had not begun
        job.state = "cancelled"
        shutil.rmtree(job.workdir, ignore_errors=True)


def _keep_only(results: set[str | None], workdir: Path) -> None:
    """Free the disk of what was only on the way to the results."""
    for path in workdir.iterdir():
        if str(path) not in results:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not empty, as a rule
        workdir.rmdir()


def _as_result(path: Path) -> RemoteResult:
    suffix = path.suffix.lstrip(".")
    if kind_of_suffix(path.name) is Kind.TEXT:
        return RemoteResult(None, suffix, text=path.read_text(encoding="utf-8"))
    return RemoteResult(str(path), suffix)


def _failure(error: Exception, endpoint: str) -> Failure:
    match error:
        case StepFailed():
            return Failure(FailureKind.LOCAL, error.message, hint=error.hint)
        case FfmpegError():
            return Failure(FailureKind.LOCAL, f"{endpoint}: {error}")
        case RhflowError():
            return Failure(FailureKind.LOCAL, error.message, hint=error.hint)
        case OSError():
            return _disk_failure(error)
        case _:
            return Failure(
                FailureKind.LOCAL,
                f"{endpoint} broke: {type(error).__name__}: {error}",
                hint="This is a fault of the step, not of your pipeline; please report it.",
            )


def _disk_failure(error: OSError) -> Failure:
    where = f" ({error.filename})" if error.filename else ""
    return Failure(
        FailureKind.LOCAL,
        f"The work folder could not be used: {error.strerror or error}{where}",
        hint="Look at free space and permissions, then resume.",
        repeatable=True,
    )


def _interrupted() -> Failure:
    return Failure(
        FailureKind.LOCAL, "The step was interrupted: the process that did it has ended", repeatable=True
    )
