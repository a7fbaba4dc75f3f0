"""One file per step: `MODEL`, what it is, and `run`, the doing. A file added here is a step added.

What is shared between steps lives beside this package, never in it.
"""
