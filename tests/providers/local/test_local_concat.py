"""Films joined of real clips, looked at frame by frame and listened to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rhflow.media import ffmpeg
from rhflow.media.probe import probe
from rhflow.providers.local.step import StepFailed
from tests.providers.local.studio import BLUE, GREEN, RED, WHITE, Studio, near

Run = Callable[..., Path]


def changed(before: bytes, after: bytes) -> float:
    """The part of the bytes that differ clearly."""
    assert len(before) == len(after)
    return sum(abs(a - b) > 40 for a, b in zip(before, after, strict=True)) / len(before)


LOWER_THIRD, UPPER_HALF = "iw:ih/3:0:ih*2/3", "iw:ih/2:0:0"


def test_alike_clips_are_joined_without_coding_them_again(studio: Studio, step: Run) -> None:
    clips = [studio.clip("red.mp4", RED), studio.clip("green.mp4", GREEN), studio.clip("red.mp4", RED)]
    film = step("concat", clips=clips)
    found = studio.contents(film)
    assert found.video is not None
    assert found.video.packets == 72
    assert float(found.video.end) == pytest.approx(3, abs=0.001)
    assert (
        found.video.coding[0] == studio.contents(clips[0]).video.coding[0]
    )  # the clips' own headers: a copy
    seen = [studio.colour(film, at, 160, 90) for at in (0, 23 / 24, 1, 47 / 24, 2, 71 / 24)]
    for colour, meant in zip(seen, (RED, RED, GREEN, GREEN, RED, RED), strict=True):
        assert near(colour, meant), seen
    assert studio.decibels(film, 0.2, 2.6, tone=440) == pytest.approx(-9, abs=1.5)


def test_mixed_clips_keep_order_proportions_and_sound(studio: Studio, step: Run) -> None:
    film = step(
        "concat",
        clips=[
            studio.clip("red.mp4", RED),
            studio.clip(
                "square.webm", BLUE, size="120x120", fps="30", tone=None, extra=("-c:v", "libvpx", "-an")
            ),
            studio.clip(
                "wide.mkv", GREEN, size="1280x720", fps="25", tone=700, extra=("-pix_fmt", "yuv444p")
            ),
        ],
    )
    seen = probe(film)
    assert seen is not None
    assert (seen.width, seen.height, seen.fps, seen.has_audio) == (1280, 720, 30, True)
    assert seen.seconds == pytest.approx(3, abs=0.1)
    assert near(studio.colour(film, 0.5, 640, 360), RED)
    assert near(studio.colour(film, 1.5, 640, 360), BLUE)
    assert near(studio.colour(film, 1.5, 100, 360), (0, 0, 0))  # the square stands between black bars
    assert near(studio.colour(film, 1.5, 300, 20), BLUE)  # and is as high as the film
    assert near(studio.colour(film, 2.5, 20, 20), GREEN)
    assert studio.decibels(film, 0.1, 0.8) > -15
    assert studio.decibels(film, 1.1, 0.8) < -80  # a clip without sound is silent
    assert studio.decibels(film, 2.1, 0.8, tone=700) > -15


def test_sound_does_not_drift_over_many_clips(studio: Studio, step: Run) -> None:
    """Each clip is 31 frames at 29.97, so neither its samples nor its microseconds are whole numbers."""
    loud = studio.clip("ntsc.mp4", RED, fps="30000/1001", seconds=31 * 1001 / 30000)
    mute = studio.clip("ntsc-mute.mp4", BLUE, fps="30000/1001", seconds=31 * 1001 / 30000, tone=None)
    film = step("concat", clips=[loud, mute] * 8)
    samples = studio.samples(film)
    for clip in range(16):
        middle = round((clip + 0.5) * 31 * 1001 / 30000 * 48000)
        peak = max(samples[middle - 500 : middle + 500])
        assert (peak > 5000) == (clip % 2 == 0)
    start = round(14 * 31 * 1001 / 30000 * 48000)
    begins = next(index for index in range(start - 4800, start + 4800) if abs(samples[index]) > 3000)
    assert abs(begins - start) < 48000 * 0.03
    assert near(studio.colour(film, 15.5 * 31 * 1001 / 30000, 100, 100), BLUE)
    assert studio.contents(film).video.packets == 16 * 31


def test_captions_stand_in_the_lower_third_during_their_clip(studio: Studio, step: Run) -> None:
    clips = [studio.clip("red.mp4", RED), studio.clip("green.mp4", GREEN), studio.clip("red.mp4", RED)]
    plain = step("concat", clips=clips)
    film = step("concat", clips=clips, captions=["Come in, little one", "", "欢迎来到我的花园"])
    for at, share in ((0.0, 0.01), (0.95, 0.01), (2.5, 0.01)):
        assert changed(studio.frame(plain, at, LOWER_THIRD), studio.frame(film, at, LOWER_THIRD)) > share
    assert changed(studio.frame(plain, 1.5, LOWER_THIRD), studio.frame(film, 1.5, LOWER_THIRD)) == 0
    for at in (0.5, 1.5, 2.5):
        assert changed(studio.frame(plain, at, UPPER_HALF), studio.frame(film, at, UPPER_HALF)) == 0
    assert changed(studio.frame(film, 0.5, LOWER_THIRD), studio.frame(film, 2.5, LOWER_THIRD)) > 0.01
    row = studio.frame(film, 2.5, LOWER_THIRD)
    whites = sum(min(row[at : at + 3]) > 200 for at in range(0, len(row), 3))
    assert whites > 150  # letters, not boxes' outlines


@pytest.mark.parametrize(
    "captions", [["one", "two", "three"], ["one", "three"]], ids=["by slot", "one for each that is there"]
)
def test_skipped_clips_are_left_out_with_their_captions(
    studio: Studio, step: Run, captions: list[str]
) -> None:
    red, green = studio.clip("red.mp4", RED), studio.clip("green.mp4", GREEN)
    film = step("concat", clips=[red, None, green], captions=captions)
    same = step("concat", clips=[red, green], captions=["one", "three"])
    assert film.read_bytes() == same.read_bytes()
    assert near(studio.colour(film, 1.5, 100, 20), GREEN)


class TestMusic:
    def test_short_music_repeats_and_fades_out(self, studio: Studio, step: Run) -> None:
        mute = studio.clip("mute4.mp4", RED, seconds=4, tone=None)
        film = step("concat", clips=[mute], audio=studio.music("short.mp3", seconds=1.2))
        found = studio.contents(film)
        assert float(found.audio.end) == pytest.approx(4, abs=0.05)
        levels = [studio.decibels(film, at, 0.2) for at in (0.5, 2.0, 3.2, 3.75)]
        assert levels[0] == pytest.approx(-9, abs=1)  # alone it keeps its level
        assert levels[1] == pytest.approx(-9, abs=1)
        assert levels[1] - 12 < levels[2] < levels[1] - 3
        assert levels[3] < levels[1] - 12

    def test_long_music_is_cut_and_lies_under_the_clips(self, studio: Studio, step: Run) -> None:
        clips = [studio.clip("red3.mp4", RED, seconds=3, volume=0.2)]
        film = step("concat", clips=clips, audio=studio.music("long.mp3", seconds=9, volume=0.2))
        assert probe(film).seconds == pytest.approx(3, abs=0.05)
        speech = studio.decibels(film, 0.2, 1, tone=440)
        music = studio.decibels(film, 0.2, 1, tone=1000)
        assert speech - music == pytest.approx(9, abs=1)
        assert studio.decibels(film, 2.7, 0.25, tone=1000) < music - 9
        assert studio.decibels(film, 2.7, 0.25, tone=440) == pytest.approx(speech, abs=1)

    def test_a_silent_sound_track_does_not_push_the_music_down(self, studio: Studio, step: Run) -> None:
        silent = studio.clip("silent.mp4", RED, seconds=2, volume=0)
        film = step("concat", clips=[silent], audio=studio.music("long.mp3", seconds=9, volume=0.2))
        assert studio.decibels(film, 0.1, 0.3) == pytest.approx(-17, abs=1)

    def test_a_cover_picture_in_the_music_is_no_film(self, studio: Studio, step: Run) -> None:
        plain, covered = studio.music("plain.mp3", seconds=2), studio.folder / "covered.mp3"
        ffmpeg.run(
            [
                *("-i", str(plain), "-f", "lavfi", "-i", "color=red:s=64x64", "-map", "0", "-map", "1"),
                *(
                    "-frames:v",
                    "1",
                    "-c:a",
                    "copy",
                    "-c:v",
                    "mjpeg",
                    "-disposition:v",
                    "attached_pic",
                    str(covered),
                ),
            ]
        )
        mute = studio.clip("mute4.mp4", RED, seconds=4, tone=None)
        assert studio.decibels(step("concat", clips=[mute], audio=covered), 0.2, 1) > -12


class TestShape:
    @pytest.mark.parametrize(
        ("resolution", "fps", "size"),
        [
            ("", None, (320, 180, 24)),
            ("360p", None, (640, 360, 24)),
            ("90p", 12, (160, 90, 12)),
            ("200x200", None, (200, 200, 24)),
            ("301x181", 30, (300, 180, 30)),
        ],
    )
    def test_as_asked(
        self, studio: Studio, step: Run, resolution: str, fps: int | None, size: tuple[int, int, float]
    ) -> None:
        film = step("concat", clips=[studio.clip("red.mp4", RED)], resolution=resolution, fps=fps)
        seen = probe(film)
        assert (seen.width, seen.height, seen.fps) == size
        assert seen.seconds == pytest.approx(1, abs=0.05)

    def test_upright_clips_stand_upright(self, studio: Studio, step: Run) -> None:
        lying = studio.clip("red.mp4", RED)
        turned = studio.folder / "turned.mp4"
        ffmpeg.run(["-display_rotation", "90", "-i", str(lying), "-c", "copy", str(turned)])
        film = step("concat", clips=[turned, turned])
        assert (probe(film).width, probe(film).height) == (180, 320)
        assert near(studio.colour(film, 0.5, 90, 4), RED)

    def test_hairline_bars_are_cropped_away(self, studio: Studio, step: Run) -> None:
        odd = studio.clip("odd.mp4", WHITE, size="318x180")
        film = step("concat", clips=[studio.clip("red.mp4", RED), odd])
        assert near(studio.colour(film, 1.5, 0, 90), WHITE, 25)

    def test_anamorphic_clips_are_widened(self, studio: Studio, step: Run) -> None:
        narrow = studio.clip("narrow.mp4", RED, size="160x180", extra=("-aspect", "16:9"))
        film = step("concat", clips=[narrow])
        assert (probe(film).width, probe(film).height) == (320, 180)

    def test_slow_and_quick_clips_last_as_long_as_before(self, studio: Studio, step: Run) -> None:
        slow, quick = (
            studio.clip("slow.mp4", RED, fps="8"),
            studio.clip("quick.mp4", GREEN, fps="120", seconds=0.5),
        )
        film = step("concat", clips=[slow, quick])
        assert probe(film).fps == 60
        assert studio.contents(film).video.packets == 90
        assert near(studio.colour(film, 59 / 60, 9, 9), RED)
        assert near(studio.colour(film, 1, 9, 9), GREEN)

    def test_sound_that_goes_on_holds_the_last_picture(self, studio: Studio, step: Run) -> None:
        picture, voice = (
            studio.clip("mute.mp4", RED, tone=None),
            studio.music("voice.mp3", seconds=2, tone=500),
        )
        both = studio.folder / "voiced.mp4"
        ffmpeg.run(["-i", str(picture), "-i", str(voice), "-c:v", "copy", "-c:a", "aac", str(both)])
        film = step("concat", clips=[both, studio.clip("green.mp4", GREEN)])
        assert probe(film).seconds == pytest.approx(3, abs=0.15)
        assert near(studio.colour(film, 1.8, 9, 9), RED)
        assert studio.decibels(film, 1.5, 0.3, tone=500) > -15


def test_fade_dissolves_pictures_and_sound(studio: Studio, step: Run) -> None:
    red = studio.clip("red2.mp4", RED, seconds=2)
    green = studio.clip("green2.mp4", GREEN, seconds=2, tone=700)
    film = step("concat", clips=[red, green], transition="fade", captions=["one", None])
    assert probe(film).seconds == pytest.approx(3.5, abs=0.05)
    assert near(studio.colour(film, 1.4, 9, 9), RED)
    assert near(studio.colour(film, 2.1, 9, 9), GREEN)
    half = studio.colour(film, 1.75, 9, 9)
    assert near(half, tuple((a + b) // 2 for a, b in zip(RED, GREEN, strict=True)), 25)
    assert studio.decibels(film, 0.5, 0.5, tone=700) < -25
    assert studio.decibels(film, 2.5, 0.5, tone=700) > -15


def test_the_same_clips_give_the_same_bytes(studio: Studio, step: Run) -> None:
    arguments = {
        "clips": [studio.clip("red.mp4", RED), studio.clip("slow.mp4", GREEN, fps="8")],
        "captions": ["一", "two"],
        "audio": studio.music("short.mp3", seconds=1.2),
    }
    assert step("concat", **arguments).read_bytes() == step("concat", **arguments).read_bytes()


@pytest.mark.parametrize(
    "name",
    ["-dash.mp4", 'it\'s "quoted".mp4', "100%03d.mp4", "two\nlines.mp4", "a:b|c.mp4", "空 格,[x];.mp4"],
)
@pytest.mark.parametrize("captions", [None, ["x", "y"]], ids=["copied", "coded"])
def test_any_file_name_will_do(
    studio: Studio, step: Run, tmp_path: Path, name: str, captions: list[str] | None
) -> None:
    odd = tmp_path / name
    try:
        odd.write_bytes(studio.clip("red.mp4", RED).read_bytes())
    except OSError:
        pytest.skip("this system has no such file names")
    film = step("concat", clips=[odd, studio.clip("green.mp4", GREEN)], captions=captions)
    assert probe(film).seconds == pytest.approx(2, abs=0.05)
    assert near(studio.colour(film, 0.5, 9, 9), RED)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", r"clips\[1\] \(bad.mp4\) is empty"),
            (b"<html>no such video</html>", r"clips\[1\] \(bad.mp4\) is no media file"),
            (b"#EXTM3U\nhttp://127.0.0.1/x.ts", r"clips\[1\] \(bad.mp4\) is no media file"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, r"clips\[1\] \(bad.mp4\) is PNG"),
            (b"\0\0\0 ftypisom" + b"\0" * 999, r"clips\[1\] \(bad.mp4\) cannot be read: "),
        ],
        ids=["empty", "html", "playlist", "picture", "no index"],
    )
    def test_a_bad_clip_is_named(
        self, studio: Studio, step: Run, tmp_path: Path, content: bytes, said: str
    ) -> None:
        bad = tmp_path / "bad.mp4"
        bad.write_bytes(content)
        with pytest.raises(StepFailed, match=said) as failed:
            step("concat", clips=[studio.clip("red.mp4", RED), bad])
        assert "@ 0x" not in failed.value.message

    def test_a_cut_off_clip_is_named(self, studio: Studio, step: Run, tmp_path: Path) -> None:
        whole = studio.clip("whole.mp4", RED, seconds=4, extra=("-movflags", "+faststart", "-g", "12"))
        bad = tmp_path / "half.mp4"
        bad.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        with pytest.raises(StepFailed, match=r"clips\[0\] \(half.mp4\) is cut off after \d\.\d s of 4\.0 s"):
            step("concat", clips=[bad])

    def test_a_sound_is_no_clip(self, studio: Studio, step: Run) -> None:
        with pytest.raises(StepFailed, match=r"clips\[0\] .* has no pictures"):
            step("concat", clips=[studio.music("short.mp3", seconds=1.2)])

    def test_a_film_without_sound_is_no_music(self, studio: Studio, step: Run) -> None:
        mute = studio.clip("mute4.mp4", RED, seconds=4, tone=None)
        with pytest.raises(StepFailed, match=r"audio \(mute4.mp4\)"):
            step("concat", clips=[mute], audio=mute)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"clips": []}, "nothing to join"),
            ({"clips": [None, None]}, "nothing to join"),
            ({"captions": ["a", "b", "c"]}, "1 clips and 3 captions"),
            ({"resolution": "huge"}, "resolution is 'huge'"),
            ({"resolution": "99999p"}, "resolution is '99999p'"),
            ({"fps": 0}, "fps is '0'"),
            ({"fps": 23.5}, "fps is '23.5'"),
            ({"transition": "wipe"}, "transition is 'wipe'"),
            ({"captions": ["\U00013000"]}, r"captions\[0\]: no font here can draw"),
            ({"clips": ["/nowhere/clip.mp4"]}, "is not there any more"),
            ({"clips": [3]}, r"clips\[0\] is '3'"),
        ],
    )
    def test_arguments_that_make_no_sense(
        self, studio: Studio, step: Run, arguments: dict[str, object], said: str
    ) -> None:
        with pytest.raises(StepFailed, match=said):
            step("concat", **{"clips": [studio.clip("red.mp4", RED)], **arguments})
