"""What may be done with an answer stands below it, in the order in which it matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.render.slack.elements import Button, Element, button, link, menu, row, text
from api.render.slack.words import word
from crm.settings import Language
from plans.model import State

_EDITS = ("edit_action", "edit_goal", "edit_review")
_EXPORTS = ("export_docx", "export_pptx", "export_xlsx")
CHOICES = 9


@dataclass(frozen=True)
class PlanOffer:
    """What this person may do with the plan that an answer is about, on the version shown."""

    plan_id: str
    version: int
    moves: tuple[State, ...]
    state: State
    may_edit: bool


@dataclass(frozen=True)
class Offer:
    """What may be done with an answer: `waits` is the digest of what a yes would do,
    `choosing` that of the readings of which one is chosen.

    `thread` is the conversation in which a button goes on; each person has their own of that name.
    `account_id` is an account that has no plan yet, `address` where the answer's matter is shown
    in a browser.
    """

    answer_id: str = ""
    thread: str = ""
    has_figures: bool = False
    account_id: str | None = None
    plan: PlanOffer | None = None
    waits: str | None = None
    choices: tuple[str, ...] = ()
    choosing: str = ""
    address: str | None = None


def under(offer: Offer, language: Language) -> list[Element]:
    """The blocks below an answer; at most five."""
    blocks = [*_decisions(offer, language), *row(_more(offer, language))]
    if offer.answer_id:
        blocks.append(feedback(offer.answer_id, language))
    return blocks


def _decisions(offer: Offer, language: Language) -> list[Element]:
    if offer.waits:
        about: dict[str, str | int] = {"digest": offer.waits, "thread": offer.thread}
        yes = Button("say_yes", word("yes", language), about, style="primary")
        no = Button("say_no", word("no", language), about)
        return row([button(yes), button(no)])
    if offer.choices:
        return [
            {
                "type": "actions",
                "elements": [
                    button(Button(f"say:{n}", f"{n}. {words}", _choice(n, offer)))
                    for n, words in enumerate(offer.choices[:CHOICES], 1)
                ],
            }
        ]
    if offer.plan is not None and offer.plan.state == "in_review":
        return decisions(offer.plan, language)
    return []


def _choice(number: int, offer: Offer) -> dict[str, str | int]:
    """A reading by its number, bound to the readings that were listed."""
    return {"number": number, "of": offer.choosing, "thread": offer.thread}


def decisions(plan: PlanOffer, language: Language) -> list[Element]:
    """Approve or send back, for whoever may; bound to the version that was shown."""
    about: dict[str, str | int] = {"plan": plan.plan_id, "version": plan.version}
    found = []
    if "approved" in plan.moves:
        sure = {
            "title": word("approve", language),
            "text": word("approve_sure", language, version=plan.version),
            "yes": word("approve", language),
            "no": word("cancel", language),
        }
        words = word("approve", language)
        found.append(button(Button("approve", words, about, style="primary", sure=sure)))
    if "draft" in plan.moves:
        found.append(button(Button("send_back", word("send_back", language), about)))
    return row(found)


def _more(offer: Offer, language: Language) -> list[Element]:
    found: list[Element] = []
    if offer.has_figures:
        about = {"answer": offer.answer_id}
        found.append(button(Button("evidence", word("evidence", language), about)))
    if offer.account_id:
        about = {"account": offer.account_id, "thread": offer.thread}
        found.append(button(Button("draft_plan", word("draft_plan", language), about)))
    if offer.plan is not None:
        found.append(plan_menu(offer.plan, language))
    if offer.address:
        found.append(link("open_web", word("open_web", language), offer.address))
    return found


def plan_menu(plan: PlanOffer, language: Language) -> Element:
    """What can be done with a plan: edited, where it may be, and taken along."""
    names = (*(_EDITS if plan.may_edit else ()), *_EXPORTS)
    choices = [(f"{name}:{plan.plan_id}", word(name, language)) for name in names]
    return menu("plan_menu", word("plan_menu", language), choices)


def feedback(answer_id: str, language: Language) -> dict[str, Any]:
    """Whether the answer was useful."""
    kinds = (("positive_button", "useful"), ("negative_button", "not_useful"))
    sides = {
        side: {
            "text": text(word(name, language)),
            "accessibility_label": word(f"{name}_read", language),
            "value": f"{name}:{answer_id}",
        }
        for side, name in kinds
    }
    element = {"type": "feedback_buttons", "action_id": "feedback", **sides}
    return {"type": "context_actions", "elements": [element]}
