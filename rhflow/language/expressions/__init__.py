"""Expressions: what stands between `${{` and `}}`.

Parsed by Python's own grammar, walked by us over a short list of allowed nodes; nothing is ever
executed as Python. Meet `tree.Expression` first.
"""
