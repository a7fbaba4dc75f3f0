"""Things in three dimensions, as binary glTF 2.0 written by hand: flat-shaded, coloured by vertex."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageOps

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import palette, picture, scene, words
from rhflow.simulator.renders.colour import Rgb, lighter, mix
from rhflow.simulator.renders.dice import Dice, Wave
from rhflow.simulator.renders.request import Request

Vector: TypeAlias = tuple[float, float, float]
Face: TypeAlias = tuple[tuple[Vector, Vector, Vector], Rgb]


def render(request: Request) -> list[Rendered]:
    """A relief of the given picture, or a small island out of words."""
    files = request.media()
    faces = relief(picture.open_picture(files[0])) if files else island(request.prompt, request.dice)
    path = request.folder / "model-1.glb"
    path.write_bytes(glb(faces))
    return [Rendered(str(path), "glb")]


def relief(still: Image.Image, cells: int = 56) -> list[Face]:
    """The picture as a landscape: light parts stand out; every facet has the colour it shows."""
    across = cells if still.width >= still.height else max(4, round(cells * still.width / still.height))
    down = cells if still.height > still.width else max(4, round(cells * still.height / still.width))
    colours = still.convert("RGB").resize((across, down), Image.Resampling.BOX)
    heights = ImageOps.autocontrast(still.convert("L").resize((across + 1, down + 1), Image.Resampling.BOX))
    size = 2.0 / max(across, down)

    def point(x: int, y: int) -> Vector:
        value = heights.getpixel((x, y))
        assert isinstance(value, int | float)
        return (x - across / 2) * size, value / 255 * 0.35, (y - down / 2) * size

    faces: list[Face] = []
    for y in range(down):
        for x in range(across):
            pixel = colours.getpixel((x, y))
            assert isinstance(pixel, tuple)
            colour = (int(pixel[0]), int(pixel[1]), int(pixel[2]))
            corners = point(x, y), point(x, y + 1), point(x + 1, y + 1), point(x + 1, y)
            faces += [
                ((corners[0], corners[1], corners[2]), colour),
                ((corners[0], corners[2], corners[3]), colour),
            ]
    return faces


def island(prompt: str, dice: Dice) -> list[Face]:
    """A floating piece of land in the colours of the words, with low-poly trees."""
    reading = words.read(prompt)
    setting = scene.choose_setting(reading, dice.split("setting"))
    colours, _ = palette.choose(reading, setting, dice.split("palette"))
    wave = Wave(dice.split("island"), 3, 0.5)
    rings, spokes = 9, 26

    def ground(ring: int, spoke: int) -> Vector:
        turn = spoke / spokes * math.tau
        reach = (
            ring
            / rings
            * (1 + 0.12 * wave.at(math.cos(turn) * 1.7 + 3) + 0.08 * wave.at(math.sin(turn) * 2.3))
        )
        height = 0.28 * (1 - ring / rings) * (0.6 + 0.8 * wave.at(turn + ring)) + 0.02 * wave.at(
            ring * 5.1 + turn * 3
        )
        return reach * math.cos(turn), height, reach * math.sin(turn)

    faces: list[Face] = []
    top, rock = mix(colours.far, colours.accent, 0.12), mix(colours.near, (120, 104, 92), 0.5)
    for ring in range(rings):
        for spoke in range(spokes):
            after = (spoke + 1) % spokes
            a, b, c, d = (
                ground(ring, spoke),
                ground(ring, after),
                ground(ring + 1, after),
                ground(ring + 1, spoke),
            )
            tone = mix(top, lighter(colours.far, 0.4), (ring + spoke) % 3 * 0.12)
            faces += [((a, b, c), tone), ((a, c, d), tone)]
    tip: Vector = (0.05, -0.9, 0.02)
    for spoke in range(spokes):
        a, b = ground(rings, spoke), ground(rings, (spoke + 1) % spokes)
        low_a, low_b = (a[0] * 0.55, -0.42, a[2] * 0.55), (b[0] * 0.55, -0.42, b[2] * 0.55)
        tone = mix(rock, (0, 0, 0), 0.12 * (spoke % 2))
        faces += [
            ((a, b, low_b), tone),
            ((a, low_b, low_a), tone),
            ((low_a, low_b, tip), mix(tone, (0, 0, 0), 0.2)),
        ]
    for _ in range(dice.whole(7, 12)):
        turn, ring = dice.whole(0, spokes - 1), dice.whole(2, rings - 2)
        faces += _tree(ground(ring, turn), dice.between(0.16, 0.34), mix(colours.near, (60, 130, 80), 0.5))
    return faces


def _tree(foot: Vector, tall: float, leaf: Rgb) -> list[Face]:
    faces: list[Face] = []
    for low, high, wide, colour in (
        (0.0, 0.3, 0.045, (96, 68, 48)),
        (0.2, 0.66, 0.3, leaf),
        (0.48, 1.0, 0.22, lighter(leaf, 0.12)),
    ):
        top: Vector = (foot[0], foot[1] + tall * high, foot[2])
        ring: list[Vector] = [
            (
                foot[0] + math.cos(i / 6 * math.tau) * tall * wide,
                foot[1] + tall * low,
                foot[2] + math.sin(i / 6 * math.tau) * tall * wide,
            )
            for i in range(6)
        ]
        middle: Vector = (foot[0], foot[1] + tall * low, foot[2])
        for index in range(6):
            faces += [
                ((ring[(index + 1) % 6], ring[index], top), colour),
                ((ring[index], ring[(index + 1) % 6], middle), colour),
            ]
    return faces


def glb(faces: list[Face]) -> bytes:
    """Triangles as a GLB file: positions, flat normals, linear vertex colours."""
    positions, normals, colours = bytearray(), bytearray(), bytearray()
    lows, highs = [math.inf] * 3, [-math.inf] * 3
    for corners, colour in faces:
        normal = _normal(*corners)
        for corner in corners:
            single = struct.unpack("<3f", struct.pack("<3f", *corner))
            positions += struct.pack("<3f", *corner)
            normals += struct.pack("<3f", *normal)
            colours += struct.pack("<4B", *(_linear(part) for part in colour), 255)
            lows = [min(low, value) for low, value in zip(lows, single, strict=True)]
            highs = [max(high, value) for high, value in zip(highs, single, strict=True)]
    count = len(faces) * 3
    body = bytes(positions + normals + colours)
    starts = (0, len(positions), len(positions) + len(normals))
    lengths = (len(positions), len(normals), len(colours))
    document = {
        "asset": {"version": "2.0", "generator": "rhflow simulator"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "materials": [
            {"pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.9}, "doubleSided": True}
        ],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1, "COLOR_0": 2}, "material": 0}]}
        ],
        "buffers": [{"byteLength": len(body)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": start, "byteLength": length, "target": 34962}
            for start, length in zip(starts, lengths, strict=True)
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": count,
                "type": "VEC3",
                "min": lows,
                "max": highs,
            },
            {"bufferView": 1, "componentType": 5126, "count": count, "type": "VEC3"},
            {"bufferView": 2, "componentType": 5121, "normalized": True, "count": count, "type": "VEC4"},
        ],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    body += b"\0" * (-len(body) % 4)
    chunks = (
        struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(body), 0x004E4942) + body
    )
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _linear(part: int) -> int:
    """From sRGB to linear light, as glTF wants vertex colours."""
    value = part / 255
    return round(255 * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4))


def _normal(a: Vector, b: Vector, c: Vector) -> Vector:
    first = (b[0] - a[0], b[1] - a[1], b[2] - a[2])
    second = (c[0] - a[0], c[1] - a[1], c[2] - a[2])
    cross = (
        first[1] * second[2] - first[2] * second[1],
        first[2] * second[0] - first[0] * second[2],
        first[0] * second[1] - first[1] * second[0],
    )
    length = math.sqrt(sum(part * part for part in cross))
    return (cross[0] / length, cross[1] / length, cross[2] / length) if length > 1e-12 else (0.0, 1.0, 0.0)


def write_small(path: Path, dice: Dice) -> None:
    """A single coloured pyramid, different for different dice."""
    tone = (dice.whole(0, 255), dice.whole(0, 255), dice.whole(0, 255))
    path.write_bytes(glb(_tree((0.0, 0.0, 0.0), dice.between(0.5, 1.5), tone)))
