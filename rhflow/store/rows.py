"""What stands in a column, as a value; a damaged one blocks with a sentence."""

from __future__ import annotations

import json

from rhflow.ground.artifact import Artifact
from rhflow.ground.errors import JournalDamaged
from rhflow.ground.values import Json, JsonObject, as_object


def read_json(text: object, what: str) -> Json:
    """The JSON of a column; `what` it is, for the sentence.

    Raises:
        JournalDamaged: it cannot be read.
    """
    try:
        value: Json = json.loads(str(text))
    except ValueError as error:
        raise JournalDamaged(f"The journal holds no readable JSON for {what}") from error
    return value


def read_mapping(text: object, what: str) -> JsonObject:
    """The same, where it has to be an object."""
    value = read_json(text, what)
    if not isinstance(value, dict):
        raise JournalDamaged(f"The journal holds something else than an object for {what}")
    return value


def read_artifacts(text: object, what: str) -> tuple[Artifact, ...]:
    """The same, where it has to be a list of artifacts."""
    items = read_json(text, what)
    try:
        if not isinstance(items, list):
            raise TypeError("no list")
        return tuple(Artifact.from_json(as_object(item, "an artifact")) for item in items)
    except (KeyError, TypeError, ValueError) as error:
        raise JournalDamaged(f"The journal holds a damaged record of {what}: {error}") from error
