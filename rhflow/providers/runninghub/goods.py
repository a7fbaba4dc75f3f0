"""What an endpoint names: a model of the catalogue, or one of the things no catalogue lists.

`workflow/<id>`, `app/<id>`, `quick/<web app id>-<code>`, `chat/<model>`; all else is a model's path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Sort: TypeAlias = Literal["model", "workflow", "app", "quick", "chat"]

_DIGITS = re.compile(r"[0-9]{1,30}")
_CODE = re.compile(r"[0-9A-Za-z_-]{1,100}")
_MODEL = re.compile(r"[\w.-]+(/[\w.:-]+)*", re.ASCII)
_QUICK = re.compile(r"([0-9]{10,30})-([0-9A-Za-z_]{1,100})")

NODED: frozenset[Sort] = frozenset({"workflow", "app", "quick"})
"""What takes nodes: files reach them under the name of the upload, not under its address."""


@dataclass(frozen=True, slots=True)
class Goods:
    """One thing that can be bought; `name` is what follows the prefix, or the whole path of a model.

    A quick creation is known by the web app it belongs to and a code; `app` is empty where only the
    code was written.
    """

    sort: Sort
    name: str
    app: str = ""


def goods_of(endpoint: str) -> Goods:
    """What stands behind an endpoint.

    Raises:
        ValueError: it has a prefix of ours, and what follows is no name of such a thing.
    """
    prefix, _, name = endpoint.partition("/")
    match prefix:
        case "workflow" if name:
            return Goods("workflow", _fits(_DIGITS, name, endpoint, "a workflow id is made of digits"))
        case "app" if name:
            return Goods("app", _fits(_DIGITS, name, endpoint, "an app id is made of digits"))
        case "quick" if name:
            found = _QUICK.fullmatch(name)
            if found is not None:
                return Goods("quick", found[2], found[1])
            return Goods("quick", _fits(_CODE, name, endpoint, "a quick-create code has letters and digits"))
        case "chat" if name:
            return Goods("chat", _fits(_MODEL, name, endpoint, "a language model has a path-like name"))
        case _:
            return Goods("model", endpoint)


def _fits(form: re.Pattern[str], name: str, endpoint: str, why: str) -> str:
    if not form.fullmatch(name) or any(part in (".", "..") for part in name.split("/")):
        raise ValueError(f"{endpoint!r} cannot be asked for: {why}")
    return name
