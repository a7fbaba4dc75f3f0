"""A run for programs that know RO-Crate: what was done, by which model, out of what, at what cost.

The profile is Provenance Run Crate 0.5 (https://w3id.org/ro/wfrun/provenance/0.5) over RO-Crate 1.1: the
pipeline is a workflow with steps, each model a tool, each task an action. Steps that came to no action and
models nobody asked are left out, as the profile wants it. Pure: what lies where is handed in, and somebody
else writes the document (`app/crate_metadata.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from rhflow.ground.artifact import Artifact
from rhflow.ground.references import BlobMedia, FileMedia, Resolved, UrlMedia, refs_in, to_json
from rhflow.ground.values import JsonObject, as_object, plain, walk
from rhflow.lifecycle.ledger import charge_of, sum_of
from rhflow.lifecycle.states import State, TaskState
from rhflow.planning.plan import Plan, Task
from rhflow.view.crate_entities import (
    Entity,
    PackedFile,
    Told,
    action_id,
    compact,
    control_id,
    file_id,
    file_properties,
    moment,
    parameter,
    ref,
    shown,
    tool_id,
)

_SPEC = "1.1"
_RUN_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_WORKFLOW_PROFILE = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
README = "README.md"
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
_DONE = "http://schema.org/CompletedActionStatus"
_FAILED = "http://schema.org/FailedActionStatus"
_ENGINE = "urn:rhflow:engine"
_LANGUAGE = "#rhflow"
_LICENSE = "#rights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What the metadata is made of."""

    run: str
    plan: Plan
    states: Mapping[str, TaskState]
    version: str
    """Of rhflow."""
    started: float
    ended: float
    workflow: str
    """Where the pipeline's text lies in the crate."""
    given: JsonObject
    """Inputs as somebody gave them."""
    outputs: Mapping[str, Resolved]
    files: tuple[PackedFile, ...]
    by_digest: Mapping[str, str] = field(default_factory=dict)
    """Bytes -> where they lie in the crate."""


def told_of(packed: Packed) -> Told:
    """Everything there is to tell of a run."""
    graph = _Graph(packed)
    return Told(
        spec=_SPEC,
        contexts=(_RUN_TERMS,),
        root=compact(graph.root()),
        language={"@id": _LANGUAGE, "name": "rhflow pipeline"},
        workflow=packed.workflow,
        files={name: compact(told) for name, told in graph.files()},
        others=tuple(map(compact, graph.others())),
    )


