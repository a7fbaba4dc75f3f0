"""Render one sample of every kind of order into a folder, so that anybody can look: `tools/gallery.py OUT`.

For each kind of task in the catalogue, and for tools that only their path tells apart, the first model that
fits is asked with its own example arguments. `index.html` plays the results, `sheet-*.png` shows them at a
glance. `--quick` makes the tiny media of tests, `--only WORD` the samples whose name has that word.
"""

from __future__ import annotations

import argparse
import html
import json
import math
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mesh_view import view_of
from PIL import Image, ImageDraw

from rhflow.catalog.example import example_arguments
from rhflow.catalog.model import Model, Param
from rhflow.catalog_files import load_catalog
from rhflow.ground.media import Kind
from rhflow.media import ffmpeg, probe
from rhflow.simulator.order import Order, Rendered, RenderFailed
from rhflow.simulator.renders import render
from rhflow.simulator.renders.fonts import cjk, latin

CELL = (320, 180)
COLUMNS = 5
PROMPTS = {
    "text-to-image": "a child in a red coat with a fox in a snowy forest, dawn",
    "image-to-image": "make it a rainy night, watercolour",
    "image-to-video": "the fox runs through the snow, slow push in",
    "text-to-video": "一头鲸鱼在夕阳下的海里游泳",
    "reference-to-video": "they meet in a meadow in the evening",
    "video-edit": "make it an ink painting at night, snow falls",
    "video-extend": "the camera moves on, the fox walks",
    "text-to-music": "upbeat folk song with guitar",
    "text-to-3d": "a red fox figurine",
    "text-to-text": "Three shots about a lighthouse keeper",
    "image-to-text": "Describe this picture",
    "video-to-text": "What happens in this video?",
    "text-to-lyrics": "a lighthouse in the storm",
    "text-to-world": "a castle by the sea at night",
    "audio-to-audio": "slow jazz with piano",
}
"""Better to look at than the example's own, by task."""
MORE = (
    "vidu/start-end-to-video-q3-pro",
    "kling-v3.0-pro/text-to-video",
    "kling-v2-ai-avatar-pro/image-audio-to-video",
    "rhart-video/video-upscaler",
    "rhart-video/video-fps-increaser",
    "volc-subtitle-erase-pro/video",
    "skyreels-v3/shot-switching-video-extension",
    "seedream-v5-pro/layer-decomposition",
    "rhart-image-g-1.5-official/text-to-image",
    "seedream-v4/text-to-image",
    "rhart-audio/suno-v5/custom",
    "rhart-audio/source-separation",
    "mureka-ai/mureka-v8/extend-song",
    "rhart-audio/text-to-audio/voice-clone",
    "hunyuan3d-v3.1/image-to-3d",
    "marble-1.1/image-to-world",
    "bytedance/seedance-2.0-global/image-to-video",
)
"""Models that show what their task alone does not."""
ARGUMENTS: dict[str, dict[str, object]] = {
    "kling-v3.0-pro/text-to-video": {
        "multiShot": True,
        "multiPrompt": [
            {"prompt": "a lighthouse at sunset", "duration": 2},
            {"prompt": "a sailing boat in a storm", "duration": 2},
            {"prompt": "a child at the window", "duration": 1},
        ],
    },
    "rhart-image-g-1.5-official/text-to-image": {"background": "transparent"},
    "seedream-v4/text-to-image": {"sequentialImageGeneration": "auto", "maxImages": 3},
    "bytedance/seedance-2.0-global/image-to-video": {"returnLastFrame": True, "generateAudio": True},
    "rhart-audio/suno-v5/custom": {
        "prompt": "[Verse]\nThe light goes round, the sea is calm\nI hold the moon inside my palm\n"
        "[Chorus]\nOh shine, shine, shine for me\nBring the sailors home from sea",
        "tags": "pop, female voice, piano",
    },
    "rhart-audio/text-to-audio/speech-02-hd": {
        "text": "Good morning from the lighthouse. The sea is calm today!",
        "voice_id": "Wise_Woman",
    },
}


@dataclass
class Sample:
    name: str
    order: Order
    results: list[Rendered] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0
    cpu: float = 0.0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    kit = make_kit(options.out / "inputs", quick=options.quick)
    samples = [
        sample
        for sample in every_sample(options.out, kit, quick=options.quick)
        if options.only in sample.name
    ]
    for sample in samples:
        carry_out(sample)
        told = sample.failure or ", ".join(item.type for item in sample.results)
        print(f"{sample.seconds:6.2f} s  {sample.cpu:6.2f} s cpu  {sample.name}: {told}", flush=True)
    write_page(samples, options.out)
    write_sheets(samples, options.out)
    return int(any(sample.failure for sample in samples))


