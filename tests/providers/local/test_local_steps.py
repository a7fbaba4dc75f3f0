"""The smaller steps: stills, cuts, sound, cards, sheets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from rhflow.media import ffmpeg
from rhflow.media.probe import probe
from rhflow.providers.local.step import StepFailed
from tests.providers.local.studio import BLUE, GREEN, RED, Studio, near

Run = Callable[..., Path]


@pytest.fixture
def traffic_light(studio: Studio, step: Run) -> Path:
    """Red, green, blue, half a second each; 12 frames each."""
    colours = {"r.mp4": RED, "g.mp4": GREEN, "b.mp4": BLUE}
    return step("concat", clips=[studio.clip(name, colour, seconds=0.5) for name, colour in colours.items()])


def seen(path: Path, x: int = 50, y: int = 50) -> tuple[int, ...]:
    with Image.open(path) as image:
        return image.convert("RGB").getpixel((x, y))


class TestStills:
    def test_first_and_last(self, traffic_light: Path, step: Run) -> None:
        assert near(seen(step("first_frame", video=traffic_light)), RED)
        last = step("last_frame", video=traffic_light)
        assert near(seen(last), BLUE)
        with Image.open(last) as image:
            assert (image.format, image.size, image.mode) == ("PNG", (320, 180), "RGB")

    def test_the_last_is_the_very_last(self, tmp_path: Path, step: Run) -> None:
        """One frame of green at the end of a red film; sound goes on a second longer."""
        film = tmp_path / "flash.mp4"
        ffmpeg.run(
            [
                *("-f", "lavfi", "-i", "color=red:s=320x180:r=24:d=1", "-f", "lavfi", "-i", "sine=d=2.5"),
                *(
                    "-vf",
                    "drawbox=color=green:t=fill:enable='eq(n,23)',format=yuv420p",
                    "-c:v",
                    "libx264",
                    str(film),
                ),
            ]
        )
        red, green, blue = seen(step("last_frame", video=film))
        assert green > 90
        assert red < 60
        assert blue < 60

    def test_a_film_of_one_frame(self, tmp_path: Path, step: Run) -> None:
        film = tmp_path / "one.mp4"
        ffmpeg.run(["-f", "lavfi", "-i", "color=blue:s=64x64:r=24", "-frames:v", "1", str(film)])
        for name in ("first_frame", "last_frame"):
            red, _, blue = seen(step(name, video=film), 5, 5)
            assert blue > 200 > 60 > red

    def test_turned_films_stand_upright(self, studio: Studio, tmp_path: Path, step: Run) -> None:
        turned = tmp_path / "turned.mov"
        lying = studio.clip("red.mp4", RED)
        ffmpeg.run(["-display_rotation", "90", "-i", str(lying), "-c", "copy", str(turned)])
        for name in ("first_frame", "last_frame"):
            with Image.open(step(name, video=turned)) as image:
                assert image.size == (180, 320)

    def test_no_film(self, studio: Studio, step: Run) -> None:
        with pytest.raises(StepFailed, match="has no pictures"):
            step("last_frame", video=studio.music("short.mp3", seconds=1.2))
        with pytest.raises(StepFailed, match="needs video"):
            step("first_frame")

    def test_the_same_bytes_again(self, traffic_light: Path, step: Run) -> None:
        one, other = step("last_frame", video=traffic_light), step("last_frame", video=traffic_light)
        assert one.read_bytes() == other.read_bytes()


class TestTrim:
    @pytest.mark.parametrize(
        ("arguments", "frames", "first", "last"),
        [
            ({"start": 0.5}, 24, GREEN, BLUE),
            ({"end": 0.5}, 12, RED, RED),
            ({"start": 0.5, "end": 1.0}, 12, GREEN, GREEN),
            ({"start": 11 / 24, "duration": 2 / 24}, 2, RED, GREEN),
            ({"start": 1.2, "duration": 60}, 7, BLUE, BLUE),
            ({}, 36, RED, BLUE),
        ],
    )
    def test_to_the_frame(
        self,
        studio: Studio,
        traffic_light: Path,
        step: Run,
        arguments: dict[str, float],
        frames: int,
        first: tuple[int, ...],
        last: tuple[int, ...],
    ) -> None:
        part = step("trim", video=traffic_light, **arguments)
        found = studio.contents(part)
        assert found.video.packets == frames
        assert near(studio.colour(part, 0, 9, 9), first)
        assert near(studio.colour(part, (frames - 1) / 24, 9, 9), last)
        assert float(found.audio.end) == pytest.approx(frames / 24, abs=0.03)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"start": 9}, "Nothing of video .* is left from 9 s to its end: it lasts 1.50 s"),
            ({"start": 1, "end": 0.5}, "before it begins"),
            ({"end": 1, "duration": 1}, "was given end and duration"),
            ({"start": "x"}, "start is 'x'"),
            ({"start": -1}, "start is '-1'"),
        ],
    )
    def test_nothing_left(
        self, traffic_light: Path, step: Run, arguments: dict[str, object], said: str
    ) -> None:
        with pytest.raises(StepFailed, match=said):
            step("trim", video=traffic_light, **arguments)


class TestMux:
    def test_instead_of_its_own_sound(self, studio: Studio, step: Run) -> None:
        film, voice = (
            studio.clip("red3.mp4", RED, seconds=3),
            studio.music("voice1.mp3", seconds=1, tone=1500),
        )
        both = step("mux", video=film, audio=voice)
        assert studio.contents(both).video.coding == studio.contents(film).video.coding  # pictures untouched
        assert studio.decibels(both, 0.2, 0.6, tone=1500) == pytest.approx(-9, abs=1)
        assert studio.decibels(both, 0.2, 0.6, tone=440) < -30
        assert studio.decibels(both, 1.3, 1.5) < -80
        assert probe(both).seconds == pytest.approx(3, abs=0.05)

    def test_beneath_its_own_sound_again_and_again(self, studio: Studio, step: Run) -> None:
        film = studio.clip("quiet3.mp4", RED, seconds=3, volume=0.2)
        both = step(
            "mux",
            video=film,
            audio=studio.music("voice1.mp3", seconds=1, tone=1500),
            keep_sound=True,
            loop=True,
        )
        assert studio.decibels(both, 0.2, 0.6, tone=440) == pytest.approx(-17, abs=1)
        assert studio.decibels(both, 1.2, 0.3, tone=1500) == pytest.approx(-18, abs=1)

    def test_a_film_without_sound_gets_one(self, studio: Studio, step: Run) -> None:
        film = studio.clip("mute.mp4", RED, tone=None)
        both = step("mux", video=film, audio=studio.music("long.mp3", seconds=9), keep_sound=True)
        assert probe(both).has_audio
        assert probe(both).seconds == pytest.approx(1, abs=0.05)


class TestTextCard:
    def test_words_on_a_plain_ground(self, studio: Studio, step: Run) -> None:
        card = step(
            "text_card", text="兔子的花园", subtitle="The end", size="640x360", seconds=0.5, background="navy"
        )
        found = probe(card)
        assert (found.width, found.height, found.fps, found.has_audio) == (640, 360, 24, False)
        assert studio.contents(card).video.packets == 12
        assert near(studio.colour(card, 0.2, 4, 4), (0, 0, 128))
        middle = studio.frame(card, 0.2, "iw:ih/3:0:ih/3")
        assert sum(min(middle[at : at + 3]) > 200 for at in range(0, len(middle), 3)) > 500

    def test_it_stands_among_clips(self, studio: Studio, step: Run) -> None:
        card = step("text_card", text="One", size="320x180", seconds=1)
        film = step("concat", clips=[card, studio.clip("red.mp4", RED)])
        assert probe(film).seconds == pytest.approx(2, abs=0.05)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [({"size": "big"}, "size is 'big'"), ({"color": "blurple"}, "color is 'blurple'")],
    )
    def test_nonsense(self, step: Run, arguments: dict[str, str], said: str) -> None:
        with pytest.raises(StepFailed, match=said):
            step("text_card", text="x", **arguments)


class TestContactSheet:
    def picture(self, path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (160, 90)) -> Path:
        Image.new("RGB", size, colour).save(path)
        return path

    def test_side_by_side_in_order(self, tmp_path: Path, step: Run) -> None:
        pictures = [
            self.picture(tmp_path / f"{index}.png", colour) for index, colour in enumerate((RED, GREEN, BLUE))
        ]
        sheet = step("contact_sheet", images=[pictures[0], None, *pictures[1:]], columns=2, width=960)
        with Image.open(sheet) as image:
            assert image.width == 960
            middle = image.height // 2
            corners = [
                image.getpixel(at) for at in ((240, 100), (720, 100), (240, middle + 60), (720, middle + 60))
            ]
        for corner, meant in zip(corners, (RED, GREEN, BLUE), strict=False):
            assert near(corner, meant, 3)
        assert max(corners[3]) < 60

    def test_pictures_are_never_stretched(self, tmp_path: Path, step: Run) -> None:
        wide = self.picture(tmp_path / "wide.png", RED)
        tall = self.picture(tmp_path / "tall.png", BLUE, (90, 160))
        with Image.open(step("contact_sheet", images=[wide, wide, tall], columns=3, width=960)) as image:
            row = [image.getpixel((x, 80)) for x in range(640, 960)]
        assert sum(near(pixel, BLUE, 3) for pixel in row) < 120

    def test_a_file_that_is_no_picture(self, tmp_path: Path, step: Run) -> None:
        (tmp_path / "bad.png").write_bytes(b"x")
        with pytest.raises(StepFailed, match=r"images\[0\] \(bad.png\)"):
            step("contact_sheet", images=[tmp_path / "bad.png"])
        with pytest.raises(StepFailed, match="nothing to show"):
            step("contact_sheet", images=[None])


class TestResize:
    def test_another_size(self, studio: Studio, step: Run) -> None:
        film = step("resize", video=studio.clip("red.mp4", RED), resolution="90p", fps=12)
        found = probe(film)
        assert (found.width, found.height, found.fps, found.has_audio) == (160, 90, 12, True)

    def test_no_size(self, studio: Studio, step: Run) -> None:
        with pytest.raises(StepFailed, match="neither"):
            step("resize", video=studio.clip("red.mp4", RED))


def test_captions_all_through(studio: Studio, step: Run) -> None:
    film = step("captions", video=studio.clip("red.mp4", RED), text="Come in")
    for at in (0.0, 23 / 24):
        foot = studio.frame(film, at, "iw:ih/3:0:ih*2/3")
        assert sum(min(foot[at : at + 3]) > 200 for at in range(0, len(foot), 3)) > 50


def test_gif(traffic_light: Path, step: Run) -> None:
    gif = step("gif", video=traffic_light, width=100, fps=10)
    with Image.open(gif) as image:
        assert (image.format, image.size) == ("GIF", (100, 56))
        assert image.info["loop"] == 0
        assert getattr(image, "n_frames", 1) >= 3
        image.seek(image.n_frames - 1)
        assert near(image.convert("RGB").getpixel((50, 30)), BLUE, 25)
