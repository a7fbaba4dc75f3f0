"""What the words of a prompt ask for: tables of English and Chinese keywords.

English words match whole, without regard to case and plural; Chinese ones match anywhere. A word with a
question mark only hints: it counts where nothing plainer is said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SETTINGS: dict[str, str] = {
    "sea": "sea ocean coast beach wave? surf harbour harbor island bay shore seaside tide pier? 海 沙滩 浪 "
    "港 岛",
    "lake": "lake river pond stream waterfall reflection creek canal 湖 河 江 溪 池塘 瀑布 倒影",
    "forest": "forest wood woods jungle grove bamboo woodland rainforest pine? tree? 森林 树林 竹林 丛林 "
    "林间 大树?",
    "mountain": "mountain peak alps cliff? valley canyon glacier summit alpine volcano everest ridge 山 峰 "
    "峡谷",
    "meadow": "meadow field hill grass? grassland prairie garden? farm flower? countryside pasture "
    "vineyard blossom? "
    "spring? hillside 草原 田野 花园? 山坡 花海 麦田 草地 田? 花?",
    "desert": "desert dune sand sahara oasis camel canyonland savanna 沙漠 沙丘 戈壁 绿洲",
    "city": "city street skyline skyscraper tokyo shanghai cyberpunk urban building? downtown metropolis "
    "rooftop? "
    "traffic 城市 街 都市 高楼 霓虹 大厦 上海 北京 东京 赛博",
    "village": "village town hamlet roof? chimney? market? 村 小镇 古镇 屋顶? 人家",
    "space": "space galaxy planet mars nebula cosmos universe orbit asteroid lunar spaceship? "
    "太空 宇宙 星系 星球 银河? 飞船? 火星",
    "underwater": "underwater coral reef seabed aquarium 海底 珊瑚 水下",
    "room": "room kitchen window? windowsill interior cafe library desk? bedroom indoor studio? table? "
    "sill 房间 屋里 书房 咖啡馆 窗? 室内",
}
TIMES: dict[str, str] = {
    "dawn": "dawn sunrise morning daybreak 日出 清晨 早晨 黎明 晨 朝阳 破晓",
    "day": "day noon midday sunny daylight afternoon summer bright 白天 中午 晴 正午 下午 夏 阳光",
    "golden": "sunset golden evening autumn fall 日落 夕阳 傍晚 黄昏 晚霞 金色 秋",
    "dusk": "dusk twilight gloaming 暮色 暮 薄暮",
    "night": "night midnight moon moonlight moonlit star starry stars dark neon nocturnal firefly "
    "夜 月 星空 午夜 星 萤火虫",
}
WEATHERS: dict[str, str] = {
    "snow": "snow snowy blizzard christmas snowfall snowing 雪",
    "frost": "winter ice frozen icy arctic glacier snow-capped 冬 冰 雪山 雪峰",
    "rain": "rain rainy drizzle wet umbrella 雨",
    "fog": "fog mist misty haze foggy 雾 烟雨 朦胧",
    "storm": "storm thunder lightning tempest hurricane stormy 风暴 雷 闪电 暴风",
    "aurora": "aurora northern-lights borealis 极光",
    "petals": "petal cherry sakura blossom spring 樱花 花瓣 春 桃花",
    "leaves": "autumn leaf fall maple 秋 枫 落叶",
    "fireflies": "firefly fairy magic magical enchanted 萤火虫 魔法 精灵",
    "embers": "fire ember flame campfire bonfire volcano lava 火 火焰 篝火 熔岩",
    "clear": "clear cloudless 晴朗 万里无云",
}
STYLES: dict[str, str] = {
    "watercolour": "watercolour watercolor aquarelle wash 水彩",
    "ink": "ink sumi calligraphy brush sketch 水墨 国画 墨 写意",
    "neon": "neon cyberpunk synthwave vaporwave retrowave 霓虹 赛博",
    "picture-book": "picture-book picturebook storybook children crayon gouache kids 绘本 童话 儿童 故事书",
    "noir": "noir monochrome black-and-white film-noir 黑白 黑色电影",
}
MOODS: dict[str, str] = {
    "calm": "calm gentle quiet peaceful soft slow serene lullaby relaxing ambient tender 安静 平静 温柔 "
    "宁静 轻柔 舒缓",
    "happy": "happy joyful cheerful bright playful fun upbeat ukulele folk sunny 快乐 欢快 开心 活泼",
    "epic": "epic heroic grand cinematic orchestral dramatic trailer majestic triumph 史诗 壮丽 宏大 英雄",
    "dark": "dark sad melancholy gloomy tense horror lonely mysterious eerie 黑暗 悲伤 忧郁 孤独 神秘 紧张",
    "dreamy": "dreamy dream ethereal magical fantasy nostalgic lofi lo-fi 梦 梦幻 奇幻 怀旧",
    "energetic": "fast energetic dance electronic techno rock battle chase action 快 动感 电子 摇滚 激烈",
}
COLOURS: dict[str, str] = {
    "#d8453e": "red crimson scarlet 红",
    "#f08a3c": "orange amber 橙 橘",
    "#f2c14e": "gold yellow 黄 金",
    "#5aa469": "green emerald jade 绿 翠",
    "#2a9d8f": "teal turquoise cyan 青",
    "#3b7dd8": "blue azure navy cobalt 蓝",
    "#8a5bd1": "purple violet lavender magenta 紫",
    "#f08bb0": "pink rose peach 粉 桃",
    "#f4f1ea": "white ivory silver 白 银",
    "#2a2a33": "black 黑",
    "#8a5a3c": "brown copper 棕 褐",
    "#8d939b": "grey gray 灰",
}
SUBJECTS: dict[str, str] = {
    "rabbit": "rabbit bunny hare 兔",
    "fox": "fox 狐狸",
    "cat": "cat kitten 猫",
    "dog": "dog puppy wolf 狗 狼 犬",
    "deer": "deer stag elk reindeer 鹿",
    "bear": "bear panda 熊 熊猫",
    "horse": "horse unicorn 马",
    "elephant": "elephant 大象 象",
    "crane": "crane heron stork flamingo egret 鹤 白鹭",
    "birds": "bird gull seagull swallow flock goose sparrow 鸟 燕 海鸥 大雁",
    "butterfly": "butterfly moth 蝴蝶",
    "whale": "whale dolphin orca 鲸 海豚",
    "fish": "fish koi shark 鱼 鲤",
    "jellyfish": "jellyfish 水母",
    "turtle": "turtle tortoise 海龟 乌龟",
    "portrait": "portrait headshot selfie presenter avatar newsreader anchorwoman anchorman "
    "肖像 头像 主播 自拍",
    "child": "child girl boy kid daughter son 孩 女孩 男孩 小朋友 少年 少女",
    "person": "person man woman hero traveller traveler hiker wanderer figure people samurai monk detective "
    "人 男 女 女人 男人 老人 旅人 侠 僧",
    "astronaut": "astronaut cosmonaut spaceman 宇航员 航天员",
    "robot": "robot android mech 机器人",
    "rocket": "rocket spaceship spacecraft shuttle 火箭 飞船",
    "boat": "boat sail sailboat sailor yacht fishing canoe raft junk 船 帆 舟",
    "ship": "ship steamer ferry cruise freighter pirate 轮船 货轮 海盗",
    "lighthouse": "lighthouse beacon 灯塔",
    "house": "house cottage cabin hut home barn 房子 小屋 木屋 房屋",
    "castle": "castle palace fortress tower kingdom 城堡 宫殿 塔楼",
    "pagoda": "pagoda temple shrine 塔 寺 庙 亭",
    "windmill": "windmill mill 风车",
    "bridge": "bridge 桥",
    "train": "train railway locomotive tram 火车 列车 电车",
    "car": "car truck van taxi road 汽车 车 公路",
    "bicycle": "bicycle bike cyclist 自行车 单车",
    "balloon": "balloon airship 热气球 气球",
    "kite": "kite 风筝",
    "plane": "plane airplane aircraft jet 飞机",
    "lantern": "lantern lanterns 灯笼 孔明灯",
    "tent": "tent camp camping campfire bonfire 帐篷 露营 篝火",
    "palm": "palm tropical coconut island 椰 棕榈 热带",
    "cactus": "cactus 仙人掌",
    "mushroom": "mushroom toadstool 蘑菇",
    "tree": "tree oak willow 大树 老树 柳 树下",
    "cherry": "cherry sakura blossom 樱花 桃花",
    "flowers": "flower flowers tulip sunflower poppy rose daisy lavender 花 玫瑰 向日葵 郁金香",
    "dragon": "dragon 龙",
    "mug": "coffee tea cup mug 咖啡 茶",
    "ufo": "ufo alien flying-saucer 外星 飞碟",
}
_GARMENT = re.compile(
    r"\s+(?:coat|dress|jacket|shirt|suit|robe|cloak|cape|hoodie|sweater|jumper|raincoat|kimono|uniform)\b"
    r"|色?的?(?:外套|大衣|裙|衣|衫|袍|西装|毛衣|雨衣)"
)
_WEARERS = {"child", "person", "portrait", "robot"}
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_NOT_THESE = {
    "火": ("火星", "火车", "火箭", "萤火虫"),
    "海": ("海底", "上海"),
    "鱼": ("鱼缸", "鲸鱼", "鳄鱼", "章鱼"),
    "人": ("机器人", "人家", "女人", "男人", "老人"),
    "女": ("女孩", "少女", "女儿"),
    "雪": ("雪山", "雪峰"),
    "男": ("男孩",),
    "花": ("樱花", "雪花", "浪花"),
    "星": ("星系", "星球"),
    "马": ("马路",),
    "山": ("山坡",),
    "龙": ("龙猫",),
    "车": ("风车", "火车", "列车", "电车", "单车", "自行车"),
    "塔": ("灯塔",),
    "江": ("江南",),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One keyword: what it stands for and where in the text it was."""

    tag: str
    at: int
    word: str
    hint: bool = False


