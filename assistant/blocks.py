"""Markdown of our own drafts and of models becomes blocks; whatever else it holds is plain text."""

from __future__ import annotations

import re

from assistant.answer import Block, Bullets, Heading, Paragraph, TableBlock

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET = re.compile(r"\s*[-*+]\s+(.*)")
_NUMBERED = re.compile(r"\s*\d{1,2}[.)]\s+(.*)")
_RULE = re.compile(r"\|?[\s:|-]+\|?")


def to_blocks(markdown: str) -> tuple[Block, ...]:
    """Headings, paragraphs, lists and tables, in order."""
    blocks: list[Block] = []
    lines = markdown.splitlines()
    index = 0
    while index < len(lines):
        line = lines[index]
        if not line.strip():
            index += 1
        elif match := _HEADING.fullmatch(line.strip()):
            blocks.append(Heading(level=len(match[1]), text=match[2]))
            index += 1
        elif line.lstrip().startswith("|"):
            index = _table(lines, index, blocks)
        elif _BULLET.fullmatch(line) or _NUMBERED.fullmatch(line):
            index = _bullets(lines, index, blocks)
        else:
            index = _paragraph(lines, index, blocks)
    return tuple(blocks)


def _table(lines: list[str], index: int, blocks: list[Block]) -> int:
    rows = []
    while index < len(lines) and lines[index].lstrip().startswith("|"):
        if not _RULE.fullmatch(lines[index].strip()):
            rows.append(tuple(c.strip() for c in lines[index].strip().strip("|").split("|")))
        index += 1
    if rows:
        width = len(rows[0])
        body = tuple((row + ("",) * width)[:width] for row in rows[1:])
        blocks.append(TableBlock(columns=rows[0], rows=body))
    return index


def _bullets(lines: list[str], index: int, blocks: list[Block]) -> int:
    numbered = bool(_NUMBERED.fullmatch(lines[index]))
    pattern = _NUMBERED if numbered else _BULLET
    items = []
    while index < len(lines) and (match := pattern.fullmatch(lines[index])):
        items.append(match[1].strip())
        index += 1
    blocks.append(Bullets(items=tuple(items), numbered=numbered))
    return index


def _paragraph(lines: list[str], index: int, blocks: list[Block]) -> int:
    words: list[str] = []
    while index < len(lines) and lines[index].strip():
        line = lines[index]
        starts_other = line.lstrip().startswith("|") or _HEADING.fullmatch(line.strip())
        if words and (starts_other or _BULLET.fullmatch(line) or _NUMBERED.fullmatch(line)):
            break
        words.append(line.strip())
        index += 1
    blocks.append(Paragraph(text=" ".join(words)))
    return index
