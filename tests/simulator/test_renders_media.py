"""The renderers' files: valid, of the asked size and length, the same for the same order."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import wave
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from rhflow.ground.media import Kind
from rhflow.media import ffmpeg, probe
from rhflow.simulator.order import Order, RenderFailed
from rhflow.simulator.renders import caption, encode, memo, picture, render, scene, synth, words
from rhflow.simulator.renders.dice import Dice
from tests.simulator.render_house import difference, frames, loaded, made, one


def foreign(path, size, rate):
    """A second of video with sound that none of our renderers made."""
    sources = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d=1", "-f", "lavfi", "-i", "sine=d=1"]
    ffmpeg.run([*sources, "-pix_fmt", "yuv420p", str(path)])


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    return one(
        tmp_path_factory.mktemp("still"),
        "text-to-image",
        "image",
        {"prompt": "A lighthouse at sunset", "size": "640x360"},
    )


CLIP = {"prompt": "slow push in", "resolution": "180p", "duration": 1}


@pytest.fixture(scope="module")
def clip(still, tmp_path_factory):
    return one(tmp_path_factory.mktemp("clip"), "image-to-video", "video", CLIP, {"imageUrl": [str(still)]})


# Pictures


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_picture_has_its_size_and_format_and_no_other_bytes_the_second_time(tmp_path, kind):
    asked = {"prompt": "雪山下的小屋", "size": "320x200", "outputFormat": kind}
    first, second = (one(tmp_path / name, "text-to-image", "image", asked) for name in "ab")
    with Image.open(first) as opened:
        assert opened.size == (320, 200)
        assert opened.format == kind.upper()
    assert first.read_bytes() == second.read_bytes()


def test_another_seed_is_another_picture(tmp_path):
    paths = [
        one(
            tmp_path / str(seed),
            "text-to-image",
            "image",
            {"prompt": "hills", "size": "320x180", "seed": seed},
        )
        for seed in (1, 2)
    ]
    assert difference(*(loaded(path) for path in paths)) > 3


def test_several_pictures_are_variations(tmp_path):
    results = made(tmp_path, "text-to-image", "image", {"prompt": "a fox", "size": "320x180", "n": 3})
    assert [Path(result.path).name for result in results] == ["image-1.png", "image-2.png", "image-3.png"]
    assert difference(loaded(results[0].path), loaded(results[1].path)) > 2


@pytest.mark.parametrize("setting", words.SETTINGS)
@pytest.mark.parametrize("size", [(96, 96), (160, 40), (40, 160)])
def test_every_setting_can_be_painted_in_every_shape(setting, size):
    reading = words.read(words.SETTINGS[setting].split()[0].rstrip("?"))
    painted = scene.paint(reading, *size, Dice(setting)).picture
    assert painted.size == size
    assert max(ImageStat.Stat(painted).stddev) > 4


@pytest.mark.parametrize("word", [*words.SUBJECTS, *words.WEATHERS, *words.STYLES])
def test_every_subject_weather_and_style_can_be_painted(word):
    reading = words.Reading(word)
    reading.subjects = [word] if word in words.SUBJECTS else []
    reading.weathers = [word] if word in words.WEATHERS else []
    reading.style = word if word in words.STYLES else None
    plain = scene.paint(words.Reading(word), 160, 90, Dice("x")).picture
    assert difference(scene.paint(reading, 160, 90, Dice("x")).picture, plain) > 0.05


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_caption_can_be_taken_off_again_and_the_figures_are_remembered(tmp_path, kind):
    painted = scene.paint(words.read("a fox in a meadow at dawn"), 480, 270, Dice("c"))
    clean = painted.picture
    done = caption.put_on(clean, caption.Caption("MODEL", "The sea at dawn"), (20, 20, 30), (255, 200, 100))
    assert difference(done.crop((0, 200, 480, 270)), clean.crop((0, 200, 480, 270))) > 8
    path = tmp_path / f"p.{kind}"
    memo.save(done, str(path), kind, memo.memo(clean, painted.figures))
    again = picture.open_still(path)
    assert difference(again.picture, clean) < 3
    ((before,), (after,)) = painted.figures, again.figures
    assert after.name == "fox"
    assert after.box == pytest.approx(before.box, abs=3)
    assert difference(before.mask, after.mask) < 4


@pytest.mark.parametrize(
    "spoil", [lambda data: data[:40], lambda data: data[:-30], lambda data: data + b"x" * 9]
)
def test_a_memo_that_was_spoilt_on_its_way_does_no_harm(tmp_path, spoil):
    painted = scene.paint(words.read("a fox"), 160, 90, Dice("c"))
    path = tmp_path / "p.png"
    memo.save(painted.picture, str(path), "png", spoil(memo.memo(painted.picture, painted.figures)))
    assert picture.open_still(path).picture.size == (160, 90)


def test_a_picture_of_somebody_else_stays_as_it_is(tmp_path):
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as opened:
        clean, figures = memo.recall(opened)
        assert difference(clean, opened) == 0
        assert figures is None


@pytest.mark.parametrize(("text", "lines"), [("short", 1), ("word " * 60, 2), ("汉字" * 120, 2)])
def test_captions_wrap_and_end_in_an_ellipsis(text, lines):
    from rhflow.simulator.renders import fonts

    font = fonts.latin(20)
    wrapped = caption.wrap(text.strip(), font, 400, 2)
    assert len(wrapped) == lines
    assert all(font.getlength(line) <= 400 for line in wrapped)
    assert wrapped[-1].endswith("…") == (len(text) > 100)


def test_a_very_long_caption_is_measured_a_few_hundred_times_only(monkeypatch):
    from rhflow.simulator.renders import fonts

    font, asked = fonts.latin(20), []
    monkeypatch.setattr(type(font), "getlength", lambda self, text: asked.append(text) or 9.0 * len(text))
    assert len(caption.wrap("word " * 1000, font, 400, 2)) == 2
    assert len(asked) < 400


def test_signs_without_a_glyph_are_spelled_in_letters():
    from rhflow.simulator.renders import fonts

    assert fonts.drawable("雪山下，小屋 ☃ é", wide=False) == "xue shan xia, xiao wu é"
    assert fonts.drawable("山 é ☃", wide=True) == "山 é"
    assert fonts.drawable("ع", wide=False) == "\\u0639"


def test_an_edit_keeps_the_picture_recognisable_and_changes_it(still, tmp_path):
    edited = one(
        tmp_path, "image-to-image", "image", {"prompt": "make it night"}, {"imageUrls": [str(still)]}
    )
    before, after = picture.open_picture(still), picture.open_picture(edited)
    assert after.size == before.size
    assert difference(before, after) > 8
    edges = [image.convert("L").reduce(4).effect_spread(0) for image in (before, after)]
    assert _correlation(*edges) > 0.6


def _correlation(first, second):
    one_, two = (list(image.tobytes()) for image in (first, second))
    mean_one, mean_two = sum(one_) / len(one_), sum(two) / len(two)
    top = sum((a - mean_one) * (b - mean_two) for a, b in zip(one_, two, strict=True))
    return top / (sum((a - mean_one) ** 2 for a in one_) * sum((b - mean_two) ** 2 for b in two)) ** 0.5


def test_an_upscaled_picture_is_larger(still, tmp_path):
    large = one(
        tmp_path,
        "image-tools",
        "image",
        {"scale": "2x"},
        {"imageUrl": [str(still)]},
        endpoint="labs/image-upscale-cgi",
    )
    assert loaded(large).size == (1280, 720)


# Clips


def test_a_clip_has_the_asked_length_size_and_moves(clip):
    found = probe.probe(clip)
    assert (found.kind, found.width, found.height, found.fps) == (Kind.VIDEO, 320, 180, 24)
    assert found.seconds == pytest.approx(1.0, abs=0.02)
    assert not found.has_audio
    shown = frames(clip)
    assert len(shown) == 24
    assert difference(shown[0], shown[-1]) > 2
    assert max(difference(a, b) for a, b in pairwise(shown)) < 8  # no jump


def test_the_same_clip_has_the_same_bytes(still, clip, tmp_path):
    again = one(tmp_path, "image-to-video", "video", CLIP, {"imageUrl": [str(still)]})
    assert again.read_bytes() == clip.read_bytes()


def test_sound_where_asked_for(still, tmp_path):
    path = one(
        tmp_path, "image-to-video", "video", {**CLIP, "generateAudio": "true"}, {"imageUrl": [str(still)]}
    )
    assert probe.probe(path).has_audio
    assert "max_volume" in _loudness(path)


def test_words_alone_become_a_clip_in_their_shape(tmp_path):
    path = one(
        tmp_path,
        "text-to-video",
        "video",
        {"prompt": "a whale", "aspectRatio": "9:16", "resolution": "180p", "duration": "1"},
    )
    found = probe.probe(path)
    assert (found.width, found.height) == (180, 320)


def test_two_pictures_dissolve(still, tmp_path):
    other = tmp_path / "other.png"
    Image.new("RGB", (640, 360), (10, 200, 30)).save(other)
    media = {"firstImageUrl": [str(still)], "lastImageUrl": [str(other)]}
    shown = frames(one(tmp_path, "image-to-video", "video", {"duration": 2, "resolution": "180p"}, media))
    assert len(shown) == 48
    first, last = (ImageStat.Stat(frame).mean for frame in (shown[0], shown[-1]))
    assert last[1] > last[0] + 80  # green now
    assert first[1] < first[0] + 30


def test_an_extension_goes_on_where_the_video_ended(clip, tmp_path):
    path = one(tmp_path, "video-extend", "video", {"prompt": "on", "duration": 1}, {"videoUrl": [str(clip)]})
    found = probe.probe(path)
    assert found.seconds == pytest.approx(2.0, abs=0.05)
    assert (found.width, found.height, found.fps) == (320, 180, 24)
    before, after = frames(clip), frames(path)
    assert len(after) == 48
    assert all(difference(a, b) == 0 for a, b in zip(before, after, strict=False))  # packets were copied
    assert difference(after[23], after[24]) < 4
    assert difference(after[23], after[47]) > 2


def test_an_extension_of_somebody_elses_video_with_sound(tmp_path):
    given = tmp_path / "given.mp4"
    foreign(given, "162x120", 10)
    path = one(tmp_path / "out", "video-extend", "video", {"duration": 1}, {"videoUrl": [str(given)]})
    found = probe.probe(path)
    assert (found.width, found.height, found.fps, found.has_audio) == (162, 120, 10, True)
    assert found.seconds == pytest.approx(2.0, abs=0.15)


def test_an_upscaled_video_has_those_pixels_and_keeps_sound_and_rate(tmp_path):
    given = tmp_path / "given.mp4"
    foreign(given, "160x90", 12)
    path = one(
        tmp_path / "out",
        "video-tools",
        "video",
        {"targetResolution": "720p"},
        {"videoUrl": [str(given)]},
        endpoint="v/video-upscaler",
    )
    found = probe.probe(path)
    assert (found.width, found.height, found.fps, found.has_audio) == (1280, 720, 12, True)


def test_more_frames(clip, tmp_path):
    path = one(
        tmp_path, "video-tools", "video", {}, {"videoUrl": [str(clip)]}, endpoint="v/video-fps-increaser"
    )
    found = probe.probe(path)
    assert found.fps == 48
    assert found.seconds == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("task", "arguments"), [("video-edit", {"prompt": "noir"}), ("video-effects", {"styleName": "pixel_art"})]
)
def test_a_restyled_video_has_the_frames_of_the_given_one(clip, tmp_path, task, arguments):
    path = one(tmp_path, task, "video", arguments, {"videoUrl": [str(clip)]})
    assert len(frames(path)) == 24
    assert difference(frames(path)[12], frames(clip)[12]) > 2


# Sound


def _loudness(path):
    """What ffmpeg's volumedetect says."""
    import subprocess

    done = subprocess.run(
        [ffmpeg.ffmpeg_path(), "-hide_banner", "-i", str(path), "-af", "volumedetect", "-f", "null", "-"],
        capture_output=True,
        check=True,
    )
    return {
        line.split("] ")[1].split(":")[0]: float(line.split(": ")[1].split()[0])
        for line in done.stderr.decode().splitlines()
        if "_volume:" in line
    }


