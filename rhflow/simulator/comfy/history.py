"""Tasks as ComfyUI tells of them: in its queue, in its history, with the files it made."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.shelf import is_upload
from rhflow.simulator.task import Task
from rhflow.simulator.workflows.graph import BadGraph, Graph, read_graph
from rhflow.simulator.workflows.judge import outputs_of

_OURS = re.compile(r"[^/]*_([0-9]{19})_([0-9]{5})_\.([a-z0-9]+)")
_WORDS = {"mp4": "gifs", "webm": "gifs", "mov": "gifs", "gif": "gifs", "glb": "3d"}
_SOUNDS = ("mp3", "wav", "flac", "ogg", "opus", "m4a")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A task that came in by a proxy, with what it was asked for."""

    task: Task
    number: int
    """How many came before it."""
    arguments: JsonObject

    @property
    def id(self) -> str:
        return prompt_id(self.task)

    @property
    def client(self) -> str:
        """Who is told of its progress (`client_id`)."""
        return str(self.arguments.get("client_id") or "")

    @property
    def graph(self) -> Graph:
        """Nothing where it was too large to be kept."""
        try:
            return read_graph(self.arguments.get("graph"))
        except BadGraph:
            return {}

    def queued(self) -> list[Json]:
        """As the queue lists it: number, id, graph, what else was sent, the nodes that save."""
        sent = self.arguments.get("extra_data")
        extra: JsonObject = {**(sent if isinstance(sent, dict) else {})}
        if self.client:
            extra["client_id"] = self.client
        graph = self.arguments.get("graph", {})
        return [self.number, self.id, graph, extra, [*outputs_of(self.graph)]]

    def told(self, now: float) -> JsonObject:
        """As the history tells of one that has ended."""
        status = self.task.status(now)
        done = status == "SUCCESS"
        nodes = sorted({str(item.get("node")) for item in self.task.results}) if done else []
        return {
            "prompt": self.queued(),
            "outputs": self.outputs() if done else {},
            "status": {
                "status_str": "success" if done else "error",
                "completed": done,
                "messages": list(self._messages(status)),
            },
            "meta": {
                node: {"node_id": node, "display_node": node, "parent_node": None, "real_node_id": node}
                for node in nodes
            },
        }

    def outputs(self) -> JsonObject:
        """By node, what it made: files by name, folder and type, texts as they are."""
        found: dict[str, dict[str, list[Json]]] = {}
        graph = self.graph
        for number, item in enumerate(self.task.results):
            node, suffix = str(item.get("node") or ""), str(item["type"])
            word = "text" if item["name"] is None else _word_of(suffix)
            made: Json = item["text"]
            if item["name"] is not None:
                name = f"{_prefix(graph, node)}_{self.task.id}_{number:05}_.{suffix}"
                made = {"filename": name, "subfolder": "", "type": "output"}
            found.setdefault(node, {}).setdefault(word, []).append(made)
        return {node: {word: list(items) for word, items in words.items()} for node, words in found.items()}

    def _messages(self, status: str) -> Iterator[Json]:
        begun, ended = (round(at * 1000) for at in (self.task.queued_until, self.task.due_at))
        start: JsonObject = {"prompt_id": self.id, "timestamp": begun}
        end: JsonObject = {"prompt_id": self.id, "timestamp": ended}
        yield ["execution_start", start]
        yield ["execution_cached", {"nodes": [], **start}]
        match status:
            case "SUCCESS":
                yield ["execution_success", end]
            case "CANCEL":
                yield ["execution_interrupted", {**end, "node_id": None, "node_type": None, "executed": []}]
            case _:
                yield ["execution_error", {**end, **failure(self.task)}]


def prompt_id(task: Task) -> str:
    """ComfyUI's name of a task: a UUID."""
    return str(uuid.UUID(hex=task.client_id))


def failure(task: Task) -> JsonObject:
    """Why it failed, field by field."""
    reason = task.reason
    return {
        "node_id": reason.get("node_id"),
        "node_type": reason.get("node_name"),
        "executed": [],
        "exception_message": reason.get("exception_message") or task.message,
        "exception_type": reason.get("exception_type") or "RuntimeError",
        "traceback": reason.get("traceback") or [],
        "current_inputs": reason.get("current_inputs") or {},
        "current_outputs": [],
    }


def file_behind(name: str, folder: str, kind: str) -> str | None:
    """The file on the shelf that `/view` means; None where there can be none."""
    whole = f"{folder}/{name}" if folder else name
    if kind == "input":
        return whole if is_upload(whole) else None
    found = _OURS.fullmatch(whole)
    return f"output/{found[1]}/{int(found[2])}.{found[3]}" if found else None


def task_behind(name: str) -> str | None:
    """The task that made a file of that name."""
    found = _OURS.fullmatch(name)
    return found[1] if found else None


def _word_of(suffix: str) -> str:
    return "audio" if suffix in _SOUNDS else _WORDS.get(suffix, "images")


def _prefix(graph: Graph, node: str) -> str:
    """What the saving node calls its files."""
    said = graph[node].inputs.get("filename_prefix") if node in graph else None
    return re.sub(r"[^A-Za-z0-9-]+", "-", said)[:40] if isinstance(said, str) and said else "ComfyUI"