# What goes in


KIT: dict[str, tuple[str, str, dict[str, object]]] = {
    "picture": ("text-to-image", "image", {"prompt": PROMPTS["text-to-image"]}),
    "sea": ("text-to-image", "image", {"prompt": "a lighthouse on a cliff at sunset"}),
    "portrait": ("text-to-image", "image", {"prompt": "portrait of a woman, city street"}),
    "voice": ("text-to-audio", "audio", {"text": "Hello there. This is how I speak, slowly and clearly."}),
    "song": ("text-to-music", "audio", {"prompt": "pop", "lyrics": "The light goes round", "duration": 20}),
    "clip": ("image-to-video", "video", {"prompt": "the fox runs"}),
}
"""What the samples work on: task, output, arguments."""


def make_kit(folder: Path, *, quick: bool) -> dict[str, list[Path]]:
    """Pictures, films and sounds to work on: drawn once, by the simulator itself and by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, Path] = {}
    for name, (task, output, arguments) in KIT.items():
        media = {"imageUrl": [str(made["picture"])]} if task.startswith("image") else {}
        ready = next(folder.glob(f"{name}.*"), None)
        made[name] = ready or _drawn(
            Order(f"kit/{task}", task, output, dict(arguments), media, str(folder / name), quick)  # type: ignore[arg-type]
        )
    face, dancer = folder / "face.png", folder / "dancer.mp4"
    if not dancer.exists():
        draw_face().save(face)
        draw_dancer(dancer, 12 if quick else 96)
    return {
        "image": [made["picture"], made["sea"], made["portrait"]],
        "portrait": [made["portrait"]],
        "face": [face],
        "video": [made["clip"]],
        "dancer": [dancer],
        "audio": [made["voice"]],
        "song": [made["song"]],
    }


def _drawn(order: Order) -> Path:
    """The first result, beside the folder it was made in."""
    answer = render(order)
    assert isinstance(answer, list), answer
    path = Path(answer[0].path or "")
    return path.rename(Path(order.folder).with_suffix(path.suffix))


def draw_face() -> Image.Image:
    """A face on a plain ground, as a picture of somebody else."""
    picture = Image.new("RGB", (480, 640), (206, 214, 222))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((90, 430, 390, 900), fill=(60, 80, 120))
    draw.rectangle((205, 380, 275, 460), fill=(214, 166, 140))
    draw.ellipse((140, 130, 340, 410), fill=(226, 178, 148))
    draw.pieslice((130, 100, 350, 360), 180, 360, fill=(52, 38, 36))
    for x in (195, 285):
        draw.ellipse((x - 18, 245, x + 18, 265), fill="white")
        draw.ellipse((x - 8, 245, x + 8, 265), fill=(50, 30, 20))
    draw.line((210, 340, 270, 340), fill=(170, 70, 70), width=8)
    return picture


def draw_dancer(path: Path, count: int) -> None:
    """Somebody who dances in front of a wall for so many frames, with a tune."""
    size = (480, 360)
    frames = []
    for index in range(count):
        now = index / 24
        frame = Image.new("RGB", size, (200, 205, 210))
        draw = ImageDraw.Draw(frame)
        draw.rectangle((0, 300, 480, 360), fill=(150, 140, 130))
        draw.rectangle((30, 60, 120, 180), fill=(120, 150, 190))
        x, y, arm = 240 + 110 * math.sin(now * 1.6), 310 - 40 * abs(math.sin(now * 3)), math.sin(now * 6)
        draw.ellipse((x - 22, y - 210, x + 22, y - 166), fill=(90, 60, 50))
        draw.rounded_rectangle((x - 28, y - 165, x + 28, y - 75), 12, fill=(180, 40, 60))
        for side in (-1, 1):
            draw.line(
                (x + side * 28, y - 155, x + side * 75, y - 150 - arm * 60 * side),
                fill=(90, 60, 50),
                width=14,
            )
            draw.line((x + side * 14, y - 80, x + side * (20 + 10 * arm), y), fill=(40, 40, 80), width=18)
        frames.append(frame.tobytes())
    given = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r 24 -i pipe:0".split()
    ffmpeg.run(
        [*given, *["-f", "lavfi", "-i", "sine=f=330:d=4"], "-pix_fmt", "yuv420p", "-shortest", str(path)],
        stdin=b"".join(frames),
    )


# The samples


def every_sample(out: Path, kit: dict[str, list[Path]], *, quick: bool) -> Iterator[Sample]:
    models = [
        model
        for model in load_catalog().models
        if model.endpoint and model.params_known and not model.deprecated
    ]
    by_name = {model.endpoint: model for model in models}
    chosen: dict[tuple[str, str], Model] = {}
    for model in sorted(models, key=lambda one: not _is_plain(one)):
        chosen.setdefault((model.task, model.output.value), model)
    named = [(f"{task} ({output})", model) for (task, output), model in chosen.items()]
    named += [(str(model.endpoint), model) for name in MORE if (model := by_name.get(name))]
    for number, (name, model) in enumerate(named):
        yield Sample(name, order_of(model, kit, out / f"{number:02}", quick=quick))


def _is_plain(model: Model) -> bool:
    """Does it take the kind of input its task is named after?"""
    kinds = {param.type for param in model.params if param.kind}
    start = model.task.split("-", maxsplit=1)[0]
    return start in kinds or start not in {"image", "video", "audio"}


def order_of(model: Model, kit: dict[str, list[Path]], folder: Path, *, quick: bool) -> Order:
    arguments = dict(example_arguments(model))
    if "prompt" in arguments and model.task in PROMPTS:
        arguments["prompt"] = PROMPTS[model.task]
    arguments.update(ARGUMENTS.get(str(model.endpoint), {}))  # type: ignore[arg-type]
    media: dict[str, list[str]] = {}
    wants = [
        param for param in model.params if param.kind and (param.name in arguments or _shown(param, model))
    ]
    for index, param in enumerate(wants):
        files = _files(param, model, kit, index)
        media[param.name] = files
        arguments[param.name] = [*files] if param.multiple else files[0]
    return Order(str(model.endpoint), model.task, model.output.value, arguments, media, str(folder), quick)


def _shown(param: Param, model: Model) -> bool:
    """Is an optional input worth giving?"""
    return (
        "end" in param.name.lower()
        or "last" in param.name.lower()
        or model.task in {"image-to-world", "video-to-world", "audio-to-video"}
    )


def _files(param: Param, model: Model, kit: dict[str, list[Path]], index: int) -> list[str]:
    kind = param.type
    if model.task == "motion-control":
        kind = (
            "dancer"
            if param.kind is Kind.VIDEO
            else "portrait"
            if "dreamactor" in str(model.endpoint)
            else "image"
        )
    elif "avatar" in str(model.endpoint) and param.kind is Kind.IMAGE:
        kind = "face"
    elif param.kind is Kind.AUDIO and model.task == "audio-to-audio":
        kind = "song"
    files = [str(path) for path in kit[kind]]
    if param.multiple:
        return files if model.task.startswith("reference") else files[:2]
    return [files[min(index, len(files) - 1)]]


def carry_out(sample: Sample) -> None:
    begun, before = time.perf_counter(), _cpu()
    answer = render(sample.order)
    sample.seconds, sample.cpu = time.perf_counter() - begun, _cpu() - before
    if isinstance(answer, RenderFailed):
        sample.failure = f"FAILED: {answer.message}"
    else:
        sample.results = answer


def _cpu() -> float:
    """Seconds of processor, of this process and of those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


