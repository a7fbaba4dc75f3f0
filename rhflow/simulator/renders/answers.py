"""Answers to a prompt: lists, stories, titles, longer prompts, JSON in the shape asked for; never clever."""

from __future__ import annotations

import json
import re

from rhflow.ground.values import Json, JsonObject
from rhflow.simulator.asking import counted, is_chinese, is_list, json_pieces, number_in, quoted_names
from rhflow.simulator.renders import words
from rhflow.simulator.renders.dice import Dice

_COUNTED = counted(
    "shots?|scenes?|items?|ideas?|lines?|steps?|entries|prompts?|titles?|names?|options?|variations?|facts?|"
    "questions?|tips?|keywords?|tags?",
    "镜头|场景|分镜|条|项|段|标题|提示词|想法|关键词|标签",
)
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
_VIEWS_ZH = ("远景", "缓缓推近", "特写", "安静的一刻", "俯瞰", "逆光", "转折", "归途", "停顿", "最后一缕光")
_LENSES = (
    "35mm lens, shallow depth of field",
    "wide angle, deep focus",
    "85mm portrait lens, soft bokeh",
    "low angle, long lens",
)
_LIGHTS = {
    "dawn": "soft light of dawn",
    "day": "clear daylight",
    "golden": "warm golden hour light",
    "dusk": "blue dusk light",
    "night": "moonlight and small warm lamps",
}


def answer(prompt: str, dice: Dice, about: str = "") -> str:
    """The answer to a prompt; `about` is what was seen in the media that came with it."""
    if "json" in prompt.lower():
        return json.dumps(json_answer(prompt, dice, about), ensure_ascii=False, indent=2)
    return "\n".join(_plain(prompt, dice, about))


def wanted(prompt: str, default: int = 3) -> int:
    """How many things a prompt asks for: "six shots", "4 scenes"."""
    number = number_in(prompt, _COUNTED)
    return max(1, min(20, default if number is None else number))


def topic(prompt: str, most: int) -> str:
    """Its first sentence, cut where it is longer."""
    first = re.split(r"[.!?。！？\n]", prompt.strip(), maxsplit=1)[0].strip()
    return first if len(first) <= most else first[: most - 1].rstrip() + "…"


def subject(prompt: str) -> str:
    """What the prompt is about: what stands behind "about", "of" or a colon, else its first sentence."""
    plain = re.sub(r"[\[{].*[\]}]", " ", prompt, flags=re.DOTALL)
    match = re.search(r"(?:\babout\b|关于)\s*(.+)", plain, re.DOTALL | re.IGNORECASE)
    if match is None:
        match = re.search(
            r"(?:\bstory of\b|\bprompt for\b|\bdescribe\b|\bcalled\b|[:：]|描述|介绍)\s*(.+)",
            plain,
            re.DOTALL | re.IGNORECASE,
        )
    return topic(match[1] if match and match[1].strip() else plain, 80)


def _plain(prompt: str, dice: Dice, about: str) -> list[str]:
    """By what is asked for: a list, a longer prompt, a story, a title, a summary; else a few sentences."""
    chinese = is_chinese(prompt)
    core = about or subject(prompt) or "nothing in particular"
    lowered = prompt.lower()
    if number_in(prompt, _COUNTED) is not None:
        views = dice.shuffled(_VIEWS_ZH if chinese else _VIEWS)
        colon = "：" if chinese else ": "
        return [
            f"{index + 1}. {views[index % len(views)]}{colon}{core}{'。' if chinese else '.'}"
            for index in range(wanted(prompt))
        ]
    if re.search(r"summar|tl;dr|总结|概括|摘要", lowered):
        return [_summary(prompt)]
    if re.search(r"\b(?:title|slogan|name|headline|caption)\b|标题|口号|起名|名字", lowered):
        return [_title(core, dice, chinese=chinese)]
    if re.search(r"\bprompts?\b|提示词", lowered):
        return [_longer(core, dice, chinese=chinese)]
    if re.search(r"\b(?:story|tale|fable|narrat\w+|voice-?over|script)\b|故事|旁白|剧本|文案", lowered):
        return _story(core, dice, chinese=chinese)
    return [about] if about else _thoughts(core, prompt, chinese=chinese)


def _summary(prompt: str) -> str:
    """The first sentences of what is to be summed up."""
    body = re.split(r"[:：\n]", prompt, maxsplit=1)[-1].strip()
    sentences = re.findall(r"[^.!?。！？]+[.!?。！？]?", body)
    return "".join(sentences[:2]).strip() or topic(prompt, 120)


