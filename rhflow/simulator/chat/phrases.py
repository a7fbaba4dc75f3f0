"""Sentences for fields by their names: a `title` is short, a `prompt` shows something, a `camera` moves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rhflow.simulator.asking import is_chinese

_ABOUT = re.compile(
    r"(?:\babout\b|\btitled\b|\bshowing\b|\bfeaturing\b|关于|主题[是为:：]?|\b(?:film|video|story|clip|song|poster|"
    r"storyboard|scene|picture|image)s? (?:of|for|on|in which)\b)\s*[:：]?\s*(.+)",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK = re.compile(r"```.*?```|[\[{].*[\]}]", re.DOTALL)
_SENTENCE = re.compile(r"[.!?。！？;；\n]")
_ORDERED = re.compile(
    r"(?:[^:：]{0,60}\b(?:improve|rewrite|polish|expand|write|make|plan|describe|prompt|turn|summari[sz]e)\b|[^:：]{0,30}(?:提示词|改写|润色|描述))"
    r"[^:：]{0,60}[:：]\s*(.+)",
    re.IGNORECASE | re.DOTALL,
)
"""A command, a colon, and what it is about."""
_PARTS = re.compile(
    r"(?:\w+\s+){0,3}(?:shots?|scenes?|frames?|panels?|pictures?|prompts?|lines|parts)\b", re.IGNORECASE
)
"""How many there shall be, which is not what it is about."""
_DANGLING = re.compile(
    r"(?:\s+(?:an?|the|of|and|or|in|on|at|by|to|with|from|for|that|which|who|its?))+$", re.IGNORECASE
)
_NEEDLESS = (
    re.compile(r"^(?:please\s+|请)", re.IGNORECASE),
    re.compile(
        r"^(?:write|make|create|give|tell|describe|list|generate|return|respond|answer|output)\b\s*(?:me\b|with\b|in\b)?\s*",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:写|给我|生成|描述|列出)(?:一个|一段)?"),
    re.compile(r"^(?:what|who|how|why|where)\s+(?:is|are|do|does|can)\s+", re.IGNORECASE),
    re.compile(r"\b(?:as|in)?\s*json\b", re.IGNORECASE),
    re.compile(r"的?[一二两三四五六七八九十\d]+\s*个?(?:镜头|场景|分镜).*$"),
    re.compile(r"的(?:分镜|故事|短片|视频|图片|电影|脚本).*$"),
)
_VIEWS = (
    "A wide view of {}",
    "A slow approach to {}",
    "A close look at {}",
    "A quiet moment with {}",
    "{}, seen from above",
    "{} against the light",
    "A turn, and there is {}",
    "The way home from {}",
    "The last light on {}",
)
_VIEWS_CN = (
    "{}的远景",
    "镜头缓缓靠近{}",
    "{}的特写",
    "与{}相伴的安静时刻",
    "俯瞰{}",
    "逆光中的{}",
    "转身看见{}",
    "最后一缕光落在{}上",
)
_LIGHT = ("soft morning light", "golden hour", "blue dusk", "overcast calm", "warm lamplight", "moonlight")
_LIGHT_CN = ("清晨柔光", "黄昏金光", "蓝色暮光", "阴天漫射光", "暖色灯光", "月光")
_LISTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("camera movement motion angle framing lens size 运镜 镜头 景别", (
        "slow push in", "static wide shot", "pan from left to right", "low angle, drifting",
        "close-up, handheld",
    ), ("缓慢推进", "固定远景", "从左向右摇", "低角度漂移", "手持特写")),
    ("mood tone emotion feeling atmosphere 情绪 氛围", (
        "calm", "hopeful", "tender", "playful", "mysterious",
    ), ("平静", "充满希望", "温柔", "俏皮", "神秘")),
    ("style aesthetic look 风格", (
        "watercolour", "cinematic, 35 mm", "picture book", "ink wash", "soft 3D",
    ), ("水彩", "电影感", "绘本", "水墨", "柔和三维")),
    ("light lighting daytime 光线 光", _LIGHT, _LIGHT_CN),
    ("location place setting where 地点 场所", (
        "a small harbour", "the edge of a forest", "a rooftop", "a quiet street", "an open field",
    ), ("小港口", "森林边缘", "屋顶", "安静的街道", "开阔的田野")),
    ("music sound audio sfx 音乐 音效", (
        "soft piano and wind", "distant bells", "a slow cello", "rain on leaves",
    ), ("轻柔的钢琴和风声", "远处的钟声", "缓慢的大提琴", "雨打树叶")),
    ("transition 转场", (
        "cut", "dissolve", "match cut", "fade to black",
    ), ("切", "叠化", "匹配剪辑", "渐黑")),
    ("color colour colors colours palette 颜色 色调", (
        "deep blue and amber", "sage green", "warm grey", "coral and cream",
    ), ("深蓝与琥珀", "鼠尾草绿", "暖灰", "珊瑚与米白")),
    ("gender 性别", ("female", "male"), ("女", "男")),
    ("language lang 语言", ("en",), ("zh",)),
    ("negative", ("blurry, low quality, watermark, text",), ("模糊，低质量，水印，文字",)),
    ("ratio aspect 比例", ("16:9",), ("16:9",)),
    ("model", ("simulator",), ("simulator",)),
)  # fmt: skip
_TITLES = "title name heading headline 标题 名称 片名"
_SPOKEN = (
    "narration narrator voice voiceover dialog dialogue line lines lyric lyrics subtitle caption say says "
    "旁白 台词 字幕 歌词"
)
_MARKS = "id key slug code ref"


@dataclass(frozen=True, slots=True)
class Topic:
    """What a prompt is about, and in which language."""

    text: str
    is_chinese: bool
    turn: int = 0
    """Which of several answers it is for: each begins elsewhere."""

    @property
    def short(self) -> str:
        """As much of it as makes a title: where it is cut, at a comma, and not behind an article."""
        most = 16 if self.is_chinese else 40
        cut = shortened(self.text, most)
        if len(self.text) <= most:
            return cut
        return _DANGLING.sub("", re.split(r"[,，、;]", cut)[0]).strip() or cut


def topic_of(prompt: str, turn: int = 0) -> Topic:
    """What stands behind "about" and the like, else the first sentence without its command."""
    plain = _BLOCK.sub(" ", prompt).strip()
    found = _ABOUT.search(plain) or _ORDERED.match(plain)
    first = _SENTENCE.split((found[1] if found else plain).strip(), maxsplit=1)[0]
    while _PARTS.match(first) and (deeper := _ABOUT.search(first)) is not None:
        first = deeper[1]  # "a storyboard of eight shots for a film about a ferry"
    for needless in _NEEDLESS:
        first = needless.sub("", first)
    text = shortened(re.sub(r"\s+", " ", first).strip(" ,:：，\"'"), 90) or "an empty page"
    return Topic(text, is_chinese(prompt), turn)


def words_of(name: str) -> set[str]:
    """The words in the name of a field: `shotType` is shot and type."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return {word.lower() for word in re.findall(r"[A-Za-z]+|[\u4e00-\u9fff]+", parted)}


