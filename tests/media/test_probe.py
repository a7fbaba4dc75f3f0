"""Real files of many containers, and broken ones."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from rhflow.ground.media import Kind
from rhflow.media import ffmpeg
from rhflow.media.packets import read_contents
from rhflow.media.probe import Probe, probe

PICTURE = ("-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=2")
TONE = ("-f", "lavfi", "-i", "sine=d=2:r=44100")


def make(path: Path, *arguments: str) -> Path:
    ffmpeg.run([*arguments, ffmpeg.target(path)])
    return path


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("a.mp4", ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac")),
        ("a.mov", ("-c:v", "prores", "-c:a", "pcm_s16le")),
        ("a.mkv", ("-c:v", "libx265", "-preset", "ultrafast", "-c:a", "flac")),
        ("a.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus")),
        ("a.avi", ("-c:v", "mpeg4", "-c:a", "libmp3lame")),
    ],
)
def test_films(tmp_path: Path, name: str, codecs: tuple[str, ...]) -> None:
    found = probe(make(tmp_path / name, *PICTURE, *TONE, *codecs))
    assert found is not None
    assert (found.kind, found.width, found.height, found.fps, found.has_audio) == (
        Kind.VIDEO,
        160,
        90,
        25,
        True,
    )
    assert found.seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("a.mp3", ("-c:a", "libmp3lame")),
        ("a.wav", ()),
        ("a.flac", ()),
        ("a.ogg", ("-c:a", "libvorbis")),
        ("a.m4a", ("-c:a", "aac")),
        ("a.mp4", ("-c:a", "aac")),
        ("a.webm", ("-c:a", "libopus")),
    ],
)
def test_sounds(tmp_path: Path, name: str, codecs: tuple[str, ...]) -> None:
    found = probe(make(tmp_path / name, *TONE, *codecs))
    assert found is not None
    assert (found.kind, found.width, found.fps, found.has_audio) == (Kind.AUDIO, None, None, True)
    assert found.seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("b.mp4", "aac")])
def test_a_song_with_a_cover_is_a_song(tmp_path: Path, name: str, codec: str) -> None:
    cover = (
        "-map",
        "1:a",
        "-map",
        "0:v",
        "-frames:v",
        "1",
        "-c:v",
        "mjpeg",
        "-disposition:v",
        "attached_pic",
    )
    found = probe(make(tmp_path / name, *PICTURE, *TONE, *cover, "-c:a", codec))
    assert found is not None
    assert (found.kind, found.width, found.has_audio) == (Kind.AUDIO, None, True)


@pytest.mark.parametrize(("degrees", "size"), [("90", (90, 160)), ("180", (160, 90)), ("270", (90, 160))])
def test_turned_films(tmp_path: Path, degrees: str, size: tuple[int, int]) -> None:
    lying = make(tmp_path / "lying.mp4", *PICTURE, "-frames:v", "5")
    turned = make(tmp_path / "turned.mp4", "-display_rotation", degrees, "-i", str(lying), "-c", "copy")
    found = probe(turned)
    assert found is not None
    assert (found.width, found.height) == size


def test_wide_pixels_are_counted_wide(tmp_path: Path) -> None:
    found = probe(make(tmp_path / "a.mp4", *PICTURE, "-frames:v", "5", "-vf", "setsar=2"))
    assert found == Probe(Kind.VIDEO, 0.2, 320, 90, 25, has_audio=False)


def test_a_recording_that_does_not_say_how_long_it_is(tmp_path: Path) -> None:
    data = ffmpeg.run([*PICTURE, "-c:v", "libvpx", "-deadline", "realtime", "-f", "webm", "pipe:1"])
    (tmp_path / "live.webm").write_bytes(data)
    assert "Duration: N/A" in ffmpeg.describe(tmp_path / "live.webm")
    found = probe(tmp_path / "live.webm")
    assert found is not None
    assert found.seconds == pytest.approx(2, abs=0.1)


class TestPictures:
    @pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "avif"])
    def test_formats(self, tmp_path: Path, suffix: str) -> None:
        Image.new("RGB", (64, 48), "red").save(tmp_path / f"a.{suffix}")
        assert probe(tmp_path / f"a.{suffix}") == Probe(Kind.IMAGE, width=64, height=48)

    def test_a_photograph_held_upright(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg", exif=exif)
        assert probe(tmp_path / "a.jpg") == Probe(Kind.IMAGE, width=48, height=64)

    @pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
    def test_half_a_picture_is_none(self, tmp_path: Path, suffix: str) -> None:
        Image.effect_noise((200, 200), 80).convert("RGB").save(tmp_path / f"a.{suffix}")
        data = (tmp_path / f"a.{suffix}").read_bytes()
        (tmp_path / f"a.{suffix}").write_bytes(data[: len(data) // 2])
        assert probe(tmp_path / f"a.{suffix}") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!doctype html>",
        b"\0\0\0 ftypisom" + b"\0" * 500,
        b"\x1aE\xdf\xa3" + b"\xff" * 500,
        b"\x89PNG\r\n\x1a\n",
        b"ID3" + b"\0" * 40,
        b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n/etc/hostname\n",
    ],
)
def test_no_media(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.mp4").write_bytes(data)
    assert probe(tmp_path / "x.mp4") is None


def test_no_file(tmp_path: Path) -> None:
    assert probe(tmp_path / "none.mp4") is None
    assert probe(tmp_path) is None


def test_a_name_full_of_traps(tmp_path: Path) -> None:
    try:
        film = make(tmp_path / "-i %03d 'x\".mp4", *PICTURE, "-frames:v", "5")
    except ffmpeg.FfmpegError:
        pytest.skip("this system has no such file names")
    assert probe(film) == Probe(Kind.VIDEO, 0.2, 160, 90, 25, has_audio=False)


class TestPackets:
    def test_counts_and_times(self, tmp_path: Path) -> None:
        film = make(tmp_path / "a.mp4", *PICTURE, *TONE, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", "3")
        found = asyncio.run(read_contents(film))
        assert found.video is not None
        assert found.audio is not None
        assert (found.video.start, found.video.end, found.video.packets) == (0, 2, 50)
        assert found.video.begins_with_key
        assert found.audio.end == 2
        assert found.streams.audio is not None
        assert found.streams.audio.channels == 1

    def test_coding_tells_alike_from_unlike(self, tmp_path: Path) -> None:
        one = make(tmp_path / "1.mp4", *PICTURE, "-c:v", "libx264", "-crf", "20")
        two = make(tmp_path / "2.mp4", *PICTURE, "-vf", "hflip", "-c:v", "libx264", "-crf", "20")
        three = make(tmp_path / "3.mp4", *PICTURE, "-c:v", "libx264", "-crf", "20", "-bf", "0")
        tracks = [asyncio.run(read_contents(path)).video for path in (one, two, three)]
        assert tracks[0] is not None
        assert tracks[1] is not None
        assert tracks[2] is not None
        assert tracks[0].coding == tracks[1].coding != tracks[2].coding

    def test_sound_alone(self, tmp_path: Path) -> None:
        found = asyncio.run(read_contents(make(tmp_path / "a.wav", *TONE)))
        assert found.video is None
        assert found.audio is not None
        assert found.audio.end == Fraction(2)

    def test_no_media(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"nothing")
        with pytest.raises(ffmpeg.FfmpegError):
            asyncio.run(read_contents(tmp_path / "x"))
