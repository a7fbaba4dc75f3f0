"""Words as pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rhflow.media import fonts, lettering
from rhflow.media.fonts import font_files, font_for, has_glyph, script_of
from rhflow.media.lettering import Lettering, NoFont, draw_text

PLAIN = Lettering(40, 800, has_outline=False)


def lines_of(text: str, setting: Lettering = PLAIN) -> list[str]:
    return lettering._lines(text, setting, script_of(text))


def bands(text: str, setting: Lettering = PLAIN) -> int:
    """How many lines of ink the drawn text shows."""
    picture = draw_text(text, setting)
    assert picture is not None
    rows = [
        max(picture.getchannel("A").crop((0, y, picture.width, y + 1)).tobytes()) > 60
        for y in range(picture.height)
    ]
    return sum(here and not before for before, here in zip([False, *rows], rows, strict=False))


def dots(picture: Image.Image) -> list[tuple[int, ...]]:
    data = picture.tobytes()
    return [tuple(data[at : at + 4]) for at in range(0, len(data), 4)]


class TestFonts:
    def test_latin_comes_along(self) -> None:
        assert all(has_glyph(font_files()[0], letter) for letter in "aÉñłЖΩ“—…")
        assert not has_glyph(font_files()[0], "漢")

    @pytest.mark.parametrize(
        ("letter", "script", "name"),
        [("汉", "", "SC"), ("あ", "jp", "JP"), ("直", "jp", "JP"), ("한", "kr", "KR")],
    )
    def test_every_script_its_own(self, letter: str, script: str, name: str) -> None:
        pytest.importorskip("justmytype_intl_cjk")
        found = font_for(letter, script)
        assert found is not None
        assert found.name.startswith(f"NotoSans{name}")

    def test_latin_stays_latin_among_kana(self) -> None:
        assert font_for("a", "jp") == font_for("a")

    @pytest.mark.parametrize(
        ("text", "script"),
        [("hello", ""), ("你好", "zh"), ("don’t 你", "zh"), ("日本の", "jp"), ("カ", "jp"), ("토끼", "kr")],
    )
    def test_script(self, text: str, script: str) -> None:
        assert script_of(text) == script


class TestLines:
    def test_a_short_text_stays_on_one(self) -> None:
        assert lines_of("Come in, little one") == ["Come in, little one"]

    def test_two_lines_are_of_even_length(self) -> None:
        one, other = lines_of("A picture-book bunny invites the viewer in and shows every flower")
        assert abs(len(one) - len(other)) < 8

    def test_words_stay_whole_and_none_is_lost(self) -> None:
        text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        lines = lines_of(text)
        assert len(lines) > 1
        assert " ".join(lines) == text

    def test_the_author_may_break(self) -> None:
        assert lines_of("one\ntwo three") == ["one", "two three"]

    def test_a_word_too_long_is_cut(self) -> None:
        lines = lines_of("x" * 200)
        assert len(lines) > 2
        assert "".join(lines) == "x" * 200

    def test_chinese_breaks_anywhere_but_before_its_marks(self) -> None:
        text = "“欢迎来到我的花园，”小兔子说：“请进来吧！今天的阳光真好，我们一起去看看山谷里的花，好不好？”"
        lines = lines_of(text, Lettering(40, 420))
        assert "".join(lines) == text
        assert len(lines) > 3
        assert not any(line[0] in "，。！？”：" for line in lines)
        assert not any(line[-1] == "“" for line in lines)

    @settings(max_examples=40, deadline=None)
    @given(st.text("ab 汉字，。“”é\n-", min_size=1, max_size=80), st.integers(60, 900))
    def test_nothing_is_lost_and_nothing_sticks_out(self, text: str, width: int) -> None:
        setting = Lettering(30, width)
        clean = lettering._drawable(text)
        if clean:
            lines = lines_of(clean, setting)
            assert "".join(lines).replace(" ", "") == clean.replace(" ", "").replace("\n", "")
            assert all(
                lettering._width(line, 30, script_of(clean)) <= width + 1 or len(line) < 3 for line in lines
            )


class TestDrawing:
    def test_the_picture_is_cut_to_the_ink(self) -> None:
        picture = draw_text("Hello", PLAIN)
        assert picture is not None
        assert picture.mode == "RGBA"
        alpha = picture.getchannel("A")
        assert alpha.getbbox() == (0, 0, *picture.size)
        assert 60 < picture.width < 200
        assert 25 < picture.height < 50

    def test_colour_and_outline(self) -> None:
        plain = draw_text("Hello", Lettering(40, 800, colour=(255, 0, 0), has_outline=False))
        soft = draw_text("Hello", Lettering(40, 800, colour=(255, 0, 0)))
        assert plain is not None
        assert soft is not None
        assert {pixel[:3] for pixel in dots(plain) if pixel[3] > 200} == {(255, 0, 0)}
        assert any(max(pixel[:3]) < 40 and pixel[3] > 100 for pixel in dots(soft))
        assert soft.width > plain.width

    def test_many_lines_make_it_smaller(self) -> None:
        text = " ".join(["flower"] * 30)
        assert bands(text, Lettering(40, 800, max_lines=9, has_outline=False)) == len(lines_of(text))
        assert bands(text, Lettering(40, 800, max_lines=2, has_outline=False)) < len(lines_of(text))

    def test_the_same_picture_again(self) -> None:
        one, other = draw_text("你好 there", PLAIN), draw_text("你好 there", PLAIN)
        assert one is not None
        assert other is not None
        assert one.tobytes() == other.tobytes()

    @pytest.mark.parametrize("text", ["", "   ", "\n\n", "\u200b", "\x00\x07"])
    def test_nothing_to_draw(self, text: str) -> None:
        assert draw_text(text, PLAIN) is None

    def test_composed_and_decomposed_are_one(self) -> None:
        one, other = draw_text("é", PLAIN), draw_text("e\u0301", PLAIN)
        assert one is not None
        assert other is not None
        assert one.tobytes() == other.tobytes()


class TestMissingLetters:
    @pytest.fixture(autouse=True)
    def _latin_only(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        latin = font_files()[:1]
        font_for.cache_clear()
        monkeypatch.setattr(fonts, "font_files", lambda: latin)
        yield
        font_for.cache_clear()

    def test_letters_without_a_font_are_named(self) -> None:
        with pytest.raises(NoFont, match="你好") as failed:
            draw_text("hello 你好你", PLAIN)
        assert failed.value.letters == "你好"

    def test_symbols_without_a_font_are_left_out(self) -> None:
        one, other = draw_text("hello 🐰", PLAIN), draw_text("hello", PLAIN)
        assert one is not None
        assert other is not None
        assert one.tobytes() == other.tobytes()


def test_a_font_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Path(str(font_files()[0]).replace("SemiBold", "Light"))
    monkeypatch.setenv("RHFLOW_FONT", str(other))
    font_files.cache_clear()
    try:
        assert font_files()[0] == other
    finally:
        font_files.cache_clear()
