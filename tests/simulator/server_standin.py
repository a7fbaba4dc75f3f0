"""A tiny renderer for the tests of the server: a picture, clip, tone or text per order, always the same."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from PIL import Image

from rhflow.media import ffmpeg
from rhflow.simulator.order import Order, Rendered, RenderFailed

SUFFIXES = {"image": "png", "video": "mp4", "audio": "mp3", "text": "txt", "model3d": "glb"}


def render(order: Order) -> list[Rendered] | RenderFailed:
    """Draw by the words of the prompt: `unreadable`, `slow 2`, `die`, `crash`, `twice` do what they say."""
    prompt = str(order.arguments.get("prompt", ""))
    words = prompt.split()
    if words[:1] == ["unreadable"]:
        return RenderFailed("the input cannot be read")
    if words[:1] == ["slow"]:
        time.sleep(float(words[1]))
    if words[:1] == ["die"]:
        os._exit(3)
    if words[:1] == ["crash"]:
        raise RuntimeError("no paint left")
    if words[:1] == ["lie"]:
        return [Rendered(str(Path(order.folder) / "nothing.png"), "png")]
    print("a renderer may print")
    seen = {
        name: [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files]
        for name, files in order.media.items()
    }
    seed = hashlib.sha256(
        json.dumps([order.endpoint, order.arguments, seen], sort_keys=True).encode()
    ).digest()
    count = 2 if "twice" in words else 1
    return [_draw(order, number, seed) for number in range(count)]


def _draw(order: Order, number: int, seed: bytes) -> Rendered:
    suffix = SUFFIXES[order.output]
    path = Path(order.folder) / f"{number}.{suffix}"
    if order.output == "text":
        return Rendered(
            None, "txt", text=f"{seed.hex()[:8]} {json.dumps(order.media and sorted(order.media))}"
        )
    if order.output == "image":
        image = Image.new("RGB", (64, 36), tuple(seed[:3]))
        image.putpixel((number, 0), (0, 0, 0))
        image.save(path)
    elif order.output == "video":
        colour = f"color=0x{seed[:3].hex()}:s=64x36:d=1:r=8"
        ffmpeg.run(["-f", "lavfi", "-i", colour, "-pix_fmt", "yuv420p", str(path)])
    elif order.output == "audio":
        ffmpeg.run(["-f", "lavfi", "-i", f"sine=frequency={200 + seed[0]}:duration=1", str(path)])
    else:
        path.write_bytes(b"glTF" + seed)
    return Rendered(str(path), suffix)