def test_music_can_be_heard_does_not_clip_and_is_as_long_as_asked(tmp_path):
    path = one(tmp_path, "text-to-music", "audio", {"description": "happy ukulele", "duration": 8})
    assert path.suffix == ".mp3"
    assert probe.probe(path).seconds == pytest.approx(8, abs=0.2)
    loud = _loudness(path)
    assert -6 < loud["max_volume"] < -0.1
    assert -28 < loud["mean_volume"] < -8


def test_music_is_reproducible_and_follows_the_words(tmp_path):
    asked = {"prompt": "calm piano", "duration": 4, "format": "wav"}
    first, second, other = (
        one(tmp_path / name, "text-to-music", "audio", {**asked, **more})
        for name, more in (("a", {}), ("b", {}), ("c", {"prompt": "epic"}))
    )
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_music_has_a_beat():
    from rhflow.simulator.renders import music, score

    piece = score.compose("energetic dance", 8, Dice("b"))
    raw = memoryview(music.perform(piece, 8.0, Dice("b"))).cast("f")
    beat = round(piece.beat * synth.RATE) * 2
    start = next(hit.at for hit in piece.hits if hit.drum == "kick" and hit.at >= 8)
    at = round(start * piece.beat * synth.RATE) * 2
    strong = sum(value * value for value in raw[at : at + 6000])
    weak = sum(value * value for value in raw[at + beat // 2 : at + beat // 2 + 6000])
    assert strong > weak * 1.2


def test_longer_words_are_spoken_longer(tmp_path):
    short, long = (
        one(tmp_path / name, "text-to-audio", "audio", {"text": text, "format": "wav"})
        for name, text in (("s", "Hello."), ("l", "Hello to everybody who is listening tonight."))
    )
    with wave.open(str(short)) as a, wave.open(str(long)) as b:
        assert b.getnframes() > a.getnframes() * 2.5


def test_a_note_has_its_pitch():
    tone = memoryview(synth.note(synth.VOICES["flute"], 440.0, 0.5).tobytes()).cast("f")
    held = tone[4000:14000]
    crossings = sum(a < 0 <= b for a, b in pairwise(held))
    assert crossings / (len(held) / synth.RATE) == pytest.approx(440, rel=0.02)


def test_mixing_adds_and_cuts_off_at_the_end():
    track = synth.silence(0.01)
    synth.mix_into(track, Image.new("F", (track.width, 1), 0.5), track.width - 3, 0.5)
    synth.mix_into(track, Image.new("F", (10, 1), 1.0), track.width - 1, 1.0)
    assert list(memoryview(track.tobytes()).cast("f")[-4:]) == [0.0, 0.25, 0.25, 1.25]


# Meshes and text


@pytest.mark.parametrize(
    ("prompt", "check"),
    [
        (
            'Six shots as a JSON list: [{"title": "", "seconds": 5}] about a fox',
            lambda value: len(value) == 6 and set(value[0]) == {"title", "seconds"},
        ),
        (
            'JSON {"title": "", "shots": [{"prompt": ""}]} with 4 shots about the sea',
            lambda value: len(value["shots"]) == 4 and value["title"],
        ),
        ("Answer in JSON with `name` and `mood`", lambda value: set(value) == {"name", "mood"}),
        ("写一个JSON数组，三个镜头", lambda value: isinstance(value, list) and len(value) == 3),
    ],
)
def test_json_where_json_is_asked_for(tmp_path, prompt, check):
    (answer,) = made(tmp_path, "text-to-text", "text", {"prompt": prompt})
    assert check(json.loads(answer.text))


def test_plain_answers_and_lyrics_speak_of_the_prompt(tmp_path):
    (answer,) = made(tmp_path, "text-to-text", "text", {"prompt": "Describe a lighthouse"})
    (song,) = made(tmp_path, "text-to-lyrics", "text", {"prompt": "a lighthouse"})
    assert "lighthouse" in answer.text
    assert "[chorus]" in song.text
    assert "lighthouse" in song.text


def test_a_description_is_true(tmp_path):
    path = tmp_path / "green.png"
    Image.new("RGB", (60, 90), (80, 150, 84)).save(path)
    (answer,) = made(tmp_path, "image-to-text", "text", {"prompt": "?"}, {"imageUrl": [str(path)]})
    assert answer.text == "An evenly lit picture in portrait format, 60 by 90 pixels. It is almost all green."


def test_a_video_is_described(clip, tmp_path):
    (answer,) = made(tmp_path, "video-to-text", "text", {"prompt": "?"}, {"videoUrl": [str(clip)]})
    assert answer.text.startswith("A video of 1.0 seconds at 24 frames a second, in 1 shot; it moves slowly")
    assert "no sound" in answer.text
    assert not list(tmp_path.iterdir())


# Failures, processes


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize(
    ("task", "output", "name"),
    [
        ("image-to-image", "image", "a.png"),
        ("image-to-video", "video", "a.png"),
        ("video-extend", "video", "a.mp4"),
        ("image-to-3d", "3d", "a.png"),
        ("audio-to-audio", "audio", "a.mp3"),
    ],
)
def test_unreadable_input_fails_with_the_vendors_code(tmp_path, task, output, name, quick):
    bad = tmp_path / name
    bad.write_bytes(b"<html>not found</html>")
    answer = render(
        Order(f"v/{task}", task, output, {"prompt": "x"}, {"input": [str(bad)]}, str(tmp_path / "out"), quick)
    )
    assert isinstance(answer, RenderFailed)
    assert answer.code == 1013
    assert name in answer.message
    assert str(tmp_path) not in answer.message


def test_nothing_is_left_behind_but_the_results(still, tmp_path):
    one(tmp_path, "image-to-video", "video", CLIP, {"imageUrl": [str(still)]})
    assert [path.name for path in tmp_path.iterdir()] == ["video-1.mp4"]


def test_rendering_works_in_a_worker_process(tmp_path):
    order = Order(
        "v/text-to-image", "text-to-image", "image", {"prompt": "hills", "size": "160x90"}, {}, str(tmp_path)
    )
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        (result,) = pool.submit(render, order).result()
    assert loaded(result.path).size == (160, 90)
    assert pickle.loads(pickle.dumps(result)) == result


def test_clips_of_ours_can_be_joined_by_copying(clip):
    head = encode.stream_head(clip)
    assert head
    assert head[0] == 1  # avcC version
