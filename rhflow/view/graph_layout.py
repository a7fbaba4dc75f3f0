"""Where the boxes of a drawing stand: in rows, each below what it needs; a group is laid out by itself.

An arrow that passes rows, or leaves a group, goes through slots of its own in them, so that it meets no
box. All lengths are in pixels.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from rhflow.view.drawing import Arrow, Box, Drawing

ROW_GAP = 46.0
BOX_GAP = 26.0
PADDING = 18.0
HEADER = 30.0
LINE = 17.0
LOOP = 30.0
"""Room at the right of a group in which arrows go back to the item before."""

_SLOT = 14.0
_HEADS = 44.0
"""Pixels between the heads of arrows that meet the same box."""

_SWEEPS = 6
_MOST_SLOTS = 3000


@dataclass(slots=True)
class Place:
    """A box on the page: its upper left corner and its size."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Laid:
    """Places by box, and the points that each arrow passes."""

    places: Mapping[str, Place]
    paths: Mapping[Arrow, list[tuple[float, float]]]
    width: float
    height: float
    margin: float = PADDING


def lay_out(drawing: Drawing) -> Laid:
    """The places of all boxes and the ways of all arrows but those to the item before."""
    work = _Work(drawing)
    whole = work.level(None)
    paths = {arrow: work.path(arrow) for arrow in work.arrows}
    _part_heads(paths, work.places)
    return Laid(work.places, paths, whole.width + 2 * PADDING, whole.height + 2 * PADDING)


def lines_of(box: Box) -> list[str]:
    """What is written in a box, a line each."""
    return [box.label, *([box.uses] if box.uses else []), *box.notes]


def text_width(text: str, size: float = 12.0) -> float:
    """About how wide a text is; Chinese characters are as wide as they are high."""
    return math.fsum(size if unicodedata.east_asian_width(char) in "WF" else size * 0.58 for char in text)


@dataclass(slots=True)
class _Row:
    items: list[str]
    y: float = 0.0


@dataclass(slots=True)
class _Level:
    """The boxes of one group with the slots between them; coordinates from the group's own corner."""

    sizes: dict[str, Place]
    links: list[tuple[str, str]]
    ranks: dict[str, int] = field(default_factory=dict)
    rows: list[_Row] = field(default_factory=list)
    slots: dict[tuple[str, str], list[str]] = field(default_factory=dict)


