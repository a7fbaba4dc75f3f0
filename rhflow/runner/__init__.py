"""The runner: making a plan come true.

`advance` takes one task one step further and is the only thing that acts; a driver (`local.py`) is a way
of calling it again. Knows no provider and no store, only what `ports.py` promises. Meet `run.Run`, then
`advance`.
"""
