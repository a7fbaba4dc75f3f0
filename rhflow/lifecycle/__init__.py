"""The lifecycle: what may happen to one paid job, as a table.

Events are facts, effects are wishes, decisions are values; `transitions.py` is the page to read.
No clock, no chance, no file, no network: they are handed in. Knows neither models nor pipelines.
"""
