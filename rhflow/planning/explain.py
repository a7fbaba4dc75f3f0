"""Why a task will run: the difference between its request and the one it made last."""

from __future__ import annotations

from datetime import UTC, datetime

from rhflow.ground.values import Json, JsonObject, Path, path_text
from rhflow.planning.keys import without_signature
from rhflow.planning.memory import Asked, LetGo, Unsound

_MOST_WORDS = 48


def why_run(before: Asked | None, uses: str, provider: str | None, now: JsonObject) -> tuple[str, ...]:
    """Reasons, most telling first.

    Args:
        before: what the same task asked for last, if anything.
        uses: the model it asks now.
        provider: who does it now; None for work on this machine.
        now: the arguments it asks with now.
    """
    if before is None:
        return ("nothing like it was made before",)
    changes = [f"uses: {_short(before.endpoint)} → {_short(uses)}"] if before.endpoint != uses else []
    if provider not in (None, before.provider):
        changes.append(f"it was made by {before.provider}, which counts apart")
    changes += differences(before.arguments, now, ())
    return tuple(changes) or ("the same request was made before and left no result in the store",)


def why_again(lost: LetGo | Unsound) -> str:
    """Why something is made again that was there before, and may be."""
    if isinstance(lost, Unsound):
        return f"what run {lost.hit.run} made is {lost.why} in the store; it is made again, for nothing"
    day = datetime.fromtimestamp(lost.at, UTC).date()
    return f"its result was {lost.why} on {day}; run {lost.hit.run} had made it"


def why_unsound(lost: Unsound) -> str:
    """Why something that was paid for is neither taken nor bought."""
    return (
        f"what run {lost.hit.run} made is {lost.why} in the store; it will be mended or collected again. "
        f"To have it bought anew: rhflow cache forget {lost.hit.key[:12]}"
    )


def differences(before: Json, now: Json, path: Path) -> list[str]:
    """What has changed between two requests, field by field; `path` is where they stand."""
    if _identity(before) == _identity(now):
        return []
    if isinstance(before, dict) and isinstance(now, dict) and not (_is_leaf(before) or _is_leaf(now)):
        names = list(dict.fromkeys((*now, *before)))
        return [
            change for name in names for change in differences(before.get(name), now.get(name), (*path, name))
        ]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        pairs = zip(before, now, strict=True)
        return [
            change
            for index, (old, new) in enumerate(pairs)
            for change in differences(old, new, (*path, index))
        ]
    where = path_text(path) or "request"
    if _is_leaf(before) or _is_leaf(now):
        return [f"{where}: {_leaf_change(before, now)}"]
    if isinstance(before, str) and isinstance(now, str):
        old, new = _around(before, now)
        return [f"{where}: {old} → {new}"]
    return [f"{where}: {_short(before)} → {_short(now)}"]


_WAITING = ("$expr", "$text", "$ref")


def _leaf_change(before: Json, now: Json) -> str:
    """What has changed where a medium stands, or an expression that waits for a result."""
    leaves = [item for item in (_identity(before), _identity(now)) if isinstance(item, dict)]
    if any(word in leaf for leaf in leaves for word in _WAITING):
        is_same = _without_schemas(before) == _without_schemas(now)
        return "a schema of its expression has changed" if is_same else "another expression"
    return "another address" if any("$url" in leaf for leaf in leaves) else "the bytes have changed"


def _without_schemas(value: Json) -> Json:
    """A waiting expression without the digests of the schemas it speaks of."""
    if isinstance(value, dict):
        return {name: _without_schemas(item) for name, item in value.items() if name != "shapes"}
    return [_without_schemas(item) for item in value] if isinstance(value, list) else value


def _is_leaf(value: Json) -> bool:
    return isinstance(value, dict) and any(name.startswith("$") for name in value)


def _identity(value: Json) -> Json:
    """A medium as it enters the key, so that a new path to the same picture is no change."""
    if isinstance(value, dict):
        for body in value.values():
            if isinstance(body, dict) and body.get("sha256") and _is_leaf(value):
                return {"$bytes": body["sha256"]}
            if isinstance(body, dict) and "$url" in value:
                return {"$url": without_signature(str(body["url"]))}
        return {name: _identity(item) for name, item in value.items()}
    return [_identity(item) for item in value] if isinstance(value, list) else value


def _around(before: str, now: str) -> tuple[str, str]:
    """The differing middle of two texts, to whole words, quoted."""
    old, new = before.split(" "), now.split(" ")
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return (
        _short(" ".join(old[start : len(old) - end])),
        _short(" ".join(new[start : len(new) - end])),
    )


def _short(value: Json) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else str(value)
    return f"`{text if len(text) <= _MOST_WORDS else text[: _MOST_WORDS - 1] + '…'}`"
