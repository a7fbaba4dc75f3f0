"""What webhooks have said. Anybody might call: a hint only makes us ask the far side sooner."""

from __future__ import annotations


class Hints:
    """Jobs that are said to have ended, by the attempt that was named."""

    def __init__(self) -> None:
        self._jobs: dict[str, str] = {}

    def tell(self, attempt: str, job: str) -> bool:
        """Keep it; False where it was known: webhooks come twice."""
        if self._jobs.get(attempt) == job:
            return False
        self._jobs[attempt] = job
        return True

    def job_of(self, attempt: str) -> str | None:
        """The job a webhook named for that attempt."""
        return self._jobs.get(attempt)

    def forget(self, attempt: str) -> None:
        """It was not true."""
        self._jobs.pop(attempt, None)
