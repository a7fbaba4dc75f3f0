"""A drawing as text for other programs: Mermaid for pages, dot for Graphviz."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rhflow.view.drawing import Arrow, Box, Drawing

_MERMAID_SHAPES = {"model": ("[", "]"), "local": ("(", ")"), "pipeline": ("[[", "]]")}
_MERMAID_ARROWS = {"data": "-->", "order": "-.->", "previous": "-.->"}
_MERMAID_SIGNS = str.maketrans(
    {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\n": " "}
)
_DOT_SHAPES = {"model": "box", "local": "box", "pipeline": "box3d"}
_VERDICT_LOOKS = {
    "cached": "stroke:#2da44e,stroke-width:2px",
    "skip": "stroke-dasharray:4 3",
    "wait": "stroke:#bf8700,stroke-width:2px",
}


def mermaid(drawing: Drawing) -> str:
    """The drawing as a Mermaid flowchart; without colours of its own where none say anything."""
    names = _names(drawing)
    lines = ["flowchart TD"]

    def write(group: str | None, depth: int) -> None:
        space = "  " * depth
        for box in drawing.inside(group):
            if box.shape == "group":
                lines.append(f'{space}subgraph {names[box.id]}["{_said(box)}"]')
                write(box.id, depth + 1)
                lines.append(f"{space}end")
            else:
                left, right = _MERMAID_SHAPES[box.shape]
                look = f":::{box.verdict}" if box.verdict in _VERDICT_LOOKS else ""
                lines.append(f'{space}{names[box.id]}{left}"{_said(box)}"{right}{look}')

    write(None, 1)
    lines += [f"  {_mermaid_arrow(arrow, names)}" for arrow in drawing.arrows]
    verdicts = {box.verdict for box in drawing.boxes.values()}
    lines += [f"  classDef {word} {look}" for word, look in _VERDICT_LOOKS.items() if word in verdicts]
    return "\n".join(lines)


def _mermaid_arrow(arrow: Arrow, names: dict[str, str]) -> str:
    words = _words(arrow)
    said = f'|"{words.translate(_MERMAID_SIGNS)}"|' if words else ""
    return f"{names[arrow.start]} {_MERMAID_ARROWS[arrow.bond]}{said} {names[arrow.end]}"


def _said(box: Box) -> str:
    parts = [box.label, *([box.uses] if box.uses else []), *box.notes]
    if box.shape == "group":
        return ": ".join(part.translate(_MERMAID_SIGNS) for part in parts)
    first, *rest = (part.translate(_MERMAID_SIGNS) for part in parts)
    return "<br/>".join([f"<b>{first}</b>", *rest])


def _names(drawing: Drawing) -> dict[str, str]:
    """A name for each box that no word of Mermaid is, and no other box has."""
    found: dict[str, str] = {}
    for box in drawing.boxes:
        name = plain = f"s_{re.sub(r'[^A-Za-z0-9]+', '_', box).strip('_')}"
        number = 1
        while name in found.values():
            number += 1
            name = f"{plain}_{number}"
        found[box] = name
    return found


def dot(drawing: Drawing) -> str:
    """The drawing as a graph for Graphviz."""
    lines = [
        f"digraph {_quoted(drawing.name)} {{",
        '  graph [compound=true, rankdir=TB, fontname="sans-serif", style=rounded, color="#8c959f"];',
        '  node [shape=box, fontname="sans-serif", fontsize=11];',
        '  edge [fontname="sans-serif", fontsize=9, color="#57606a"];',
    ]

    def write(group: str | None, depth: int) -> None:
        space = "  " * depth
        for box in drawing.inside(group):
            if box.shape == "group":
                lines.append(f"{space}subgraph {_quoted(f'cluster_{box.id}')} {{")
                lines.append(f"{space}  label={_quoted(': '.join([box.label, *box.notes]))};")
                write(box.id, depth + 1)
                lines.append(f"{space}}}")
            else:
                lines.append(f"{space}{_quoted(box.id)} [{_dot_looks(box)}];")

    write(None, 1)
    lines += [f"  {line}" for arrow in drawing.arrows for line in _dot_arrow(drawing, arrow)]
    return "\n".join([*lines, "}"])


def _dot_looks(box: Box) -> str:
    text = "\n".join([box.label, *([box.uses] if box.uses else []), *box.notes])
    looks = {"label": _quoted(text), "shape": _DOT_SHAPES[box.shape]}
    style = (["rounded"] if box.shape == "local" else []) + (["dashed"] if box.verdict == "skip" else [])
    if style:
        looks["style"] = _quoted(",".join(style))
    if box.verdict in ("cached", "wait"):
        looks["color"] = _quoted("#2da44e" if box.verdict == "cached" else "#bf8700")
    return ", ".join(f"{name}={value}" for name, value in looks.items())


def _dot_arrow(drawing: Drawing, arrow: Arrow) -> Iterator[str]:
    """Graphviz draws arrows between nodes only; one to a group is cut off at its frame."""
    start, end = (
        _leaf(drawing, arrow.start, lambda boxes: boxes[-1]),
        _leaf(drawing, arrow.end, lambda b: b[0]),
    )
    if start is None or end is None:
        return
    looks: dict[str, str] = {}
    if start != arrow.start:
        looks["ltail"] = _quoted(f"cluster_{arrow.start}")
    if end != arrow.end:
        looks["lhead"] = _quoted(f"cluster_{arrow.end}")
    words = _words(arrow)
    if words:
        looks["label"] = _quoted(words)
    if arrow.bond != "data":
        looks["style"] = "dashed"
    if arrow.bond == "previous":
        looks["constraint"] = "false"
    told = f" [{', '.join(f'{name}={value}' for name, value in looks.items())}]" if looks else ""
    yield f"{_quoted(start)} -> {_quoted(end)}{told};"


def _leaf(drawing: Drawing, box: str, choose: Callable[[list[Box]], Box]) -> str | None:
    while drawing.boxes[box].shape == "group":
        boxes = drawing.inside(box)
        if not boxes:
            return None
        box = choose(boxes).id
    return box


def _words(arrow: Arrow) -> str:
    said = [f"previous {word}" if arrow.bond == "previous" else word for word in arrow.words]
    return ", ".join(said) or ("previous" if arrow.bond == "previous" else "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
