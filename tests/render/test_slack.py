"""What Slack gets keeps its limits, loses nothing, and holds no link or mention from data."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.render.safe import width
from api.render.slack import messages, mrkdwn, sentence
from api.render.slack.answer import BLOCKS, MESSAGE
from api.render.slack.tables import CELLS, COLUMNS, ROWS
from api.render.slack.text import SECTION
from assistant.answer import Block, Bullets, Heading, Paragraph, TableBlock
from tests.render.answers import answer_of

CONTROL = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")


def texts(*blocks: Block) -> list[str]:
    """The sections and the cells of all messages, in order; each message within all limits."""
    found = []
    for message in messages(answer_of(*blocks)):
        assert 1 <= len(message.blocks) <= BLOCKS
        assert len(message.text) <= 40_000
        assert sum(block["type"] == "table" for block in message.blocks) <= 1
        shown = [text for block in message.blocks for text in words_of(block)]
        assert sum(map(len, shown)) <= MESSAGE
        found += shown
    return found


def words_of(block: dict[str, Any]) -> list[str]:
    """The texts of a section or of a table, within the limits of its kind."""
    if block["type"] == "section":
        assert block["text"]["verbatim"]
        assert 1 <= len(block["text"]["text"]) <= SECTION
        return [block["text"]["text"]]
    rows = block["rows"]
    assert len(rows) <= ROWS
    assert {len(row) for row in rows} == {len(block["column_settings"])}
    assert len(block["column_settings"]) <= COLUMNS
    cells = [cell["text"] for row in rows for cell in row]
    assert all(cells)
    assert sum(map(len, cells)) <= CELLS
    return cells


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("a **b** c", "a *b* c"),
        ("**b**", "*b*"),
        ("**a & b**", "*a &amp; b*"),
        ("計、**離任**です", "計、 *離任* です"),
        ("(**b**)", "(*b*)"),
        ("2*3*4", "2∗3∗4"),
        ("**open", "∗∗open"),
        ("_x_ ~y~ `z`", "＿x＿ ～y～ ˋzˋ"),
        ("snake_case 10~20", "snake_case 10~20"),
        ("a\x1b[31mb\u202ec\u200bd", "a[31mbcd"),
        ("● 事実 ❝ 引用 ◇ 仮説", "● 事実 ❝ 引用 ◇ 仮説"),
        ("63.2 % 1.5億円 2026.3.31 3.1415", "63.2 % 1.5億円 2026.3.31 3.1415"),
        (
            "(books/renewal.md) Hokuto Co., Ltd. e.g. X",
            "(books/renewal.md) Hokuto Co., Ltd. e.g. X",
        ),
    ],
)
def test_text_becomes_mrkdwn(given_: str, shown: str) -> None:
    assert mrkdwn(given_) == shown


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> <!here> <!everyone> <!subteam^S1|x> <!date^1^{date}|x>",
        "<@U1> <@W1|x> <#C1|x>",
        "<https://evil.example|click> <https://evil.example>",
        "https://evil.example/a?b=c",
        "見てhttps://evil.exampleください",
        "HTTP://EVIL.EXAMPLE ftp://x slack://open javascript://x",
        "evil.example/a www.evil.example Evil.Com/a www.localhost",
        "evil.com evil.co.jp evil.xn--p1ai 10.0.0.1/x",
        "mailto:a@evil.example a@evil.example",
        "[text](https://evil.example) ![x](https://evil.example/x.png)",
        "&lt;!channel&gt; &lt;@U1&gt;",
        "ht\u200btps://evil.example <\u200b!channel>",
        "**<!channel>** **https://evil.example**",
        "x.md.evil.com a.md/b",
    ],
)
@pytest.mark.parametrize("kind", ["paragraph", "heading", "bullet", "cell", "wide cell", "column"])
def test_no_link_or_mention_arises(text: str, kind: str) -> None:
    blocks: dict[str, Block] = {
        "paragraph": Paragraph(text=text),
        "heading": Heading(level=1, text=text),
        "bullet": Bullets(items=(text,)),
        "cell": TableBlock(columns=("a",), rows=((text[:30],),)),
        "wide cell": TableBlock(columns=("a", "b"), rows=((text, text * 2),)),
        "column": TableBlock(columns=(text, "b"), rows=(("x", "y"),)),
    }
    for shown in texts(blocks[kind]):
        assert not CONTROL.search(shown)
        assert "://" not in shown
        assert not re.search(r"(?i)evil\.(example|com|co|xn)|www\.|10\.0\.0\.1/", shown)
        assert "\u200b" not in shown


def test_every_kind_of_block_is_shown() -> None:
    shown = texts(
        Heading(level=1, text="見出し"),
        Paragraph(text="本文"),
        Bullets(items=("一", "● 二")),
        Bullets(items=("a", "b"), numbered=True),
        Heading(level=2, text="空"),
    )
    assert shown == ["*見出し*\n本文", "• 一\n● 二", "1. a\n2. b", "*空*"]


def test_a_narrow_table_is_aligned_for_japanese_letters() -> None:
    (shown,) = texts(
        TableBlock(columns=("取引先", "売上"), rows=(("東都電機", "1億円"), ("ABC", "5,000円")))
    )
    fence, *lines, end = shown.splitlines()
    assert (fence, end) == ("```", "```")
    starts = {width(line[: re.search(r"\S+$", line).start()]) for line in lines}  # type: ignore[union-attr]
    assert starts == {10}


def test_a_wide_table_is_a_labelled_line_for_each_row() -> None:
    columns = ("取引先", "理由", "影響額")
    (shown,) = texts(
        TableBlock(columns=columns, rows=(("東都電機", "売上減少" * 10, "1億円"), ("B", "", "?")))
    )
    assert shown.splitlines() == [
        f"• *東都電機* ／ 理由: {'売上減少' * 10} ／ 影響額: 1億円",
        "• *B* ／ 影響額: ?",
    ]


def test_a_long_table_keeps_every_row() -> None:
    rows = tuple((f"行{n}", str(n)) for n in range(2000))
    shown = "\n".join(texts(TableBlock(columns=("a", "b"), rows=rows)))
    assert [int(n) for n in re.findall(r"行(\d+)", shown)] == list(range(2000))


def test_a_long_answer_becomes_several_messages() -> None:
    blocks = [Paragraph(text=f"{n} " + "あ" * 500) for n in range(120)]
    assert len(messages(answer_of(*blocks))) > 2
    assert [int(text.split()[0]) for text in texts(*blocks)] == list(range(120))


def test_an_empty_answer_is_no_message() -> None:
    assert messages(answer_of()) == ()
    assert messages(answer_of(Heading(level=1, text=" "), Paragraph(text=""))) == ()


def test_our_own_sentence_is_one_message() -> None:
    said = sentence("お答えできません。")
    assert said.text == "お答えできません。"
    assert len(said.blocks) == 1


LONG = st.integers(1, 9000).flatmap(
    lambda n: st.text("あ漢a1&<>。 *", min_size=1, max_size=40).map(lambda t: (t * n)[:n])
)
BLOCK = st.one_of(
    LONG.map(lambda t: Paragraph(text=t)),
    LONG.map(lambda t: Heading(level=2, text=t)),
    st.lists(LONG, max_size=4).map(lambda items: Bullets(items=tuple(items))),
    st.lists(st.tuples(LONG, LONG), max_size=3).map(
        lambda rows: TableBlock(columns=("列", "b"), rows=tuple(rows))
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(BLOCK, max_size=6))
def test_limits_hold_for_any_answer(blocks: list[Block]) -> None:
    for shown in texts(*blocks):
        assert not CONTROL.search(shown)


@settings(max_examples=60, deadline=None)
@given(LONG.map(lambda t: t.replace("*", "")))
def test_no_letter_is_lost(text: str) -> None:
    shown = "".join(texts(Paragraph(text=text), Bullets(items=(text,))))
    plain = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("•", "")
    assert "".join(plain.split()) == "".join(text.split()) * 2


@given(st.text(max_size=200))
def test_no_text_gives_a_control_sequence(text: str) -> None:
    assert not CONTROL.search(mrkdwn(text))
    assert "://" not in mrkdwn(text)


@pytest.mark.parametrize(
    "piece", ["a-", "a.", "**a ", "_a ", "~a _b ", "a.b", "://", "x.com/", "<"]
)
def test_no_text_takes_long(piece: str) -> None:
    started = time.perf_counter()
    mrkdwn(piece * (20_000 // len(piece)))
    assert time.perf_counter() - started < 1
