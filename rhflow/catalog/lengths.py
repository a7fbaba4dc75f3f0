"""Running times: how long a result will be, and how long the input is that a model bills by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from rhflow.catalog.model import Model, Param
from rhflow.catalog.span import Span, number, span_of
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, FileMedia, Resolved

DURATION = "duration"
_AUDIO_LED = ("audio-to-video", "video-tools")
_AS_INPUT = Span(Decimal(0), Decimal(0))


def output_seconds(
    model: Model, arguments: Mapping[str, Resolved], input_seconds: Mapping[str, float] | None = None
) -> float | None:
    """How long the video or sound will be by what is declared; None where nothing says so.

    A duration argument says it (or its documented default); an extension gives its input and
    the new end; an edit, an upscaler or a talking head follows its input.

    A step on this machine that takes videos makes one as long as all of them; one that cuts
    (`start`, `end`) says nothing unless it has a duration.

    Args:
        model: what makes it.
        arguments: as sent or as written.
        input_seconds: known lengths of media arguments, by parameter; of a list, their sum.
    """
    if model.output not in (Kind.VIDEO, Kind.AUDIO):
        return None
    source = source_seconds(model, arguments, input_seconds)
    duration = duration_span(model, arguments)
    if duration is None:
        return source if model.returns is None and _follows_input(model) else None
    if not duration.exact:
        return None
    if duration.high == 0:
        return source
    seconds = float(duration.high)
    if model.returns in ("whole", "unknown"):
        return source + seconds if source is not None else None
    return seconds


def duration_span(model: Model, arguments: Mapping[str, Resolved]) -> Span | None:
    """The length asked for; a range where it is open, None where the model has no such parameter.

    A left-out duration is the documented default, the best there is to go by; 0 means "as long
    as the input".
    """
    param = model.param(DURATION)
    if param is None:
        return None
    value = arguments.get(DURATION)
    if value is None:
        value = cast("Resolved", param.default)
    return _AS_INPUT if number(value) == 0 else span_of(param, value)


def source_param(model: Model) -> Param | None:
    """The medium the result is as long as: the single video, else the single sound; required ones first.

    Several videos count only where they are joined on this machine.
    """
    for kind in (Kind.VIDEO, Kind.AUDIO):
        found = [
            param for param in model.params if param.kind is kind and (not param.multiple or model.is_local)
        ]
        if found:
            return next((param for param in found if param.required), found[0])
    return None


def source_seconds(
    model: Model, arguments: Mapping[str, Resolved], input_seconds: Mapping[str, float] | None = None
) -> float | None:
    """The length of that medium: as declared by the caller, else as the medium itself says."""
    param = source_param(model)
    if param is None:
        return None
    seconds = (input_seconds or {}).get(param.name)
    medium = arguments.get(param.name)
    if seconds is None and isinstance(medium, FileMedia | BlobMedia):
        seconds = medium.seconds
    return seconds if seconds is not None and math.isfinite(seconds) and seconds > 0 else None


def billed_span(seconds: float) -> Span:
    """A measured length as a bill may count it: exact, or with the last second begun."""
    return Span(Decimal(str(round(seconds, 3))), Decimal(math.ceil(round(seconds, 3))))


def _follows_input(model: Model) -> bool:
    param = source_param(model)
    if param is None or not param.required:
        return False
    if model.is_local and any(model.param(word) for word in ("start", "end")):
        return False
    return model.output is Kind.VIDEO and (param.kind is Kind.VIDEO or model.task in _AUDIO_LED)
