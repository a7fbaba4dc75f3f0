"""The language: what the author wrote, checked and immutable, but bound to no inputs yet.

Text goes in, a `Pipeline` and Diagnostics come out. Knows the catalogue (only a model can say
that `durration` is no parameter of it); never a file, a clock or the network: the text of other
files is handed in. Meet `pipeline.Pipeline` first, then `build.read_pipeline`.
"""
