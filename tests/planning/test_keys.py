"""What enters a key and what does not: one row per line of the table in docs/keys.md."""

from __future__ import annotations

import base64
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.catalog.model import Model
from rhflow.catalog.price import FREE, Quote
from rhflow.ground.artifact import Artifact
from rhflow.ground.hashing import digest_bytes
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, Resolved, UrlMedia
from rhflow.ground.values import Money
from rhflow.planning.identify import Outcome, identify
from rhflow.planning.keys import NoKey, data_uri_bytes, task_key, without_signature
from tests.runner.world import MODELS, task

SHA, OTHER = "ab" * 32, "cd" * 32
ARGUMENTS: dict[str, Resolved] = {
    "prompt": "a hare",
    "seed": 7,
    "image": BlobMedia(SHA, Kind.IMAGE, "png", "https://far.example/1.png"),
}


def key(realm: str = "simulator", endpoint: str = "fake/picture", **changes: Any) -> str:
    more = {name: changes.pop(name) for name in ("take", "version") if name in changes}
    return task_key(realm, endpoint, {**ARGUMENTS, **changes}, **more)


GOLDEN = "e78d0776975563b7ade416f67a4e44845c45f141111617a8fcc66cb767133608"


def test_this_key_never_changes() -> None:
    """People's paid results are filed under keys of this form. A new form is a new version beside it."""
    assert key() == GOLDEN


def test_the_form_of_version_one() -> None:
    """Written out by hand: RFC 8785 sorts the names and leaves no spaces."""
    body = (
        '{"arguments":{"image":{"$bytes":"' + SHA + '"},"prompt":"a hare","seed":7},'
        '"endpoint":"fake/picture","realm":"simulator","take":1}'
    )
    assert key() == digest_bytes(b"task/1\0" + body.encode())


CHANGES: dict[str, dict[str, Any]] = {
    "realm": {"realm": "runninghub"},
    "endpoint": {"endpoint": "fake/picture-2"},
    "an argument": {"prompt": "a hound"},
    "a further argument": {"style": "ink"},
    "the type of an argument": {"seed": "7"},
    "the seed": {"seed": 8},
    "the take": {"take": 2},
    "the version of a local step": {"version": 2},
    "the bytes of a medium": {"image": BlobMedia(OTHER, Kind.IMAGE, "png")},
    "a list in place of one": {"image": [ARGUMENTS["image"]]},
    "one more space": {"prompt": "a hare "},
}
KEEPS: dict[str, dict[str, Any]] = {
    "the vendor's link": {"image": BlobMedia(SHA, Kind.IMAGE, "png", "https://far.example/2.png?t=9")},
    "the suffix": {"image": BlobMedia(SHA, Kind.IMAGE, "jpg")},
    "the running time known of it": {"image": BlobMedia(SHA, Kind.IMAGE, "png", seconds=5.0)},
    "a file in place of a result": {"image": FileMedia("/pictures/hare.png", Kind.IMAGE, SHA, 12)},
    "a fetched address": {"image": UrlMedia("https://example.org/hare.png", Kind.IMAGE, SHA)},
    "a whole number written as a float": {"seed": 7.0},
    "the order of the arguments": dict(reversed(ARGUMENTS.items())),
}


@pytest.mark.parametrize("what", CHANGES)
def test_this_enters(what: str) -> None:
    assert key(**CHANGES[what]) != key()


def test_all_that_enters_is_told_apart() -> None:
    keys = [key(**change) for change in CHANGES.values()]
    assert len({*keys, key()}) == len(CHANGES) + 1


@pytest.mark.parametrize("what", KEEPS)
def test_this_does_not_enter(what: str) -> None:
    assert key(**KEEPS[what]) == key()


