"""Tables that hold statements: a SWOT or 4P/5P table is a grid, of any other each row is one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.planning.importing.blocks import Table, without_bullet
from assistant.planning.importing.headings import child, is_in, is_nothing, targets

_COLUMN_NAME = re.compile(r"[^0-9\n]{1,20}")


def named_part(group: str, text: str) -> tuple[str | None, str]:
    """The part of a group that a text, or its words before a colon, name; and what else it says."""
    if (part := child(group, text.rstrip(":："))) is not None:
        return part, ""
    word, colon, _rest = text.replace("：", ":").partition(":")
    if not colon:
        word = text.partition(" ")[0]
    part = child(group, word) if colon or not word.isascii() else None
    return (part, text[len(word) + 1 :].strip()) if part else (None, text)


def grid(group: str, table: Table) -> Iterator[tuple[str | None, str, str]]:
    """Every text in a table with the part it belongs to, or None, and its place.

    A row of nothing but names labels what stands below; elsewhere a name labels what is beside it.
    """
    above: dict[int, str] = {}
    labels: dict[int, str] = {}
    for y, (row, place) in enumerate(zip(table.rows, table.places, strict=True)):
        said = {at: cell for at, cell in enumerate(row) if _says(cell)}
        named = {at: part for at, cell in said.items() if (part := child(group, cell))}
        if len(named) == len(said):
            above |= named
            continue
        labels = {at: part for at, part in labels.items() if (y, at) in table.below} | named
        beside: str | None = None
        for at, cell in sorted((said | dict.fromkeys(labels, "")).items()):
            if at in labels:
                beside = labels[at]
                continue
            first, *more = cell.split("\n")
            part, rest = named_part(group, first)
            for text in [*([rest] if rest else []), *more]:
                yield part or beside or above.get(at), without_bullet(text), place


def sentences(table: Table) -> Iterator[tuple[str, str]]:
    """The rows of a table as sentences with their places.

    市場規模: 5,000億円 of two columns; 年度: 2025 / 売上: 12億円 of more, where the first row names
    them.
    """
    first = table.rows[0]
    is_named = len(first) > 2 and all(_COLUMN_NAME.fullmatch(cell) for cell in first)
    if all(is_in("generic", cell) or targets(cell, is_close_enough=False) for cell in first):
        is_named = True
    is_named = is_named and len(table.rows) > 1
    names: Sequence[str] = first if is_named else ()
    for row, place in list(zip(table.rows, table.places, strict=True))[1 if is_named else 0 :]:
        padded = [*names, *[""] * len(row)][: len(row)]
        pairs = [(name, cell) for name, cell in zip(padded, row, strict=True) if cell]
        if len(row) > 2 and names:
            text = " / ".join(f"{name}: {cell}" for name, cell in pairs)
        else:
            text = (": " if len(row) == 2 else " / ").join(cell for _name, cell in pairs)
        if pairs:
            yield text.replace("\n", " "), place


def _says(cell: str) -> bool:
    return bool(cell) and not is_in("generic", cell) and not is_nothing(cell)
