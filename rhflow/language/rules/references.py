"""What refers to what: needs and cycles. (Unknown names are found by typing.)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from rhflow.ground.diagnostics import Diagnostic, Diagnostics, listing
from rhflow.ground.marks import Mark
from rhflow.language.expressions.references import uses_in
from rhflow.language.survey import Spot, Survey

Trail = tuple[str, ...]


def needs_are_known(seen: Survey) -> Iterable[Diagnostic]:
    """Every id in `needs` is a step of the same group or of a group around it."""
    found = Diagnostics()
    for spot in seen.spots:
        for name, mark in _needs(seen, spot):
            if spot.level_of(name) is None:
                visible = [step for level in spot.levels for step in level]
                if (*spot.path[:-1], name) in seen.marks.keys:
                    continue  # it stands there and was reported
                near = found.near(name, visible)
                hint = f"did you mean {near}?" if near else f"there are {listing(visible)}"
                message = f'needs names a step "{name}", and there is none here'
                found.add(mark, "unknown-step", message, hint=hint)
    yield from found


def no_cycles(seen: Survey) -> Iterable[Diagnostic]:
    """No step waits for itself, neither at once nor through others."""
    edges: dict[tuple[Trail, str], dict[str, Mark]] = {}
    for spot in seen.spots:
        for name, mark in [*_references(seen, spot), *_needs(seen, spot)]:
            depth = spot.level_of(name)
            if depth is None:
                continue
            waiting = spot.trail[depth]
            if waiting == name:
                yield _self_reference(spot, name, depth, mark)
            else:
                edges.setdefault((spot.trail[:depth], waiting), {}).setdefault(name, mark)
    levels: dict[Trail, dict[str, dict[str, Mark]]] = {}
    for (level, waiting), needed in edges.items():
        levels.setdefault(level, {})[waiting] = needed
    for graph in levels.values():
        yield from _cycles(graph)


def _self_reference(spot: Spot, name: str, depth: int, mark: Mark) -> Diagnostic:
    if depth == len(spot.trail) - 1:
        return Diagnostic(mark, f'the step "{name}" cannot use its own result', "cycle")
    message = f'a step inside the group "{name}" cannot use the result of the group'
    hint = f"inside the group its steps are named directly, without {name}"
    return Diagnostic(mark, message, "cycle", hint)


def _cycles(graph: dict[str, dict[str, Mark]]) -> Iterator[Diagnostic]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib lists each step before the one that waits for it; people read it the other way round.
        path: list[str] = list(reversed(error.args[1]))
        first = min(path[:-1], key=lambda name: list(graph).index(name))
        at = path.index(first)
        path = [*path[at:-1], *path[:at], first]
        message = f"these steps wait for each other: {' → '.join(path)}"
        yield Diagnostic(graph[path[0]][path[1]], message, "cycle")


def _references(seen: Survey, spot: Spot) -> Iterator[tuple[str, Mark]]:
    for value in seen.values_of(spot):
        for use in uses_in(value, "steps"):
            if use.name is not None:
                yield use.name, use.mark


def _needs(seen: Survey, spot: Spot) -> Iterator[tuple[str, Mark]]:
    path = (*spot.path, "needs")
    for index, name in enumerate(spot.step.needs):
        yield name, seen.marks.of((*path, index))
