"""Motion control: the figure of a picture does what somebody in a driving video does.

The driver is what differs from the driving video's own background. Its silhouette is measured frame by
frame in bands from head to foot: where each is, how wide it is. The figure of the picture is bent the same
way, measured against its own height. Where the whole of the driving video moves, its camera is followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import camera, clip, encode, film, reel
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.film import PICTURES, VIDEOS, Film
from rhflow.simulator.renders.play import Actor, Look, Play, detailed
from rhflow.simulator.renders.puppet import Pose, Puppet
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still
from rhflow.simulator.renders.subject import Figure

RATE = 12.0
"""Measurements a second."""
_SIZE = (72, 54)
_BANDS = 6
_LONGEST_S = 30.0


@dataclass(frozen=True, slots=True)
class Stance:
    """How the driver holds itself at one time, against its usual self; lengths in its own heights."""

    x: float = 0.0
    y: float = 0.0
    tall: float = 1.0
    shifts: tuple[float, ...] = (0.0,) * _BANDS
    widths: tuple[float, ...] = (1.0,) * _BANDS


@dataclass(frozen=True, slots=True)
class Drive:
    """Every stance of a driving video; `whole` where its camera moves rather than somebody in it."""

    stances: list[Stance]
    whole: bool = False

    def at(self, seconds: float) -> Stance:
        """Between two measurements."""
        place = min(max(0.0, seconds * RATE), len(self.stances) - 1.0)
        low = int(place)
        first, second, part = (
            self.stances[low],
            self.stances[min(low + 1, len(self.stances) - 1)],
            place - low,
        )

        def between(a: float, b: float) -> float:
            return a + (b - a) * part

        return Stance(
            between(first.x, second.x),
            between(first.y, second.y),
            between(first.tall, second.tall),
            tuple(between(a, b) for a, b in zip(first.shifts, second.shifts, strict=True)),
            tuple(between(a, b) for a, b in zip(first.widths, second.widths, strict=True)),
        )


def motion_control(request: Request) -> list[Rendered]:
    """The picture's figure after the driving video: as long as it, with its sound unless it is not wanted."""
    pictures, videos = request.media(*PICTURES), request.media(*VIDEOS)
    if not videos:
        return clip.image_to_video(request)
    found = encode.look(videos[0])
    stills = clip.given_stills(request) if pictures else [clip.last_still(request, videos[0])]
    seconds = min(_LONGEST_S, max(0.2, found.seconds or 5.0))
    keeps = found.has_audio and not request.declined("keepOriginalSound")
    plan = Film(request.video_size(stills[0].shape), seconds, request.prompt, videos[0] if keeps else None)
    return film.shown(request, plan, following(stills[0], measured(videos[0]), plan, request.dice))


def following(still: Still, drive: Drive, plan: Film, dice: Dice) -> Iterator[Image.Image]:
    """Frames in which the picture follows the drive."""
    large = detailed(still, plan.drawn)
    figure = _leading(large)
    if figure is None or drive.whole:
        large = clip.movable(large)
        actors = clip.actors_of(large, plan.words, dice)
        yield from Play(
            large.bare(), actors, _carried(drive, plan), plan.drawn, plan.total, plan.fps
        ).frames()
        return
    reach = _reach(figure, drive, large.picture.size)
    is_bust = figure.box[3] >= large.picture.height - 3

    def gait(seconds: float) -> Pose:
        stance = drive.at(seconds)
        x, rise = stance.x * figure.height * reach, stance.y * figure.height
        if is_bust:  # cut off by the edge: it cannot leave the floor, so it stretches
            return Pose(
                x, 0.0, 1 + 0.25 * (stance.tall - 1 - stance.y), 1.0, 0.0, stance.shifts, stance.widths
            )
        return Pose(x, rise, stance.tall, 1.0, 0.0, stance.shifts, stance.widths)

    backdrop = Still(large.picture, (figure,)).bare()
    actor = Actor(Puppet(large.picture, figure), gait)
    yield from Play(backdrop, [actor], lambda _: camera.View(), plan.drawn, plan.total, plan.fps).frames()


