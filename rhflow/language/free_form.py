"""Models that no catalogue lists: ComfyUI workflows, AI apps, quick-create tasks, language models.

What they take is known by their form, so a `Model` is made for each name as it is met. What a
workflow gives back depends on its nodes: it may be anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rhflow.catalog.model import Model, Output, Param
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


_NODES: tuple[Param, ...] = (
    Param(name="nodes", type="object"),
    Param(name="instance", type="enum", enum=("default", "plus")),
    Param(name="use_personal_queue", type="boolean"),
    Param(name="retain_seconds", type="integer", min=10, max=180),
    Param(name="access_password", type="string"),
    Param(name="add_metadata", type="boolean"),
)
"""RunningHub API, "start a ComfyUI task, advanced"."""

_CHAT: tuple[Param, ...] = (
    Param(name="prompt", type="string"),
    Param(name="messages", type="array"),
    Param(name="schema", type="object"),
    Param(name="temperature", type="number", min=0, max=2),
    Param(name="max_tokens", type="integer", min=1, max=1_000_000),
)

_DIGITS = re.compile(r"[0-9]{1,30}")
_CODE = re.compile(r"[\w-]{1,100}", re.ASCII)
_PATH = re.compile(r"[\w.-]+(/[\w.:-]+)*", re.ASCII)

FORMS: tuple[Form, ...] = (
    Form("workflow/", "ComfyUI workflow", "the digits of a workflow id", _DIGITS, _NODES, None),
    Form("app/", "AI app", "the digits of a web app id", _DIGITS, _NODES, None),
    Form("quick/", "quick-create task", "a quick-create code", _CODE, _NODES, None),
    Form("chat/", "language model", "the name of a language model", _PATH, _CHAT, Kind.TEXT),
)

_ANY_KIND = tuple(Output(kind) for kind in (Kind.VIDEO, Kind.AUDIO, Kind.MODEL3D, Kind.TEXT))

PATH_OF_MODEL = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)+", re.ASCII)
"""What a path of the vendor's looks like."""


def form_of(uses: str) -> Form | None:
    """The form behind a prefix; None where the name has none of them."""
    return next((form for form in FORMS if uses.startswith(form.prefix)), None)


def free_model(uses: str, form: Form) -> Model | None:
    """The model such a name stands for; None where what follows the prefix is no such name."""
    if not form.name.fullmatch(uses.removeprefix(form.prefix)):
        return None
    return _made(uses, "chat" if form.prefix == "chat/" else "workflow", form.params, form.output)


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
