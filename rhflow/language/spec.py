"""The grammar of a pipeline, as pydantic models, and nothing but the grammar.

What the keys are and what form their values have. Steps nest, so each mapping is checked by
itself: a slip in one step hides nothing in another. The `description` of a field is the end of
the sentence "KEY wants …". Meaning comes later: `build.py` and `rules/`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from rhflow.language.pipeline import InputType, OnDoubt, OnFailure, OnRejected

Amount: TypeAlias = Annotated[str | int | float, Field(union_mode="left_to_right")]
"""`40 CNY`, or a plain number."""

Budget: TypeAlias = Annotated[str | int | float | dict[str, Any], Field(union_mode="left_to_right")]
"""An amount for the run, or a mapping of caps."""

Wait: TypeAlias = Annotated[str | int | float | dict[str, Any], Field(union_mode="left_to_right")]
"""`30m`, a number of seconds, or a mapping of the two clocks."""

_AMOUNT = "an amount such as 2 CNY"
_BUDGET = "an amount such as 40 CNY, or a mapping such as {run: 40 CNY, day: 100 CNY}"
_WAIT = "a time such as 30m, or {queued: 2h, running: 30m}"
_RETRY = "a whole number from 0 to 20"
_ON_FAILURE = "one of stop, continue"
_ON_REJECTED = "one of stop, fallback, skip"
_ON_DOUBT = "one of ask, wait, repeat"
_BOOLEAN = "true or false"


class Spec(BaseModel):
    """A mapping whose keys are all listed here."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class PipelineSpec(Spec):
    """The whole file."""

    rhflow: Literal[1] = Field(description="1, the version of the language")
    name: str | None = Field(None, description="a name")
    about: str | None = Field(None, description="a sentence")
    inputs: dict[str, Any] | None = Field(None, description="a mapping of names to inputs")
    defaults: dict[str, Any] | None = Field(None, description="a mapping of keys that steps may have")
    steps: dict[str, Any] | None = Field(None, description="a mapping of ids to steps")
    outputs: dict[str, Any] | None = Field(None, description="a mapping of names to values")
    budget: Budget | None = Field(None, description=_BUDGET)


class BudgetSpec(Spec):
    """`budget` as a mapping: a cap for each stretch."""

    run: Amount | None = Field(None, description=_AMOUNT)
    step: Amount | None = Field(None, description=_AMOUNT)
    day: Amount | None = Field(None, description=_AMOUNT)
    project: Amount | None = Field(None, description=_AMOUNT)


class InputSpec(Spec):
    """One entry of `inputs`."""

    type: InputType = Field(description="one of string, integer, number, boolean, image, video, audio, data")
    required: bool | None = Field(None, description="true or false")
    default: Any = None
    about: str | None = Field(None, description="a sentence")
    schema_: str | None = Field(None, alias="schema", description="the path of a JSON Schema file")


class DefaultsSpec(Spec):
    """`defaults`: what holds for every step that says nothing else."""

    retry: int | None = Field(None, ge=0, le=20, description=_RETRY)
    timeout: Wait | None = Field(None, description=_WAIT)
    on_failure: OnFailure | None = Field(None, description=_ON_FAILURE)
    on_rejected: OnRejected | None = Field(None, description=_ON_REJECTED)
    on_doubt: OnDoubt | None = Field(None, description=_ON_DOUBT)
    cache: bool | None = Field(None, description=_BOOLEAN)
    max_cost: Amount | None = Field(None, description=_AMOUNT)


class TimeoutSpec(Spec):
    """`timeout` as a mapping: one clock each."""

    queued: Annotated[str | int | float, Field(union_mode="left_to_right")] | None = Field(
        None, description="a time such as 2h"
    )
    running: Annotated[str | int | float, Field(union_mode="left_to_right")] | None = Field(
        None, description="a time such as 30m"
    )


class FallbackSpec(Spec):
    """One entry of `fallback`."""

    uses: str = Field(description="the name of a model")
    with_: dict[str, Any] | None = Field(None, alias="with", description="a mapping of parameters to values")


class StepSpec(Spec):
    """One entry of `steps`: a call (`uses`), another pipeline (`uses: ./…`) or a group (`steps`)."""

    uses: str | None = Field(None, description="the name of a model")
    with_: dict[str, Any] | None = Field(None, alias="with", description="a mapping of parameters to values")
    if_: bool | str | None = Field(None, alias="if", description="true, false or an expression")
    needs: list[str] | str | None = Field(None, description="the ids of steps")
    foreach: str | list[Any] | None = Field(None, description="a list, or an expression that gives one")
    as_: str | None = Field(None, alias="as", description="a name for the item")
    at_most: int | None = Field(None, ge=1, le=1000, description="a whole number from 1 to 1000")
    matrix: dict[str, Any] | None = Field(None, description="a mapping of names to lists")
    zip: bool | None = Field(None, description=_BOOLEAN)
    steps: dict[str, Any] | None = Field(None, description="a mapping of ids to steps")
    retry: int | None = Field(None, ge=0, le=20, description=_RETRY)
    timeout: Wait | None = Field(None, description=_WAIT)
    fallback: list[Any] | None = Field(None, description="a list of {uses, with}")
    on_failure: OnFailure | None = Field(None, description=_ON_FAILURE)
    on_rejected: OnRejected | None = Field(None, description=_ON_REJECTED)
    on_doubt: OnDoubt | None = Field(None, description=_ON_DOUBT)
    cache: bool | None = Field(None, description=_BOOLEAN)
    unchecked: bool | None = Field(None, description=_BOOLEAN)
    max_cost: Amount | None = Field(None, description=_AMOUNT)
    label: str | None = Field(None, description="a text")
    save_as: str | None = Field(None, description="a path below the output folder")


def keys_of(spec: type[Spec]) -> dict[str, str]:
    """The keys a mapping may have, as written, with what each wants."""
    return {field.alias or name: field.description or "a value" for name, field in spec.model_fields.items()}
