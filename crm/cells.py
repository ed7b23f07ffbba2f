"""How the cells of one source column become the values of one canonical column."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from crm.dates import DateRules, read_date
from crm.mapping import ColumnMapping
from crm.numbers import NumberRules, read_number
from crm.refused import Refused
from crm.schema import Column
from crm.settings import Company
from crm.unusual import Reader
from crm.values import digits, fault, is_plain, name, of_plain, quote, trimmed
from crm.width import half_width

_FLOATS = ("DOUBLE", "FLOAT")
_TIMES = {"minutes": "分", "seconds": "秒"}
"""What may stand behind a number in a column of times."""


@dataclass(frozen=True)
class Cells:
    """The cells of a source column, in four steps that each are an SQL expression.

    `raw` as the file has it, `text` after the mapping's `values` and `default`, `value` typed, and
    `fault`, the reason code of a refusal. `find` gives the id of a name where the mapping has
    `match: name`.
    """

    column: Column
    mapping: ColumnMapping
    company: Company
    find: Reader | None = None

    @property
    def is_constant(self) -> bool:
        return self.mapping.constant is not None

    def raw(self, types: dict[str, str]) -> str:
        """The trimmed text of the source column, whose SQL type is in `types`; or the constant."""
        if self.mapping.constant is not None:
            return quote(self.mapping.constant)
        column = self.mapping.column or ""  # there is one where there is no constant
        cell = name(column)
        if types[column] in _FLOATS:
            exact = f"CAST(TRY_CAST({cell} AS DECIMAL(38,10)) AS VARCHAR)"
            cell = f"COALESCE({exact}, CAST({cell} AS VARCHAR))"
        return trimmed(cell)

    def cell(self, types: dict[str, str]) -> str | None:
        """The source column as it is where SQL may read it so: what has blanks it does not read."""
        column = self.mapping.column
        if column is None or self.mapping.values or self.mapping.default is not None:
            return None
        is_text = digits(self.column) is None and self.column.type != "date"
        return None if is_text or types[column] != "VARCHAR" else name(column)

    def text(self, raw: str) -> str:
        """The text that is read, of the raw one."""
        if self.mapping.values:
            cases = " ".join(
                f"WHEN {quote(old)} THEN {'NULL' if new is None else quote(new)}"
                for old, new in self.mapping.values.items()
            )
            raw = f"CASE {raw} {cases} ELSE {raw} END"
        if self.mapping.default is not None:
            raw = f"COALESCE({raw}, {quote(self.mapping.default)})"
        return raw

    def value(self, text: str) -> str:
        """The typed value of a text of a plain form, as SQL; NULL for one of another form."""
        if self.find is not None:
            return "NULL"
        plain = is_plain(self.column, text, self.mapping.scale)
        if plain is None:
            return text
        return f"CASE WHEN {plain} THEN {of_plain(self.column, text, self.mapping.scale)} END"

    def fault(self, text: str, value: str, refused: str | None) -> str:
        """The reason code, or NULL; `refused` is the expression of that of an unusual text."""
        return fault(self.column, text, value, refused)

    @property
    def read(self) -> Reader:
        """How a text that SQL has not read is read to the canonical text of its value."""
        if self.find is not None:
            return self.find
        if self.column.type == "date":
            days = DateRules(
                time_zone=self.company.time_zone,
                order=self.mapping.date_order,
                period=self.mapping.period,
                fiscal_year_start=self.company.fiscal_year_start,
            )
            return lambda text: read_date(text, days).isoformat()
        numbers = NumberRules(
            currency=self.company.currency if self.column.type == "money" else "",
            multiply=Decimal(self.mapping.scale),
            percent=self.column.type == "ratio" or self.column.unit == "fraction",
            digits=digits(self.column) or 0,
        )
        if self.column.unit in _TIMES:
            own = _TIMES[self.column.unit]
            return lambda text: f"{read_number(_in_unit(text, own), numbers):f}"
        return lambda text: f"{read_number(text, numbers):f}"


def _in_unit(text: str, own: str) -> str:
    """A time without the unit that its column has; of any other it is refused: 2時間 is not 2."""
    plain = half_width(text)
    if plain.endswith(("時間", "h")):
        raise Refused("two_units")
    return plain.removesuffix(own)
