"""Media and references inside arguments: kind, number, format and size, as far as they are known."""

from __future__ import annotations

import pytest

from rhflow.catalog.check import check_arguments
from rhflow.catalog.model import Model, Param
from rhflow.catalog.price import UNKNOWN
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, UrlMedia

IMAGE = Param(name="image", type="image", accept=("JPG", "JPEG", "PNG"), max_size_mb=10)
IMAGES = Param(name="images", type="image", multiple=True, max_items=2, accept=("PNG",), required=True)
VIDEO = Param(name="video", type="video")
EITHER = Param(name="either", type="image", multiple=True, multiple_uncertain=True, max_items=1)
TEXT = Param(name="text", type="string")
ANY = Param(name="any", type="string", accept=("PNG", "MP4"))
COUNT = Param(name="count", type="integer")
OPTION = Param(name="option", type="enum", enum=("a", "b"))
OPEN = Param(name="open", type="array")
BOX = Param(name="box", type="object")
TAGS = Param(name="tags", type="array", item_type="enum", enum=("a", "b"))
MODEL = Model(
    endpoint="maker/thing",
    names=("thing",),
    task="x",
    family="x",
    output=Kind.VIDEO,
    price=UNKNOWN,
    params=(IMAGE, IMAGES, VIDEO, EITHER, TEXT, ANY, COUNT, OPTION, OPEN, BOX, TAGS),
)

PNG = FileMedia("/films/hero.png", Kind.IMAGE)
GIF = FileMedia("/films/hero.gif", Kind.IMAGE)
CLIP = FileMedia("C:\\films\\clip.mp4", Kind.VIDEO)


def complaints(name: str, value: object) -> list[tuple[str, str, str]]:
    checked = check_arguments(MODEL, {name: value}, complete=False)
    return [(item.name, item.message, item.severity) for item in checked.complaints]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image", "hero.png"),
        ("image", "heroes/hero"),
        ("image", "https://x.example/hero.png?sign=clip.mp4"),
        ("image", "data:image/png;base64,AAAA"),
        ("image", "asset://abc"),
        ("image", PNG),
        ("image", FileMedia("/a/HERO.JPEG", Kind.IMAGE)),
        ("image", FileMedia("/a/no-suffix", Kind.IMAGE)),
        ("image", FileMedia("/a/b.jpg", Kind.IMAGE, None, 10 * 1024 * 1024)),
        ("image", UrlMedia("https://x.example/hero.jpg?x=1.gif", Kind.IMAGE)),
        ("image", UrlMedia("asset://abc", Kind.IMAGE)),
        ("image", UrlMedia("data:image/jpeg;base64,AAAA", Kind.IMAGE)),
        ("image", BlobMedia("0" * 64, Kind.IMAGE, "png")),
        ("image", Ref("t", "image")),
        ("image", Ref("t", "output")),
        ("image", Deferred("a or b")),
        ("images", ["a.png", PNG]),
        ("images", Ref("t", "images")),
        ("images", Ref("t", "all")),
        ("images", [Ref("t", "image"), Deferred("x")]),
        ("images", Deferred("x")),
        ("either", "a.png"),
        ("either", ["a.png"]),
        ("either", Ref("t", "image")),
        ("either", [Ref("t", "image")]),
        ("text", Ref("t", "text")),
        ("text", Ref("t", "used")),
        ("option", Ref("t", "text")),
        ("count", Ref("t", "duration")),
        ("any", PNG),
        ("any", CLIP),
        ("any", Ref("t", "image")),
        ("open", [{"url": Ref("t", "image"), "file": PNG}]),
        ("open", Ref("t", "images")),
        ("open", Ref("t", "texts")),
        ("box", {"frame": PNG}),
        ("box", Ref("t", "image")),
        ("tags", Ref("t", "texts")),
        ("tags", ["a", Ref("t", "text")]),
    ],
)
def test_fits(name: str, value: object) -> None:
    assert complaints(name, value) == []


