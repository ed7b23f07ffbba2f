"""Sums and shares of money keep every digit in the engine."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from random import Random

import ibis
import pyarrow as pa
from ibis import _

from tests.companies import tables_from
from tools.query import beside, exactly, fetch, portion, quotient, units

CHANCE = Random(7)
MONEY = pa.decimal128(18, 4)
PLACES = Decimal("0.0001")


def amounts(number: int, most: int) -> list[Decimal]:
    """Money with four decimals, both signs."""
    return [Decimal(CHANCE.randint(-most, most)) / 10_000 for _n in range(number)]


def table(**columns: list[Decimal | None]) -> ibis.Table:
    kept = pa.table({c: pa.array(values, MONEY) for c, values in columns.items()})
    kept = kept.append_column("id", pa.array(range(kept.num_rows), pa.int64()))
    return tables_from({}).keep(("amounts",), lambda: kept)


def test_a_quotient_is_exact_to_the_last_digit_of_money() -> None:
    parts, wholes = amounts(500, 10**15), amounts(500, 10**8)
    rows = table(part=parts, whole=[w or Decimal(1) for w in wholes])
    found = fetch(rows.mutate(q=quotient(units(_.part), units(_.whole))).order_by("id"))
    for row in found:
        wanted = row["part"] / row["whole"]
        assert row["q"].quantize(PLACES, ROUND_HALF_UP) == wanted.quantize(PLACES, ROUND_HALF_UP)


def test_a_quotient_by_zero_or_of_the_unknown_is_unknown() -> None:
    rows = table(part=[Decimal(1), None, Decimal(1)], whole=[Decimal(0), Decimal(1), None])
    found = fetch(rows.select(q=quotient(units(_.part), units(_.whole))))
    assert [row["q"] for row in found] == [None, None, None]


def test_a_portion_of_money_is_exact() -> None:
    rows = table(money=amounts(200, 10**15))
    share = ibis.literal(Decimal("0.123457"), "decimal(9,6)")
    for row in fetch(rows.mutate(p=portion(_.money, share))):
        assert row["p"] == row["money"] * Decimal("0.123457")


def test_a_sum_of_portions_keeps_ten_decimals() -> None:
    rows = table(money=[Decimal("0.0001")] * 3)
    share = ibis.literal(Decimal("0.000001"), "decimal(9,6)")
    (row,) = fetch(rows.agg(s=exactly(portion(_.money, share).sum())))
    assert row["s"] == Decimal("0.0000000003")


def test_a_row_without_a_partner_has_unknowns_beside_it() -> None:
    rows = table(money=[Decimal(1), Decimal(2)])
    one, other = rows.filter(_.id == 0), rows.filter(_.id == 1)
    found = beside(
        rows.select("id"),
        (one, "id", "id", {"first": "money"}),
        (other, "id", "id", {"second": other.money + 1}),
    )
    assert fetch(found.order_by("id")) == [
        {"id": 0, "first": Decimal(1), "second": None},
        {"id": 1, "first": None, "second": Decimal(3)},
    ]
