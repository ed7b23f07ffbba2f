"""Accounts: found by name, briefed about, and those that need attention."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker
from api.http.paging import Cursor, Limit, Listing, Page, unfit
from api.http.routes.answers import NOT_THERE, AccountId, AsOf, Spoken, routes
from api.http.schemas import AnswerOut, ResultOut, Words
from api.http.schemas_house import AccountOut
from api.http.state import Opened
from api.render.json import answer_json, lame, result_json
from assistant import accounts
from assistant.accounts import Account, Place
from crm.scope import ScopedTables

router = routes("accounts")


@router.get(
    "/accounts",
    response_model=Page[AccountOut],
    summary="List accounts, or find them by name",
    operation_id="listAccounts",
)
async def list_accounts(
    asker: Asker,
    door: Opened,
    name: Annotated[
        Words | None,
        Query(
            min_length=1,
            max_length=accounts.MOST,
            description="A name, part of one, alias, kana or id: the best match first.",
        ),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The accounts that the asker may see: by their ids, or with `name` those that may be meant."""
    tables = await asyncio.to_thread(door.assistant.tables, asker)
    if name is None:
        return await asyncio.to_thread(_listed, tables, limit, cursor)
    return await asyncio.to_thread(_found, tables, name, limit, cursor)


def _listed(tables: ScopedTables, limit: int, cursor: str | None) -> Response:
    at = _ALL.after(cursor)
    return _ALL.page(accounts.listed(tables, limit + 1, at[0] if at else None), limit)


def _found(tables: ScopedTables, name: str, limit: int, cursor: str | None) -> Response:
    return _FOUND.page(accounts.found(tables, name, limit + 1, _place(cursor)), limit)


def _place(cursor: str | None) -> Place | None:
    at = _FOUND.after(cursor)
    if at is None:
        return None
    how, score, id_ = at
    try:
        return int(how[:4]), int(score[:4]), id_
    except ValueError:
        raise unfit() from None


@router.get(
    "/accounts/{account_id}",
    response_model=AccountOut,
    summary="Read an account",
    operation_id="readAccount",
    responses=NOT_THERE,
)
async def read_account(account_id: AccountId, asker: Asker, door: Opened) -> Response:
    """Who they are; `POST /v1/tools/account_overview` has their figures."""
    tables = await asyncio.to_thread(door.assistant.tables, asker)
    return JSONResponse(_shown(await asyncio.to_thread(accounts.account, tables, account_id)))


@router.get(
    "/accounts/{account_id}/briefing",
    response_model=AnswerOut,
    summary="One page before a meeting",
    operation_id="briefing",
    responses=NOT_THERE,
)
async def briefing(
    account_id: AccountId,
    asker: Asker,
    door: Opened,
    language: Spoken = None,
    as_of: AsOf = None,
) -> Response:
    """The briefing page on an account, without conversation: who they are, where we stand, whom
    one meets, what changed, deals, money, what to say and what to ask.
    """
    answer = await asyncio.to_thread(door.assistant.brief, asker, account_id, language, as_of)
    return JSONResponse(answer_json(answer))


@router.get(
    "/attention",
    response_model=ResultOut,
    summary="Accounts that need attention",
    operation_id="attention",
)
async def attention(
    asker: Asker,
    door: Opened,
    limit: Annotated[int, Query(ge=1, le=500, description="Accounts at the most.")] = 10,
    as_of: AsOf = None,
) -> Response:
    """The asker's accounts with signals, by money at stake times severity, with reasons and one
    next step each.
    """
    result = await asyncio.to_thread(
        door.assistant.run_tool, asker, "needs_attention", {"limit": limit}, as_of
    )
    return JSONResponse(result_json(result))


def _shown(one: Account) -> dict[str, Any]:
    said: dict[str, Any] = lame(asdict(one))
    said["stage"], said["parent_account_id"] = said.pop("current_stage"), said.pop("parent_id")
    return said


_ALL: Listing[Account] = Listing("accounts", 1, lambda one: (one.account_id,), _shown)
_FOUND: Listing[tuple[Place, Account]] = Listing(
    "found", 3, lambda pair: (str(pair[0][0]), str(pair[0][1]), pair[0][2]), lambda p: _shown(p[1])
)