@pytest.mark.parametrize(
    ("name", "value", "rule", "message"),
    [
        ("image", "clip.mp4", "media-kind", "image wants an image, not a video"),
        ("image", "https://x.example/a.mp3?x=1.png", "media-kind", "image wants an image, not a sound"),
        ("image", "data:video/mp4;base64,AAAA", "media-kind", "image wants an image, not a video"),
        ("video", PNG, "media-kind", "video wants a video, not an image"),
        ("video", Ref("t", "image"), "media-kind", "video wants a video, not an image"),
        ("video", Ref("t", "model3d"), "media-kind", "video wants a video, not a 3D model"),
        ("video", Ref("t", "text"), "media-kind", "video wants a video, not text"),
        ("video", Ref("t", "duration"), "media-kind", "video wants a video; duration is none"),
        ("images", ["a.png", CLIP], "media-kind", "images[1] wants an image, not a video"),
        ("images", Ref("t", "videos"), "media-kind", "images wants an image, not a video"),
        ("images", "a.png", "media-list", "images wants a list"),
        ("images", PNG, "media-list", "images wants a list"),
        ("images", Ref("t", "image"), "media-list", "images wants a list"),
        ("images", [Ref("t", "images")], "media-list", "images[0] is a list inside a list"),
        ("image", ["a.png"], "media-list", "image wants an image, not a list"),
        ("image", Ref("t", "images"), "media-list", "image wants an image, not a list"),
        ("video", [], "media-list", "video wants a video, not a list"),
        ("images", [], "too-few-items", "images needs at least 1 item; this has 0"),
        ("images", [PNG, PNG, PNG], "too-many-items", "images takes at most 2 items; this has 3"),
        ("image", 5, "argument-type", "image wants an image, not 5"),
        ("images", [5], "argument-type", "images[0] wants an image, not 5"),
        ("image", GIF, "media-format", "image takes JPG or PNG; hero.gif is GIF"),
        ("images", [GIF], "media-format", "images[0] takes PNG; hero.gif is GIF"),
        (
            "image",
            FileMedia("/a/b.jpg", Kind.IMAGE, None, 12 * 1024 * 1024),
            "media-size",
            "image takes at most 10 MB; b.jpg has 12.0 MB",
        ),
        (
            "image",
            UrlMedia("data:image/gif;base64,AAAA", Kind.IMAGE),
            "media-format",
            "image takes JPG or PNG; the data URI is GIF",
        ),
        ("text", PNG, "media-kind", "text wants text, not an image"),
        ("text", Ref("t", "video"), "media-kind", "text wants text, not a video"),
        ("text", Ref("t", "texts"), "argument-type", "text wants text, not a list"),
        ("any", Ref("t", "text"), None, ""),
        ("any", GIF, "media-format", "any takes PNG or MP4; hero.gif is GIF"),
        ("count", Ref("t", "text"), "argument-type", "count wants a whole number, not text"),
        ("count", Ref("t", "image"), "media-kind", "count wants a whole number, not an image"),
        ("option", PNG, "media-kind", "option wants one of its options, not an image"),
        ("open", Ref("t", "image"), "argument-type", "open wants a list"),
        ("tags", Ref("t", "image"), "argument-type", "tags wants a list"),
        ("tags", ["a", PNG], "media-kind", "tags[1] wants one of its options, not an image"),
    ],
)
def test_does_not_fit(name: str, value: object, rule: str | None, message: str) -> None:
    expected = [] if rule is None else [(rule, message, "error")]
    assert complaints(name, value) == expected


@pytest.mark.parametrize(
    "value",
    [UrlMedia("https://x.example/a.gif", Kind.IMAGE), BlobMedia("0" * 64, Kind.IMAGE, "webp")],
)
def test_a_format_the_author_cannot_change_is_a_warning(value: object) -> None:
    ((rule, _, severity),) = complaints("image", value)
    assert (rule, severity) == ("media-format", "warning")


def test_a_large_data_uri_is_counted() -> None:
    uri = UrlMedia("data:image/png;base64," + "A" * (15 * 1024 * 1024), Kind.IMAGE)
    assert complaints("image", uri) == [
        ("media-size", "image takes at most 10 MB; the data URI has 11.2 MB", "error")
    ]


def test_leaves_come_through_untouched() -> None:
    arguments = {"image": PNG, "images": [Ref("t", "image")], "text": Deferred("x")}
    assert check_arguments(MODEL, arguments, complete=False).arguments == arguments
