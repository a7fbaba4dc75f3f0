"""The nouns of a checked program: `Pipeline`, `Input`, `Step`, `Call`, `Group`.

Frozen; the same text with the same catalogue gives an equal Pipeline. Expressions are parsed and
typed, but have no values yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rhflow.catalog.model import Model
from rhflow.ground.caps import Caps
from rhflow.ground.marks import Mark
from rhflow.ground.media import Kind
from rhflow.ground.values import Json, Money
from rhflow.language.expressions.tree import Expression, MapValue, Text, Value

InputType: TypeAlias = Literal["string", "integer", "number", "boolean", "image", "video", "audio", "data"]
OnDoubt: TypeAlias = Literal["ask", "wait", "repeat"]
OnFailure: TypeAlias = Literal["stop", "continue"]
OnRejected: TypeAlias = Literal["stop", "fallback", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One declared input."""

    name: str
    type: InputType
    mark: Mark
    required: bool = True
    """False where `required: false` or a default is given."""
    default: Json = None
    has_default: bool = False
    default_mark: Mark | None = None
    about: str | None = None
    schema: Json = None
    """A JSON Schema for `data` inputs (already read), else None."""

    @property
    def kind(self) -> Kind | None:
        return Kind(self.type) if self.type in ("image", "video", "audio") else None


@dataclass(frozen=True, slots=True)
class Call:
    """What a step asks for: a model and its arguments by parameter name."""

    model: Model
    uses: str
    """The name as the author wrote it."""
    uses_mark: Mark
    arguments: MapValue


@dataclass(frozen=True, slots=True)
class Group:
    """A little graph inside a step."""

    steps: Mapping[str, Step]


@dataclass(frozen=True, slots=True)
class Include:
    """Another pipeline as a step: `arguments` feed its inputs, `steps.x.outputs.name` reads its outputs."""

    pipeline: Pipeline
    uses: str
    uses_mark: Mark
    arguments: MapValue


@dataclass(frozen=True, slots=True)
class Matrix:
    """Named lists whose product (or, with `zip`, whose pairs) are the cells of a step."""

    axes: Mapping[str, Value]
    zip: bool = False


@dataclass(frozen=True, slots=True)
class Timeout:
    """Two clocks in seconds; a passed one lets go of the task, which goes on over there."""

    queued_s: float | None = None
    running_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One declared node: a call or a group, perhaps once per item of a list."""

    id: str
    mark: Mark
    body: Call | Group | Include
    condition: Value | None = None
    """`if`: where it comes out false, the step is skipped and its outputs are null."""
    foreach: Value | None = None
    as_name: str | None = None
    """The name an item goes by; `item` where the author gave none."""
    at_most: int | None = None
    """The most items of a list that only the run knows."""
    matrix: Matrix | None = None
    retry: int = 0
    """Further purchases after an answer that says it failed and may pass another time."""
    timeout: Timeout | None = None
    fallback: tuple[Call, ...] = ()
    on_failure: OnFailure = "stop"
    on_rejected: OnRejected = "stop"
    cache: bool = True
    unchecked: bool = False
    needs: tuple[str, ...] = ()
    on_doubt: OnDoubt = "ask"
    max_cost: Money | None = None
    label: Text | Expression | None = None
    save_as: Text | Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A validated program."""

    name: str
    file: str
    """As named on the command line; paths inside are relative to its folder."""
    about: str | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)
    steps: Mapping[str, Step] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    budget: Caps = field(default_factory=Caps)
    """A run stops before the submit that would pass one of them."""

    def includes(self) -> Iterator[Include]:
        """Every other pipeline it uses itself, in the order written."""
        levels = [self.steps]
        while levels:
            for step in levels.pop().values():
                if isinstance(step.body, Group):
                    levels.append(step.body.steps)
                elif isinstance(step.body, Include):
                    yield step.body
