"""The grammar of a pipeline, as pydantic models, and nothing but the grammar.

What the keys are and what form their values have. Steps nest, so each mapping is checked by
itself: a slip in one step hides nothing in another. The `description` of a field is the end of
the sentence "KEY wants …". Meaning comes later: `build.py` and `rules/`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from rhflow.language.pipeline import InputType, OnDoubt

Amount: TypeAlias = Annotated[str | int | float, Field(union_mode="left_to_right")]
"""`40 CNY`, or a plain number."""


class Spec(BaseModel):
    """A mapping whose keys are all listed here."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class PipelineSpec(Spec):
    """The whole file."""

    rhflow: Literal[1] = Field(description="1, the version of the language")
    name: str | None = Field(None, description="a name")
    about: str | None = Field(None, description="a sentence")
    inputs: dict[str, Any] | None = Field(None, description="a mapping of names to inputs")
    steps: dict[str, Any] | None = Field(None, description="a mapping of ids to steps")
    outputs: dict[str, Any] | None = Field(None, description="a mapping of names to values")
    budget: Amount | None = Field(None, description="an amount such as 40 CNY")


class InputSpec(Spec):
    """One entry of `inputs`."""

    type: InputType = Field(description="one of string, integer, number, boolean, image, video, audio, data")
    required: bool | None = Field(None, description="true or false")
    default: Any = None
    about: str | None = Field(None, description="a sentence")
    schema_: str | None = Field(None, alias="schema", description="the path of a JSON Schema file")


class StepSpec(Spec):
    """One entry of `steps`: a call (`uses`) or a group (`steps`)."""

    uses: str | None = Field(None, description="the name of a model")
    with_: dict[str, Any] | None = Field(None, alias="with", description="a mapping of parameters to values")
    needs: list[str] | str | None = Field(None, description="the ids of steps")
    foreach: str | list[Any] | None = Field(None, description="a list, or an expression that gives one")
    as_: str | None = Field(None, alias="as", description="a name for the item")
    steps: dict[str, Any] | None = Field(None, description="a mapping of ids to steps")
    on_doubt: OnDoubt | None = Field(None, description="one of ask, wait, repeat")
    max_cost: Amount | None = Field(None, description="an amount such as 2 CNY")
    label: str | None = Field(None, description="a text")
    save_as: str | None = Field(None, description="a path below the output folder")


def keys_of(spec: type[Spec]) -> dict[str, str]:
    """The keys a mapping may have, as written, with what each wants."""
    return {field.alias or name: field.description or "a value" for name, field in spec.model_fields.items()}
