"""The language page: its pipeline checks clean, and it speaks of every word there is."""

from __future__ import annotations

import re
from pathlib import Path

from rhflow.language.expressions.functions import FUNCTIONS
from rhflow.language.expressions.scope import STEP_WORDS
from rhflow.language.free_form import FORMS
from rhflow.language.spec import InputSpec, PipelineSpec, StepSpec, keys_of
from rhflow.language.words import LATER_STEP_KEYS
from tests.language.reading import pipeline

PAGE = (Path(__file__).parent.parent.parent / "docs" / "language.md").read_text(encoding="utf-8")


def test_the_example_checks_clean() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    for block in blocks:
        reading = pipeline(block)
        assert list(map(str, reading.problems)) == []
        assert reading.pipeline is not None


def test_every_word_is_explained() -> None:
    specs = (PipelineSpec, InputSpec, StepSpec)
    words = {
        *FUNCTIONS,
        *STEP_WORDS,
        *LATER_STEP_KEYS,
        *(key for spec in specs for key in keys_of(spec)),
    }
    missing = [word for word in words if not re.search(rf"`[^`\n]*\b{word}\b", PAGE)]
    assert not missing
    assert all(f"`{form.prefix}" in PAGE for form in FORMS)
