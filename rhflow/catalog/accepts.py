"""What a model can be given, in the words people search by: `image`, `last-frame`, `seed`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from rhflow.catalog.model import Model, Param
from rhflow.ground.media import Kind

_FIRST = re.compile(r"first_?(frame|image).*|start_?image.*", re.IGNORECASE)
_LAST = re.compile(r"(last|end|tail)_?(frame|image).*", re.IGNORECASE)
_REFERENCE = re.compile(r"ref(erence)?_?(image|video|s\b|frame).*|[cos]ref|elementReferList", re.IGNORECASE)


def _of_kind(kind: Kind) -> Callable[[Model], bool]:
    listed = f"ref{kind.value}s"  # skyreels-v4 takes objects that hold the address
    return lambda model: any(param.kind is kind or param.name.lower() == listed for param in model.params)


def _named(form: re.Pattern[str]) -> Callable[[Model], bool]:
    return lambda model: any(param.type != "boolean" and form.fullmatch(param.name) for param in model.params)


def _first_frame(model: Model) -> bool:
    """By name; and the one picture that an image-to-video model must have is where its film begins."""
    if _named(_FIRST)(model):
        return True
    images = [param for param in model.params if param.kind is Kind.IMAGE]
    return (
        model.task == "image-to-video"
        and len([param for param in images if not _LAST.fullmatch(param.name)]) == 1
        and any(param.name == "imageUrl" and param.required and not param.multiple for param in images)
    )


def _several_images(model: Model) -> bool:
    return any(
        param.kind is Kind.IMAGE and param.multiple and (param.max_items is None or param.max_items > 1)
        for param in model.params
    )


ROLES: dict[str, Callable[[Model], bool]] = {
    "image": _of_kind(Kind.IMAGE),
    "images": _several_images,
    "video": _of_kind(Kind.VIDEO),
    "audio": _of_kind(Kind.AUDIO),
    "first-frame": _first_frame,
    "last-frame": _named(_LAST),
    "reference": lambda model: model.task.startswith("reference-") or _named(_REFERENCE)(model),
}
"""Words for what goes in, whatever the parameter is called."""


def accepts(model: Model, word: str) -> bool:
    """Whether it takes that: a word of `ROLES`, or a parameter's name however it is written.

    `negative-prompt`, `negative_prompt` and `negativePrompt` are one name.
    """
    role = ROLES.get(word.casefold())
    return (
        role(model) if role is not None else any(_plain(param.name) == _plain(word) for param in model.params)
    )


def words_accepted(models: Iterable[Model]) -> list[str]:
    """Every word that `accepts` can say yes to."""
    names = {kebab(param) for model in models for param in model.params if "##" not in param.name}
    return [*ROLES, *sorted(names - set(ROLES))]


def kebab(param: Param) -> str:
    """Its name as an option would be: `firstImageUrl` becomes `first-image-url`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", param.name).lower()


def _plain(name: str) -> str:
    return re.sub(r"[-_]", "", name).casefold()
