"""rhflow: films out of hosted generative models, declared in YAML, never paid for twice.

The face of the package: the version, and the names people import, each loaded when it is first used, so
that `rhflow --version` and `import rhflow` cost nothing.
"""

__version__ = "0.1.0"
