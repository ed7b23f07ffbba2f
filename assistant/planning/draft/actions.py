"""An action is due within the plan's period and after today; what is done holds no live figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from assistant.planning.draft.asked import Asked
from assistant.planning.draft.rules import Rule, Sentence, sentences
from assistant.planning.draft.sources import Sources
from crm.periods import add_months
from crm.settings import Language
from plans.model import PLACEHOLDER, Action
from tools.facts import Fact
from tools.format import shown


def actions(rules: Mapping[str, Any], sources: Sources, goal: str | None) -> Iterator[Action]:
    """The actions that the data call for, all of the account's owner."""
    owner = sources.shown("account_overview", "account.owner")
    for rule in rules["actions"]:
        for said in sentences(rule, sources):
            due = _due(rule, said.facts, sources.asked)
            if due is None:
                continue
            worth = said.facts.get(rule.get("value", ""))
            to_whom = said.facts.get(rule.get("to", ""))
            yield Action(
                id=said.id,
                what=_filled(said, sources.asked.language),
                due=due,
                owner=owner,
                to_whom=str(to_whom.value) if to_whom and to_whom.value else None,
                goal=goal,
                value=worth.value if worth and isinstance(worth.value, Decimal) else None,
            )


def _due(rule: Rule, facts: Mapping[str, Fact], asked: Asked) -> date | None:
    """The day that a rule's action is due; None where the day it is counted from is no part
    of the plan, or has passed."""
    period, today = asked.period, asked.as_of
    if "before" in rule:
        day = facts[rule["before"]].value
        if not isinstance(day, date) or not max(today, period.start) < day <= period.end:
            return None
        return max(add_months(day, -rule["months"]), min(add_months(today, 1), day))
    begins = period.start
    while add_months(begins, 3) <= today + timedelta(days=1):
        begins = add_months(begins, 3)
    return min(add_months(begins, 3 * rule["quarter"]) - timedelta(days=1), period.end)


def _filled(said: Sentence, language: Language) -> str:
    """The words with names, days and codes written in."""
    by_key = {fact.key: fact for fact in said.facts.values()}
    return PLACEHOLDER.sub(lambda m: shown(by_key[m[1]], language), said.text)
