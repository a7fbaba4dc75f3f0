"""How a run stands, with where its files lie: what `run`, `resume` and `show` tell of."""

from __future__ import annotations

from dataclasses import dataclass

from rhflow.app.placing import Outputs
from rhflow.ground.artifact import Artifact
from rhflow.ground.values import JsonObject
from rhflow.view.run_view import Facts, run_document


@dataclass(frozen=True, slots=True)
class Finished:
    """How it stands now."""

    facts: Facts
    outputs: Outputs
    places: JsonObject

    @property
    def document(self) -> JsonObject:
        """The contract's JSON."""

        def where(task: str, number: int, artifact: Artifact) -> str:
            return str(self.outputs.step_path(task, number, artifact))

        document = run_document(self.facts, where)
        document["outputs"] = self.places
        return document
