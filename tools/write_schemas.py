"""Write schemas/pipeline.schema.json (and the copy that `rhflow init` hands out): grammar and catalogue."""

from __future__ import annotations

import sys
from pathlib import Path

from rhflow.app.session import full_catalog
from rhflow.language.editor_schema import editor_text

ROOT = Path(__file__).parent.parent
TARGETS = (
    ROOT / "schemas" / "pipeline.schema.json",
    ROOT / "rhflow" / "cli" / "templates" / "pipeline.schema.json",
)


def main(arguments: list[str]) -> int:
    text = editor_text(full_catalog())
    stale = [path for path in TARGETS if not path.exists() or path.read_text("utf-8") != text]
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is stale; run: uv run python scripts/docs")
        return 1 if stale else 0
    for path in TARGETS:
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
