"""What the renderers understand of a prompt, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rhflow.simulator.order import Order
from rhflow.simulator.renders import answers, camera, particles, scene, score, voice, words
from rhflow.simulator.renders.dice import Dice, Wave, seed_of
from rhflow.simulator.renders.request import Request


def order(
    arguments, media=None, *, endpoint="vendor/model/text-to-image", task="text-to-image", output="image"
):
    return Order(endpoint, task, output, arguments, media or {}, "unused")


@pytest.mark.parametrize(
    ("prompt", "setting", "time", "weathers", "subjects"),
    [
        ("A lighthouse on a cliff at sunset", "sea", "golden", [], ["lighthouse"]),
        ("white rabbit in a moonlit forest", "forest", "night", [], ["rabbit"]),
        ("Foxes in the snowy mountains", "mountain", None, ["snow"], ["fox"]),
        ("雪山下的湖边小屋，清晨", "lake", "dawn", ["frost"], ["house"]),
        ("樱花树下的女孩", "meadow", None, ["petals"], ["cherry", "child"]),
        ("cyberpunk Shanghai at night", "city", "night", [], []),
        ("an astronaut", "space", None, [], ["astronaut"]),
        ("a cat on the windowsill", "room", None, [], ["cat"]),
        ("a fishing boat", "sea", None, [], ["boat"]),
        ("海底的水母", "underwater", None, [], ["jellyfish"]),
    ],
)
def test_a_prompt_is_read(prompt, setting, time, weathers, subjects):
    reading = words.read(prompt)
    assert scene.choose_setting(reading, Dice("x")) == setting
    assert (reading.time, reading.weathers, reading.subjects) == (time, weathers, subjects)


def test_a_colour_before_a_subject_dresses_it_and_one_elsewhere_paints_the_picture():
    dressed = words.read("a red fox")
    assert dressed.dressed == {"fox": "#d8453e"}
    assert dressed.colours == []
    assert words.read("a fox under a purple sky").colours == ["#8a5bd1"]


@pytest.mark.parametrize(
    ("prompt", "style", "mood"),
    [
        ("水墨山水", "ink", None),
        ("gentle watercolour hills", "watercolour", "calm"),
        ("noir, dark street", "noir", "dark"),
    ],
)
def test_style_and_mood(prompt, style, mood):
    reading = words.read(prompt)
    assert (reading.style, reading.mood) == (style, mood)


def test_seeds_ignore_where_files_lie_and_what_urls_are_called(tmp_path):
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    first.write_bytes(b"same")
    second.write_bytes(b"same")
    here = order({"prompt": "x", "imageUrl": "https://one/a.png"}, {"imageUrl": [str(first)]})
    there = order({"imageUrl": "https://two/b.png", "prompt": "x"}, {"imageUrl": [str(second)]})
    assert seed_of(here) == seed_of(there)
    second.write_bytes(b"other")
    assert seed_of(here) != seed_of(there)


@pytest.mark.parametrize("change", [{"prompt": "y"}, {"seed": 7}, {"size": "1024x1024"}, {"list": [1]}])
def test_every_argument_is_part_of_the_seed(change):
    assert seed_of(order({"prompt": "x"})) != seed_of(order({"prompt": "x", **change}))


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ({}, (1280, 720)),
        ({"aspectRatio": "1:1"}, (960, 960)),
        ({"aspectRatio": "9:16"}, (720, 1280)),
        ({"size": "1024x1536"}, (1024, 1536)),
        ({"size": "2048*872"}, (2048, 872)),
        ({"width": 300, "height": "200"}, (300, 200)),
        ({"customWidth": 640, "customHight": 400, "aspectRatio": "custom"}, (640, 400)),
        ({"customWidth": 640, "customHight": 400, "aspectRatio": "1:1"}, (960, 960)),
        ({"resolution": "1k", "aspectRatio": "1:1"}, (1024, 1024)),
        ({"resolution": "2K", "aspectRatio": "1:1"}, (2048, 2048)),
        ({"resolution": "4k", "aspectRatio": "16:9"}, (4096, 2304)),
        ({"resolution": "480p", "aspectRatio": "16:9"}, (854, 480)),
        ({"aspectRatio": "auto"}, (1280, 720)),
    ],
)
def test_picture_sizes(arguments, size):
    assert Request(order(arguments)).picture_size() == size


@pytest.mark.parametrize(
    ("arguments", "shape", "size"),
    [
        ({}, None, (854, 480)),
        ({"resolution": "720p"}, 9 / 16, (720, 1280)),
        ({"resolution": "native1080p"}, None, (1920, 1080)),
        ({"resolution": "480P", "aspectRatio": "adaptive"}, 1.0, (480, 480)),
        ({"resolution": "1280*720"}, None, (1280, 720)),
        ({"resolution": "2k"}, 16 / 9, (2560, 1440)),
        ({"resolution": "720p", "ratio": "21:9"}, 1.0, (1680, 720)),
    ],
)
def test_video_sizes(arguments, shape, size):
    assert Request(order(arguments)).video_size(shape) == size


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(7, 7), ("10", 10), ("auto", 5), (-1, 5), (0, 5), (None, 5), (True, 5), (9999, 60), ("nan", 5)],
)
def test_durations(value, seconds):
    assert Request(order({"duration": value})).seconds() == seconds


def test_first_frames_come_before_last_ones(tmp_path):
    media = {"lastImageUrl": ["l.png"], "firstImageUrl": ["f.png"], "audioUrl": ["a.mp3"]}
    request = Request(order(dict.fromkeys(media, "u"), media))
    assert [file.name for file in request.media()] == ["f.png", "a.mp3", "l.png"]
    assert [file.name for file in request.media("mp3")] == ["a.mp3"]


@given(
    st.integers(2, 40), st.sampled_from(["push in", "pan left", "orbit", "rise", "pull out", "handheld", ""])
)
@settings(max_examples=40, deadline=None)
def test_a_camera_never_looks_beyond_the_picture(number, prompt):
    move = camera.choose(prompt, Dice(str(number)), 1.35)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        at = [a + (b - a) * share for a, b in zip(_numbers(move.start), _numbers(move.end), strict=True)]
        zoom, x, y, lean = at
        assert abs(x) * 0.75 + 0.5 / zoom <= 0.5 + 0.012
        assert abs(x) * 1.15 + 0.5 / (zoom * (1 + lean)) <= 0.5 + 0.012
        assert abs(y) + 0.5 / zoom <= 0.5 + 0.012


def _numbers(view):
    return view.zoom, view.x, view.y, view.lean


def test_an_extension_begins_with_the_frame_as_it_is():
    assert camera.onward("pan left", Dice("x")).start == camera.View()


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("snow falls", "snow"),
        ("heavy rain", "rain"),
        ("樱花飘落", "petals"),
        ("萤火虫", "fireflies"),
        ("mist", "mist"),
        ("a fox", "dust"),
        ("coral reef", "bubbles"),
    ],
)
def test_what_drifts_through_a_clip(prompt, kind):
    assert particles.choose(words.read(prompt)) == kind


@pytest.mark.parametrize("kind", particles.KINDS)
def test_particles_drift_and_leave_the_ends_of_a_clip_plain(kind):
    cloud = particles.Cloud(kind, (96, 54), 24, 24, Dice("p"))
    first, middle, after, last = (cloud.frame(index).tobytes() for index in (0, 12, 13, 23))
    assert len(middle) == 48 * 27
    assert sum(middle) > 0
    assert sum(first) == sum(last) == 0
    assert middle != after


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_read(text):
    reading = words.read(text)
    assert scene.choose_setting(reading, Dice("x")) in {*words.SETTINGS}
    assert answers.wanted(text) >= 1


@given(st.floats(-1e4, 1e4))
@settings(max_examples=80)
def test_waves_stay_between_minus_one_and_one(x):
    assert abs(Wave(Dice("w"), 5, 0.6).at(x)) <= 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("cat", 1),
        ("rabbit", 2),
        ("lighthouse", 2),
        ("home", 1),
        ("海边", 2),
        ("7", 2),
        ("21", 3),
        ("二十 21", 5),
    ],
)
def test_syllables(text, count):
    assert voice.syllables(text) == count


@pytest.mark.parametrize(
    ("prompt", "comp"),
    [
        ("gentle ukulele folk", "ukulele"),
        ("epic trailer", "strings"),
        ("sad piano", "piano"),
        ("欢快的钢琴", "piano"),
    ],
)
def test_music_uses_the_instruments_asked_for(prompt, comp):
    piece = score.compose(prompt, 30, Dice("m"))
    assert comp in {note.voice for note in piece.notes}
    assert max(note.at for note in piece.notes) * piece.beat >= 24


def test_moods_change_pace_and_drums():
    slow, fast = score.compose("dark and sad", 30, Dice("m")), score.compose("energetic dance", 30, Dice("m"))
    assert slow.beat > fast.beat * 1.5
    assert not slow.hits
    assert fast.hits
    assert not score.compose("happy tune without drums", 30, Dice("m")).hits
