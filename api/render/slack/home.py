"""The page a person finds under the app's name: what matters first, each with what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.render.slack.answer import section, sections
from api.render.slack.elements import Button, Element, button, context, header, link, row
from api.render.slack.offers import PlanOffer, decisions, plan_menu
from api.render.slack.text import SECTION, fitted
from api.render.slack.words import word
from assistant.answer import Block
from crm.settings import Language

View = dict[str, Any]
BLOCKS = 100
_MOST = 8


@dataclass(frozen=True)
class AccountLine:
    """An account with why it is shown, in Markdown of ours."""

    account_id: str
    text: str


@dataclass(frozen=True)
class ActionLine:
    """An action of a plan that is due."""

    plan_id: str
    item: str
    text: str


@dataclass(frozen=True)
class PlanLine:
    """A plan, and what this person may do with it."""

    offer: PlanOffer
    text: str


@dataclass(frozen=True)
class HomePage:
    """What somebody finds; None where a part is not for their role, or cannot be told."""

    name: str
    role: Literal["rep", "manager", "executive"]
    time: str
    attention: Sequence[Block] = ()
    accounts: Sequence[AccountLine] = ()
    due: Sequence[ActionLine] | None = None
    approvals: Sequence[PlanLine] | None = None
    coverage: Sequence[Block] = ()
    meetings: Sequence[AccountLine] = ()
    plans: Sequence[PlanLine] = ()
    address: str | None = None


def home(page: HomePage, language: Language) -> View:
    """The whole page."""
    blocks: list[Element] = [header(word(f"home_{page.role}", language, name=page.name))]
    blocks += row(_top(page, language))
    blocks += _approvals(page, language)
    blocks += _accounts("home_meetings", page.meetings, language)
    blocks += _attention(page, language)
    blocks += _due(page, language)
    blocks += _titled("home_coverage", sections(page.coverage), language)
    blocks += _plans(page, language)
    last = context(word("home_as_of", language, time=page.time))
    return {"type": "home", "blocks": [*blocks[: BLOCKS - 1], last]}


def loading(language: Language) -> View:
    """What is shown until the page is there."""
    return told(word("home_loading", language))


def told(words: str, buttons: Sequence[Button] = ()) -> View:
    """A page with a sentence of our own."""
    blocks: list[Element] = [section(part) for part in fitted(words)]
    return {"type": "home", "blocks": blocks + row([button(one) for one in buttons])}


def refresh(language: Language) -> Button:
    return Button("home_refresh", word("refresh", language), {})


def _top(page: HomePage, language: Language) -> list[Element]:
    found = [
        button(refresh(language)),
        button(Button("preferences", word("preferences", language), {})),
    ]
    if page.address:
        found.append(link("open_web", word("open_web", language), page.address))
    return found


def _titled(title: str, blocks: Sequence[Element], language: Language) -> list[Element]:
    if not blocks:
        return []
    return [{"type": "divider"}, section(f"*{word(title, language)}*"), *blocks]


def _attention(page: HomePage, language: Language) -> list[Element]:
    lines = [_account(one, language) for one in page.accounts[:_MOST]]
    return _titled("home_attention", [*sections(page.attention), *lines], language)


def _accounts(title: str, lines: Sequence[AccountLine], language: Language) -> list[Element]:
    return _titled(title, [_account(one, language) for one in lines[:_MOST]], language)


def _account(line: AccountLine, language: Language) -> Element:
    brief = Button("brief", word("brief", language), {"account": line.account_id})
    return {**_line(line.text), "accessory": button(brief)}


def _due(page: HomePage, language: Language) -> list[Element]:
    if page.due is None:
        return []
    lines: list[Element] = [
        {**_line(one.text), "accessory": button(_edit(one, language))} for one in page.due[:_MOST]
    ]
    if len(page.due) > _MOST:
        lines.append(context(word("home_more", language, count=len(page.due) - _MOST)))
    return _titled("home_due", lines or [section(word("home_due_none", language))], language)


def _edit(line: ActionLine, language: Language) -> Button:
    about: Mapping[str, str | int] = {"kind": "action", "plan": line.plan_id, "item": line.item}
    return Button("edit_item", word("edit", language), about)


def _approvals(page: HomePage, language: Language) -> list[Element]:
    if page.approvals is None:
        return []
    lines: list[Element] = []
    for one in page.approvals[:_MOST]:
        lines += [_shown(one, language), *decisions(one.offer, language)]
    nothing = [section(word("home_approvals_none", language))]
    return _titled("home_approvals", lines or nothing, language)


def _plans(page: HomePage, language: Language) -> list[Element]:
    lines: list[Element] = []
    for one in page.plans[:_MOST]:
        lines += [_shown(one, language), *row([plan_menu(one.offer, language)])]
    if len(page.plans) > _MOST:
        lines.append(context(word("home_more", language, count=len(page.plans) - _MOST)))
    return _titled("home_plans", lines, language)


def _shown(line: PlanLine, language: Language) -> Element:
    show = Button("show_plan", word("show_plan", language), {"plan": line.offer.plan_id})
    return {**_line(line.text), "accessory": button(show)}


def _line(words: str) -> Element:
    return section((fitted(words, SECTION) or ["-"])[0])
