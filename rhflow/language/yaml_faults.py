"""What YAML's scanner complains about, said again for people who write pipelines.

A table from the scanner's words to ours, preceded by the faults that look like something else:
expressions without quotes, tabs, comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rhflow.ground.diagnostics import Diagnostics
from rhflow.language.places import Lines

_SENTENCES: tuple[tuple[str, str, str | None], ...] = (
    (
        "mapping values are not allowed",
        'a ":" is not expected here',
        'a text that holds ": " must stand in quotes',
    ),
    (
        "block sequence entries are not allowed",
        "a list cannot begin here",
        "begin the list on a line of its own",
    ),
    ("did not find expected ',' or '}'", "here a , or a } is missing", None),
    ("did not find expected ',' or ']'", "here a , or a ] is missing", None),
    (
        "did not find expected '-' indicator",
        'the list goes on here, but this line does not begin with "- "',
        "check the indentation",
    ),
    (
        "did not find expected key",
        "a new key is expected here",
        "check the indentation, and the quotes of the line before",
    ),
    ("could not find expected ':'", 'this line has no ":" behind its key', None),
    (
        "found unknown escape character",
        "a \\ before this character means nothing in double quotes",
        "write \\\\, or use single quotes",
    ),
    ("found invalid Unicode character escape code", "this escape is no character", None),
    ("did not find expected hexdecimal number", "this escape has too few digits", None),
    ("found unexpected document indicator", "a text in quotes runs into --- or ...", None),
    ("did not find expected <document start>", "the document has ended; nothing may follow here", None),
    ("found duplicate anchor", "this anchor was defined before", None),
    ("found undefined tag handle", "tags (!) have no meaning here; leave it out", None),
    ("found unknown directive name", "lines that begin with % have no meaning here; leave it out", None),
    ("found incompatible YAML document", "this YAML version is unknown", None),
    (
        "did not find expected alphabetic or numeric character",
        "a name is missing behind & or *",
        "a text that begins with & or * must stand in quotes",
    ),
    ("did not find expected comment or line break", "behind | or > nothing may follow on the line", None),
    ("did not find expected node content", "a value is expected here", None),
    ("found a tab character", "a tab cannot indent; use spaces", None),
)

_STANDS_AT_BEGINNING = ("could not find expected ':'", "scanning a directive")
"""Complaints whose place is where the thing began, not where the scanner gave up."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A scanner's or parser's complaint: its words, where it gave up, where the thing began.

    `bracket` is the innermost [ or { that was still open then.
    """

    said: str
    at: int
    began: int | None
    bracket: int | None


def explain(fault: Fault, text: str, lines: Lines, problems: Diagnostics) -> None:
    """Report a complaint at its place in our own words."""
    index = min(fault.at, len(text))
    if _expression(index, text, lines, problems):
        return
    if text[index : index + 1] == "\t":
        problems.add(lines.mark(index), "tab", "a tab cannot indent; use spaces")
        return
    said = fault.said
    if fault.began is not None:
        if any(words in said for words in _STANDS_AT_BEGINNING):
            index = fault.began
        if "quoted scalar" in said and "end of stream" in said:
            problems.add(lines.mark(fault.began), "yaml-syntax", "this quote is never closed")
            return
    if fault.bracket is not None and index >= len(text.rstrip()):
        message = f"this {text[fault.bracket]} is never closed"
        problems.add(lines.mark(fault.bracket), "yaml-syntax", message)
        return
    if "cannot start any token" in said:
        char = text[index : index + 1]
        message = f"a text cannot begin with {char}" if char else "the text ends too early"
        problems.add(lines.mark(index), "yaml-syntax", message, hint="put it in quotes")
        return
    for words, sentence, hint in _SENTENCES:
        if words in said:
            problems.add(lines.mark(index), "yaml-syntax", sentence, hint=hint)
            return
    problems.add(lines.mark(index), "yaml-syntax", "YAML cannot be read from here on")


def _expression(index: int, text: str, lines: Lines, problems: Diagnostics) -> bool:
    """The faults an expression without quotes causes, told as what they are."""
    line = lines.mark(index).line
    start, end = lines.starts[line - 1], lines.starts[line] if line < len(lines.starts) else len(text)
    if text[index : index + 2] == "{{" and text[index - 1 : index] == "$":
        closing = text.find("}}", index, end)
        place = lines.mark(index - 1, closing + 2 if closing >= 0 else index + 2)
        problems.add(place, "unquoted-expression", "inside { } and [ ] an expression must stand in quotes",
                     hint='write "${{ … }}"')  # fmt: skip
        return True
    found = re.compile(r"\$\{\{").search(text, start, min(index, end))
    if found and text[index : index + 1] == ":" and "}}" not in text[found.start() : index]:
        problems.add(lines.mark(found.start(), index + 1), "unquoted-expression",
                     'a ":" with a space behind it ends a plain text, even inside an expression',
                     hint="put the whole value in quotes")  # fmt: skip
        return True
    return False
