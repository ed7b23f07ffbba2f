"""Companies that real exports are now and then: each is the same three accounts, spoiled once.

A company is rows by table, as tests.companies.tables_from takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from crm.schema import Column
from crm.schema import tables as canonical_tables
from crm.scope import Scope
from crm.settings import Settings
from tests.companies import EVERYTHING, SAMPLE, SAMPLE_DAY
from tests.oracles.canonical import load, rows

Row = dict[str, Any]
Company = dict[str, list[Row]]
Change = Callable[[Row], Row]

HEAD, MEMBER, OTHER = "A011", "A019", "A025"
LARGEST = Decimal("99999999999999.9999")
SINCE = date(2024, 10, 1)
"""The first day of the year before the trailing one."""
CLOCK = {"activities": "occurred_on", "order_lines": "ordered_on", "direct_costs": "incurred_on"}


@dataclass(frozen=True)
class Case:
    """A company, who asks about it, and the day that is spoken of."""

    name: str
    company: Company
    as_of: date = SAMPLE_DAY
    scope: Scope = EVERYTHING
    settings: Settings = field(default_factory=Settings)

    @property
    def quick(self) -> bool:
        """Whether it is looked at every time, and not only where the slow tests are run."""
        return self.name in QUICK

    @property
    def changed(self) -> frozenset[str] | None:
        """The tables in which it differs from the healthy company; None: as a whole."""
        if self.as_of != SAMPLE_DAY or self.scope is not EVERYTHING or self.settings != Settings():
            return None
        every = healthy()
        return frozenset(t for t in every if every[t] != self.company.get(t))


@cache
def healthy() -> Company:
    """Three accounts of the sample company, two of them a group, every table filled."""
    raw = load(SAMPLE / "data")
    found: Company = {}
    for table, spec in canonical_tables().items():
        every = [{c: row.get(c) for c in spec.names if c in row} for row in rows(raw, table)]
        if "account_id" in spec.names:
            every = [r for r in every if r["account_id"] in (HEAD, MEMBER, OTHER, None)]
        found[table] = [r for r in every if table not in CLOCK or r[CLOCK[table]] >= SINCE]
    deals = {d["opportunity_id"] for d in found["opportunities"]}
    contacts = {c["contact_id"] for c in found["contacts"]}
    found["stage_history"] = [s for s in found["stage_history"] if s["opportunity_id"] in deals]
    found["relationships"] = [r for r in found["relationships"] if r["to_contact_id"] in contacts]
    for table in ("cost_pools", "account_drivers"):
        found[table] = [r for r in found[table] if r["period"] >= "2025-10"]
    return found | {"accounts": _each(found["accounts"], _in_a_group)}


def _in_a_group(account: Row) -> Row:
    return account | ({"parent_id": HEAD} if account["account_id"] == MEMBER else {})


def _each(rows_: Iterable[Row], change: Change) -> list[Row]:
    return [change(row) for row in rows_]


def changed(**changes: Change | list[Row]) -> Company:
    """The healthy company with a change to every row of a table, or with other rows in it."""
    every = healthy()
    return every | {
        table: change if isinstance(change, list) else _each(every[table], change)
        for table, change in changes.items()
    }


def everywhere(change: Callable[[Column, Any], Any]) -> Company:
    """The healthy company with a change to every value, which is told its column."""
    return {table: _of_columns(table, change) for table in healthy()}


def _of_columns(table: str, change: Callable[[Column, Any], Any]) -> list[Row]:
    columns = {column.name: column for column in canonical_tables()[table].columns}
    return [
        {name: change(columns[name], value) for name, value in row.items()}
        for row in healthy()[table]
    ]


def as_imported(company: Company) -> Company:
    """The rows without the columns that no row has a value in: an import does not fill those."""
    return {
        table: [
            {c: value for c, value in row.items() if any(r.get(c) is not None for r in rows_)}
            for row in rows_
        ]
        for table, rows_ in company.items()
    }


def put(**values: Any) -> Change:
    """Every row with these values."""
    return lambda row: row | values


def empty(table: str, *columns: str) -> Company:
    """The healthy company with columns that are mapped and hold nothing."""
    return changed(**{table: put(**dict.fromkeys(columns))})


def optional(table: str) -> list[str]:
    """The columns that a row of a table may leave empty."""
    return [c.name for c in canonical_tables()[table].columns if not c.required]


def only(table: str, keep: Callable[[Row], bool], **more: Change | list[Row]) -> Company:
    return changed(**more) | {table: [r for r in changed(**more)[table] if keep(r)]}


def _one_account() -> Company:
    return {
        table: [r for r in rows_ if r.get("account_id", HEAD) in (HEAD, None)]
        for table, rows_ in healthy().items()
    }


def _money(change: Callable[[Decimal], Decimal]) -> Company:
    """Every amount of money changed, and nothing else."""
    return everywhere(lambda c, v: change(v) if c.type == "money" and v is not None else v)


def _dated(day: date) -> Company:
    return everywhere(lambda c, v: day if c.type == "date" and v is not None else v)


def _unless_required(type_: str) -> Callable[[Column, Any], Any]:
    """Every value of a type unknown, where a row may leave it empty."""
    return lambda column, value: None if column.type == type_ and not column.required else value


def _named(text: str) -> Company:
    """Every free text, also an id's name, is this text with the old one in the middle."""
    free = {"text", "list"}
    return everywhere(
        lambda c, v: (
            text.replace("…", v)
            if c.type in free and v is not None and c.name not in ("period", "driver", "role")
            else v
        )
    )


