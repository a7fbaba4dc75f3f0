"""Pictures with more pixels, and pictures taken apart."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter, ImageOps

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import caption, picture
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import LONGEST_EDGE, Request


def upscale(request: Request) -> list[Rendered]:
    """The same picture larger (`scale`, `upscale`, a size, a resolution), lightly sharpened."""
    files = request.media()
    if not files:
        raise UnreadableInput("There is no picture among the inputs")
    try:
        with Image.open(files[0]) as opened:
            given = opened.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableInput(f"The input {files[0].name} is no picture that can be read") from error
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
    return [_saved(request, large, "image-1")]


def layers(request: Request) -> list[Rendered]:
    """A picture as background, middle and foreground: three cut-outs by lightness that add up to it."""
    files = request.media()
    if not files:
        raise UnreadableInput("There is no picture among the inputs")
    given = picture.open_picture(files[0])
    light = ImageOps.autocontrast(given.convert("L")).filter(ImageFilter.GaussianBlur(min(given.size) / 120))
    results = []
    for index, (low, high) in enumerate(((150, 256), (80, 150), (0, 80))):
        mask = light.point([255 if low <= value < high else 0 for value in range(256)])
        sheet = given.convert("RGBA")
        sheet.putalpha(ImageChops.lighter(mask, mask.filter(ImageFilter.BoxBlur(1))))
        path = request.folder / f"layer-{index + 1}.png"
        sheet.save(path, compress_level=3)
        results.append(Rendered(str(path), "png"))
    return results


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


def _saved(request: Request, large: Image.Image, name: str) -> Rendered:
    kind = request.image_format()
    path = request.folder / f"{name}.{'jpg' if kind == 'jpeg' else kind}"
    caption.save(large, str(path), kind, None)
    return Rendered(str(path), path.suffix.lstrip("."))
