"""A plan written elsewhere becomes one of ours; every piece is in it, or listed with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.planning.importing.blocks import Block, Heading, Table, blocks
from assistant.planning.importing.collected import Collected, Unplaced
from assistant.planning.importing.head import HeadReader
from assistant.planning.importing.headings import targets
from assistant.planning.importing.outline import outline
from assistant.planning.importing.placing import Placer
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
    collected = Collected(name)
    calendar = Calendar(Period(asked.head.start, asked.head.end), asked.start_month)
    head = HeadReader(asked.head, calendar, asked.has_period, collected.leave)
    laid_out = outline(_without_title(found, head))
    Placer(head, collected, is_workbook=suffix == ".xlsx").place(laid_out)
    placed = collected.counts()
    if not laid_out.is_recognised and not placed:
        raise InputError(
            f"{path} has no heading that an account plan has.",
            "Give its parts headings such as 目標 and アクションプラン, or Goals and Action plan.",
        )
    if head.count:
        placed = {"head": head.count, **placed}
    return Imported(collected.plan(head.head), tuple(collected.unplaced), placed)


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


def _without_title(found: Sequence[Block], head: HeadReader) -> Sequence[Block]:
    """The blocks of a document; its title, where it begins with one, becomes that of the plan."""
    at = next((n for n, one in enumerate(found) if isinstance(one, Table) or one.text), None)
    first = found[at] if at is not None else None
    if at is None or first is None or isinstance(first, Table):
        return found
    if (isinstance(first, Heading) and targets(first.text)) or not head.title(first.text):
        return found
    kept = [replace(first, text="")] if isinstance(first, Heading) else []
    return [*found[:at], *kept, *found[at + 1 :]]
