"""Workflows: ComfyUI graphs that are checked as ComfyUI does and really make what they say.

A graph is a value (`graph`), kinds of nodes and the saved library are data (`node`, `library`), a verdict on
a graph is a value, too (`judge`). `perform` carries one out in a render worker: it walks the graph and has
each node's part drawn by the same renderer that draws for the models. What may never enter here: HTTP, money
and the database; who may run what is decided at the counters. Meet `graph.Graph` first.
"""
