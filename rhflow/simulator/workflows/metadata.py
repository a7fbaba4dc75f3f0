"""The workflow inside a picture: PNG text chunks `prompt` and `workflow`, as ComfyUI writes them."""

from __future__ import annotations

import json
import struct
import zlib

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.workflows.graph import Graph, graph_json, link_of

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def metadata_of(graph: Graph, workflow_id: str) -> JsonObject:
    """What is written: the graph in API form, and in the editor's, so that it can be dropped onto it."""
    return {"prompt": graph_json(graph), "workflow": _editor_form(graph, workflow_id)}


def written_into(png: bytes, texts: JsonObject) -> bytes:
    """The picture with these texts in it; bytes that are no PNG stay as they are."""
    if not png.startswith(_SIGNATURE):
        return png
    after_header = 8 + 25  # the signature; length, name, 13 bytes and checksum of IHDR
    chunks = b"".join(_text(name, json.dumps(value)) for name, value in texts.items())
    return png[:after_header] + chunks + png[after_header:]


def _text(keyword: str, text: str) -> bytes:
    """A tEXt chunk; `json.dumps` leaves nothing but ASCII."""
    body = b"tEXt" + keyword.encode("latin-1") + b"\0" + text.encode("ascii")
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _editor_form(graph: Graph, workflow_id: str) -> JsonObject:
    nodes: list[Json] = []
    links: list[Json] = []
    numbers = {name: number for number, name in enumerate(graph, 1)}
    for name, node in graph.items():
        wired: list[Json] = []
        for slot, (field, (source, output)) in enumerate(node.links()):
            links.append([len(links) + 1, numbers.get(source, 0), output, numbers[name], slot, "*"])
            wired.append({"name": field, "type": "*", "link": len(links)})
        nodes.append(
            {
                "id": numbers[name],
                "type": node.class_type,
                "title": node.title or node.class_type,
                "pos": [260 * (numbers[name] - 1), 0],
                "inputs": wired,
                "widgets_values": [value for value in node.inputs.values() if link_of(value) is None],
            }
        )
    return {"id": workflow_id, "version": 0.4, "nodes": nodes, "links": links}
