"""The rules: what a pipeline may be wrong about beyond its grammar. One family per file.

A rule takes the Survey of a pipeline and yields Diagnostics. This list is the one place where a
rule is registered. Meet `rules.references` first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from rhflow.ground.diagnostics import Diagnostic
from rhflow.language.rules.arguments import arguments_fit
from rhflow.language.rules.money import budget_currency, price_is_known
from rhflow.language.rules.references import inputs_are_used, needs_are_known, no_cycles
from rhflow.language.rules.shape import (
    foreach_is_sound,
    ids_are_good,
    model_is_current,
    save_as_is_below,
)
from rhflow.language.survey import Survey

Rule: TypeAlias = Callable[[Survey], Iterable[Diagnostic]]

RULES: tuple[Rule, ...] = (
    ids_are_good,
    foreach_is_sound,
    needs_are_known,
    no_cycles,
    inputs_are_used,
    arguments_fit,
    model_is_current,
    save_as_is_below,
    price_is_known,
    budget_currency,
)
