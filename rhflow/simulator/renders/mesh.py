"""Things in three dimensions: a body out of a picture's figure, a relief of a place, an island of words."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TypeAlias

from PIL import Image, ImageFilter, ImageOps

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import palette, picture, scene, solid, words
from rhflow.simulator.renders.colour import Rgb, lighter, mix
from rhflow.simulator.renders.dice import Dice, Wave
from rhflow.simulator.renders.gltf import Mesh, Vector, glb
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still

Face: TypeAlias = tuple[tuple[Vector, Vector, Vector], Rgb]
_CLAY: Rgb = (196, 192, 186)
_PAINTED = (768, 768)


def render(request: Request) -> list[Rendered]:
    """The figure of the picture, or of the words, as a body; where there is none, the place."""
    files = [file for file in request.media() if "texture" not in _parameter(request, file).lower()]
    faces = _faces(request)
    if files:
        mesh = _of_pictures(request, files, faces)
    else:
        painted = picture.paint(words.read(request.prompt), _PAINTED, request.dice)
        mesh = _of_still(painted, faces) if painted.figures else island(request.prompt, request.dice)
    if _is_plain(request):
        mesh.texture, mesh.places = None, []
        mesh.colours = [_CLAY] * len(mesh.points)
    if request.flag("enablePbr"):
        mesh.roughness, mesh.metal = 0.45, 0.1
    path = request.folder / "model-1.glb"
    path.write_bytes(glb(mesh))
    return [Rendered(str(path), "glb")]


def _faces(request: Request) -> int:
    """How many triangles were asked for, in the bounds of what is quick to make."""
    asked = request.number("faceCount", "targetPolycount", "face")
    return max(200, min(24_000, round(asked))) if asked and asked > 0 else 12_000


def _is_plain(request: Request) -> bool:
    """Is only the shape wanted?"""
    return (
        request.declined("shouldTexture")
        or request.text("requestType") == "mesh"
        or request.text("generateType") == "Geometry"
    )


def _parameter(request: Request, file: Path) -> str:
    return next((name for name, files in request.order.media.items() if str(file) in files), "")


def _of_pictures(request: Request, files: list[Path], faces: int) -> Mesh:
    """A mesh of the front picture; one of the back gives the back, one of a side says how thick it is."""
    views = {_parameter(request, file).lower(): picture.open_still(file) for file in reversed(files)}
    back = next((still for name, still in views.items() if name.startswith("back")), None)
    side = next(
        (
            still
            for name, still in views.items()
            if name.startswith(("left", "right")) and "front" not in name
        ),
        None,
    )
    front = picture.open_still(files[0])
    return _of_still(front, faces, back, side)


def _of_still(still: Still, faces: int, back: Still | None = None, side: Still | None = None) -> Mesh:
    known = still.studied()
    figures = [one for one in known.figures or () if one.share > 0.004]
    if not figures:
        return relief(known.picture, faces)
    figure = max(figures, key=lambda one: one.share * one.clear)
    deep = 0.55
    if side is not None and (seen := side.studied()).figures:
        shown = seen.figures[0]
        deep = min(2.0, max(0.2, shown.width / shown.height / (figure.width / figure.height)))
    behind = None
    if back is not None:
        turned = back.studied()
        cut = turned.picture.crop(turned.figures[0].box) if turned.figures else turned.picture
        behind = ImageOps.mirror(cut)
    return solid.body(known, figure, faces, behind, deep)


def relief(still: Image.Image, faces: int = 6000) -> Mesh:
    """The picture as a landscape that stands up: light parts come forward, the texture is the picture."""
    cells = (faces / 2) ** 0.5
    shape = still.width / still.height
    across, down = max(4, round(cells * shape**0.5)), max(4, round(cells / shape**0.5))
    soft = ImageOps.autocontrast(still.convert("L")).filter(ImageFilter.GaussianBlur(max(still.size) / 120))
    heights = soft.resize((across + 1, down + 1), Image.Resampling.BOX).tobytes()
    small = still.copy()
    small.thumbnail((1024, 1024), Image.Resampling.LANCZOS)
    held = io.BytesIO()
    small.save(held, "JPEG", quality=90)
    mesh = Mesh(texture=held.getvalue())
    step = 2.0 / down
    for y in range(down + 1):
        for x in range(across + 1):
            point = (
                (x - across / 2) * step,
                (down / 2 - y) * step,
                heights[y * (across + 1) + x] / 255 * 0.35,
            )
            mesh.corner(point, (x / across, y / down))
    for y in range(down):
        for x in range(across):
            corner = y * (across + 1) + x
            mesh.face(corner, corner + across + 1, corner + across + 2, corner + 1)
    return mesh


def island(prompt: str, dice: Dice) -> Mesh:
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
    return _flat(faces)


def _flat(faces: list[Face]) -> Mesh:
    """Triangles that share no corner, so that each has one shade."""
    mesh = Mesh(roughness=0.9)
    for corners, colour in faces:
        mesh.face(*(mesh.corner(point, None, colour) for point in corners))
    return mesh


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


def write_small(path: Path, dice: Dice) -> None:
    """A single coloured pyramid, different for different dice."""
    tone = (dice.whole(0, 255), dice.whole(0, 255), dice.whole(0, 255))
    path.write_bytes(glb(_flat(_tree((0.0, 0.0, 0.0), dice.between(0.5, 1.5), tone))))
