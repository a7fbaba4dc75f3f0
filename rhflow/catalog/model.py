"""One thing that can be asked for, as a typed value: `Model`, its `Param`s, its `Output`s, its `Blueprint`.

A remote endpoint and a step done on this machine are the same noun; the local one costs
nothing and carries a version of its code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from rhflow.catalog.price import Price
from rhflow.ground.media import Kind
from rhflow.ground.values import Json

ParamType: TypeAlias = Literal[
    "enum", "string", "image", "boolean", "integer", "number", "video", "audio", "array", "object"
]

Tier: TypeAlias = Literal["official-stable", "channel-low-price"]

Naming: TypeAlias = Literal["alias", "node"]
"""Which spelling of its parameters a body has: `imageUrl`, or the node's `20##image`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of a model, as the vendor's catalogue describes it."""

    name: str
    type: ParamType
    required: bool = False
    default: Json = None
    """What the vendor's form shows first; None where it shows none. No proof that the API fills it in."""
    enum: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    step: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    multiple: bool = False
    """The JSON value is an array, even of one item."""
    multiple_uncertain: bool = False
    """The sources disagree whether it is an array or one value: both pass."""
    also: tuple[str, ...] = ()
    """Further JSON types that some source names for the value."""
    max_items: int | None = None
    accept: tuple[str, ...] = ()
    """File formats of a media parameter, upper case without dot: `JPG`, `MP4`."""
    max_size_mb: float | None = None
    item_type: str | None = None
    format: str | None = None
    role: str | None = None
    node_field: str | None = None
    """The vendor's other spelling of its name, `20##image`; see `naming`."""
    node_enum: tuple[str, ...] = ()
    """The options in that spelling, in the order of `enum`."""
    about: str | None = None
    """What it is for, in a phrase: of steps on this machine, which nobody else describes."""

    @property
    def kind(self) -> Kind | None:
        """The kind of media it takes, or None for plain values."""
        return Kind(self.type) if self.type in ("image", "video", "audio") else None


@dataclass(frozen=True, slots=True)
class Output:
    """One kind of thing a model gives back; `when` names the parameter that switches it on."""

    kind: Kind
    when: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node of a workflow or an app: what can be set in it, and what it gives back."""

    id: str
    name: str = ""
    """Its class: `LoadImage`."""
    title: str = ""
    fields: tuple[Param, ...] = ()
    abouts: tuple[str, ...] = ()
    """What the maker says of each field, in the same order."""
    gives: tuple[Kind, ...] | None = None
    """The kinds of what it gives back: none where it gives nothing, None where nobody knows."""

    def field(self, name: str) -> Param | None:
        """The field of that name."""
        return next((param for param in self.fields if param.name == name), None)

    def __str__(self) -> str:
        return f"node {self.id} ({self.name})" if self.name else f"node {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """What is known of the inside of a workflow, an app or a quick creation."""

    uses: str
    """As a step names it: `app/1877265245566922800`."""
    title: str = ""
    nodes: tuple[Node, ...] = ()
    is_whole: bool = False
    """Whether every node stands here. Apps tell only of those that can be set."""
    is_protected: bool = False
    """Whether it wants a password."""
    origin: str = ""
    """Who told: the host, or `simulator`."""
    as_of: str = ""
    """On which day: `2026-11-21`."""

    def node(self, name: str) -> Node | None:
        """The node of that number."""
        return next((node for node in self.nodes if node.id == name), None)

    @property
    def givers(self) -> tuple[Node, ...]:
        """The nodes that give something back, for all that is known."""
        return tuple(node for node in self.nodes if node.gives)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One endpoint, remote or local."""

    endpoint: str | None
    """Path below `/openapi/v2/`; `local/<name>` for a local step; None where nobody knows the path."""
    names: tuple[str, ...]
    task: str
    family: str
    output: Kind
    params: tuple[Param, ...]
    price: Price
    params_known: bool = True
    tier: Tier | None = None
    deprecated: bool = False
    hosting: str | None = None
    former_endpoints: tuple[str, ...] = ()
    other_tasks: tuple[str, ...] = ()
    """Further tasks the vendor files it under, or that its path speaks of."""
    extra_outputs: tuple[Output, ...] = ()
    sources: tuple[str, ...] = ()
    returns: Literal["whole", "tail", "unknown"] | None = None
    """For models that extend a video: the whole film, or only the new end."""
    naming: Naming = "alias"
    """How its body is spelled; nothing but the user's settings says `node`."""
    version: int | None = None
    """Of a local step: raised when its result would change."""
    blueprint: Blueprint | None = None
    """Of a workflow or an app: what is known of its nodes."""

    @property
    def id(self) -> str:
        """The one name it is filed under: its path, else its first documentation name."""
        return self.endpoint or self.names[0]

    @property
    def is_local(self) -> bool:
        return self.version is not None

    def param(self, name: str) -> Param | None:
        """The parameter of that name."""
        return next((param for param in self.params if param.name == name), None)

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every word it goes by: path, documentation names, former paths."""
        path = (self.endpoint,) if self.endpoint else ()
        return tuple(dict.fromkeys((*path, *self.names, *self.former_endpoints)))

    @property
    def output_kinds(self) -> tuple[Kind, ...]:
        """Every kind it may give back, the main one first."""
        return tuple(dict.fromkeys((self.output, *(extra.kind for extra in self.extra_outputs))))
