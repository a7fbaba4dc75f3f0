"""`Caps`: limits that no purchase may pass, each over another stretch: a run, a step of it, a day, the home.

Pure. Nothing converts between currencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from rhflow.ground.values import Json, Money

CapKind: TypeAlias = Literal["run", "step", "day", "project"]
CAP_KINDS: tuple[CapKind, ...] = get_args(CapKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """A limit for each stretch of counting; None where nobody set one."""

    run: Money | None = None
    step: Money | None = None
    """One declared step in one run: all its cells, retries and fallbacks."""
    day: Money | None = None
    """One day in UTC, over all runs of the home."""
    project: Money | None = None
    """The home, ever."""

    def __iter__(self) -> Iterator[tuple[CapKind, Money]]:
        """The caps that are set, in the order of `CAP_KINDS`."""
        for kind in CAP_KINDS:
            cap: Money | None = getattr(self, kind)
            if cap is not None:
                yield kind, cap

    def __bool__(self) -> bool:
        """Whether any is set."""
        return any(True for _ in self)

    def __str__(self) -> str:
        """`40 CNY for the run, 100 CNY for a day`."""
        return ", ".join(f"{cap} for {CAP_WORDS[kind]}" for kind, cap in self) or "none"

    @property
    def currencies(self) -> frozenset[str]:
        return frozenset(cap.currency for _, cap in self)

    def to_json(self) -> Json:
        """Null; an amount where only a run is capped; else a mapping of kinds to amounts."""
        told: Json = {kind: str(cap) for kind, cap in self}
        return str(self.run) if set(dict(self)) == {"run"} else (told or None)

    @classmethod
    def from_json(cls, body: Json) -> Caps:
        """The reverse of `to_json`.

        Raises:
            ValueError: it holds something that is no cap.
        """
        if not body:
            return cls()
        given = body if isinstance(body, dict) else {"run": body}
        return cls(**{cap_kind(kind): Money.parse(str(text)) for kind, text in given.items()})

    @classmethod
    def parse(cls, text: str) -> Caps:
        """Read `40 CNY`, or `run=40 CNY, day=100 CNY`.

        Raises:
            ValueError: it is neither; the sentence says why.
        """
        if "=" not in text:
            return cls(run=Money.parse(text))
        found: dict[CapKind, Money] = {}
        for part in text.split(","):
            word, equals, amount = part.partition("=")
            if not equals:
                raise ValueError(f"{part.strip()!r} names no cap; write it as day=100 CNY")
            kind = cap_kind(word.strip())
            if kind in found:
                raise ValueError(f"the cap for {CAP_WORDS[kind]} stands there twice")
            found[kind] = Money.parse(amount)
        return cls(**found)


CAP_WORDS: dict[CapKind, str] = {
    "run": "the run",
    "step": "a step",
    "day": "a day",
    "project": "the project",
}
"""How the stretch of each cap reads in a sentence."""


def cap_kind(word: str) -> CapKind:
    """The kind of that name.

    Raises:
        ValueError: there is none.
    """
    for kind in CAP_KINDS:
        if kind == word:
            return kind
    raise ValueError(f"{word!r} is no cap; there are {', '.join(CAP_KINDS)}")


def lowest(*several: Caps) -> Caps:
    """Of each kind the lowest.

    Raises:
        ValueError: two caps of one kind are in different currencies.
    """
    found: dict[CapKind, Money] = {}
    for caps in several:
        for kind, cap in caps:
            other = found.get(kind, cap)
            if other.currency != cap.currency:
                raise ValueError(
                    f"the caps for {CAP_WORDS[kind]} are in different currencies: {other} and {cap}"
                )
            found[kind] = min(other, cap, key=lambda money: money.amount)
    return Caps(**found)
