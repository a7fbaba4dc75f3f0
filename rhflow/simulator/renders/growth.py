"""Things that grow: conifers, round trees, palms, grass, flowers, bamboo, bare branches."""

from __future__ import annotations

import math
from itertools import pairwise

from rhflow.simulator.renders.canvas import Point, Stencil
from rhflow.simulator.renders.dice import Dice


def pine(stencil: Stencil, dice: Dice, x: float, foot: float, tall: float, *, detailed: bool = True) -> None:
    """A conifer; `foot` is where its stem meets the ground."""
    half = tall * dice.between(0.17, 0.24)
    tiers = 7 if detailed else 4
    lean = dice.between(-0.02, 0.02) * tall
    left: list[Point] = []
    right: list[Point] = []
    for tier in range(tiers):
        low = (tier + 1) / tiers
        reach = half * low**0.9
        y = foot - tall * (1 - low * 0.93)
        inset = reach * 0.52
        for side, points in ((-1, left), (1, right)):
            jitter = dice.between(0.85, 1.12) if detailed else 1
            points.extend(
                [(x + lean + side * reach * jitter, y), (x + lean + side * inset, y - tall / tiers * 0.16)]
            )
    stencil.polygon([(x + lean, foot - tall), *right, *reversed(left)])
    stencil.rectangle(x - tall * 0.018, foot - tall * 0.1, x + tall * 0.018, foot)


def trunk(stencil: Stencil, x: float, foot: float, top: float, thick: float, lean: float = 0.0) -> None:
    """A tall stem that widens at the ground."""
    stencil.polygon(
        [
            (x - thick * 0.9, foot),
            (x - thick * 0.5, foot - (foot - top) * 0.12),
            (x - thick * 0.36 + lean, top),
            (x + thick * 0.36 + lean, top),
            (x + thick * 0.5, foot - (foot - top) * 0.12),
            (x + thick * 0.95, foot),
        ]
    )


def round_tree(stencil: Stencil, dice: Dice, x: float, foot: float, tall: float) -> None:
    """A broad-leaved tree: stem, boughs and a crown of overlapping leaf masses."""
    lean = dice.between(-0.05, 0.05) * tall
    trunk(stencil, x, foot, foot - tall * 0.5, tall * 0.05, lean)
    for side in (-1, 1):
        stencil.line(
            [(x + lean * 0.6, foot - tall * 0.26), (x + lean + side * tall * 0.14, foot - tall * 0.46)],
            tall * 0.024,
        )
    middle = (x + lean, foot - tall * 0.64)
    stencil.ellipse(*middle, tall * 0.27, tall * 0.24)
    for index in range(15):
        turn = index / 15 * math.tau + dice.between(-0.2, 0.2)
        out = tall * dice.between(0.2, 0.25)
        at = (middle[0] + math.cos(turn) * out * 1.1, middle[1] + math.sin(turn) * out * 0.95)
        stencil.ellipse(*at, tall * dice.between(0.075, 0.115))


def leaf_light(stencil: Stencil, dice: Dice, x: float, foot: float, tall: float, towards: float) -> None:
    """Dabs on the lit side of a round tree's crown."""
    for _ in range(16):
        turn, out = dice.between(0, math.tau), tall * dice.between(0, 0.2)
        stencil.ellipse(
            x + math.cos(turn) * out + towards * tall * 0.09,
            foot - tall * 0.72 + math.sin(turn) * out * 0.8,
            tall * dice.between(0.02, 0.05),
            tall * dice.between(0.014, 0.03),
        )


def palm(stencil: Stencil, dice: Dice, x: float, foot: float, tall: float) -> None:
    """A leaning palm."""
    lean = dice.sign() * tall * dice.between(0.12, 0.28)
    spine = [(x + lean * share**2, foot - tall * share) for share in (index / 12 for index in range(13))]
    for index, (first, second) in enumerate(pairwise(spine)):
        stencil.line([first, second], tall * (0.05 - index * 0.0022))
    top = spine[-1]
    for index in range(9):
        turn = math.pi * (-0.1 + 1.2 * index / 8)
        reach = tall * dice.between(0.3, 0.4)
        stencil.polygon(_frond(top, turn, reach))
    for side in (-1, 0, 1):
        stencil.ellipse(top[0] + side * tall * 0.025, top[1] + tall * 0.03, tall * 0.022)


