"""An oracle's figures as facts keep them, to be laid beside an answer name by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.oracles.canonical import half_up
from tests.tools.asking import rows_of
from tools.facts import ToolResult, Value, metrics

Told = list[tuple[str, dict[str, Value]]]


def as_fact(name: str, value: Any) -> Value:
    """An oracle's exact figure with the decimals that the fact of that name keeps."""
    if not isinstance(value, Fraction | Decimal):
        return value  # type: ignore[no-any-return]
    unit = metrics()[name].unit
    if unit == "money":
        return half_up(value, 4)
    return half_up(value, 6 if unit in ("%", "points", "ratio", "times") else 3)


def wanted(rows: Sequence[Mapping[str, Any]], names: Sequence[str], subject: str) -> Told:
    """An oracle's rows as `told` gives them; `subject` holds the key in braces."""
    return [
        (subject.format(**row), {name: as_fact(name, row[name]) for name in names}) for row in rows
    ]


def told(result: ToolResult, names: Sequence[str]) -> Told:
    """The rows of an answer in their order: the subject, and these columns."""
    return [(s, {name: row[name] for name in names}) for s, row in rows_of(result).items()]


def assert_facts(result: ToolResult, expected: Mapping[str, Any]) -> None:
    """The facts of the whole are an oracle's."""
    found = {f.name: f.value for f in result.facts if f.subject is None}
    assert {n: found[n] for n in expected} == {n: as_fact(n, v) for n, v in expected.items()}


def assert_near(found: Told, expected: Told, within: Decimal) -> None:
    """The same rows in the same order, amounts of money as near as that, all else alike.

    For sums of amounts that the tools round for each account and the oracle does not.
    """
    assert [subject for subject, _row in found] == [subject for subject, _row in expected]
    for (subject, row), (_same, other) in zip(found, expected, strict=True):
        assert row.keys() == other.keys()
        for name, value in row.items():
            wish = other[name]
            if isinstance(value, Decimal) and isinstance(wish, Decimal):
                allowed = within if metrics()[name].unit == "money" else Decimal(0)
                assert abs(value - wish) <= allowed, (subject, name, value, wish)
            else:
                assert (subject, name, value) == (subject, name, wish)
