"""White space: what peers buy and this account does not; an estimate, and said to be one.

Source: docs/metrics.md (whitespace). Peers are the visible customers of the same industry and size
band; a category is spoken of only with enough peers, enough of whom buy it. The potential is
calculated in potentials.py, the state in whitespace_state.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
from ibis import _
from pydantic import Field

from crm.scope import ScopedTables
from tools.arguments import open_book
from tools.exact import ratio
from tools.facts import Chart, FactBook, LeftOut, Text, ToolResult, Value
from tools.listing import descending, first_rows
from tools.portfolio import (
    PortfolioArguments,
    listed_accounts,
    record_name,
    warn_without_statuses,
)
from tools.potentials import bought_lines, category_spend, peer_groups
from tools.potentials import potentials as potentials
from tools.query import Row, attach, fetch, fetch_one, times
from tools.tool import Tool
from tools.whitespace_map import white_space_map
from tools.whitespace_state import standing_columns, standings

_MARGINS = pa.schema({"category": pa.string(), "margin": pa.decimal128(18, 6)})


class WhiteSpaceArguments(PortfolioArguments):
    """Whose white space to look for; without an account, that of all accounts."""

    by_department: bool = Field(
        default=False,
        description="What each department of the customer buys, in the place of the potential.",
    )
    limit: int = Field(default=20, ge=1, le=500, description="Rows at the most.")


def white_space(tables: ScopedTables, arguments: WhiteSpaceArguments) -> ToolResult:
    """Categories with a potential at an account, or anywhere, largest potential times margin first.

    Potential: the median of the buying peers' spend for each employee (or unit of revenue) times
    the account's own, less what it buys; trailing 365 days, workspace currency. Raises
    NotFoundError for an account that is not visible, MissingDataError without order_lines or
    products. Source: docs/metrics.md (whitespace).
    """
    book = open_book("white_space", tables, arguments, "white_space")
    accounts = listed_accounts(tables, arguments)
    if arguments.account_id:
        record_name(book, tables, arguments.account_id)
    if arguments.by_department:
        return _by_department(tables, arguments, book, accounts)
    warn_without_statuses(book, tables)
    spaces = _spaces(tables, arguments.as_of, accounts)
    _record_estimate(tables, arguments, book, accounts, spaces)
    rows, total = first_rows(
        spaces,
        [descending("worth"), descending("potential")],
        arguments.limit,
        ties=("account_id", "category"),
    )
    found = standings(tables, arguments.as_of, rows)
    columns: dict[str, Sequence[Value]] = {
        "whitespace.category": [r["category"] for r in rows],
        "whitespace.state": [s.state for s in found],
        "whitespace.buyers": [ratio(r["buying"], r["peers"]) for r in rows],
        "whitespace.own": [r["own"] for r in rows],
        "whitespace.potential": [r["potential"] for r in rows],
        "whitespace.margin": [r["margin"] for r in rows],
        **standing_columns(found),
    }
    sort = Text(ja="拡大余地 × 粗利率の大きい順", en="largest potential times margin first")
    whose = None if arguments.account_id else "account.name"
    chart = Chart(kind="bar", x="whitespace.category", y="whitespace.potential", label=whose)
    result = _listed(tables, arguments, book, columns, rows, sort, total, chart)
    drawn = white_space_map(tables, book, accounts, rows)
    return result.model_copy(update={"parts": (drawn,)}) if drawn else result


def _spaces(tables: ScopedTables, as_of: date, accounts: ibis.Table) -> ibis.Table:
    """The potentials of these accounts that are above zero, with `worth`: potential x margin."""
    margins = category_margins(tables, as_of)
    spaces = potentials(tables, as_of).filter(_.potential > 0)
    spaces = spaces.join(accounts.select("account_id", "name"), "account_id")
    spaces = attach(spaces, margins, "category", "category", margin="margin")
    return spaces.mutate(worth=times(spaces.potential, spaces.margin).fill_null(0))


def category_margins(tables: ScopedTables, as_of: date) -> ibis.Table:
    """The gross margin of each category over all visible accounts, of all its net sales.

    `category` and `margin` (6 decimals; NULL when no cost is known) in the trailing 365 days.
    """
    return tables.keep(("category_margins", as_of), lambda: _margins(tables, as_of))


def _margins(tables: ScopedTables, as_of: date) -> pa.Table:
    summed = category_spend(tables, as_of).group_by("category")
    rows = fetch(summed.agg(own=_.own.sum(), costed=_.costed.sum(), cost=_.cost.sum()))
    margins = [
        {
            "category": row["category"],
            "margin": None if row["cost"] is None else _share(row["costed"] - row["cost"], row),
        }
        for row in rows
    ]
    return pa.Table.from_pylist(margins, schema=_MARGINS)


def _share(profit: Decimal, row: Row) -> Decimal | None:
    share = ratio(profit, row["own"])
    return None if share is None else share.quantize(Decimal("0.000001"))


def _record_estimate(
    tables: ScopedTables,
    arguments: WhiteSpaceArguments,
    book: FactBook,
    accounts: ibis.Table,
    spaces: ibis.Table,
) -> None:
    """The sum of the potentials, and how many accounts cannot be estimated, and why."""
    minimum = tables.settings.white_space.minimum_peers
    groups = peer_groups(tables, arguments.as_of).semi_join(accounts, "account_id")
    row = fetch_one(
        groups.agg(
            n=_.count(),
            peers=_.peers.max(),
            no_size=_.account_id.count(where=_.scale.isnull()),
            few=_.account_id.count(where=_.scale.notnull() & (_.peers < minimum)),
        )
    )
    if arguments.account_id:
        book.add("whitespace.peers", row["peers"], rows=row["peers"])
        _warn_of_one(book, row)
    else:
        _warn_of_several(book, row)
    found = fetch_one(spaces.agg(total=_.potential.sum(), n=_.count()))
    nobody = row["n"] == row["no_size"] + row["few"]
    book.add(
        "whitespace.total",
        None if nobody else found["total"] or Decimal(0),
        rows=found["n"],
        left_out=[
            LeftOut(rows=row["no_size"], reason=Text(ja="規模が不明", en="size unknown")),
            LeftOut(rows=row["few"], reason=Text(ja="比較できる顧客が少ない", en="too few peers")),
        ],
    )


def _warn_of_one(book: FactBook, row: Row) -> None:
    if row["no_size"]:
        book.warn(
            "従業員数も年商も不明なため、ホワイトスペースは推計できません。",
            "Neither employees nor revenue is known: white space cannot be estimated.",
        )
    elif row["few"]:
        book.warn(
            "業種と規模が同じ顧客が少ないため、ホワイトスペースは推計できません。",
            "Too few customers share its industry and size: white space cannot be estimated.",
        )


def _warn_of_several(book: FactBook, row: Row) -> None:
    if row["no_size"] or row["few"]:
        book.warn(
            f"ホワイトスペースを推計できない取引先があります（規模が不明 {row['no_size']}社、"
            f"業種と規模が同じ顧客が少ない {row['few']}社）。",
            f"White space cannot be estimated for some accounts: {row['no_size']} of unknown "
            f"size, {row['few']} with too few customers of their industry and size.",
        )


def _by_department(
    tables: ScopedTables, arguments: WhiteSpaceArguments, book: FactBook, accounts: ibis.Table
) -> ToolResult:
    """What each department bought in each category in the year, largest first; no potential."""
    if not tables.has("order_lines", "department"):
        book.warn(
            "購入部署（order_lines の department）が登録されていないため、部署別に分けられません。"
            "取り込みの対応表に追加してください。",
            "Sales cannot be told apart by department: order_lines.department is not filled. "
            "Add it to the mapping and import.",
        )
    lines = bought_lines(tables, arguments.as_of)
    spent = lines.group_by("account_id", "category", "department").agg(own=_.net_amount.sum())
    spent = spent.join(accounts.select("account_id", "name"), "account_id")
    rows, total = first_rows(
        spent,
        [descending("own")],
        arguments.limit,
        ties=("account_id", "category", "department"),
    )
    found = standings(tables, arguments.as_of, rows)
    columns: dict[str, Sequence[Value]] = {
        "whitespace.category": [r["category"] for r in rows],
        "whitespace.department": [r["department"] for r in rows],
        "whitespace.state": [s.state for s in found],
        "whitespace.own": [r["own"] for r in rows],
        **standing_columns(found),
    }
    sort = Text(ja="購入額の大きい順", en="largest spend first")
    chart = Chart(
        kind="map",
        x="whitespace.category",
        y="whitespace.department",
        colour="whitespace.state",
        label=None if arguments.account_id else "account.name",
        figures=("whitespace.own",),
    )
    return _listed(tables, arguments, book, columns, rows, sort, total, chart)


def _listed(
    tables: ScopedTables,
    arguments: WhiteSpaceArguments,
    book: FactBook,
    columns: Mapping[str, Sequence[Value]],
    rows: Sequence[Row],
    sort: Text,
    total: int,
    chart: Chart,
) -> ToolResult:
    """The table: about one account by category, about several with the account's name first."""
    if rows and "wallets" not in tables:
        book.warn(
            "顧客の購買額（wallets）が登録されていないため、ウォレットシェアと競合は不明です。"
            "取り込みの対応表に追加してください。",
            "Share of wallet and competitors are unknown: this workspace has no `wallets`. "
            "Add that table to the mapping and import.",
        )
    subjects = [f"category:{r['category']}" for r in rows]
    if arguments.by_department:
        subjects = [f"{s}/{r['department'] or ''}" for s, r in zip(subjects, rows, strict=True)]
    if arguments.account_id is None:
        columns = {"account.name": [r["name"] for r in rows], **columns}
        subjects = [f"account:{r['account_id']}/{s}" for s, r in zip(subjects, rows, strict=True)]
    table = book.table(columns, subjects, sort=sort, total_rows=total)
    return book.result(table=table, chart=chart)


WHITE_SPACE = Tool(
    "white_space",
    WhiteSpaceArguments,
    white_space,
    Text(
        ja="ホワイトスペース: 同業・同規模の顧客が買い、この顧客が買っていないもの。"
        "一社についても、全取引先についても、購入部署別にも",
        en="White space: what customers like it buy and it does not; of one account or of all, "
        "or what each department buys",
    ),
    needs=("accounts", "products", "order_lines"),
)
