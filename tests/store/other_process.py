"""Another process on the same home. Says `ready` when it has done its part, and stays until it is killed.

python other_process.py HOME OWNER lease NAME
python other_process.py HOME OWNER intend KEY ATTEMPT
python other_process.py HOME OWNER open
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rhflow.lifecycle import events
from rhflow.ports import Conflict
from rhflow.store.journal import Journal


def main(home: str, owner: str, what: str, *more: str) -> None:
    journal = Journal(Path(home), owner)
    said = "ready"
    if what == "lease":
        journal.lease(more[0], 1.0)
    elif what == "intend":
        intention = events.SubmitIntended(more[0], more[1], "fake/picture", "simulator", owner=owner)
        try:
            journal.append(f"run-of-{owner}", "a", 0, intention, 1.0)
        except Conflict:
            said = "conflict"
    print(said, flush=True)
    if what == "open":
        journal.close()
    else:
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
