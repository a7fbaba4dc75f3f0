"""Steps done several times: what a `foreach` runs over, what a `matrix` is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rhflow.ground.diagnostics import Diagnostic
from rhflow.language.expressions.references import uses_in
from rhflow.language.expressions.tree import Expression, ListValue, Literal, Text, Value
from rhflow.language.expressions.types import ANYTHING, ListOf, Type, parts, without_null
from rhflow.language.survey import Spot, Survey

Trail = tuple[str, ...]


def foreach_is_sound(seen: Survey) -> Iterable[Diagnostic]:
    """A foreach runs over a list; one that only the run knows has a stated end."""
    late: dict[Trail, str] = {}
    for spot in seen.spots:
        step = spot.step
        if step.foreach is None:
            for key, is_there in (("as", step.as_name is not None), ("at_most", step.at_most is not None)):
                if is_there:
                    mark = seen.marks.of_key((*spot.path, key))
                    yield Diagnostic(mark, f"{key} {_BESIDE[key]}, and there is none", "shape")
            continue
        if step.matrix is not None:
            mark = seen.marks.of_key((*spot.path, "matrix"))
            hint = "put one of them on a group around the step"
            yield Diagnostic(mark, "a step has a foreach or a matrix, not both", "shape", hint)
        fault = list(_runs_over_a_list(seen, spot))
        yield from fault
        if not fault:
            if _is_late(seen, spot, step.foreach, late):
                late[spot.trail] = str(step.as_name)
            yield from _bounded(seen, spot, is_late=spot.trail in late)


_BESIDE = {"as": "names the item of a foreach", "at_most": "bounds the list of a foreach"}


def _runs_over_a_list(seen: Survey, spot: Spot) -> Iterator[Diagnostic]:
    value = spot.step.foreach
    mark = seen.marks.of((*spot.path, "foreach"))
    if isinstance(value, Literal):
        example = "write foreach: ${{ inputs.… }}" if isinstance(value.value, str) else None
        yield Diagnostic(mark, "foreach runs over a list", "wrong-type", example)
        return
    found = seen.foreach_types[spot.trail]
    if isinstance(value, Text) or not _may_be_list(found):
        yield Diagnostic(mark, f"foreach runs over a list, not over {found}", "wrong-type")


def _may_be_list(found: Type) -> bool:
    return any(isinstance(option, ListOf) or option == ANYTHING for option in parts(without_null(found)))


def _is_late(seen: Survey, spot: Spot, value: Value, late: dict[Trail, str]) -> bool:
    """Whether only the run knows how long a list is.

    What comes through a `foreach` is as long as that; what else a step gives nobody knows before. The items
    of a list that is known late are known late, too.
    """
    options = parts(without_null(seen.foreach_types[spot.trail]))
    if all(isinstance(option, ListOf) and option.through for option in options):
        return False
    around = (spot.trail[:length] for length in range(1, len(spot.trail)))
    roots = {"steps", "previous", *(late[trail] for trail in around if trail in late)}
    if isinstance(value, ListValue):
        return False
    return any(True for root in sorted(roots) for _ in uses_in(value, root))


def _bounded(seen: Survey, spot: Spot, *, is_late: bool) -> Iterator[Diagnostic]:
    value = spot.step.foreach
    key = (*spot.path, "at_most")
    if is_late and key not in seen.marks.keys:
        assert isinstance(value, Expression)
        message = "only the run knows how long this list is, so the step must say how many items it takes"
        hint = "write at_most: 10 beside it; the plan is priced for that many"
        yield Diagnostic(value.spot(value.node), message, "at-most", hint)
    elif spot.step.at_most is not None and not is_late and not _is_given(value):
        known = "at_most is for lists that only the run knows; this one is known before"
        yield Diagnostic(seen.marks.of_key(key), known, "at-most", "leave it out")


def _is_given(value: Value | None) -> bool:
    """Whether a list comes from outside: where another pipeline gives it, it may be known late."""
    return value is not None and any(True for _ in uses_in(value, "inputs"))


def matrix_is_sound(seen: Survey) -> Iterable[Diagnostic]:
    """The axes of a matrix are lists that are known before the run."""
    for spot in seen.spots:
        matrix, path = spot.step.matrix, (*spot.path, "matrix")
        if matrix is None:
            key = (*spot.path, "zip")
            if key in seen.marks.keys and path not in seen.marks.keys:
                mark = seen.marks.of_key(key)
                yield Diagnostic(mark, "zip pairs the lists of a matrix, and there is none", "shape")
            continue
        if not matrix.axes:
            hint = "write matrix: {style: [oil, ink]}"
            yield Diagnostic(seen.marks.of_key(path), "this matrix has no axis", "shape", hint)
        faults = [fault for name in matrix.axes for fault in _axis(seen, spot, name)]
        yield from faults
        lengths = {name: len(axis.items) for name, axis in matrix.axes.items() if isinstance(axis, ListValue)}
        if matrix.zip and not faults and len(set(lengths.values())) > 1:
            told = " and ".join(f"{name} has {length}" for name, length in lengths.items())
            message = f"zip pairs lists of one length; {told}"
            yield Diagnostic(seen.marks.of_key((*spot.path, "zip")), message, "matrix")


def _axis(seen: Survey, spot: Spot, name: str) -> Iterator[Diagnostic]:
    assert spot.step.matrix is not None
    axis = spot.step.matrix.axes[name]
    mark = seen.marks.of((*spot.path, "matrix", name))
    for root in ("steps", "previous"):
        for use in uses_in(axis, root):
            if isinstance(axis, ListValue):
                continue  # its items may come from anywhere; how many there are is known
            hint = "foreach with at_most runs over a list that a step gives"
            yield Diagnostic(use.mark, "a matrix is known before the run", "matrix", hint)
            return
    found = seen.foreach_types[(*spot.trail, name)]
    if isinstance(axis, Literal | Text) or not _may_be_list(found):
        example = f"write {name}: [{axis.value}]" if isinstance(axis, Literal) and axis.value else None
        yield Diagnostic(mark, f"the axis {name} wants a list", "wrong-type", example)
    elif isinstance(axis, ListValue) and not axis.items:
        yield Diagnostic(mark, f"the axis {name} is empty, so nothing would be done", "matrix")
