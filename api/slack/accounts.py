"""Which account some words name, linked as in conversations; only those a person may see exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.slack.registry import Workplace
from assistant.builtin.entities import near_names, other_name, whole_names
from crm.scope import Principal
from tools.accounts import Match, named_accounts

_MOST = 8


@dataclass(frozen=True)
class Meant:
    """The accounts that words may mean: one is certain; `near` are names that are like it."""

    accounts: tuple[Match, ...] = ()
    near: Sequence[str] = ()

    @property
    def only(self) -> Match | None:
        return self.accounts[0] if len(self.accounts) == 1 else None


def meant(workplace: Workplace, who: Principal, text: str) -> Meant:
    """The accounts that a few words name: whole names first, else parts of names and slips."""
    accounts = named_accounts(workplace.workspace.desk.tables(who))
    links = whole_names(text, accounts) or [other_name(text, text, accounts)]
    found = _once([match for link in links for match in link.accounts])
    return Meant(found[:_MOST], () if found else near_names(text, accounts))


def mentioned(workplace: Workplace, who: Principal, text: str) -> tuple[Match, ...]:
    """The accounts whose whole names stand in a longer text, in its order."""
    accounts = named_accounts(workplace.workspace.desk.tables(who))
    links = whole_names(text, accounts)
    return _once([match for link in links for match in link.accounts])[:_MOST]


def _once(found: Sequence[Match]) -> tuple[Match, ...]:
    return tuple({match.account_id: match for match in found}.values())
