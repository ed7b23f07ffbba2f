"""Prose that a model writes for a plan: its figures and names must stand in the turn's ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.ledger import PLACEHOLDER
from crm.errors import InputError
from plans.fulfilment import STRATEGY
from plans.model import SECTIONS, Plan, Statement, new_id

if TYPE_CHECKING:
    from assistant.deps import Turn
    from tools.facts import Fact


def written_statement(section: str, text: str, turn: Turn, plan: Plan) -> Statement:
    """The statement. One that names facts is a fact; any other is an open hypothesis, for a model
    knows nothing by itself.

    Raises InputError when there is no such section, or nothing supports what the text says.
    """
    if section not in SECTIONS:
        raise InputError(
            f"A plan has no section `{section}`.", f"Use one of {', '.join(SECTIONS)}."
        )
    if failures := turn.ledger.check(text):
        raise _unsupported([failure.text for failure in failures])
    facts: dict[str, Fact] = {}
    for match in PLACEHOLDER.finditer(text):
        fact = turn.ledger.get(match[1])
        if fact is not None and facts.setdefault(fact.key, fact) != fact:
            raise _unsupported([match[0]])  # two values of one name in one statement
    keyed = PLACEHOLDER.sub(lambda m: _named(m, turn), text)
    goals = [goal.id for goal in plan.goals]
    return Statement(
        id=new_id(),
        section=section,
        text=" ".join(keyed.split()),
        kind="fact" if facts else "hypothesis",
        status=None if facts else "open",
        facts=tuple(facts.values()),
        goal=goals[0] if goals and section in STRATEGY else None,
        by=turn.principal.name,
        on=turn.as_of,
    )


def _unsupported(parts: Sequence[str]) -> InputError:
    return InputError(
        f"Nothing in this turn supports: {', '.join(parts)}.",
        "Look the facts up and name them in double braces, or leave them out.",
    )


def _named(match: re.Match[str], turn: Turn) -> str:
    """The placeholder under the fact's own key, as the plan holds it."""
    fact = turn.ledger.get(match[1])
    return match[0] if fact is None else "{{" + fact.key + "}}"