@pytest.mark.parametrize(
    "change",
    [
        {"id": "another"},
        {"step": "another"},
        {"needs": ("x",)},
        {"on_doubt": "repeat"},
        {"max_cost": Money(Decimal(3))},
        {"label": "hello"},
        {"save_as": "hello.png"},
        {"quote": Quote(Decimal(9), Decimal(9))},
        {"seconds": 3.0},
        {"filled": ("prompt",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_nothing_else_of_a_task_enters(change: dict[str, Any]) -> None:
    one = task("a")
    model = MODELS["fake/picture"]
    before = identify(one, model, "simulator", {}, 0.0).key
    assert identify(replace(one, **change), model, "simulator", {}, 0.0).key == before


@pytest.mark.parametrize(
    "change", [{"price": FREE}, {"names": ("x",)}, {"deprecated": True}, {"family": "x"}], ids=str
)
def test_nothing_else_of_a_model_enters(change: dict[str, Any]) -> None:
    model: Model = MODELS["fake/picture"]
    one = task("a")
    before = identify(one, model, "simulator", {}, 0.0).key
    assert identify(one, replace(model, **change), "simulator", {}, 0.0).key == before


def test_work_on_this_machine_is_the_same_whoever_is_far_away() -> None:
    one, model = task("a", uses="local/paste"), MODELS["local/paste"]
    keys = {identify(one, model, realm, {}, 0.0).key for realm in ("simulator", "runninghub")}
    assert len(keys) == 1
    newer = replace(model, version=2)
    assert identify(one, newer, "simulator", {}, 0.0).key not in keys


def test_the_same_bytes_made_by_another_step_give_the_same_key() -> None:
    one = task("b", arguments={"image": Ref("a", "image")})
    model = MODELS["fake/picture"]

    def with_image(sha: str, used: str) -> str:
        made = {"a": Outcome((Artifact(Kind.IMAGE, sha, 9, "png"),), used, "3.00")}
        return identify(one, model, "simulator", made, 0.0).key

    assert with_image(SHA, "fake/picture") == with_image(SHA, "another/model")
    assert with_image(SHA, "fake/picture") != with_image(OTHER, "fake/picture")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (FileMedia("/pictures/hare.png", Kind.IMAGE), "nobody has read /pictures/hare.png"),
        (Ref("a", "image"), "image of a is not known"),
        (Deferred("a.b"), "still waits"),
        (float("nan"), "JSON cannot carry"),
        (2**60, "JSON cannot carry"),
        (UrlMedia("https://[half", Kind.IMAGE), "cannot be read"),
        (UrlMedia("data:image/png;base64", Kind.IMAGE), "without a comma"),
        (UrlMedia("data:image/png;base64,@@@", Kind.IMAGE), "base64 cannot be read"),
    ],
)
def test_what_has_no_key_is_an_error_and_no_miss(value: Resolved, sentence: str) -> None:
    with pytest.raises(NoKey, match=sentence):
        key(image=value)
    with pytest.raises(NoKey):
        key(image=[{"deep": value}])


# -- addresses ------------------------------------------------------------------------------------------


def test_a_data_address_counts_by_its_bytes() -> None:
    data = b"\x89PNG and so on"
    by_base64 = "data:image/png;base64," + base64.b64encode(data).decode()
    by_percent = "data:image/png," + "".join(f"%{byte:02x}" for byte in data)
    keys = {key(image=UrlMedia(url, Kind.IMAGE)) for url in (by_base64, by_percent)}
    assert keys == {key(image=BlobMedia(digest_bytes(data), Kind.IMAGE, "png"))}


@given(st.binary(max_size=60))
def test_data_addresses_carry_any_bytes(data: bytes) -> None:
    assert data_uri_bytes("data:;base64," + base64.b64encode(data).decode()) == data
    assert data_uri_bytes("data:," + "".join(f"%{byte:02x}" for byte in data)) == data


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://a.example/x.png", "https://a.example/x.png"),
        ("https://a.example/x.png?id=3#top", "https://a.example/x.png?id=3"),
        (
            "https://a.example/x.png?id=3&X-Amz-Signature=1&X-Amz-Date=2&X-Amz-Credential=k",
            "https://a.example/x.png?id=3",
        ),
        (
            "https://a.example/x.png?OSSAccessKeyId=k&Expires=9&Signature=s%2F1&w=640",
            "https://a.example/x.png?w=640",
        ),
        ("https://a.example/x.png?q-sign-algorithm=sha1&q-ak=k&q-signature=1", "https://a.example/x.png"),
        ("https://a.example/x.png?x-cos-security-token=1&sign=2&ts=3", "https://a.example/x.png"),
        ("https://a.example/x.png?GoogleAccessId=a&Key-Pair-Id=b&Policy=c", "https://a.example/x.png"),
        ("https://a.example/x.png?auth_key=1-0-0-abc", "https://a.example/x.png"),
        ("https://a.example/x.png?token=abc&access_token=def", "https://a.example/x.png"),
        ("https://a.example/x.png?author=ann", "https://a.example/x.png?author=ann"),
        ("https://a.example/x.png?design=2&assign=3", "https://a.example/x.png?design=2&assign=3"),
        ("https://a.example/x.png?empty=&b=1", "https://a.example/x.png?empty=&b=1"),
        ("asset://abc123", "asset://abc123"),
    ],
)
def test_an_address_without_its_signature(url: str, bare: str) -> None:
    assert without_signature(url) == bare
    assert key(image=UrlMedia(url, Kind.IMAGE)) == key(image=UrlMedia(bare, Kind.IMAGE))
