"""What an exchange says: the vendor's answers turned into the values of `ports`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

from pydantic import ValidationError

from rhflow.lifecycle.failure import Charged, Failure, FailureKind
from rhflow.ports import (
    Accepted,
    JobReport,
    JobState,
    Lost,
    PollFailed,
    Refused,
    RemoteResult,
    SubmitAnswer,
    Usage,
)
from rhflow.providers.runninghub.exchange import Answer, Exchange, NoAnswer
from rhflow.providers.runninghub.secret import Secret
from rhflow.providers.runninghub.site import Site
from rhflow.providers.runninghub.verdicts import (
    ENDS_THE_TASK,
    Codes,
    in_doubt,
    never_sent,
    not_sent,
    unreachable,
)
from rhflow.providers.runninghub.wire import (
    EnvelopeWire,
    PriceWire,
    TaskWire,
    UploadedWire,
    read_object,
    read_price,
    read_task,
)

_STATES: dict[str, JobState] = {"QUEUED": "queued", "CREATE": "queued", "RUNNING": "running"}
_FAILED = ("FAILED", "ERROR")
_STATE_OF_CODE: dict[str, JobState] = {"804": "running", "813": "queued"}
_OF_THE_KEY = (FailureKind.UNAUTHORIZED, FailureKind.NO_FUNDS, FailureKind.REFUSED_INPUT, FailureKind.GONE)
"""Answers to a poll that asking again cannot change."""

_OF_THE_CALL = (FailureKind.THROTTLED, FailureKind.UNAUTHORIZED, FailureKind.NO_FUNDS, FailureKind.GONE)
"""What an answer that names no task says of the call, whatever its status field holds."""

_FOLLOW = "Put the address it really has into RUNNINGHUB_BASE_URL; redirects are not followed."
_SETTLE = "Look on the site whether the task is there, then settle it."
_MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads answers of one site under one key; whatever it quotes is free of the key."""

    codes: Codes
    site: Site
    key: Secret

    def submit(self, exchange: Exchange) -> SubmitAnswer:
        """How a purchase ended. A task id outweighs any code; without proof of the contrary it is a doubt."""
        if isinstance(exchange, NoAnswer):
            return Refused(not_sent(exchange)) if never_sent(exchange) else Lost(in_doubt(exchange))
        task = self._task(exchange)
        if task is not None and task.id:
            return Accepted(task.id, self._finished_at_once(task))
        code = self._code(exchange, task)
        said = self._words(task.said) if task is not None else ""
        if code and self.codes.proves_nothing_bought(code):
            return Refused(self.codes.failure(code, said))
        return Lost(self._unclear(exchange, code, said))

    def report(self, exchange: Exchange) -> JobReport:
        """Where a job stands.

        Raises:
            PollFailed: the answer says nothing of the job. Not the end of it.
        """
        answer = self._answered(exchange)
        task = self._task(answer)
        if task is None or not 200 <= answer.status <= 299:
            raise PollFailed(self._no_report(answer, task))
        failure = self.codes.failure(task.code, self._words(task.said)) if task.code else None
        state = _STATES.get(task.status) or _STATE_OF_CODE.get(task.code)
        if task.status == "SUCCESS":
            return JobReport("succeeded", _results(task), self._usage(task))
        if task.status in _FAILED and not task.id and failure is not None and failure.kind in _OF_THE_CALL:
            raise PollFailed(self._of_a_poll(failure))
        if task.status in _FAILED or (task.code in ENDS_THE_TASK and state is None):
            return self._failed(task)
        if task.status.startswith("CANCEL"):
            return JobReport("cancelled", _results(task), self._usage(task))
        if failure is not None and failure.kind is FailureKind.THROTTLED:
            raise PollFailed(failure)
        if state is not None:
            return JobReport(state, usage=self._usage(task))
        if failure is not None:
            raise PollFailed(self._of_a_poll(failure))
        if task.status:  # a word newer than we are: still going, until the runner's deadline
            return JobReport("running", usage=self._usage(task))
        raise PollFailed(self._senseless(answer, "a task without a status"))

    def uploaded(self, exchange: Exchange) -> str:
        """Where an upload can be read.

        Raises:
            PollFailed: it did not go through.
        """
        envelope = self.envelope(exchange)
        url = UploadedWire.model_validate(envelope.fields).download_url
        if urlsplit(url).scheme not in ("http", "https"):
            raise PollFailed(
                Failure(
                    FailureKind.VENDOR_ERROR,
                    f"{self.site.host} took the upload and did not say where it can be read.",
                    "upload",
                    repeatable=True,
                )
            )
        return url

    def priced(self, exchange: Exchange) -> PriceWire:
        """What a request would cost.

        Raises:
            PollFailed: the site would not say, or finds the request wrong.
        """
        answer = self._answered(exchange)
        body = read_object(answer.body)
        try:
            told = read_price(body) if body is not None else None
        except ValidationError:
            told = None
        if told is None or told.code or not told.says_something or not 200 <= answer.status <= 299:
            raise PollFailed(self._no_report(answer, told))
        return told

    def envelope(self, exchange: Exchange) -> EnvelopeWire:
        """A `{code, msg, data}` answer that says success.

        Raises:
            PollFailed: it says anything else.
        """
        answer = self._answered(exchange)
        body = read_object(answer.body)
        envelope = self._valid(EnvelopeWire, body) if body is not None else None
        if envelope is None or envelope.code or not 200 <= answer.status <= 299:
            raise PollFailed(self._no_report(answer, envelope))
        return envelope

    def http_failure(self, answer: Answer) -> Failure:
        """What a status outside 2xx says where the body says nothing."""
        return self._of_a_poll(self._by_status(answer, ""))

    def _answered(self, exchange: Exchange) -> Answer:
        if isinstance(exchange, NoAnswer):
            raise PollFailed(unreachable(exchange))
        return exchange

    def _task(self, answer: Answer) -> TaskWire | None:
        body = read_object(answer.body)
        if body is None:
            return None
        try:
            return read_task(body)
        except ValidationError:
            return None

    @staticmethod
    def _valid(shape: type[EnvelopeWire], body: object) -> EnvelopeWire | None:
        try:
            return shape.model_validate(body)
        except ValidationError:
            return None

    def _code(self, answer: Answer, task: EnvelopeWire | None) -> str:
        """The code that decides: the vendor's own, else the HTTP status; empty where a 2xx carries none.

        A number that only repeats the HTTP status and is none of the vendor's is no code of its own.
        """
        own = task.code if task is not None else ""
        if own and (self.codes.knows(own) or own != str(answer.status)):
            return own
        return "" if 200 <= answer.status <= 299 else self.codes.code_of_status(answer.status)

    def _finished_at_once(self, task: TaskWire) -> JobReport | None:
        """The result, where the submit brought it (text models do); anything else a poll will tell."""
        if task.status != "SUCCESS" or not _results(task):
            return None
        return JobReport("succeeded", _results(task), self._usage(task))

    def _failed(self, task: TaskWire) -> JobReport:
        """The end of a task that failed; one that "failed" with the word success and results did not."""
        usage = self._usage(task)
        results = _results(task)
        if task.said.lower() == "success" and any(result.url for result in results):
            return JobReport("succeeded", results, usage)
        charged: Charged = "yes" if _is_billed(usage) else "unknown"
        said = self._words("; ".join(dict.fromkeys(text for text in (task.said, task.failed_reason) if text)))
        if task.code:
            failure = self.codes.failure(task.code, said, charged=charged)
        else:
            words = f' It said: "{said}"' if said else " It gave no reason."
            failure = Failure(
                FailureKind.VENDOR_ERROR,
                f"RunningHub ended the task as failed.{words}",
                None,
                None,
                charged,
                True,
            )
        if failure.kind in (
            FailureKind.THROTTLED,
            FailureKind.GONE,
        ):  # it was bought and is over: not "come later"
            failure = Failure(
                FailureKind.VENDOR_ERROR, failure.message, failure.code, None, charged, failure.repeatable
            )
        return JobReport("failed", results, usage, failure)

    def _no_report(self, answer: Answer, task: EnvelopeWire | None) -> Failure:
        code = self._code(answer, task)
        said = self._words(task.said) if task is not None else ""
        if not code:
            return self._senseless(answer, "something that is no answer of the API")
        if code.startswith("http-"):
            return self._of_a_poll(self._by_status(answer, said))
        return self._of_a_poll(self.codes.failure(code, said))

    def _by_status(self, answer: Answer, said: str) -> Failure:
        code = self.codes.code_of_status(answer.status)
        if 300 <= answer.status <= 399:
            where = urlsplit(answer.location).hostname or "another address"
            return Failure(
                FailureKind.REFUSED_INPUT,
                f"{self.site.host} answered HTTP {answer.status}: it sends us on to {where}.",
                code,
                _FOLLOW,
            )
        if self.codes.knows(code):
            return self.codes.failure(code, said)
        words = f' It said: "{said}"' if said else ""
        return Failure(
            FailureKind.REFUSED_INPUT, f"{self.site.host} answered HTTP {answer.status}.{words}", code, None
        )

    def _of_a_poll(self, failure: Failure) -> Failure:
        """The same no, of a call that is free: repeatable unless asking again cannot change it."""
        repeatable = failure.kind not in (*_OF_THE_KEY, FailureKind.REFUSED_CONTENT)
        return Failure(failure.kind, failure.message, failure.code, failure.hint, "no", repeatable)

    def _unclear(self, answer: Answer, code: str, said: str) -> Failure:
        """A submit that was answered, and the answer proves nothing."""
        hint = f"{_FOLLOW} {_SETTLE}" if 300 <= answer.status <= 399 else _SETTLE
        if not code:
            what = "without a task id" if self._task(answer) is not None else "with something that is no JSON"
            message = f"{self.site.host} answered HTTP {answer.status} {what}"
            code = "no-id"
        elif code.startswith("http-"):
            message = self._by_status(answer, said).message.rstrip(".")
        else:
            message = self.codes.failure(code, said).message.rstrip(".")
        return Failure(FailureKind.IN_DOUBT, f"{message}. It may have been bought.", code, hint, "unknown")

    def _senseless(self, answer: Answer, what: str) -> Failure:
        kind = f" ({answer.content_type.split(';')[0].strip()})" if answer.content_type else ""
        message = f"{self.site.host} answered HTTP {answer.status} with {what}{kind}."
        return Failure(FailureKind.VENDOR_ERROR, message, "no-answer", None, "no", True)

    def _usage(self, task: TaskWire) -> Usage:
        used = task.usage
        has_money = used.money is not None or used.third_party is not None
        return Usage(
            money=used.money,
            currency=self.site.currency if has_money else None,
            coins=used.coins,
            third_party=used.third_party,
            seconds=used.seconds,
        )

    def _words(self, text: str) -> str:
        """A stranger's words: one line, no control characters, not too long, without our key."""
        line = re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", self.key.hide_in(text)).strip()
        return line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}…"


def _results(task: TaskWire) -> tuple[RemoteResult, ...]:
    return tuple(
        RemoteResult(item.url, item.output_type, item.text, item.node_id)
        for item in task.results
        if item.url or item.text is not None
    )


def _is_billed(usage: Usage) -> bool:
    return any(Decimal(amount) > 0 for amount in (usage.money, usage.third_party, usage.coins) if amount)
