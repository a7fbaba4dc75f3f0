"""What the simulator's models make: real pictures, clips, music, speech, meshes and text out of an order.

`render(order)` is the one door. Nothing here learns: a prompt is read for words it knows
 (`words`), they choose colours (`palette`) and a scene (`scene`), and everything random follows from the
order (`dice`), so that the same order always gives the same bytes.
"""

from __future__ import annotations

from rhflow.simulator.renders.dispatch import render

__all__ = ["render"]
