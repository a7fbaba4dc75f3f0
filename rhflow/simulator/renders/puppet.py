"""A figure cut out of its picture, that can take poses: bend, stretch, hop, open its mouth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from rhflow.simulator.renders.subject import Figure

ROWS = 8
"""Into how many bands from head to foot a figure is cut when it takes a pose."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a figure is and how it holds itself, measured against how it was found."""

    x: float = 0.0
    """Pixels to the right."""
    y: float = 0.0
    """Pixels down."""
    tall: float = 1.0
    wide: float = 1.0
    lean: float = 0.0
    """How far the head is to the right of the feet, in heights of the figure."""
    shifts: tuple[float, ...] = ()
    """Bands from head to foot, moved to the right, in heights of the figure."""
    widths: tuple[float, ...] = ()
    """Bands from head to foot, made wider."""
    mouth: float = 0.0
    """How far it is open, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Mouth:
    """Where a mouth is in a picture, in pixels: its middle, and half its width."""

    x: float
    y: float
    half: float


class Puppet:
    """One figure; `stand` puts it onto a canvas in a pose. Stretching leaves its feet where they are."""

    def __init__(self, picture: Image.Image, figure: Figure, mouth: Mouth | None = None) -> None:
        left, top, right, bottom = figure.box
        pad = 3
        box = (
            max(0, left - pad),
            max(0, top - pad),
            min(picture.width, right + pad),
            min(picture.height, bottom + pad),
        )
        self.sheet = picture.crop(box).convert("RGBA")
        self.sheet.putalpha(figure.mask.crop(box))
        self.corner = (box[0], box[1])
        self._mouth = Mouth(mouth.x - box[0], mouth.y - box[1], mouth.half) if mouth else None

    @property
    def foot(self) -> tuple[float, float]:
        return self.corner[0] + self.sheet.width / 2, self.corner[1] + float(self.sheet.height)

    def stand(self, canvas: Image.Image, pose: Pose) -> None:
        """Paint it into the RGB canvas."""
        wide, high = self.sheet.size
        shifts = [
            _band(pose.shifts, index / ROWS) * high + pose.lean * high * (1 - index / ROWS)
            for index in range(ROWS + 1)
        ]
        widths = [max(0.2, _band(pose.widths, index / ROWS, 1.0) * pose.wide) for index in range(ROWS + 1)]
        tall = max(0.2, pose.tall)
        half = max(abs(shift) + wide / 2 * factor for shift, factor in zip(shifts, widths, strict=True)) + 2
        foot_x, foot_y = self.foot[0] + pose.x, self.foot[1] + pose.y
        left, right = math.floor(foot_x - half), math.ceil(foot_x + half)
        top, bottom = math.floor(foot_y - high * tall) - 1, math.ceil(foot_y) + 1
        size = (right - left, bottom - top)
        if size[0] > 4 * canvas.width or size[1] > 4 * canvas.height:
            return
        mesh = []
        for index in range(ROWS):
            corners = []
            edges = (
                foot_y - high * tall * (1 - index / ROWS) - top,
                foot_y - high * tall * (1 - (index + 1) / ROWS) - top,
            )
            rows = [round(edge) for edge in edges]
            if index == 0:
                rows[0] = 0
            if index == ROWS - 1:
                rows[1] = size[1]
            if rows[1] <= rows[0]:
                continue
            for at in rows:
                share = 1 - (foot_y - top - at) / (high * tall)
                inner = min(1.0, max(0.0, share)) * ROWS
                band, part = min(ROWS - 1, int(inner)), inner - min(ROWS - 1, int(inner))
                shift = shifts[band] + (shifts[band + 1] - shifts[band]) * part
                factor = widths[band] + (widths[band + 1] - widths[band]) * part
                from_left = wide / 2 + (left - foot_x - shift) / factor
                corners.append((from_left, from_left + size[0] / factor, share * high))
            (upper_left, upper_right, upper), (lower_left, lower_right, lower) = corners
            quad = (upper_left, upper, lower_left, lower, lower_right, lower, upper_right, upper)
            mesh.append(((0, rows[0], size[0], rows[1]), quad))
        sheet = (
            opened(self.sheet, self._mouth, pose.mouth) if self._mouth and pose.mouth > 0.02 else self.sheet
        )
        posed = sheet.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
        canvas.paste(posed, (left, top), posed)


def _band(values: tuple[float, ...], share: float, plain: float = 0.0) -> float:
    """The value at a share of the way from head to foot, between the bands' own."""
    if not values:
        return plain
    at = min(max(share * len(values) - 0.5, 0.0), len(values) - 1.0)
    low = min(int(at), len(values) - 1)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def opened(sheet: Image.Image, mouth: Mouth, share: float) -> Image.Image:
    """The sheet with its mouth open: the chin goes down, a dark gap shows."""
    half = mouth.half
    gap = share * half * 0.95
    box = (
        round(mouth.x - half * 1.5),
        round(mouth.y - half * 1.2),
        round(mouth.x + half * 1.5),
        round(mouth.y + half * 2.6),
    )
    patch = sheet.crop(box)
    wide, high = patch.size
    lip = mouth.y - box[1]
    if wide < 4 or high < 4 or not 1 < lip < high - 2:
        return sheet
    level, chin = round(lip), round(min(high - 1.0, lip + half * 1.5))
    drop = min(gap, chin - level - 1.0)
    quads = [
        ((0, 0, wide, level), (0, 0, 0, level, wide, level, wide, 0)),
        ((0, level, wide, chin), (0, level - drop, 0, chin - drop, wide, chin - drop, wide, level - drop)),
        ((0, chin, wide, high), (0, chin - drop, 0, high, wide, high, wide, chin - drop)),
    ]
    moved = patch.transform(patch.size, Image.Transform.MESH, quads, Image.Resampling.BILINEAR)
    middle = (mouth.x - box[0], lip + gap * 0.42)
    draw = ImageDraw.Draw(moved)
    across, tall = half * (0.86 - 0.2 * share), max(1.0, gap * 0.62)
    draw.ellipse((middle[0] - across, middle[1] - tall, middle[0] + across, middle[1] + tall), fill=_LIPS)
    inner = (
        middle[0] - across * 0.86,
        middle[1] - tall * 0.76,
        middle[0] + across * 0.86,
        middle[1] + tall * 0.76,
    )
    draw.ellipse(inner, fill=_DARK)
    if gap > half * 0.3:
        teeth = (
            middle[0] - across * 0.5,
            middle[1] - tall * 0.72,
            middle[0] + across * 0.5,
            middle[1] - tall * 0.38,
        )
        draw.rounded_rectangle(teeth, tall * 0.2, fill=_TEETH)
    soft = Image.new("L", patch.size)
    ImageDraw.Draw(soft).ellipse((wide * 0.06, high * 0.04, wide * 0.94, high * 0.98), fill=255)
    soft = soft.filter(ImageFilter.GaussianBlur(half * 0.22))
    done = sheet.copy()
    done.paste(moved, box[:2], ImageChops.multiply(soft, patch.getchannel("A")))
    return done


_LIPS, _DARK, _TEETH = (150, 66, 66, 255), (48, 16, 22, 255), (240, 234, 228, 255)
