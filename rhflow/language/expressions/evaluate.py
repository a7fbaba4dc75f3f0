"""A Value and a scope in, a value out: the walk that gives expressions their meaning.

Never Python's `eval`. What is not known yet (a `Ref`, a `Deferred`) passes through untouched; an
operation *on* it turns the whole expression into a `Deferred`, which `resolve` finishes later.
Every operation is bounded, so that no text can keep the machine busy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from rhflow.ground.references import Deferred, Ref, Resolved
from rhflow.language.expressions.functions import bounded_text, kind_word, scalar_text
from rhflow.language.expressions.machine import WAITING, Machine, Scope
from rhflow.language.expressions.operations import measure
from rhflow.language.expressions.parse import parse_source
from rhflow.language.expressions.scope import Fan, Scoped, TaskHandle, is_media, plain, waits
from rhflow.language.expressions.tree import (
    Expression,
    ExpressionError,
    ListValue,
    Literal,
    MapValue,
    Text,
    Value,
)
from rhflow.language.expressions.uses import names_used

__all__ = ["ExpressionError", "Fan", "Scope", "TaskHandle", "evaluate", "resolve"]


def evaluate(value: Value, scope: Scope) -> Resolved:
    """The value of what the author wrote.

    Raises:
        ExpressionError: it has none; `mark` is the place of the part that fails.
    """
    match value:
        case Literal():
            return value.value
        case Expression():
            return _expression(value, scope)
        case Text():
            return _text(value, scope)
        case ListValue():
            return [evaluate(item, scope) for item in value.items]
        case MapValue():
            return {key: evaluate(item, scope) for key, item in value.items.items()}


def _expression(expression: Expression, scope: Scope) -> Resolved:
    machine = Machine(scope)
    try:
        return _finished(machine.run(expression.node), expression.source, scope, machine)
    except ExpressionError as error:
        if error.mark is not None:
            raise
        mark = expression.focus(machine.at or expression.node)
        raise type(error)(error.message, mark, error.hint) from None


def _finished(found: Scoped, source: str, scope: Scope, machine: Machine) -> Resolved:
    if found is WAITING:
        return Deferred(source, names_used(parse_source(source), scope, machine.attempt))
    measure(found)
    return plain(found)


def _text(text: Text, scope: Scope) -> Resolved:
    pieces: list[Resolved] = []
    for part in text.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        found = _expression(part, scope)
        try:
            pieces.append(found if waits(found) else _piece(found))
        except ExpressionError as error:
            whole = part.place(0, len(part.source))
            raise ExpressionError(error.message, whole, error.hint) from None
    return _joined(pieces)


def _piece(value: Resolved) -> str:
    if isinstance(value, dict | list):
        raise ExpressionError(
            f"{kind_word(value)} cannot stand inside text",
            hint="join(list, separator) or json(value) make text of it",
        )
    if value is None:
        raise ExpressionError(
            "null cannot stand inside text", hint='default(value, "…") gives it another value'
        )
    if is_media(value):
        raise ExpressionError("a media file cannot stand inside text")
    return scalar_text(value)


def _joined(pieces: list[Resolved]) -> Resolved:
    """Text where every piece is known, else a Deferred of the pieces, neighbours glued together."""
    glued: list[Resolved] = []
    length = 0
    for piece in pieces:
        if isinstance(piece, str):
            length += len(piece)
            bounded_text(length, "this text")
            if glued and isinstance(glued[-1], str):
                glued[-1] += piece
                continue
        glued.append(piece)
    if not any(waits(piece) for piece in glued):
        return "".join(cast("list[str]", glued))
    return Deferred("", parts=tuple(glued))


def resolve(value: Resolved, lookup: Callable[[Ref], Resolved]) -> Resolved:
    """The value with every reference replaced by what `lookup` knows, and waiting expressions finished.

    What `lookup` does not know yet it may give back as a `Ref`: what depends on it goes on waiting.

    Raises:
        ExpressionError: an expression has no value (an index past the end, null in text, …).
    """
    match value:
        case Ref():
            return lookup(value)
        case Deferred() if value.parts:
            known = [resolve(part, lookup) for part in value.parts]
            return _joined([part if waits(part) else _piece(part) for part in known])
        case Deferred():
            scope = {name: resolve(item, lookup) for name, item in value.names.items()}
            machine = Machine(scope, through_lists=True)
            return _finished(machine.run(parse_source(value.source)), value.source, scope, machine)
        case dict():
            return {key: resolve(item, lookup) for key, item in value.items()}
        case list():
            return [resolve(item, lookup) for item in value]
        case _:
            return value
