"""All of an answer arrives in Slack, in its order, whatever it is made of and how long it is."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.render.slack import messages
from api.render.slack.answer import sections
from api.render.slack.offers import Offer, PlanOffer, under
from assistant.answer import Block, Bullets, Heading, Paragraph, TableBlock
from crm.settings import Language
from crm.text import visible
from tests.render.answers import answer_of
from tests.render.test_slack import texts
from tests.slack.slack_rules import fault, refused_message

_UNDONE = {
    "&lt;": "<", "&gt;": ">", "&amp;": "&", "∗": "*", "ˋ": "`", "＿": "_", "～": "~", "：": ":",
    "＜": "<", "＞": ">", "[.]": ".", "[:]": ":",
}  # fmt: skip
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG, KEYCAP, TONE = "\U0001f1ef\U0001f1f5", "1\ufe0f\u20e3", "\U0001f44d\U0001f3fd"
PIECES = [
    "東都電機の売上は1億2,345万円です。", "次の一手は", "、", "。", " ", "\n",
    "A&B <x> *y* _z_ ~w~ `v`",
    "https://a.example/b?c=d", "a.co.jp", ":tada:", "10:30:45",
    FAMILY, FLAG, KEYCAP, TONE, "か\u3099", "ｶﾞ",
    "e\u0301", "𠮷野家", "def f(x):\n    return x", "|", "#", "-", "> ",
]  # fmt: skip


def undone(text: str) -> str:
    """The text without what we write otherwise so that it stays text, and without blanks."""
    for shown, meant in _UNDONE.items():
        text = text.replace(shown, meant)
    return "".join(text.split())


def arrived(*blocks: Block) -> str:
    return undone("".join(texts(*blocks)))


def long_text(letters: int, seed: int) -> str:
    chosen = random.Random(seed)
    text = ""
    while len(text) < letters:
        text += chosen.choice(PIECES)
    return text[:letters]


@pytest.mark.parametrize("letters", [1, 10, 2999, 3000, 3001, 12_000, 40_001, 200_000])
def test_a_text_of_any_length_arrives_whole(letters: int) -> None:
    text = long_text(letters, letters)
    started = time.perf_counter()
    assert arrived(Paragraph(text=text)) == undone(visible(text))
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("unit", [FAMILY, FLAG, KEYCAP, TONE, "が", "e\u0301"])
def test_what_is_shown_as_one_letter_stays_together(unit: str) -> None:
    sections = texts(Paragraph(text="x" + unit * 3000))
    assert len(sections) > 1
    for shown in sections:
        bare = shown.removeprefix("x")
        assert bare == unit * (len(bare) // len(unit))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=60), st.integers(1, 40))
def test_any_words_arrive_whole(pieces: list[str], times: int) -> None:
    text = "".join(pieces).replace("**", "*") * times
    text = text.replace("**", "* *")
    assert arrived(Paragraph(text=text)) == undone(visible(text))


CELL = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
TABLE = st.integers(1, 24).flatmap(
    lambda width: st.lists(
        st.lists(CELL, min_size=width, max_size=width).map(tuple), min_size=1, max_size=12
    )
)


@settings(max_examples=80, deadline=None)
@given(TABLE, st.integers(1, 20))
def test_every_cell_of_any_table_arrives_in_its_order(
    rows: list[tuple[str, ...]], times: int
) -> None:
    head, body = tuple(f"列{n}" for n in range(len(rows[0]))), tuple(rows * times)
    shown = arrived(TableBlock(columns=head, rows=body)).replace("*", "")
    place = 0
    for cell in (cell for row in body for cell in row):
        wanted = undone(visible(cell)).replace("*", "")
        found = shown.find(wanted, place)
        assert found >= 0, cell
        place = found + len(wanted)


def test_a_wide_table_of_many_rows_is_a_table_of_slacks_own() -> None:
    rows = tuple(
        (f"取引先{n}株式会社", "売上が減少しています", f"{n},000万円", "") for n in range(20)
    )
    columns = ("取引先", "理由", "影響額", "次の一手")
    head = Heading(level=2, text="一覧")
    (message,) = messages(answer_of(head, TableBlock(columns=columns, rows=rows)))
    heading, table = message.blocks
    assert heading["text"]["text"] == "*一覧*"
    assert [cell["text"] for cell in table["rows"][0]] == list(columns)
    assert [cell["text"] for cell in table["rows"][2]] == [*rows[1][:3], "-"]
    assert [column["align"] for column in table["column_settings"]] == [
        "left",
        "left",
        "right",
        "left",
    ]
    assert "取引先19株式会社 ／ 売上が減少しています ／ 19,000万円" in message.text


@pytest.mark.parametrize(
    ("columns", "rows"), [(21, 10), (4, 100), (4, 40)], ids=["columns", "rows", "letters"]
)
def test_a_table_beyond_slacks_limits_is_told_line_by_line(columns: int, rows: int) -> None:
    long = "長い文章" * (60 if rows == 40 else 3)
    body = tuple(tuple(f"{long}{r}-{c}" for c in range(columns)) for r in range(rows))
    table = TableBlock(columns=tuple(f"列{c}" for c in range(columns)), rows=body)
    found = messages(answer_of(table))
    assert {block["type"] for message in found for block in message.blocks} == {"section"}


def test_each_table_of_an_answer_has_its_own_message() -> None:
    rows = tuple(
        (f"取引先{n}株式会社", "売上が減少しています", "1,000万円", "訪問する") for n in range(9)
    )
    table = TableBlock(columns=("取引先", "理由", "影響額", "次の一手"), rows=rows)
    found = messages(answer_of(Paragraph(text="前"), table, Heading(level=2, text="次"), table))
    assert [[block["type"] for block in message.blocks] for message in found] == [
        ["section", "table"], ["section", "table"],
    ]  # fmt: skip
    assert found[1].blocks[0]["text"]["text"] == "*次*"


def test_a_list_keeps_its_order_over_messages() -> None:
    items = tuple(f"{n}番 " + "説明" * 400 for n in range(60))
    shown = arrived(Bullets(items=items, numbered=True))
    places = [shown.index(f"{n + 1}.{n}番") for n in range(60)]
    assert places == sorted(places)


FULL = Offer(
    "a" * 16, "t" * 200, has_figures=True, choices=("とても長い選択肢の説明" * 30,) * 12,
    plan=PlanOffer("p" * 12, 99, ("approved", "draft"), "in_review", may_edit=True),
    address="https://crm.example.co.jp/plans/" + "p" * 12,
)  # fmt: skip


@pytest.mark.parametrize("letters", [1, 2999, 11_990, 40_001, 200_000])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_slack_refuses_no_message_with_all_its_buttons(letters: int, language: Language) -> None:
    rows = tuple((f"取引先{n}", "理由" * 12, f"{n}円", "次の一手" * 6) for n in range(90))
    table = TableBlock(columns=("取引先", "理由", "影響額", "次の一手"), rows=rows)
    blocks = [Paragraph(text=long_text(letters, letters)), Heading(level=2, text="表"), table]
    for message in messages(answer_of(*blocks)):
        whole = message.with_(*under(FULL, language))
        assert not refused_message({"blocks": list(whole.blocks), "text": whole.text})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=400).map(lambda t: Paragraph(text=t)) | TABLE.map(
    lambda rows: TableBlock(columns=tuple("列" for _ in rows[0]), rows=tuple(rows))
), max_size=8))  # fmt: skip
def test_slack_refuses_nothing_that_words_can_make(blocks: list[Block]) -> None:
    for message in messages(answer_of(*blocks)):
        whole = message.with_(*under(FULL, "ja"))
        assert not refused_message({"blocks": list(whole.blocks), "text": whole.text})
    for piece in sections(blocks):
        assert not fault([piece], 1)