# What comes out


def write_page(samples: list[Sample], out: Path) -> None:
    rows = []
    for sample in samples:
        shown = "".join(_tag(item, out) for item in sample.results) or html.escape(sample.failure)
        told = html.escape(
            json.dumps(
                {k: v for k, v in sample.order.arguments.items() if k not in sample.order.media},
                ensure_ascii=False,
            )
        )
        rows.append(
            f"<section><h2>{html.escape(sample.name)}</h2><p>{html.escape(sample.order.endpoint)} &middot; "
            f"{sample.seconds:.1f} s</p><pre>{told}</pre><div>{shown}</div></section>"
        )
    style = (
        "body{font:15px sans-serif;margin:2em;background:#f6f4ef}pre{white-space:pre-wrap;color:#666}"
        "img,video{max-width:30em;max-height:20em;margin:.3em}"
    )
    page = f"<!doctype html><meta charset=utf-8><title>Gallery</title><style>{style}</style>{''.join(rows)}"
    (out / "index.html").write_text(page, encoding="utf-8")


def _tag(item: Rendered, out: Path) -> str:
    if item.path is None:
        return f"<blockquote><pre>{html.escape(item.text or '')}</pre></blockquote>"
    where = Path(item.path).relative_to(out).as_posix()
    found = probe.probe(Path(item.path))
    if found and found.kind is Kind.VIDEO:
        return f"<video src='{where}' controls loop></video>"
    if found and found.kind is Kind.AUDIO:
        return f"<audio src='{where}' controls></audio>"
    return f"<img src='{where}'>" if found and found.kind is Kind.IMAGE else f"<a href='{where}'>{where}</a>"


