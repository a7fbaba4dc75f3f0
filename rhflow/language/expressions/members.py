"""What stands behind a dot, by type: the field of a mapping, the output of a step."""

from __future__ import annotations

from collections.abc import Iterable

from rhflow.ground.diagnostics import listing
from rhflow.language.expressions.types import ANYTHING, NULL, ListOf, Record, Scalar, Type, either, parts


class NoMember(Exception):
    """There is no such thing: the name of the problem, a sentence, a hint, or what may have been meant."""

    def __init__(
        self, problem: str, message: str, hint: str | None = None, choices: Iterable[str] = ()
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.message = message
        self.hint = hint
        self.choices = choices


def member(found: Type, name: str) -> Type:
    """The type of `x.name` where `x` is of type `found`. Null has every member, and it is null.

    Raises:
        NoMember: no possible value of that type has it.
    """
    options = [part for part in parts(found) if part != NULL]
    if not options:
        return NULL
    results: list[Type] = [NULL] if len(options) < len(parts(found)) else []
    faults: list[NoMember] = []
    for option in options:
        try:
            results.append(_member_of(option, name))
        except NoMember as fault:
            faults.append(fault)
    if len(faults) == len(options):
        raise faults[0]
    return either(results)


def _member_of(found: Type, name: str) -> Type:
    match found:
        case Record():
            return _field(found, name)
        case ListOf(through=True):
            return ListOf(member(found.item, name), through=True)
        case ListOf():
            hint = f"take one item with [0], or all with [x.{name} for x in …]"
            raise NoMember("unknown-key", f"a list has no .{name}", hint)
        case Scalar(name="anything"):
            return ANYTHING
        case _:
            raise NoMember("unknown-key", f"{found} has no .{name}")


def _field(record: Record, name: str) -> Type:
    if name in record.fields:
        return record.fields[name]
    if record.is_open and name not in record.hints:
        return record.others or ANYTHING
    known = [word for word in record.fields if word not in record.quiet]
    if record.noun in ("inputs", "steps"):
        head = f'there is no {record.field_noun} "{name}" here'
        pronoun = "there is" if len(known) == 1 else "there are"
    else:
        head, pronoun = f'{record.noun} has no {record.field_noun} "{name}"', "it has"
    tail = f"; {pronoun} {listing(known)}" if known else ""
    raise NoMember(
        record.problem,
        head + tail,
        record.hints.get(name),
        () if record.field_noun == "node" else record.fields,
    )
