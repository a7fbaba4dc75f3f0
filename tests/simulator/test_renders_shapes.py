"""Meshes that are valid, worlds that close, edits that do what they say, descriptions that are true."""

from __future__ import annotations

import io
import json
import math
import runpy
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from rhflow.media import probe
from rhflow.simulator.order import Order, RenderFailed
from rhflow.simulator.renders import describe, fonts, gltf, mesh, picture, render, scene, words, world
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still
from tests.simulator import render_house as house

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def fox(tmp_path_factory):
    asked = {"prompt": "a fox and a child in a snowy forest at dawn", "size": "640x360"}
    return house.one(tmp_path_factory.mktemp("fox"), "text-to-image", "image", asked)


# Meshes


class Glb:
    """A strict reader of binary glTF 2.0: whatever the specification forbids fails here."""

    def __init__(self, data):
        magic, version, size = struct.unpack_from("<4sII", data)
        assert (magic, version, size) == (b"glTF", 2, len(data))
        length, kind = struct.unpack_from("<I4s", data, 12)
        assert (kind, length % 4) == (b"JSON", 0)
        self.document = json.loads(data[20 : 20 + length])
        body_length, body_kind = struct.unpack_from("<I4s", data, 20 + length)
        assert (body_kind, body_length % 4) == (b"BIN\0", 0)
        self.body = data[28 + length :]
        assert len(self.body) == body_length
        assert self.document["asset"]["version"] == "2.0"
        assert 0 <= body_length - self.document["buffers"][0]["byteLength"] < 4
        for view in self.document["bufferViews"]:
            assert view["byteOffset"] % 4 == 0
            assert view["byteOffset"] + view["byteLength"] <= self.document["buffers"][0]["byteLength"]
        ((primitive,),) = [one["primitives"] for one in self.document["meshes"]]
        self.attributes = {name: self.rows(at) for name, at in primitive["attributes"].items()}
        self.indexes = [one for (one,) in self.rows(primitive["indices"])]
        self.material = self.document["materials"][primitive["material"]]

    def rows(self, number):
        told = self.document["accessors"][number]
        width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[told["type"]]
        form = {5126: "f", 5125: "I", 5121: "B"}[told["componentType"]]
        view = self.document["bufferViews"][told["bufferView"]]
        assert view["byteLength"] == told["count"] * struct.calcsize(f"<{width}{form}")
        assert view["target"] == (34963 if told["type"] == "SCALAR" else 34962)
        raw = self.body[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        rows = list(struct.iter_unpack(f"<{width}{form}", raw))
        if "min" in told:
            assert told["min"] == [min(column) for column in zip(*rows, strict=True)]
            assert told["max"] == [max(column) for column in zip(*rows, strict=True)]
        return rows

    def checked(self):
        points, normals = self.attributes["POSITION"], self.attributes["NORMAL"]
        assert (
            "min"
            in self.document["accessors"][
                self.document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
            ]
        )
        assert {len(rows) for rows in self.attributes.values()} == {len(points)}
        assert len(self.indexes) % 3 == 0
        assert max(self.indexes) < len(points)
        assert all(math.isfinite(part) for point in points for part in point)
        assert all(math.hypot(*normal) == pytest.approx(1, abs=1e-4) for normal in normals)
        for place in self.attributes.get("TEXCOORD_0", ()):
            assert all(-1e-6 <= part <= 1 + 1e-6 for part in place)
        return self

    @property
    def texture(self):
        if "baseColorTexture" not in self.material["pbrMetallicRoughness"]:
            return None
        view = self.document["bufferViews"][self.document["images"][0]["bufferView"]]
        raw = self.body[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
        with Image.open(io.BytesIO(raw)) as held:
            assert self.document["images"][0]["mimeType"] == f"image/{held.format.lower()}"
            return held.convert("RGB")

    def volume_and_open_edges(self):
        """Volume, and how many edges have not one triangle on each side, corners in one place joined."""
        points = self.attributes["POSITION"]
        joined = [tuple(round(part, 5) for part in point) for point in points]
        sides, volume = {}, 0.0
        for at in range(0, len(self.indexes), 3):
            a, b, c = (points[one] for one in self.indexes[at : at + 3])
            across = (b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0])
            volume += sum(one * other for one, other in zip(a, across, strict=True)) / 6
            corners = [joined[one] for one in self.indexes[at : at + 3]]
            for first, second in zip(corners, (*corners[1:], corners[0]), strict=True):
                if first != second:
                    sides[first, second] = sides.get((first, second), 0) + 1
        return volume, sum(count != sides.get((second, first)) for (first, second), count in sides.items())


def glb(folder, arguments, media=None):
    return Glb(house.one(folder, "image-to-3d", "model3d", arguments, media).read_bytes()).checked()


def test_a_figure_becomes_a_closed_body_with_its_picture_on_it(fox, tmp_path):
    body = glb(tmp_path, {"faceCount": 3000}, {"imageUrl": [str(fox)]})
    volume, opened = body.volume_and_open_edges()
    assert volume > 0.1
    assert opened == 0
    assert 1500 < len(body.indexes) / 3 < 5000
    high = [point[1] for point in body.attributes["POSITION"]]
    assert max(high) - min(high) == pytest.approx(2.0, abs=0.3)
    left = body.texture.crop((0, 0, body.texture.width // 2, body.texture.height))
    shown = picture.open_still(fox)
    main = max(shown.figures, key=lambda one: one.share)
    mean = ImageStat.Stat(shown.picture, main.mask).mean
    assert ImageStat.Stat(left).mean == pytest.approx(mean, abs=40)


def test_words_become_the_figure_they_name(tmp_path):
    body = glb(tmp_path, {"prompt": "a red fox figurine"})
    assert body.volume_and_open_edges()[1] == 0
    red, green, _ = ImageStat.Stat(body.texture).mean
    assert red > green * 1.4


def test_a_place_becomes_a_relief_or_an_island(tmp_path):
    plain = tmp_path / "plain.png"
    Image.linear_gradient("L").convert("RGB").save(plain)
    relief = glb(tmp_path / "r", {}, {"imageUrl": [str(plain)]})
    assert relief.texture.size == (256, 256)
    assert min(normal[2] for normal in relief.attributes["NORMAL"]) > 0
    island = glb(tmp_path / "i", {"prompt": "a quiet valley"})
    assert island.texture is None
    assert len(set(island.attributes["COLOR_0"])) > 6


@pytest.mark.parametrize(
    "arguments", [{"shouldTexture": False}, {"requestType": "mesh"}, {"generateType": "Geometry"}]
)
def test_only_the_shape_where_only_that_is_asked_for(fox, tmp_path, arguments):
    body = glb(tmp_path, {"faceCount": 1000, **arguments}, {"imageUrl": [str(fox)]})
    assert body.texture is None
    assert len(set(body.attributes["COLOR_0"])) == 1


def test_a_back_is_seen_from_behind_and_a_side_says_how_thick_it_is(tmp_path):
    files = {}
    for name, colour, radius in (
        ("front", (200, 40, 40), 60),
        ("back", (40, 60, 200), 60),
        ("left", (40, 160, 60), 60),
    ):
        files[name] = tmp_path / f"{name}.png"
        house.disc(colour, (200, 200), (100, 100), radius).save(files[name])
    narrow = Image.new("RGB", (200, 200), (235, 235, 240))
    ImageDraw.Draw(narrow).ellipse((85, 40, 115, 160), fill=(40, 160, 60))
    narrow.save(files["left"])
    thick = glb(
        tmp_path / "a",
        {"face": 2000},
        {"frontImageUrl": [str(files["front"])], "backImageUrl": [str(files["back"])]},
    )
    thin = glb(
        tmp_path / "b",
        {"face": 2000},
        {"frontImageUrl": [str(files["front"])], "leftImageUrl": [str(files["left"])]},
    )
    wide = thick.texture.width
    front, back = (
        thick.texture.crop((0, 0, wide // 2, wide // 2)),
        thick.texture.crop((wide // 2, 0, wide, wide // 2)),
    )
    assert house.middle_of(front, house.is_red)[2] > 2000
    assert house.middle_of(back, house.is_blue)[2] > 2000
    depth = [max(point[2] for point in one.attributes["POSITION"]) for one in (thick, thin)]
    assert depth[1] < depth[0] * 0.75


def test_a_small_mesh_is_valid_too(tmp_path):
    mesh.write_small(tmp_path / "m.glb", Dice("m"))
    Glb((tmp_path / "m.glb").read_bytes()).checked()
    assert gltf.linear(0) == 0
    assert gltf.linear(255) == 255


# Worlds


@pytest.fixture
def small_world(monkeypatch):
    """A world with fewer pixels, for those who only count its directions."""
    monkeypatch.setattr(world, "SIZE", (512, 256))


def test_a_world_of_words_is_a_panorama_that_closes(tmp_path, small_world):
    path = house.one(tmp_path, "image-to-world", "image", {"textPrompt": "a castle at dusk"})
    shown = house.loaded(path)
    assert shown.size == (512, 256)
    assert house.difference(shown.crop((0, 0, 1, 256)), shown.crop((511, 0, 512, 256))) < 8


def test_a_world_is_a_panorama_that_closes(fox, tmp_path):
    path = house.one(tmp_path, "image-to-world", "image", {}, {"imageUrl": [str(fox)]})
    shown = house.loaded(path)
    assert shown.size == (2048, 1024)
    left, right = shown.crop((0, 0, 1, 1024)), shown.crop((2047, 0, 2048, 1024))
    assert house.difference(left, right) < 6
    ahead = picture.open_picture(fox).resize((1024, 576))
    assert house.difference(shown.crop((612, 300, 1436, 600)), ahead.crop((100, 60, 924, 360))) < 40


def test_a_panorama_that_is_given_stays_one(tmp_path):
    given = tmp_path / "pano.png"
    Image.radial_gradient("L").resize((400, 200)).convert("RGB").save(given)
    path = house.one(tmp_path / "o", "image-to-world", "image", {"isPano": True}, {"imageUrl": [str(given)]})
    assert house.difference(house.loaded(path).resize((400, 200)), house.loaded(given)) < 3


def test_a_tour_of_a_world_turns_once_around(fox, tmp_path, small_world):
    clip = house.one(
        tmp_path / "c",
        "image-to-video",
        "video",
        {"resolution": "180p", "duration": 1},
        {"imageUrl": [str(fox)]},
    )
    asked = {"resolution": "180p", "duration": 2}
    path = house.one(tmp_path / "o", "video-to-world", "video", asked, {"videoUrl": [str(clip)]})
    shown = house.frames(path)
    assert probe.probe(path).seconds == pytest.approx(2, abs=0.05)
    assert house.difference(shown[0], shown[-1]) < 6 < house.difference(shown[0], shown[24])


def test_a_world_of_words_has_a_card(tmp_path):
    (answer,) = house.made(tmp_path, "text-to-world", "text", {"prompt": "a castle by the sea at night"})
    card = json.loads(answer.text)
    assert card["scene"]["places"] == ["sea"]
    assert card["scene"]["time"] == "night"
    assert card["caption"] == "a castle by the sea at night"


# Edits


def edited(folder, prompt, media, **more):
    endpoint = more.pop("endpoint", "v")
    return house.one(folder, "image-to-image", "image", {"prompt": prompt, **more}, media, endpoint=endpoint)


def masked(first, second, mask):
    """The difference of two pictures where a mask is white."""
    apart = ImageChops.difference(first.convert("RGB"), second.convert("RGB")).convert("L")
    return ImageStat.Stat(apart, mask.point([255 if value > 200 else 0 for value in range(256)])).mean[0]


def test_a_ground_is_taken_away(fox, tmp_path):
    shown = house.loaded(edited(tmp_path, "remove the background", {"imageUrl": [str(fox)]}))
    assert shown.mode == "RGBA"
    still = picture.open_still(fox)
    alpha = shown.getchannel("A")
    for figure in still.figures:
        assert ImageStat.Stat(alpha, figure.mask).mean[0] > 200
    assert alpha.getpixel((5, 5)) == 0


def test_a_picture_with_a_clear_ground(tmp_path):
    asked = {"prompt": "a fox", "size": "320x180", "background": "transparent", "outputFormat": "jpeg"}
    path = house.one(tmp_path, "text-to-image", "image", asked)
    alpha = house.loaded(path).getchannel("A")
    assert path.suffix == ".png"
    assert alpha.getextrema() == (0, 255)


@pytest.mark.parametrize(
    ("prompt", "name", "others"),
    [("remove the fox", "fox", "child"), ("make the fox blue", "fox", "child"), ("去掉孩子", "child", "fox")],
)
def test_an_edit_changes_the_figure_it_names_and_no_other(fox, tmp_path, prompt, name, others):
    after = picture.open_still(edited(tmp_path, prompt, {"imageUrl": [str(fox)]}))
    before = picture.open_still(fox)
    where = {figure.name: figure.mask for figure in before.figures}
    assert masked(before.picture, after.picture, where[name]) > 20
    assert masked(before.picture, after.picture, where[others]) < 3


def test_another_ground_keeps_the_figures(fox, tmp_path):
    after = picture.open_still(
        edited(tmp_path, "change the background to a desert at noon", {"imageUrl": [str(fox)]})
    )
    before = picture.open_still(fox)
    figures = Image.new("L", before.picture.size)
    for figure in before.figures:
        figures = ImageChops.lighter(figures, figure.mask)
    assert masked(before.picture, after.picture, figures) < 45
    assert masked(before.picture, after.picture, ImageChops.invert(figures)) > 30


def test_a_wider_picture_has_the_given_one_in_its_middle(fox, tmp_path):
    after = picture.open_picture(edited(tmp_path, "outpaint", {"imageUrl": [str(fox)]}))
    before = picture.open_picture(fox)
    assert after.size == (800, 448)
    inner = before.resize((592, 333))
    left, top = (after.width - 592) // 2, (after.height - 333) // 2
    core = (40, 30, 552, 200)
    moved = (left + 40, top + 30, left + 552, top + 200)
    assert house.difference(after.crop(moved), inner.crop(core)) < 6


def test_what_a_mask_covers_is_filled(tmp_path):
    file, hole = tmp_path / "disc.png", tmp_path / "mask.png"
    house.disc((200, 30, 30)).save(file)
    mask = Image.new("L", (320, 180))
    ImageDraw.Draw(mask).ellipse((116, 56, 204, 144), fill=255)
    mask.save(hole)
    media = {"imageUrl": [str(file)], "maskUrl": [str(hole)]}
    after = picture.open_picture(edited(tmp_path / "o", "clean", media, endpoint="v/inpaint"))
    assert house.difference(after, Image.new("RGB", (320, 180), (235, 235, 240))) < 2


@pytest.mark.parametrize(
    ("prompt", "check"),
    [
        ("depth map", lambda one: one.getpixel((320, 5)) < one.getpixel((320, 350))),
        ("line art", lambda one: one.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) > 180),
    ],
)
def test_maps_and_drawings_of_a_picture(fox, tmp_path, prompt, check):
    assert check(house.loaded(edited(tmp_path, prompt, {"imageUrl": [str(fox)]})).convert("L"))


def test_figures_of_further_pictures_come_into_the_first(fox, tmp_path):
    other = tmp_path / "red.png"
    house.disc((200, 20, 20)).save(other)
    after = picture.open_still(edited(tmp_path / "o", "put it there", {"imageUrls": [str(fox), str(other)]}))
    assert len(after.figures) == 3


def test_a_face_is_swapped(tmp_path):
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    house.face((480, 640)).save(first)
    green = house.face((480, 640))
    ImageDraw.Draw(green).ellipse((190, 230, 215, 250), fill=(20, 160, 60))
    green.save(second)
    after = picture.open_picture(
        edited(tmp_path / "o", "swap the face", {"imageUrls": [str(first), str(second)]})
    )
    red, greens, _ = after.getpixel((202, 240))
    assert greens > red


def test_layers_laid_over_each_other_are_the_picture_again(fox, tmp_path):
    results = house.made(
        tmp_path, "image-tools", "image", {}, {"imageUrl": [str(fox)]}, endpoint="v/layer-decomposition"
    )
    assert len(results) == 3
    whole = house.loaded(results[0].path)
    for result in results[1:]:
        whole.alpha_composite(house.loaded(result.path))
    assert house.difference(whole, picture.open_picture(fox)) < 2


def test_an_enlarged_picture_still_knows_its_figures(fox, tmp_path):
    path = house.one(
        tmp_path,
        "image-tools",
        "image",
        {"scale": "2x"},
        {"imageUrl": [str(fox)]},
        endpoint="v/image-upscale",
    )
    assert {figure.name for figure in picture.open_still(path).figures} == {"fox", "child"}


# What is said


def test_a_description_names_what_the_picture_shows_and_where(fox, tmp_path):
    still = picture.open_still(fox)
    said = describe.said(describe.see(still))
    for figure in still.figures:
        where = ("on the left", "in the middle", "on the right")[
            int(figure.middle[0] / still.picture.width * 3)
        ]
        assert f"{figure.name} {where}" in said.lower()
    (chinese,) = house.made(
        tmp_path, "image-to-text", "text", {"prompt": "描述这张图片"}, {"imageUrl": [str(fox)]}
    )
    assert "狐狸" in chinese.text
    assert "640×360" in chinese.text


def test_a_description_as_json_has_the_fields_asked_for(fox, tmp_path):
    asked = {"prompt": 'Answer as JSON {"title": "", "description": ""}'}
    (answer,) = house.made(tmp_path, "image-to-text", "text", asked, {"imageUrl": [str(fox)]})
    told = json.loads(answer.text)
    assert set(told) == {"title", "description"}
    assert "fox" in told["description"]


def test_a_film_is_described_with_its_cuts_its_sound_and_its_movement(tmp_path):
    shown = [Image.new("RGB", (160, 90), tone) for tone in [(20, 20, 60)] * 24 + [(230, 200, 60)] * 24]
    path = house.film_of(shown, tmp_path / "film.mp4", sound=["-f", "lavfi", "-i", "sine=f=220:d=2"])
    (answer,) = house.made(tmp_path, "video-to-text", "text", {"prompt": "?"}, {"videoUrl": [str(path)]})
    assert "2.0 seconds at 24 frames a second, in 2 shots; hardly anything moves" in answer.text
    assert "around 2" in answer.text
    (other,) = house.made(tmp_path, "text-to-text", "text", {"prompt": "tell me"}, {"videoUrl": [str(path)]})
    assert "2 shots" in other.text


def test_a_session_for_lip_sync_spans_its_video(tmp_path):
    path = house.film_of([house.face((120, 160))] * 48, tmp_path / "film.mp4")
    (answer,) = house.made(
        tmp_path,
        "audio-to-video",
        "text",
        {},
        {"videoUrl": [str(path)]},
        endpoint="kling-lip-sync/identify-face",
    )
    told = json.loads(answer.text)
    assert told["session_id"]
    assert told["face_data"][0]["end_time"] == 2000


# Everything


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("portrait of a man in a green jacket", "portrait"),
        ("一位主播的头像", "portrait"),
        ("一头鲸鱼", "whale"),
    ],
)
def test_portraits_and_chinese_names(prompt, name):
    reading = words.read(prompt)
    assert reading.subjects == [name]
    if "green" in prompt:
        assert reading.dressed == {"portrait": "#5aa469"}
    (figure,) = scene.paint(reading, 320, 180, Dice("p")).figures
    assert figure.name == name


def test_a_bare_painting_is_the_same_without_its_figures():
    reading = words.read("a fox in a meadow at noon")
    whole, bare = (scene.paint(reading, 320, 180, Dice("b"), is_bare=is_bare) for is_bare in (False, True))
    assert bare.figures == ()
    outside = ImageChops.invert(whole.figures[0].mask).crop((0, 0, 320, 90))
    assert masked(whole.picture.crop((0, 0, 320, 90)), bare.picture.crop((0, 0, 320, 90)), outside) < 1
    filled = Still(whole.picture, whole.figures).bare()
    assert masked(filled, bare.picture, whole.figures[0].mask) < 30


def test_a_grid_of_four_where_the_maker_gives_one(tmp_path):
    request = Request(
        Order("youchuan/text-to-image-v7", "text-to-image", "image", {"prompt": "x"}, {}, str(tmp_path))
    )
    assert request.count() == 4


@pytest.mark.parametrize(
    ("task", "output", "arguments", "media"),
    [
        ("motion-control", "video", {"resolution": "120p"}, "face film"),
        ("video-edit", "video", {"prompt": "comic"}, "film"),
        ("video-tools", "video", {"resolution": "120p"}, "face sound"),
        ("reference-to-video", "video", {"prompt": "meet", "duration": 1, "resolution": "120p"}, "face film"),
        ("image-to-3d", "model3d", {"faceCount": 500}, "face"),
        ("text-to-audio", "audio", {"text": "Hello."}, ""),
        ("audio-to-audio", "audio", {"prompt": "jazz"}, "sound"),
        ("text-to-music", "audio", {"lyrics": "la la", "prompt": "pop", "duration": 2}, ""),
    ],
)
def test_the_same_order_gives_the_same_bytes(tmp_path, task, output, arguments, media):
    kit = {
        "face": lambda path: house.face().save(path.with_suffix(".png")) or path.with_suffix(".png"),
        "film": lambda path: house.film_of([house.face((120, 160))] * 12, path.with_suffix(".mp4")),
        "sound": lambda path: house.sound_of([0.5, 0.9] * 10, path.with_suffix(".wav")),
    }
    given = {name: [str(kit[name](tmp_path / name))] for name in media.split()}
    endpoint = "kling/avatar" if task == "video-tools" else "v"
    first, second = (
        house.one(tmp_path / turn, task, output, arguments, given, endpoint=endpoint) for turn in "ab"
    )
    assert first.read_bytes() == second.read_bytes()


ODD = {
    "one.png": Image.new("RGB", (1, 1), (9, 9, 9)),
    "thin.jpg": Image.new("RGB", (2, 300), (200, 9, 9)),
    "wide.png": Image.linear_gradient("L").resize((700, 20)),
    "alpha.png": Image.new("RGBA", (60, 60), (255, 0, 0, 90)),
    "palette.gif": house.disc((200, 30, 30), (90, 90), (45, 45), 20).quantize(8),
    "cmyk.jpg": house.disc((200, 30, 30), (90, 90), (45, 45), 20).convert("CMYK"),
    "deep.png": Image.new("I;16", (50, 40), 3000),
    "bits.png": Image.new("1", (33, 47), 1),
}


@pytest.mark.parametrize("name", ODD)
def test_any_picture_can_be_worked_on(tmp_path, name):
    file = tmp_path / name
    ODD[name].save(file)
    media = {"imageUrl": [str(file)]}
    asked = {"prompt": "remove the fox", "resolution": "120p", "duration": 1}
    assert house.made(tmp_path / "a", "image-to-video", "video", asked, media)
    assert house.made(tmp_path / "b", "image-to-image", "image", {"prompt": "a rainy night"}, media)
    assert house.made(tmp_path / "c", "image-to-3d", "model3d", {"faceCount": 300}, media)
    assert house.made(tmp_path / "d", "image-to-text", "text", {"prompt": "?"}, media)[0].text


def test_an_edit_without_a_video_still_answers(tmp_path):
    asked = {"draftCache": "abc", "resolution": "180p", "duration": 1}
    answer = render(Order("rhart-video-flux3/draft-enhance", "video-edit", "video", asked, {}, str(tmp_path)))
    assert not isinstance(answer, RenderFailed)


def test_letters_for_chinese_where_there_is_no_font(monkeypatch):
    monkeypatch.setattr(fonts, "cjk", lambda size: None)
    from rhflow.simulator.renders import caption

    sheet = caption.overlay(
        (480, 270), caption.Caption("M", "雪山下的小屋，清晨"), (20, 20, 30), (255, 200, 100)
    )
    assert sheet.size == (480, 270)
    assert fonts.drawable("雪山下的小屋，清晨", wide=False) == "xue shan xia de xiao wu, qing chen"


def test_the_gallery_shows_every_kind(tmp_path, capsys, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    gallery = runpy.run_path(str(ROOT / "tools" / "gallery.py"))
    assert gallery["main"]([str(tmp_path), "--quick", "--only", "("]) == 0
    told = capsys.readouterr().out
    for kind in (
        "motion-control (video)",
        "image-to-3d (model3d)",
        "text-to-music (audio)",
        "text-to-world (text)",
    ):
        assert kind in told
    assert len(list(tmp_path.glob("sheet-*.png"))) >= 3
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count("<section>") == told.count("\n")
    assert {"<video", "<audio", "<img"} <= {tag for tag in ("<video", "<audio", "<img") if tag in page}