class _Work:
    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.places: dict[str, Place] = {}
        self.levels: dict[str | None, _Level] = {}
        self.arrows = [
            arrow for arrow in drawing.arrows if arrow.bond != "previous" and arrow.start != arrow.end
        ]
        self.steps: dict[Arrow, list[tuple[str | None, str, str]]] = {
            arrow: self.route(arrow) for arrow in self.arrows
        }

    def route(self, arrow: Arrow) -> list[tuple[str | None, str, str]]:
        """The links an arrow is made of: (group, from, to); `>` and `<` are the doors of a group."""
        outs, ins = list(self.drawing.around(arrow.start)), list(self.drawing.around(arrow.end))
        shared = next(group for group in outs if group in ins)
        links: list[tuple[str | None, str, str]] = []
        start = arrow.start
        for group in outs[: outs.index(shared)]:
            links.append((group, start, f"> {arrow.start}"))
            start = str(group)
        end, tail = arrow.end, list[tuple[str | None, str, str]]()
        for group in ins[: ins.index(shared)]:
            tail.insert(0, (group, f"< {arrow.end}", end))
            end = str(group)
        return [*links, (shared, start, end), *tail]

    def level(self, group: str | None) -> Place:
        """Lay out what stands in a group; the size of that, and the places filled in."""
        boxes = self.drawing.inside(group)
        for box in boxes:
            self.places[box.id] = self.level(box.id) if box.shape == "group" else _size(box)
        links = list(
            dict.fromkeys(
                (start, end)
                for steps in self.steps.values()
                for where, start, end in steps
                if where == group and start != end
            )
        )
        level = _Level({box.id: self.places[box.id] for box in boxes}, links)
        for name in dict.fromkeys(name for link in links for name in link):
            level.sizes.setdefault(name, Place(_SLOT, 0))
        self.levels[group] = level
        _rank(level)
        _fill(level)
        _sort(level)
        return self.settle(group, level)

    def settle(self, group: str | None, level: _Level) -> Place:
        """Give the rows their heights and the boxes their places; the size of it all."""
        _spread(level)
        top = 0.0 if group is None else HEADER
        y = top + (0.0 if group is None else PADDING / 2)
        gap = 0.0
        for row in level.rows:
            height = max((level.sizes[name].height for name in row.items), default=0)
            row.y = y
            for name in row.items:
                level.sizes[name].y = y + (height - level.sizes[name].height) / 2
            gap = ROW_GAP if height else ROW_GAP / 2
            y += height + gap
        y -= gap
        left = min((place.x for place in level.sizes.values()), default=0)
        right = max((place.x + place.width for place in level.sizes.values()), default=0)
        label = 0.0
        side = PADDING
        if group is not None:
            box = self.drawing.boxes[group]
            label = text_width(": ".join([box.label, *box.notes])) + 2 * PADDING
            loops = any(
                arrow.bond == "previous" and self.drawing.boxes[arrow.end].inside == group
                for arrow in self.drawing.arrows
            )
            side = PADDING + (LOOP if loops else 0)
        for place in level.sizes.values():
            place.x += PADDING - left if group is not None else -left
        if group is None:
            return Place(right - left, y)
        width = max(right - left + PADDING + side, label)
        return Place(width, y + PADDING)

    def shift(self, group: str | None) -> tuple[float, float]:
        """Where the corner of a group is on the page."""
        x = y = 0.0 if group else PADDING
        while group is not None:
            place = self.places[group]
            x, y = x + place.x, y + place.y
            group = self.drawing.boxes[group].inside
            if group is None:
                x, y = x + PADDING, y + PADDING
        return x, y

    def path(self, arrow: Arrow) -> list[tuple[float, float]]:
        """The points of an arrow on the page, from the bottom of one box to the top of the other."""
        points: list[tuple[float, float]] = []
        rim = 0.0
        for group, start, end in self.steps[arrow]:
            level = self.levels[group]
            x, y = self.shift(group)
            for name in [start, *level.slots.get((start, end), ()), end]:
                place = level.sizes[name]
                row = level.rows[level.ranks[name]]
                top = y + row.y
                bottom = top + max(level.sizes[item].height for item in row.items)
                # Between the edges of a row an arrow goes straight, so that it meets none of its boxes.
                if name == arrow.start:
                    points += [(x + place.middle, y + place.bottom), (x + place.middle, bottom)]
                elif name == arrow.end:
                    points += [(x + place.middle, top), (x + place.middle, y + place.y)]
                elif name == end and name in self.drawing.boxes:
                    rim = top  # where the way into this group leaves the rows around it
                elif name in self.drawing.boxes:
                    points.append((points[-1][0], bottom))
                elif name == start and name.startswith("< "):
                    points += [(x + place.middle, rim), (x + place.middle, bottom)]
                else:
                    points += [(x + place.middle, top), (x + place.middle, bottom)]
        return [point for point, _ in itertools.groupby(points)]


def _part_heads(paths: Mapping[Arrow, list[tuple[float, float]]], places: Mapping[str, Place]) -> None:
    """Let arrows that meet the same box meet it side by side, in the order in which they come."""
    by_end: dict[str, list[Arrow]] = {}
    for arrow in paths:
        by_end.setdefault(arrow.end, []).append(arrow)
    for end, arrows in by_end.items():
        came = {arrow: _before_last(paths[arrow]) for arrow in arrows}
        room = min(_HEADS, (places[end].width - _HEADS / 2) / max(len(arrows) - 1, 1))
        for number, arrow in enumerate(sorted(arrows, key=came.__getitem__)):
            points, last = paths[arrow], paths[arrow][-1][0]
            moved = last + (number - (len(arrows) - 1) / 2) * room
            for index in reversed(range(1, len(points))):
                if points[index][0] != last:
                    break
                points[index] = (moved, points[index][1])


def _before_last(points: list[tuple[float, float]]) -> float:
    """The x from which an arrow comes to its end."""
    last = points[-1][0]
    return next((x for x, _ in reversed(points) if x != last), last)


def _size(box: Box) -> Place:
    first, *rest = lines_of(box)
    widest = max([text_width(first, 14), *(text_width(line) for line in rest)])
    return Place(max(widest + 28, 90), 22 + LINE * (1 + len(rest)))


