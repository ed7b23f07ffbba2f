"""A call is about the accounts that a clause names, else about the one just spoken of.

An account in doubt is asked about, and one that is named but not known is said to be unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assistant.builtin.dialogue import Before
from assistant.builtin.entities import Linked, near_names
from assistant.builtin.examples import Intent
from assistant.builtin.moves import Ask, Call, Move, Say
from assistant.builtin.reading.clause import Clause
from assistant.builtin.words import plain_form
from tools.accounts import NamedAccount

_MOST_CHOICES = 8
_OF_ONE = frozenset({
    "deepening_stage", "depth_score", "driver_grid", "portfolio_zones", "abcd_matrix",
    "compare_grids", "key_account_selection", "engagement_report", "white_space",
})  # fmt: skip
"""Tools that go on speaking of the account just spoken of, unless many are asked for."""
_OF_MANY = re.compile(
    r"取引先(?!と)|顧客|会社|企業|お客|各社|全体|全社|一覧|どこ|どの|何社|accounts|customers|companies|which|overall|all\b"
)


def about(call: Call, account: str) -> Call:
    """The call about one account, whoever owns it."""
    more: dict[str, Any] = {"level": "account"} if call.tool == "targets_and_gap" else {}
    if not call.arguments.get("where"):
        more |= {"owner_id": None, "team": None}
    if call.tool in _OF_ONE:
        more["limit"] = None
    return call.with_(account_id=account, **more)


def with_account(call: Call, link: Linked) -> list[Move]:
    """The call about the account that is named, or the question which of several it is."""
    if link.only:
        return [about(call, link.only)]
    return [Ask(call, link.text or link.accounts[0].name, link.accounts[:_MOST_CHOICES])]


def unknown(text: str, accounts: Sequence[NamedAccount]) -> Say:
    """That no account has a name, with the names that are like it."""
    return Say("no_account", text, tuple(near_names(text, accounts)))


def with_links(
    calls: Sequence[Call], clause: Clause, accounts: Sequence[NamedAccount]
) -> list[Move]:
    """Each call about each account named, in order."""
    found: list[Move] = []
    for call in calls:
        for link in clause.links:
            if link.accounts:
                found += with_account(call, link)
            elif link.is_named:
                found.append(unknown(link.text, accounts))
    return found


def on_account(
    calls: list[Call],
    intent: Intent,
    clause: Clause,
    before: Before,
    accounts: Sequence[NamedAccount],
) -> list[Move]:
    """The calls of an intent that is about accounts, about those that are meant."""
    if clause.has_account:
        return with_links(calls, clause, accounts)
    back = clause.slots.refers_back and before.account
    likely = next((link for link in clause.links if link.text), None)
    if intent.account == "optional":
        if clause.unknown:
            return [unknown(clause.unknown, accounts)]
        if back:
            return [about(call, back) for call in calls]
        if not clause.slots.points_at:
            if calls and _goes_on(calls[0], clause, before):
                return [about(call, str(before.account)) for call in calls]
            return list(calls)
    elif likely is not None and not (back and not clause.unknown):
        return [unknown(likely.text, accounts)]
    elif before.account:
        return [about(call, before.account) for call in calls]
    return [Ask(calls[0])]


def _goes_on(call: Call, clause: Clause, before: Before) -> bool:
    """Whether a question that names no account is about the one just spoken of."""
    spoken = bool(before.calls) and "account_id" in before.calls[-1].arguments
    slots = clause.slots
    of_others = slots.people or slots.teams or slots.mine or slots.limit or slots.thresholds
    return (
        spoken
        and call.tool in _OF_ONE
        and not of_others
        and not (slots.letter or slots.place)
        and not _OF_MANY.search(plain_form(clause.text))
    )
