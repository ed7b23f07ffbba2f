"""The briefing ahead of a meeting: the account's page, with the meeting that it is for above it."""

from __future__ import annotations

from datetime import date

from assistant.answer import Answer
from assistant.desk import Desk
from assistant.notices.page import Page, account_name, clock
from assistant.notices.preferences import Preference
from assistant.notices.schedule import Meeting
from crm.directory import Principal
from tools.arguments import Arguments
from tools.facts import Text, Value


def briefing_ahead(
    desk: Desk, who: Principal, meeting: Meeting, chosen: Preference, day: date
) -> Answer:
    """The briefing for a meeting. Raises NotFoundError when its account cannot be seen."""
    above = _above(desk, who, meeting, chosen, day)
    page = desk.brief(who, meeting.account_id, chosen.language, day)
    return page.model_copy(
        update={
            "text": f"{above.text}\n\n{page.text}",
            "blocks": (*above.blocks, *page.blocks),
            "facts": (*above.facts, *page.facts),
        }
    )


def _above(desk: Desk, who: Principal, meeting: Meeting, chosen: Preference, day: date) -> Answer:
    tables = desk.tables(who)
    page = Page("briefing", desk, tables, Arguments(as_of=day), chosen.language)
    time = clock(meeting.start, chosen.zone)
    columns: dict[str, list[Value]] = {
        "meeting.account": [account_name(tables, meeting.account_id)],
        "meeting.title": [meeting.title or None],
        "meeting.day": [meeting.day],
        "meeting.time": [time],
    }
    order = Text(ja="日時の早い順", en="earliest first")
    [row] = page.rows(page.book.table(columns, ["meeting:0"], sort=order)).rows()
    phrase = ("timed" if time else "dated") + ("" if meeting.title else "_untitled")
    page.add(
        page.say(
            phrase,
            account=row("meeting.account"),
            title=row("meeting.title"),
            day=row("meeting.day"),
            time=row("meeting.time"),
        )
    )
    return page.answer()
