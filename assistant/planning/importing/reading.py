"""A plan written elsewhere becomes one of ours; every piece is in it, or listed with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.planning.importing.blocks import Block, Heading, Table, blocks
from assistant.planning.importing.head import HeadReader
from assistant.planning.importing.headings import targets
from assistant.planning.importing.outline import outline
from assistant.planning.importing.placing import Placer, Unplaced
from assistant.planning.importing.values import Calendar
from crm.errors import InputError
from crm.periods import Period
from crm.text import visible
from knowledge.readers import Reader
from knowledge.sources import MAX_BYTES
from plans.model import Head, Plan

SUFFIXES = (".docx", ".xlsx", ".pptx", ".md", ".markdown")
MAX_LINES = 5_000
"""Lines and rows of a document."""


@dataclass(frozen=True)
class Asked:
    """For which account and period: what the data say of it, and the month when years begin.

    `has_period` tells that the period was asked for; else that of the document is taken.
    """

    head: Head
    has_period: bool
    start_month: int


@dataclass(frozen=True)
class Imported:
    """The plan, what is not in it, and how much was placed in the head and each section."""

    plan: Plan
    unplaced: tuple[Unplaced, ...]
    placed: Mapping[str, int]


def read_plan(path: Path, asked: Asked) -> Imported:
    """Read a plan of an account from a file.

    Raises InputError when the file cannot be read, is too large, or has no heading that is known.
    """
    name, suffix = visible(path.name), path.suffix.lower()
    found = blocks(_markdown(path, suffix), name, suffix)
    lines = sum(len(b.rows) if isinstance(b, Table) else 1 for b in found)
    if lines > MAX_LINES:
        raise InputError(
            f"{path} has more than {MAX_LINES:,} lines.", "Import the account plan alone."
        )
    unplaced: list[Unplaced] = []
    reader = _head(asked, unplaced)
    if found and _is_title(found[0], reader):
        first = found[0]
        found[:1] = [replace(first, text="")] if isinstance(first, Heading) else []
    placer = Placer(reader, name, suffix, unplaced)
    laid_out = outline(found)
    placer.place(laid_out)
    placed = placer.counts()
    if not laid_out.is_recognised and not placed.keys() - {"head"}:
        raise InputError(
            f"{path} has no heading that an account plan has.",
            "Give its parts headings such as 目標 and アクションプラン, or Goals and Action plan.",
        )
    return Imported(placer.plan(), tuple(unplaced), placed)


def _markdown(path: Path, suffix: str) -> str:
    if suffix not in SUFFIXES:
        raise InputError(
            f"{path} is of a kind that cannot be imported.", f"Use one of {', '.join(SUFFIXES)}."
        )
    if not path.is_file():
        raise InputError(f"There is no file {path}.", "Check the name.")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"{path} is larger than {MAX_BYTES // 2**20} MiB.", "Split it.")
    with Reader() as reader:
        return reader.markdown(str(path), suffix, path.read_bytes())


def _head(asked: Asked, unplaced: list[Unplaced]) -> HeadReader:
    calendar = Calendar(Period(asked.head.start, asked.head.end), asked.start_month)
    return HeadReader(
        asked.head,
        calendar,
        asked.has_period,
        lambda text, place, reason: unplaced.append(Unplaced(text, place, reason)),
    )


def _is_title(first: Block, reader: HeadReader) -> bool:
    """Whether a document begins with its title, which becomes that of the plan."""
    if isinstance(first, Table) or not first.text:
        return False
    return not (isinstance(first, Heading) and targets(first.text)) and reader.title(first.text)
