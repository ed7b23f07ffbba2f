"""In a terminal and in Markdown an answer has its structure, and its data stay plain text."""

from __future__ import annotations

import io
from typing import Literal

from rich.console import Console

from api.render import terminal
from api.render.markdown import markdown
from assistant.answer import Answer, Bullets, Heading, Paragraph, TableBlock
from tests.render.answers import answer_of


def shown(answer: Answer, *, colour: bool = False) -> str:
    stream = io.StringIO()
    system: Literal["standard"] | None = "standard" if colour else None
    console = Console(file=stream, width=60, force_terminal=colour, color_system=system)
    console.print(terminal.render(answer))
    return stream.getvalue()


def test_every_kind_of_block_is_shown() -> None:
    text = shown(
        answer_of(
            Heading(level=1, text="見出し"),
            Paragraph(text="**太字**の本文"),
            Bullets(items=("一", "二")),
            Bullets(items=("a",), numbered=True),
            TableBlock(columns=("列",), rows=(("値",),)),
        )
    )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert lines[:5] == ["見出し", "太字の本文", "• 一", "• 二", "1. a"]
    assert "列" in lines[5]
    assert lines[-1] == "値"


def test_markup_in_data_is_shown_as_it_is() -> None:
    data = "[red]x[/red] [link=https://x.example]y[/link] :smile:"
    blocks = (
        Heading(level=2, text=data),
        Paragraph(text=data),
        Bullets(items=(data,)),
        TableBlock(columns=(data,), rows=((data,),)),
    )
    text = "".join(shown(answer_of(*blocks)).split())
    assert text.count("[red]x[/red]") == 5
    assert text.count(":smile:") == 5


def test_data_cannot_send_control_sequences() -> None:
    data = "a\x1b]8;;https://x.example\x07b\x1b[2Jc\u202ed\x9bm"
    text = shown(answer_of(Paragraph(text=data), Heading(level=1, text=data)))
    assert not any(c in text for c in "\x1b\x07\x9b\u202e")


def test_strong_is_bold_and_nothing_else_is() -> None:
    assert "\x1b[1mb\x1b[0m" in shown(answer_of(Paragraph(text="a **b** *c* __d__")), colour=True)
    assert "*c* __d__" in shown(answer_of(Paragraph(text="a **b** *c* __d__")))


def test_a_long_item_is_wrapped_and_not_cut() -> None:
    text = shown(answer_of(Bullets(items=("あ" * 200,))))
    assert text.count("あ") == 200


def test_plain_markdown_stays_as_it_is() -> None:
    text = "# 見出し\n\n- ● **売上** 1億円 [1]\n\n| a |\n|---|\n| 1 |\n\n出典: [1] x > y (f.md)\n"
    assert markdown(text + "\n") == text.rstrip()


def test_markdown_of_data_holds_no_link_image_or_html() -> None:
    text = "[a](https://x.example) ![b](//x.example/i.png) <img src=x> <https://x.example> <!-- "
    made = markdown(text + "a < b")
    assert "](" not in made
    assert "://" not in made
    assert "x.example" not in made
    assert "<img" not in made
    assert "<!--" not in made
    assert "a < b" in made
