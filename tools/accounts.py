"""An account is found by its names and shown with its figures; several matches are all returned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import ibis
from ibis import _
from pydantic import Field
from rapidfuzz import fuzz, process

from crm.names import match_key, normal
from crm.periods import trailing
from crm.scope import ScopedTables
from tools.arguments import AccountArguments, Arguments, open_book
from tools.exact import change, ratio
from tools.facts import FactBook, LeftOut, Text, ToolResult
from tools.format import how_many
from tools.money import COST_ITEMS, LABOUR, account_money, hours_are_priced
from tools.query import Row, attach, fetch, fetch_one
from tools.sales import account_orders
from tools.tool import Tool
from tools.trend import sales_trend

YEAR = 365
_TYPO_SCORE = 82
_NEAR_SCORE = 90
_ORDER = ("id", "exact", "alias", "kana", "part", "typo")


class FindAccountArguments(Arguments):
    """What somebody calls an account."""

    text: str = Field(
        min_length=1, max_length=200, description="Name, part of it, alias, kana or id."
    )
    limit: int = Field(default=8, ge=1, le=50, description="Matches at the most.")


@dataclass(frozen=True)
class Match:
    """An account that a text may mean: how it fits, and how well (0-100)."""

    account_id: str
    name: str
    industry: str | None
    city: str | None
    how: str
    score: int


@dataclass(frozen=True)
class NamedAccount:
    """An account with every name it is known by, each as (kind, match key)."""

    account_id: str
    name: str
    industry: str | None
    city: str | None
    keys: tuple[tuple[str, str], ...]


def named_accounts(tables: ScopedTables) -> list[NamedAccount]:
    """Every visible account with its match keys, in the order of their ids."""
    columns = ["account_id", "name", "name_kana", "aliases", "industry", "city"]
    rows = fetch(tables["accounts"].select(*columns).order_by("account_id"))
    return [
        NamedAccount(r["account_id"], r["name"], r["industry"], r["city"], tuple(_keys(r)))
        for r in rows
    ]


def _keys(row: Row) -> list[tuple[str, str]]:
    keys = [("id", normal(row["account_id"])), ("exact", match_key(row["name"]))]
    keys += [("alias", match_key(a)) for a in (row["aliases"] or "").split(";") if a.strip()]
    if row["name_kana"]:
        keys.append(("kana", match_key(row["name_kana"])))
    return [(kind, key) for kind, key in keys if key]


def matches(accounts: list[NamedAccount], text: str) -> list[Match]:
    """The accounts a text may mean, best first.

    An exact fit leaves out all but those whose name is nearly the same (a letter more or less).
    """
    wanted = match_key(text)
    identity = normal(text.strip())
    found: dict[str, Match] = {}
    for account in accounts:
        for kind, key in account.keys:
            if key == (identity if kind == "id" else wanted):
                _keep(found, account, kind, 100)
            elif kind != "id" and len(wanted) >= 2 and wanted in key:
                _keep(found, account, "part", round(60 + 39 * len(wanted) / len(key)))
    exact = {m.account_id: m for m in found.values() if m.score == 100}
    if exact:
        found = exact
    if all(m.how != "id" for m in found.values()) and (exact or not found):
        for account, score in _typos(accounts, wanted, _NEAR_SCORE if exact else _TYPO_SCORE):
            _keep(found, account, "typo", score)
    return sorted(found.values(), key=lambda m: (_ORDER.index(m.how), -m.score, m.account_id))


def _typos(
    accounts: list[NamedAccount], wanted: str, at_least: int
) -> list[tuple[NamedAccount, int]]:
    keys = [(a, key) for a in accounts for kind, key in a.keys if kind != "id"]
    scored = process.extract(
        wanted, [key for _a, key in keys], scorer=fuzz.ratio, score_cutoff=at_least, limit=20
    )
    return [(keys[index][0], round(score)) for _key, score, index in scored]


def _keep(found: dict[str, Match], account: NamedAccount, how: str, score: int) -> None:
    present = found.get(account.account_id)
    if present is None or score > present.score:
        found[account.account_id] = Match(
            account.account_id, account.name, account.industry, account.city, how, score
        )


def find_account(tables: ScopedTables, arguments: FindAccountArguments) -> ToolResult:
    """The accounts a text may mean; one exact fit alone is certain, anything else is a choice."""
    book = open_book("find_account", tables, arguments)
    found = matches(named_accounts(tables), arguments.text)
    book.add("find.match_count", len(found), rows=len(found))
    if not found:
        book.warn(
            f"「{arguments.text}」に該当する取引先は見つかりません。",
            f"No account fits “{arguments.text}”.",
        )
    if len(found) == 1 and found[0].score == 100:
        book.add("account.id", found[0].account_id, rows=1)
        book.add("account.name", found[0].name, rows=1)
    table = book.table(
        {
            "account.id": [m.account_id for m in found],
            "account.name": [m.name for m in found],
            "account.industry": [m.industry for m in found],
            "account.city": [m.city for m in found],
            "find.how": [m.how for m in found],
            "find.score": [m.score for m in found],
        },
        [f"account:{m.account_id}" for m in found],
        sort=Text(ja="一致の良い順", en="best match first"),
        limit=arguments.limit,
    )
    return book.result(table=table)


def account_overview(tables: ScopedTables, arguments: AccountArguments) -> ToolResult:
    """Who an account is, and a year of sales and profit against the year before.

    The part `sales_trend` has its net sales by quarter.
    """
    tables.require_account(arguments.account_id)
    book = open_book("account_overview", tables, arguments)
    _record_profile(tables, book, arguments.account_id)
    trend = None
    if "order_lines" in tables:
        _record_money(tables, book, arguments)
        trend = sales_trend(tables, book, arguments.account_id)
    else:
        book.warn(
            "受注明細がないため、売上と利益は分かりません。",
            "There are no order lines: sales and profit are unknown.",
        )
    _record_wallet(tables, book, arguments)
    result = book.result()
    return result.model_copy(update={"parts": (trend,)}) if trend else result


def _record_profile(tables: ScopedTables, book: FactBook, account_id: str) -> None:
    accounts = tables["accounts"]
    one = accounts.filter(_.account_id == account_id)
    one = attach(one, accounts, "parent_id", "account_id", parent_name="name")
    if "people" in tables:
        one = attach(
            one, tables["people"], "owner_id", "person_id", owner_name="name", owner_team="team"
        )
    else:
        one = one.mutate(owner_name=one.owner_id, owner_team=ibis.null("string"))
    row = fetch_one(one)
    for fact, column in (
        ("account.id", "account_id"),
        ("account.name", "name"),
        ("account.industry", "industry"),
        ("account.channel", "channel"),
        ("account.country", "country"),
        ("account.region", "region"),
        ("account.city", "city"),
        ("account.employees", "employees"),
        ("account.annual_revenue", "annual_revenue"),
        ("account.founded_year", "founded_year"),
        ("account.status", "status"),
        ("account.owner", "owner_name"),
        ("account.team", "owner_team"),
        ("account.parent", "parent_name"),
        ("account.stage", "current_stage"),
        ("account.target_stage", "target_stage"),
        ("account.contract_end", "contract_end"),
    ):
        book.add(fact, row[column], rows=1)
    children = fetch_one(accounts.filter(_.parent_id == account_id).agg(n=_.count()))["n"]
    book.add("account.subsidiaries", children, rows=children)


def _orders(tables: ScopedTables, arguments: AccountArguments) -> int:
    orders = account_orders(tables, trailing(arguments.as_of, YEAR))
    rows = fetch(orders.filter(_.account_id == arguments.account_id))
    return int(rows[0]["orders"]) if rows else 0


def _record_money(tables: ScopedTables, book: FactBook, arguments: AccountArguments) -> None:
    now, before = (
        fetch_one(
            account_money(tables, trailing(arguments.as_of, YEAR, back)).filter(
                _.account_id == arguments.account_id
            )
        )
        for back in (0, 1)
    )
    lines, costed = now["lines"], now["lines"] - now["uncosted"]
    left_out = [LeftOut(rows=now["uncosted"], reason=Text(ja="原価が不明", en="cost unknown"))]
    sold = {"list_sales", "discount"}
    if not lines:  # of no lines at all there is nothing unknown
        now, before = ({**row, **dict.fromkeys(sold, Decimal(0))} for row in (now, before))
    book.add("sales.net_sales", now["net_sales"], rows=lines)
    book.add("sales.net_sales_before", before["net_sales"], rows=before["lines"])
    book.add("sales.change", change(now["net_sales"], before["net_sales"]), rows=lines)
    book.add("sales.orders", _orders(tables, arguments), rows=lines)
    book.add("sales.list_sales", now["list_sales"], rows=lines)
    book.add("sales.discount", now["discount"], rows=lines)
    book.add("sales.discount_rate", ratio(now["discount"], now["list_sales"]), rows=lines)
    standard_cost = now["standard_cost"] if costed or not lines else None
    book.add("profit.standard_cost", standard_cost, rows=costed, left_out=left_out)
    book.add("profit.gross_profit", now["gross_profit"], rows=costed, left_out=left_out)
    gross_margin = ratio(now["gross_profit"], now["net_costed"])
    book.add("profit.gross_margin", gross_margin, rows=costed)
    freight = now["freight"] if tables.has("order_lines", "freight") else None
    book.add("profit.freight", freight, rows=lines)
    for item in COST_ITEMS:
        cost = now[f"cost_{item}"]
        told = hours_are_priced(tables) if item == LABOUR else "direct_costs" in tables
        book.add(f"profit.cost_{item}", cost if told or cost else None)
    book.add("profit.contribution", now["contribution"], rows=costed, left_out=left_out)
    book.add("profit.contribution_before", before["contribution"], rows=before["lines"])
    for name, row in (("", now), ("_before", before)):
        margin = ratio(row["contribution"], row["net_costed"])
        book.add(f"profit.contribution_margin{name}", margin, rows=row["lines"] - row["uncosted"])
    if now["uncosted"]:
        book.warn(
            f"原価が不明な明細が{now['uncosted']}件あり、利益は原価の分かる明細だけで計算しました。",
            f"{how_many(now['uncosted'], 'order line has', 'order lines have')} no cost; "
            "profit covers the others.",
        )
    if not tables.has("order_lines", "freight"):
        book.warn("運賃の記録がありません。", "Freight is not recorded.")
    if "direct_costs" not in tables:
        book.warn(
            "直接費の記録がないため、利益は原価と運賃だけを引いたものです。",
            "There are no direct costs: profit is after product cost and freight only.",
        )


def _record_wallet(tables: ScopedTables, book: FactBook, arguments: AccountArguments) -> None:
    """Share of wallet: the latest estimate of each category against our sales in it."""
    if "wallets" not in tables:
        return
    own = tables["wallets"].filter(_.account_id == arguments.account_id)
    row = fetch_one(own.agg(spend=_.spend.sum(), ours=_.our_share.count(), n=_.count()))
    if not row["n"]:
        return
    shares = fetch(own.select("spend", "our_share"))
    known = [r for r in shares if r["our_share"] is not None]
    ours = sum((r["spend"] * r["our_share"] for r in known), Decimal(0))
    spend = sum((r["spend"] for r in known), Decimal(0))
    book.add("wallet.spend", row["spend"], rows=row["n"])
    book.add(
        "wallet.share",
        ratio(ours, spend),
        rows=len(known),
        left_out=[
            LeftOut(
                rows=row["n"] - len(known),
                reason=Text(ja="当社の割合が不明", en="our share unknown"),
            )
        ],
    )


FIND_ACCOUNT = Tool(
    "find_account",
    FindAccountArguments,
    find_account,
    Text(
        ja="名称・略称・カナ・英語名・IDから取引先を探す（候補が複数なら全て返す）",
        en="Find an account by name, part of it, alias, kana or id; several fits are all returned",
    ),
    needs=("accounts",),
)

ACCOUNT_OVERVIEW = Tool(
    "account_overview",
    AccountArguments,
    account_overview,
    Text(
        ja="一つの取引先の概要: 属性、直近一年の売上と利益、前年との比較",
        en="One account: who they are, sales and profit of the last year against the year before",
    ),
    needs=("accounts",),
)
