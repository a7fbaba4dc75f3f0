"""The words of the language: which work, which are known and come later, which names are free."""

from __future__ import annotations

import keyword
import re

from rhflow.language.expressions.functions import FUNCTIONS
from rhflow.language.expressions.parse import CONSTANTS, SCOPE_WORDS

VERSION = 1

LATER_STEP_KEYS = ("takes", "pick", "approve")

ID = re.compile(r"[a-z][a-z0-9_]*")
MAX_ID = 64
NAME = re.compile(r"\w[\w.-]*")

RESERVED = frozenset({*(word for word in keyword.kwlist if word.islower()), *CONSTANTS})


def not_yet(word: str, meaning: str | None = None) -> str:
    """The sentence for a word that is understood and does nothing yet."""
    what = f" ({meaning})" if meaning else ""
    return f'"{word}"{what} is a word of the language that does not work yet in this version'


def id_fault(word: str) -> str | None:
    """What is wrong with an id, to stand behind a colon; None where nothing is."""
    if word in RESERVED:
        return "it is a word of the expression language"
    if len(word) > MAX_ID:
        return f"it is longer than {MAX_ID} characters"
    if not ID.fullmatch(word):
        return "small letters, digits and _ only, a letter first"
    return None


def id_proposal(word: str) -> str | None:
    """The nearest id that would do."""
    proposal = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()).strip("_")
    if proposal in RESERVED:
        proposal += "_"
    return proposal if id_fault(proposal) is None and proposal != word else None


def name_fault(word: str) -> str | None:
    """What is wrong with a name that an author gives to an item (`as`)."""
    if word in FUNCTIONS:
        return "it is a function of the expression language"
    if word in SCOPE_WORDS:
        return "it has a meaning of its own in expressions"
    return id_fault(word)
