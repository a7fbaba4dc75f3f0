"""Pictures with more pixels, and pictures taken apart."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageOps

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import memo, picture
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import LONGEST_EDGE, Request
from rhflow.simulator.renders.still import Still


def upscale(request: Request) -> list[Rendered]:
    """The same picture larger (`scale`, `upscale`, a size, a resolution), lightly sharpened."""
    files = request.media()
    if not files:
        raise UnreadableInput("There is no picture among the inputs")
    still, given = opened(files[0])
    size = _size(request, given.size)
    fit = request.flag("cropToFill")
    large = (
        ImageOps.fit(given, size, Image.Resampling.LANCZOS)
        if fit
        else given.resize(size, Image.Resampling.LANCZOS)
    )
    large = large.filter(
        ImageFilter.UnsharpMask(radius=max(1.0, size[0] / given.width), percent=60, threshold=2)
    )
    kept = None
    if still.figures is not None and max(size) <= 4096:
        larger = still.fitted(size)
        kept = memo.memo(larger.picture, larger.figures)
    return [picture.saved(request, large, "image-1", kept)]


def opened(file: Path) -> tuple[Still, Image.Image]:
    """A picture without our caption and with it.

    Raises:
        UnreadableInput: it is none.
    """
    still = picture.open_still(file)
    with Image.open(file) as held:
        return still, ImageOps.exif_transpose(held).convert("RGB")


def layers(request: Request) -> list[Rendered]:
    """A picture taken apart: its ground without figures, then each figure by itself, where it stood.

    Laid over each other they are the picture again. Where nothing stands out it is parted by lightness.
    """
    files = request.media()
    if not files:
        raise UnreadableInput("There is no picture among the inputs")
    still = picture.open_still(files[0]).studied()
    sheets = [still.bare().convert("RGBA")] if still.figures else []
    for figure in still.figures or ():
        sheet = still.picture.convert("RGBA")
        sheet.putalpha(figure.mask)
        sheets.append(sheet)
    results = []
    for index, sheet in enumerate(sheets or _by_lightness(still.picture)):
        path = request.folder / f"layer-{index + 1}.png"
        sheet.save(path, compress_level=3)
        results.append(Rendered(str(path), "png"))
    return results


def _by_lightness(given: Image.Image) -> list[Image.Image]:
    light = ImageOps.autocontrast(given.convert("L")).filter(ImageFilter.GaussianBlur(min(given.size) / 120))
    sheets = []
    for low, high in ((150, 256), (80, 150), (0, 80)):
        mask = light.point([255 if low <= value < high else 0 for value in range(256)])
        sheet = given.convert("RGBA")
        sheet.putalpha(ImageChops.lighter(mask, mask.filter(ImageFilter.BoxBlur(1))))
        sheets.append(sheet)
    return sheets


def _size(request: Request, given: tuple[int, int]) -> tuple[int, int]:
    wide, high = request.number("outputWidth"), request.number("outputHeight")
    if wide and high and request.flag("cropToFill"):
        return min(LONGEST_EDGE, round(wide)), min(LONGEST_EDGE, round(high))
    factor = min(wide / given[0], high / given[1]) if wide and high else _factor(request, given)
    factor = min(factor, LONGEST_EDGE / max(given))
    return max(1, round(given[0] * factor)), max(1, round(given[1] * factor))


def _factor(request: Request, given: tuple[int, int]) -> float:
    short, long = request.number("shortEdgeSize") or 0, request.number("longEdgeSize") or 0
    if short > 0:
        return short / min(given)
    if long > 0:
        return long / max(given)
    times = (request.text("scale") or "").lower()
    if times.endswith("x") and times[:-1].isdigit():
        return float(times[:-1])
    resolution = (request.text("resolution", "targetResolution") or "").lower()
    if resolution.endswith("k") and resolution[:-1].isdigit():
        return {1: 1024, 2: 2048, 4: 3840, 8: 7680}.get(int(resolution[:-1]), 2048) / max(given)
    asked = request.number("upscale")
    return asked if asked and asked > 1 else 2.0
