"""A still picture and the figures in it: what clips, cut-outs and meshes are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from rhflow.simulator.renders import subject
from rhflow.simulator.renders.subject import Figure


@dataclass(frozen=True, slots=True)
class Still:
    """An RGB picture without caption. `figures` is None where nobody has looked for them yet."""

    picture: Image.Image
    figures: tuple[Figure, ...] | None = None

    @property
    def shape(self) -> float:
        """Width by height."""
        return self.picture.width / self.picture.height

    def studied(self) -> Still:
        """The same with its figures: its painter's, else those that stand out."""
        if self.figures is not None:
            return self
        return Still(self.picture, tuple(subject.find(self.picture)))

    def fitted(self, size: tuple[int, int]) -> Still:
        """Cut to the shape of a size, around its figures where they are known, and brought to that size."""
        box = self._window(size)
        picture = self.picture.resize(size, Image.Resampling.LANCZOS, box=box)
        if self.figures is None:
            return Still(picture)
        kept = []
        for figure in self.figures:
            mask = figure.mask.resize(size, Image.Resampling.BICUBIC, box=box)
            if mask.point([255 if value > 127 else 0 for value in range(256)]).getbbox():
                kept.append(Figure.of(mask, figure.name, figure.clear))
        return Still(picture, tuple(kept))

    def _window(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """The largest part of that shape, in the middle, or as near to it as its figures let it be."""
        wide, high = self.picture.size
        scale = max(size[0] / wide, size[1] / high)
        across, down = min(float(wide), size[0] / scale), min(float(high), size[1] / scale)
        x, y = wide / 2, high / 2
        if self.figures:
            lefts, tops, rights, feet = zip(*(figure.box for figure in self.figures), strict=True)
            main = self.figures[0].box
            together = max(rights) - min(lefts) <= across and max(feet) - min(tops) <= down
            box = (min(lefts), min(tops), max(rights), max(feet)) if together else main
            x = min(max(x, box[2] - across / 2), box[0] + across / 2)
            y = min(max(y, box[3] - down / 2), box[1] + down / 2)
        left, top = min(max(0.0, x - across / 2), wide - across), min(max(0.0, y - down / 2), high - down)
        return left, top, left + across, top + down

    def has_plain_ground(self) -> bool:
        """Is there hardly anything but the figures? Then their edges are sure to be found."""
        if not self.figures:
            return False
        small = (64, max(2, round(64 / self.shape)))
        around = Image.new("L", small, 255)
        for figure in self.figures:
            around = ImageChops.subtract(around, figure.mask.resize(small, Image.Resampling.BOX))
        around = around.filter(ImageFilter.MinFilter(3)).point([0] * 250 + [255] * 6)
        if around.getbbox() is None:
            return False
        return max(ImageStat.Stat(self.picture.resize(small, Image.Resampling.BOX), around).stddev) < 24

    def bare(self) -> Image.Image:
        """The picture as it might be without its figures."""
        return without(self.picture, [figure.mask for figure in self.figures or ()])

    def alone(self) -> Image.Image:
        """The figures alone, RGBA, everything else transparent; the whole where nothing stands out."""
        known = self.studied()
        sheet = known.picture.convert("RGBA")
        if known.figures:
            alpha = known.figures[0].mask
            for figure in known.figures[1:]:
                alpha = ImageChops.lighter(alpha, figure.mask)
            sheet.putalpha(alpha)
        return sheet


def without(picture: Image.Image, masks: Sequence[Image.Image]) -> Image.Image:
    """Fill what the masks cover from what is around it: colours seep in, coarse to fine.

    More from the sides than from above and below: what is behind a figure lies in layers, sky over land.
    """
    if not masks:
        return picture
    hole = masks[0]
    for mask in masks[1:]:
        hole = ImageChops.lighter(hole, mask)
    reach = max(3, round(min(picture.size) / 90) * 2 + 1)
    hole = hole.filter(ImageFilter.MaxFilter(min(reach, 15))).filter(ImageFilter.GaussianBlur(1))
    known = picture.convert("RGBA")
    known.putalpha(ImageOps.invert(hole).point([255 if value > 250 else 0 for value in range(256)]))
    sheets = [known.convert("RGBa")]
    while sheets[-1].width > 2:
        last = sheets[-1]
        lower = last.height if len(sheets) % 3 else max(1, last.height // 2)
        sheets.append(last.resize((max(1, last.width // 2), lower), Image.Resampling.BOX))
    filled = sheets[-1].convert("RGBA").convert("RGB")
    for sheet in reversed(sheets[:-1]):
        finer = sheet.convert("RGBA")
        filled = filled.resize(sheet.size, Image.Resampling.BICUBIC)
        solid = finer.getchannel("A").point([min(255, value * 2) for value in range(256)])
        filled.paste(finer.convert("RGB"), (0, 0), solid)
    done = picture.copy()
    done.paste(filled, (0, 0), hole)
    return done
