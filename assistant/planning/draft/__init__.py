"""A first plan for an account: what the data know, by the rules of prompts/plans/draft.yaml.

A rule's sentence stands only when every fact it names is known, so that nothing is filled in where
the data say nothing: that is left as a gap for the checks, and asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ibis import _

from assistant.planning.draft.actions import actions
from assistant.planning.draft.asked import Asked, usual_period
from assistant.planning.draft.measures import goal, kpis
from assistant.planning.draft.people import key_persons, team
from assistant.planning.draft.rules import rules
from assistant.planning.draft.sources import Sources
from assistant.planning.draft.statements import statements
from crm.periods import add_months
from crm.scope import ScopedTables
from plans.model import Appointment, Head, Plan
from tools.catalog import Catalog
from tools.query import fetch

__all__ = ["Asked", "draft", "head", "usual_period"]

_MONTHS_OF = {"month": 1, "quarter": 3}


def draft(catalog: Catalog, tables: ScopedTables, asked: Asked) -> Plan:
    """The first plan of an account, from what the asker may see.

    Raises NotFoundError when there is no such account to be seen.
    """
    tables.require_account(asked.account_id)
    sources, by = Sources(catalog, tables, asked), rules()
    first, about = goal(by, sources), _head(by, sources)
    return Plan(
        head=about,
        statements=tuple(statements(by, sources, first.id)),
        people=tuple(key_persons(sources)),
        goals=(first,),
        actions=tuple(actions(by, sources, first.id)),
        team=tuple(team(sources, about.owner_id)),
        kpis=tuple(kpis(by, sources)),
        calendar=tuple(_calendar(by, asked)),
    )


def head(catalog: Catalog, tables: ScopedTables, asked: Asked) -> Head:
    """What the data say a plan of the account is about.

    Raises NotFoundError when there is no such account to be seen.
    """
    tables.require_account(asked.account_id)
    return _head(rules(), Sources(catalog, tables, asked))


def _head(by: Mapping[str, Any], sources: Sources) -> Head:
    asked, tables = sources.asked, sources.tables
    name = sources.shown("account_overview", "account.name") or asked.account_id
    title: str = by["titles"][asked.language]
    own = tables["accounts"].filter(_.account_id == asked.account_id).select("owner_id")
    return Head(
        account_id=asked.account_id,
        account_name=name,
        title=title.format(name=name, period=sources.period_name()),
        language=asked.language,
        currency=tables.settings.company.currency,
        start=asked.period.start,
        end=asked.period.end,
        as_of=asked.as_of,
        owner_id=fetch(own)[0]["owner_id"],
        owner=sources.shown("account_overview", "account.owner"),
    )


def _calendar(by: Mapping[str, Any], asked: Asked) -> Iterator[Appointment]:
    """The reviews that come back, the first a month or a quarter after the plan begins."""
    begins = max(asked.period.start, asked.as_of)
    for rule in by["calendar"]:
        yield Appointment(
            id=rule["id"],
            what=rule[asked.language],
            level=rule["level"],
            every=rule["every"],
            first=add_months(begins, _MONTHS_OF[rule["every"]]),
        )
