"""Tasks: where one stands, by the newer call and the two older ones, and how to stop it."""

from __future__ import annotations

from rhflow.ports import JobReport
from rhflow.providers.runninghub.calls.call import Call, in_envelope, mapping, text
from rhflow.providers.runninghub.exchange import Exchange, NoAnswer
from rhflow.providers.runninghub.reading import Reader
from rhflow.providers.runninghub.wire import job_body, read_object, read_outputs, read_status


def query(job: str) -> Call[JobReport]:
    """Query V2: serves every task, whatever started it (RunningHub API, query)."""
    return Call("/openapi/v2/query", Reader.report, job_body(job))


def status(job: str) -> Call[JobReport]:
    """The older status: one word, no results (RunningHub API, v1)."""
    return Call("/task/openapi/status", _status, job_body(job), key="apiKey")


def outputs(job: str) -> Call[JobReport]:
    """The older results; 804 and 813 say "still going", 805 why it failed (RunningHub API, v1)."""
    return Call("/task/openapi/outputs", _outputs, job_body(job), key="apiKey")


def channel(job: str) -> Call[str | None]:
    """The WebSocket on which a running graph tells how far it is; its address is a secret.

    None while the graph is queued, at its end, and where there is none (RunningHub API, progress).
    """
    return Call("/task/openapi/outputs", _channel, job_body(job), key="apiKey")


def cancel(job: str) -> Call[None]:
    """Stop a workflow's task; nobody says that it works for models (RunningHub API, cancelling)."""
    return Call("/task/openapi/cancel", in_envelope(lambda _: None), job_body(job), key="apiKey")


def _status(reader: Reader, exchange: Exchange) -> JobReport:
    return reader.report(exchange, read_status)


def _outputs(reader: Reader, exchange: Exchange) -> JobReport:
    return reader.report(exchange, read_outputs)


def _channel(_reader: Reader, exchange: Exchange) -> str | None:
    body = None if isinstance(exchange, NoAnswer) else read_object(exchange.body)
    return text(mapping((body or {}).get("data")).get("netWssUrl")) or None
