"""The catalogue: what can be bought, with which parameters and at which price.

Reads JSON text handed to it and answers questions about it; never a file, never the network.
Knows nothing of pipelines or of what happens to a job. Meet `model.Model` first.
"""