def _priced_at_the_border(line: Row) -> Row:
    """Lines given away, sold at list price, and sold above it, in turn."""
    listed = line["list_amount"]
    match line["line_no"] % 3:
        case 0:
            return line | {"discount": listed, "net_amount": Decimal(0)}
        case 1:
            return line | {"discount": Decimal(0), "net_amount": listed}
    return line | {"discount": -listed, "net_amount": 2 * listed}


def _pools(*pools: tuple[str, str, str, int]) -> list[Row]:
    return [
        {"pool": pool, "item": pool, "department": None, "period": period,
         "amount": Decimal(amount), "driver": driver}
        for pool, period, driver, amount in pools
    ]  # fmt: skip


BAD_POOLS = _pools(
    ("nobody knows the driver", "2026-04", "horoscopes", 1_000_000),
    ("no driver", "2026-04", "", 1_000_000),
    ("no day is in it", "the year of the tiger", "orders", 1_000_000),
    ("an impossible month", "2026-13", "orders", 1_000_000),
    ("nothing", "2026-04", "orders", 0),
    ("money back", "2026-04", "net_sales", -1_000_000),
    ("a unit that cannot be shared", "2026-04", "order_lines", 1),
    ("relative", "last_90_days", "visits", 1_000_000),
    ("all of it", "2026", "hours", 1_000_000),
    ("long ago", "1999", "orders", 1_000_000),
    ("counted", "2026-04", "pallets", 1_000_000),
    ("counted to nothing", "2026-04", "smiles", 1_000_000),
    ("counted below nothing", "2026-04", "frowns", 1_000_000),
)
BAD_DRIVERS = [
    {"account_id": account, "driver": driver, "period": period, "quantity": Decimal(quantity)}
    for account, driver, period, quantity in (
        (HEAD, "pallets", "2026-04", 3),
        (OTHER, "pallets", "the year of the tiger", 3),
        ("nobody", "pallets", "2026-04", 5),
        (HEAD, "smiles", "2026-04", 0),
        (HEAD, "frowns", "2026-04", -3),
        (OTHER, "frowns", "2026-04", -1),
        (OTHER, "unheard of", "2026-04", 7),
    )
]
BAD_TARGETS = [
    {"owner_id": owner, "team": team, "account_id": account, "period": period,
     "measure": measure, "amount": Decimal(amount)}
    for measure in ("net_sales", "operating_profit", "orders_won")
    for owner, team, account, period, amount in (
        ("U08", None, None, "the year of the tiger", 1_000_000),
        ("U08", None, None, "FY2026H1", 0),
        ("U08", None, None, "FY2026", -1_000_000),
        ("U07", None, None, "FY2026H3", 1_000_000),
        ("nobody", None, None, "FY2026H1", 1_000_000),
        (None, "東日本営業部", None, "FY2026H1", -5),
        (None, "no such team", None, "FY2026H1", 0),
        (None, None, HEAD, "2026-13", 1_000_000),
        (None, None, "nobody", "FY2026", 1_000_000),
        (None, None, None, "FY2026H1", 1_000_000),
        ("U08", "東日本営業部", HEAD, "FY2026H1", 1_000_000),
    )
]  # fmt: skip