@dataclass(slots=True)
class Reading:
    """Everything a prompt asked for; empty where it did not say."""

    text: str
    settings: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    """Settings that are merely hinted at."""
    time: str | None = None
    weathers: list[str] = field(default_factory=list)
    style: str | None = None
    mood: str | None = None
    colours: list[str] = field(default_factory=list)
    """Colours of the picture as a whole."""
    subjects: list[str] = field(default_factory=list)
    dressed: dict[str, str] = field(default_factory=dict)
    """Colours said of a subject: {"fox": "#d8453e"}."""

    def has(self, *tags: str) -> bool:
        """Is one of these among settings, weathers or subjects?"""
        return any(tag in self.settings or tag in self.weathers or tag in self.subjects for tag in tags)


def read(text: str) -> Reading:
    """Read a prompt."""
    lowered = text.lower()
    subjects = _find(SUBJECTS, lowered)
    colours = _find(COLOURS, lowered)
    settings = _find(SETTINGS, lowered)
    times, styles, moods = _find(TIMES, lowered), _find(STYLES, lowered), _find(MOODS, lowered)
    reading = Reading(
        text,
        settings=_unique([item for item in settings if not item.hint]),
        hints=_unique([item for item in settings if item.hint]),
        time=times[0].tag if times else None,
        weathers=_unique(_find(WEATHERS, lowered)),
        style=styles[0].tag if styles else None,
        mood=moods[0].tag if moods else None,
        subjects=_unique(subjects),
    )
    for colour in colours:
        end = colour.at + len(colour.word)
        near = [thing for thing in subjects if 0 <= thing.at - end <= 2]
        if not near and _GARMENT.match(lowered, end):
            near = [thing for thing in subjects if thing.at < colour.at and thing.tag in _WEARERS][-1:]
        if near:
            reading.dressed.setdefault(near[0].tag, colour.tag)
        elif colour.tag not in reading.colours:
            reading.colours.append(colour.tag)
    for closer, looser in (
        ("portrait", "child"),
        ("portrait", "person"),
        ("child", "person"),
        ("cherry", "tree"),
        ("palm", "tree"),
        ("cherry", "flowers"),
        ("boat", "fish"),
        ("mug", "tree"),
        ("house", "tree"),
    ):
        if closer in reading.subjects and looser in reading.subjects:
            reading.subjects.remove(looser)
            if looser in reading.dressed:
                reading.dressed.setdefault(closer, reading.dressed.pop(looser))
    return reading


