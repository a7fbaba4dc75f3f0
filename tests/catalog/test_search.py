"""Choosing models: by what they take, what they cost, and in Chinese."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rhflow.catalog.accepts import ROLES, accepts, words_accepted
from rhflow.catalog.chinese import TERMS, occurs
from rhflow.catalog.example import example_arguments
from rhflow.catalog.find import Wanted
from rhflow.catalog.ordinary import ordinary_quote
from rhflow.catalog.read import Catalog
from rhflow.catalog_files import load_catalog
from rhflow.providers.local.registry import local_models

CATALOG = load_catalog()
WITH_LOCAL = CATALOG.with_models(local_models())


def ids(wanted: Wanted, catalog: Catalog = CATALOG) -> list[str]:
    return [model.id for model in catalog.choose(wanted)]


@pytest.mark.parametrize(
    ("model", "word", "takes"),
    [
        ("hailuo-2.3-fast/image-to-video", "image", True),
        ("hailuo-2.3-fast/image-to-video", "first-frame", True),
        ("hailuo-2.3-fast/image-to-video", "last-frame", False),
        ("hailuo-2.3-fast/image-to-video", "images", False),
        ("skyreels-v4/image-to-video-fast", "first-frame", True),
        ("rhart-video/wan-2.2/start-to-end", "last-frame", True),
        ("seedream-v4/image-to-image", "images", True),
        ("seedream-v4/text-to-image", "image", False),
        ("rh-video-upscaler", "video", True),
        ("rh-video-upscaler", "first-frame", False),
        ("kling-v2-ai-avatar-pro/image-audio-to-video", "audio", True),
        ("google/veo3.1-fast/reference-to-video-official-stable", "reference", True),
        ("kling-v2.5-turbo-pro/image-to-video", "negative-prompt", True),
        ("kling-v2.5-turbo-pro/image-to-video", "negativePrompt", True),
        ("kling-v2.5-turbo-pro/image-to-video", "Negative_Prompt", True),
    ],
)
def test_what_a_model_takes(model: str, word: str, takes: bool) -> None:
    found = CATALOG.find(model)
    assert found is not None
    assert accepts(found, word) is takes


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_filled_by_some_and_not_by_all(role: str) -> None:
    found = ids(Wanted(accepts=(role,)))
    assert 5 < len(found) < len(CATALOG.models) / 1.5


def test_a_last_frame_is_no_switch_that_returns_one() -> None:
    """`returnLastFrame` is a boolean of models that give one back."""
    switched = [model for model in CATALOG.models if model.param("returnLastFrame")]
    assert switched
    named = {"lastFrameUrl", "lastImageUrl", "endImageUrl", "lastFrameImageUrl"}
    for model in switched:
        assert accepts(model, "last-frame") is any(param.name in named for param in model.params)


def test_every_word_is_one_that_some_model_takes() -> None:
    for word in words_accepted(CATALOG.models):
        assert any(accepts(model, word) for model in CATALOG.models), word


def test_conditions_add_up() -> None:
    both = ids(Wanted(words=("kling",), task="image-to-video", accepts=("last-frame",)))
    assert both
    assert set(both) == (
        set(ids(Wanted(words=("kling",)))) & set(ids(Wanted(task="image-to-video", accepts=("last-frame",))))
    )


def test_tier() -> None:
    cheap = CATALOG.choose(Wanted(tier="channel-low-price", task="image-to-video"))
    assert cheap
    assert {model.tier for model in cheap} == {"channel-low-price"}


def test_local_steps() -> None:
    found = WITH_LOCAL.choose(Wanted(local=True))
    assert {model.id for model in found} == {model.id for model in local_models()}
    assert ids(Wanted(local=True)) == []
    assert ids(Wanted(local=True, max_price=Decimal(0)), WITH_LOCAL)


def test_by_price_the_cheapest_first() -> None:
    found = CATALOG.choose(Wanted(task="image-to-video", max_price=Decimal("0.9")))
    prices = [ordinary_quote(model).low for model in found if not model.deprecated]
    assert len(prices) > 5
    assert None not in prices
    assert prices == sorted(prices, key=lambda price: price or Decimal(0))
    assert max(price for price in prices if price is not None) <= Decimal("0.9")


def test_an_unknown_price_is_not_a_low_one() -> None:
    unknown = [model.id for model in CATALOG.models if not ordinary_quote(model).known]
    assert "skyreels-v4/image-to-video-fast" in unknown
    assert not set(unknown) & set(ids(Wanted(max_price=Decimal(10**6))))


def test_the_ordinary_price_is_that_of_the_example() -> None:
    hailuo = CATALOG.find("hailuo-2.3-fast/image-to-video")
    assert hailuo is not None
    assert example_arguments(hailuo)["duration"] == "6"
    assert ordinary_quote(hailuo).low == Decimal("1.01")


def test_a_price_by_the_input_is_that_of_five_seconds() -> None:
    upscaler = CATALOG.find("rh-video-upscaler")
    assert upscaler is not None
    cost = ordinary_quote(upscaler)
    assert cost.low == Decimal("0.21") * 5
    assert "an input of 5 s" in cost.why


@pytest.mark.parametrize(
    ("words", "model"),
    [
        ("可灵 图生视频", "kling-v2.5-turbo-pro/image-to-video"),
        ("可灵图生视频", "kling-v2.5-turbo-pro/image-to-video"),
        ("可灵的图生视频", "kling-v2.5-turbo-pro/image-to-video"),
        ("海螺 快速", "hailuo-2.3-fast/image-to-video"),
        ("豆包文生图", "seedream-v4/text-to-image"),
        ("歌词", "suno-lyrics"),
        ("声音克隆", "minimax/voice-clone"),
        ("对口型", "kling-lip-sync/tts"),
        ("字幕", "volc-subtitle-erase/video"),
        ("视频超分", "rh-video-upscaler"),
        ("图生3D", "hunyuan3d-v3.1/image-to-3d"),
    ],
)
def test_in_chinese(words: str, model: str) -> None:
    wanted = CATALOG.find(model)
    assert wanted is not None, model
    assert wanted in CATALOG.search(words.split())


def test_chinese_narrows() -> None:
    assert CATALOG.search(["可灵海螺"]) == []
    assert CATALOG.search(["熊猫视频"]) == []
    assert len(CATALOG.search(["图生视频"])) < len(CATALOG.models) / 2


@pytest.mark.parametrize("term", TERMS)
def test_every_term_leads_somewhere(term: str) -> None:
    assert CATALOG.search([term]), f"{term} stands for {TERMS[term]}, which no model has"


def test_english_words_stay_literal() -> None:
    assert not occurs("kling", "vidu\nimage-to-video")
    assert occurs("kling", "kling-v3")
