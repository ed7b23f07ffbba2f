"""The assistant's container opens with a greeting and with prompts that fit the person now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import structlog

from api.render.slack import sentence
from api.render.slack.text import label
from api.render.trace import trace_of
from api.slack.agenda import ahead
from api.slack.item import Item
from api.slack.outbox import Post
from api.slack.phrases import say
from api.slack.registry import Workplace
from api.slack.reply import Reply
from api.slack.visitor import Visitor, visitor_of
from assistant.overview import attention, role_of
from crm.errors import TagayasuError

_MOST = 4
_TITLE = 75
log = structlog.get_logger(__name__)


async def started(item: Item, workplace: Workplace, reply: Reply) -> None:
    """Greet, and suggest what this person may want to ask now."""
    visitor = await visitor_of(item, workplace)
    if visitor is None:
        language = workplace.assistant.settings.company.language
        await reply.answer([Post(sentence(say("greeting_unknown", language)))])
        return
    language = visitor.language
    prompts = await asyncio.to_thread(_prompts, workplace, visitor)
    await workplace.delivery.set_suggested_prompts(
        item.channel, item.thread_ts, prompts, title=say("prompts_title", language)
    )
    await reply.answer([Post(sentence(say("greeting", language, name=visitor.who.name)))])


def _prompts(workplace: Workplace, visitor: Visitor) -> list[tuple[str, str]]:
    """At most four, each once: the next meeting, a plan with gaps, an account without one."""
    found: dict[str, str] = {}
    try:
        for title, ask in _fitting(workplace, visitor):
            found.setdefault(label(title, _TITLE), ask)
            if len(found) == _MOST:
                break
    except TagayasuError as error:
        log.info("slack.prompts", kind=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - a greeting without prompts is still one
        log.error("slack.prompts", trace=trace_of(error))
    return list(found.items())


def _fitting(workplace: Workplace, visitor: Visitor) -> Iterator[tuple[str, str]]:
    language, planner = visitor.language, workplace.workspace.planner
    for meeting in ahead(workplace, visitor.who)[:2]:
        account = planner.name(visitor.who, meeting.account_id)
        yield (
            say("prompt_brief", language, account=account),
            say("ask_brief", language, account=account),
        )
    live = [plan for plan in planner.all(visitor.who) if plan.state == "draft"]
    for plan in [plan for plan in live if plan.owner_id == visitor.who.person_id][:1]:
        if planner.checked(planner.get(visitor.who, plan.plan_id)).gaps:
            account = plan.head.account_name
            yield (
                say("prompt_gaps", language, account=account),
                say("prompt_gaps_ask", language, account=account),
            )
    yield say("prompt_attention", language), say("ask_attention", language)
    if role_of(visitor.who) != "rep":
        yield say("prompt_portfolio", language), say("prompt_portfolio_ask", language)
    planned = {plan.account_id for plan in planner.all(visitor.who) if plan.state != "closed"}
    _said, accounts = attention(workplace.assistant, visitor.who, language, limit=3)
    for noticed in accounts:
        account = planner.name(visitor.who, noticed.account_id)
        yield (
            say("prompt_brief", language, account=account),
            say("ask_brief", language, account=account),
        )
        if noticed.account_id not in planned:
            yield (
                say("prompt_draft", language, account=account),
                say("ask_draft", language, account=account),
            )
