"""Prices: one table per unit, ranges for what is open, unknown for what nobody publishes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.catalog.example import example_arguments
from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE, Price, PriceRule, Quote
from rhflow.catalog.quote import quote
from rhflow.catalog_files import load_catalog
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref

CATALOG = load_catalog()
LATER = Deferred("x")

HAILUO = "hailuo-2.3-fast/image-to-video"
UPSCALER = "rh-video-upscaler"
SEEDREAM = "seedream-v4/text-to-image"
SPEECH = "rhart-audio/text-to-audio/speech-02-hd"
FLASH = "alibaba/wan-2.6/image-to-video-flash"


def price_of(name: str, arguments: dict, seconds: dict | None = None) -> Quote:
    model = CATALOG.find(name)
    assert model is not None, name
    return quote(model, arguments, seconds)


@pytest.mark.parametrize(
    ("name", "arguments", "seconds", "low", "high"),
    [
        # a call, one figure
        ("skyreels-v3/single-shot-video-extension", {}, None, "0.01", "0.01"),
        ("hailuo-02-i2v-pro", {}, None, "2.63", "2.63"),
        # a call, by parameter
        (HAILUO, {"duration": "6"}, None, "1.01", "1.01"),
        (HAILUO, {"duration": 6}, None, "1.01", "1.01"),
        (HAILUO, {"duration": 6.0}, None, "1.01", "1.01"),
        (HAILUO, {"duration": "10"}, None, "1.69", "1.69"),
        (HAILUO, {}, None, "1.01", "1.01"),
        (HAILUO, {"duration": LATER}, None, "1.01", "1.69"),
        (HAILUO, {"duration": Ref("t", "duration")}, None, "1.01", "1.69"),
        # capitals do not matter, booleans are words
        ("alibaba/wan-2.7/text-to-video", {"resolution": "1080P", "duration": "5"}, None, "4.25", "4.25"),
        (FLASH, {"resolution": "720P", "enableAudio": True, "duration": "5"}, None, "1.15", "1.15"),
        (FLASH, {"resolution": "720P", "enableAudio": False, "duration": "5"}, None, "0.55", "0.55"),
        # a price times a count
        (SEEDREAM, {}, None, "0.14", "0.14"),
        (SEEDREAM, {"maxImages": 3}, None, "0.42", "0.42"),
        (SEEDREAM, {"maxImages": LATER}, None, "0.14", "2.10"),
        # images
        ("qwen-image-2.0-pro/image-edit", {}, None, "0.33", "0.33"),
        ("qwen-image-2.0-pro/image-edit", {"imageNum": "4"}, None, "1.32", "1.32"),
        ("rhart-imagine-image-quality/edit", {"numImages": LATER}, None, "0.44", "1.76"),
        ("bytedance/jimeng-4.6/text-to-image", {}, None, "0.17", "0.17"),
        # seconds of output
        ("kling-v3.0-pro/image-to-video", {"sound": "true", "duration": "10"}, None, "10.40", "10.40"),
        ("kling-v3-4k/image-to-video", {"duration": 3}, None, "8.10", "8.10"),
        ("vidu/text-to-video-q3-pro-fast", {"resolution": "720p"}, None, "2.30", "2.30"),
        ("ltx-2.3/text-to-video", {"duration": LATER}, None, "0.35", "1.05"),
        # seconds of input
        (UPSCALER, {"targetResolution": "720p"}, {"videoUrl": 10.0}, "1.40", "1.40"),
        (UPSCALER, {"targetResolution": "720p"}, {"videoUrl": 10}, "1.40", "1.40"),
        (UPSCALER, {"targetResolution": "720p"}, {"videoUrl": 5.0416667}, "0.7058", "0.84"),
        (UPSCALER, {}, {"videoUrl": 10.0}, "2.10", "2.10"),
        (UPSCALER, {"targetResolution": LATER}, {"videoUrl": 10.0}, "1.40", "5.60"),
        (
            UPSCALER,
            {"targetResolution": "720p", "videoUrl": BlobMedia("0" * 64, Kind.VIDEO, "mp4", None, 4.0)},
            None,
            "0.56",
            "0.56",
        ),
        (
            UPSCALER,
            {"targetResolution": "720p", "videoUrl": FileMedia("/a.mp4", Kind.VIDEO, None, None, 4.0)},
            {"videoUrl": 2.0},
            "0.28",
            "0.28",
        ),
        ("kling-v2-ai-avatar-pro/image-audio-to-video", {}, {"audioUrl": 10.0}, "7.20", "7.20"),
        ("bytedance/dreamactor-v2", {}, {"videoUrl": 10.0}, "3.20", "3.20"),
        # five seconds begun
        ("kling-lip-sync/lip-sync-video", {}, {"audioUrl": 11.0}, "1.05", "1.05"),
        ("kling-lip-sync/lip-sync-video", {}, {"audioUrl": 10.0}, "0.70", "0.70"),
        # thousands of characters
        (SPEECH, {"text": "x" * 1000}, None, "0.31", "0.31"),
        (SPEECH, {"text": "x" * 1500}, None, "0.465", "0.62"),
        (SPEECH, {"text": "兔" * 10}, None, "0.0031", "0.31"),
    ],
)
def test_quoted(name: str, arguments: dict, seconds: dict | None, low: str, high: str) -> None:
    found = price_of(name, arguments, seconds)
    assert (found.low, found.high) == (Decimal(low), Decimal(high)), found.why
    assert found.currency == "CNY"
    assert found.known
    assert not found.at_least


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("skyreels-v4/image-to-video-fast", {}, "nobody publishes its price"),
        ("alibaba/wan-2.7/reference-to-video", {}, "cannot be read"),
        ("alibaba/wan-2.7/video-edit", {"duration": "5"}, "nobody publishes its price"),
        (UPSCALER, {"targetResolution": "720p"}, "the seconds of videoUrl, which nobody knows yet"),
        (
            "rhart-video/sparkvideo-2.0-fast/image-to-video",
            {"resolution": "native1080p"},
            "nobody publishes a price for resolution native1080p",
        ),
        (SPEECH, {"text": LATER}, "the length of text, which is not known yet"),
        (SPEECH, {}, "the length of text, which is not known yet"),
    ],
)
def test_unknown_is_said_with_its_reason(name: str, arguments: dict, why: str) -> None:
    found = price_of(name, arguments)
    assert (found.low, found.high, found.known) == (None, None, False)
    assert why in found.why
    assert found.to_json() is None


def test_a_minimum_says_so() -> None:
    found = price_of("seedance-2.0/multimodal-video", {"duration": "5", "resolution": "720p"})
    assert (found.low, found.high, found.at_least) == (Decimal("6.0"), Decimal("6.0"), True)
    assert "at least" in found.why
    assert found.to_json() == {"low": "6.00", "high": "6.00", "currency": "CNY", "at_least": True}


def test_a_headline_names_its_day() -> None:
    found = price_of("ltx-2.3/text-to-video", {"duration": 10})
    assert found.low == found.high == Decimal("0.70")
    assert "headline price of 2026-06-18" in found.why


def made(price: Price, *params: Param) -> Model:
    return Model(
        endpoint="a/b", names=("b",), task="x", family="x", output=Kind.VIDEO, params=params, price=price
    )


def rules(*items: tuple[dict[str, str], str]) -> Price:
    return Price(basis="by-parameter", rules=tuple(PriceRule(when, Decimal(price)) for when, price in items))


SIZE = Param(name="size", type="enum", enum=("s", "l"))
SOUND = Param(name="sound", type="boolean")
TABLE = rules(
    ({"size": "s", "sound": "false"}, "1"),
    ({"size": "s", "sound": "true"}, "2"),
    ({"size": "l", "sound": "false"}, "3"),
    ({"size": "l"}, "4"),
)


@pytest.mark.parametrize(
    ("arguments", "low", "high"),
    [
        ({"size": "s", "sound": True}, 2, 2),
        ({"size": "S", "sound": False}, 1, 1),
        ({"size": "s"}, 1, 2),
        ({"size": "s", "sound": LATER}, 1, 2),
        ({"sound": False}, 1, 4),
        ({}, 1, 4),
        ({"size": "l", "sound": True}, 4, 4),
        ({"size": "l", "sound": False}, 3, 4),
        ({"size": "xl"}, None, None),
    ],
)
def test_rules_that_may_still_apply_make_the_range(arguments: dict, low: int, high: int) -> None:
    found = quote(made(TABLE, SIZE, SOUND), arguments)
    assert (found.low, found.high) == (low, high)


def test_the_default_of_a_required_parameter_decides_that_of_an_optional_one_does_not() -> None:
    price = rules(({"size": "s"}, "1"), ({"size": "l"}, "5"))
    required = Param(name="size", type="enum", enum=("s", "l"), required=True, default="l")
    optional = Param(name="size", type="enum", enum=("s", "l"), default="l")
    assert quote(made(price, required), {}).low == 5
    assert quote(made(price, optional), {}).low == 1


PER_SECOND = Price(basis="fixed", unit="second", amount=Decimal("0.5"))


@pytest.mark.parametrize(
    ("param", "value", "low", "high"),
    [
        (Param(name="duration", type="enum", enum=("auto", "2", "30"), default="auto"), "auto", 1, 15),
        (Param(name="duration", type="enum", enum=("auto", "2", "30"), default="auto"), None, 1, 15),
        (Param(name="duration", type="enum", enum=("-1", "4", "8")), "-1", 2, 4),
        (Param(name="duration", type="enum", enum=("-1", "4", "8")), "4", 2, 2),
        (Param(name="duration", type="integer", min=3, max=15), LATER, "1.5", "7.5"),
        (Param(name="duration", type="integer", min=3, max=15, default=6), None, 3, 3),
        (Param(name="duration", type="number", min=1, max=9), 2.5, "1.25", "1.25"),
        (Param(name="duration", type="integer"), LATER, None, None),
        (Param(name="duration", type="integer"), 10, 5, 5),
        (Param(name="duration", type="string"), "soon", None, None),
        (Param(name="duration", type="string"), "1e99999999", None, None),
        (Param(name="duration", type="enum", enum=("0", "5")), "0", None, None),
    ],
)
def test_seconds_asked_for(param: Param, value: object, low: object, high: object) -> None:
    found = quote(made(PER_SECOND, param), {} if value is None else {"duration": value})  # type: ignore[dict-item]
    expected = tuple(None if item is None else Decimal(str(item)) for item in (low, high))
    assert (found.low, found.high) == expected


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_length_that_is_none_is_not_known(seconds: float) -> None:
    assert not price_of(UPSCALER, {"targetResolution": "720p"}, {"videoUrl": seconds}).known


def test_steps_on_this_machine_are_free() -> None:
    found = quote(made(FREE), {})
    assert (found.low, found.high) == (0, 0)
    assert found.to_json() == {"low": "0.00", "high": "0.00", "currency": "CNY"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (HAILUO, "1.01–1.69 CNY a call, by duration"),
        (UPSCALER, "0.14–0.56 CNY a second, by targetResolution"),
        (SEEDREAM, "0.14 CNY a call, times maxImages"),
        (SPEECH, "0.31 CNY per 1000 characters"),
        ("kling-lip-sync/lip-sync-video", "0.35 CNY per 5 seconds"),
        ("skyreels-v4/image-to-video-fast", "unknown"),
        ("alibaba/wan-2.7/reference-to-video", "unknown"),
        ("ltx-2.3/text-to-video", "0.07 CNY a second (headline of 2026-06-18)"),
        ("seedance-2.0/multimodal-video", "at least 0.60–3.00 CNY a second, by resolution"),
        ("bytedance/jimeng-4.6/text-to-image", "0.17 CNY an image (headline of 2026-06-18)"),
    ],
)
def test_described(name: str, text: str) -> None:
    model = CATALOG.find(name)
    assert model is not None
    assert model.price.describe() == text


def test_free_is_described() -> None:
    assert FREE.describe() == "free"


SECONDS = st.floats(0.001, 4000, allow_nan=False)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Model, dict, dict]:
    """A model with arguments of which any may be wrong, missing or not known yet."""
    model = draw(st.sampled_from(CATALOG.models))
    arguments: dict = {}
    seconds = {}
    for param in model.params:
        choice = draw(st.integers(0, 4))
        if choice == 0:
            arguments[param.name] = LATER
        elif choice == 1 and param.enum:
            arguments[param.name] = draw(st.sampled_from(param.enum))
        elif choice == 2:
            arguments[param.name] = draw(
                st.one_of(st.integers(-5, 40), st.booleans(), st.text(max_size=9), st.floats())
            )
        elif choice == 3 and model.endpoint:
            arguments.update({k: v for k, v in example_arguments(model).items() if k == param.name})
        if param.kind in (Kind.VIDEO, Kind.AUDIO) and draw(st.booleans()):
            seconds[param.name] = draw(SECONDS)
    return model, arguments, seconds


@given(requests())
def test_a_quote_is_never_negative_nor_upside_down_nor_a_float(request: tuple[Model, dict, dict]) -> None:
    found = quote(*request)
    assert found.why
    if found.low is None or found.high is None:
        assert found.low is found.high is None
        return
    assert type(found.low) is type(found.high) is Decimal
    assert 0 < found.low <= found.high
    assert found.low.is_finite()
    assert found.high.is_finite()
    exponent = found.high.as_tuple().exponent
    assert isinstance(exponent, int)
    assert exponent >= -4


@given(requests())
def test_knowing_more_never_leaves_the_range(request: tuple[Model, dict, dict]) -> None:
    """What is not known yet covers every option it may turn out to be."""
    model, arguments, seconds = request
    open_names = [name for name, value in arguments.items() if value is LATER]
    vague = quote(model, arguments, seconds)
    for name in open_names:
        param = model.param(name)
        assert param is not None
        for option in param.enum:
            exact = quote(model, {**arguments, name: option}, seconds)
            if vague.low is not None and vague.high is not None and exact.low is not None:
                assert exact.high is not None
                assert vague.low <= exact.low
                assert exact.high <= vague.high
