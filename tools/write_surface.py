"""Write rhflow/cli/surface.json: the options and arguments of every command, for completion in shells."""

from __future__ import annotations

import json
import sys
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rhflow.cli.main import COMMANDS, _load

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "rhflow" / "cli" / "surface.json"


def parameter(param: Any, context: Any) -> dict[str, Any]:
    """What a shell has to know of one option or argument."""
    body: dict[str, Any] = {"name": param.name}
    if param.param_type_name == "option":
        pairs = zip_longest(param.opts, param.secondary_opts)
        body["options"] = ["/".join(filter(None, pair)) for pair in pairs]
        body["help"] = param.help
    if getattr(param, "is_flag", False):
        body["is_flag"] = True
    if param.nargs == -1 or getattr(param, "multiple", False):
        body["is_list"] = True
    elif param.nargs > 1:
        body["count"] = param.nargs
    words = [item.value for item in param.shell_complete(context, "")]
    if words:
        body["words"] = words
    elif param.param_type_name == "argument":
        body["sort"] = param.metavar
    return body


def parameters(command: Any, name: str) -> list[dict[str, Any]]:
    context = command.make_context(name, [], resilient_parsing=True)
    return [parameter(param, context) for param in command.params]


def surface() -> str:
    found: dict[str, Any] = {}
    for name in COMMANDS:
        command = _load(name)
        inner = getattr(command, "commands", None)
        if inner is None:
            found[name] = {"params": parameters(command, name)}
        else:
            found[name] = {
                "commands": {
                    word: {"about": one.help, "params": parameters(one, word)} for word, one in inner.items()
                }
            }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    text = surface()
    if arguments == ["--check"]:
        if not TARGET.exists() or TARGET.read_text("utf-8") != text:
            print(f"{TARGET.relative_to(ROOT)} is stale; run: uv run python scripts/docs")
            return 1
        return 0
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
