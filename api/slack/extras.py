"""What goes with an answer: what may be done with it by this person, and its charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import structlog

from api.render.charts import is_cut_short, png, vega_lite
from api.render.charts.whole import with_all_rows
from api.render.slack.offers import Offer, PlanOffer
from api.render.slack.text import label
from api.render.trace import trace_of
from api.slack.outbox import File
from api.slack.registry import Workplace
from assistant.answer import Answer
from crm.errors import TagayasuError
from crm.scope import Principal
from plans.stored import Stored

_CHARTS = 3
_ALT, _NAME = 2000, 100
log = structlog.get_logger(__name__)


def offer(workplace: Workplace, who: Principal, answer: Answer) -> Offer:
    """What this person may do with an answer, as their rights are now."""
    planner = workplace.workspace.planner
    plan: PlanOffer | None = None
    account: str | None = None
    try:
        if answer.plan_id:
            plan = plan_offer(workplace, who, planner.get(who, answer.plan_id))
        elif answer.account_id and may_draft(workplace, who, answer.account_id):
            account = answer.account_id
    except TagayasuError as error:
        log.info("slack.no_offer", kind=type(error).__name__)
    return Offer(
        answer_id=answer.id,
        thread=answer.thread,
        has_figures=bool(answer.facts),
        account_id=account,
        plan=plan,
        waits=answer.waits.digest if answer.waits else None,
        choices=answer.choices,
        choosing=answer.choosing or "",
        address=address(workplace, plan, answer.account_id),
    )


def plan_offer(workplace: Workplace, who: Principal, stored: Stored) -> PlanOffer:
    """What somebody may do with a plan on this version."""
    may_write = workplace.workspace.desk.tables(who).may_write(stored.account_id)
    return PlanOffer(
        plan_id=stored.plan_id,
        version=stored.version,
        moves=tuple(workplace.workspace.planner.moves(who, stored)),
        state=stored.state,
        may_edit=may_write and stored.state != "closed",
    )


def may_draft(workplace: Workplace, who: Principal, account_id: str) -> bool:
    """Whether the account has no live plan yet, and this person may draw one up."""
    live = [p for p in workplace.workspace.planner.all(who, account_id) if p.state != "closed"]
    return not live and workplace.workspace.desk.tables(who).may_write(account_id)


def address(workplace: Workplace, plan: PlanOffer | None, account_id: str | None) -> str | None:
    """Where an answer's matter is shown in a browser; None without an address of ours."""
    base = workplace.assistant.settings.slack.web_address.rstrip("/")
    if not base:
        return None
    if plan is not None:
        return f"{base}/plans/{quote(plan.plan_id, safe='')}"
    return f"{base}/accounts/{quote(account_id, safe='')}" if account_id else None


def asked_with(answer: Answer, tool: str) -> Mapping[str, Any] | None:
    """What the tool was asked with; None where it was asked in several ways.

    A result does not say which of them it answers: another's rows would be drawn in its name.
    """
    ways = [call.arguments for call in answer.tool_calls if call.name == tool]
    is_one = all(way == ways[0] for way in ways)
    return (ways[0] if ways else {}) if is_one else None


def charts(workplace: Workplace, who: Principal, answer: Answer, *, alone: bool) -> Iterator[File]:
    """The charts of an answer as pictures, each with what it says in words."""
    desk = workplace.assistant
    for number, result in enumerate(answer.charts[:_CHARTS], 1):
        given = asked_with(answer, result.tool)
        try:
            whole = result if given is None else with_all_rows(desk, who, result, given)
            spec = None if is_cut_short(whole) else vega_lite(whole, answer.language)
            drawn = png(spec) if spec else None
        except Exception as error:  # noqa: BLE001 - an answer without its picture is still one
            log.error("slack.chart", tool=result.tool, trace=trace_of(error))
            continue
        if spec and drawn:
            told = label(str(spec["description"]), _ALT)
            name = f"{result.tool}-{number}.png"
            yield File(name, label(told, _NAME), drawn, told, alone=alone)
