"""What the tests of the renderers share: orders, media made by hand, and ways to measure them."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageStat

from rhflow.media import ffmpeg, probe
from rhflow.simulator.order import Order, RenderFailed
from rhflow.simulator.renders import render


def made(folder, task, output, arguments, media=None, endpoint="vendor/model", quick=False):
    order = Order(f"{endpoint}/{task}", task, output, arguments, media or {}, str(folder), quick)
    answer = render(order)
    assert not isinstance(answer, RenderFailed), answer
    return answer


def one(*args, **kwargs):
    (result,) = made(*args, **kwargs)
    return Path(result.path)


def difference(first, second):
    """How far apart two pictures are, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(first.convert("RGB"), second.convert("RGB"))).mean) / 3


def correlation(first, second):
    """How alike two rows of numbers go up and down, -1 to 1."""
    mean_one, mean_two = sum(first) / len(first), sum(second) / len(second)
    top = sum((a - mean_one) * (b - mean_two) for a, b in zip(first, second, strict=True))
    low = sum((a - mean_one) ** 2 for a in first) * sum((b - mean_two) ** 2 for b in second)
    return top / math.sqrt(low) if low else 0.0


def frames(path):
    """Every frame of a video as pictures."""
    found = probe.probe(path)
    raw = ffmpeg.run(["-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"])
    size = (found.width, found.height)
    step = size[0] * size[1] * 3
    return [Image.frombytes("RGB", size, raw[at : at + step]) for at in range(0, len(raw), step)]


def loaded(path):
    """A picture in memory, its file closed."""
    with Image.open(path) as opened:
        return opened.copy()


def film_of(pictures, path, rate=24, sound=()):
    """A video of these pictures."""
    size = pictures[0].size
    raw = b"".join(picture.tobytes() for picture in pictures)
    given = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {rate} -i pipe:0".split()
    ffmpeg.run([*given, *sound, "-crf", "12", "-pix_fmt", "yuv420p", str(path)], stdin=raw)
    return path


def sound_of(levels, path, step=0.05, hertz=220.0, rate=16000):
    """A tone as loud as the levels say, each for `step` seconds."""
    samples = array("h")
    for level in levels:
        for _ in range(round(step * rate)):
            samples.append(round(20000 * level * math.sin(len(samples) * math.tau * hertz / rate)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def disc(colour, size=(320, 180), at=(160, 100), radius=34, ground=(235, 235, 240)):
    """A figure on a plain ground."""
    picture = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(picture)
    x, y = at
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    darker = tuple(part // 2 for part in colour)
    draw.ellipse((x - radius // 2, y - radius // 3, x + radius // 2, y + radius // 2), fill=darker)
    return picture


def face(size=(240, 320)):
    """Somebody on a plain ground; the mouth is at the middle, a bit below."""
    wide, high = size
    picture = Image.new("RGB", size, (206, 214, 222))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((wide * 0.19, high * 0.67, wide * 0.81, high * 1.4), fill=(60, 80, 120))
    draw.rectangle((wide * 0.43, high * 0.59, wide * 0.57, high * 0.72), fill=(214, 166, 140))
    draw.ellipse((wide * 0.29, high * 0.2, wide * 0.71, high * 0.64), fill=(226, 178, 148))
    draw.pieslice((wide * 0.27, high * 0.16, wide * 0.73, high * 0.56), 180, 360, fill=(52, 38, 36))
    draw.line((wide * 0.44, high * 0.53, wide * 0.56, high * 0.53), fill=(170, 70, 70), width=4)
    return picture


def middle_of(picture, is_it):
    """The mean place of the pixels that are it, in shares of the picture, and how many there are."""
    small = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
    bands = [band.tobytes() for band in small.split()]
    held = [at for at, pixel in enumerate(zip(*bands, strict=True)) if is_it(*pixel)]
    if not held:
        return None, None, 0
    wide = small.width
    x = sum(at % wide for at in held) / len(held) / wide
    y = sum(at // wide for at in held) / len(held) / small.height
    return x, y, len(held)


def is_red(red, green, blue):
    return red > 90 and red > green * 1.7 and red > blue * 1.7


def is_blue(red, green, blue):
    return blue > 90 and blue > green * 1.35 and blue > red * 1.7
