"""An answer for Slack: nothing is cut in silence, and no link or mention can arise from data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from api.render.safe import defanged, spans, width
from assistant.answer import Answer, Block, Bullets, Heading, Paragraph, TableBlock
from crm.text import visible

SECTION = 3000
"""Characters in a section, after escaping, at the most."""
BLOCKS = 50
"""Blocks in a message at the most."""
MESSAGE = 12_000
"""Characters over all blocks of a message; Slack refuses somewhat above 13,000."""
_GRID_COLUMNS = 44
"""Width up to which a table fits a telephone as monospaced lines."""
_OWN_MARKS = ("●", "❝", "◇")
_FENCE = "```"
_PAIRED = re.compile(r"(?<!\w)([_~])(?=\S)([^_~]+)(?<=\S)\1(?!\w)")
_LOOKALIKES = {"_": "＿", "~": "～"}
_ENDS = "\n。．！？.!?、,; 　"

Blocks = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Rendered:
    """One message: its blocks, and the same words for notifications and screen readers."""

    blocks: Blocks
    text: str


def messages(answer: Answer) -> tuple[Rendered, ...]:
    """The whole answer as as many messages as it needs, in order."""
    return _messages(_sections(answer.blocks))


def sentence(text: str) -> Rendered:
    """A sentence of our own as a message."""
    return _message(_fitted(text)[:1])


def mrkdwn(text: str) -> str:
    """Text with `**strong**` as Slack's mrkdwn, inert but for the strong parts."""
    shown = ""
    pieces = spans(visible(text))
    for index, (piece, strong) in enumerate(pieces):
        inert = _inert(piece)
        if not strong:
            shown += inert
            continue
        following = pieces[index + 1][0] if index + 1 < len(pieces) else ""
        before = " " if shown and not shown[-1].isspace() and shown[-1] not in "([" else ""
        after = " " if following and following[0] not in " \n\t.,:;!?)]" else ""
        shown += f"{before}*{inert}*{after}"
    return shown


def _inert(text: str) -> str:
    text = defanged(text).replace("*", "∗").replace("`", "ˋ")
    text = _PAIRED.sub(lambda m: f"{_LOOKALIKES[m[1]]}{m[2]}{_LOOKALIKES[m[1]]}", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return " ".join("".join(piece for piece, _strong in spans(visible(text))).split())


def _sections(blocks: Iterable[Block]) -> list[str]:
    """The texts of all sections: a heading stands in one section with what it heads."""
    sections: list[str] = []
    heading = ""
    for block in blocks:
        if isinstance(block, Heading):
            sections.extend([heading] if heading else [])
            parts = _fitted(_plain(block.text), SECTION - 2)
            *whole, heading = [f"*{part}*" for part in parts] or [""]
            sections.extend(whole)
            continue
        for lines in _packed(_lines(block), SECTION):
            together = f"{heading}\n{lines}" if heading else lines
            fits = len(together) <= SECTION
            sections.extend([together] if fits else [heading, lines])
            heading = ""
    return sections + ([heading] if heading else [])


def _lines(block: Block) -> list[str]:
    match block:
        case Bullets():
            return [
                part
                for number, item in enumerate(block.items, 1)
                for part in _item(item, f"{number}. " if block.numbered else _mark(item))
            ]
        case TableBlock():
            return _table(block)
        case Heading() | Paragraph():
            return _fitted(block.text)


def _mark(item: str) -> str:
    """A bullet, unless the item has a mark of its own (fact, quoted, hypothesis)."""
    return "" if item[:1] in _OWN_MARKS else "• "


def _item(text: str, mark: str) -> list[str]:
    first, *rest = _fitted(text, SECTION - len(mark)) or [""]
    return [mark + first, *rest]


def _table(table: TableBlock) -> list[str]:
    """A narrow table as monospaced lines, a wide one as a labelled line for each row."""
    cells = [[_plain(cell) for cell in row] for row in (table.columns, *table.rows)]
    widths = [max(width(row[i]) for row in cells) for i in range(len(table.columns))]
    if sum(widths) + 2 * len(widths) > _GRID_COLUMNS:
        return [part for row in table.rows for part in _labelled(table.columns, row)]
    grid = [
        "  ".join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True))
        for row in cells
    ]
    room = SECTION - 2 * len(_FENCE) - 2
    packed = _packed([_inert(line).rstrip() for line in grid], room)
    return [f"{_FENCE}\n{lines}\n{_FENCE}" for lines in packed]


def _labelled(columns: tuple[str, ...], row: tuple[str, ...]) -> list[str]:
    first, *rest = row
    named = [
        f"{_plain(name)}: {_plain(cell)}"
        for name, cell in zip(columns[1:], rest, strict=True)
        if cell.strip()
    ]
    return _item(f"**{_plain(first) or '-'}**" + "".join(f" ／ {part}" for part in named), "• ")


def _fitted(text: str, room: int = SECTION) -> list[str]:
    """The text as mrkdwn in as few pieces as fit the room; cut after a sentence where possible."""
    shown = mrkdwn(text)
    if len(shown) <= room:
        return [shown] if shown.strip() else []
    middle = len(text) // 2
    near = range(middle, max(middle // 2, 1), -1)
    cut = next((i for i in near if text[i - 1] in _ENDS), middle)
    left, right = text[:cut], text[cut:]
    if left.count("**") % 2:
        left, right = left + "**", "**" + right
    return _fitted(left, room) + _fitted(right, room)


def _packed(lines: Iterable[str], room: int) -> list[str]:
    """Lines joined to texts no longer than the room; every line fits it by itself."""
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + 1 + len(line) <= room:
            packed[-1] += "\n" + line
        else:
            packed.append(line)
    return packed


def _messages(sections: list[str]) -> tuple[Rendered, ...]:
    groups: list[list[str]] = []
    for section in sections:
        full = not groups or len(groups[-1]) == BLOCKS
        if full or sum(map(len, groups[-1])) + len(section) > MESSAGE:
            groups.append([])
        groups[-1].append(section)
    return tuple(_message(group) for group in groups)


def _message(sections: list[str]) -> Rendered:
    blocks: Blocks = tuple(
        {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
        for text in sections
    )
    return Rendered(blocks, "\n".join(sections))
