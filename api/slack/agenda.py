"""The meetings that a person has next, from the data and from their calendar."""

from __future__ import annotations

from collections.abc import Sequence

from api.slack.registry import Workplace
from assistant.notices.schedule import Meeting
from crm.scope import Principal, today

_DAYS = 7


def ahead(workplace: Workplace, who: Principal) -> Sequence[Meeting]:
    """The meetings of the next days, each account once."""
    workspace = workplace.workspace
    chosen = workspace.preferences.of(who.person_id)
    day = today(workspace.settings)
    agenda = workspace.meetings.of(who, chosen, day, _DAYS)
    return list({meeting.account_id: meeting for meeting in reversed(agenda.meetings)}.values())[
        ::-1
    ]
