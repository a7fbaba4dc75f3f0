"""Chinese words for what models do and what they are called, so that a search finds them.

Half of the vendor's names are English only and a quarter Chinese only; whoever searches in one
language wants both. A term stands for a mark in the model's own English words.
"""

from __future__ import annotations

import re

TERMS: dict[str, str] = {
    # tasks
    "文生图": "text-to-image",
    "图生图": "image-to-image",
    "图像编辑": "image-to-image",
    "图片编辑": "image-to-image",
    "文生视频": "text-to-video",
    "图生视频": "image-to-video",
    "参考生视频": "reference-to-video",
    "多模态视频": "reference-to-video",
    "参考生图": "reference-to-image",
    "视频编辑": "video-edit",
    "视频续写": "video-extend",
    "视频延长": "video-extend",
    "视频扩展": "video-extend",
    "视频特效": "video-effects",
    "视频工具": "video-tools",
    "图片工具": "image-tools",
    "图像工具": "image-tools",
    "动作控制": "motion-control",
    "动作迁移": "motion-control",
    "文生音乐": "text-to-music",
    "音乐": "music",
    "歌曲": "text-to-music",
    "歌词": "lyrics",
    "语音": "text-to-audio",
    "配音": "text-to-audio",
    "语音合成": "text-to-audio",
    "文生音频": "text-to-audio",
    "音频": "audio",
    "音频驱动": "audio-to-video",
    "数字人": "avatar",
    "文生3D": "text-to-3d",
    "图生3D": "image-to-3d",
    "三维": "3d",
    "世界模型": "-to-world",
    "图像理解": "image-to-text",
    "视频理解": "video-to-text",
    "反推": "-to-text",
    "文本": "text-to-text",
    # qualities
    "超分": "upscal",
    "放大": "upscal",
    "高清": "upscal",
    "修复": "enhance",
    "字幕": "subtitle",
    "去背景": "background",
    "对口型": "lip-sync",
    "口型": "lip-sync",
    "声音克隆": "voice-clone",
    "音色": "voice",
    "快速": "fast",
    "极速": "turbo",
    "专业": "pro",
    "低价": "channel-low-price",
    "官方": "official",
    "稳定": "official-stable",
    # makers
    "可灵": "kling",
    "海螺": "hailuo",
    "万相": "wan",
    "通义": "wan",
    "千问": "qwen",
    "即梦": "jimeng",
    "豆包": "seed",
    "混元": "hunyuan",
    "快乐马": "happyhorse",
    "天工": "skyreels",
    "昆仑": "skyreels",
    "全能图片": "rhart-image",
    "全能视频": "rhart-video",
}
"""A Chinese term and the English mark it stands for in names, paths, tasks, families or tiers."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_LONGEST_FIRST = re.compile("|".join(re.escape(term) for term in sorted(TERMS, key=len, reverse=True)))


def occurs(word: str, haystack: str) -> bool:
    """Whether a searched word (case-folded) is in a model's words, itself or by its meaning.

    A run of Chinese terms (`可灵图生视频`) must fit term by term; what lies between them as it stands.
    """
    if word in haystack:
        return True
    if not _HAN.search(word):
        return False
    parts = [part for part in re.split(f"({_LONGEST_FIRST.pattern})", word, flags=re.IGNORECASE) if part]
    return all(_part_occurs(part.strip("-_ 的"), haystack) for part in parts)


def _part_occurs(part: str, haystack: str) -> bool:
    if not part or part in haystack:
        return True
    mark = next((mark for term, mark in TERMS.items() if term.casefold() == part), None)
    return mark is not None and mark in haystack
