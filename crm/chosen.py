"""Which rows of its sources a table is made of: all, all but some, or what one SELECT takes."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from crm.errors import InputError
from crm.mapping import LeftOut, TableMapping
from crm.values import name, quote


def chosen(con: duckdb.DuckDBPyConnection, table: str, spec: TableMapping) -> str:
    """The rows, as SQL. Raises InputError for what is no SELECT, or no condition."""
    if spec.select:
        return f"({_one_select(spec.select, table)}\n)"
    for part in spec.left_out:
        _count(con, spec.source, part.where)
    if spec.left_out:
        return f"(SELECT * FROM {name(spec.source)} WHERE {_none_of(spec.left_out)})"
    return name(spec.source)


def source_of_row(table: str, spec: TableMapping, types: dict[str, str]) -> str:
    """Which source a row is of, as SQL; `types` are those of the columns that `chosen` has.

    Raises InputError where the rows of several sources do not say it.
    """
    if not spec.also:
        return quote(spec.source)
    if types.get("_source") != "VARCHAR":
        raise InputError(
            f"The select of `{table}` does not say which source a row is of.",
            f"Return `'{spec.source}' AS _source` beside the rows of each source.",
        )
    return "_source"


def check_sources(con: duckdb.DuckDBPyConnection, table: str, spec: TableMapping) -> None:
    """Refuse rows in `_staged` that say they are of another source."""
    listed = ", ".join(map(quote, spec.sources))
    wrong = con.execute(
        f"SELECT _source FROM _staged WHERE (_source IN ({listed})) IS NOT TRUE LIMIT 1"
    ).fetchone()
    if wrong:
        raise InputError(
            f"The select of `{table}` returns the `_source` `{wrong[0]}`.",
            f"Its sources: {', '.join(spec.sources)}.",
        )


def counted(
    con: duckdb.DuckDBPyConnection, source: str, parts: Sequence[LeftOut], unused: str
) -> tuple[tuple[str, int], ...]:
    """How many of the `unused` rows (SQL) each reason explains; the first that holds counts.

    Raises InputError for what is no condition over the columns of the source.
    """
    return tuple(
        (part.reason, _count(con, source, part.where, f"{unused} AND {_none_of(parts[:place])}"))
        for place, part in enumerate(parts)
    )


def first_line(error: Exception) -> str:
    """What went wrong, without where in the query."""
    return str(error).splitlines()[0]


def _none_of(parts: Sequence[LeftOut]) -> str:
    return " AND ".join(f"({part.where}\n) IS NOT TRUE" for part in parts) or "true"


def _count(con: duckdb.DuckDBPyConnection, source: str, where: str, more: str = "true") -> int:
    query = f"SELECT count(*) FROM {name(source)} WHERE ({where}\n) AND {more}"
    try:
        if len(duckdb.extract_statements(query)) == 1:
            row = con.execute(query).fetchone()
            return int(row[0]) if row else 0
        problem = "it is more than a condition"
    except duckdb.Error as error:
        problem = first_line(error)
    raise InputError(
        f"`left_out` of the source `{source}` cannot be run: {problem}.",
        "Write a condition over its columns.",
    )


def _one_select(select: str, table: str) -> str:
    try:
        statements = duckdb.extract_statements(select)
    except duckdb.Error as error:
        raise InputError(
            f"The select of `{table}` is not valid SQL: {first_line(error)}",
            "Correct it in the mapping.",
        ) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError(f"The select of `{table}` must be one SELECT.", "Remove everything else.")
    return select.strip().rstrip(";")
