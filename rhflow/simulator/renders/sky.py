"""Skies: gradient, sun or moon, stars, clouds, aurora, lightning."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageFilter

from rhflow.simulator.renders.canvas import Stencil, cloudiness
from rhflow.simulator.renders.colour import Rgb, darker, lighter, mix, rgb
from rhflow.simulator.renders.dice import Wave
from rhflow.simulator.renders.stage import Stage


def paint(stage: Stage) -> None:
    """The whole sky, down to the horizon and a little below."""
    first, second, third, fourth = stage.palette.sky
    end = min(1.0, stage.horizon / stage.height + 0.02)
    stops = [(0.0, first), (end * 0.42, second), (end * 0.78, third), (end, fourth), (1.0, fourth)]
    stage.canvas.image.paste(stage.canvas.gradient(stops))
    if stage.moonlit and stage.hour != "noir":
        stars(stage)
    if "aurora" in stage.reading.weathers:
        aurora(stage)
    if stage.hour not in {"fog", "storm"} and not stage.reading.has("rain", "storm"):
        (moon if stage.moonlit else sun)(stage)
    clouds(stage)
    if "storm" in stage.reading.weathers:
        lightning(stage)


def sun(stage: Stage) -> None:
    """A disc in a wide warm halo."""
    x, y = stage.sun
    radius = stage.unit * (0.055 if stage.hour == "day" else 0.085)
    canvas, light = stage.canvas, stage.palette.light
    if stage.hour == "ink":
        stencil = canvas.stencil()
        stencil.ellipse(x, y, radius * 0.9)
        canvas.fill(stencil.mask(0.6), light, 0.92)
        return
    warm = mix(light, stage.palette.sky[3], 0.45)
    canvas.glow(x, y, radius * 9, warm, 0.5)
    canvas.glow(x, y, radius * 4, warm, 0.55)
    for ring, strength in ((1.9, 0.10), (1.45, 0.16)):
        stencil = canvas.stencil()
        stencil.ellipse(x, y, radius * ring)
        canvas.fill(stencil.mask(), light, strength)
    stencil = canvas.stencil()
    stencil.ellipse(x, y, radius)
    canvas.fill(stencil.mask(), light, 0.97)


def moon(stage: Stage) -> None:
    """A full moon with a few seas, or a crescent."""
    x, y = stage.sun
    radius = stage.unit * 0.07
    canvas, light = stage.canvas, stage.palette.light
    canvas.glow(x, y, radius * 8, mix(light, stage.palette.sky[2], 0.5), 0.42)
    canvas.glow(x, y, radius * 3, light, 0.34)
    stencil = canvas.stencil()
    stencil.ellipse(x, y, radius)
    if stage.dice.split("moon").chance(0.25):
        stencil.ellipse(x + radius * 0.42, y - radius * 0.2, radius * 0.86, value=0)
        canvas.fill(stencil.mask(), light)
        return
    canvas.fill(stencil.mask(), light)
    seas = canvas.stencil()
    for right, down, size in (
        (-0.32, -0.2, 0.27),
        (0.2, 0.12, 0.34),
        (0.34, -0.38, 0.15),
        (-0.15, 0.45, 0.18),
        (-0.5, 0.2, 0.12),
    ):
        seas.ellipse(x + right * radius, y + down * radius, size * radius, size * radius * 0.9)
    canvas.fill(ImageChops.multiply(seas.mask(radius * 0.04), stencil.mask()), darker(light, 0.25), 0.3)


def stars(stage: Stage) -> None:
    """Many faint stars, a few bright ones with a halo; thinner towards the horizon."""
    dice = stage.dice.split("stars")
    faint = Image.new("L", (stage.width, stage.height))
    bright = stage.canvas.stencil()
    top = stage.horizon
    for _ in range(round(stage.width * stage.height / 3000)):
        x, y = dice.between(0, stage.width - 1), top * dice.between(0, 1) ** 1.5
        if math.dist((x, y), stage.sun) < stage.unit * 0.13:
            continue
        shine = dice.between(0, 1) ** 3
        if shine > 0.55:
            bright.ellipse(x, y, stage.unit / 720 * (0.7 + shine * 0.9))
        else:
            faint.putpixel((int(x), int(y)), round(60 + shine * 300))
    light = lighter(stage.palette.light, 0.4)
    mask = bright.mask()
    stage.canvas.screen(mask.filter(ImageFilter.GaussianBlur(stage.unit / 200)), stage.palette.sky[2], 1)
    stage.canvas.fill(faint, light)
    stage.canvas.fill(mask, light)


def clouds(stage: Stage) -> None:
    """Streaks near the horizon and heaped clouds above, more of them when the weather is bad."""
    dice = stage.dice.split("clouds")
    if stage.hour in {"ink", "fog"}:
        _veil(stage, 0.35)
        return
    bad = stage.reading.has("storm", "rain", "snow")
    if "clear" not in stage.reading.weathers:
        _streaks(stage, dice.whole(7, 12))
    if bad:
        _veil(stage, 0.55)
    if stage.moonlit and not bad:
        return
    count = dice.whole(5, 7) if bad else (0 if "clear" in stage.reading.weathers else dice.whole(2, 5))
    spots = sorted((dice.between(0.12, 0.7) for _ in range(count)), reverse=True)
    for level in spots:
        width = stage.unit * dice.between(0.25, 0.75) * (1.15 - level * 0.8)
        _heap(stage, dice.between(-0.05, 1.05) * stage.width, level * stage.horizon, width, dark=bad)


def _heap(stage: Stage, x: float, y: float, width: float, *, dark: bool) -> None:
    """One heaped cloud on a flat base; the base dissolves."""
    dice = stage.dice.split(f"heap {x:.2f}")
    height = width * dice.between(0.28, 0.4)
    box = (round(width), round(height))
    stencil = Stencil(*box)
    lobes = dice.whole(6, 9)
    for lobe in range(lobes):
        along = (lobe + 0.5 + dice.between(-0.25, 0.25)) / lobes
        swell = math.sin(math.pi * along) ** 0.8
        size = height * (0.16 + 0.34 * swell * dice.between(0.7, 1))
        across = min(max(along * width, size), width - size)
        stencil.ellipse(across, height - size * 0.75 - swell * height * dice.between(0.0, 0.28), size)
    stencil.rectangle(width * 0.08, height * 0.86, width * 0.92, height)
    shape = stencil.mask(max(0.6, height / 90))
    fade = (
        Image.linear_gradient("L")
        .resize(box)
        .point([max(0, 255 - round(value * 1.02)) for value in range(256)])
    )
    mask = ImageChops.multiply(shape, fade)
    level = y / max(1.0, stage.horizon)
    sky = stage.palette.sky[2] if level > 0.4 else stage.palette.sky[1]
    bright = darker(sky, 0.22) if dark else mix(lighter(stage.palette.sky[3], 0.45), sky, 0.12)
    corner = (round(x - width / 2), round(y - height))
    stage.canvas.image.paste(
        bright,
        (*corner, corner[0] + box[0], corner[1] + box[1]),
        mask.point([round(value * 0.85) for value in range(256)]),
    )


def _streaks(stage: Stage, count: int) -> None:
    """Long thin clouds lying over the horizon, lit from below."""
    dice = stage.dice.split("streaks")
    light = mix(stage.palette.sky[3], stage.palette.light, 0.5)
    shade = mix(stage.palette.sky[2], stage.palette.sky[0], 0.25)
    for colour, strength in ((shade, 0.32), (light, 0.42)):
        stencil = stage.canvas.stencil()
        for _ in range(count // 2 + 1):
            level = dice.between(0.35, 0.97)
            length = stage.width * dice.between(0.12, 0.45)
            _lens(
                stencil,
                dice.between(0, stage.width),
                level * stage.horizon,
                length,
                stage.unit * dice.between(0.006, 0.016) * (1.5 - level),
            )
        mask = stencil.mask(stage.unit / 400)
        stage.canvas.fill(mask, colour, strength * (0.45 if stage.moonlit else 1))


def _lens(stencil: Stencil, x: float, y: float, length: float, thick: float) -> None:
    """A pointed, slightly bent streak."""
    steps = 24
    upper = [
        (x + (i / steps - 0.5) * length, y - thick * math.sin(math.pi * i / steps) ** 1.4)
        for i in range(steps + 1)
    ]
    lower = [
        (x + (i / steps - 0.5) * length, y + thick * 0.6 * math.sin(math.pi * i / steps))
        for i in range(steps, -1, -1)
    ]
    stencil.polygon(upper + lower)


def _veil(stage: Stage, strength: float) -> None:
    """Uneven cloud cover over the whole sky."""
    cover = cloudiness(stage.width, stage.height, stage.dice.split("veil"), stage.unit * 0.6)
    cover = cover.point([max(0, min(255, (value - 105) * 5)) for value in range(256)])
    down = Image.linear_gradient("L").resize((stage.width, stage.height))
    reach = stage.horizon / stage.height * 255
    fade = down.point([max(0, round(255 * (1 - value / reach))) for value in range(256)])
    tone = mix(stage.palette.sky[0], stage.palette.sky[1], 0.3)
    tone = darker(tone, 0.2) if stage.hour != "ink" else darker(tone, 0.12)
    stage.canvas.fill(ImageChops.multiply(cover, fade), tone, strength)


def aurora(stage: Stage) -> None:
    """Curtains of light, drawn small and enlarged."""
    dice = stage.dice.split("aurora")
    scale = 4
    small = (max(8, stage.width // scale), max(8, stage.height // scale))
    tones: tuple[Rgb, Rgb, Rgb] = (rgb("#3dffb0"), rgb("#5cf2e0"), rgb("#b07bff"))
    for band in range(3):
        wave, rays = Wave(dice.split(f"wave {band}"), 3), Wave(dice.split(f"rays {band}"), 3, 0.8)
        mask = Image.new("L", small)
        foot = small[1] * (0.36 + 0.1 * band) * stage.horizon / stage.height / 0.62
        for x in range(small[0]):
            along = x / small[0]
            low = foot + wave.at(along * 3) * small[1] * 0.16
            ray = max(0.0, 0.55 + 0.6 * rays.at(along * 26))
            tall = round(small[1] * 0.42 * (0.6 + 0.5 * wave.at(along * 4 + 9)) * (0.6 + ray * 0.6)) + 2
            column = Image.linear_gradient("L").resize((1, tall)).point([round(v * ray) for v in range(256)])
            mask.paste(column, (x, round(low) - tall))
        mask = mask.filter(ImageFilter.BoxBlur(1.2)).resize(
            (stage.width, stage.height), Image.Resampling.BICUBIC
        )
        stage.canvas.screen(mask, tones[band], 0.95)


def lightning(stage: Stage) -> None:
    """One forked bolt with its glow."""
    dice = stage.dice.split("bolt")
    x, y = stage.width * dice.between(0.25, 0.75), stage.horizon * 0.12
    points = [(x, y)]
    stencil = stage.canvas.stencil()
    while y < stage.horizon:
        x += dice.between(-1, 1) * stage.unit * 0.05
        y += dice.between(0.02, 0.06) * stage.unit
        points.append((x, y))
        if dice.chance(0.3):
            end = (
                x + dice.sign() * stage.unit * dice.between(0.04, 0.1),
                y + stage.unit * dice.between(0.04, 0.09),
            )
            stencil.line([(x, y), end], stage.unit / 400)
    stencil.line(points, stage.unit / 200)
    mask = stencil.mask()
    stage.canvas.glow(*points[0], stage.unit * 0.6, lighter(stage.palette.sky[1], 0.5), 0.5)
    stage.canvas.screen(mask.filter(ImageFilter.GaussianBlur(stage.unit / 60)), stage.palette.light, 1)
    stage.canvas.fill(mask, lighter(stage.palette.light, 0.6))
