"""Ground floor: values, digests, places in a text, media kinds, errors.

Everything above stands on these; nothing here knows what a pipeline, a model or a job is,
and nothing here may touch a file, a clock or the network. Meet `values.Json` and
`references.Ref` first.
"""
