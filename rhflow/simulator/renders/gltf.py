"""Binary glTF 2.0, written by hand: one mesh of indexed triangles, with a texture or colours by vertex."""

from __future__ import annotations

import json
import math
import struct
import sys
from array import array
from dataclasses import dataclass, field
from typing import TypeAlias

from rhflow.simulator.renders.colour import Rgb

Vector: TypeAlias = tuple[float, float, float]
_FLOAT, _INT, _BYTE = 5126, 5125, 5121
_VERTICES, _INDEXES = 34962, 34963


@dataclass(slots=True)
class Mesh:
    """Corners, and the triangles between them, anticlockwise seen from outside; y is up, z towards us."""

    points: list[Vector] = field(default_factory=list)
    triangles: list[tuple[int, int, int]] = field(default_factory=list)
    places: list[tuple[float, float]] = field(default_factory=list)
    """Of each corner, where it is in the texture: 0, 0 is its upper left corner."""
    colours: list[Rgb] = field(default_factory=list)
    texture: bytes | None = None
    """A PNG or JPEG file."""
    roughness: float = 0.85
    metal: float = 0.0

    def corner(
        self, point: Vector, place: tuple[float, float] | None = None, colour: Rgb | None = None
    ) -> int:
        """Add a corner; its number."""
        self.points.append(point)
        if place is not None:
            self.places.append(place)
        if colour is not None:
            self.colours.append(colour)
        return len(self.points) - 1

    def face(self, *corners: int) -> None:
        """Add a polygon as a fan of triangles."""
        for index in range(1, len(corners) - 1):
            self.triangles.append((corners[0], corners[index], corners[index + 1]))


def glb(mesh: Mesh) -> bytes:
    """The file. Normals are smooth where triangles share a corner, flat where they do not."""
    body = _Body()
    attributes = {
        "POSITION": body.floats(mesh.points, with_limits=True),
        "NORMAL": body.floats(normals(mesh)),
    }
    if mesh.texture is not None:
        attributes["TEXCOORD_0"] = body.floats(mesh.places)
    elif mesh.colours:
        attributes["COLOR_0"] = body.colours(mesh.colours)
    indexes = body.indexes(mesh.triangles)
    surface: dict[str, object] = {"metallicFactor": mesh.metal, "roughnessFactor": mesh.roughness}
    document: dict[str, object] = {
        "asset": {"version": "2.0", "generator": "rhflow simulator"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "model"}],
        "meshes": [
            {"primitives": [{"attributes": attributes, "indices": indexes, "material": 0, "mode": 4}]}
        ],
    }
    if mesh.texture is not None:
        kind = "image/png" if mesh.texture.startswith(b"\x89PNG") else "image/jpeg"
        document["images"] = [{"bufferView": body.held(mesh.texture), "mimeType": kind}]
        document["samplers"] = [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}]
        document["textures"] = [{"source": 0, "sampler": 0}]
        surface["baseColorTexture"] = {"index": 0}
    document["materials"] = [{"pbrMetallicRoughness": surface, "doubleSided": True}]
    document["buffers"] = [{"byteLength": len(body.data)}]
    document["bufferViews"] = body.views
    document["accessors"] = body.accessors
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    data = bytes(body.data) + b"\0" * (-len(body.data) % 4)
    chunks = (
        struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
    )
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


class _Body:
    """The binary part as it grows, and what is said of it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, int]] = []
        self.accessors: list[dict[str, object]] = []

    def held(self, piece: bytes, target: int | None = None) -> int:
        """A view of bytes, beginning at a multiple of four."""
        self.data += b"\0" * (-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(piece)}
        if target is not None:
            view["target"] = target
        self.data += piece
        self.views.append(view)
        return len(self.views) - 1

    def floats(self, rows: list[Vector] | list[tuple[float, float]], *, with_limits: bool = False) -> int:
        flat = array("f", [value for row in rows for value in row])
        width = len(rows[0]) if rows else 3
        accessor: dict[str, object] = {
            "bufferView": self.held(_little(flat), _VERTICES),
            "componentType": _FLOAT,
            "count": len(rows),
            "type": f"VEC{width}",
        }
        if with_limits:
            columns = [flat[axis::width] for axis in range(width)]
            accessor["min"] = [min(column) for column in columns]
            accessor["max"] = [max(column) for column in columns]
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def colours(self, colours: list[Rgb]) -> int:
        packed = bytes(part for colour in colours for part in (*map(linear, colour), 255))
        self.accessors.append(
            {
                "bufferView": self.held(packed, _VERTICES),
                "componentType": _BYTE,
                "normalized": True,
                "count": len(colours),
                "type": "VEC4",
            }
        )
        return len(self.accessors) - 1

    def indexes(self, triangles: list[tuple[int, int, int]]) -> int:
        flat = array("I", [corner for triangle in triangles for corner in triangle])
        self.accessors.append(
            {
                "bufferView": self.held(_little(flat), _INDEXES),
                "componentType": _INT,
                "count": len(flat),
                "type": "SCALAR",
            }
        )
        return len(self.accessors) - 1


def _little(values: array[float] | array[int]) -> bytes:
    """The bytes, the low one first, as glTF wants them."""
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def normals(mesh: Mesh) -> list[Vector]:
    """Of each corner, the mean of its triangles' normals by their areas."""
    sums = [[0.0, 0.0, 0.0] for _ in mesh.points]
    for triangle in mesh.triangles:
        a, b, c = (mesh.points[corner] for corner in triangle)
        first = (b[0] - a[0], b[1] - a[1], b[2] - a[2])
        second = (c[0] - a[0], c[1] - a[1], c[2] - a[2])
        cross = (
            first[1] * second[2] - first[2] * second[1],
            first[2] * second[0] - first[0] * second[2],
            first[0] * second[1] - first[1] * second[0],
        )
        for corner in triangle:
            held = sums[corner]
            held[0] += cross[0]
            held[1] += cross[1]
            held[2] += cross[2]
    found: list[Vector] = []
    for x, y, z in sums:
        length = math.sqrt(x * x + y * y + z * z)
        found.append((x / length, y / length, z / length) if length > 1e-12 else (0.0, 0.0, 1.0))
    return found


def linear(part: int) -> int:
    """From sRGB to linear light, as glTF wants vertex colours."""
    value = part / 255
    return round(255 * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4))
