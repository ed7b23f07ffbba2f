"""Answers of any length and make, and what must be read of them in Slack, letter by letter."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from assistant.answer import Block, Bullets, Heading, Paragraph, TableBlock
from crm.text import visible
from tests.render.test_slack_whole import PIECES, long_text, undone
from tests.slack.slack_rules import texts

LONGEST = 200_000
EDGES = (1, 2, 10, 2999, 3000, 3001, 11_999, 12_000, 12_001, 13_200, 40_000, 40_001, LONGEST)
"""Lengths at which Slack's limits, or ours, begin to tell."""


@dataclass(frozen=True)
class Long:
    """Blocks of an answer, and the words in them that must arrive whole and in this order."""

    blocks: Sequence[Block]
    words: Sequence[str]

    def missing(self, messages: Sequence[Mapping[str, Any]]) -> str:
        """The first of the words that the messages do not show where it belongs."""
        shown = _bare("".join(text for message in messages for text in texts(message["blocks"])))
        place = 0
        for word in map(_bare, self.words):
            found = shown.find(word, place)
            if found < 0:
                return word
            place = found + len(word)
        return ""


def _bare(text: str) -> str:
    """The text as it was meant, without the marks of what is strong."""
    return undone(text).replace("*", "")


def lengths(count: int) -> list[int]:
    """So many lengths from 1 to the longest, ever further apart, and the edges among them."""
    steps = (math.log(LONGEST) * n / (count - 1) for n in range(count))
    return sorted({*EDGES, *(round(math.exp(step)) for step in steps)})


def of_text(letters: int) -> Long:
    text = ("東" + long_text(letters, letters))[:letters]
    return Long([Paragraph(text=text)], [visible(text)])


def of_list(letters: int) -> Long:
    items = tuple(_parted(letters, 700))
    return Long([Bullets(items=items, numbered=True)], [visible(item) for item in items])


def of_narrow_table(letters: int) -> Long:
    return _table(letters, ("取引先", "額"), 12)


def of_wide_table(letters: int) -> Long:
    return _table(letters, ("取引先", "理由", "影響額", "次の一手"), 60)


def of_everything(letters: int) -> Long:
    """Headings, texts, lists and tables by turns, each a few thousand letters long."""
    makers = cycle([of_text, of_wide_table, of_list, of_narrow_table])
    rest = letters
    made: list[Long] = []
    while rest > 0:
        size = min(rest, 2500 + 700 * len(made) % 5000)
        part = next(makers)(size)
        heading = f"第{len(made) + 1}節"
        made.append(Long([Heading(level=2, text=heading), *part.blocks], [heading, *part.words]))
        rest -= size
    return Long([b for one in made for b in one.blocks], [w for one in made for w in one.words])


KINDS = (of_text, of_list, of_narrow_table, of_wide_table, of_everything)


def _table(letters: int, columns: tuple[str, ...], room: int) -> Long:
    """A table whose cells come to so many letters."""
    cells = list(_parted(letters, room))
    cells += ["－"] * (-len(cells) % len(columns))
    rows = tuple(tuple(cells[n : n + len(columns)]) for n in range(0, len(cells), len(columns)))
    return Long([TableBlock(columns=columns, rows=rows)], [visible(cell) for cell in cells])


def _parted(letters: int, size: int) -> Iterator[str]:
    """Texts of that size at the most, which come to so many letters; none of them is blank."""
    words = cycle(piece for piece in PIECES if piece.strip())
    for start in range(0, letters, size):
        room = min(size, letters - start)
        yield "".join(islice(words, room))[:room]
