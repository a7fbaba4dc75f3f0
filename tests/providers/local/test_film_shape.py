"""Sizes, rates and the cutting list, as sums."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.media.streams import VideoStream
from rhflow.providers.local.film.clip import usual_rate
from rhflow.providers.local.film.cut import cutting_list
from rhflow.providers.local.film.shape import _asked, fitting


@pytest.mark.parametrize(
    ("resolution", "of", "size"),
    [
        ("720p", (1920, 1080), (1280, 720)),
        ("1080P", (1920, 1050), (1920, 1080)),
        ("720p", (1080, 1920), (720, 1280)),
        ("480p", (1248, 704), (853, 480)),
        ("480p", (512, 512), (480, 480)),
        ("1080p", (1920, 800), (2592, 1080)),
        ("4k", (1280, 720), (3840, 2160)),
        ("640×360", (1280, 720), (640, 360)),
    ],
)
def test_resolutions(resolution: str, of: tuple[int, int], size: tuple[int, int]) -> None:
    assert _asked(resolution, *of) == size


@pytest.mark.parametrize(
    ("measured", "rate"),
    [
        (23.98, Fraction(24000, 1001)),
        (24, 24),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (16, 16),
        (12.5, Fraction(25, 2)),
        (0, 1),
    ],
)
def test_rates(measured: float, rate: Fraction) -> None:
    assert usual_rate(measured) == rate


def test_pictures_that_fit_are_left_alone() -> None:
    video = VideoStream("h264", "yuv420p", ("tv", "bt709"), 1280, 720)
    assert [item.split("=")[0] for item in fitting(video, 1280, 720)] == ["setsar", "setparams"]


@given(st.integers(16, 4000), st.integers(16, 4000), st.integers(8, 2000), st.integers(8, 2000))
def test_a_fitted_picture_is_as_large_as_the_film(
    width: int, height: int, half_wide: int, half_high: int
) -> None:
    goal = 2 * half_wide, 2 * half_high
    chain = fitting(VideoStream("h264", "yuv420p", (), width, height), *goal)
    numbers = {item.split("=")[0]: item.split("=")[1].split(":") for item in chain}
    scaled = (
        [int(side) for side in numbers["scale"][:2]]
        if numbers.get("scale", ["x"])[0].isdigit()
        else [width, height]
    )
    if "pad" in numbers:
        outer, x, y = (
            [int(side) for side in numbers["pad"][:2]],
            int(numbers["pad"][2]),
            int(numbers["pad"][3]),
        )
        assert tuple(outer) == goal
        assert x % 2 == y % 2 == 0
        assert x + scaled[0] <= goal[0]
        assert y + scaled[1] <= goal[1]
    elif "crop" in numbers:
        assert tuple(int(side) for side in numbers["crop"]) == goal
        assert scaled[0] >= goal[0]
        assert scaled[1] >= goal[1]
    else:
        assert tuple(scaled) == goal


@given(st.lists(st.integers(1, 300), min_size=1, max_size=12), st.integers(0, 30))
def test_the_cutting_list_shows_every_frame_once_or_in_a_dissolve(lengths: list[int], fade: int) -> None:
    segments = cutting_list(lengths, fade)
    assert all(segment.frames > 0 for segment in segments)
    shown: list[list[int]] = [[] for _ in lengths]
    for segment in segments:
        assert len({piece.frames for piece in segment.pieces}) == 1
        for piece in segment.pieces:
            shown[piece.clip] += range(piece.start, piece.start + piece.frames)
    assert shown == [list(range(length)) for length in lengths]
    dissolves = sum(segment.frames for segment in segments if len(segment.pieces) == 2)
    assert sum(segment.frames for segment in segments) == sum(lengths) - dissolves
