"""Who is who at an account, and whom we meet: only those present on the day are on the map.

Source: docs/metrics.md (relationship map).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import ibis
from ibis import _
from pydantic import Field

from crm.periods import trailing
from crm.scope import ScopedTables
from tools.arguments import AccountArguments, RowArguments, open_book
from tools.depth import LEVELS
from tools.facts import Chart, FactBook, Table, Text, ToolResult, Value
from tools.query import Row, attach, fetch
from tools.tool import Tool

KEY_ROLES = ("decision_maker", "champion", "approver")
YEAR = 365
MET_DAYS = 180
_COLUMNS = (
    "contact_id", "name", "title", "department", "level", "function", "buying_role", "influence",
    "attitude",
)  # fmt: skip


class RelationshipMapArguments(AccountArguments, RowArguments):
    """Whose people to map."""

    limit: int = Field(default=100, ge=1, le=500, description="People at the most.")


def relationship_map(tables: ScopedTables, arguments: RelationshipMapArguments) -> ToolResult:
    """The contacts present, who reports to whom, who of us knows them, and what is missing."""
    tables.require_account(arguments.account_id)
    book = open_book("relationship_map", tables, arguments, "deals")
    rows = sorted(_people(tables, arguments.account_id, arguments.as_of), key=_by_level)
    _record(tables, book, rows)
    matrix = ToolResult(
        tool="relationship_matrix",
        table=_matrix(tables, book, rows),
        chart=Chart(
            kind="heatmap",
            x="contact.function",
            y="contact.level",
            colour="map.contacts",
            figures=("map.met",),
        ),
    )
    result = book.result(
        table=_map(book, rows, arguments.limit),
        chart=Chart(kind="graph", x="contact.name", y="map.reports_to", colour="map.status"),
    )
    return result.model_copy(update={"parts": (matrix,)})


def present_on(as_of: date) -> ibis.Deferred:
    """The condition that a contact has not left by the day."""
    return _.left_on.isnull() | (_.left_on > ibis.literal(as_of))


def _people(tables: ScopedTables, account_id: str, as_of: date) -> list[Row]:
    """The contacts present, with their superior, last meeting and counterpart."""
    everybody = tables["contacts"].filter(_.account_id == account_id)
    people = attach(everybody, everybody, "reports_to", "contact_id", superior="name")
    people = people.filter(present_on(as_of)).select(*_COLUMNS, "superior")
    if not tables.has("activities", "contact_id"):
        unknown = {"last_met": None, "counterpart": None, "role": None, "status": None}
        return [row | unknown for row in fetch(people)]
    last, counterparts = _meetings(tables, account_id, as_of)
    return [
        row
        | {"last_met": last.get(row["contact_id"])}
        | {"status": "met" if row["contact_id"] in last else "not_met"}
        | counterparts.get(row["contact_id"], {"counterpart": None, "role": None})
        for row in fetch(people)
    ]


def _meetings(
    tables: ScopedTables, account_id: str, as_of: date
) -> tuple[dict[str, date], dict[str, Row]]:
    """The last activity with each contact, and who of us had most with each in a year."""
    acts = tables["activities"].filter(
        _.account_id == account_id, _.contact_id.notnull(), _.occurred_on <= ibis.literal(as_of)
    )
    in_year = acts.occurred_on >= ibis.literal(trailing(as_of, YEAR).start)
    pairs = acts.group_by("contact_id", "person_id").agg(last=_.occurred_on.max(), n=in_year.sum())
    if "people" in tables:
        pairs = attach(
            pairs, tables["people"], "person_id", "person_id", counterpart="name", role="role"
        )
    else:
        pairs = pairs.mutate(counterpart=ibis.null("string"), role=ibis.null("string"))
    last: dict[str, date] = {}
    best: dict[str, Row] = {}
    rows = fetch(pairs)
    for row in sorted(rows, key=lambda r: (-r["n"], r["person_id"] or "")):
        contact = row["contact_id"]
        last[contact] = max(row["last"], last.get(contact, row["last"]))
        if row["n"] and row["person_id"]:
            name = row["counterpart"] or row["person_id"]
            best.setdefault(contact, {"counterpart": name, "role": row["role"]})
    return last, best


def _by_level(row: Row) -> tuple[int, int, str]:
    level = LEVELS.index(row["level"]) if row["level"] in LEVELS else len(LEVELS)
    return (level, -(row["influence"] or 0), row["contact_id"])


def _record(tables: ScopedTables, book: FactBook, rows: list[Row]) -> None:
    book.add("contacts.count", len(rows), rows=len(rows))
    if tables.has("contacts", "buying_role"):
        roles = {row["buying_role"] for row in rows}
        absent = [role for role in KEY_ROLES if role not in roles]
        book.add("map.missing_roles", ";".join(absent), rows=len(rows))
    else:
        book.add("map.missing_roles", None)
        _untold(book, "購買での役割", "roles in buying", "contacts.buying_role")
    met = tables.has("activities", "contact_id")
    if not met:
        _untold(book, "接点", "meetings", "activities.contact_id")
    _record_levels(tables, book, rows, met)
    days = tables.settings.deals.contact_window_days
    active = len(_met_within(rows, trailing(book.as_of, days).start)) if met else None
    single = active is not None and active < tables.settings.deals.minimum_contacts
    book.add("map.active_contacts", active, rows=len(rows))
    book.add("map.single_threaded", None if active is None else "yes" if single else "no")


def _record_levels(tables: ScopedTables, book: FactBook, rows: list[Row], met: bool) -> None:
    if not tables.has("contacts", "level"):
        _untold(book, "職位区分", "levels", "contacts.level")
        met = False
    seen = _met_within(rows, trailing(book.as_of, MET_DAYS).start)
    covered = {row["level"] for row in seen}
    for fact, levels in (
        ("map.levels_covered", [level for level in LEVELS if level in covered]),
        ("map.uncovered_levels", [level for level in LEVELS if level not in covered]),
    ):
        book.add(fact, ";".join(levels) if met else None, rows=len(rows))


def _met_within(rows: Iterable[Row], start: date) -> list[Row]:
    return [row for row in rows if row["last_met"] is not None and row["last_met"] >= start]


def _untold(book: FactBook, ja: str, en: str, column: str) -> None:
    book.warn(
        f"{ja}の記録がありません（{column} を登録してください）。",
        f"There is no record of {en}: add {column}.",
    )


def _map(book: FactBook, rows: list[Row], limit: int) -> Table:
    columns: dict[str, list[Value]] = {
        f"contact.{column}": [row[column] for row in rows] for column in _COLUMNS[1:]
    }
    columns |= {
        "map.reports_to": [row["superior"] for row in rows],
        "contact.last_met": [row["last_met"] for row in rows],
        "map.counterpart": [row["counterpart"] for row in rows],
        "map.counterpart_level": [row["role"] for row in rows],
        "map.status": [row["status"] for row in rows],
    }
    return book.table(
        columns,
        [f"contact:{row['contact_id']}" for row in rows],
        sort=Text(ja="職位、影響力の高い順", en="highest level, then most influence first"),
        limit=limit,
    )


def _matrix(tables: ScopedTables, book: FactBook, rows: list[Row]) -> Table:
    """How many contacts there are at each level of each function, and how many were met."""
    cells: dict[tuple[str | None, str | None], list[Row]] = {}
    for row in sorted(rows, key=lambda r: (_by_level(r)[0], r["function"] is None, r["function"])):
        cells.setdefault((row["level"], row["function"]), []).append(row)
    told = tables.has("activities", "contact_id")
    start = trailing(book.as_of, MET_DAYS).start
    return book.table(
        {
            "contact.level": [level for level, _function in cells],
            "contact.function": [function for _level, function in cells],
            "map.contacts": [len(people) for people in cells.values()],
            "map.met": [len(_met_within(p, start)) if told else None for p in cells.values()],
        },
        [f"cell:{level or ''}/{function or ''}" for level, function in cells],
        sort=Text(ja="職位、職能の順", en="by level, then function"),
    )


RELATIONSHIP_MAP = Tool(
    "relationship_map",
    RelationshipMapArguments,
    relationship_map,
    Text(
        ja="関係マップ: 在籍者の職位・職能・役割・態度、上下関係、当社側の相手、欠けている役割、"
        "接点のない職位、単線関係",
        en="Relationship map: who is present by level and function, role, attitude, who reports to "
        "whom, our counterparts, missing roles, uncovered levels, single-threading",
    ),
    needs=("accounts", "contacts"),
)
