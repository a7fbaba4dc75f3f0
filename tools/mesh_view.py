"""A picture of a mesh: binary glTF as the simulator makes it, lit from one side, nearest faces last."""

from __future__ import annotations

import io
import json
import math
import struct
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageDraw

Numbers: TypeAlias = tuple[float, ...]
_LIGHT = (0.4, 0.5, 0.75)
_DIM = 0.45
"""What a face shows that is turned away from the light."""


@dataclass(frozen=True)
class Mesh:
    """Points, three corners to a face, and what colours each point: a place on the skin, or a tone."""

    points: list[Numbers]
    corners: list[int]
    tones: list[Numbers]
    skin: Image.Image | None
    places: list[Numbers]

    def tone(self, corner: int) -> Numbers:
        """Red, green and blue there, from 0 to 255."""
        if self.skin is None:
            return self.tones[corner][:3]
        across, down = self.places[corner][:2]
        at = (
            min(self.skin.width - 1, int(across * self.skin.width)),
            min(self.skin.height - 1, int(down * self.skin.height)),
        )
        tone = self.skin.getpixel(at)
        assert isinstance(tone, tuple)
        return tone[:3]


def read_mesh(data: bytes) -> Mesh:
    """The first mesh of a binary glTF of ours."""
    length = struct.unpack_from("<I", data, 12)[0]
    document, body = json.loads(data[20 : 20 + length]), data[28 + length :]

    def piece(view: int) -> bytes:
        told = document["bufferViews"][view]
        return body[told["byteOffset"] : told["byteOffset"] + told["byteLength"]]

    def numbers(accessor: int, form: str) -> list[Numbers]:
        return list(struct.iter_unpack(f"<{form}", piece(document["accessors"][accessor]["bufferView"])))

    told = document["meshes"][0]["primitives"][0]
    named = told["attributes"]
    points = numbers(named["POSITION"], "3f")
    corners = [int(one[0]) for one in numbers(told["indices"], "I")]
    skin, places = None, list[Numbers]()
    tones: list[Numbers] = [(200, 200, 200)] * len(points)
    if "TEXCOORD_0" in named:
        skin = Image.open(io.BytesIO(piece(document["images"][0]["bufferView"]))).convert("RGB")
        places = numbers(named["TEXCOORD_0"], "2f")
    elif "COLOR_0" in named:
        tones = [tuple(255 * (part / 255) ** 0.45 for part in one) for one in numbers(named["COLOR_0"], "4B")]
    return Mesh(points, corners, tones, skin, places)


def view_of(data: bytes, turn: float, size: int = 180) -> Image.Image:
    """It, seen from the front and turned about its upright axis by `turn` radians; `size` pixels each way."""
    mesh = read_mesh(data)
    cos, sin = math.cos(turn), math.sin(turn)
    reach = max(abs(part) for point in mesh.points for part in point) * 1.1
    seen = [(x * cos + z * sin, y, z * cos - x * sin) for x, y, z in mesh.points]
    faces = zip(mesh.corners[0::3], mesh.corners[1::3], mesh.corners[2::3], strict=True)
    sheet = Image.new("RGB", (size, size), (230, 230, 235))
    draw = ImageDraw.Draw(sheet)
    for face in sorted(faces, key=lambda face: sum(seen[at][2] for at in face)):
        light = _light(*(seen[at] for at in face))
        if light is None:
            continue
        shape = [((seen[at][0] / reach + 1) / 2 * size, (1 - seen[at][1] / reach) / 2 * size) for at in face]
        draw.polygon(shape, fill=tuple(round(part * light) for part in mesh.tone(face[0])))
    return sheet


def _light(a: Numbers, b: Numbers, c: Numbers) -> float | None:
    """How bright a face is, from 0 to 1; None where its back is seen."""
    along, beside = ([end - start for start, end in zip(a, other, strict=True)] for other in (b, c))
    normal = (
        along[1] * beside[2] - along[2] * beside[1],
        along[2] * beside[0] - along[0] * beside[2],
        along[0] * beside[1] - along[1] * beside[0],
    )
    if normal[2] < 0:
        return None
    long = math.hypot(*normal) or 1.0
    facing = sum(part * light for part, light in zip(normal, _LIGHT, strict=True)) / long
    return _DIM + (1.0 - _DIM) * max(0.0, facing)