def shortened(text: str, most: int) -> str:
    """At most so many characters, cut at a word where there is one."""
    if len(text) <= most:
        return text
    cut = text[:most]
    return (cut.rsplit(" ", 1)[0] if " " in cut[most // 2 :] else cut).rstrip(" ,;:")


def phrase(name: str, index: int, topic: Topic) -> str:
    """A text for a field of that name, in the index-th item of a list."""
    words, turn = words_of(name), index + topic.turn + len(topic.text)
    for names, english, chinese in _LISTS:
        if words & set(names.split()):
            options = chinese if topic.is_chinese else english
            return options[turn % len(options)]
    if words & set(_MARKS.split()):
        rest = [word for word in re.findall(r"[a-z]+", name.lower()) if word not in _MARKS.split()]
        return f"{'-'.join(rest) or 'item'}-{index + 1}"
    if words & set(_TITLES.split()):
        return _title(index, topic)
    if words & set(_SPOKEN.split()):
        return _spoken(index + topic.turn, topic)
    views, light = (_VIEWS_CN, _LIGHT_CN) if topic.is_chinese else (_VIEWS, _LIGHT)
    seen = views[(index + topic.turn) % len(views)].format(topic.text)
    return f"{seen[:1].upper()}{seen[1:]}{'，' if topic.is_chinese else ', '}{light[turn % len(light)]}"


def _title(index: int, topic: Topic) -> str:
    if topic.is_chinese:
        return f"{topic.short}·{'一二三四五六七八九十'[index % 10]}"
    words = topic.short.split()
    name = " ".join(
        word if word in ("a", "the", "of", "in", "on") else word[:1].upper() + word[1:] for word in words
    )
    return f"{name[:1].upper()}{name[1:]}" + (f", part {index + 1}" if index else "")


def _spoken(index: int, topic: Topic) -> str:
    if topic.is_chinese:
        return (
            f"这是{topic.short}的故事。",
            "风轻轻地吹，谁也没有说话。",
            "就这样，一天过去了。",
            "光还亮着。",
        )[index % 4]
    return (
        f"This is the story of {topic.short}.",
        "The wind was soft, and nobody spoke.",
        "And so the day went by.",
        "The light was still on.",
    )[index % 4]
