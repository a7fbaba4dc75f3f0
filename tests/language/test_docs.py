"""The language page: its pipeline checks clean, and it speaks of every word there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rhflow.language.expressions.functions import FUNCTIONS
from rhflow.language.expressions.scope import STEP_WORDS
from rhflow.language.free_form import FORMS
from rhflow.language.spec import (
    BudgetSpec,
    DefaultsSpec,
    FallbackSpec,
    InputSpec,
    PipelineSpec,
    StepSpec,
    TimeoutSpec,
    keys_of,
)
from rhflow.language.words import LATER_STEP_KEYS
from tests.language.reading import pipeline

PAGE = (Path(__file__).parent.parent.parent / "docs" / "language.md").read_text(encoding="utf-8")


BLOCKS: list[str] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SCHEMAS: list[str] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
FILES = {
    found.group(1): block for block in SCHEMAS if (found := re.search(r'"\$comment": "(\S+)"', block))
} | {found.group(1): block for block in BLOCKS if (found := re.match(r"# (\S+\.rhflow\.yaml)\n", block))}


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_example_checks_clean(block: str) -> None:
    reading = pipeline(block if "rhflow: 1" in block else f"rhflow: 1\n{block}", FILES)
    assert [str(item) for item in reading.problems if item.severity != "note"] == []
    assert reading.pipeline is not None


def test_every_key_of_a_step_has_an_example() -> None:
    written = "\n".join(BLOCKS)
    missing = [key for key in keys_of(StepSpec) if not re.search(rf"(^|[ {{]){key}:", written, re.MULTILINE)]
    assert missing == []


def test_every_default_is_named() -> None:
    section = PAGE.partition("### Defaults")[2].partition("###")[0]
    assert [key for key in keys_of(DefaultsSpec) if f"`{key}`" not in section] == []


def test_every_word_is_explained() -> None:
    specs = (PipelineSpec, BudgetSpec, InputSpec, StepSpec, FallbackSpec, TimeoutSpec)
    words = {
        *FUNCTIONS,
        *STEP_WORDS,
        *LATER_STEP_KEYS,
        *(key for spec in specs for key in keys_of(spec)),
    }
    missing = [word for word in words if not re.search(rf"`[^`\n]*\b{word}\b", PAGE)]
    assert not missing
    assert all(f"`{form.prefix}" in PAGE for form in FORMS)
