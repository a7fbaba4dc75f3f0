"""A key that cannot be printed by accident, and what else is never shown."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import NoReturn

from rhflow.ground.errors import SettingsError

SHOWN = "***"

_SHORT = 4
"""A secret shorter than this is hidden as a whole word only, or every text would turn into stars."""

_LEAST_CODED = 8
"""Fewer letters of base64 than these stand in many a text by chance."""

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
"""What may stand in an HTTP header as it is. A stray character would make libraries print the whole value."""


class Secret:
    """A text that prints as `***` everywhere; only `reveal` gives it away.

    Raises:
        SettingsError: it is empty or holds what no key can (spaces inside, line breaks, accents).
    """

    __slots__ = ("_forms", "_text")

    def __init__(self, text: str) -> None:
        stripped = text.strip()
        if not _HEADER_SAFE.fullmatch(stripped):
            what = "holds characters no key can have" if stripped else "is empty"
            raise SettingsError(
                f"The API key {what}",
                "Copy it again from the site's API page: letters and digits only, no quotes, no line breaks.",
            )
        self._text = stripped
        self._forms = _forms_of(stripped)

    def reveal(self) -> str:
        """The text itself: for a request header or body, nothing else."""
        return self._text

    def hide_in(self, text: str) -> str:
        """The same text with every copy of the secret replaced, in whichever form somebody echoes it."""
        return self._forms.sub(SHOWN, text)

    def __repr__(self) -> str:
        return f"Secret({SHOWN})"

    def __str__(self) -> str:
        return SHOWN

    def __format__(self, spec: str) -> str:
        return format(SHOWN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


def _forms_of(text: str) -> re.Pattern[str]:
    """The text as it is, as JSON and addresses write it, and in base64, alone or behind other words."""
    letters = (rf"(?:\\?{re.escape(letter)}|(?i:%{ord(letter):02x}|\\u{ord(letter):04x}))" for letter in text)
    forms = ["".join(letters)]
    for before in range(3):  # base64 takes three bytes at a time: where in a triple the secret begins
        coded = b64encode(b"\0" * before + text.encode()).decode()
        core = coded[-(-before * 8 // 6) : (before + len(text)) * 8 // 6]
        if len(core) >= _LEAST_CODED:
            forms += [re.escape(core), re.escape(core.translate(str.maketrans("+/", "-_")))]
    return re.compile("|".join(forms))


class Veil:
    """Further texts that are never shown: the passwords that were used. Its repr shows none."""

    __slots__ = ("_texts",)

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def cover(self, text: str) -> None:
        """Hide this from now on, as it is and as JSON writes it."""
        if text.strip():
            self._texts |= {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}

    def hide_in(self, text: str) -> str:
        """The same text with every covered one replaced, the longest first."""
        for hidden in sorted(self._texts, key=len, reverse=True):
            if len(hidden) < _SHORT:
                text = re.sub(rf"(?<!\w){re.escape(hidden)}(?!\w)", SHOWN, text)
            else:
                text = text.replace(hidden, SHOWN)
        return text

    def __repr__(self) -> str:
        return f"Veil({len(self._texts)} hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