COLUMNS = {
    "accounts": ("status", "owner_id", "industry", "channel", "employees", "annual_revenue"),
    "people": ("team", "hourly_cost", "role"),
    "contacts": ("buying_role", "level"),
    "products": ("category", "standard_cost"),
    "opportunities": (
        "account_id", "owner_id", "amount", "stage", "probability", "created_on", "closed_on",
        "expected_close",
    ),
    "order_lines": ("product_id", "list_amount", "discount", "standard_cost", "quantity"),
    "activities": ("contact_id", "person_id", "minutes", "direction"),
    "wallets": ("our_share", "period"),
    "engagements": ("contact_id", "seconds"),
}  # fmt: skip
"""Columns that many figures rest on: each is emptied by itself."""

STRANGE = (
    "'…\" ; DROP TABLE accounts -- {{x}} {0} %s | `…` <b>…</b> \\ …",
    "…\n\r\n| --- |\t\u202e\u200b\x01\x1b[31m",
    "…" + "長" * 2000,
)


QUICK = {"no money known", "parents in a circle"}
"""The companies that break most, each in a way of its own."""


def cases() -> list[Case]:
    """Every company, by a name that says what ails it."""
    tables = list(canonical_tables())
    return [
        *(Case(f"{t} empty", changed(**{t: []})) for t in tables),
        *(Case(f"{t}: only what must be", empty(t, *optional(t))) for t in tables if optional(t)),
        *(Case(f"{t}.{c} unknown", empty(t, c)) for t, columns in COLUMNS.items() for c in columns),
        *_populations(),
        *_amounts(),
        *_days(),
        *_references(),
        *_periods(),
        *(Case(f"strange text {i}", _named(text)) for i, text in enumerate(STRANGE, 1)),
        *_settings(),
    ]


def _populations() -> Iterable[Case]:
    prospects = changed(accounts=put(status="prospect"), order_lines=[], direct_costs=[])
    lost = only("opportunities", lambda d: d["status"] == "lost")
    yield Case("a single account", _one_account())
    yield Case("no rows at all", {table: [] for table in healthy()})
    yield Case("no customers", prospects)
    yield Case("no closed deals", only("opportunities", lambda d: d["status"] == "open"))
    yield Case("only lost deals", lost)
    yield Case("only won deals", only("opportunities", lambda d: d["status"] == "won"))
    yield Case("nobody may see anything", healthy(), scope=Scope(sees_all=False))


def _amounts() -> Iterable[Case]:
    returned = put(net_amount=Decimal(-100), quantity=Decimal(-1))
    border = changed(
        order_lines=_priced_at_the_border,
        opportunities=lambda d: d | {"probability": Decimal(int(d["status"] == "open"))},
        wallets=put(our_share=Decimal(1)),
    )
    yield Case("amounts of zero", _money(lambda _amount: Decimal(0)))
    yield Case("amounts below zero", _money(lambda amount: -amount))
    yield Case("the largest amounts", _money(lambda _amount: LARGEST))
    yield Case("returns only", changed(order_lines=returned))
    yield Case("shares of all and nothing", border)
    yield Case(
        "numbers of zero",
        everywhere(lambda c, v: 0 if c.type in ("integer", "number", "ratio") and v else v),
    )
    yield Case(
        "no money known",
        everywhere(lambda c, v: None if c.type == "money" and not c.required else v),
    )