class _Graph:
    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._done = [
            task for task in packed.plan.tasks if packed.states[task.id].state in (State.DONE, State.FAILED)
        ]

    def others(self) -> Iterable[Entity]:
        """Every entity that is no file."""
        for profile, (name, version) in _PROFILES.items():
            yield {"@id": profile, "@type": "CreativeWork", "name": name, "version": version}
        yield {
            "@id": _LICENSE,
            "@type": "CreativeWork",
            "name": "No licence is given",
            "description": "Whoever made the run decides, within the terms of those who ran its models.",
        }
        yield from self._steps()
        yield from self._parameters()
        yield from self._tools()
        yield from self._run()
        for task in self._done:
            yield from self._action(task)

    def root(self) -> Entity:
        packed = self._packed
        return {
            "name": f"{packed.plan.pipeline}, run {packed.run}",
            "description": f"A run of the rhflow pipeline {packed.plan.pipeline} with everything it made.",
            "datePublished": moment(packed.ended),
            "license": ref(_LICENSE),
            "conformsTo": [ref(profile) for profile in _PROFILES],
            "mentions": [ref("#run"), *(ref(action_id(task)) for task in self._done)],
        }

    def _workflow(self, text: PackedFile) -> Entity:
        """What the pipeline's text is beyond a file."""
        return {
            "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
            "name": self._packed.plan.pipeline,
            "version": text.sha256[:12],
            "conformsTo": ref(_WORKFLOW_PROFILE),
            "input": [ref(f"#input/{quote(name)}") for name in self._packed.given],
            "output": [ref(f"#output/{quote(name)}") for name in self._output_values()],
            "hasPart": [ref(tool_id(uses)) for uses in self._models()],
            "step": [ref(f"#step/{quote(step)}") for step in self._asked_steps()],
        }

    def _asked_steps(self) -> dict[str, Task]:
        """Each step that came to an action, with the first task of it."""
        first: dict[str, Task] = {}
        for task in self._done:
            first.setdefault(task.step, task)
        return first

    def _steps(self) -> Iterable[Entity]:
        for number, (step, task) in enumerate(self._asked_steps().items(), 1):
            yield {
                "@id": f"#step/{quote(step)}",
                "@type": "HowToStep",
                "name": step,
                "position": str(number),
                "workExample": ref(tool_id(self._asked(task))),
            }

    def _parameters(self) -> Iterable[Entity]:
        for name, value in self._packed.given.items():
            yield from parameter("input", name, shown(value))
        for name, found in self._output_values().items():
            yield from parameter("output", name, found)

    def _output_values(self) -> dict[str, str | list[str]]:
        """Outputs as files of the crate, or as text; those that are not there are left out."""
        found: dict[str, str | list[str]] = {}
        for name, value in self._packed.outputs.items():
            files = [self._packed.by_digest[leaf.sha256] for leaf in _blobs(value) if self._has(leaf)]
            if files:
                found[name] = files
            elif value is not None:
                found[name] = shown(to_json(value))
        return found

    def _asked(self, task: Task) -> str:
        """The model a task asked last."""
        state = self._packed.states[task.id]
        return state.model or task.ladder[state.rung].uses

    def _models(self) -> list[str]:
        return list(dict.fromkeys(self._asked(task) for task in self._done))

    def _tools(self) -> Iterable[Entity]:
        for uses in self._models():
            yield {
                "@id": tool_id(uses),
                "@type": "SoftwareApplication",
                "name": uses,
                "description": "A step on this machine."
                if uses.startswith("local/")
                else f"A hosted model, asked through {self._packed.plan.provider}.",
            }
        yield {
            "@id": _ENGINE,
            "@type": "SoftwareApplication",
            "name": "rhflow",
            "softwareVersion": self._packed.version,
        }

    def _run(self) -> Iterable[Entity]:
        packed = self._packed
        over = (State.DONE, State.SKIPPED)
        is_done = all(packed.states[task.id].state in over for task in packed.plan.tasks)
        results = [
            name for value in self._output_values().values() if isinstance(value, list) for name in value
        ]
        values = [name for name, value in self._output_values().items() if isinstance(value, str)]
        yield {
            "@id": "#run",
            "@type": "CreateAction",
            "name": f"Run {packed.run} of {packed.plan.pipeline}",
            "description": f"Carried out by rhflow {packed.version} with {packed.plan.provider}.",
            "instrument": ref(file_id(packed.workflow)),
            "object": [ref(f"#input/{quote(name)}/value") for name in packed.given],
            "result": [
                *(ref(file_id(name)) for name in dict.fromkeys(results)),
                *(ref(f"#output/{quote(name)}/value") for name in values),
            ],
            "startTime": moment(packed.started),
            "endTime": moment(packed.ended),
            "actionStatus": _DONE if is_done else _FAILED,
        }
        yield {
            "@id": "#orchestration",
            "@type": "OrganizeAction",
            "name": f"rhflow {packed.version} at work",
            "instrument": ref(_ENGINE),
            "object": [ref(control_id(task)) for task in self._done],
            "result": ref("#run"),
            "startTime": moment(packed.started),
            "endTime": moment(packed.ended),
        }

    def _action(self, task: Task) -> Iterable[Entity]:
        """One task: the step that asked for it, and what the model did."""
        packed, state = self._packed, self._packed.states[task.id]
        yield {
            "@id": control_id(task),
            "@type": "ControlAction",
            "name": f"Orchestrate {task.id}",
            "instrument": ref(f"#step/{quote(task.step)}"),
            "object": ref(action_id(task)),
        }
        artifacts = [Artifact.from_json(as_object(item, "an artifact")) for item in state.artifacts]
        made = [packed.by_digest[item.sha256] for item in artifacts if item.sha256 in packed.by_digest]
        uses = self._asked(task)
        told: Entity = {
            "@id": action_id(task),
            "@type": "CreateAction",
            "name": task.label or task.id,
            "description": _what_happened(state, uses),
            "instrument": ref(tool_id(uses)),
            "object": [
                *(ref(file_id(name)) for name in self._inputs_of(task)),
                ref(f"#request/{quote(task.id)}"),
            ],
            "result": [ref(file_id(name)) for name in dict.fromkeys(made)],
            "startTime": moment(state.started or packed.started),
            "endTime": moment(state.ended or packed.ended),
            "actionStatus": _DONE if state.state is State.DONE else _FAILED,
        }
        if state.failure is not None and state.state is State.FAILED:
            told["error"] = state.failure.message
        yield {
            "@id": f"#request/{quote(task.id)}",
            "@type": "PropertyValue",
            "name": "key",
            "value": state.key or "",
        }
        own = [item for item in state.purchases if not item.adopted]
        cost = sum_of(charge_of(item.usage, item.currency) for item in own)
        for currency, amount in list(cost.items())[:1]:
            told["resourceUsage"] = [ref(f"#cost/{quote(task.id)}")]
            yield {
                "@id": f"#cost/{quote(task.id)}",
                "@type": "PropertyValue",
                "name": "cost",
                "propertyID": "https://schema.org/price",
                "value": plain(amount),
                "unitCode": currency,
            }
        yield told

    def _inputs_of(self, task: Task) -> list[str]:
        """Files it was made from, as far as they are in the crate."""
        before = [item.task for item in refs_in(task.arguments) if item.task in self._packed.states]
        found = [
            Artifact.from_json(as_object(item, "an artifact")).sha256
            for name in before
            for item in self._packed.states[name].artifacts
        ]
        for _, leaf in walk(task.arguments):
            if isinstance(leaf, FileMedia | UrlMedia) and leaf.sha256:
                found.append(leaf.sha256)
        return list(
            dict.fromkeys(self._packed.by_digest[item] for item in found if item in self._packed.by_digest)
        )

    def files(self) -> Iterable[tuple[str, Entity]]:
        """Every file by its name."""
        realizes: dict[str, list[str]] = {}
        for name, value in self._output_values().items():
            for file in value if isinstance(value, list) else []:
                realizes.setdefault(file, []).append(f"#output/{quote(name)}")
        for item in self._packed.files:
            told = file_properties(item)
            if item.name == self._packed.workflow:
                told |= self._workflow(item)
            if item.name == README:
                told["about"] = ref("./")
            if item.name in realizes:
                told["exampleOfWork"] = [ref(name) for name in realizes[item.name]]
            yield item.name, told

    def _has(self, leaf: BlobMedia) -> bool:
        return leaf.sha256 in self._packed.by_digest


def _blobs(value: Resolved) -> list[BlobMedia]:
    return [leaf for _, leaf in walk(value) if isinstance(leaf, BlobMedia)]


def _what_happened(state: TaskState, uses: str) -> str:
    if state.cached and state.origin is not None:
        return f"The result of {uses} was there already: run {state.origin[0]} had made it."
    if state.state is State.FAILED:
        return f"{uses} was asked, and it failed."
    return f"Made by {uses}."
