"""Nothing in a document acts: its markup becomes text, and its words stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.neutral import neutral, without_addresses


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("[手順](https://a.example/b)", "手順 (https://a.example/b)"),
        ('[手順](https://a.example/b "題")', "手順 (https://a.example/b)"),
        ("[手順](../b.md) と [先](#top)", "手順 と 先"),
        ("[x](javascript:alert(1))", "x"),
        ("![図](http://e.example/x.png)", "図"),
        ("[![b](i.png)](https://a.example)", "b (https://a.example)"),
        ("[手順][ref]\n\n[ref]: https://a.example", "手順\n\nref: https://a.example"),
        ("<https://a.example> <a@b.example>", "https://a.example a@b.example"),
        ("<b>太字</b>", " 太字 "),
        ("a<script>alert(1)</script>b", "a b"),
        ("a<!-- 隠し -->b", "a b"),
        ("a<!-- 終わらない", "a "),
        ("&lt;script&gt;x", "‹script>x"),
        ("a\u200bb\u202ec\U000e0041d", "abcd"),
        ("## 見出し {#anchor}", "## 見出し"),
        ("1 < 2、a<b", "1 < 2、a‹b"),
    ],
)
def test_markup_becomes_text(written: str, read: str) -> None:
    assert neutral(written) == read


def test_a_table_in_html_becomes_one_in_markdown() -> None:
    written = "<table><tr><th>項目</th><th>期限</th></tr><tr><td>訪問</td><td>4月</td></tr></table>"
    assert "| 訪問 | 4月 |" in neutral(written)


def test_headings_lists_tables_and_fences_stay() -> None:
    text = "# 題\n\n- 一\n- 二\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\n> 引用"
    assert neutral(text) == text


def test_addresses_are_not_indexed() -> None:
    assert without_addresses("手順 (https://a.example/b) は https://c.example/d を見る") == (
        "手順 は  を見る"
    )


_PIECES = st.lists(
    st.sampled_from(
        ["[", "]", "(", ")", "<", ">", "!", "/", "a", "script", "http://x.example", "&lt;", "&gt;",
         "&#60;", "\u200b", "[a](b)", "![a](b)", "<b>", "<!--", "-->", "\n", " ", "table", "題",
         "<table>", "</table>", "[a]: b"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(_PIECES | st.text(max_size=60))
def test_whatever_is_written_nothing_acts(text: str) -> None:
    found = neutral(text)
    assert not re.search(r"<[a-zA-Z/!?]", found)
    assert "](" not in found
    assert "][" not in found
    assert "\u200b" not in found
