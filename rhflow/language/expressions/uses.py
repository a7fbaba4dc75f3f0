"""Which names an expression uses, and how deep: what a waiting expression has to take along."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from rhflow.ground.references import Deferred, Ref, Resolved
from rhflow.language.expressions.parse import CONSTANTS
from rhflow.language.expressions.scope import STEP_WORDS, Fan, Scoped, TaskHandle, plain

Trie: TypeAlias = "dict[str | int | None, Trie] | None"
"""Which parts of a value are used: by key, by index, by None for every item; None for the whole."""


def names_used(
    node: ast.expr, scope: Mapping[str, Scoped], attempt: Callable[[ast.expr], Scoped]
) -> dict[str, Resolved]:
    """The names of the scope an expression uses, each with as much of its value as is used.

    `attempt` gives the value of an index where it is known. Steps become plain mappings of
    references, fans become lists.
    """
    tries: dict[str, Trie] = {}
    _gather(node, frozenset(), tries, attempt)
    return {name: pruned(scope[name], trie) for name, trie in tries.items() if name in scope}


def chains(node: ast.expr) -> dict[str, Trie]:
    """The same uses without values: by name, which parts of it are used."""
    tries: dict[str, Trie] = {}
    _gather(node, frozenset(), tries, lambda _: None)
    return tries


def _gather(
    node: ast.expr, bound: frozenset[str], tries: dict[str, Trie], attempt: Callable[[ast.expr], Scoped]
) -> None:
    hops: list[str | int | None] = []
    root = node
    while True:
        match root:
            case ast.Attribute():
                hops.append(root.attr)
                root = root.value
            case ast.Subscript() if isinstance(root.slice, ast.Slice):
                hops.append(None)
                for part in (root.slice.lower, root.slice.upper):
                    if part is not None:
                        _gather(part, bound, tries, attempt)
                root = root.value
            case ast.Subscript():
                _gather(root.slice, bound, tries, attempt)
                hops.append(_index(root.slice, bound, attempt))
                root = root.value
            case _:
                break
    if isinstance(root, ast.Name):
        if root.id not in bound and root.id not in CONSTANTS:
            _plant(tries, root.id, hops[::-1])
    elif isinstance(root, ast.ListComp):
        generator = root.generators[0]
        _gather(generator.iter, bound, tries, attempt)
        targets = generator.target.elts if isinstance(generator.target, ast.Tuple) else [generator.target]
        inner = bound | {cast("ast.Name", target).id for target in targets}
        for part in (root.elt, *generator.ifs):
            _gather(part, inner, tries, attempt)
    else:
        for child in ast.iter_child_nodes(root):
            if isinstance(child, ast.expr) and not (isinstance(root, ast.Call) and child is root.func):
                _gather(child, bound, tries, attempt)


def _index(node: ast.expr, bound: frozenset[str], attempt: Callable[[ast.expr], Scoped]) -> str | int | None:
    """An index whose value is known; None stands for any."""
    if any(isinstance(part, ast.Name) and part.id in bound for part in ast.walk(node)):
        return None
    value = attempt(node) if not isinstance(node, ast.Constant) else node.value
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _plant(tries: dict[str, Trie], name: str, hops: list[str | int | None]) -> None:
    if tries.get(name, {}) is None:
        return
    if not hops:
        tries[name] = None
        return
    level = cast("dict[str | int | None, Trie]", tries.setdefault(name, {}))
    for hop in hops[:-1]:
        deeper = level.setdefault(hop, {})
        if deeper is None:
            return
        level = deeper
    level[hops[-1]] = None


def pruned(value: Scoped, trie: Trie) -> Resolved:
    """As much of a value as a trie uses, in a form that can be written down.

    Lists keep their length, so that indexes stay right; items nobody uses become null.
    """
    match value:
        case TaskHandle():
            words = [word for word in trie or () if isinstance(word, str) and word in STEP_WORDS]
            return {word: Ref(value.task, word) for word in words}
        case Fan():
            return _pruned_list(list(value.items), trie)
        case Ref() | Deferred():
            return value
        case list():
            return _pruned_list(value, trie) if trie is not None else [plain(item) for item in value]
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
