"""How one plan goes: what was planned beside what is, each figure read anew by its tool."""

from __future__ import annotations

from assistant.planning.status.days import (
    local_day,
    sent_back,
    waiting_since,
    was_sent_back,
)
from assistant.planning.status.figures import kpis, stale
from assistant.planning.status.parts import actions, goals, hypotheses, reviews, share
from assistant.planning.status.standing import Followed, followed
from assistant.planning.status.whole import About, record_counts, record_head
from crm.scope import ScopedTables
from plans.measuring import Meter
from plans.stored import Stored
from tools.arguments import Arguments, open_book
from tools.facts import ToolResult
from tools.portfolio import record_name

__all__ = [
    "About",
    "Followed",
    "followed",
    "local_day",
    "plan_status",
    "sent_back",
    "share",
    "waiting_since",
    "was_sent_back",
]

_SETTINGS = ("plans", "attention")


def plan_status(
    stored: Stored, about: About, meter: Meter, tables: ScopedTables, arguments: Arguments
) -> ToolResult:
    """The status of a plan as facts `plan.*`; its KPIs are the table, all else are parts."""
    book = open_book("plan_status", tables, arguments, *_SETTINGS)
    found = followed(stored, meter, tables, arguments.as_of)
    record_name(book, tables, stored.account_id)
    record_head(book, found, about, tables)
    if about.live > 1:
        book.warn(
            f"この取引先には有効なプランが{about.live}件あります。優先する1件を示しています。",
            f"The account has {about.live} live plans; this is the one that counts first.",
        )
    parts = [
        goals(found, tables, arguments),
        actions(found, tables, arguments),
        stale(found, meter, tables, arguments, book),
        hypotheses(found, tables, arguments, book),
        reviews(found, tables, arguments),
    ]
    record_counts(book, found)
    table = kpis(book, found)
    for part in parts:
        for warning in part.warnings:
            book.warn(warning.ja, warning.en)
    return book.result(table=table).model_copy(update={"parts": tuple(parts)})
