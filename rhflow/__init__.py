"""rhflow: films out of hosted generative models, declared in YAML, never paid for twice."""

__version__ = "0.1.0"
