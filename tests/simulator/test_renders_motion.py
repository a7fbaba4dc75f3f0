"""Films do what their order says: begin with the picture, follow the driver, speak with the sound."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from PIL import Image, ImageDraw

from rhflow.media import probe
from rhflow.simulator.order import Order
from rhflow.simulator.renders import face, hands, hearing, mimic, picture, subject
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still
from tests.simulator import render_house as house

SHORT = {"resolution": "180p", "duration": 1}


@pytest.fixture(scope="module")
def fox(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fox")
    asked = {"prompt": "a fox in a snowy forest at dawn", "size": "640x360"}
    return house.one(folder, "text-to-image", "image", asked)


@pytest.fixture(scope="module")
def clip(fox, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    asked = {**SHORT, "prompt": "slow push in"}
    return house.one(folder, "image-to-video", "video", asked, {"imageUrl": [str(fox)]})


# Pictures that come alive


@pytest.mark.parametrize("prompt", ["the fox runs", "pull back", "pan left, handheld", "orbit around it", ""])
def test_a_clip_begins_with_its_picture(fox, tmp_path, prompt):
    asked = {**SHORT, "prompt": prompt}
    path = house.one(tmp_path, "image-to-video", "video", asked, {"imageUrl": [str(fox)]})
    begin = house.frames(path)[0]
    still = picture.open_picture(fox).resize(begin.size, Image.Resampling.BILINEAR)
    assert house.difference(begin, still) < 4


def test_the_figure_the_words_name_moves_and_the_ground_behind_it_is_filled(fox, tmp_path):
    asked = {**SHORT, "duration": 3, "prompt": "the fox runs, static camera"}
    path = house.one(tmp_path, "image-to-video", "video", asked, {"imageUrl": [str(fox)]})
    shown = house.frames(path)

    def is_fox(red, green, blue):
        return red > 110 and red > green * 1.35 and green > blue * 1.15

    begin, _, many = house.middle_of(shown[0], is_fox)
    end, _, _ = house.middle_of(shown[-1], is_fox)
    assert many > 30
    assert abs(end - begin) > 0.06
    box = picture.open_still(fox).figures[0].box
    where = tuple(round(part / 2) for part in box)
    assert house.difference(shown[0].crop(where), shown[-1].crop(where)) > 12


def test_a_film_from_a_picture_to_another_begins_with_the_one_and_ends_with_the_other(fox, tmp_path):
    other = tmp_path / "other.png"
    house.disc((200, 40, 40), (640, 360), (420, 190), 80).save(other)
    media = {"firstImageUrl": [str(fox)], "lastImageUrl": [str(other)]}
    shown = house.frames(
        house.one(tmp_path / "out", "image-to-video", "video", {**SHORT, "prompt": "turns"}, media)
    )
    first, last = (
        picture.open_picture(file).resize((320, 180), Image.Resampling.BILINEAR) for file in (fox, other)
    )
    assert house.difference(shown[0], first) < 4
    assert house.difference(shown[-1], last) < 4
    assert house.difference(shown[12], first) > 10
    assert house.difference(shown[12], last) > 10


def test_a_loop_ends_as_it_begins(fox, tmp_path):
    asked = {**SHORT, "prompt": "x", "loop": True}
    shown = house.frames(house.one(tmp_path, "image-to-video", "video", asked, {"firstImageUrl": [str(fox)]}))
    assert house.difference(shown[0], shown[-1]) < 3


@pytest.mark.parametrize(
    ("arguments", "cuts"),
    [
        (
            {
                "multiShot": True,
                "multiPrompt": [
                    {"prompt": "a sea at night", "duration": 1},
                    {"prompt": "a sunny desert", "duration": 2},
                ],
            },
            [24],
        ),
        ({"prompt": "Shot 1: a dark forest. Shot 2: a bright meadow at noon. Shot 3: a room"}, [24, 48]),
        ({"multiShot": False, "multiPrompt": ["a", "b"], "prompt": "a sea"}, []),
    ],
)
def test_shots_are_cut_where_they_end(tmp_path, arguments, cuts):
    asked = {"prompt": "", "resolution": "180p", "duration": 3, **arguments}
    shown = house.frames(house.one(tmp_path, "text-to-video", "video", asked))
    assert len(shown) == 72
    steps = [house.difference(a, b) for a, b in pairwise(shown)]
    assert [index + 1 for index, step in enumerate(steps) if step > 12] == cuts


# Motion control


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """Two seconds of somebody who sways to and fro before a wall, with a tune."""
    shown = []
    for index in range(48):
        frame = Image.new("RGB", (240, 180), (205, 208, 214))
        draw = ImageDraw.Draw(frame)
        draw.rectangle((10, 20, 60, 70), fill=(120, 150, 190))
        x = 120 + 55 * math.sin(index / 24 * math.tau / 1.6)
        draw.rectangle((x - 14, 70, x + 14, 150), fill=(60, 30, 90))
        draw.ellipse((x - 12, 46, x + 12, 70), fill=(90, 60, 50))
        shown.append(frame)
    path = tmp_path_factory.mktemp("driver") / "driver.mp4"
    return house.film_of(shown, path, sound=["-f", "lavfi", "-i", "sine=f=330:d=2"])


def test_the_figure_of_a_picture_does_what_the_driver_does(driver, tmp_path):
    file = tmp_path / "disc.png"
    house.disc((210, 40, 40)).save(file)
    media = {"imageUrl": [str(file)], "videoUrl": [str(driver)]}
    path = house.one(tmp_path / "out", "motion-control", "video", {"resolution": "180p"}, media)
    found = probe.probe(path)
    assert found.seconds == pytest.approx(2.0, abs=0.05)
    assert found.has_audio
    wanted = [math.sin(index / 24 * math.tau / 1.6) for index in range(48)]
    seen = [house.middle_of(frame, house.is_red)[0] for frame in house.frames(path)]
    assert house.correlation(wanted, seen) > 0.95
    assert max(seen) - min(seen) > 0.15


def test_the_sound_of_a_driver_can_be_left_out(driver, tmp_path):
    file = tmp_path / "disc.png"
    house.disc((210, 40, 40)).save(file)
    media = {"imageUrl": [str(file)], "videoUrl": [str(driver)]}
    asked = {"resolution": "180p", "keepOriginalSound": "no"}
    path = house.one(tmp_path / "out", "motion-control", "video", asked, media)
    assert not probe.probe(path).has_audio


def test_a_camera_that_moves_is_told_from_somebody_who_does(clip, driver):
    assert mimic.measured(clip).whole
    drive = mimic.measured(driver)
    assert not drive.whole
    assert max(stance.x for stance in drive.stances) > 0.3


# Talking pictures


def test_a_mouth_opens_with_the_sound_and_the_clip_is_as_long_as_it(tmp_path):
    levels = [0.0] * 6 + [1.0] * 8 + [0.0] * 8 + [0.9] * 8 + [0.0] * 6
    sound = house.sound_of(levels, tmp_path / "said.wav")
    file = tmp_path / "face.png"
    house.face().save(file)
    media = {"imageUrl": [str(file)], "audioUrl": [str(sound)]}
    path = house.one(
        tmp_path / "out", "video-tools", "video", {"resolution": "240p"}, media, endpoint="kling/ai-avatar"
    )
    found = probe.probe(path)
    assert found.has_audio
    assert found.seconds == pytest.approx(1.8, abs=0.06)
    shown = house.frames(path)
    where = [
        round(part * scale) for part, scale in zip((0.4, 0.5, 0.6, 0.62), (*shown[0].size,) * 2, strict=True)
    ]
    dark = [
        255 - sum(frame.crop(where).convert("L").resize((1, 1), Image.Resampling.BOX).tobytes())
        for frame in shown
    ]
    wanted = [levels[min(len(levels) - 1, int(index / 24 / 0.05))] for index in range(len(dark))]
    assert house.correlation(wanted, dark) > 0.75


def test_a_mouth_is_found_where_it_is():
    still = Still(house.face((480, 640))).studied()
    found = face.mouth_of(still, still.figures[0])
    assert (found.x, found.y) == (pytest.approx(240, abs=8), pytest.approx(339, abs=14))
    assert face.seek(house.disc((40, 60, 200))) is None


def test_the_part_of_the_sound_that_is_asked_for_is_spoken_by_a_presenter(tmp_path):
    sound = house.sound_of([0.8] * 60, tmp_path / "said.wav")
    asked = {
        "sessionId": "s",
        "faceId": "f",
        "soundStartTime": 500,
        "soundEndTime": 1500,
        "soundInsertTime": 250,
    }
    path = house.one(
        tmp_path / "out",
        "audio-to-video",
        "video",
        {**asked, "resolution": "180p"},
        {"audioUrl": [str(sound)]},
    )
    assert probe.probe(path).seconds == pytest.approx(1.25, abs=0.05)
    levels = hearing.loudness(hearing.samples(path), hearing.RATE * 0.05)
    assert sum(levels[:4]) < 1 < sum(levels[6:20])


# Several references


def test_every_reference_shows_in_the_film(tmp_path):
    red, blue, place = (tmp_path / f"{name}.png" for name in ("red", "blue", "place"))
    house.disc((210, 40, 40)).save(red)
    house.disc((40, 50, 210), at=(200, 90)).save(blue)
    Image.linear_gradient("L").resize((320, 180)).convert("RGB").save(place)
    media = {"imageUrls": [str(red), str(blue), str(place)]}
    path = house.one(tmp_path / "out", "reference-to-video", "video", {**SHORT, "prompt": "they meet"}, media)
    for frame in house.frames(path)[::8]:
        assert house.middle_of(frame, house.is_red)[2] > 100
        assert house.middle_of(frame, house.is_blue)[2] > 100
        sky, ground = (sum(frame.getpixel((2, y))) for y in (4, 176))
        assert ground - sky > 300


def test_a_reference_without_a_figure_hangs_as_a_print(tmp_path):
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    Image.linear_gradient("L").resize((320, 180)).convert("RGB").save(first)
    Image.new("RGB", (320, 180), (200, 30, 30)).save(second)
    media = {"imageUrls": [str(first), str(second)]}
    path = house.one(tmp_path / "out", "reference-to-video", "video", {**SHORT, "prompt": "x"}, media)
    assert house.middle_of(house.frames(path)[-1], house.is_red)[2] > 800


# Films made of films


@pytest.mark.parametrize(
    "arguments",
    [
        {"prompt": "a watercolour at night, snow falls"},
        {"styleName": "van_gogh"},
        {"prompt": "comic", "keepOriginalSound": False},
    ],
)
def test_an_edited_film_is_the_same_film_in_another_look(clip, tmp_path, arguments):
    path = house.one(tmp_path, "video-edit", "video", arguments, {"videoUrl": [str(clip)]})
    before, after = house.frames(clip), house.frames(path)
    assert len(after) == len(before)
    for index in (0, 12, 23):
        inner = [frame.convert("L").crop((32, 18, 288, 162)) for frame in (before[index], after[index])]
        small = [list(frame.resize((40, 22), Image.Resampling.BOX).tobytes()) for frame in inner]
        assert house.correlation(*small) > 0.6
        assert house.difference(before[index], after[index]) > 7


@pytest.mark.parametrize("name", sorted(hands._HANDS))
def test_every_hand_keeps_what_is_shown(name):
    size = (240, 136)
    still = house.disc((180, 60, 40), size, (150, 70), 40, (150, 180, 210))
    done = hands.of(name, size, Dice("h"))(still)
    assert done.size == size
    assert house.difference(still, done) > 5
    small = [
        list(frame.convert("L").resize((30, 17), Image.Resampling.BOX).tobytes()) for frame in (still, done)
    ]
    assert house.correlation(*small) > 0.55


def test_an_edit_takes_the_length_the_shape_and_the_colours_it_is_told(clip, tmp_path):
    model = tmp_path / "model.png"
    Image.new("RGB", (60, 60), (220, 40, 40)).save(model)
    asked = {"prompt": "", "duration": "0", "aspectRatio": "1:1"}
    media = {"videoUrl": [str(clip)], "referenceImageUrl": [str(model)]}
    path = house.one(tmp_path / "out", "video-edit", "video", asked, media)
    found = probe.probe(path)
    assert (found.width, found.height) == (180, 180)
    assert found.seconds == pytest.approx(1.0, abs=0.05)
    red, _, blue = (
        sum(band.resize((1, 1), Image.Resampling.BOX).tobytes()) for band in house.frames(path)[12].split()
    )
    red_before, _, blue_before = (
        sum(band.resize((1, 1), Image.Resampling.BOX).tobytes()) for band in house.frames(clip)[12].split()
    )
    assert red - blue > red_before - blue_before + 20


def test_letters_at_the_foot_are_erased_and_nothing_else(clip, tmp_path):
    clean = [frame.resize((640, 360)) for frame in house.frames(clip)[:6]]
    dirty = []
    for frame in clean:
        written = frame.copy()
        ImageDraw.Draw(written).text(
            (170, 320),
            "Where does the fox go at night?",
            fill="white",
            stroke_width=2,
            stroke_fill="black",
            font_size=22,
        )
        dirty.append(written)
    given = house.film_of(dirty, tmp_path / "dirty.mp4")
    path = house.one(
        tmp_path / "out",
        "video-tools",
        "video",
        {},
        {"videoUrl": [str(given)]},
        endpoint="volc-subtitle-erase",
    )
    foot = (160, 312, 480, 352)
    for before, written, after in zip(clean, dirty, house.frames(path), strict=True):
        assert (
            house.difference(after.crop(foot), before.crop(foot))
            < house.difference(written.crop(foot), before.crop(foot)) / 3
        )
        assert house.difference(after.crop((0, 0, 640, 250)), before.crop((0, 0, 640, 250))) < 4


@pytest.mark.parametrize(
    ("endpoint", "arguments", "fps"),
    [
        ("v/video-super-resolution", {"tarfps": 40, "resolution": "240p"}, 40),
        ("topazlabs/video-upscale", {"targetFps": "60", "targetResolution": "240p"}, 60),
    ],
)
def test_a_larger_film_has_the_rate_and_the_size_asked_for(clip, tmp_path, endpoint, arguments, fps):
    path = house.one(
        tmp_path, "video-tools", "video", arguments, {"videoUrl": [str(clip)]}, endpoint=endpoint
    )
    found = probe.probe(path)
    assert found.fps == fps
    assert (found.width, found.height) == (426, 240)


def test_a_cut_to_another_shot_where_an_extension_asks_for_one(clip, tmp_path):
    asked = {"prompt": "on", "duration": 1, "cutType": "Cut-In"}
    path = house.one(tmp_path, "video-extend", "video", asked, {"videoUrl": [str(clip)]})
    shown = house.frames(path)
    assert len(shown) == 48
    assert house.difference(shown[23], shown[24]) > 6


@pytest.mark.parametrize(
    ("endpoint", "task"),
    [
        ("google/veo/video-extend", "text-to-video"),
        ("pixverse-v6/extend", "video-tools"),
        ("skyreels/single-shot-video-extension", "video-extend"),
    ],
)
def test_every_path_that_speaks_of_it_extends(clip, tmp_path, endpoint, task):
    order = Order(
        endpoint, task, "video", {"prompt": "on", "duration": 1}, {"video": [str(clip)]}, str(tmp_path)
    )
    from rhflow.simulator.renders import render

    (result,) = render(order)
    assert probe.probe(tmp_path / "video-1.mp4").seconds == pytest.approx(2.0, abs=0.06)
    assert result.type == "mp4"


# Finding figures


@pytest.mark.parametrize("at", [(160, 100), (90, 120), (240, 70)])
def test_what_stands_out_is_found_with_its_edges(at):
    found = subject.find(house.disc((190, 60, 40), at=at))
    box = (at[0] - 34, at[1] - 34, at[0] + 34, at[1] + 34)
    assert found[0].box == pytest.approx(box, abs=6)
    true = Image.new("L", (320, 180))
    ImageDraw.Draw(true).ellipse(box, fill=255)
    assert house.difference(found[0].mask, true) < 3


def test_nothing_stands_out_of_an_even_ground():
    assert subject.find(Image.linear_gradient("L").resize((320, 180)).convert("RGB")) == []


def test_a_still_is_cut_around_its_figures():
    still = Still(house.disc((190, 60, 40), at=(270, 90))).studied()
    tall = still.fitted((90, 180))
    assert house.middle_of(tall.picture, house.is_red)[2] > 400
    assert tall.figures[0].middle[0] == pytest.approx(55, abs=14)


def test_a_film_remembers_the_form_it_was_asked_for(fox, tmp_path):
    order = Order(
        "v/image-to-video",
        "image-to-video",
        "video",
        {**SHORT, "outputFormat": "mov"},
        {"imageUrl": [str(fox)]},
        str(tmp_path),
    )
    assert Request(order).video_format() == "mov"
    path = house.one(tmp_path, "image-to-video", "video", order.arguments, order.media)
    assert path.suffix == ".mov"
    assert probe.probe(path).width == 320
