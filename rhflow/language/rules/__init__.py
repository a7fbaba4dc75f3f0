"""The rules: what a pipeline may be wrong about beyond its grammar. One family per file.

A rule takes the Survey of a pipeline and yields Diagnostics. This list is the one place where a
rule is registered. Meet `rules.references` first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from rhflow.ground.diagnostics import Diagnostic
from rhflow.language.rules.arguments import arguments_fit
from rhflow.language.rules.cells import foreach_is_sound, matrix_is_sound
from rhflow.language.rules.free_forms import (
    chat_says_something,
    machine_is_billed,
    messages_have_their_form,
    nodes_have_their_form,
    password_is_named,
    schema_is_one,
    workflow_is_whole_or_set,
)
from rhflow.language.rules.includes import parts_get_their_inputs
from rhflow.language.rules.ladders import (
    fallback_is_affordable,
    fallback_is_another,
    fallback_makes_the_same,
)
from rhflow.language.rules.money import budget_currency, budget_is_enough, price_is_known, stable_channel
from rhflow.language.rules.references import needs_are_known, no_cycles
from rhflow.language.rules.shape import (
    condition_is_one,
    ids_are_good,
    model_is_current,
    names_are_texts,
    save_as_is_below,
)
from rhflow.language.rules.spelling import two_spellings
from rhflow.language.rules.unused import inputs_are_used, results_are_used
from rhflow.language.survey import Survey

Rule: TypeAlias = Callable[[Survey], Iterable[Diagnostic]]

RULES: tuple[Rule, ...] = (
    ids_are_good,
    foreach_is_sound,
    matrix_is_sound,
    condition_is_one,
    needs_are_known,
    no_cycles,
    inputs_are_used,
    results_are_used,
    arguments_fit,
    parts_get_their_inputs,
    fallback_makes_the_same,
    fallback_is_another,
    fallback_is_affordable,
    chat_says_something,
    messages_have_their_form,
    schema_is_one,
    nodes_have_their_form,
    workflow_is_whole_or_set,
    password_is_named,
    machine_is_billed,
    model_is_current,
    save_as_is_below,
    names_are_texts,
    price_is_known,
    budget_currency,
    budget_is_enough,
    stable_channel,
    two_spellings,
)