def _leading(still: Still) -> Figure | None:
    """The figure that moves: the largest that stands out."""
    return max(still.figures or (), key=lambda figure: figure.share * figure.clear, default=None)


def _reach(figure: Figure, drive: Drive, size: tuple[int, int]) -> float:
    """How much of the way to the sides fits into the picture."""
    right = max(stance.x for stance in drive.stances) * figure.height
    left = -min(stance.x for stance in drive.stances) * figure.height
    room_right, room_left = size[0] - figure.middle[0], figure.middle[0]
    if figure.box[3] >= size[1] - 3:
        room_right, room_left = room_right * 0.4, room_left * 0.4
    return min(1.0, room_right / max(right, 1.0), room_left / max(left, 1.0))


def _carried(drive: Drive, plan: Film) -> Look:
    """The camera of the driving video, for the whole picture."""

    def look(index: int) -> camera.View:
        stance = drive.at(index / plan.fps)
        return camera.View(stance.tall, _within(-stance.x, -0.2, 0.2), _within(-stance.y, -0.2, 0.2))

    return look


def measured(path: Path) -> Drive:
    """Watch a driving video.

    Raises:
        UnreadableInput: it has no frames.
    """
    shown = reel.grey(path, _SIZE, RATE, most_s=_LONGEST_S)
    if not shown:
        raise UnreadableInput(f"The input {path.name} has no frame that can be read")
    ground = _ground(shown)
    outlines = [_silhouette(frame, ground) for frame in shown]
    shares = sorted(sum(map(len, rows)) for rows in outlines)
    area = _SIZE[0] * _SIZE[1]
    unsteady = median(_rim_share(frame, ground) for frame in shown)
    if unsteady > 0.2 or not area * 0.004 < shares[len(shares) // 2] < area * 0.42:
        return Drive(_camera(shown), whole=True)
    return Drive(_stances(outlines))


def _ground(shown: list[bytes]) -> bytes:
    """What is seen at each place most of the time."""
    picked = shown[:: max(1, len(shown) // 15)][:15]
    return bytes(sorted(values)[len(values) // 2] for values in zip(*picked, strict=True))


def _silhouette(frame: bytes, ground: bytes) -> list[list[int]]:
    """For each row, the columns that differ from the ground."""
    wide = _SIZE[0]
    return [
        [x for x in range(wide) if abs(frame[row + x] - ground[row + x]) > 26]
        for row in range(0, len(frame), wide)
    ]


def _rim_share(frame: bytes, ground: bytes) -> float:
    """How much of the rim of the frame has changed: much of it, where the camera moves."""
    wide, high = _SIZE
    rim = [
        y * wide + x
        for y in range(high)
        for x in range(wide)
        if x < 3 or y < 3 or x >= wide - 3 or y >= high - 3
    ]
    return sum(abs(frame[at] - ground[at]) > 12 for at in rim) / len(rim)


@dataclass(frozen=True, slots=True)
class _Measure:
    x: float
    top: float
    foot: float
    middles: tuple[float, ...]
    spreads: tuple[float, ...]
    solid: float
    """How much of its frame the silhouette fills: a body does, a mere outline does not."""


def _stances(outlines: list[list[list[int]]]) -> list[Stance]:
    """Silhouettes as stances: smoothed, and against what is usual."""
    measures: list[_Measure | None] = [_measure(rows) for rows in outlines]
    known = [measure for measure in measures if measure is not None]
    filled, last = [], known[0]
    for measure in measures:
        last = measure or last
        filled.append(last)
    high = max(4.0, median(measure.foot - measure.top for measure in known))
    x = median(measure.x for measure in known)
    foot = median(measure.foot for measure in known)
    middles = [median(measure.middles[band] - measure.x for measure in known) for band in range(_BANDS)]
    spreads = [max(0.8, median(measure.spreads[band] for measure in known)) for band in range(_BANDS)]
    trust = _within((median(measure.solid for measure in known) - 0.08) / 0.25, 0.0, 1.0)
    # One step across is wider than one down: the small frames are squeezed.
    step = 16 / 9 * _SIZE[1] / _SIZE[0]
    found = []
    for before, now, after in zip([filled[0], *filled], filled, [*filled[1:], filled[-1]], strict=False):
        three = (before, now, now, after)
        bends = [
            _mean([one.middles[band] - one.x for one in three]) - middles[band] for band in range(_BANDS)
        ]
        fills = [_mean([one.spreads[band] for one in three]) / spreads[band] for band in range(_BANDS)]
        found.append(
            Stance(
                (_mean([one.x for one in three]) - x) * step / high,
                (_mean([one.foot for one in three]) - foot) / high,
                1 + trust * _within(_mean([one.foot - one.top for one in three]) / high - 1, -0.3, 0.4),
                tuple(trust * _within(bend * step / high, -0.12, 0.12) for bend in bends),
                tuple(1 + trust * _within((fill - 1) / 2, -0.2, 0.3) for fill in fills),
            )
        )
    return found


def _measure(rows: list[list[int]]) -> _Measure | None:
    """A silhouette in bands; None where there is hardly one."""
    mass = [len(row) for row in rows]
    total = sum(mass)
    if total < 8:
        return None
    top = next(index for index in range(len(rows)) if sum(mass[: index + 1]) > total * 0.02)
    foot = next(index for index in range(len(rows) - 1, -1, -1) if sum(mass[index:]) > total * 0.02) + 1
    x = sum(sum(row) for row in rows) / total
    middles, spreads = [], []
    for band in range(_BANDS):
        first = top + (foot - top) * band // _BANDS
        last = max(first + 1, top + (foot - top) * (band + 1) // _BANDS)
        columns = [column for row in rows[first:last] for column in row]
        middle = median(columns) if columns else x  # an arm held out does not move the body
        middles.append(middle)
        spreads.append(_mean([abs(column - middle) for column in columns]) if columns else 1.0)
    used = [column for row in rows for column in row]
    solid = total / max(1, (foot - top) * (max(used) - min(used) + 1))
    return _Measure(x, float(top), float(foot), _blended(middles), _blended(spreads), solid)


def _blended(bands: list[float]) -> tuple[float, ...]:
    """Each band a little like its neighbours, as limbs are."""
    ends = [bands[0], *bands, bands[-1]]
    return tuple((ends[at] + 2 * ends[at + 1] + ends[at + 2]) / 4 for at in range(len(bands)))


def _camera(shown: list[bytes]) -> list[Stance]:
    """The path of the camera: how far the frame slides, and grows, from one to the next."""
    wide, high = _SIZE
    across = [[sum(frame[x::wide]) / high for x in range(wide)] for frame in shown]
    down = [[sum(frame[y * wide : (y + 1) * wide]) / wide for y in range(high)] for frame in shown]
    x = y = 0.0
    zoom = 1.0
    found = [Stance()]
    third = wide // 3
    for index in range(1, len(shown)):
        before, after = across[index - 1], across[index]
        left, right = (
            _slide(before[: third + 8], after[: third + 8]),
            _slide(before[-third - 8 :], after[-third - 8 :]),
        )
        x += (left + right) / 2 / wide
        y += _slide(down[index - 1], down[index]) / high
        zoom = _within(zoom * (1 + (right - left) / (wide - third)), 0.75, 1.6)
        found.append(Stance(x, y, zoom))
    return found


def _slide(before: list[float], after: list[float]) -> float:
    """By how many places a profile has moved on."""

    def apart(shift: int) -> float:
        pairs = [(before[at], after[at + shift]) for at in range(5, len(before) - 5)]
        return sum(abs(a - b) for a, b in pairs)

    shifts = range(-5, 6)
    costs = [apart(shift) for shift in shifts]
    best = min(range(len(costs)), key=lambda index: (costs[index], abs(index - 5)))
    if 0 < best < len(costs) - 1:
        left, here, right = costs[best - 1], costs[best], costs[best + 1]
        bend = left - 2 * here + right
        return shifts[best] + (0.5 * (left - right) / bend if bend > 1e-9 else 0.0)
    return float(shifts[best])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _within(value: float, low: float, high: float) -> float:
    return min(high, max(low, value))
