"""What a machine says of itself: its nodes, its models, its memory."""

from __future__ import annotations

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.workflows.node import InputKind, NodeKind, node_kinds

_GB = 1024**3
_FOLDERS = {"CHECKPOINT": "checkpoints", "UNET": "diffusion_models", "LORA": "loras", "GGUF": "unet_gguf"}
_WRITTEN = {"IMAGE_FILE": "image_upload", "VIDEO_FILE": "video_upload", "AUDIO_FILE": "audio_upload"}


def object_info(only: str | None = None) -> JsonObject:
    """Every class of nodes, or one; nothing for one that is not known."""
    kinds = node_kinds()
    chosen = kinds if only is None else {only: kinds[only]} if only in kinds else {}
    return {name: _node(kind) for name, kind in chosen.items()}


def system_stats(machine: str) -> JsonObject:
    """A machine of 24 GB, or of 48 (RunningHub API, native proxy); its versions are made up."""
    memory = (48 if machine == "plus" else 24) * _GB
    return {
        "system": {
            "os": "posix",
            "ram_total": 64 * _GB,
            "ram_free": 48 * _GB,
            "comfyui_version": "0.3.0-rhflow-simulator",
            "python_version": "3.11",
            "pytorch_version": "none",
            "embedded_python": False,
            "argv": ["main.py"],
        },
        "devices": [
            {
                "name": "cuda:0 simulated",
                "type": "cuda",
                "index": 0,
                "vram_total": memory,
                "vram_free": memory,
                "torch_vram_total": 0,
                "torch_vram_free": 0,
            }
        ],
    }


def folders() -> list[Json]:
    """The folders of models."""
    return [*_FOLDERS.values()]


def models_in(folder: str, known: list[JsonObject]) -> list[Json] | None:
    """The files of one of them; None where there is no such folder."""
    if folder not in _FOLDERS.values():
        return None
    return [item["nodeModelName"] for item in known if _FOLDERS.get(str(item["type"])) == folder]


def _node(kind: NodeKind) -> JsonObject:
    groups = {"required": kind.inputs, "optional": kind.optional}
    return {
        "input": {
            group: {name: _input(item) for name, item in inputs.items()} for group, inputs in groups.items()
        },
        "input_order": {group: [*inputs] for group, inputs in groups.items()},
        "output": [*kind.outputs],
        "output_is_list": [False for _ in kind.outputs],
        "output_name": [*kind.outputs],
        "name": kind.name,
        "display_name": kind.name,
        "description": "",
        "python_module": "nodes",
        "category": kind.act,
        "output_node": kind.is_output,
    }


def _input(kind: InputKind) -> list[Json]:
    """A type and its limits; of a choice the choices in place of the type."""
    if kind.type == "COMBO":
        return [[*kind.options]]
    if kind.type in _WRITTEN:
        return [[], {_WRITTEN[kind.type]: True}]
    if kind.type == "LORA_FILE":
        return [[]]
    limits: JsonObject = {
        name: value for name, value in (("min", kind.min), ("max", kind.max)) if value is not None
    }
    return [kind.type, limits] if limits else [kind.type]