def _frond(root: Point, turn: float, reach: float) -> list[Point]:
    upper: list[Point] = []
    lower: list[Point] = []
    for index in range(13):
        share = index / 12
        x = root[0] + math.cos(turn) * reach * share
        y = root[1] - math.sin(turn) * reach * share * 0.75 + reach * 0.55 * share**2.2
        wide = reach * 0.085 * math.sin(math.pi * min(1, share + 0.06)) ** 0.7
        upper.append((x, y - wide))
        lower.append((x, y + wide * (0.5 if index % 2 else 1.9)))
    return [*upper, *reversed(lower)]


def grass(stencil: Stencil, dice: Dice, x: float, foot: float, tall: float) -> None:
    """One bent blade."""
    bend = dice.between(-0.5, 0.5) * tall
    wide = tall * 0.055
    stencil.polygon(
        [
            (x - wide, foot),
            (x + bend * 0.35 - wide * 0.6, foot - tall * 0.6),
            (x + bend, foot - tall),
            (x + bend * 0.4 + wide * 0.7, foot - tall * 0.55),
            (x + wide, foot),
        ]
    )


def flower(stencil: Stencil, heads: Stencil, dice: Dice, x: float, foot: float, tall: float) -> None:
    """A stalk in one stencil, its head in another."""
    bend = dice.between(-0.2, 0.2) * tall
    stencil.line(
        [(x, foot), (x + bend * 0.4, foot - tall * 0.6), (x + bend, foot - tall)], max(0.8, tall * 0.035)
    )
    size = tall * dice.between(0.09, 0.15)
    for petal in range(5):
        turn = petal / 5 * math.tau + bend
        heads.ellipse(
            x + bend + math.cos(turn) * size * 0.7,
            foot - tall + math.sin(turn) * size * 0.5,
            size * 0.55,
            size * 0.45,
        )


def bamboo(stencil: Stencil, dice: Dice, x: float, foot: float, thick: float) -> None:
    """A stem of bamboo out of the top of the picture, with leaves."""
    lean = dice.between(-0.06, 0.06)
    y, length = foot, thick * dice.between(7, 9)
    while y > -length:
        left = x + (foot - y) * lean
        right = x + (foot - y + length) * lean
        stencil.polygon(
            [
                (left - thick / 2, y),
                (left + thick / 2, y),
                (right + thick / 2, y - length + thick * 0.16),
                (right - thick / 2, y - length + thick * 0.16),
            ]
        )
        if dice.chance(0.6):
            _bamboo_leaves(stencil, dice, right, y - length, thick)
        y -= length


def _bamboo_leaves(stencil: Stencil, dice: Dice, x: float, y: float, thick: float) -> None:
    side = dice.sign()
    for _ in range(dice.whole(2, 4)):
        turn, reach = dice.between(-0.2, 0.9), thick * dice.between(3, 5)
        tip = (x + side * math.cos(turn) * reach, y + math.sin(turn) * reach)
        middle = (x + side * math.cos(turn) * reach * 0.4, y + math.sin(turn) * reach * 0.4)
        stencil.polygon(
            [(x, y), (middle[0], middle[1] - thick * 0.42), tip, (middle[0], middle[1] + thick * 0.3)]
        )


def branch(
    stencil: Stencil, dice: Dice, start: Point, turn: float, length: float, thick: float, tips: list[Point]
) -> None:
    """A bare branch that forks; `tips` collects where leaves or blossom may sit."""
    if length < thick * 1.5 or thick < 0.5:
        tips.append(start)
        return
    end = (start[0] + math.cos(turn) * length, start[1] + math.sin(turn) * length)
    middle = ((start[0] + end[0]) / 2 + dice.between(-0.08, 0.08) * length, (start[1] + end[1]) / 2)
    stencil.line([start, middle, end], thick)
    tips.append(middle)
    for _ in range(2 if dice.chance(0.8) else 1):
        branch(
            stencil,
            dice,
            end,
            turn + dice.between(-0.6, 0.6),
            length * dice.between(0.6, 0.82),
            thick * 0.62,
            tips,
        )
