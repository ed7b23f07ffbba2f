"""The days that figures are of stand beside them; a period still to come is said to be empty."""

from __future__ import annotations

from crm.periods import Period
from tools.facts import FactBook


def record_span(book: FactBook, asked: Period) -> None:
    """Record the first and last day looked at; of a period that begins after as_of, none."""
    book.add("meta.from", asked.start)
    if asked.end >= asked.start:
        book.add("meta.to", asked.end)
        return
    book.warn(
        f"期間が基準日（{book.as_of}）より後に始まるため、実績はまだありません。",
        f"The period begins after {book.as_of}: there is nothing in it yet.",
    )
