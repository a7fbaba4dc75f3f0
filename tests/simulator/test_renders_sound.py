"""What is heard: words with their sounds, songs with their words, and parts of a song by themselves."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

from rhflow.media import ffmpeg, probe
from rhflow.simulator.renders import hearing, manners, music, score, song, synth, voice
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.voice import english, mandarin, mouth, phones, sentence, speaking
from rhflow.simulator.renders.voice.mouth import Timed, voiced
from tests.simulator import render_house as house


def power(samples, hertz, rate):
    """How much of a tone is in the samples (Goertzel)."""
    turn = 2 * math.cos(math.tau * hertz / rate)
    before = last = 0.0
    for value in samples:
        before, last = last, value + turn * last - before
    return math.sqrt(max(0.0, before * before + last * last - turn * before * last)) / len(samples)


def level(samples):
    return math.sqrt(sum(value * value for value in samples) / max(1, len(samples)))


# The voice


@pytest.mark.parametrize(
    ("vowel", "first", "second"), [("AA", 730, 1120), ("IY", 280, 2250), ("UW", 310, 870), ("EH", 530, 1840)]
)
def test_a_vowel_has_its_resonances(vowel, first, second):
    samples = voiced([Timed(phones.VOWELS[vowel], 0.3, 100, 100)], 1.0, Dice("v"))[1600:3200]
    near = {hertz: power(samples, hertz, mouth.RATE) for hertz in range(100, 3400, 100)}

    def peak(low, high):
        return max((hertz for hertz in near if low <= hertz <= high), key=near.get)

    assert peak(200, 800) == pytest.approx(first, abs=100)
    assert peak(first + 250, first + 250 + 2200) == pytest.approx(second, abs=150)


def test_an_s_hisses_and_an_m_hums():
    hiss, hum = (
        voiced([Timed(part, 0.2, 110, 110) for part in phones.of(name)], 1.0, Dice("c"))
        for name in ("S", "M")
    )
    turns = [sum((a < 0) != (b < 0) for a, b in pairwise(sound)) / len(sound) for sound in (hiss, hum)]
    assert turns[0] > 0.5 > 0.12 > turns[1]


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("nation", "N EY SH AX N"),
        ("knight", "N AY T"),
        ("through", "TH R UW"),
        ("lighthouse", "L AY T HH AW S"),
        ("quick", "K W IH K"),
        ("hello", "HH EH L OW"),
        ("xylophone's", None),
        ("zzz", None),
        ("q", None),
    ],
)
def test_letters_become_sounds(word, sounds):
    found = english.sounds(word)
    assert found
    assert all(name in phones.VOWELS or name in phones.GLIDES or name in phones.OTHERS for name in found)
    if sounds:
        assert " ".join(found) == sounds


def test_every_chinese_reading_has_sounds():
    readings = {name for name, _ in mandarin._readings().values()}
    assert len(mandarin._readings()) > 6700
    for name in readings:
        for sound in mandarin.sounds(name):
            assert sound in phones.VOWELS or sound in phones.GLIDES or sound in phones.OTHERS, name
    assert mandarin.reading("你") == ("ni", 3)
    assert mandarin.sounds("shi") == ["SH", "IR"]
    assert mandarin.sounds("xue") == ["SH", "YU", "EH"]
    assert mandarin.spelled("雪山，ok") == "xue shan，ok"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (21, "twenty one"),
        (1907, "one thousand nine hundred and seven"),
        (1234567, "one two three four five six seven"),
    ],
)
def test_numbers_are_said(number, words):
    assert english.said(number) == words
    assert mandarin.figures("21") == "二十一"
    assert mandarin.figures("2026") == "二零二六"


@pytest.mark.parametrize(
    "text", ["", "…", "12:30!", "ça va, Ελλάδα; привет?", "こんにちは 안녕 🦊", "a" * 300, "it's 99% 火"]
)
def test_any_text_can_be_spoken(text):
    samples = voice.speak(text, voice.Speaker(pace=2), Dice("t"))
    assert len(samples) > 1000
    assert max(map(abs, samples)) < 4


def test_a_sentence_pauses_at_its_comma_and_a_question_ends_high(tmp_path):
    path = house.one(tmp_path, "text-to-audio", "audio", {"text": "The sea, my friends.", "format": "wav"})
    curve = hearing.loudness(hearing.samples(path), hearing.RATE * 0.02)
    inside = curve[10:-30]
    longest = max(len(run) for run in "".join("q" if one < 0.05 else " " for one in inside).split())
    assert 0.14 < longest * 0.02 < 0.35
    said = {}
    for end in ".?":
        (phrase,) = sentence.phrases(f"Is it you{end}")
        said[end] = speaking._timed(phrase, voice.Speaker(), Dice("q"))
    assert said["?"][-1].end > said["."][-1].end * 1.5
    assert said["?"][0].begin == said["."][0].begin


def heard_pitch(path):
    return hearing.pitch(hearing.samples(path))


def test_voices_differ_and_the_same_name_is_the_same_voice(tmp_path):
    def spoken(name, **more):
        asked = {"text": "Good morning from the sea.", "format": "wav", **more}
        return house.one(tmp_path / name, "text-to-audio", "audio", asked)

    man, woman = spoken("man", voice_id="deep_man"), spoken("woman", voice_id="Wise_Woman")
    assert heard_pitch(woman) > heard_pitch(man) * 1.35
    assert spoken("again", voice_id="Wise_Woman").read_bytes() == woman.read_bytes()
    high, slow = spoken("high", voice_id="deep_man", pitch=6), spoken("slow", voice_id="deep_man", speed=0.6)
    assert heard_pitch(high) > heard_pitch(man) * 1.25
    assert probe.probe(slow).seconds > probe.probe(man).seconds * 1.4


@pytest.mark.parametrize("hertz", [110, 230])
def test_a_cloned_voice_is_as_high_as_the_one_it_was_cloned_from(tmp_path, hertz):
    sample = tmp_path / "sample.wav"
    speaker = voice.Speaker(hertz, 1.0, lively=0.2)
    raw = voice.speak("This is how I speak every day.", speaker, Dice("s"))
    synth.write(raw.tobytes(), sample, channels=1, filters="anull", given=voice.RATE)
    asked = {"text": "And this is what I say.", "format": "wav"}
    path = house.one(tmp_path / "out", "text-to-audio", "audio", asked, {"audio": [str(sample)]})
    assert heard_pitch(path) == pytest.approx(heard_pitch(sample), rel=0.15)


def test_a_designed_voice_says_the_preview_and_not_its_description(tmp_path):
    short, long = (
        house.one(
            tmp_path / str(len(text)),
            "text-to-audio",
            "audio",
            {"prompt": "an old man with a very deep and slow voice", "previewText": text},
        )
        for text in ("Yes.", "Once upon a time there was a fox in the snow.")
    )
    assert probe.probe(long).seconds > probe.probe(short).seconds * 2.5


# Music


@pytest.mark.parametrize(
    ("prompt", "manner", "comp"),
    [
        ("fast rock", "rock", "drive"),
        ("slow jazz with piano", "jazz", "piano"),
        ("lo-fi hip-hop", "hiphop", "epiano"),
        ("古风 古筝", "chinese", "zheng"),
        ("techno", "electronic", "lead"),
        ("a lullaby", "calm", "piano"),
    ],
)
def test_words_choose_the_kind_of_music(prompt, manner, comp):
    asked = manners.wish(prompt, Dice("m"))
    assert (asked.manner, asked.comp) == (manners.MANNERS[manner], comp)
    high = asked.manner.pace[1]
    assert (asked.pace > high * 0.99) if "fast" in prompt else (asked.pace < high * 1.01)


@pytest.mark.parametrize("name", manners.MANNERS)
def test_every_manner_can_be_played(name):
    assert all(max(chords) < 7 for chords in manners.MANNERS[name].chords)
    piece = score.compose(name, 6, Dice(name))
    assert piece.notes
    assert {note.voice for note in piece.notes} <= set(synth.VOICES)


def test_pace_and_chords_of_a_piece_are_heard_again(tmp_path):
    piece = score.compose("electronic techno", 20, Dice("h"))
    path = tmp_path / "piece.wav"
    synth.write(music.perform(piece, 20.0, Dice("h")), path, channels=2, filters="anull")
    assert hearing.pace(hearing.samples(path)) == pytest.approx(piece.beat, rel=0.05)
    key, is_major, degrees = hearing.chords(path, piece.beat * 4)
    assert (key, is_major) == (piece.key % 12, False)
    same = sum(a == b for a, b in zip(piece.roots, degrees, strict=False))
    assert same >= len(degrees) * 0.7


LYRIC = "[Verse]\nThe light goes round\nThe sea is calm\n[Chorus]\nShine for me"


def test_lyrics_are_sung_line_by_line():
    lines = song.lines_of(LYRIC)
    assert [(line.text, line.is_refrain) for line in lines] == [
        ("The light goes round", False),
        ("The sea is calm", False),
        ("Shine for me", True),
    ]
    piece = score.compose("pop", song.length(lines, 0.6), Dice("l"), given=score.Given(0.6, 50), is_sung=True)
    track = memoryview(song.sung(lines, piece, voice.Speaker(200), Dice("l")).tobytes()).cast("f")
    bar = 4 * 0.6 * synth.RATE

    def loud(first, last):
        return level(track[round(first * bar) : round(last * bar)])

    assert loud(0, 2) < 0.001
    for number in range(3):
        assert loud(2 + number * 2, 3.5 + number * 2) > 0.03
    notes = song._notes(lines[0], 2, piece, [0, 1, 2, 3, 4] * 4, 0)
    assert len(notes) == voice.syllables("The light goes round") == 4
    assert sum(note.seconds for note in notes) == pytest.approx(7 * 0.6, rel=0.2)


def test_a_song_is_as_long_as_its_words_and_comes_twice_where_the_maker_does_so(tmp_path):
    asked = {"title": "Light", "prompt": LYRIC, "tags": "fast rock, male voice"}
    results = house.made(tmp_path, "text-to-music", "audio", asked, endpoint="rhart-audio/suno-v5/custom")
    assert len(results) == 2
    first, second = (Path(result.path).read_bytes() for result in results)
    assert first != second
    beat = score.compose("fast rock, male voice Light", 1.0, Dice("any")).beat
    assert probe.probe(tmp_path / "music-1.mp3").seconds == pytest.approx(10 * 4 * beat, rel=0.25)


@pytest.mark.parametrize(
    ("endpoint", "arguments", "words"),
    [
        ("suno-v5/single", {"description": "a song about the sea", "make_instrumental": "false"}, True),
        ("suno-v5/single", {"description": "a song about the sea", "make_instrumental": "true"}, False),
        ("mureka/generate-bgm", {"prompt": "sea", "lyrics": "la"}, False),
        ("minimax/music-2.6", {"prompt": "sea", "lyrics": "la la"}, True),
        ("minimax/music-2.6", {"prompt": "sea"}, False),
    ],
)
def test_who_wants_words_gets_them(tmp_path, endpoint, arguments, words):
    from rhflow.simulator.order import Order
    from rhflow.simulator.renders.request import Request

    request = Request(Order(endpoint, "text-to-music", "audio", arguments, {}, str(tmp_path)))
    assert bool(music.lyrics_of(request, Dice("w"))) is words


# Sounds made of sounds


@pytest.fixture(scope="module")
def stereo(tmp_path_factory):
    """Six seconds: 440 hertz in the middle, 1000 on the left alone."""
    path = tmp_path_factory.mktemp("stereo") / "song.wav"
    graph = "[0:a][1:a]amerge=inputs=2,pan=stereo|c0=0.4*c0+0.4*c1|c1=0.4*c0[out]"
    tones = [part for hertz in (440, 1000) for part in ("-f", "lavfi", "-i", f"sine=f={hertz}:d=6")]
    ffmpeg.run([*tones, "-filter_complex", graph, "-map", "[out]", str(path)])
    return path


def test_what_stands_in_the_middle_is_parted_from_what_does_not(stereo, tmp_path):
    results = house.made(
        tmp_path,
        "audio-to-audio",
        "audio",
        {"format": "wav"},
        {"3##file": [str(stereo)]},
        endpoint="rhart-audio/source-separation",
    )
    assert [result.path.rsplit("/", 1)[-1] for result in results] == ["vocal-1.wav", "background-1.wav"]
    shares = []
    for result in results:
        heard = hearing.samples(tmp_path / result.path.rsplit("/", 1)[-1])[8000:16000]
        shares.append(power(heard, 440, 8000) / (power(heard, 1000, 8000) + 1e-6))
    assert shares[0] > 1.2
    assert shares[1] < 0.2


def test_a_cover_keeps_the_length_and_the_tune_and_is_played_by_others(stereo, tmp_path):
    path = house.one(
        tmp_path,
        "audio-to-audio",
        "audio",
        {"prompt": "rock", "format": "wav"},
        {"audioUrl": [str(stereo)]},
        endpoint="minimax/music-cover",
    )
    assert probe.probe(path).seconds == pytest.approx(6.0, abs=0.1)
    before, after = hearing.samples(stereo), hearing.samples(path)
    assert power(after[8000:24000], 440, 8000) > 50
    assert hearing.loudness(before, 1600) != hearing.loudness(after, 1600)
    low = hearing.samples(path, filters="lowpass=f=150")
    assert level(low) > 5 * level(hearing.samples(stereo, filters="lowpass=f=150"))


@pytest.mark.parametrize(
    ("arguments", "kept", "first"), [({"extendAt": 4000}, 4.0, True), ({"extendType": "head"}, 6.0, False)]
)
def test_a_song_goes_on_from_where_it_is_told_or_gets_a_beginning(stereo, tmp_path, arguments, kept, first):
    asked = {"lyrics": "one more time", "format": "wav", **arguments}
    path = house.one(
        tmp_path, "audio-to-audio", "audio", asked, {"fileUrl": [str(stereo)]}, endpoint="mureka/extend-song"
    )
    heard = hearing.samples(path)
    assert len(heard) / hearing.RATE > kept + 5
    begin, end = heard[2000:10000], heard[-12000:-4000]
    pure, other = (begin, end) if first else (end, begin)
    assert power(pure, 1000, 8000) > 8 * power(other, 1000, 8000)


def test_a_registered_sound_is_answered_with_what_was_heard(stereo, tmp_path):
    (answer,) = house.made(
        tmp_path, "audio-to-audio", "text", {}, {"fileUrl": [str(stereo)]}, endpoint="mureka-ai/vocal-clone"
    )
    told = json.loads(answer.text)
    assert told["duration"] == pytest.approx(6.0, abs=0.05)
    assert told["status"] == "ready"
    assert 60 <= told["bpm"] <= 160
