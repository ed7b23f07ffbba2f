"""The strongest ways to be introduced; where there is none, what to send instead.

Source: docs/metrics.md (route); how long a way may be in the [introductions] settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ibis import _
from pydantic import Field

from crm.errors import InputError, NotFoundError
from crm.periods import trailing
from crm.scope import ScopedTables
from tools.arguments import GroupArguments, open_book
from tools.exact import decimal
from tools.facts import Chart, FactBook, Text, ToolResult, Value
from tools.introduction_graph import IntroductionGraph, Node, Route, introduction_graph, rank
from tools.portfolio import with_owner
from tools.query import Row, fetch, fetch_one, inside
from tools.relationships import present_on
from tools.tool import Tool

CONTENT_DAYS = 180
_ARROW = " → "


class IntroductionArguments(GroupArguments):
    """Whom to reach, and who sets out."""

    account_id: str | None = Field(
        default=None, description="Account whose decision makers to reach (else its executives)."
    )
    contact_id: str | None = Field(default=None, description="Contact to reach.")
    from_person_id: str | None = Field(
        default=None, description="Only routes that start from this person of ours."
    )
    limit: int = Field(default=5, ge=1, le=50, description="Routes at the most.")


@dataclass(frozen=True)
class _Aim:
    """The account, and the contacts there that are to be reached."""

    account: Row
    targets: tuple[Row, ...]


def introduction_routes(tables: ScopedTables, arguments: IntroductionArguments) -> ToolResult:
    """The strongest route of each kind to each contact aimed at; else one outbound row.

    The strength of a route is the product of those of its steps, each between 0 and 1.
    """
    book = open_book("introduction_routes", tables, arguments, "introductions")
    aim = _aim(tables, arguments)
    start = _start(tables, arguments.from_person_id)
    graph = introduction_graph(tables, aim.account["account_id"], arguments.as_of)
    routes: list[Route] = []
    for target in aim.targets:
        starts = {start} if start else graph.starts
        node = ("contact", target["contact_id"])
        routes += graph.routes(node, starts, tables.settings.introductions.steps)
    routes.sort(key=rank)
    book.add("route.targets", len(aim.targets), rows=len(graph.contacts))
    book.add("route.count", len(routes), rows=len(graph.graph.edges))
    _warn(tables, book, graph)
    if routes:
        return _routes(book, graph, routes, arguments.limit)
    first = graph.names.get(start, start[1]) if start else aim.account["owner"]
    return _outbound(tables, book, aim, first, arguments.as_of)


def _aim(tables: ScopedTables, arguments: IntroductionArguments) -> _Aim:
    """Whom to reach: the contact asked for, else decision makers, else executives, else all."""
    account_id = arguments.account_id
    if arguments.contact_id:
        contact = _contact(tables, arguments.contact_id, arguments.as_of)
        if account_id not in (None, contact["account_id"]):
            raise InputError(
                f"The contact `{arguments.contact_id}` is not at `{account_id}`.",
                "Give only one of `contact_id` and `account_id`.",
            )
        return _Aim(_account(tables, contact["account_id"]), (contact,))
    if account_id is None:
        raise InputError("It is not said whom to reach.", "Give `account_id` or `contact_id`.")
    account = _account(tables, account_id)
    present = (
        tables["contacts"].filter(_.account_id == account_id).filter(present_on(arguments.as_of))
    )
    people = sorted(fetch(present), key=lambda r: (-(r["influence"] or 0), r["contact_id"]))
    deciders = [p for p in people if p["buying_role"] == "decision_maker"]
    executives = [p for p in people if p["level"] == "executive"]
    return _Aim(account, tuple(deciders or executives or people))


def _account(tables: ScopedTables, account_id: str) -> Row:
    tables.require_account(account_id)
    one = tables["accounts"].filter(_.account_id == account_id)
    return fetch_one(with_owner(tables, one).select("account_id", "name", "industry", "owner"))


def _contact(tables: ScopedTables, contact_id: str, as_of: date) -> Row:
    found = fetch(tables["contacts"].filter(_.contact_id == contact_id))
    if not found:
        raise NotFoundError(
            f"There is no contact `{contact_id}` that you can see.",
            "relationship_map lists those of an account.",
        )
    left = found[0]["left_on"]
    if left is not None and left <= as_of:
        raise InputError(
            f"The contact `{contact_id}` left on {left}.", "Name somebody who is present."
        )
    return found[0]


def _start(tables: ScopedTables, person_id: str | None) -> Node | None:
    if person_id is None:
        return None
    if "people" in tables:
        one = tables["people"].filter(_.person_id == person_id)
        if not fetch_one(one.agg(n=_.count()))["n"]:
            raise NotFoundError(
                f"There is no person `{person_id}` among us.", "Check the `people` table."
            )
    return ("person", person_id)


def _warn(tables: ScopedTables, book: FactBook, graph: IntroductionGraph) -> None:
    if "relationships" not in tables:
        book.warn(
            "紹介につながる関係（relationships）の記録がないため、当社の活動と先方の上下関係だけで"
            "経路を探しました。",
            "There are no relationships: routes rest on our own activities and on who reports to "
            "whom.",
        )
    if not tables.has("activities", "contact_id", "person_id"):
        book.warn(
            "活動の相手と担当（activities の contact_id、person_id）の記録がないため、"
            "当社が直接知る方は分かりません。",
            "activities.contact_id and person_id are not filled: whom we know ourselves is "
            "unknown.",
        )
    if graph.unknown_strength:
        book.warn(
            f"強さが不明な関係が{graph.unknown_strength}件あり、経路から除きました。",
            f"Relationships left out because their strength is unknown: {graph.unknown_strength}.",
        )


def _routes(
    book: FactBook, graph: IntroductionGraph, routes: list[Route], limit: int
) -> ToolResult:
    columns: dict[str, list[Value]] = {
        "route.path": [_ARROW.join(graph.names[n] for n in r.nodes) for r in routes],
        "route.strength": [decimal(r.strength) for r in routes],
        "route.steps": [r.steps for r in routes],
        "route.kind": [r.kind for r in routes],
        "route.first": [graph.names[r.nodes[0]] for r in routes],
        "route.via": ["; ".join(r.via) for r in routes],
        "route.target": [graph.names[r.target] for r in routes],
    }
    table = book.table(
        columns,
        [f"route:{n}" for n in range(1, len(routes) + 1)],
        sort=Text(ja="強い順、同じ強さなら短い順", en="strongest first, then shortest"),
        limit=limit,
    )
    return book.result(table=table, chart=Chart(kind="routes", x="route.first", y="route.target"))


def _outbound(
    tables: ScopedTables, book: FactBook, aim: _Aim, first: str | None, as_of: date
) -> ToolResult:
    """One row: nobody can introduce us, so write to them, with what they are likely to read."""
    target = aim.targets[0]["name"] if aim.targets else aim.account["name"]
    content = _content(tables, aim.account, as_of)
    if content is None:
        book.warn(
            "資料の閲覧記録がないため、送る内容は提案できません。",
            "There are no document views to suggest what to send.",
        )
    columns: dict[str, list[Value]] = {
        "route.path": [_ARROW.join(name for name in (first, target) if name)],
        "route.strength": [None],
        "route.steps": [None],
        "route.kind": ["outbound"],
        "route.first": [first],
        "route.target": [target],
        "route.content": [content],
    }
    table = book.table(
        columns,
        ["route:1"],
        sort=Text(ja="紹介の経路がないため直接", en="no route, so directly"),
    )
    return book.result(table=table)


def _content(tables: ScopedTables, account: Row, as_of: date) -> str | None:
    """The document most viewed at the account lately, else at accounts of its industry."""
    if "engagements" not in tables:
        return None
    views = tables["engagements"].filter(inside(trailing(as_of, CONTENT_DAYS), "viewed_at"))
    own = views.filter(_.account_id == account["account_id"])
    alike = tables["accounts"].filter(_.industry == account["industry"])
    for rows in (own, views.semi_join(alike, "account_id")):
        counted = rows.group_by("document").agg(n=_.count())
        top = fetch(counted.order_by([_.n.desc(), _.document.asc()]).limit(1))
        if top:
            return str(top[0]["document"])
        if account["industry"] is None:
            break
    return None


INTRODUCTION_ROUTES = Tool(
    "introduction_routes",
    IntroductionArguments,
    introduction_routes,
    Text(
        ja="紹介の経路: 社員・パートナー・株主・銀行・顧客の担当者を通じて決裁者に至る強い道筋、"
        "なければ送る資料",
        en="Introduction routes: the strongest ways through employees, partners, shareholders, "
        "banks and customers' staff to a decision maker, else what to send",
    ),
    needs=("accounts", "contacts"),
)
