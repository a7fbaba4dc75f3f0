"""A drawing as a picture: SVG that brings its own paper, so that it can be read on light and dark pages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from rhflow.view.drawing import Arrow, Box, Drawing
from rhflow.view.graph_layout import HEADER, LINE, Laid, Place, lay_out, lines_of, text_width

_STYLE = """\
text { fill: #57606a; font: 12px "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "DejaVu Sans", sans-serif; }
.name { font-size: 14px; font-weight: 600; fill: #1f2328; }
.word { font-size: 11px; }
.word, .title { stroke: #ffffff; stroke-width: 4px; paint-order: stroke; stroke-linejoin: round; }
.paper { fill: #ffffff; }
.box { fill: #f6f8fa; stroke: #57606a; }
.local { fill: #ffffff; }
.group { fill: none; stroke: #afb8c1; stroke-dasharray: 6 4; }
.arrow { fill: none; stroke: #57606a; stroke-width: 1.4; }
.head { fill: #57606a; }
.cached { stroke: #1a7f37; stroke-width: 2; }
.wait { stroke: #9a6700; stroke-width: 2; }
.loose { stroke-dasharray: 4 4; }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1; }
  .name { fill: #f0f6fc; }
  .word, .title { stroke: #0d1117; }
  .paper { fill: #0d1117; }
  .box { fill: #151b23; stroke: #9198a1; }
  .local { fill: #0d1117; }
  .group { stroke: #3d444d; }
  .arrow { stroke: #9198a1; }
  .head { fill: #9198a1; }
  .cached { stroke: #3fb950; }
  .wait { stroke: #d29922; }
}"""
_MARKER = (
    '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path class="head" d="M0 0 8 4 0 8z"/></marker>'
)
_BETWEEN = 2.0
"""Pixels left and right of a word that stay free of others."""


def svg(drawing: Drawing) -> str:
    """The picture; a box says more where the mouse rests on it."""
    laid = lay_out(drawing)
    corners = _corners(drawing, laid)
    width, height = max(round(laid.width), 120), max(round(laid.height), 60)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    name = quoteattr(drawing.name)
    groups = [box for box in drawing.boxes.values() if box.shape == "group"]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={name}>',
            f"<title>{escape(drawing.name)}</title>",
            f"<style>{_STYLE}</style>",
            f"<defs>{_MARKER}</defs>",
            f'<rect class="paper" width="{width}" height="{height}"/>',
            *(f'<rect class="group" {_frame(corners[box.id])} rx="10"/>' for box in groups),
            *_arrows(drawing, laid, corners),
            *(_title(box, corners[box.id]) for box in groups),
            *(_box(box, corners[box.id]) for box in drawing.boxes.values() if box.shape != "group"),
            *_words(drawing, laid),
            "</svg>",
        ]
    )


def _corners(drawing: Drawing, laid: Laid) -> dict[str, Place]:
    """The places of all boxes on the page; groups come before what is in them."""
    found: dict[str, Place] = {}
    for box in drawing.boxes.values():
        place = laid.places[box.id]
        around = found.get(box.inside or "")
        x, y = (around.x, around.y) if around else (laid.margin, laid.margin)
        found[box.id] = Place(place.width, place.height, x + place.x, y + place.y)
    return found


def _title(box: Box, place: Place) -> str:
    rest = "".join(f": {escape(note)}" for note in box.notes)
    return (
        f'<text class="title" x="{place.x + 14:.1f}" y="{place.y + HEADER * 0.7:.1f}">'
        f'<tspan class="name">{escape(box.label)}</tspan>{rest}</text>'
    )


def _box(box: Box, place: Place) -> str:
    looks = ["box"]
    if box.shape == "local":
        looks.append("local")
    if box.verdict in ("cached", "wait"):
        looks.append(box.verdict)
    elif box.verdict == "skip":
        looks.append("loose")
    radius = {"model": 4, "local": 16}.get(box.shape, 0)
    tip = ", ".join([box.id, *([box.verdict.replace("_", " ")] if box.verdict else [])])
    parts = [f"<g><title>{escape(tip)}</title>"]
    if box.shape == "pipeline":  # a pile of pages
        behind = Place(place.width, place.height, place.x + 4, place.y + 4)
        parts.append(f'<rect class="box" {_frame(behind)}/>')
    parts.append(f'<rect class="{" ".join(looks)}" {_frame(place)} rx="{radius}"/>')
    for number, line in enumerate(lines_of(box)):
        look = ' class="name"' if number == 0 else ""
        y = place.y + 24 + LINE * number
        parts.append(
            f'<text{look} x="{place.middle:.1f}" y="{y:.1f}" text-anchor="middle">{escape(line)}</text>'
        )
    return "".join([*parts, "</g>"])


def _frame(place: Place) -> str:
    return f'x="{place.x:.1f}" y="{place.y:.1f}" width="{place.width:.1f}" height="{place.height:.1f}"'


def _arrows(drawing: Drawing, laid: Laid, corners: dict[str, Place]) -> Iterator[str]:
    for arrow in drawing.arrows:
        loose = "" if arrow.bond == "data" else " loose"
        way = _back(arrow, corners) if arrow not in laid.paths else _curve(laid.paths[arrow])
        yield f'<path class="arrow{loose}" d="{way}" marker-end="url(#head)"/>'


def _curve(points: list[tuple[float, float]]) -> str:
    """A way that leaves and meets every point upright."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if abs(x1 - x0) < 1:
            parts.append(f"L{x1:.1f} {y1:.1f}")
        else:
            half = (y0 + y1) / 2
            parts.append(f"C{x0:.1f} {half:.1f} {x1:.1f} {half:.1f} {x1:.1f} {y1:.1f}")
    return "".join(parts)


def _back(arrow: Arrow, corners: dict[str, Place]) -> str:
    """To the item before: out of the right side and in again, of the same box or of another."""
    start, end = corners[arrow.start], corners[arrow.end]
    x0, y0 = start.x + start.width, start.y + start.height * (0.7 if start is end else 0.5)
    x1, y1 = end.x + end.width, end.y + end.height * (0.3 if start is end else 0.5)
    out = max(x0, x1) + 34
    return f"M{x0:.1f} {y0:.1f}C{out:.1f} {y0:.1f} {out:.1f} {y1:.1f} {x1 + 1:.1f} {y1:.1f}"


def _words(drawing: Drawing, laid: Laid) -> Iterator[str]:
    """Which output is taken, above the head of the arrow; one that would cover another is left out."""
    taken: list[tuple[float, float, float]] = []
    for arrow in drawing.arrows:
        points = laid.paths.get(arrow)
        word = ", ".join(arrow.words)
        if not points or not word:
            continue
        x, y = points[-1][0] + 5, points[-1][1] - 11
        wide = text_width(word, 11)
        if any(abs(y - other_y) < 13 and x < right and x + wide > left for left, right, other_y in taken):
            continue
        taken.append((x - _BETWEEN, x + wide + _BETWEEN, y))
        yield f'<text class="word" x="{x:.1f}" y="{y:.1f}">{escape(word)}</text>'
