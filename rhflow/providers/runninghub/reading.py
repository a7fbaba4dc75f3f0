"""What an exchange says: the vendor's answers turned into the values of `ports`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeAlias
from urllib.parse import urlsplit

from pydantic import ValidationError

from rhflow.ground.values import JsonObject
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
from rhflow.providers.runninghub.secret import Secret, Veil
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
_OF_THE_KEY = (
    FailureKind.UNAUTHORIZED,
    FailureKind.NO_FUNDS,
    FailureKind.REFUSED_INPUT,
    FailureKind.WITHDRAWN,
    FailureKind.GONE,
)
"""Answers to a poll that asking again cannot change."""

_OF_THE_CALL = (FailureKind.UNAUTHORIZED, FailureKind.NO_FUNDS, FailureKind.GONE)
"""What an answer that names no task says of the call, whatever its status field holds."""

_FOLLOW = "Put the address it really has into RUNNINGHUB_BASE_URL; redirects are not followed."
_SETTLE = "Look on the site whether the task is there, then settle it."
_MOST_WORDS = 400


ReadTask: TypeAlias = Callable[[JsonObject], TaskWire]
"""How a task stands in an answer: each generation of the API has its own way."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """An upload: its address for models, and its name for nodes (empty where the site told none)."""

    url: str
    name: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads answers of one site under one key; whatever it quotes is free of the key and of passwords."""

    codes: Codes
    site: Site
    key: Secret
    veil: Veil = field(default_factory=Veil, repr=False)

    def submit(self, exchange: Exchange, read: ReadTask = read_task) -> SubmitAnswer:
        """How a purchase ended. A task id outweighs any code; without proof of the contrary it is a doubt."""
        if isinstance(exchange, NoAnswer):
            return Refused(not_sent(exchange)) if never_sent(exchange) else Lost(in_doubt(exchange))
        task = self._task(exchange, read)
        if task is not None and task.id:
            return Accepted(task.id, self._finished_at_once(task))
        code = self._code(exchange, task)
        said = self._said(task)
        if code and self.codes.proves_nothing_bought(code):
            return Refused(_waiting(self.codes.failure(code, said), exchange))
        return Lost(self._unclear(exchange, code, said))

    def report(self, exchange: Exchange, read: ReadTask = read_task) -> JobReport:
        """Where a job stands.

        Raises:
            PollFailed: the answer says nothing of the job. Not the end of it.
        """
        answer = self._answered(exchange)
        task = self._task(answer, read)
        if task is None or not 200 <= answer.status <= 299:
            raise PollFailed(self._no_report(answer, task))
        failure = self.codes.failure(task.code, self._said(task)) if task.code else None
        state = _STATES.get(task.status) or _STATE_OF_CODE.get(task.code)
        if task.status == "SUCCESS":
            return JobReport("succeeded", _results(task), self._usage(task))
        if task.status in _FAILED and failure is not None and _is_of_the_call(task, failure):
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

    def uploaded(self, exchange: Exchange) -> Uploaded:
        """Where an upload can be read, and what nodes call it.

        Raises:
            PollFailed: it did not go through.
        """
        told = UploadedWire.model_validate(self.envelope(exchange).fields)
        if urlsplit(told.download_url).scheme not in ("http", "https"):
            raise PollFailed(self.incomplete_upload("where it can be read"))
        return Uploaded(told.download_url, told.name)

    def uploaded_for_nodes(self, exchange: Exchange) -> str:
        """What nodes call a file that went up by the older call, which gives no address.

        Raises:
            PollFailed: it did not go through.
        """
        name = UploadedWire.model_validate(self.envelope(exchange).fields).name
        if not name:
            raise PollFailed(self.incomplete_upload("what nodes may call it"))
        return name

    def stored(self, exchange: Exchange, host: str) -> None:
        """A file that was put to a signed address.

        Raises:
            PollFailed: it was not taken.
        """
        answer = self._answered(exchange)
        if not 200 <= answer.status <= 299:
            message = f"{host} did not take the file: HTTP {answer.status}."
            again = (
                answer.status in (403, 408, 425, 429) or answer.status >= 500
            )  # 403: a signature that ran out
            code = f"http-{answer.status}"
            raise PollFailed(Failure(FailureKind.VENDOR_ERROR, message, code, repeatable=again))

    def incomplete_upload(self, what: str) -> Failure:
        """An upload that went through, and its answer lacks what we came for."""
        message = f"{self.site.host} took the upload and did not say {what}."
        return Failure(FailureKind.VENDOR_ERROR, message, "upload", repeatable=True)

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

    def _answered(self, exchange: Exchange) -> Answer:
        if isinstance(exchange, NoAnswer):
            raise PollFailed(unreachable(exchange))
        return exchange

    def words(self, text: str) -> str:
        """A stranger's words: one line, no control characters, not too long, without our secrets."""
        hidden = self.veil.hide_in(self.key.hide_in(text))
        line = re.sub(r"[\x00-\x1f\x7f-\x9f\s]+", " ", hidden).strip()
        return line if len(line) <= _MOST_WORDS else f"{line[:_MOST_WORDS]}…"

    @staticmethod
    def _task(answer: Answer, read: ReadTask) -> TaskWire | None:
        body = read_object(answer.body)
        if body is None:
            return None
        try:
            return read(body)
        except ValidationError:
            return None

    def _said(self, answer: EnvelopeWire | None) -> str:
        """The vendor's own words, and what ComfyUI says of the nodes of a graph it refuses."""
        if answer is None:
            return ""
        nodes = answer.refused_nodes if isinstance(answer, TaskWire) else ""
        return self.words("; ".join(text for text in (answer.said, nodes) if text))

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
        said, where = self._said(task), self._node_that_stopped(task)
        if task.code:
            failure = self.codes.failure(task.code, said, charged=charged)
        else:
            words = f' It said: "{said}"' if said else "" if where else " It gave no reason."
            message = f"RunningHub ended the task as failed.{words}"
            failure = Failure(FailureKind.VENDOR_ERROR, message, None, None, charged, True)
        kind, hint = failure.kind, failure.hint
        if kind in (FailureKind.THROTTLED, FailureKind.GONE):  # it was bought and is over: not "come later"
            kind, hint = FailureKind.VENDOR_ERROR, None
        failure = replace(failure, kind=kind, hint=hint, message=failure.message + where)
        return JobReport("failed", results, usage, failure, is_odd=_contradicts_itself(task))

    def _node_that_stopped(self, task: TaskWire) -> str:
        """A sentence about the node at which a workflow stopped, with a blank before it, or nothing."""
        reason = task.failed_reason
        what = self.words(reason.what or reason.type)
        if not reason.node:
            return f' The reason: "{what}"' if what and what != self._said(task) else ""
        why = f' with: "{what}"' if what else "."
        return f" The workflow stopped at node {self.words(reason.node)}{why}"

    def _no_report(self, answer: Answer, task: EnvelopeWire | None) -> Failure:
        code = self._code(answer, task)
        said = self._said(task)
        if not code:
            return self._senseless(answer, "something that is no answer of the API")
        by_status = code.startswith("http-")
        failure = self._by_status(answer, said) if by_status else self.codes.failure(code, said)
        return _waiting(self._of_a_poll(failure), answer)

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
        is_ours = (
            failure.kind is FailureKind.WITHDRAWN
        )  # a call is no model: it is we who ask at a wrong place
        kind = FailureKind.REFUSED_INPUT if is_ours else failure.kind
        return replace(failure, kind=kind, charged="no", repeatable=repeatable)

    def _unclear(self, answer: Answer, code: str, said: str) -> Failure:
        """A submit that was answered, and the answer proves nothing."""
        hint = f"{_FOLLOW} {_SETTLE}" if 300 <= answer.status <= 399 else _SETTLE
        if not code:
            is_json = read_object(answer.body) is not None
            what = "without a task id" if is_json else "with something that is no JSON"
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
        used = task.used
        has_money = used.money is not None or used.third_party is not None
        return Usage(
            money=used.money,
            currency=self.site.currency if has_money else None,
            coins=used.coins,
            third_party=used.third_party,
            seconds=used.seconds,
        )


