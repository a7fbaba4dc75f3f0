"""What a name can stand for while an expression is evaluated, besides JSON and media.

A step is a handle whose attributes are references; a `foreach` is a fan of what its items are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from rhflow.ground.diagnostics import did_you_mean, listing
from rhflow.ground.references import (
    FACT_WORDS,
    LIST_WORDS,
    OUTPUT_WORDS,
    BlobMedia,
    Deferred,
    FileMedia,
    Ref,
    Resolved,
    UrlMedia,
)
from rhflow.language.expressions.functions import kind_word
from rhflow.language.expressions.tree import ExpressionError

STEP_WORDS: tuple[str, ...] = (*OUTPUT_WORDS, *LIST_WORDS, *FACT_WORDS)
"""Everything a step can be asked for."""

NODE_WORDS: tuple[str, ...] = (*OUTPUT_WORDS, *LIST_WORDS)
"""Everything one node of a workflow can be asked for."""


@dataclass(frozen=True, slots=True)
class TaskHandle:
    """One task, as an expression sees it: every word it offers is a reference."""

    task: str


@dataclass(frozen=True, slots=True)
class NodesHandle:
    """What a task gave, by the nodes of its workflow that gave it: `steps.x.nodes`."""

    task: str


@dataclass(frozen=True, slots=True)
class NodeHandle:
    """What one node gave: `steps.x.nodes["9"]`."""

    task: str
    node: str


@dataclass(frozen=True, slots=True)
class Fan:
    """What came of a `foreach`, in order. An attribute reaches into every item; skipped ones are None."""

    items: tuple[object, ...]


Scoped: TypeAlias = object
"""A `Resolved` value, a handle, a `Fan`, or a dict of such."""


class MissingKey(ExpressionError):
    """A mapping has no such entry: what `default` forgives."""


def waits(value: object) -> bool:
    """Whether the value itself (not what is inside it) is not known yet."""
    return isinstance(value, Ref | Deferred)


def is_media(value: object) -> bool:
    """Whether the value itself is a media file."""
    return isinstance(value, FileMedia | UrlMedia | BlobMedia)


def attribute(value: Scoped, name: str, *, through_lists: bool = False) -> Scoped:
    """`value.name`. With `through_lists` a plain list answers as a fan does.

    Raises:
        ExpressionError: there is no such thing.
    """
    match value:
        case None:
            return None
        case TaskHandle():
            return NodesHandle(value.task) if name == "nodes" else _reference(value, name)
        case NodesHandle():
            return NodeHandle(value.task, name)
        case NodeHandle():
            return _reference(value, name)
        case Fan():
            return _mapped(value, lambda item: attribute(item, name, through_lists=through_lists))
        case dict():
            if name in value:
                return cast("Scoped", value[name])
            near = did_you_mean(name, value)
            hint = f"did you mean {near}?" if near else None
            raise MissingKey(f'there is no "{name}" here; {_has(value)}', hint=hint)
        case list():
            if through_lists:
                return [attribute(item, name, through_lists=True) for item in value]
            raise ExpressionError(
                f"a list has no .{name}", hint=f"take one item with [0], or all with [x.{name} for x in …]"
            )
        case FileMedia() | UrlMedia() | BlobMedia():
            raise ExpressionError(f"a media file has no .{name}")
        case _:
            raise ExpressionError(f"{kind_word(value)} has no .{name}")


def _reference(handle: TaskHandle | NodeHandle, word: str) -> Ref:
    """What a step, or one of its nodes, gives by that word."""
    node = handle.node if isinstance(handle, NodeHandle) else None
    words = STEP_WORDS if node is None else NODE_WORDS
    if word not in words:
        near = did_you_mean(word, words)
        noun = "step" if node is None else "node"
        raise ExpressionError(
            f'a {noun} has no output "{word}"', hint=f"did you mean {near}?" if near else None
        )
    return Ref(handle.task, word, node)


def _has(value: dict[str, object]) -> str:
    return f"it has {listing(value)}" if value else "it is empty"


def _mapped(fan: Fan, reach: Callable[[object], object]) -> Scoped:
    found = [reach(item) for item in fan.items]
    if not found or any(isinstance(item, dict) or _is_scoped(item) for item in found):
        return Fan(tuple(found))  # what stands behind the next dot is reached through it, too
    return found


def _is_scoped(value: object) -> bool:
    match value:
        case TaskHandle() | NodesHandle() | NodeHandle() | Fan():
            return True
        case dict():
            return any(_is_scoped(item) for item in value.values())
        case _:
            return False


def plain(value: Scoped) -> Resolved:
    """The value as it may leave an expression. Lists hold nothing but values and stay as they are.

    Raises:
        ExpressionError: it is a step or a group, which is no value.
    """
    match value:
        case TaskHandle():
            raise ExpressionError(
                "a step is no value; say which of its outputs", hint="for example .image or .video"
            )
        case NodesHandle():
            raise ExpressionError("nodes is no value; say which", hint='for example .nodes["9"].image')
        case NodeHandle():
            raise ExpressionError(
                "a node is no value; say which of its outputs", hint="for example .image or .video"
            )
        case Fan():
            return [plain(item) for item in value.items]
        case dict() if _is_scoped(value):
            return {key: plain(item) for key, item in value.items()}
        case _:
            return cast("Resolved", value)
