"""A Value and a scope in, a value out: the walk that gives expressions their meaning.

Never Python's `eval`. What is not known yet (a `Ref`, a `Deferred`) passes through untouched; an
operation *on* it turns the whole expression into a `Deferred`, which `resolve` finishes later.
Every operation is bounded, so that no text can keep the machine busy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from rhflow.ground.references import Deferred, Ref, Resolved, refs_in
from rhflow.language.expressions.functions import bounded_text, kind_word, scalar_text
from rhflow.language.expressions.machine import WAITING, Machine, Scope
from rhflow.language.expressions.operations import measure
from rhflow.language.expressions.parse import parse_source
from rhflow.language.expressions.scope import Fan, Scoped, TaskHandle, is_media, plain, waits
from rhflow.language.expressions.shaped import Unreadable
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

__all__ = ["ExpressionError", "Fan", "Resolution", "Scope", "TaskHandle", "evaluate", "resolve"]


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
    machine = Machine(scope, expression.shapes)
    try:
        return _finished(machine.run(expression.node), expression.source, machine, scope)
    except ExpressionError as error:
        if error.mark is not None:
            raise
        mark = expression.focus(machine.at or expression.node)
        raise ExpressionError(error.message, mark, error.hint) from None


def _finished(found: Scoped, source: str, machine: Machine, scope: Scope) -> Resolved:
    if found is WAITING:
        names = names_used(parse_source(source), scope, machine.attempt)
        return Deferred(source, names, shapes=machine.shapes)
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


Lookup: TypeAlias = Callable[[Ref], Resolved]
"""What a reference stands for; what is not known yet may come back as it is."""


def resolve(value: Resolved, lookup: Lookup) -> Resolved:
    """The value with every reference replaced by what `lookup` knows, and waiting expressions finished.

    What `lookup` does not know yet it may give back as a `Ref`: what depends on it goes on waiting.

    Raises:
        ExpressionError: an expression has no value (an index past the end, null in text, …).
    """
    return Resolution(lookup).of(value)


@dataclass(frozen=True, slots=True)
class Resolution:
    """Resolves several values by one state of knowledge; an expression many of them hold is finished once."""

    lookup: Lookup
    finished: dict[Deferred, Resolved] = field(default_factory=dict)

    def of(self, value: Resolved) -> Resolved:
        """See `resolve`."""
        match value:
            case Ref():
                return self.lookup(value)
            case Deferred() if value.parts:
                known = [self.of(part) for part in value.parts]
                return _joined([part if waits(part) else _piece(part) for part in known])
            case Deferred():
                if value not in self.finished:
                    self.finished[value] = self.resumed(value)
                return self.finished[value]
            case dict():
                return {key: self.of(item) for key, item in value.items()}
            case list():
                return [self.of(item) for item in value]
            case _:
                return value

    def resumed(self, waiting: Deferred) -> Resolved:
        scope = {name: self.of(item) for name, item in waiting.names.items()}
        machine = Machine(scope, waiting.shapes, through_lists=True)
        try:
            return _finished(machine.run(parse_source(waiting.source)), waiting.source, machine, scope)
        except Unreadable as error:
            writers = self.writers(waiting, error.text)
            if not writers:
                raise
            raise error.written_by(" and ".join(writers)) from None

    def writers(self, waiting: Deferred, text: str) -> list[str]:
        """The tasks that wrote a text that was read; where it was changed first, all it may come from."""
        refs = refs_in(waiting)
        exact = [ref.task for ref in refs if text in _listed(self.lookup(ref))]
        return list(dict.fromkeys(exact or (ref.task for ref in refs)))[:3]


def _listed(value: Resolved) -> list[Resolved]:
    return value if isinstance(value, list) else [value]
