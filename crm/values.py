"""A value is read exactly or refused with a reason; nothing is guessed, nothing rounds in silence.

The rules are SQL expressions over a trimmed text column, so a million rows are read as one query.
"""

from __future__ import annotations

from crm.schema import Column

_NUMBER = r"[+-]?(\d{1,15}|\d{1,3}(,\d{3}){1,4})"
_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"


def quote(text: str) -> str:
    """A string literal for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def name(identifier: str) -> str:
    """A quoted identifier for DuckDB."""
    return '"' + identifier.replace('"', '""') + '"'


def trimmed(expression: str) -> str:
    """Text without surrounding white space (ideographic too); empty text is NULL."""
    return f"NULLIF(trim(CAST({expression} AS VARCHAR), ' \t\r\n\u3000\u00a0'), '')"


def parsed(column: Column, text: str) -> str:
    """The typed value of a trimmed text, or NULL where it cannot be read."""
    plain = f"replace({text}, ',', '')"
    match column.type:
        case "integer":
            whole = f"TRY_CAST(split_part({plain}, '.', 1) AS BIGINT)"
            return f"CASE WHEN {_matches(column, text)} THEN {whole} END"
        case "number" | "money" | "ratio":
            number = f"TRY_CAST({plain} AS {column.sql_type})"
            return f"CASE WHEN {_matches(column, text)} THEN {number} END"
        case "date":
            day = rf"regexp_replace(regexp_extract({text}, '^[0-9/-]+'), '/', '-', 'g')"
            return f"CASE WHEN {_matches(column, text)} THEN TRY_CAST({day} AS DATE) END"
        case _:
            return text


def fault(column: Column, text: str, value: str) -> str:
    """The reason code why a row's value is refused, or NULL when it is good.

    `text` is the trimmed source text, `value` the expression that holds its parsed form.
    """
    rules: list[tuple[str, str]] = []
    if column.required:
        rules.append((f"{text} IS NULL", "missing"))
    match column.type:
        case "enum":
            allowed = ", ".join(quote(v) for v in column.values)
            rules.append((f"{text} IS NOT NULL AND {text} NOT IN ({allowed})", "not_in_list"))
        case "integer" | "number" | "money" | "ratio":
            rules.append((f"NOT {_matches(column, text)}", "not_a_number"))
            rules.append((f"{text} IS NOT NULL AND {value} IS NULL", "too_large"))
        case "date":
            rules.append((f"NOT {_matches(column, text)}", "not_a_date"))
            rules.append((f"{text} IS NOT NULL AND {value} IS NULL", "impossible_date"))
    low, high = (0, 1) if column.type == "ratio" else (column.min, column.max)
    if low is not None:
        rules.append((f"{value} < {low}", "out_of_range"))
    if high is not None:
        rules.append((f"{value} > {high}", "out_of_range"))
    if not rules:
        return "NULL"
    return "CASE " + " ".join(f"WHEN {when} THEN '{code}'" for when, code in rules) + " END"


def scaled(text: str, factor: int) -> str:
    """The text of a number times a whole factor; text that is no number stays as it is."""
    number = f"TRY_CAST(replace({text}, ',', '') AS DECIMAL(28,10))"
    pattern = _NUMBER + r"(\.\d{1,10})?"
    return (
        f"CASE WHEN regexp_full_match({text}, '{pattern}') "
        f"THEN CAST({number} * {factor} AS VARCHAR) ELSE {text} END"
    )


def _matches(column: Column, text: str) -> str:
    patterns = {
        "date": _DATE,
        "integer": _NUMBER + r"(\.0+)?",
        "ratio": _NUMBER + r"(\.\d{1,6}0*)?",
    }
    pattern = patterns.get(column.type, _NUMBER + r"(\.\d{1,4}0*)?")
    return f"regexp_full_match({text}, '{pattern}')"