def _rank(level: _Level) -> None:
    """The row of each box: one below the lowest it needs. A link that closes a circle is left out of that."""
    needs: dict[str, set[str]] = {name: set() for name in level.sizes}
    for start, end in level.links:
        needs[end].add(start)
    for name in _order(needs):
        level.ranks[name] = max((level.ranks[need] + 1 for need in needs[name]), default=0)
    doors_in = [name for name in level.sizes if name.startswith("< ")]
    if doors_in:
        for name in level.ranks:
            level.ranks[name] += name not in doors_in
    lowest = max(level.ranks.values(), default=0)
    doors_out = [name for name in level.sizes if name.startswith("> ")]
    inner = max((level.ranks[name] for name in level.sizes if name not in doors_out), default=lowest)
    for name in doors_out:
        level.ranks[name] = inner + 1


def _order(needs: dict[str, set[str]]) -> list[str]:
    """The names, each behind its needs; a need that closes a circle is taken out of the table."""
    while True:
        try:
            return list(TopologicalSorter(needs).static_order())
        except CycleError as circle:
            first, second = circle.args[1][:2]
            needs[second].discard(first)


def _fill(level: _Level) -> None:
    """Put the boxes into rows, and a slot into each row that a link passes."""
    count = max(level.ranks.values(), default=-1) + 1
    level.rows = [_Row([]) for _ in range(count)]
    for name, rank in list(level.ranks.items()):
        level.rows[rank].items.append(name)
    passed = sum(max(level.ranks[end] - level.ranks[start] - 1, 0) for start, end in level.links)
    for start, end in level.links:
        slots = []
        # Links from one box share their slots and go the same way until they part; where there would be
        # too many all the same, links to one box do.
        shared = f"{start} >" if passed < _MOST_SLOTS else f"> {end}"
        for rank in range(level.ranks[start] + 1, level.ranks[end]):
            name = f"| {shared} {rank}"
            if name not in level.sizes:
                level.sizes[name] = Place(_SLOT, 0)
                level.ranks[name] = rank
                level.rows[rank].items.append(name)
            slots.append(name)
        level.slots[start, end] = slots


def _neighbours(level: _Level) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = {name: [] for name in level.sizes}
    below: dict[str, list[str]] = {name: [] for name in level.sizes}
    for link in level.links:
        chain = [link[0], *level.slots[link], link[1]]
        for upper, lower in itertools.pairwise(chain):
            above[lower].append(upper)
            below[upper].append(lower)
    return above, below


def _sort(level: _Level) -> None:
    """Order each row so that few arrows cross: every box near the middle of its neighbours."""
    above, below = _neighbours(level)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        near = above if down else below
        spots = {name: index for row in level.rows for index, name in enumerate(row.items)}
        for row in level.rows if down else reversed(level.rows):
            wanted = {name: _mean((spots[item] for item in near[name]), spots[name]) for name in row.items}
            row.items.sort(key=wanted.__getitem__)
            spots.update((name, index) for index, name in enumerate(row.items))


def _spread(level: _Level) -> None:
    """Give each row its x places: boxes near their neighbours, never over each other."""
    above, below = _neighbours(level)
    for row in level.rows:
        x = 0.0
        for name in row.items:
            level.sizes[name].x = x
            x += level.sizes[name].width + BOX_GAP
        for name in row.items:
            level.sizes[name].x -= (x - BOX_GAP) / 2
    for sweep in range(2 * _SWEEPS):
        down = sweep % 2 == 0
        near = above if down else below
        for row in level.rows if down else reversed(level.rows):
            wanted = [
                _mean((level.sizes[item].middle for item in near[name]), level.sizes[name].middle)
                for name in row.items
            ]
            _place(row, level.sizes, wanted)


def _place(row: _Row, sizes: Mapping[str, Place], wanted: list[float]) -> None:
    """The nearest places to the wanted middles: pushed from the left, pushed from the right, the mean."""
    left: list[float] = []
    for name, middle in zip(row.items, wanted, strict=True):
        least = left[-1] if left else float("-inf")
        left.append(max(middle - sizes[name].width / 2, least) + sizes[name].width + BOX_GAP)
    right: list[float] = []
    for name, middle in zip(reversed(row.items), reversed(wanted), strict=True):
        most = right[-1] if right else float("inf")
        right.append(min(middle + sizes[name].width / 2, most) - sizes[name].width - BOX_GAP)
    for name, ahead, behind in zip(row.items, left, reversed(right), strict=True):
        sizes[name].x = (ahead - sizes[name].width - BOX_GAP + behind + BOX_GAP) / 2


def _mean(values: Iterable[float], otherwise: float) -> float:
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else otherwise
