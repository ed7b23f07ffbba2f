"""A statement is a fact or a hypothesis by a rule, or what others have written, with its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ibis import _

from assistant.compose import beginning
from assistant.planning.draft.rules import sentences
from assistant.planning.draft.sources import Sources
from plans.model import Quote, Statement
from tools.query import fetch

_MARKET = 3
"""Outside statements in a first draft, at the most."""
_SPACE = re.compile(r"\s+")


def statements(rules: Mapping[str, Any], sources: Sources, goal: str | None) -> list[Statement]:
    """The statements of a first draft; hypotheses and scenarios serve the goal."""
    return [
        *_by_rules(rules, sources, goal),
        *_of_market(rules, sources),
        *_of_passages(rules, sources, goal),
    ]


def _by_rules(rules: Mapping[str, Any], sources: Sources, goal: str | None) -> Iterator[Statement]:
    language = sources.asked.language
    for place, rule in enumerate(rules["statements"]):
        supposed = rule.get("kind") == "hypothesis"
        for said in sentences(rule, sources):
            named = tuple(f for f in said.facts.values() if f"{{{{{f.key}}}}}" in said.text)
            yield Statement(
                id=f"{rule['section']}.{place:02}.{said.id}",
                section=rule["section"],
                text=said.text,
                kind="hypothesis" if supposed else "fact",
                facts=named,
                status="open" if supposed else None,
                test=rule[f"test_{language}"] if supposed else None,
                goal=goal if supposed and rule["section"] != "risk" else None,
            )


def _of_market(rules: Mapping[str, Any], sources: Sources) -> Iterator[Statement]:
    """What is known from outside about the account and its industry, the newest first."""
    tables, asked = sources.tables, sources.asked
    if not tables.has("market_facts", "subject", "statement"):
        return
    industry = sources.fact("account_overview", "account.industry")
    account = sources.fact("account_overview", "account.name")
    subjects = {str(f.value) for f in (industry, account) if f} | {asked.account_id}
    rows = fetch(
        tables["market_facts"]
        .filter(_.subject.isin(sorted(subjects)) & (_.observed_on <= asked.as_of))
        .order_by(_.observed_on.desc(), _.statement)
        .limit(_MARKET)
    )
    text = rules["market"][asked.language]
    for n, row in enumerate(rows):
        source = str(row.get("source") or "")
        yield Statement(
            id=f"industry.market.{n}",
            section="industry",
            text=text.format(source=_plain(source), text=_plain(row["statement"])),
            kind="quoted",
            quote=Quote(passage_id="", title=source, heading="", file="market_facts"),
            on=row["observed_on"],
        )


def _of_passages(
    rules: Mapping[str, Any], sources: Sources, goal: str | None
) -> Iterator[Statement]:
    """What playbooks and past plans of like accounts say, each with its source."""
    result = sources.result("search_knowledge")
    table = result.table if result else None
    if table is None:
        return
    quoted = rules["quoted"][sources.asked.language]
    for row in range(len(table.rows)):
        cells = {c.name: table.cell(row, c.name).value for c in table.columns}
        title, heading = str(cells["passage.title"]), str(cells["passage.heading"] or "")
        text = _plain(beginning(str(cells["passage.text"])))
        yield Statement(
            id=f"scenario.99.passage.{row}",
            section="scenario",
            text=quoted.format(title=_plain(title), heading=_plain(heading), text=text),
            kind="quoted",
            quote=Quote(
                passage_id=table.subjects[row].partition(":")[2],
                title=title,
                heading=heading,
                file=str(cells["passage.file"]),
            ),
            goal=goal,
        )


def _plain(text: str) -> str:
    """Text from data on one line; braces would be taken for the name of a fact."""
    return _SPACE.sub(" ", text).replace("{", "(").replace("}", ")").strip()