def words_of(text: str) -> list[str]:
    """The lower-case words of a text; Chinese counts by the sign."""
    return re.findall(r"[a-z']+|[\u4e00-\u9fff]", text.lower())


def _find(table: dict[str, str], lowered: str) -> list[Found]:
    """Every keyword of the table in the text, in the order of the text."""
    by_word: dict[str, list[tuple[str, bool]]] = {}
    chinese: list[tuple[str, str, bool]] = []
    for tag, words in table.items():
        for entry in words.split():
            word, hint = entry.rstrip("?"), entry.endswith("?")
            if word.isascii():
                by_word.setdefault(word, []).append((tag, hint))
            else:
                chinese.append((word, tag, hint))
    found = [
        Found(tag, match.start(), match.group(), hint)
        for match in _WORD.finditer(lowered)
        for form in _forms(match.group())
        for tag, hint in by_word.get(form, ())
    ]
    for word, tag, hint in chinese:
        at = lowered.find(word)
        hidden = any(longer in lowered for longer in _NOT_THESE.get(word, ()))
        if at >= 0 and not hidden:
            found.append(Found(tag, at, word, hint))
    return sorted(found, key=lambda item: (item.at, item.tag))


def _forms(word: str) -> set[str]:
    """The word, its singular, and the parts of a hyphenated one."""
    forms = {word, *word.split("-")}
    for form in tuple(forms):
        if form.endswith("ves"):
            forms |= {form[:-3] + "f"}
        if form.endswith("ies"):
            forms |= {form[:-3] + "y"}
        if form.endswith("es"):
            forms |= {form[:-2]}
        if form.endswith("s"):
            forms |= {form[:-1]}
    return forms


def _unique(found: list[Found]) -> list[str]:
    return list(dict.fromkeys(item.tag for item in found))
