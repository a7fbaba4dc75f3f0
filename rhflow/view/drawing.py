"""A graph for eyes: boxes, some of them inside others, and arrows. How they are drawn is others' business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rhflow.ground.values import Json, JsonObject

Shape: TypeAlias = Literal["model", "local", "pipeline", "group"]
"""What a box stands for: a purchase, work on this machine, another pipeline, a group of boxes."""

Bond: TypeAlias = Literal["data", "order", "previous"]
"""What an arrow says: takes a result, only waits, takes a result of the item before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One step, task or group."""

    id: str
    """`shots.clip`, `shots[2].clip`."""
    label: str
    shape: Shape
    uses: str | None = None
    """The model as the author wrote it; None for a group."""
    notes: tuple[str, ...] = ()
    """`for each shot in inputs.shots`, `if …`: a line each."""
    inside: str | None = None
    """The group it stands in."""
    verdict: str | None = None
    """What the plan says of a task."""

    def to_json(self) -> JsonObject:
        return {
            "id": self.id,
            "label": self.label,
            "shape": self.shape,
            "uses": self.uses,
            "notes": list(self.notes),
            "inside": self.inside,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Arrow:
    """From what is needed to what needs it; `words` are the outputs that are taken."""

    start: str
    end: str
    bond: Bond = "data"
    words: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        return {"from": self.start, "to": self.end, "bond": self.bond, "words": list(self.words)}


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes in the order of the text, groups before what is in them."""

    name: str
    boxes: Mapping[str, Box] = field(default_factory=dict)
    arrows: tuple[Arrow, ...] = ()

    def inside(self, group: str | None) -> list[Box]:
        """The boxes that stand directly in a group, or at the top."""
        return [box for box in self.boxes.values() if box.inside == group]

    def around(self, box: str) -> Iterator[str | None]:
        """The groups around a box, from the inmost to the top (None)."""
        group = self.boxes[box].inside
        while group is not None:
            yield group
            group = self.boxes[group].inside
        yield None

    def to_json(self) -> JsonObject:
        """The form of `graph --format json`."""
        boxes: list[Json] = [box.to_json() for box in self.boxes.values()]
        arrows: list[Json] = [arrow.to_json() for arrow in self.arrows]
        return {"pipeline": self.name, "nodes": boxes, "edges": arrows}
