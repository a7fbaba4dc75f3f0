"""What a prompt asks for: numbers before things, names in quotes, JSON in the middle of words."""

from __future__ import annotations

import pytest

from rhflow.ground.values import Json
from rhflow.simulator.asking import counted, is_chinese, is_list, json_pieces, number_in, quoted_names

SHOTS = counted("shots?|scenes?", "镜头|分镜")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("six shots of a fox", 6),
        ("A fox, in 12 wide, no: 4 very wide quiet shots", 4),
        ("Twelve-scene film", 12),
        ("三个镜头", 3),
        ("两分镜", 2),
        ("0 scenes", 0),
        ("six foxes and no end of them in a shot", None),
        ("ſix shots", None),
        ("shots", None),
    ],
)
def test_how_many_are_asked_for(text: str, number: int | None) -> None:
    assert number_in(text, SHOTS) == number


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ('as {"a": [1]} or [2], thanks', [{"a": [1]}, [2]]),
        ("{ [3] }", [[3]]),
        ("no [JSON", []),
        ("[1] " * 30, [[1]] * 20),
        ("[" * 3_000, []),
    ],
    ids=range(5),
)
@pytest.mark.timeout(20)
def test_json_is_found_between_words(text: str, pieces: list[Json]) -> None:
    assert list(json_pieces(text)) == pieces


def test_names_lists_and_languages() -> None:
    assert quoted_names('with "title", `shots` and "title"') == ["title", "shots"]
    assert is_list("a JSON Array")
    assert not is_list("listen")
    assert is_chinese("a 狐")
    assert not is_chinese("a fox")
