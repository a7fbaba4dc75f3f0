"""Why an order cannot be rendered."""

from __future__ import annotations


class UnreadableInput(Exception):
    """A given file is not what it should be; the message is a sentence without its full stop."""
