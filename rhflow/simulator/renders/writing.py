"""Text: answers, lyrics and descriptions that follow from the request, and never pretend to be clever."""

from __future__ import annotations

import json
import re

from PIL import Image

from rhflow.ground.values import Json, JsonObject
from rhflow.media import probe
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import encode, picture, words
from rhflow.simulator.renders.colour import Rgb
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request

_NAMED: dict[str, Rgb] = {
    "black": (20, 20, 24),
    "white": (244, 244, 242),
    "grey": (128, 128, 130),
    "red": (200, 50, 45),
    "orange": (236, 140, 56),
    "yellow": (240, 208, 90),
    "green": (80, 150, 84),
    "teal": (40, 140, 140),
    "blue": (60, 110, 190),
    "navy": (24, 34, 82),
    "purple": (120, 74, 160),
    "pink": (236, 160, 180),
    "brown": (116, 78, 54),
    "beige": (226, 208, 178),
}
_COUNT = re.compile(
    r"\b(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)\b[\w\s-]{0,24}?\b(?:shots?|scenes?|items?|ideas?|lines?|steps?|entries|prompts?|titles?|names?)\b|(\d{1,2}|[一二三四五六七八九十])\s*(?:个|条|段|幕)?(?:镜头|场景|分镜|条|项|段)",
    re.IGNORECASE,
)
_NUMBERS = {
    name: number
    for number, name in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1
    )
} | {name: number for number, name in enumerate("一二三四五六七八九十", 1)}
_VIEWS = (
    "A wide view",
    "A slow approach",
    "A close look",
    "A quiet moment",
    "From above",
    "Against the light",
    "A turn",
    "The way home",
    "A pause",
    "The last light",
)


def text_to_text(request: Request) -> list[Rendered]:
    """A short answer to the prompt; valid JSON alone where the prompt asks for JSON."""
    prompt = request.prompt
    if "json" in prompt.lower():
        return [_text(json.dumps(_json_answer(prompt, request.dice), ensure_ascii=False, indent=2))]
    return [_text("\n".join(_plain_answer(prompt, request.dice)))]


def lyrics(request: Request) -> list[Rendered]:
    """Two verses and a refrain out of the words of the prompt."""
    prompt = request.prompt or "a song"
    chinese = any("\u4e00" <= sign <= "\u9fff" for sign in prompt)
    topic = _topic(prompt, 40)
    dice = request.dice.split("lyrics")
    nouns = _nouns(prompt) or [topic]
    if chinese:
        verse = [
            f"{dice.pick(nouns)}在风里轻轻地唱",
            "夜色漫过远方的山岗",
            f"我们记得{dice.pick(nouns)}的光",
            "一路走来也不曾遗忘",
        ]
        refrain = [f"啊 {topic}", "你是我心里的方向", f"啊 {topic}", "陪我走到天亮"]
    else:
        verse = [
            f"The {dice.pick(nouns)} is waiting where the evening ends",
            "A little light is leaning on the bends",
            f"We carry {dice.pick(nouns)} in a quiet hand",
            "And follow all the footprints in the sand",
        ]
        refrain = [
            f"Oh {topic}",
            "Sing it low and sing it slow",
            f"Oh {topic}",
            "Everywhere the lanterns glow",
        ]
    second = [*verse[2:], *verse[:2]]
    lines = ["[verse]", *verse, "", "[chorus]", *refrain, "", "[verse]", *second, "", "[chorus]", *refrain]
    return [_text("\n".join(lines))]


def image_to_text(request: Request) -> list[Rendered]:
    """What can truly be said of a picture: size, shape, brightness, colours."""
    files = request.media()
    if not files:
        return text_to_text(request)
    return [_text("\n".join(describe(picture.open_picture(file)) for file in files))]


def video_to_text(request: Request) -> list[Rendered]:
    """Length, size and frame rate of a video, and what its last frame looks like."""
    files = request.media()
    if not files:
        return text_to_text(request)
    found = encode.look(files[0])
    frame = request.folder / "frame.ppm"
    encode.last_frame(files[0], frame)
    said = describe(picture.open_picture(frame))
    frame.unlink()
    sound = "with sound" if found.has_audio else "without sound"
    return [
        _text(
            f"A video of {found.seconds or 0:.1f} seconds at {found.fps or 0:g} frames a second, {sound}. "
            f"Its last frame: {said}"
        )
    ]


def receipt(request: Request) -> list[Rendered]:
    """What an upload or a registered voice, person or world is answered with: a name to use later."""
    for file in request.media():
        if probe.probe(file) is None:
            raise UnreadableInput(f"The input {file.name} is no media file that can be read")
    named = re.sub(r"[^a-z0-9]+", "-", request.order.endpoint.rsplit("/", 1)[-1].lower()).strip("-")
    answer = {
        "id": f"{named}-{request.dice.seed[:16]}",
        "status": "ready",
        "description": _topic(request.prompt, 120),
    }
    return [_text(json.dumps(answer, ensure_ascii=False))]


