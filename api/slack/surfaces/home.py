"""The App Home: what matters to this person now, worked out when they open or refresh it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime

import structlog

from api.render.slack.home import (
    AccountLine,
    ActionLine,
    HomePage,
    PlanLine,
    View,
    home,
    loading,
    refresh,
    told,
)
from api.render.slack.words import beside, word
from api.render.trace import trace_of
from api.slack.agenda import ahead
from api.slack.extras import address, plan_offer
from api.slack.item import Item
from api.slack.registry import AtOnce, Workplace
from api.slack.reply import Reply
from api.slack.visitor import Visitor, visitor_of
from assistant.ledger import plain
from assistant.notices.schedule import Meeting
from assistant.overview import DueAction, overview
from crm.errors import WorkspaceError
from crm.scope import MissingDataError
from crm.settings import Language
from plans.stored import Stored
from plans.wording import code_word
from tools.format import show_date

log = structlog.get_logger(__name__)


async def waiting(item: Item, workplace: Workplace) -> AtOnce:
    """The page says at once that it is being put together, where it is not there yet."""
    if not (item.payload.get("view") or {}).get("blocks"):
        language = workplace.assistant.settings.company.language
        await workplace.delivery.publish_view(item.user, loading(language))
    return AtOnce()


async def opened(item: Item, workplace: Workplace, _reply: Reply) -> None:
    """Put the page together and show it."""
    visitor = await visitor_of(item, workplace)
    if visitor is None:
        language = workplace.assistant.settings.company.language
        view = told(word("home_unknown", language))
    else:
        view = await asyncio.to_thread(_view, workplace, visitor)
    await workplace.delivery.publish_view(item.user, view)


def _view(workplace: Workplace, visitor: Visitor) -> View:
    language = visitor.language
    try:
        return home(page(workplace, visitor), language)
    except (MissingDataError, WorkspaceError):
        return told(word("home_no_data", language), [refresh(language)])
    except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
        log_id = secrets.token_hex(6)
        log.error("slack.home", log_id=log_id, trace=trace_of(error))
        return told(word("home_failed", language, log_id=log_id), [refresh(language)])


def page(workplace: Workplace, visitor: Visitor) -> HomePage:
    """What stands on the page of this person."""
    workspace, who, language = workplace.workspace, visitor.who, visitor.language
    found = overview(workspace.desk, workspace.planner, who, language)
    zone = workspace.preferences.of(who.person_id).zone
    now = datetime.now(zone)
    names = {one.account_id: one for one in ahead(workplace, who)}
    leads = found.role != "rep"
    return HomePage(
        name=who.name,
        role=found.role,
        time=f"{show_date(now.date(), language)} {now:%H:%M}",
        attention=found.said,
        accounts=[AccountLine(one.account_id, one.text) for one in found.accounts],
        due=[_action(one, language) for one in found.due] if found.due or not leads else None,
        approvals=_plans(workplace, visitor, found.approvals),
        coverage=found.coverage,
        meetings=[_meeting(workplace, visitor, one) for one in names.values()],
        plans=_plans(workplace, visitor, found.plans) or (),
        address=address(workplace, None, None),
    )


def _meeting(workplace: Workplace, visitor: Visitor, meeting: Meeting) -> AccountLine:
    name = workplace.workspace.planner.name(visitor.who, meeting.account_id)
    day = show_date(meeting.day, visitor.language)
    zone = workplace.workspace.preferences.of(visitor.who.person_id).zone
    at = f" {meeting.start.astimezone(zone):%H:%M}" if meeting.start else ""
    text = beside(visitor.language, f"**{day}{at}**", plain(name), plain(meeting.title))
    return AccountLine(meeting.account_id, text)


def _action(due: DueAction, language: Language) -> ActionLine:
    action, head = due.standing.action, due.stored.head
    day = show_date(due.day, language)
    late = word("home_overdue", language) if due.standing.state == "overdue" else ""
    text = beside(language, f"**{day}**{late}", plain(action.what), plain(head.account_name))
    return ActionLine(due.stored.plan_id, action.id, text)


def _plans(
    workplace: Workplace, visitor: Visitor, plans: Sequence[Stored] | None
) -> list[PlanLine] | None:
    if plans is None:
        return None
    return [_plan(workplace, visitor, stored) for stored in plans]


def _plan(workplace: Workplace, visitor: Visitor, stored: Stored) -> PlanLine:
    language = visitor.language
    state = code_word("state", stored.state, language)
    owner = plain(stored.head.owner or "")
    text = beside(language, f"**{plain(stored.head.title)}**", state, owner)
    return PlanLine(plan_offer(workplace, visitor.who, stored), text)
