"""Every row is accepted or rejected, and a rejection says which value, why, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from crm.errors import InputError
from crm.mapping import ColumnMapping, TableMapping
from crm.schema import Table
from crm.settings import Language
from crm.values import fault, name, parsed, quote, scaled, trimmed

REASONS: dict[str, dict[Language, tuple[str, str]]] = {
    "missing": {
        "ja": ("必須の値が空です", "値を入れるか、マッピングで default を指定してください"),
        "en": ("a required value is empty", "fill it in, or give a default in the mapping"),
    },
    "not_in_list": {
        "ja": ("決められた値ではありません", "マッピングの values で読み替えてください"),
        "en": ("not one of the allowed values", "translate it with `values` in the mapping"),
    },
    "not_a_number": {
        "ja": ("数値として読めません", "12345.67 の形に直してください"),
        "en": ("cannot be read as an exact number", "write it as 12345.67"),
    },
    "too_large": {
        "ja": ("数値が大きすぎます", "単位を確かめてください"),
        "en": ("the number is too large", "check its unit"),
    },
    "not_a_date": {
        "ja": ("日付として読めません", "2026-04-01 の形に直してください"),
        "en": ("cannot be read as a date", "write it as 2026-04-01"),
    },
    "impossible_date": {
        "ja": ("存在しない日付です", "正しい日付に直してください"),
        "en": ("no such day exists", "correct the date"),
    },
    "out_of_range": {
        "ja": ("許される範囲の外です", "docs/tables.md の範囲に直してください"),
        "en": ("outside the allowed range", "see the range in docs/tables.md"),
    },
    "duplicate": {
        "ja": ("同じキーの行が前にあります", "重複を除くか、キーを直してください"),
        "en": ("an earlier row has the same key", "remove the duplicate or correct the key"),
    },
    "ragged": {
        "ja": ("列の数が見出しと違います", "区切り文字と引用符を確かめてください"),
        "en": ("the row has more or fewer cells than the header", "check delimiters and quotes"),
    },
}


@dataclass(frozen=True)
class Reject:
    """One refused value: where it stands, what it is, and a reason code of REASONS."""

    table: str
    file: str
    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class TableReport:
    """What became of the rows meant for one table; `accepted + rejected == read`.

    `columns` are the canonical columns that the source fills: of those that are mapped, the ones
    that hold a value in some row, or all of them while there are no rows.
    """

    table: str
    file: str
    read: int
    accepted: int
    rejected: int
    columns: tuple[str, ...] = ()


def build_table(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    spec: TableMapping,
    file: str,
    ragged: int,
) -> tuple[TableReport, list[Reject]]:
    """Make the canonical table `canonical.<table>` from its source; report rows and rejects.

    The source rows stand in `con` as a table named `spec.source`, without its `ragged` rows, which
    are rejected already. Raises InputError when the mapping names a column or writes a SELECT that
    does not fit the source.
    """
    mapped = _stage(con, table, spec, file)
    _check(con, table)
    rejects = _collect(con, table, spec, file)
    con.execute(f"CREATE SCHEMA IF NOT EXISTS canonical; {_canonical_ddl(table)}")
    columns = ", ".join(name(c) for c in table.names)
    con.execute(
        f"INSERT INTO canonical.{name(table.name)} "
        f"SELECT {columns} FROM _checked WHERE NOT _rejected ORDER BY _seq"
    )
    read = _count(con, "_checked") + ragged
    accepted = _count(con, f"canonical.{name(table.name)}")
    con.execute("DROP TABLE _checked; DROP TABLE _staged")
    filled = _filled(con, table, mapped) if accepted else mapped
    return TableReport(table.name, file, read, accepted, read - accepted, filled), rejects


def _filled(
    con: duckdb.DuckDBPyConnection, table: Table, mapped: tuple[str, ...]
) -> tuple[str, ...]:
    """The columns that some row has a value in: an empty one says no more than one left out."""
    counts = ", ".join(f"count({name(c)})" for c in mapped)
    found = con.execute(f"SELECT {counts} FROM canonical.{name(table.name)}").fetchone() or ()
    return tuple(c for c, n in zip(mapped, found, strict=True) if n)


def _canonical_ddl(table: Table) -> str:
    return table.ddl().replace("CREATE TABLE ", "CREATE TABLE canonical.", 1)


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0


def _stage(
    con: duckdb.DuckDBPyConnection, table: Table, spec: TableMapping, file: str
) -> tuple[str, ...]:
    """`_staged`: one text column per canonical column, `_row`, `_seq`; returns the mapped ones."""
    source = f"({_one_select(spec.select, table)}\n)" if spec.select else name(spec.source)
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        raise InputError(
            f"The select of `{table.name}` cannot be run: {_first_line(error)}",
            "It may use only the sources listed in the mapping.",
        ) from error
    types = {row[0]: row[1] for row in described}
    columns = dict(spec.columns)
    if spec.select:
        for column in types:
            if column.lower() in table.names:
                columns.setdefault(column.lower(), ColumnMapping(column=column))
        extra = [c for c in types if c != "_row" and c not in _used(columns)]
        if extra:
            raise InputError(
                f"The select of `{table.name}` returns `{extra[0]}`, which is no column of it.",
                f"Its columns: {', '.join(table.names)}.",
            )
    missing = [c.column for c in columns.values() if c.column and c.column not in types]
    if missing:
        raise InputError(
            f"{file} has no column `{missing[0]}` (wanted for `{table.name}`).",
            f"Its columns: {', '.join(c for c in types if c != '_row')}.",
        )
    unfilled = [c.name for c in table.columns if c.required and c.name not in columns]
    if unfilled:
        raise InputError(
            f"The mapping of `{table.name}` does not fill `{unfilled[0]}`, which every row needs.",
            "Name a source column or a constant for it.",
        )
    row = "_row" if types.get("_row") == "BIGINT" else "NULL::BIGINT"
    shown = ", ".join(f"{_expression(columns.get(c), types)} AS {name(c)}" for c in table.names)
    try:
        con.execute(
            f"CREATE TABLE _staged AS SELECT row_number() OVER () AS _seq, {row} AS _row, {shown} "
            f"FROM {source}"
        )
        con.execute(f"INSERT INTO _usage SELECT DISTINCT {quote(spec.source)}, _row FROM _staged")
    except duckdb.Error as error:
        raise InputError(
            f"The rows for `{table.name}` cannot be read: {_first_line(error)}",
            "Check the select in the mapping.",
        ) from error
    return tuple(c for c in table.names if c in columns)


def _used(columns: dict[str, ColumnMapping]) -> set[str]:
    return {c.column for c in columns.values() if c.column}


def _one_select(select: str, table: Table) -> str:
    try:
        statements = duckdb.extract_statements(select)
    except duckdb.Error as error:
        raise InputError(
            f"The select of `{table.name}` is not valid SQL: {_first_line(error)}",
            "Correct it in the mapping.",
        ) from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError(
            f"The select of `{table.name}` must be one SELECT.", "Remove everything else."
        )
    return select.strip().rstrip(";")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _expression(mapping: ColumnMapping | None, types: dict[str, str]) -> str:
    """The SQL text of a canonical column before it is parsed."""
    if mapping is None:
        return "NULL::VARCHAR"
    if mapping.constant is not None:
        return quote(mapping.constant)
    column = mapping.column or ""  # ColumnMapping has a column where it has no constant
    raw = name(column)
    if types[column] in ("DOUBLE", "FLOAT"):
        raw = (
            f"COALESCE(CAST(TRY_CAST({raw} AS DECIMAL(38,10)) AS VARCHAR), CAST({raw} AS VARCHAR))"
        )
    text = trimmed(raw)
    if mapping.values:
        cases = " ".join(
            f"WHEN {quote(old)} THEN {'NULL' if new is None else quote(new)}"
            for old, new in mapping.values.items()
        )
        text = f"CASE {text} {cases} ELSE {text} END"
    if mapping.multiply is not None:
        text = scaled(text, mapping.multiply)
    if mapping.default is not None:
        text = f"COALESCE({text}, {quote(mapping.default)})"
    return text


def _check(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """`_checked`: typed values, a fault code per column, and `_rejected`."""
    values = ", ".join(f"{parsed(c, name(c.name))} AS {name('v ' + c.name)}" for c in table.columns)
    faults = ", ".join(
        f"{fault(c, name(c.name), name('v ' + c.name))} AS {name('f ' + c.name)}"
        for c in table.columns
    )
    any_fault = " OR ".join(f"{name('f ' + c)} IS NOT NULL" for c in table.names)
    duplicate = "false"
    if table.key:
        keys = ", ".join(name(c) for c in table.key)
        duplicate = f"row_number() OVER (PARTITION BY {keys}, _bad ORDER BY _seq) > 1 AND NOT _bad"
    typed = ", ".join(f"{name('v ' + c)} AS {name(c)}" for c in table.names)
    raws = ", ".join(f"{name(c)} AS {name('t ' + c)}, {name('f ' + c)}" for c in table.names)
    con.execute(
        f"CREATE TABLE _checked AS WITH a AS (SELECT *, {values} FROM _staged), "
        f"b AS (SELECT *, {faults} FROM a), c AS (SELECT *, ({any_fault}) AS _bad FROM b), "
        f"d AS (SELECT _seq, _row, _bad, {raws}, {typed} FROM c), "
        f"e AS (SELECT *, {duplicate} AS _duplicate FROM d) "
        "SELECT *, (_bad OR _duplicate) AS _rejected FROM e"
    )


def _collect(
    con: duckdb.DuckDBPyConnection, table: Table, spec: TableMapping, file: str
) -> list[Reject]:
    parts = [
        f"SELECT COALESCE(_row, _seq), _seq, {quote(c)}, {name('t ' + c)}, {name('f ' + c)} "
        f"FROM _checked WHERE {name('f ' + c)} IS NOT NULL"
        for c in table.names
    ]
    if table.key:
        key = " || ' / ' || ".join(f"CAST({name(c)} AS VARCHAR)" for c in table.key)
        shown = quote(", ".join(table.key))
        parts.append(
            f"SELECT COALESCE(_row, _seq), _seq, {shown}, {key}, 'duplicate' "
            "FROM _checked WHERE _duplicate"
        )
    origin = {c: (m.column or c) for c, m in spec.columns.items()}
    rows = con.execute(" UNION ALL ".join(parts) + " ORDER BY 2, 3").fetchall()
    return [
        Reject(table.name, file, row, origin.get(column, column), value or "", reason)
        for row, _, column, value, reason in rows
    ]


@dataclass(frozen=True)
class BrokenReference:
    """A reference that leads nowhere; the rows are kept and the break is reported.

    `value` names a row that is not there, or is None where the reference is empty.
    """

    table: str
    column: str
    value: str | None
    rows: int


def broken_references(con: duckdb.DuckDBPyConnection, built: list[Table]) -> list[BrokenReference]:
    """Every unknown value in a reference column, and the empty references to an account."""
    keys = {t.name: t.key[0] for t in built if t.key}
    found = []
    for table in built:
        for column in table.references:
            if column.ref not in keys:
                continue
            value = name(column.name)
            known = f"SELECT {name(keys[column.ref])} FROM canonical.{name(column.ref)}"
            rows = con.execute(
                f"SELECT {value}, count(*) FROM canonical.{name(table.name)} "
                f"WHERE {value} NOT IN ({known}) "
                f"OR ({value} IS NULL AND {column.name == 'account_id'}) GROUP BY 1 ORDER BY 1"
            ).fetchall()
            found += [BrokenReference(table.name, column.name, v, n) for v, n in rows]
    return found