def _results(task: TaskWire) -> tuple[RemoteResult, ...]:
    return tuple(
        RemoteResult(item.url, item.output_type, item.text, item.node_id)
        for item in task.results
        if item.url or item.text is not None
    )


def _is_of_the_call(task: TaskWire, failure: Failure) -> bool:
    """Whether an answer that says "failed" speaks of this very call, and not of the task.

    Back-pressure does, even beside the task's id, unless the answer tells what the task cost or where
    it stopped: taking it for the end would open the way to a second purchase.
    """
    if failure.kind is FailureKind.THROTTLED:
        return task.failed_reason.is_empty and not task.used.says_something
    return not task.id and failure.kind in _OF_THE_CALL


def _contradicts_itself(task: TaskWire) -> bool:
    """Whether it failed, says the status, and everything else in the answer says that nothing is wrong."""
    return not task.code and task.said.lower() in ("", "success", "ok") and task.failed_reason.is_empty


def _waiting(failure: Failure, answer: Answer) -> Failure:
    """Back-pressure, with the time the answer itself asks for."""
    if failure.kind is not FailureKind.THROTTLED or answer.retry_after is None:
        return failure
    return replace(failure, wait_s=answer.retry_after)


def _is_billed(usage: Usage) -> bool:
    return any(Decimal(amount) > 0 for amount in (usage.money, usage.third_party, usage.coins) if amount)