def _title(core: str, dice: Dice, *, chinese: bool) -> str:
    if chinese:
        return f"《{topic(core, 12)}·{dice.pick(_VIEWS_ZH)}》"
    spoken = [word for word in re.findall(r"[A-Za-z']+", core) if len(word) > 3][:3]
    return f"{dice.pick(_VIEWS)}: {' '.join(word.capitalize() for word in spoken) or 'Untitled'}"


def _longer(core: str, dice: Dice, *, chinese: bool) -> str:
    """A prompt with place, light, lens and mood."""
    reading = words.read(core)
    if chinese:
        lit = dice.pick(("晨光", "暖色夕阳", "月光", "柔和的侧光"))
        framed = dice.pick(("远景", "中景", "特写"))
        return f"{core}，{lit}，电影感构图，细节丰富，{framed}，景深自然，高质量"
    place = f"in a {reading.settings[0]} setting" if reading.settings else "in a quiet, open place"
    light = _LIGHTS.get(reading.time or dice.pick(("dawn", "golden", "dusk")), "soft light")
    lens, mood = dice.pick(_LENSES), reading.mood or "calm"
    return (
        f"{core}, {place}, {light}, {lens}, rich detail, natural colours, {mood} mood, cinematic composition"
    )


def _story(core: str, dice: Dice, *, chinese: bool) -> list[str]:
    if chinese:
        return [
            f"从前，有一个关于{core}的夜晚。",
            f"{dice.pick(('风', '雨', '月光'))}轻轻落下，一切都安静了下来。",
            "有人在远处点亮了一盏灯，于是路变得清楚。",
            f"走到尽头的时候，{core}还在那里，好像一直在等。",
        ]
    return [
        f"It begins with {core}, and with nobody else awake.",
        f"The {dice.pick(('wind', 'rain', 'sea'))} comes closer, and for a while there is only that sound.",
        "Then somebody far away lights a lamp, and the way can be seen.",
        "By the morning it is all still there, a little changed, as if it had been waiting.",
    ]


def _thoughts(core: str, prompt: str, *, chinese: bool) -> list[str]:
    reading = words.read(prompt)
    if chinese:
        return [
            f"关于“{core}”，可以这样看。",
            "先抓住一个清楚的画面，再让光线和节奏慢慢展开。",
            f"最后回到开头：{topic(core, 24)}。",
        ]
    place = reading.settings[0] if reading.settings else "open country"
    time = reading.time or "day"
    return [
        f"Here is a short answer about {core}.",
        f"Picture it in the light of {time}, somewhere between {place} and sky: the whole, then one detail.",
        f"Keep to one clear thought, and let it end where it began: {topic(core, 40)}.",
    ]


def json_answer(prompt: str, dice: Dice, about: str = "") -> Json:
    """In the shape of an example in the prompt where there is one; else with the fields named."""
    example = _example(prompt)
    count = wanted(prompt)
    core = about or subject(prompt)
    if isinstance(example, list):
        first = example[0] if example else ""
        return [_filled(first, core, index, "item", dice) for index in range(count)]
    if isinstance(example, dict):
        return _filled(example, core, 0, "", dice, count)
    item: JsonObject = dict.fromkeys(quoted_names(prompt) or ["title", "prompt"], "")
    if is_list(prompt) or number_in(prompt, _COUNTED) is not None:
        return [_filled(item, core, index, "item", dice) for index in range(count)]
    return _filled(item, core, 0, "", dice)


def _example(prompt: str) -> Json:
    """The first piece of the prompt that is a JSON object or array."""
    held: Json = next((piece for piece in json_pieces(prompt) if piece), None)
    return held


def _filled(shape: Json, core: str, index: int, name: str, dice: Dice, count: int = 3) -> Json:
    """A value of the shape, its texts made up from what it is about."""
    if isinstance(shape, dict):
        return {key: _filled(value, core, index, key, dice, count) for key, value in shape.items()}
    if isinstance(shape, list):
        item = shape[0] if shape else ""
        return [_filled(item, core, number, name, dice, count) for number in range(count)]
    if isinstance(shape, bool) or shape is None:
        return shape
    if isinstance(shape, int | float):
        return shape if name.lower() not in {"id", "index", "number", "shot", "scene"} else index + 1
    chinese = is_chinese(core)
    view = (_VIEWS_ZH if chinese else _VIEWS)[index % len(_VIEWS)]
    if "title" in name.lower() or "name" in name.lower():
        return view
    return f"{view}{'：' if chinese else ': '}{core}"
