"""Which names an expression uses, and how deep: what a waiting expression has to take along."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from rhflow.ground.references import Deferred, Ref, Resolved
from rhflow.language.expressions.parse import CONSTANTS
from rhflow.language.expressions.scope import (
    NODE_WORDS,
    STEP_WORDS,
    Fan,
    NodeHandle,
    NodesHandle,
    Scoped,
    TaskHandle,
)

Trie: TypeAlias = "dict[str | int | None, Trie] | None"
"""Which parts of a value are used: by key, by index, by None for every item; None for the whole."""


Tries: TypeAlias = dict[str, Trie]
Attempt: TypeAlias = Callable[[ast.expr], Scoped]
"""Gives the value of an index where it is known already, else None."""


def names_used(node: ast.expr, scope: Mapping[str, Scoped], attempt: Attempt) -> dict[str, Resolved]:
    """The names of the scope an expression uses, each with as much of its value as is used.

    `attempt` gives the value of an index where it is known. Steps become plain mappings of
    references, fans become lists.
    """
    tries: Tries = {}
    _gather(node, frozenset(), tries, attempt)
    return {name: pruned(scope[name], trie) for name, trie in tries.items() if name in scope}


def _gather(node: ast.expr, bound: frozenset[str], tries: Tries, attempt: Attempt) -> None:
    root, hops = _chain(node, bound, tries, attempt)
    if isinstance(root, ast.Name):
        if root.id not in bound and root.id not in CONSTANTS:
            _plant(tries, root.id, hops, None)
    elif isinstance(root, ast.ListComp):
        _gather_comprehension(root, bound, tries, attempt)
    else:
        for child in ast.iter_child_nodes(root):
            if isinstance(child, ast.expr) and not (isinstance(root, ast.Call) and child is root.func):
                _gather(child, bound, tries, attempt)


def _chain(
    node: ast.expr, bound: frozenset[str], tries: Tries, attempt: Attempt
) -> tuple[ast.expr, list[str | int | None]]:
    """What a chain of attributes and indexes begins with, and its hops; indexes are gathered from."""
    hops: list[str | int | None] = []
    while True:
        match node:
            case ast.Attribute():
                hops.append(node.attr)
                node = node.value
            case ast.Subscript() if isinstance(node.slice, ast.Slice):
                hops.append(None)
                for part in (node.slice.lower, node.slice.upper):
                    if part is not None:
                        _gather(part, bound, tries, attempt)
                node = node.value
            case ast.Subscript():
                _gather(node.slice, bound, tries, attempt)
                hops.append(_index(node.slice, bound, attempt))
                node = node.value
            case _:
                return node, hops[::-1]


def _gather_comprehension(node: ast.ListComp, bound: frozenset[str], tries: Tries, attempt: Attempt) -> None:
    """What is used of the item is used of every item of the list it runs over."""
    generator = node.generators[0]
    targets = generator.target.elts if isinstance(generator.target, ast.Tuple) else [generator.target]
    names = [cast("ast.Name", target).id for target in targets]
    inner: Tries = {}
    for part in (node.elt, *generator.ifs):
        _gather(part, bound - set(names), inner, attempt)
    of_items = [inner.pop(name, {}) for name in names]
    for name, trie in inner.items():
        _plant(tries, name, [], trie)
    root, hops = _chain(generator.iter, bound, tries, attempt)
    if isinstance(root, ast.Name) and len(names) == 1 and root.id not in bound:
        _plant(tries, root.id, [*hops, None], of_items[0])
    else:
        _gather(generator.iter, bound, tries, attempt)


def _index(node: ast.expr, bound: frozenset[str], attempt: Attempt) -> str | int | None:
    """An index whose value is known; None stands for any."""
    if any(isinstance(part, ast.Name) and part.id in bound for part in ast.walk(node)):
        return None
    value = attempt(node) if not isinstance(node, ast.Constant) else node.value
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _plant(tries: Tries, name: str, hops: list[str | int | None], trie: Trie) -> None:
    """Note that of `name`, behind the hops, that much is used."""
    for hop in reversed(hops):
        trie = {hop: trie}
    tries[name] = _merged([tries[name], trie]) if name in tries else trie


def pruned(value: Scoped, trie: Trie) -> Resolved:
    """As much of a value as a trie uses, in a form that can be written down.

    Lists keep their length, so that indexes stay right; items nobody uses become null.
    """
    match value:
        case TaskHandle():
            words = [word for word in trie or () if isinstance(word, str) and word in STEP_WORDS]
            found: dict[str, Resolved] = {word: Ref(value.task, word) for word in words}
            if "nodes" in (trie or {}):
                found["nodes"] = pruned(NodesHandle(value.task), (trie or {})["nodes"])
            return found
        case NodesHandle():
            nodes = [node for node in trie or () if isinstance(node, str)]
            return {node: pruned(NodeHandle(value.task, node), (trie or {})[node]) for node in nodes}
        case NodeHandle():
            words = [word for word in trie or () if isinstance(word, str) and word in NODE_WORDS]
            return {word: Ref(value.task, word, value.node) for word in words}
        case Fan():
            return _pruned_list(list(value.items), trie)
        case Ref() | Deferred():
            return value
        case list():
            return value if trie is None else _pruned_list(value, trie)
        case dict():
            if trie is None:
                return {key: pruned(item, None) for key, item in value.items()}
            every = [trie[None]] if None in trie else []
            used = {key: every + ([trie[key]] if key in trie else []) for key in value}
            return {key: pruned(value[key], _merged(uses)) for key, uses in used.items() if uses}
        case _:
            return cast("Resolved", value)


def _pruned_list(items: list[Scoped], trie: Trie) -> list[Resolved]:
    if trie is None:
        return [pruned(item, None) for item in items]
    through: dict[str | int | None, Trie] = {key: sub for key, sub in trie.items() if isinstance(key, str)}
    found: list[Resolved] = []
    for index, item in enumerate(items):
        uses = [trie[key] for key in (index, index - len(items), None) if key in trie]
        if through:
            uses.append(through)
        found.append(pruned(item, _merged(uses)) if uses else None)
    return found


def _merged(tries: list[Trie]) -> Trie:
    merged: dict[str | int | None, Trie] = {}
    for trie in tries:
        if trie is None:
            return None
        for key, sub in trie.items():
            merged[key] = _merged([merged[key], sub]) if key in merged else sub
    return merged
