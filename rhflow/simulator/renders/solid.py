"""From a flat figure to a body: its outline is kept, what is inside swells to the front and to the back."""

from __future__ import annotations

import io

from PIL import Image, ImageFilter

from rhflow.simulator.renders.gltf import Mesh
from rhflow.simulator.renders.still import Still
from rhflow.simulator.renders.subject import Figure

_TEXTURE = 640
"""The long edge of each half of the texture."""


def body(
    still: Still, figure: Figure, faces: int, back: Image.Image | None = None, deep: float = 0.55
) -> Mesh:
    """A closed mesh of about so many triangles, two units high; its texture is the picture, behind `back`.

    `deep` is how thick it is, against its width.
    """
    pad = max(2, round(max(figure.width, figure.height) * 0.04))
    left, top, right, bottom = figure.box
    box = (left - pad, top - pad, right + pad, bottom + pad)
    mask, skin = figure.mask.crop(box), still.picture.crop(box)
    cells = max(8.0, (faces / 4 / 0.6) ** 0.5)
    shape = mask.width / mask.height
    across, down = max(4, round(cells * shape**0.5)), max(4, round(cells / shape**0.5))
    grid = _Grid(mask, across, down, deep)
    mesh = Mesh(texture=_sheets(skin, mask, back))
    grid.raise_into(mesh)
    return mesh


def _sheets(skin: Image.Image, mask: Image.Image, back: Image.Image | None) -> bytes:
    """Front and back side by side; beyond the outline the figure's own colours go on."""
    scale = _TEXTURE / max(skin.size)
    size = (max(2, round(skin.width * scale)), max(2, round(skin.height * scale)))
    front = _bled(skin, mask).resize(size, Image.Resampling.LANCZOS)
    behind = (
        back.resize(size, Image.Resampling.LANCZOS)
        if back
        else front.filter(ImageFilter.GaussianBlur(size[0] / 90))
    )
    sheet = Image.new("RGB", (size[0] * 2, size[1]))
    sheet.paste(front, (0, 0))
    sheet.paste(behind, (size[0], 0))
    held = io.BytesIO()
    sheet.save(held, "PNG", compress_level=6)
    return held.getvalue()


def _bled(skin: Image.Image, mask: Image.Image) -> Image.Image:
    """The colours inside the outline spread outwards, so that no ground shows at the rim."""
    inner = mask.filter(ImageFilter.MinFilter(5)).point([255 if value > 160 else 0 for value in range(256)])
    layer = skin.convert("RGBA")
    layer.putalpha(inner)
    done = Image.new("RGBA", skin.size, (0, 0, 0, 0))
    held = layer.convert("RGBa")
    for radius in (64, 24, 10, 4, 2):
        soft = held.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        soft.putalpha(soft.getchannel("A").point([min(255, value * 40) for value in range(256)]))
        done.alpha_composite(soft)
    done.alpha_composite(layer)
    return done.convert("RGB")


class _Grid:
    """The outline on a grid: where its corners are inside, and how far they swell."""

    def __init__(self, mask: Image.Image, across: int, down: int, deep: float) -> None:
        self._across, self._down = across, down
        small = mask.resize((across + 1, down + 1), Image.Resampling.BOX)
        inside = bytearray(small.tobytes())
        for y in range(down + 1):  # nothing touches the rim, so that the body closes
            for x in range(across + 1):
                if x in {0, across} or y in {0, down}:
                    inside[y * (across + 1) + x] = 0
        self._inside = bytes(inside)
        self._high = _swelling(Image.frombytes("L", (across + 1, down + 1), self._inside), deep)
        self._step = 2.0 / down
        self._known: dict[tuple[int, int, int], int] = {}

    def raise_into(self, mesh: Mesh) -> None:
        """Both sides, joined along the outline."""
        for y in range(self._down):
            for x in range(self._across):
                ring = self._ring(x, y)
                if len(ring) < 3:
                    continue
                front = [self._corner(mesh, point, 1) for point in ring]
                behind = [self._corner(mesh, point, -1) for point in ring]
                mesh.face(*reversed(front))
                mesh.face(*behind)

    def _ring(self, x: int, y: int) -> list[tuple[float, float]]:
        """The part of a cell that is inside, clockwise in the picture."""
        corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
        values = [self._inside[b * (self._across + 1) + a] for a, b in corners]
        ring: list[tuple[float, float]] = []
        for index in range(4):
            here, there = corners[index], corners[(index + 1) % 4]
            value, after = values[index], values[(index + 1) % 4]
            if value > 127:
                ring.append((float(here[0]), float(here[1])))
            if (value > 127) != (after > 127):
                share = (127.5 - value) / (after - value)
                ring.append((here[0] + (there[0] - here[0]) * share, here[1] + (there[1] - here[1]) * share))
        return ring

    def _corner(self, mesh: Mesh, point: tuple[float, float], side: int) -> int:
        """The number of a corner; one for every place on a side, and one for both on the outline."""
        x, y = point
        is_rim = x != int(x) or y != int(y)
        key = (round(x * 4096), round(y * 4096), side)
        known = self._known.get(key)
        if known is not None:
            return known
        high = 0.0 if is_rim else self._high[int(y) * (self._across + 1) + int(x)]
        share = x / self._across
        place = (share / 2 if side > 0 else 0.5 + share / 2, y / self._down)
        where = ((x - self._across / 2) * self._step, (self._down / 2 - y) * self._step, side * high)
        self._known[key] = mesh.corner(where, place)
        return self._known[key]


def _swelling(inside: Image.Image, deep: float) -> list[float]:
    """How far each corner of the grid stands out: least at the outline, most in the middle of thick parts."""
    wide, high = inside.size
    total = [0.0] * (wide * high)
    for radius, weight in ((1.0, 0.3), (2.5, 0.3), (6.0, 0.25), (14.0, 0.15)):
        soft = inside.filter(ImageFilter.GaussianBlur(radius * high / 60)).tobytes()
        total = [
            held + weight * max(0.0, (value - 110) / 145) for held, value in zip(total, soft, strict=True)
        ]
    box = inside.getbbox() or (0, 0, wide, high)
    thick = min(box[2] - box[0], box[3] - box[1]) * (2.0 / (high - 1)) * deep / 2
    return [thick * max(0.004, value) ** 0.55 for value in total]
