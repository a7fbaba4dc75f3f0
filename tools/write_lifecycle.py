"""Write docs/lifecycle.md out of the table: the diagram and every entry of it."""

from __future__ import annotations

import sys
from pathlib import Path

from rhflow.lifecycle import effects, transitions
from rhflow.lifecycle.states import TERMINAL, State

TARGET = Path(__file__).parent.parent / "docs" / "lifecycle.md"


def diagram() -> str:
    """A mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> waiting"]
    for state, entries in transitions.TABLE.items():
        by_next: dict[State, list[str]] = {}
        for event, following in entries.items():
            by_next.setdefault(following, []).append(event)
        for following, names in by_next.items():
            lines.append(f"    {state.value} --> {following.value}: {', '.join(names)}")
    lines += [f"    {state.value} --> [*]" for state in State if state in TERMINAL]
    return "\n".join(lines)


def table() -> str:
    """Every entry, with what is done next in that state."""
    rows = ["| state | next effect | event | leads to |", "|---|---|---|---|"]
    for state, entries in transitions.TABLE.items():
        doing = effects_of(state)
        for event, following in entries.items():
            rows.append(f"| `{state.value}` | {doing} | `{event}` | `{following.value}` |")
    return "\n".join(rows)


def effects_of(state: State) -> str:
    """What the table asks for in that state."""
    if state is State.BACKOFF:
        return f"{effects.Wait.__name__}, then {effects.Submit.__name__}"
    effect = transitions.NEXT.get(state)
    return type(effect).__name__ if effect is not None else "nothing"


def page() -> str:
    doc = transitions.__doc__ or ""
    theory = doc.split("Theory of operation\n===================\n", 1)[1]
    theory = theory.split("\n\n      ", 1)[0]
    return (
        "# What may happen to one paid job\n\n"
        "Written by `tools/write_lifecycle.py` out of `rhflow/lifecycle/transitions.py`; do not edit.\n"
        f"{theory.rstrip()}\n\n## The diagram\n\n```mermaid\n{diagram()}\n```\n\n"
        "`Adopted` without a job leads to `doubtful`, "
        "and `Reopened` of a task without a key to `waiting`.\n\n"
        f"## The table\n\nA pair that is missing here is a bug of the program, and it says so.\n\n{table()}\n"
    )


def main(arguments: list[str]) -> int:
    text = page()
    if arguments == ["--check"]:
        if TARGET.exists() and TARGET.read_text("utf-8") == text:
            return 0
        print("docs/lifecycle.md is stale; run: uv run python scripts/docs")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
