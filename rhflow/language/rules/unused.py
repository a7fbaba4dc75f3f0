"""What nobody needs: inputs nobody reads, results that nobody uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rhflow.ground.diagnostics import Diagnostic
from rhflow.language.expressions.references import chains_in, uses_in
from rhflow.language.expressions.tree import Value
from rhflow.language.pipeline import Call, Group, Step
from rhflow.language.survey import Spot, Survey
from rhflow.language.words import id_fault

Trail = tuple[str, ...]


def inputs_are_used(seen: Survey) -> Iterable[Diagnostic]:
    """An input nobody reads is most likely a slip."""
    used: set[str | None] = set()
    values = [value for spot in seen.spots for value in seen.values_of(spot)]
    for value in [*values, *seen.pipeline.outputs.values()]:
        used.update(use.name for use in uses_in(value, "inputs"))
    if None in used or seen.is_partial:
        return
    for name, declared in seen.pipeline.inputs.items():
        if name not in used:
            message = f'nobody uses the input "{name}"'
            yield Diagnostic(declared.mark, message, "unused-input", severity="warning")


def results_are_used(seen: Survey) -> Iterable[Diagnostic]:
    """Where a pipeline says what it is for (`outputs`), a bought result that leads nowhere is a slip.

    Nothing is said of local steps, which cost nothing, nor of a result with a name of its own (`save_as`).
    """
    if not seen.pipeline.outputs or seen.is_partial:
        return
    used = set(_used(seen))
    if () in used:
        return
    for spot in seen.spots:
        body, step = spot.step.body, spot.step
        if isinstance(body, Group) or step.save_as is not None or id_fault(step.id):
            continue
        if isinstance(body, Call) and body.model.is_local:
            continue
        if not any(spot.trail[: length + 1] in used for length in range(len(spot.trail))):
            message = f'nobody uses the result of "{step.id}"'
            hint = "name it in outputs, give it a save_as, or leave the step out"
            yield Diagnostic(step.mark, message, "unused-step", hint, "warning")


def _used(seen: Survey) -> Iterator[Trail]:
    """The trails of all steps something is taken from; of a group where all of it is."""
    for value in seen.pipeline.outputs.values():
        for chain in chains_in(value, "steps"):
            yield _followed((), seen.pipeline.steps, chain)
    for spot in seen.spots:
        for value in seen.values_of(spot):
            yield from _used_by(spot, value, seen)
        for name in spot.step.needs:
            depth = spot.level_of(name)
            if depth is not None:
                yield (*spot.trail[:depth], name)


def _used_by(spot: Spot, value: Value, seen: Survey) -> Iterator[Trail]:
    for chain in chains_in(value, "steps"):
        depth = spot.level_of(chain[0]) if chain else 0
        if depth is not None:
            yield _followed(spot.trail[:depth], spot.levels[depth], chain)
    for chain in chains_in(value, "previous"):
        around = _repeated_around(spot, seen)
        if around is not None and isinstance(around.step.body, Group):
            yield _followed(around.trail, around.step.body.steps, chain)


def _repeated_around(spot: Spot, seen: Survey) -> Spot | None:
    """The nearest step with several cells, from the inside: the one `previous` speaks of."""
    around = [other for other in seen.spots if spot.trail[: len(other.trail)] == other.trail]
    many = [other for other in around if other.step.foreach is not None or other.step.matrix is not None]
    return max(many, key=lambda other: len(other.trail), default=None)


def _followed(trail: Trail, steps: Mapping[str, Step], chain: Trail) -> Trail:
    """The trail a chain of names leads to, as far as it names steps."""
    for name in chain:
        step = steps.get(name)
        if step is None:
            break
        trail = (*trail, name)
        steps = step.body.steps if isinstance(step.body, Group) else {}
    return trail
