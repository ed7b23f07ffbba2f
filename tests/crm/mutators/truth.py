"""A small company as it truly is: typed rows, before anybody has exported them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from hypothesis import strategies as st

Value = str | int | Decimal | date | None
Row = dict[str, Value]
Company = dict[str, list[Row]]
Kind = Literal["id", "text", "integer", "year", "number", "money", "ratio", "date", "enum"]


@dataclass(frozen=True)
class Field:
    """A canonical column: what it holds, whether a row needs it, and what it may be."""

    kind: Kind
    needed: bool = False
    refers: str = ""
    among: Sequence[str] = ()
    low: int = 0
    high: int = 0


_ID, _NAME = Field("id", needed=True), Field("text", needed=True)
_TEXT, _MONEY, _DATE = Field("text"), Field("money"), Field("date")
_STATES = ("prospect", "customer", "former")
_LEVELS = ("executive", "department head", "section head", "staff")

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "accounts": {
        "account_id": _ID, "name": _NAME, "industry": _TEXT,
        "employees": Field("integer", high=400_000), "annual_revenue": _MONEY,
        "founded_year": Field("year", low=1900, high=2026), "status": Field("enum", among=_STATES),
        "created_on": _DATE, "contract_end": _DATE,
    },
    "people": {
        "person_id": _ID, "name": _NAME, "email": _TEXT, "hourly_cost": _MONEY, "left_on": _DATE,
    },
    "products": {
        "product_id": _ID, "name": _NAME, "category": _TEXT, "list_price": _MONEY,
        "standard_cost": _MONEY,
    },
    "contacts": {
        "contact_id": _ID, "account_id": Field("id", needed=True, refers="accounts"),
        "name": _NAME, "department": _TEXT, "level": Field("enum", among=_LEVELS),
        "influence": Field("integer", low=1, high=5),
        "attitude": Field("integer", low=-2, high=2), "left_on": _DATE,
    },
    "opportunities": {
        "opportunity_id": _ID, "account_id": Field("id", refers="accounts"), "name": _TEXT,
        "owner_id": Field("id", refers="people"), "stage": _TEXT,
        "status": Field("enum", needed=True, among=("open", "won", "lost")), "amount": _MONEY,
        "probability": Field("ratio"), "created_on": _DATE, "expected_close": _DATE,
        "closed_on": _DATE,
    },
    "order_lines": {
        "order_id": _ID, "line_no": Field("integer", needed=True, low=1, high=3),
        "account_id": Field("id", needed=True, refers="accounts"),
        "product_id": Field("id", refers="products"), "ordered_on": Field("date", needed=True),
        "quantity": Field("number"), "list_amount": _MONEY, "discount": _MONEY,
        "net_amount": Field("money", needed=True),
    },
}  # fmt: skip
"""The six tables as docs/tables.md has them, said once more: the tests trust no schema of ours."""
KEYS: Mapping[str, tuple[str, ...]] = {
    **{table: (next(iter(fields)),) for table, fields in FIELDS.items()},
    "order_lines": ("order_id", "line_no"),
}

AROUND = " \t\r\n\u3000\u00a0"
_TEXTS = (
    "東都電機株式会社", "㈱髙島工業", "Ünïon Ltd.", 'say "hi"', "a,b;c|d", "一行目\n二行目", "=1+1",
    "'quoted", "0012", "1e5", "nan", "2026-02-30", "▲5", "N/A", "NULL", "１２３", "ｶﾌﾞ ①②", "-",
    "C:\\tab", "café", "東～西", "😀", "true", "計画(千円)", "+81-3-1234", "  内  側  ".strip(),
)  # fmt: skip
_DAYS = (
    date(2019, 4, 30), date(2019, 5, 1), date(2024, 2, 29), date(2026, 4, 1), date(2025, 12, 31),
)  # fmt: skip


def texts() -> st.SearchStrategy[str]:
    """A text as it may stand in any cell, without what is trimmed around it."""
    odd = st.text("アあ漢①㈱ab9-,;|\"' \n", min_size=1, max_size=9).map(lambda t: t.strip(AROUND))
    return st.one_of(st.sampled_from(_TEXTS), odd.filter(bool))


def amounts(low: int = -(10**9)) -> st.SearchStrategy[Decimal]:
    """An amount with four decimals at most, below 100 trillions."""
    return st.one_of(
        st.integers(low, 10**9).map(Decimal),
        st.integers(low, 10**9).map(lambda n: Decimal(n) * 1000),
        st.integers(low, 10**9).map(lambda n: Decimal(n).scaleb(-2)),
        st.integers(low, 10**9).map(lambda n: Decimal(n).scaleb(-4)),
        st.sampled_from([Decimal(0), Decimal(99_999_999_999_999), Decimal(123_456_789)]),
    )


def days() -> st.SearchStrategy[date]:
    """A day of the eras 平成 and 令和."""
    return st.one_of(st.sampled_from(_DAYS), st.dates(date(1990, 1, 1), date(2035, 12, 31)))


def _values(field: Field) -> st.SearchStrategy[Value]:
    match field.kind:
        case "text":
            return texts()
        case "enum":
            return st.sampled_from(field.among)
        case "integer" | "year":
            return st.integers(field.low, field.high)
        case "number":
            return st.integers(0, 10**6).map(lambda n: Decimal(n).scaleb(-2))
        case "ratio":
            return st.integers(0, 1000).map(lambda n: Decimal(n).scaleb(-3))
        case "date":
            return days()
    return amounts()


@st.composite
def companies(draw: st.DrawFn) -> Company:
    """A company of four to six tables with one to six rows each; ids and references as they come.

    A reference may lead nowhere: such a row is kept all the same.
    """
    optional = ["products", "contacts", "opportunities", "order_lines"]
    chosen = draw(st.lists(st.sampled_from(optional), min_size=2, max_size=4, unique=True))
    company: Company = {}
    for table in ("accounts", "people", *sorted(chosen, key=optional.index)):
        count = draw(st.integers(1, 6))
        style = draw(st.sampled_from(["{0}-{1:03}", "{1:04}", "{1}", "{0} {1}", "{1}e5", "顧{1}"]))
        ids = [style.format(table[0].upper(), n + 1) for n in range(count)]
        company[table] = [_row(draw, table, id_, company) for id_ in ids]
    return company


def _row(draw: st.DrawFn, table: str, id_: str, company: Company) -> Row:
    fields = FIELDS[table]
    row: Row = {}
    for column, field in fields.items():
        if column == KEYS[table][0]:
            row[column] = id_
            continue
        values = _values(field)
        if field.kind == "id":
            known = [str(r[KEYS[field.refers][0]]) for r in company.get(field.refers, ())]
            values = st.sampled_from([*known, "X-999"])
        row[column] = draw(values if field.needed else st.one_of(values, values, st.none()))
    return row
