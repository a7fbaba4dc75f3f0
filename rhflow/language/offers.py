"""What a step that asks a model offers to those behind it: words, and the types they have."""

from __future__ import annotations

from collections.abc import Iterator

from rhflow.catalog.model import Output
from rhflow.ground.media import Kind
from rhflow.ground.references import FACT_WORDS, LIST_WORDS, OUTPUT_WORDS
from rhflow.language.expressions.schema_types import of_schema
from rhflow.language.expressions.tree import Literal, data_of, expressions_in
from rhflow.language.expressions.types import INTEGER, NUMBER, STRING, ListOf, MediaOf, Record, Type, either
from rhflow.language.node_values import takes_nodes
from rhflow.language.pipeline import Call, Step

_PLURALS = {single: plural for plural, single in LIST_WORDS.items()}

_MISSING_KIND_HINTS: dict[tuple[Kind, str], str] = {
    (Kind.VIDEO, "image"): "local/first_frame and local/last_frame take a picture out of a video",
}
"""What helps where a model gives this kind, and that word is asked for."""


def call_offer(step: Step, call: Call) -> Record:
    """What `steps.<id>` is, of one cell of a step."""
    fields = _fields(_kinds(step, call), promised_text(step, call))
    hints = {word: text for (kind, word), text in _MISSING_KIND_HINTS.items() if kind is call.model.output}
    for extra in call.model.extra_outputs:
        hint = _why_missing(step, call, extra)
        if hint is not None:
            hints |= {extra.kind.value: hint, _PLURALS[extra.kind.value]: hint}
    nodes = _nodes(step, call)
    if isinstance(nodes, str):
        hints["nodes"] = nodes
    else:
        fields["nodes"] = nodes
    quiet = tuple(word for word in fields if word not in OUTPUT_WORDS or word == "output")
    return Record(
        fields,
        f'step "{step.id}"',
        "output",
        is_step=True,
        quiet=quiet,
        problem="unknown-output",
        hints=hints,
    )


def _nodes(step: Step, call: Call) -> Record | str:
    """What `steps.<id>.nodes` is: by the number of a node, what it gave; else why there is none.

    Of a workflow that is known, only nodes that may give something are there. Of an app only what can be set
    is known, so of its other nodes any may; with a fallback nobody knows which rung it will be.
    """
    for rung in (call, *step.fallback):
        if not takes_nodes(rung.model):
            is_own = rung is call
            return (
                "only a workflow, an app or a quick creation has nodes"
                if is_own
                else f"its fallback {rung.uses} has no nodes"
            )
    blueprint = None if step.fallback else call.model.blueprint
    noun = f'step "{step.id}"' if blueprint is None else f'step "{step.id}" ({blueprint.uses})'
    known: dict[str, Type] = {}
    hints: dict[str, str] = {}
    for node in blueprint.nodes if blueprint is not None else ():
        if node.gives == ():
            hints[node.id] = f"{node} gives nothing back"
        else:
            known[node.id] = _node_offer(f"{node} of {noun}", node.gives)
    is_open = blueprint is None or not blueprint.is_whole
    if is_open:
        known = {}
    return Record(
        known,
        noun,
        "node",
        is_step=True,
        is_open=is_open,
        others=_node_offer(f"a node of {noun}", None),
        problem="unknown-node",
        hints=hints,
    )


def _node_offer(noun: str, gives: tuple[Kind, ...] | None) -> Record:
    """What one node gave, by words; any of them where nobody knows."""
    kinds = tuple(Kind) if gives is None else gives
    fields = {word: found for word, found in _fields(kinds, None).items() if word not in FACT_WORDS}
    quiet = tuple(word for word in fields if word not in OUTPUT_WORDS or word == "output")
    return Record(fields, noun, "output", is_step=True, quiet=quiet, problem="unknown-output")


def _kinds(step: Step, call: Call) -> tuple[Kind, ...]:
    """The kinds a call gives, the main one first; what a switch turns on where it may be on."""
    more = [extra.kind for extra in call.model.extra_outputs if _why_missing(step, call, extra) is None]
    return tuple(dict.fromkeys((call.model.output, *more)))


def _why_missing(step: Step, call: Call, extra: Output) -> str | None:
    """What to do about an output that is not given; None where it is, or may be."""
    if extra.when is None:
        return None
    if not _may_be_on(call, extra.when):
        return f"write {extra.when}: true in its with"
    for rung in step.fallback:
        if extra.kind not in set(_kinds_alone(rung)):
            return f"its fallback {rung.uses} does not give it"
    return None


def _kinds_alone(call: Call) -> Iterator[Kind]:
    yield call.model.output
    for extra in call.model.extra_outputs:
        if extra.when is None or _may_be_on(call, extra.when):
            yield extra.kind


def _may_be_on(call: Call, switch: str) -> bool:
    """Whether a switch is on, or may come out on. One that was left out is not sent, and so it is off."""
    match call.arguments.items.get(switch):
        case None:
            return False
        case Literal(value=value):
            return value not in (False, "false", None)
        case _:
            return True


def promised_text(step: Step, call: Call) -> Type | None:
    """What the text of a language model holds, where every rung is asked to keep to a schema written out."""
    found: list[Type] = []
    for rung in (call, *step.fallback):
        schema = rung.arguments.items.get("schema") if rung.uses.startswith("chat/") else None
        if schema is None or any(True for _ in expressions_in(schema)):
            return None
        found.append(of_schema(data_of(schema), f"json(steps.{step.id}.text)"))
    return either(found)


def _fields(kinds: tuple[Kind, ...], held: Type | None) -> dict[str, Type]:
    """The words with their types; `held` is what its text says as JSON."""
    main = MediaOf(kinds[0], held) if len(kinds) == 1 else MediaOf(None)
    fields: dict[str, Type] = {kind.value: MediaOf(kind, held) for kind in kinds}
    fields["output"] = main
    for plural, single in LIST_WORDS.items():
        if single in fields:
            fields[plural] = ListOf(fields[single])
    return {**fields, "duration": NUMBER, "width": INTEGER, "height": INTEGER, "cost": NUMBER, "used": STRING}
