"""A file is opened, within limits: what it consists of, and what it says outside its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.planning.importing.asides import asides
from assistant.planning.importing.blocks import Block, Table, blocks
from assistant.planning.importing.sheets import sheet_blocks
from crm.errors import InputError
from crm.text import visible
from knowledge.readers import PACKED, Reader
from knowledge.sources import MAX_BYTES
from knowledge.workbook import Sheet

SUFFIXES = (".docx", ".xlsx", ".pptx", ".md", ".markdown")
MAX_LINES = 5_000
"""Lines and rows of a document."""


@dataclass(frozen=True)
class Document:
    """A document's `name`, what it consists of, and its asides: text, place, and code of each."""

    name: str
    blocks: Sequence[Block]
    asides: Sequence[tuple[str, str, str]]

    def order(self) -> Mapping[str, int]:
        """The places of its blocks, numbered in their order."""
        listed = (
            place
            for one in self.blocks
            for place in (one.places if isinstance(one, Table) else (one.place,))
        )
        return {place: n for n, place in enumerate(dict.fromkeys(listed))}


def opened(path: Path) -> Document:
    """Open a file. Raises InputError when it cannot be read, or is too large."""
    name, suffix = visible(path.name), path.suffix.lower()
    data = _bytes(path, suffix)
    told: list[tuple[str, str, str]] = []
    with Reader() as reader:
        if suffix == ".xlsx":
            book = reader.sheets(str(path), data)
            found = sheet_blocks(book)
            told += [aside for sheet in book for aside in _of_sheet(sheet)]
        else:
            found = blocks(reader.markdown(str(path), suffix, data), name, suffix)
    if sum(len(one.rows) if isinstance(one, Table) else 1 for one in found) > MAX_LINES:
        raise InputError(
            f"{path} has more than {MAX_LINES:,} lines.", "Import the account plan alone."
        )
    if suffix in PACKED:
        told += [(text, name, code) for code, text in asides(data)]
    return Document(name, found, told)


def _bytes(path: Path, suffix: str) -> bytes:
    if suffix not in SUFFIXES:
        raise InputError(
            f"{path} is of a kind that cannot be imported.", f"Use one of {', '.join(SUFFIXES)}."
        )
    if not path.is_file():
        raise InputError(f"There is no file {path}.", "Check the name.")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path} is larger than {MAX_BYTES // 2**20} MiB.", "Split it.")
    data = path.read_bytes()
    if not data.strip():
        raise InputError(f"{path} is empty.", "Check that it is the right file.")
    return data


def _of_sheet(sheet: Sheet) -> Iterator[tuple[str, str, str]]:
    for code, by_cell in (("comment", sheet.comments), ("formula", sheet.formulas)):
        for cell, text in by_cell.items():
            yield visible(text), f"{visible(sheet.name)} {cell}", code
