"""Models that no catalogue lists: ComfyUI workflows, AI apps, quick-create tasks, language models.

What they take is known by their form, so a `Model` is made for each name as it is met. What a
workflow gives back depends on its nodes: it may be anything, unless a `Blueprint` of it is at hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from rhflow.catalog.model import Blueprint, Model, Output, Param
from rhflow.catalog.price import UNKNOWN
from rhflow.ground.media import Kind


@dataclass(frozen=True, slots=True)
class Form:
    """A prefix of `uses`: what stands behind it, and what such a thing takes."""

    prefix: str
    noun: str
    wanted: str
    """What has to follow the prefix, for people."""
    name: re.Pattern[str]
    params: tuple[Param, ...]
    output: Kind | None
    """None where it may be of any kind."""
    takes_nodes: bool = True


_NODES: tuple[Param, ...] = (
    Param(name="nodes", type="object"),
    Param(name="instance", type="enum", enum=("default", "plus")),
    Param(name="use_personal_queue", type="boolean"),
    Param(name="retain_seconds", type="integer", min=10, max=180),
    Param(name="access_password", type="object"),
    Param(name="add_metadata", type="boolean"),
)
"""RunningHub API, "start a ComfyUI task, advanced"."""

_GRAPH = (Param(name="graph", type="object"), *_NODES)
"""A workflow also takes a whole graph in place of the saved one."""

_CHAT: tuple[Param, ...] = (
    Param(name="prompt", type="string"),
    Param(name="messages", type="array"),
    Param(name="schema", type="object"),
    Param(name="temperature", type="number", min=0, max=2),
    Param(name="max_tokens", type="integer", min=1, max=1_000_000),
)

_DIGITS = re.compile(r"[0-9]{1,30}")
_CODE = re.compile(r"[0-9]{10,30}-[0-9A-Za-z_]{1,100}")
_PATH = re.compile(r"[\w.-]+(/[\w.:-]+)*", re.ASCII)

FORMS: tuple[Form, ...] = (
    Form("workflow/", "ComfyUI workflow", "the digits of a workflow id", _DIGITS, _GRAPH, None),
    Form("app/", "AI app", "the digits of a web app id", _DIGITS, _NODES, None),
    Form(
        "quick/",
        "quick-create task",
        "the digits of its web app, a hyphen and its code: quick/1877265245566922804-006",
        _CODE,
        _NODES,
        None,
    ),
    Form(
        "chat/",
        "language model",
        "the name of a language model",
        _PATH,
        _CHAT,
        Kind.TEXT,
        takes_nodes=False,
    ),
)

_ANY_KIND = tuple(Output(kind) for kind in (Kind.VIDEO, Kind.AUDIO, Kind.MODEL3D, Kind.TEXT))

PATH_OF_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)+", re.ASCII)
"""What a path of the vendor's looks like."""


def form_of(uses: str) -> Form | None:
    """The form behind a prefix; None where the name has none of them."""
    return next((form for form in FORMS if uses.startswith(form.prefix)), None)


@lru_cache(maxsize=1024)
def free_model(uses: str, form: Form) -> Model | None:
    """The model such a name stands for; None where what follows the prefix is no such name."""
    if not form.name.fullmatch(uses.removeprefix(form.prefix)):
        return None
    return _made(uses, "chat" if form.prefix == "chat/" else "workflow", form.params, form.output)


def drawn_model(blueprint: Blueprint) -> Model | None:
    """The model of a workflow or an app whose nodes are known; None where its name is no such name."""
    form = form_of(blueprint.uses)
    made = free_model(blueprint.uses, form) if form is not None else None
    if made is None:
        return None
    kinds = dict.fromkeys(kind for node in blueprint.givers for kind in node.gives or ())
    if blueprint.is_whole and kinds and all(node.gives is not None for node in blueprint.nodes):
        first, *more = kinds
        made = replace(made, output=first, extra_outputs=tuple(map(Output, more)))
    return replace(made, blueprint=blueprint, names=(blueprint.uses,))


def uncatalogued(path: str) -> Model:
    """A path that only its author vouches for (`unchecked: true`): takes and gives anything."""
    return _made(path, "unknown", (), None, params_known=False)


def is_free_form(model: Model) -> bool:
    """Whether a model was made here, so that the catalogue knows nothing of it."""
    return model.family == _FAMILY


def gives_anything(model: Model) -> bool:
    """Whether nobody knows beforehand of which kind its result is."""
    return is_free_form(model) and model.extra_outputs == _ANY_KIND


_FAMILY = "free-form"


def _made(
    name: str, task: str, params: tuple[Param, ...], output: Kind | None, *, params_known: bool = True
) -> Model:
    return Model(
        endpoint=name,
        names=(),
        task=task,
        family=_FAMILY,
        output=output or Kind.IMAGE,
        extra_outputs=() if output else _ANY_KIND,
        params=params,
        params_known=params_known,
        price=UNKNOWN,
    )