def _days() -> Iterable[Case]:
    yield Case("no day known", everywhere(_unless_required("date")))
    yield Case("all on one day", _dated(SAMPLE_DAY))
    yield Case("all tomorrow", _dated(date(2026, 10, 1)))
    yield Case("days without end", _dated(date(9999, 12, 31)))
    yield Case("days before all", _dated(date(1, 1, 1)))
    for day in (
        date(1, 1, 1), date(1900, 1, 1), date(1990, 5, 5), date(2026, 3, 31), date(2026, 4, 1),
        date(2026, 12, 31), date(2028, 2, 29), date(2095, 1, 1), date(2199, 12, 31),
        date(9999, 12, 31),
    ):  # fmt: skip
        yield Case(f"asked on {day}", healthy(), as_of=day)


def _references() -> Iterable[Case]:
    above = {HEAD: MEMBER, MEMBER: OTHER, OTHER: HEAD}
    people = [p["person_id"] for p in healthy()["people"]]
    contacts = healthy()["contacts"]
    twice = [c | {"contact_id": c["contact_id"] + "b"} for c in contacts]
    keyless = ("direct_costs", "cost_pools", "targets", "wallets", "engagements", "relationships")
    yield Case(
        "parents in a circle",
        changed(
            accounts=lambda a: a | {"parent_id": above[a["account_id"]]},
            people=lambda p: p | {"manager_id": people[people.index(p["person_id"]) - 1]},
            contacts=lambda c: c | {"reports_to": c["contact_id"]},
        ),
    )
    yield Case("everything twice", changed(
        contacts=contacts + twice, **{t: healthy()[t] * 2 for t in keyless}
    ))  # fmt: skip
    yield Case(
        "all of one name",
        changed(accounts=put(name="同名", aliases="同名"), people=put(name="同名"),
                contacts=put(name="同名"), products=put(name="同名", category="同名")),
    )  # fmt: skip


def _periods() -> Iterable[Case]:
    yield Case("bad pools", changed(cost_pools=BAD_POOLS, account_drivers=BAD_DRIVERS))
    yield Case("bad targets", changed(targets=BAD_TARGETS))
    yield Case("no period can be read", everywhere(
        lambda c, v: "the year of the tiger" if c.name == "period" else v
    ))  # fmt: skip


def _settings() -> Iterable[Case]:
    nothing = Settings.model_validate({
        "abcd": {"worth_weights": {}, "record_weights": {"orders": 0, "net_sales": 0}},
        "selection": {"weights": {"sales": 0}, "minimum_known": 0, "large_share": 0},
        "channels": {"weights": {}, "priority": ["直販", "no such channel"]},
        "depth": {"weights": {}},
        "profitability": {"visit_kinds": [], "top_share": 0, "minimum_peers": 2},
        "deepening": {"solution_categories": [], "plan_words": [], "joint_words": []},
        "attention": {"top_share": 0, "severity": {}},
        "drivers": {"audited": [], "minimum": 4},
        "traits": {"minimum_cases": 10, "train_share": 0, "attributes": []},
        "effort": {"move_share": 0},
        "company": {"fiscal_year_start": 1},
    })  # fmt: skip
    all_ = Settings.model_validate({
        "selection": {"minimum_known": 1, "large_share": 1, "strategic_quantile": 1},
        "profitability": {"top_share": 1},
        "deepening": {"solution_categories": ["センサー", "制御ソフト"]},
        "drivers": {"p_value": 1, "collinear": 0, "shift": 1, "minimum": 4},
        "white_space": {"minimum_peers": 1, "minimum_buyers": 0},
        "zones": {"near": 1},
        "traits": {"minimum_cases": 10, "train_share": 1},
        "deals": {"history_minimum": 1, "shrunk_share": 0, "pushed_times": 1},
        "effort": {"move_share": 1},
        "company": {"fiscal_year_start": 12, "currency": "CHF"},
    })  # fmt: skip
    yield Case("settings of nothing", healthy(), settings=nothing)
    yield Case("settings of all", healthy(), settings=all_)
