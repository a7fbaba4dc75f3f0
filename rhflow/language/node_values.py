"""Values in fields of nodes: which texts are media, and what of them enters the key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rhflow.catalog.model import Model, Param
from rhflow.ground.media import Kind, kind_of_suffix
from rhflow.ground.references import Resolved
from rhflow.language.free_form import form_of
from rhflow.language.media_values import is_url
from rhflow.language.secrets import PASSWORD

_UPLOAD = re.compile(r"(open)?api/[0-9a-fA-F]{16,128}\.[A-Za-z0-9]{1,8}")
_WORD = re.compile(r"[A-Z]?[a-z]+")
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("image", "mask", "picture", "photo", "frame"), Kind.IMAGE),
    "video": Kind.VIDEO,
    **dict.fromkeys(("audio", "sound", "voice", "music"), Kind.AUDIO),
}
"""Words in the name of a field that promise a kind of media. `clip` is none: ComfyUI calls an encoder so."""


def takes_nodes(model: Model) -> bool:
    """Whether it is a workflow, an app or a quick creation."""
    form = form_of(model.id)
    return form is not None and form.takes_nodes


def is_upload(text: str) -> bool:
    """Whether a text is the name the vendor gave an upload (RunningHub API, fileName): it lies there."""
    return _UPLOAD.fullmatch(text) is not None


def node_param(model: Model, node: str, name: str) -> Param | None:
    """What is known of a field; None where nothing is."""
    found = model.blueprint.node(node) if model.blueprint is not None else None
    return found.field(name) if found is not None else None


def node_media_kind(model: Model, node: str, name: str, text: str) -> Kind | None:
    """The kind of media a text in a field stands for; None where it is a text.

    Where the field is known, it says so. Where it is not, the text is a medium if the field is called after
    a kind (`image`, `start_image`, `mask2`, `audioFile`) and the text is a path, or an address, with a suffix
    of that kind. The name of an upload is a text.
    """
    if is_upload(text):
        return None
    if model.blueprint is not None:
        known = node_param(model, node, name)
        return known.kind if known is not None else None
    promised = {_KINDS[word.lower()] for word in _WORD.findall(name) if word.lower() in _KINDS}
    found = kind_of_suffix(text.partition("?")[0] if is_url(text) else text)
    return found if found in promised else None


def each_field(
    nodes: Mapping[str, Resolved], change: Callable[[str, str, Resolved], Resolved]
) -> dict[str, Resolved]:
    """The nodes with every value changed; a field that came out null is left as the workflow has it."""
    found: dict[str, Resolved] = {}
    for node, values in nodes.items():
        if not isinstance(values, dict):
            found[node] = values
            continue
        kept = {name: value for name, value in values.items() if value is not None}
        found[node] = {name: change(node, name, value) for name, value in kept.items()}
    return found


def keyed(arguments: dict[str, Resolved]) -> dict[str, Resolved]:
    """The arguments that enter the key: how a password is called says nothing of the request."""
    return {name: value for name, value in arguments.items() if name != PASSWORD}
