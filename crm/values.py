"""A value is read exactly or refused with a reason; nothing is guessed, nothing rounds in silence.

A million rows are read as one query: here stand, as SQL over a trimmed text column, the plain forms
that almost every value has. What has another form (¥1.2億, 令和8年4月1日) is read by `crm.numbers`
and `crm.dates`, which read the plain forms to the same values.
"""

from __future__ import annotations

from decimal import Decimal

from crm.schema import Column
from crm.width import AROUND

_GROUPS = r"(\d{1,15}|[1-9]\d{0,2}(,\d{3}){1,4})"
_TIME = r"([ T]([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?)?"
_YEAR = r"(19|20|21)\d\d"
_DATE = rf"{_YEAR}(-\d{{1,2}}-\d{{1,2}}|/\d{{1,2}}/\d{{1,2}}){_TIME}"
_DIGITS = {"integer": 0, "number": 4, "money": 4, "ratio": 6}
"""Decimals that a column of a type holds."""


def quote(text: str) -> str:
    """A string literal for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A quoted identifier for DuckDB."""
    return '"' + identifier.replace('"', '""') + '"'


def trimmed(expression: str) -> str:
    """Text without surrounding white space (ideographic too); empty text is NULL.

    Plain ASCII without any, which is most of what there is, is told quickly.
    """
    text = f"CAST({expression} AS VARCHAR)"
    bare = f"regexp_full_match({text}, '[!-~]([ -~]*[!-~])?')"
    return f"CASE WHEN {bare} THEN {text} ELSE NULLIF(trim({text}, {quote(AROUND)}), '') END"


def digits(column: Column) -> int | None:
    """The decimals that a column of numbers holds; None for any other column."""
    return _DIGITS.get(column.type)


def is_plain(column: Column, text: str, multiply: Decimal = Decimal(1)) -> str | None:
    """Whether a trimmed text has a plain form, as SQL; None where every text is a value.

    Where numbers are multiplied, only whole ones are plain: their products are exact.
    """
    if column.type == "date":
        return f"regexp_full_match({text}, {quote(_DATE)})"
    held = digits(column)
    if held is None:
        return None
    if multiply != 1 and -int(multiply.normalize().as_tuple().exponent) > held:
        return "false"
    fraction = rf"(\.\d{{1,{held}}}0*)?" if held and multiply == 1 else r"(\.0+)?"
    return f"regexp_full_match({text}, {quote(rf'[+-]?{_GROUPS}{fraction}')})"


def of_plain(column: Column, text: str, multiply: Decimal = Decimal(1)) -> str:
    """The typed value of a text that is plain, as SQL; NULL where the column cannot hold it."""
    if column.type == "date":
        day = f"regexp_replace(regexp_extract({text}, '^[0-9/-]+'), '/', '-', 'g')"
        return f"TRY_CAST({day} AS DATE)"
    number = f"replace({text}, ',', '')"
    whole = f"split_part({number}, '.', 1)"
    if multiply != 1:
        number = f"TRY_CAST({whole} AS DECIMAL(15,0)) * {multiply:f}"
    elif column.type == "integer":
        number = whole
    return f"TRY_CAST({number} AS {column.sql_type})"


def fault(column: Column, text: str, value: str, other: str | None = None) -> str:
    """The reason code why a row's value is refused, or NULL when it is good.

    `text` is the trimmed source text, `value` the expression that holds its typed form, `other`
    the reason code with which a text that SQL has not read was refused.
    """
    rules: list[tuple[str, str]] = []
    if column.required:
        rules.append((f"{text} IS NULL", "'missing'"))
    if other is not None:
        rules.append((f"{other} IS NOT NULL", other))
    if column.type == "enum":
        allowed = ", ".join(quote(v) for v in column.values)
        rules.append((f"{text} IS NOT NULL AND {text} NOT IN ({allowed})", "'not_in_list'"))
    low, high = (0, 1) if column.type == "ratio" else (column.min, column.max)
    if low is not None:
        rules.append((f"{value} < {low}", "'out_of_range'"))
    if high is not None:
        rules.append((f"{value} > {high}", "'out_of_range'"))
    if not rules:
        return "NULL::VARCHAR"
    return "CASE " + " ".join(f"WHEN {when} THEN {code}" for when, code in rules) + " END"
