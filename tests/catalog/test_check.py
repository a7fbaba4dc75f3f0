"""check_arguments: what passes, what is coerced, what is filled in, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rhflow.catalog.check import SAFE_INTEGER, Complaint, check_arguments
from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import FREE, UNKNOWN
from rhflow.catalog_files import load_catalog
from rhflow.ground.media import Kind
from rhflow.ground.references import Deferred, Ref

CATALOG = load_catalog()
CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


def model_of(*params: Param, **facts) -> Model:
    made = {
        "endpoint": "maker/thing",
        "names": ("thing",),
        "task": "image-to-video",
        "family": "thing",
        "output": Kind.VIDEO,
        "price": UNKNOWN,
    }
    return Model(**{**made, "params": params, **facts})


def said(model: Model, **arguments) -> list[tuple[str, str]]:
    checked = check_arguments(model, arguments, complete=False)
    return [(item.name, item.message) for item in checked.complaints]


def only(model: Model, **arguments) -> Complaint:
    (complaint,) = check_arguments(model, arguments, complete=False).complaints
    return complaint


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_bodies_of_the_documentation_pass(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    model = CATALOG.find(case["model"])
    assert model is not None
    checked = check_arguments(model, case["body"])
    assert checked.complaints == ()
    assert checked.filled == {}
    assert checked.arguments == case["body"]


def test_there_are_five_of_them() -> None:
    assert len(CASES) == 5


ENUM = Param(name="duration", type="enum", enum=("6", "10"))
SWITCH = Param(name="sound", type="enum", enum=("true", "false"))
SCALE = Param(name="scale", type="enum", enum=("0.5", "2.0", "16:9"))
COUNT = Param(name="n", type="integer", min=1, max=4)
AMOUNT = Param(name="cfg", type="number", min=0, max=1)
SLOTS = Param(name="slots", type="array", item_type="enum", enum=("all", "1"))


@pytest.mark.parametrize(
    ("param", "given", "sent"),
    [
        (ENUM, 6, "6"),
        (ENUM, 6.0, "6"),
        (ENUM, "6", "6"),
        (SWITCH, True, "true"),
        (SWITCH, False, "false"),
        (SCALE, 0.5, "0.5"),
        (SCALE, 2.0, "2.0"),
        (SCALE, "16:9", "16:9"),
        (COUNT, 3, 3),
        (COUNT, 3.0, 3),
        (AMOUNT, 1, 1),
        (AMOUNT, 0.5, 0.5),
        (AMOUNT, 1.0, 1.0),
        (SLOTS, [1, "all"], ["1", "all"]),
        (SLOTS, ["all"], ["all"]),
    ],
)
def test_coerced(param: Param, given: object, sent: object) -> None:
    checked = check_arguments(model_of(param), {param.name: given})
    assert checked.complaints == ()
    assert checked.arguments == {param.name: sent}
    assert type(checked.arguments[param.name]) is type(sent)


TEXT = Param(name="prompt", type="string", min_length=2, max_length=5)
FLAG = Param(name="sound", type="boolean")
TOKEN = Param(name="token", type="string", format="ascii")
WILD = Param(name="things", type="array")
BOX = Param(name="box", type="object", also=("string",))
FEW = Param(name="tags", type="array", item_type="string", max_items=2)


@pytest.mark.parametrize(
    ("param", "given", "name", "message", "hint"),
    [
        (ENUM, 7, "unknown-option", "duration has no option 7", 'it takes "6" and "10"'),
        (
            ENUM,
            "7",
            "unknown-option",
            'duration has no option "7"',
            'it takes "6" and "10"',
        ),
        (
            Param(name="r", type="enum", enum=("720p", "1080p")),
            "1080P",
            "unknown-option",
            'r has no option "1080P"',
            'did you mean "1080p"? It takes "720p" and "1080p"',
        ),
        (ENUM, 6.5, "unknown-option", "duration has no option 6.5", 'it takes "6" and "10"'),
        (ENUM, ["6"], "argument-type", 'duration wants one of "6" and "10", not a list', None),
        (SWITCH, 1, "unknown-option", "sound has no option 1", 'it takes "true" and "false"'),
        (SLOTS, ["all", "9"], "unknown-option", 'slots[1] has no option "9"', 'it takes "all" and "1"'),
        (SLOTS, "all", "argument-type", 'slots wants a list, not "all"', None),
        (COUNT, 9, "out-of-range", "n is 9, more than 4", "from 1 to 4"),
        (COUNT, 0, "out-of-range", "n is 0, less than 1", "from 1 to 4"),
        (COUNT, 1.5, "argument-type", "n wants a whole number, not 1.5", None),
        (COUNT, "3", "argument-type", 'n wants a whole number, not "3"', "write it without quotes"),
        (COUNT, "three", "argument-type", 'n wants a whole number, not "three"', None),
        (COUNT, True, "argument-type", "n wants a whole number, not true", None),
        (AMOUNT, [], "argument-type", "cfg wants a number, not a list", None),
        (FLAG, "true", "argument-type", 'sound wants true or false, not "true"', "write it without quotes"),
        (FLAG, 1, "argument-type", "sound wants true or false, not 1", None),
        (TEXT, 5, "argument-type", "prompt wants text, not 5", 'put it in quotes: "5"'),
        (TEXT, True, "argument-type", "prompt wants text, not true", 'put it in quotes: "true"'),
        (TEXT, "abcdef", "too-long", "prompt takes at most 5 characters; this has 6", None),
        (TEXT, "兔", "too-short", "prompt needs at least 2 characters; this has 1", None),
        (TEXT, None, "argument-type", "prompt is null", "leave it out, or give it a value"),
        (TEXT, {}, "argument-type", "prompt wants text, not a mapping", None),
        (TOKEN, "日", "argument-form", "token takes ASCII characters only", None),
        (WILD, "a", "argument-type", 'things wants a list, not "a"', None),
        (BOX, [], "argument-type", "box wants a mapping or text, not a list", None),
        (FEW, ["a", "b", "c"], "too-many-items", "tags takes at most 2 items; this has 3", None),
        (FEW, ["a", 2], "argument-type", "tags[1] wants text, not 2", None),
        (
            COUNT,
            2**53,
            "unsafe-number",
            "n is 9007199254740992, more than JSON carries exactly",
            f"the largest whole number is {SAFE_INTEGER}",
        ),
        (AMOUNT, float("nan"), "argument-type", "cfg is nan, which JSON cannot say", None),
        (AMOUNT, float("inf"), "argument-type", "cfg is inf, which JSON cannot say", None),
    ],
)
def test_refused(param: Param, given: object, name: str, message: str, hint: str | None) -> None:
    complaint = only(model_of(param), **{param.name: given})
    assert (complaint.name, complaint.message, complaint.hint) == (name, message, hint)
    assert complaint.path[0] == param.name
    assert complaint.severity == "error"


@pytest.mark.parametrize(
    ("param", "given"),
    [
        (WILD, [{"anything": [1, "goes"]}]),
        (BOX, {"any": "thing"}),
        (BOX, "text"),
        (COUNT, Deferred("x")),
        (TEXT, Deferred("", parts=("a ", Ref("t", "text")))),
        (TEXT, "日本語文字"),
        (Param(name="seed", type="integer"), SAFE_INTEGER),
        (FEW, ["a", Deferred("x")]),
    ],
)
def test_passes(param: Param, given: object) -> None:
    assert said(model_of(param), **{param.name: given}) == []


def test_every_problem_at_once() -> None:
    model = CATALOG.find("skyreels-v4/image-to-video-fast")
    assert model is not None
    checked = check_arguments(
        model, {"prompt": 5, "firstImageUrl": "a.mp4", "durration": 5, "resolution": "8k"}
    )
    assert [(item.name, item.path) for item in checked.complaints] == [
        ("argument-type", ("prompt",)),
        ("media-kind", ("firstImageUrl",)),
        ("unknown-parameter", ("durration",)),
        ("unknown-option", ("resolution",)),
    ]
    assert checked.complaints[2].hint == 'did you mean "duration"?'
    assert checked.has_errors


def test_an_unknown_parameter_without_a_near_one_is_told_what_there_is() -> None:
    complaint = only(model_of(COUNT, TEXT), zzz=1)
    assert complaint.message == 'maker/thing has no parameter "zzz"'
    assert complaint.hint == 'it takes "n" and "prompt"'
    assert only(model_of(), zzz=1).hint == "it takes nothing"


def test_required_ones_are_filled_or_missed() -> None:
    model = model_of(
        Param(name="prompt", type="string", required=True),
        Param(name="image", type="image", required=True, default="sample.png", accept=("JPG", "JPEG", "PNG")),
        Param(name="size", type="enum", required=True, default="2k", enum=("1k", "2k")),
        Param(name="odd", type="enum", required=True, default="9k", enum=("1k", "2k")),
        Param(name="flag", type="boolean", required=True, default=False),
        Param(name="seed", type="integer", default=7),
    )
    checked = check_arguments(model, {"prompt": "x"})
    assert checked.filled == {"size": "2k", "flag": False}
    assert checked.arguments == {"prompt": "x", "size": "2k", "flag": False}
    assert [(item.name, item.path) for item in checked.complaints] == [
        ("missing-parameter", ("image",)),
        ("missing-parameter", ("odd",)),
    ]
    assert "an image (JPG or PNG)" in (checked.complaints[0].hint or "")


def test_incomplete_arguments_miss_nothing() -> None:
    model = model_of(Param(name="prompt", type="string", required=True), COUNT)
    checked = check_arguments(model, {"n": 1}, complete=False)
    assert (checked.complaints, checked.filled, checked.arguments) == ((), {}, {"n": 1})


def test_optional_defaults_are_never_sent() -> None:
    model = CATALOG.find("skyreels-v3/single-shot-video-extension")
    assert model is not None
    checked = check_arguments(model, {"prompt": "x", "videoUrl": "a.mp4"})
    assert checked.arguments == {"prompt": "x", "videoUrl": "a.mp4"}


def test_a_model_nobody_documents_passes_with_one_complaint() -> None:
    model = CATALOG.find("kling-v3.0-4k/motion-control")
    assert model is not None
    checked = check_arguments(model, {"whatever": [1]})
    assert [item.name for item in checked.complaints] == ["unchecked-model"]
    assert checked.arguments == {"whatever": [1]}


def test_a_model_without_a_path_cannot_run() -> None:
    model = CATALOG.find("gemini-omni-flash/text-to-video/channel-low-price")
    assert model is not None
    assert [item.name for item in check_arguments(model, {}).complaints] == ["no-endpoint"]


def test_a_model_of_the_same_name_is_not_taken_for_another() -> None:
    first, second = model_of(Param(name="n", type="integer")), model_of(Param(name="n", type="string"))
    for _ in range(2):
        assert said(first, n=1) == []
        assert said(second, n="x") == []
        assert said(first, n="x") != []


def test_steps_on_this_machine_may_have_gaps_in_lists() -> None:
    clips = Param(name="clips", type="video", multiple=True, required=True)
    words = Param(name="captions", type="array", item_type="string")
    here = model_of(clips, words, version=1, price=FREE)
    assert said(here, clips=["a.mp4", None], captions=[None, "x"]) == []
    assert [name for name, _ in said(model_of(clips), clips=["a.mp4", None])] == ["argument-type"]


def test_the_voice_to_clone_has_no_default_name() -> None:
    model = CATALOG.find("minimax/voice-clone")
    assert model is not None
    checked = check_arguments(model, {"audio": "a.mp3", "text": "x"})
    assert [item.path for item in checked.complaints] == [("custom_voice_id",)]