def write_sheets(samples: list[Sample], out: Path, rows: int = 9) -> None:
    """Every sample in a row of cells, so many rows to a sheet."""
    for sheet, start in enumerate(range(0, len(samples), rows), 1):
        part = samples[start : start + rows]
        whole = Image.new("RGB", (CELL[0] * COLUMNS, (CELL[1] + 26) * len(part)), (250, 248, 243))
        for index, sample in enumerate(part):
            top = index * (CELL[1] + 26)
            label = f"{sample.name}   {sample.order.endpoint}   {sample.cpu:.1f} s cpu   {sample.failure}"
            ImageDraw.Draw(whole).text((6, top + 3), label, font=latin(15), fill=(20, 20, 30))
            cells = [cell for item in sample.results for cell in cells_of(item, len(sample.results))]
            for column, cell in enumerate(cells[:COLUMNS]):
                cell.thumbnail((CELL[0] - 4, CELL[1]))
                whole.paste(cell, (column * CELL[0], top + 26))
        whole.save(out / f"sheet-{sheet}.png", compress_level=1)


def cells_of(item: Rendered, among: int) -> list[Image.Image]:
    """Pictures of a result: some frames of a film, the spectrogram of a sound, views of a model, a text."""
    if item.path is None:
        return [_written(item.text or "")]
    path = Path(item.path)
    found = probe.probe(path)
    many = max(1, COLUMNS // among)
    if path.suffix == ".glb":
        return [view_of(path.read_bytes(), turn) for turn in (0.0, 0.7, 1.5, 3.14)[:many]]
    if found is None:
        return [_written(f"{path.name}, {path.stat().st_size} bytes")]
    if found.kind is Kind.IMAGE:
        with Image.open(path) as opened:
            ground = Image.new("RGBA", opened.size, (255, 0, 255, 255))
            ground.alpha_composite(opened.convert("RGBA"))
            return [ground.convert("RGB")]
    if found.kind is Kind.VIDEO:
        rate = max(0.2, many / max(0.5, found.seconds or 1) * 0.999)
        graph = f"fps={rate:.4f},scale=320:-2"
        raw = ffmpeg.run(
            [
                "-i",
                str(path),
                "-vf",
                graph,
                "-frames:v",
                str(many),
                "-f",
                "image2pipe",
                "-c:v",
                "ppm",
                "pipe:1",
            ]
        )
        return _ppms(raw)
    how = f"s={CELL[0] * many}x{CELL[1]}:legend=0:drange=70"
    graph = f"aformat=channel_layouts=mono,aresample=16000,showspectrumpic={how}"
    raw = ffmpeg.run(
        ["-i", str(path), "-lavfi", graph, "-frames:v", "1", "-f", "image2pipe", "-c:v", "ppm", "pipe:1"]
    )
    wide = _ppms(raw)[0].resize((CELL[0] * many, CELL[1]))
    return [wide.crop((CELL[0] * at, 0, CELL[0] * (at + 1), CELL[1])) for at in range(many)]


def _ppms(raw: bytes) -> list[Image.Image]:
    """Portable pixmaps one behind the other."""
    found, at = [], 0
    while at < len(raw):
        _, size, _ = raw[at : at + 40].split(b"\n", 3)[:3]
        wide, high = map(int, size.split())
        head = len(raw[at : at + 40]) - len(raw[at : at + 40].split(b"\n", 3)[3])
        length = wide * high * 3
        found.append(Image.frombytes("RGB", (wide, high), raw[at + head : at + head + length]))
        at += head + length
    return found


def _written(text: str) -> Image.Image:
    sheet = Image.new("RGB", CELL, (255, 255, 255))
    font = (cjk(12) if any(ord(sign) > 0x2E80 for sign in text) else None) or latin(12)
    lines = [
        line[start : start + 48] for line in text.splitlines() for start in range(0, max(1, len(line)), 48)
    ]
    ImageDraw.Draw(sheet).multiline_text((6, 6), "\n".join(lines[:11]), font=font, fill=(20, 20, 30))
    return sheet


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
