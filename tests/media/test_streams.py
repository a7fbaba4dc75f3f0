"""What ffmpeg says of files, as it says it, and what is read out of it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rhflow.media.streams import AudioStream, Streams, VideoStream, read_streams

HEAD = (
    "Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/x/1920x1080, 25 fps Video: Duration: 00:00:09.00.mp4':\n"
)

H264 = """Stream #0:0[0x1](und): \
Video: h264 (High) (avc1 / 0x31637661), \
yuv420p(tv, bt709, progressive), 1280x720 [SAR 1:1 DAR 16:9], 1200 kb/s, 24 fps, 24 tbr, 12288 tbn"""
VP9 = """Stream #0:0(eng): Video: vp9 (Profile 0), yuv420p(tv), 640x360, SAR 4:3 DAR 64:27, 29.97 fps, \
29.97 tbr, 1k tbn"""
PRORES = """Stream #0:0: \
Video: prores (HQ) (apch / 0x68637061), \
yuv422p10le(bt2020nc/bt2020/smpte2084, progressive), 3840x2160, 500 kb/s, 60k fps, 24 tbr, 24k tbn"""
GIF = "Stream #0:0: Video: gif, bgra, 90x90, 12.5 tbr, 100 tbn"
TURNED = """Stream #0:1[0x2]: Video: hevc (hvc1 / 0x31637668), yuv420p(tv, smpte170m), 1920x1080, 30 fps
    Side data:
      displaymatrix: rotation of -90.00 degrees"""
COVER = """Stream #0:1: Video: mjpeg (Baseline), yuvj420p(pc, bt470bg/unknown/unknown), \
300x300 [SAR 1:1 DAR 1:1], 90k tbr, 90k tbn (attached pic)"""
BROKEN = "Stream #0:0[0x1]: Video: h264 (avc1 / 0x31637661), none(progressive), q=2-31"

VIDEOS = {
    H264: VideoStream("h264", "yuv420p", ("tv", "bt709"), 1280, 720, fps=24),
    VP9: VideoStream("vp9", "yuv420p", ("tv",), 640, 360, Fraction(4, 3), fps=29.97),
    PRORES: VideoStream("prores", "yuv422p10le", ("bt2020nc/bt2020/smpte2084",), 3840, 2160, fps=60000),
    GIF: VideoStream("gif", "bgra", (), 90, 90),
    TURNED: VideoStream("hevc", "yuv420p", ("tv", "smpte170m"), 1920, 1080, rotation=270, fps=30),
    COVER: None,
    BROKEN: None,
}


@pytest.mark.parametrize(("said", "meant"), VIDEOS.items())
def test_pictures(said: str, meant: VideoStream | None) -> None:
    assert read_streams(f"{HEAD}  Duration: N/A, bitrate: N/A\n  {said}\n") == Streams(None, meant)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, mono, fltp, 69 kb/s", AudioStream("aac", 44100, 1)),
        ("Audio: mp3 (mp3float), 48000 Hz, stereo, fltp, 64 kb/s, start 0.02", AudioStream("mp3", 48000, 2)),
        ("Audio: ac3, 48000 Hz, 5.1(side), fltp, 448 kb/s", AudioStream("ac3", 48000, 6)),
        (
            "Audio: pcm_s16le ([1][0][0][0] / 0x0001), 8000 Hz, 3 channels, s16",
            AudioStream("pcm_s16le", 8000, 3),
        ),
        ("Audio: flac, 96000 Hz, 1 channels (FR), s32", AudioStream("flac", 96000, 1)),
    ],
)
def test_sound(said: str, meant: AudioStream) -> None:
    text = (
        f"{HEAD}  Duration: 01:02:03.45, start: 0.000000, bitrate: 84 kb/s\n  Stream #0:0: {said} (default)\n"
    )
    assert read_streams(text) == Streams(3723.45, None, meant)


def test_only_the_input_counts_and_its_first_streams() -> None:
    inside = f"{HEAD}  Duration: 00:00:01.00\n  {H264}\n  {VP9}\n"
    outside = f"Stream mapping:\n  Stream #0:0 -> #0:0\nOutput #0\n  {GIF}\n"
    assert read_streams(inside + outside) == Streams(1.0, VIDEOS[H264])
    assert read_streams(f"{HEAD}{outside}") == Streams()
    assert read_streams(f"{HEAD}  {COVER}\n  {VP9}\n").video == VIDEOS[VP9]


def test_nothing_in_particular() -> None:
    assert read_streams("file:x: Invalid data found when processing input") == Streams()


@pytest.mark.parametrize(
    ("video", "shown"),
    [
        (VideoStream("h264", "yuv420p", (), 1280, 720), (1280, 720)),
        (VideoStream("h264", "yuv420p", (), 720, 576, Fraction(64, 45)), (1024, 576)),
        (VideoStream("h264", "yuv420p", (), 1280, 720, rotation=90), (720, 1280)),
        (VideoStream("h264", "yuv420p", (), 720, 576, Fraction(64, 45), 270), (576, 1024)),
        (VideoStream("h264", "yuv420p", (), 1280, 720, rotation=180), (1280, 720)),
    ],
)
def test_size_as_shown(video: VideoStream, shown: tuple[int, int]) -> None:
    assert video.shown == shown


@pytest.mark.parametrize(
    ("colours", "size", "matrix"),
    [
        (("tv", "bt709"), (320, 180), "bt709"),
        (("smpte170m/bt470bg/bt709",), (1920, 1080), "bt601"),
        (("bt2020nc/bt2020/smpte2084",), (1920, 1080), "bt2020"),
        ((), (1280, 720), "bt709"),
        ((), (720, 1280), "bt709"),
        (("tv",), (854, 480), "bt601"),
        (("unknown/bt709/bt709",), (320, 180), "bt601"),
    ],
)
def test_matrix(colours: tuple[str, ...], size: tuple[int, int], matrix: str) -> None:
    assert VideoStream("h264", "yuv420p", colours, *size).matrix == matrix
