"""Inside a scalar every character knows where it was written, whatever style it was written in."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rhflow.ground.diagnostics import Diagnostics
from rhflow.language.document import read_document

STYLES = {
    "plain": "v: a ${{ x }} 中 ${{ y }} b\n",
    "plain in two lines": "v: a ${{ x }}\n   中 ${{ y }} b\n",
    "single": "v: 'it''s ${{ x }} ''${{ y }}'''\n",
    "double": 'v: "\\t\\u4e2d\\x41 ${{ x }} \\"${{ y }}\\n"\n',
    "double over lines": 'v: "a\n\n  ${{ x }} \\\n   b ${{ y }}"\n',
    "literal": "v: |\n  a\n    ${{ x }}\n\n  中 ${{ y }}\n",
    "folded": "v: >-\n  a ${{ x }}\n  b\n\n    indented ${{ y }}\n",
    "literal with indent sign": "v: |2-\n    a ${{ x }}\n   b ${{ y }}\n",
    "anchored": "v: &a !!str 'a ${{ x }} ${{ y }}'\n",
    "windows": "v: |\r\n  a ${{ x }}\r\n  b ${{ y }}\r\n",
}


@pytest.mark.parametrize("style", STYLES)
def test_a_word_is_found_where_it_stands(style: str) -> None:
    text = STYLES[style]
    found = read_document(text, "a.yaml", Diagnostics())
    assert found is not None
    assert isinstance(found.data, dict)
    value = found.data["v"]
    assert isinstance(value, str)
    for word in ("${{ x }}", "${{ y }}"):
        mark = found.marks.inside(("v",), value.index(word), len(word))
        line = text.splitlines()[mark.line - 1]
        assert line[mark.column - 1 : mark.column - 1 + mark.length] == word


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\ufffe\uffff"), max_size=60
    ),
    st.sampled_from(["'", '"', "|", ">"]),
)
def test_quoting_never_loses_a_place(prefix: str, style: str) -> None:
    text = yaml.dump({"v": prefix + " {{ needle"}, default_style=style, allow_unicode=True, width=40)
    found = read_document(text, "a.yaml", Diagnostics())
    assert found is not None
    assert isinstance(found.data, dict)
    value = found.data["v"]
    assert isinstance(value, str)
    mark = found.marks.inside(("v",), value.rindex("needle"), 6)
    line = text.splitlines()[mark.line - 1]
    assert line[mark.column - 1 : mark.column + 5] == "needle"
