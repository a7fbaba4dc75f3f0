"""The site's library of model files: what a node may load by name, and LoRAs of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from rhflow.ground.values import Json, JsonObject
from rhflow.providers.runninghub.calls.call import Call, in_envelope, mapping, records, text

ResourceType: TypeAlias = Literal["UNET", "CHECKPOINT", "LORA", "GGUF"]

MOST_ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Resource:
    """One model file: its title, and the name a node takes."""

    name: str
    file: str
    base_model: str


@dataclass(frozen=True, slots=True)
class LoraPlace:
    """Where a LoRA goes: its name for nodes, and the address to put it to; None where it is there already."""

    file: str
    address: str | None


def resources(
    kind: ResourceType,
    name: str = "",
    base_models: Sequence[str] = (),
    tags: Sequence[str] = (),
    page: int = 1,
    size: int = MOST_ON_A_PAGE,
) -> Call[list[Resource]]:
    """A page of the public model files (RunningHub API, resource list)."""
    bases: list[Json] = list(base_models)
    words: list[Json] = list(tags)
    body: JsonObject = {"resourceType": kind, "current": page, "size": min(size, MOST_ON_A_PAGE)}
    body |= ({"resourceName": name} if name else {}) | ({"baseModels": bases} if bases else {})
    body |= {"tags": words} if words else {}
    read = in_envelope(lambda data: [_resource(item) for item in records(data)])
    return Call("/openapi/v2/resource/list", read, body)


def lora_place(name: str, md5: str) -> Call[LoraPlace]:
    """Where to put a LoRA file (RunningHub API, LoRA upload); a known MD5 is not stored twice."""
    body: JsonObject = {"loraName": name, "md5Hex": md5}
    return Call("/api/openapi/getLoraUploadUrl", in_envelope(_lora_place), body, key="apiKey")


def _resource(item: dict[str, Any]) -> Resource:
    title = text(item.get("resourceName")) or text(item.get("name"))
    return Resource(title, text(item.get("nodeModelName")), text(item.get("baseModel")))


def _lora_place(data: Any) -> LoraPlace:
    told = mapping(data)
    file, address = text(told.get("fileName")), text(told.get("url"))
    if not file or (address and not address.startswith(("http://", "https://"))):
        raise ValueError("no place")
    return LoraPlace(file, address or None)
