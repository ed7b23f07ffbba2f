"""A plan written elsewhere becomes one of ours; every piece is in it, or listed with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.planning.importing.blocks import Block, Heading, Table
from assistant.planning.importing.collected import Collected, Unplaced
from assistant.planning.importing.document import Document, opened
from assistant.planning.importing.head import HeadReader
from assistant.planning.importing.headings import targets, why
from assistant.planning.importing.outline import outline
from assistant.planning.importing.placing import Placer
from assistant.planning.importing.values import Calendar
from crm.errors import InputError
from crm.periods import Period
from plans.model import Head, Plan


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
    document = opened(path)
    collected = Collected(document.name)
    calendar = Calendar(Period(asked.head.start, asked.head.end), asked.start_month)
    head = HeadReader(asked.head, calendar, asked.has_period, collected.leave)
    suffix = path.suffix.lower()
    is_workbook = suffix == ".xlsx"
    titled = _without_title(document.blocks, head, is_workbook=is_workbook)
    laid_out = outline(titled, is_slides=suffix == ".pptx")
    Placer(head, collected, is_workbook=is_workbook).place(laid_out)
    placed = collected.counts()
    if not laid_out.is_recognised and not placed:
        raise InputError(
            f"{path} has no heading that an account plan has.",
            "Give its parts headings such as 目標 and アクションプラン, or Goals and Action plan.",
        )
    if head.count:
        placed = {"head": head.count, **placed}
    for text, place, code in document.asides:
        collected.leave(text, place, why(code))
    return Imported(collected.plan(head.head), _in_order(collected.unplaced, document), placed)


def _in_order(unplaced: Sequence[Unplaced], document: Document) -> tuple[Unplaced, ...]:
    """What was left, in the order of the document; what stands outside its text comes last."""
    order = document.order()
    return tuple(sorted(unplaced, key=lambda one: order.get(one.place, len(order))))


def _without_title(
    found: Sequence[Block], head: HeadReader, *, is_workbook: bool
) -> Sequence[Block]:
    """The blocks of a document; its title, where it begins with one, becomes that of the plan."""
    at = _title(found, head, is_workbook=is_workbook)
    if at is None:
        return found
    title = found[at]
    if isinstance(title, Table):
        return found
    head.title(title.text)
    kept = [replace(title, text="")] if isinstance(title, Heading) else []
    return [*found[:at], *kept, *found[at + 1 :]]


def _title(found: Sequence[Block], head: HeadReader, *, is_workbook: bool) -> int | None:
    """Which of the first two texts is the title, the one that names the account before the other.

    What stands below the line that a cover begins with is a title in any words.
    In a workbook they stand below the name of the first sheet, which is a title only if it names
    the account.
    """
    fit: list[int] = []
    is_below_cover = False
    for at, one in enumerate(found[:4]):
        if isinstance(one, Table):
            break
        if not one.text or (is_workbook and at == 0 and not head.names(one.text)):
            continue
        if head.is_cover(one.text):
            is_below_cover = True
            continue
        is_title = head.is_title(one.text) or (is_below_cover and head.is_short(one.text))
        if (isinstance(one, Heading) and targets(one.text)) or not is_title:
            break
        fit.append(at)
        is_below_cover = False
    named = [at for at in fit if head.names(getattr(found[at], "text", ""))]
    return next(iter(named or fit), None)
