"""Every row is accepted or rejected, and a rejection says which value, why, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from crm.cells import Cells
from crm.chosen import check_sources, chosen, first_line, source_of_row
from crm.corrections import Correction, mend_values
from crm.errors import InputError
from crm.mapping import ColumnMapping, TableMapping
from crm.rejects import Rejects
from crm.schema import Table
from crm.settings import Company
from crm.unusual import Reader, read_unusual
from crm.values import name, quote


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


@dataclass
class Build:
    """One canonical table as it is made of its source.

    The rows of each of its sources, of which `files` names the files, stand in `con` as a table of
    that name, without the `ragged` rows, which are rejected already.
    """

    con: duckdb.DuckDBPyConnection
    table: Table
    spec: TableMapping
    files: Mapping[str, str]
    company: Company
    rejects: Rejects
    ragged: int = 0
    cells: dict[str, Cells] = field(default_factory=dict)
    _staged: str = "VIEW"
    _whole: set[str] = field(default_factory=set)

    def stage(self, mended: Sequence[Correction] = ()) -> None:
        """`_staged`: `_seq`, `_row`, `_source`, and `r <column>`, the raw text of each column.

        What a person has corrected stands in the place of what was refused. Raises InputError when
        the mapping names a column or writes a SELECT that does not fit, or a correction does not.
        """
        source = chosen(self.con, self.table.name, self.spec)
        types = self._types(source)
        self.cells = self._cells(types)
        raws = "".join(f", {c.raw(types)} AS {_raw(n)}" for n, c in self.cells.items())
        self._staged = "TABLE" if self.is_chosen or mended else "VIEW"
        if self._staged == "VIEW":
            as_they_are = {n: c.cell(types) for n, c in self.cells.items()}
            self._whole = {n for n, cell in as_they_are.items() if cell}
            raws += "".join(f", {as_they_are[n]} AS {_cell(n)}" for n in self._whole)
        if self.spec.select:
            row = "_row" if types.get("_row") == "BIGINT" else "NULL::BIGINT"
            rows = f"row_number() OVER () AS _seq, {row} AS _row"
        else:
            rows = "_row AS _seq, _row"
        of = source_of_row(self.table.name, self.spec, types)
        # A view where nothing is computed or changed: the rows are not written once more.
        self._run(
            f"CREATE {self._staged} _staged AS SELECT {rows}, {of} AS _source{raws} FROM {source}"
        )
        if self.spec.also:
            check_sources(self.con, self.table.name, self.spec)
        mend_values(self.con, "_staged", self._file, {c: _raw(c) for c in self.cells}, mended)

    @property
    def is_chosen(self) -> bool:
        """Whether rows of its sources may be left out, or taken more than once."""
        return bool(self.spec.select or self.spec.left_out)

    @property
    def file(self) -> str:
        """What its files are called, together."""
        return ", ".join(dict.fromkeys(self.files.values()))

    @property
    def _file(self) -> str:
        """The file of a row of `_staged`, as SQL."""
        cases = " ".join(f"WHEN {quote(s)} THEN {quote(file)}" for s, file in self.files.items())
        return f"CASE _source {cases} END"

    def find_names(self, finders: Mapping[str, Reader]) -> None:
        """Read the references of these columns by the names of what they refer to."""
        for column, find in finders.items():
            old = self.cells[column]
            self.cells[column] = Cells(old.column, old.mapping, old.company, find)

    def finish(self) -> TableReport:
        """`canonical.<table>` of the good rows, with `_seq`; the others become rejects."""
        con, place = self.con, _canonical(self.table)
        texts = "".join(f", {c.text(_raw(n))} AS {_text(n)}" for n, c in self.cells.items())
        con.execute("CREATE SCHEMA IF NOT EXISTS canonical")
        con.execute(f"CREATE VIEW _texts AS SELECT *{texts} FROM _staged")
        con.execute(f"CREATE TABLE {place} AS SELECT {self._plain_values()}, _seq FROM _texts")
        read = _count(con, place)
        unread = self._unread(read)
        for column in unread:
            self._read_unusual(column)
        if unread:
            self._put_in(unread)
        if self._has_faults(unread):
            self._take_out_faults(unread)
        if self.table.key and self.table.name != "accounts":  # whose rows of one id become one
            self._refuse_duplicates()
        for column in unread:
            con.execute(f"DROP TABLE {_unusual(column)}")
        return self._report(read)

    def _plain_values(self) -> str:
        """Every canonical column: what SQL reads of its texts, NULL for a text of another form."""
        return ", ".join(
            f"CAST({self._plain_value(c.name)} AS {c.sql_type}) AS {name(c.name)}"
            for c in self.table.columns
        )

    def _plain_value(self, column: str) -> str:
        if column not in self.cells:
            return "NULL"
        return self.cells[column].value((_cell if column in self._whole else _text)(column))

    def _counts(
        self, columns: Iterable[str], relation: str, as_: Callable[[str], str]
    ) -> dict[str, int]:
        """How many rows have each of the columns."""
        chosen = list(columns)
        counts = "".join(f", count({as_(c)})" for c in chosen)
        row = self.con.execute(f"SELECT 0{counts} FROM {relation}").fetchone() or ()
        return dict(zip(chosen, row[1:], strict=True))

    def _unread(self, read: int) -> list[str]:
        """The columns of which SQL has not read every text."""
        values_in = self._counts(self.cells, _canonical(self.table), name)
        gaps = [c for c, count in values_in.items() if count < read and not self._is_text(c)]
        texts_in = self._counts(gaps, "_texts", _text)
        return [c for c in gaps if texts_in[c] != values_in[c]]

    def _is_text(self, column: str) -> bool:
        return self.cells[column].value("t") == "t"

    def _read_unusual(self, column: str) -> None:
        query = (
            f"SELECT DISTINCT {_text(column)} FROM _texts JOIN {_canonical(self.table)} v "
            f"USING (_seq) WHERE {_text(column)} IS NOT NULL AND v.{name(column)} IS NULL"
        )
        read_unusual(self.con, f"_unusual {column}", query, self.cells[column].read)

    def _put_in(self, unread: Sequence[str]) -> None:
        """Put the values in that were read of unusual texts."""
        place = _canonical(self.table)
        shown = ", ".join(
            f"COALESCE(v.{name(c.name)}, TRY_CAST({_unusual(c.name)}.value AS {c.sql_type})) "
            f"AS {name(c.name)}"
            if c.name in unread
            else f"v.{name(c.name)}"
            for c in self.table.columns
        )
        self.con.execute(
            f"CREATE TABLE _read AS SELECT {shown}, _seq FROM {place} v JOIN _texts USING (_seq) "
            f"{_joins(unread)}"
        )
        self.con.execute(f"DROP TABLE {place}; CREATE TABLE {place} AS FROM _read")
        self.con.execute("DROP TABLE _read")

    def _has_faults(self, unread: Sequence[str]) -> bool:
        """Whether a row has a value that is refused, or lacks one that it needs."""
        refused = (f"{_unusual(c)} WHERE fault IS NOT NULL" for c in unread)
        if any(_count(self.con, relation) for relation in refused):
            return True
        rules = [c.fault(name(n), name(n), None) for n, c in self.cells.items()]
        wrong = " OR ".join(f"{rule} IS NOT NULL" for rule in rules if rule != "NULL::VARCHAR")
        return bool(wrong) and _count(self.con, f"{_canonical(self.table)} WHERE {wrong}") > 0

    def _take_out_faults(self, unread: Sequence[str]) -> None:
        """Refuse the rows with a value that is refused, each value with its reason."""
        con, place = self.con, _canonical(self.table)
        shown = "".join(
            f", {_raw(n)}, {c.fault(_text(n), 'v.' + name(n), _refusal(n, unread))} "
            f"AS {name('f ' + n)}"
            for n, c in self.cells.items()
        )
        bad = " OR ".join(f"{name('f ' + c)} IS NOT NULL" for c in self.cells)
        con.execute(
            f"CREATE TABLE _faults AS SELECT * FROM (SELECT _seq, _row, _source{shown} "
            f"FROM {place} v JOIN _texts USING (_seq) {_joins(unread)}) WHERE {bad}"
        )
        each = " UNION ALL ".join(
            f"SELECT _seq, _source, {position} AS p, COALESCE(_row, _seq) AS row, "
            f"{quote(c)} AS field, {quote(self._heading(c))} AS heading, "
            f"COALESCE({_raw(c)}, '') AS value, {name('f ' + c)} AS reason FROM _faults "
            f"WHERE {name('f ' + c)} IS NOT NULL"
            for position, c in enumerate(self.cells)
        )
        self._refuse(f"SELECT * FROM ({each}) ORDER BY _seq, p")
        con.execute(f"DELETE FROM {place} WHERE _seq IN (SELECT _seq FROM _faults)")
        con.execute("DROP TABLE _faults")

    def _refuse_duplicates(self) -> None:
        """Of rows with the same key the first is kept."""
        con, place = self.con, _canonical(self.table)
        keys = ", ".join(name(c) for c in self.table.key)
        if _count(con, f"(SELECT DISTINCT {keys} FROM {place})") == _count(con, place):
            return
        con.execute(
            f"CREATE TABLE _duplicates AS SELECT _seq FROM {place} "
            f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY _seq) > 1"
        )
        mapped = [c for c in self.table.key if c in self.cells]
        fields, headings = quote(", ".join(mapped)), quote(", ".join(map(self._heading, mapped)))
        value = " || ' / ' || ".join(f"COALESCE(s.{_raw(c)}, '')" for c in mapped)
        self._refuse(
            f"SELECT d._seq, _source, 0 AS p, COALESCE(s._row, d._seq) AS row, "
            f"{fields} AS field, {headings} AS heading, {value} AS value, 'duplicate' AS reason "
            "FROM _duplicates d JOIN _staged s ON s._seq = d._seq ORDER BY d._seq"
        )
        con.execute(f"DELETE FROM {place} WHERE _seq IN (SELECT _seq FROM _duplicates)")
        con.execute("DROP TABLE _duplicates")

    def _refuse(self, found: str) -> None:
        self.rejects.take(
            f"SELECT {quote(self.table.name)}, {self._file}, row, field, heading, value, reason "
            f"FROM ({found})"
        )

    def _report(self, read: int) -> TableReport:
        place = _canonical(self.table)
        values_in, accepted = self._counts(self.cells, place, name), _count(self.con, place)
        filled = tuple(c for c, count in values_in.items() if count or not accepted)
        self.con.execute(f"DROP VIEW _texts; DROP {self._staged} _staged")
        read += self.ragged
        return TableReport(self.table.name, self.file, read, accepted, read - accepted, filled)

    def _types(self, source: str) -> dict[str, str]:
        try:
            described = self.con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        except duckdb.Error as error:
            raise InputError(
                f"The select of `{self.table.name}` cannot be run: {first_line(error)}",
                "It may use only the sources listed in the mapping.",
            ) from error
        return {row[0]: row[1] for row in described}

    def _cells(self, types: dict[str, str]) -> dict[str, Cells]:
        columns = dict(self.spec.columns)
        if self.spec.select:
            for column in types:
                if column.lower() in self.table.names:
                    columns.setdefault(column.lower(), ColumnMapping(column=column))
            used = {c.column for c in columns.values() if c.column}
            own = ("_row", "_source") if self.spec.also else ("_row",)
            if extra := [c for c in types if c not in own and c not in used]:
                raise InputError(
                    f"The select of `{self.table.name}` returns `{extra[0]}`, which is no column "
                    "of it.",
                    f"Its columns: {', '.join(self.table.names)}.",
                )
        if missing := [c.column for c in columns.values() if c.column and c.column not in types]:
            raise InputError(
                f"{self.file} has no column `{missing[0]}` (wanted for `{self.table.name}`).",
                f"Its columns: {', '.join(c for c in types if c != '_row')}.",
            )
        if unfilled := [c.name for c in self.table.columns if c.required and c.name not in columns]:
            raise InputError(
                f"The mapping of `{self.table.name}` does not fill `{unfilled[0]}`, which every "
                "row needs.",
                "Name a source column or a constant for it.",
            )
        known = {c.name: c for c in self.table.columns}
        return {c: Cells(known[c], columns[c], self.company) for c in known if c in columns}

    def _heading(self, column: str) -> str:
        return self.cells[column].mapping.column or column

    def _run(self, statement: str) -> None:
        try:
            self.con.execute(statement)
        except duckdb.Error as error:
            raise InputError(
                f"The rows for `{self.table.name}` cannot be read: {first_line(error)}",
                "Check the select in the mapping.",
            ) from error


def _raw(column: str) -> str:
    return name("r " + column)


def _cell(column: str) -> str:
    return name("c " + column)


def _text(column: str) -> str:
    return name("t " + column)


def _unusual(column: str) -> str:
    return name("_unusual " + column)


def _joins(unread: Sequence[str]) -> str:
    return " ".join(f"LEFT JOIN {_unusual(c)} ON {_unusual(c)}.text = {_text(c)}" for c in unread)


def _refusal(column: str, unread: Sequence[str]) -> str | None:
    return f"{_unusual(column)}.fault" if column in unread else None


def _canonical(table: Table) -> str:
    return f"canonical.{name(table.name)}"


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0


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
