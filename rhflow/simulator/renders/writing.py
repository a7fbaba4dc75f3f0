"""Text: answers, lyrics and descriptions that follow from the request, and never pretend to be clever."""

from __future__ import annotations

import json
import re
from pathlib import Path

from rhflow.media import probe
from rhflow.simulator.asking import is_chinese
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import answers, describe, encode, film, hearing, picture, reel, words
from rhflow.simulator.renders.answers import topic as _topic
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still


def text_to_text(request: Request) -> list[Rendered]:
    """A short answer to the prompt; valid JSON alone where the prompt asks for JSON; media are looked at."""
    about = " ".join(_look(file, request.prompt) for file in request.media())
    return [_text(answers.answer(request.prompt, request.dice, about))]


def lyrics(request: Request) -> list[Rendered]:
    """Two verses and a refrain out of the words of the prompt."""
    return [_text(verses(request.prompt, request.dice.split("lyrics")))]


def verses(prompt: str, dice: Dice) -> str:
    """A lyric: `[verse]` and `[chorus]` before what they name."""
    prompt = prompt or "a song"
    chinese = any("\u4e00" <= sign <= "\u9fff" for sign in prompt)
    topic = _topic(prompt, 40)
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
    return "\n".join(lines)


def image_to_text(request: Request) -> list[Rendered]:
    """What can truly be said of a picture, in the language of the prompt; as JSON where that is asked for."""
    if not request.media():
        return text_to_text(request)
    return [_text(_reported(request, [_look(file, request.prompt) for file in request.media()]))]


def video_to_text(request: Request) -> list[Rendered]:
    """What a video shows, how it moves, how long it is, what is heard in it."""
    return image_to_text(request)


def _reported(request: Request, seen: list[str]) -> str:
    """What was seen, as the prompt wants to have it."""
    prompt = request.prompt
    if "json" in prompt.lower():
        return json.dumps(
            answers.json_answer(prompt, request.dice, " ".join(seen)), ensure_ascii=False, indent=2
        )
    if re.search(r"one sentence|single sentence|briefly|short caption|一句话|简短", prompt.lower()):
        return re.split(r"(?<=[.。])\s*", seen[0])[0]
    return "\n".join(seen)


def _look(file: Path, prompt: str) -> str:
    """A file in words."""
    chinese = is_chinese(prompt)
    kind = film.kind_of(file)
    if kind == "picture":
        return describe.said(describe.see(picture.open_still(file)), chinese=chinese)
    if kind == "sound":
        found = probe.probe(file)
        if found is None or not found.has_audio:
            raise UnreadableInput(f"The input {file.name} is no sound that can be read")
        high = hearing.pitch(hearing.samples(file, most_s=30))
        return f"A sound of {found.seconds or 0:.1f} seconds" + (
            f", around {high:.0f} hertz." if high else "."
        )
    found = encode.look(file)
    size = (found.width or 2, found.height or 2)
    shown = list(reel.frames(file, size, max(0.4, 3 / max(1.0, found.seconds or 1.0)), most_s=60))
    if not shown:
        raise UnreadableInput(f"The input {file.name} has no frame that can be read")
    seen = [describe.see(Still(frame)) for frame in (shown[len(shown) // 2], shown[-1])]
    return describe.film_said(describe.watch(file, found), seen, chinese=chinese)


def receipt(request: Request) -> list[Rendered]:
    """What an upload or a registered voice, person or element is answered with: a name to use later."""
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


def faces(request: Request) -> list[Rendered]:
    """Who can be made to speak in a video: a session, and each face with the time it is seen."""
    seconds = 5.0
    for file in request.media():
        seconds = encode.look(file).seconds or seconds
    seed = request.dice.seed
    found = {"face_id": f"face-{seed[16:24]}", "start_time": 0, "end_time": round(seconds * 1000)}
    return [_text(json.dumps({"session_id": f"session-{seed[:16]}", "face_data": [found]}))]


def _nouns(prompt: str) -> list[str]:
    reading = words.read(prompt)
    found = [*reading.subjects, *reading.settings, *([reading.time] if reading.time else [])]
    if any("\u4e00" <= sign <= "\u9fff" for sign in prompt):
        return re.findall(r"[\u4e00-\u9fff]{2,4}", prompt)[:5]
    return found or [word for word in words.words_of(prompt) if len(word) > 4][:5]


def _text(text: str) -> Rendered:
    return Rendered(None, "txt", text)
