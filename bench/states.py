"""Walk the whole of the small world (`tests/lifecycle/small_world.py`) and say how large it is.

    python bench/states.py [DEATHS [CONSENTS [REFUSALS [FAILURES [LOSSES [BEGINNINGS]]]]]]

Without numbers: every corner with up to two deaths, one consent, one refusal and one failed job:
a minute or two, 1 GB of memory.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.lifecycle.small_world import Bounds, Walk


def main() -> int:
    """Walk and tell; 1 where something was found."""
    bounds = Bounds(*(int(word) for word in sys.argv[1:7]))
    began = time.perf_counter()
    walk = Walk(bounds=bounds).go()
    print(f"{bounds}")
    print(f"{walk.states} states, {walk.steps} steps, {time.perf_counter() - began:.0f} s")
    print(
        f"paid twice: {len(walk.paid_twice)}; paid and lost: {len(walk.lost)}; "
        f"dead ends: {len(walk.dead_ends)}"
    )
    return 1 if walk.paid_twice or walk.lost or walk.dead_ends else 0


if __name__ == "__main__":
    sys.exit(main())