def describe(still: Image.Image) -> str:
    """Two sentences about a picture."""
    near_square = abs(still.width - still.height) < still.width * 0.03
    shape = "square" if near_square else "landscape" if still.width > still.height else "portrait"
    light = still.convert("L").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(light, int | float)
    mood = "A dark" if light < 80 else "A bright" if light > 170 else "An evenly lit"
    said = f"{mood} picture in {shape} format, {still.width} by {still.height} pixels."
    names = dominant(still)
    if len(names) == 1:
        return f"{said} It is almost all {names[0]}."
    return f"{said} Its main colours are {', '.join(names[:-1])} and {names[-1]}."


def dominant(still: Image.Image) -> list[str]:
    """Up to three colour names, the most frequent first."""
    small = still.convert("RGB").resize((48, 48), Image.Resampling.BOX)
    counts: dict[str, int] = {}
    raw = small.tobytes()
    for start in range(0, len(raw), 3):
        pixel = (raw[start], raw[start + 1], raw[start + 2])
        name = min(
            _NAMED, key=lambda named: sum((x - y) ** 2 for x, y in zip(_NAMED[named], pixel, strict=True))
        )
        counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return [name for name in ordered[:3] if counts[name] > 120] or ordered[:1]


def _text(text: str) -> Rendered:
    return Rendered(None, "txt", text)


def _topic(prompt: str, most: int) -> str:
    first = re.split(r"[.!?。！？\n]", prompt.strip(), maxsplit=1)[0].strip()
    return first if len(first) <= most else first[: most - 1].rstrip() + "…"


def _subject(prompt: str) -> str:
    """What the prompt is about: what stands behind "about", "of" or a colon, else its first sentence."""
    plain = re.sub(r"[\[{].*[\]}]", " ", prompt, flags=re.DOTALL)
    match = re.search(r"(?:\babout\b|关于)\s*(.+)", plain, re.DOTALL | re.IGNORECASE)
    return _topic(match[1] if match else plain, 80)


def _nouns(prompt: str) -> list[str]:
    reading = words.read(prompt)
    found = [*reading.subjects, *reading.settings, *([reading.time] if reading.time else [])]
    if any("\u4e00" <= sign <= "\u9fff" for sign in prompt):
        return re.findall(r"[\u4e00-\u9fff]{2,4}", prompt)[:5]
    return found or [word for word in words.words_of(prompt) if len(word) > 4][:5]


def wanted(prompt: str, default: int = 3) -> int:
    """How many things a prompt asks for: "six shots", "4 scenes"."""
    match = _COUNT.search(prompt)
    if not match:
        return default
    said = (match[1] or match[2]).lower()
    return max(1, min(20, int(said) if said.isdigit() else _NUMBERS.get(said, default)))


def _plain_answer(prompt: str, dice: Dice) -> list[str]:
    topic = _topic(prompt, 90) or "nothing in particular"
    if _COUNT.search(prompt):
        views = dice.shuffled(_VIEWS)
        return [f"{index + 1}. {views[index % len(views)]}: {topic}." for index in range(wanted(prompt))]
    reading = words.read(prompt)
    place = reading.settings[0] if reading.settings else "open country"
    time = reading.time or "day"
    return [
        f"You asked: {topic}.",
        f"Picture it in the light of {time}, somewhere between {place} and sky.",
        f"Keep to one clear thought, and let it end where it began: {_topic(prompt, 40)}.",
    ]


def _json_answer(prompt: str, dice: Dice) -> Json:
    """In the shape of an example in the prompt where there is one; else with the fields named."""
    example = _example(prompt)
    count = wanted(prompt)
    if isinstance(example, list):
        first = example[0] if example else ""
        return [_filled(first, prompt, index, "item", dice) for index in range(count)]
    if isinstance(example, dict):
        return _filled(example, prompt, 0, "", dice, count)
    fields = re.findall(r"[\"'`](\w{2,30})[\"'`]", prompt) or ["title", "prompt"]
    item: JsonObject = {str(field): "" for field in fields}
    if re.search(r"\b(array|list)\b|数组|列表", prompt, re.IGNORECASE) or _COUNT.search(prompt):
        return [_filled(item, prompt, index, "item", dice) for index in range(count)]
    return _filled(item, prompt, 0, "", dice)


def _example(prompt: str) -> Json:
    """The first piece of the prompt that is a JSON object or array."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"[\[{]", prompt):
        try:
            value, _ = decoder.raw_decode(prompt, match.start())
        except ValueError:
            continue
        if value and isinstance(value, dict | list):
            held: Json = value
            return held
    return None


def _filled(shape: Json, prompt: str, index: int, name: str, dice: Dice, count: int = 3) -> Json:
    """A value of the shape, its texts made up from the prompt."""
    if isinstance(shape, dict):
        return {key: _filled(value, prompt, index, key, dice, count) for key, value in shape.items()}
    if isinstance(shape, list):
        item = shape[0] if shape else ""
        return [_filled(item, prompt, number, name, dice, count) for number in range(count)]
    if isinstance(shape, bool) or shape is None:
        return shape
    if isinstance(shape, int | float):
        return shape if name.lower() not in {"id", "index", "number", "shot", "scene"} else index + 1
    view = _VIEWS[index % len(_VIEWS)]
    subject = _subject(prompt)
    return view if "title" in name.lower() or "name" in name.lower() else f"{view}: {subject}"
