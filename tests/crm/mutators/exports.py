"""How one table is exported: its columns and rows as the file has them, and what must become of it.

Every export knows, beside what it writes, which rows are good, which are not, and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Literal

from hypothesis import strategies as st

from tests.crm.mutators.forms import EMPTY, Cell, Holds, Style, broken, cell_of
from tests.crm.mutators.truth import FIELDS, KEYS, Company, Field, Row, texts

Format = Literal["csv", "tsv", "xlsx", "jsonl"]
Fault = Literal["", "same heading", "column gone", "heading empty", "title unsaid", "stray cell"]
FAULTS: tuple[Fault, ...] = (
    "same heading", "column gone", "heading empty", "title unsaid", "stray cell",
)  # fmt: skip
"""What makes a whole file unreadable; it is to be said in one sentence."""

_NAMES = {
    "name": "名称", "amount": "金額", "status": "状態", "created_on": "登録日", "stage": "フェーズ",
    "annual_revenue": "年商", "probability": "確度", "net_amount": "売上", "employees": "従業員",
    "ordered_on": "受注日", "list_price": "定価", "email": "E-mail", "quantity": "数量",
}  # fmt: skip
_WORDS = {
    "prospect": "見込み", "customer": "取引中", "former": "休眠", "open": "商談中", "won": "受注",
    "lost": "失注",
}  # fmt: skip
_SCALES = {
    1000: ("千円", "(千円)"),
    10**6: ("百万円", "（単位：百万円）"),
    10**8: ("億円", "[億円]"),
}
ZONES = ("Asia/Tokyo", "Asia/Tokyo", "America/New_York", "UTC", "Pacific/Auckland")
"""Where the company is: it decides the day of a moment."""
_AS_IT_IS = Style()
_MUTATIONS = ("", "", "", "broken", "broken", "copy", "key", "blank", "raw")
_HOLDS: Mapping[Format, Holds] = {"xlsx": "formats", "jsonl": "numbers"}
_UNREADABLE = {"csv": "ragged", "tsv": "ragged", "jsonl": "not_json", "xlsx": "formula"}
BROKEN_LINES = ("{", '{"a": 1', "[1, 2]", "true", '"text"', '{"v": NaN}', '{"a": {"b": {}}}x')


@dataclass(frozen=True)
class Column:
    """A column of the file: its heading, in a workbook under that of a group, and how it is read.

    `canonical` is empty for one that nobody asked for. `multiplied` says the scale in the mapping,
    not in the heading.
    """

    canonical: str
    heading: str
    group: str = ""
    style: Style = _AS_IT_IS
    multiplied: bool = False
    before: str = ""
    behind: str = ""


@dataclass(frozen=True)
class Line:
    """A row of the file: cells, or `raw` where it is none; without both it is blank.

    `faults` are the reasons by canonical column; `truth` is what the row says if there are none.
    """

    cells: tuple[Cell, ...] = ()
    raw: str = ""
    truth: Row | None = None
    faults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Export:
    """One table, exported."""

    table: str
    format: Format
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    line_end: str = "\n"
    quote_all: bool = False
    ended: bool = True
    titles: tuple[str, ...] = ()
    gap: bool = False
    hidden_sheet: bool = False
    nested: bool = False
    zone: str = "Asia/Tokyo"
    fault: Fault = ""

    @property
    def file(self) -> str:
        return f"{self.table}.{self.format}"

    @property
    def header_row(self) -> int:
        """The row in which the header begins, as a person counts."""
        return 0 if self.format == "jsonl" else 1 + len(self.titles) + self.gap

    @property
    def header_rows(self) -> int:
        return 2 if self.format == "xlsx" and any(c.group for c in self.columns) else 1

    def numbered(self) -> Iterator[tuple[int, Line]]:
        """The rows below the header with their numbers as a person counts them."""
        first = self.header_row + (0 if self.format == "jsonl" else self.header_rows)
        yield from enumerate(self.lines, start=first if first else 1)

    def name_of(self, column: Column) -> str:
        """What a column is called in the mapping and in a report."""
        if self.format == "xlsx" and column.group:
            return f"{column.group} {column.heading}"
        if self.format == "jsonl" and self.nested and column.group:
            return f"{column.group}.{column.heading}"
        return column.heading


@dataclass(frozen=True)
class Refused:
    """A refusal that must be told: where, what stands there, and why."""

    row: int
    column: str
    value: str
    reason: str


def expected(export: Export) -> tuple[dict[tuple[object, ...], Row], int, set[Refused]]:
    """The rows that must be there by key, how many are accepted, and what must be refused.

    Of rows with one key the first good one is kept; accounts of one id are one account.
    """
    key = KEYS[export.table]
    named = {c.canonical: export.name_of(c) for c in export.columns if c.canonical}
    place = {c.canonical: n for n, c in enumerate(export.columns)}
    kept: dict[tuple[object, ...], Row] = {}
    accepted, refused = 0, set()
    for number, line in export.numbered():
        if line.raw:
            value = {"jsonl": line.raw, "xlsx": f"A{number}"}.get(export.format)
            value = value or export.delimiter.join(cell.text for cell in line.cells)
            refused.add(Refused(number, "", value, _UNREADABLE[export.format]))
        for column, reason in line.faults:
            value = line.cells[place[column]].text
            refused.add(Refused(number, named[column], value, reason))
        if line.truth is None or line.faults:
            continue
        one = tuple(line.truth[c] for c in key)
        if one in kept and export.table != "accounts":
            texts_ = " / ".join(_shown(line.cells[place[c]]) for c in key)
            heading = ", ".join(named[c] for c in key)
            refused.add(Refused(number, heading, texts_, "duplicate"))
            continue
        accepted += 1
        kept.setdefault(one, {c: line.truth[c] for c in named})
    return kept, accepted, refused


def _shown(cell: Cell) -> str:
    return cell.text.strip(" \t\r\n\u3000\u00a0")


# ------------------------------------------------------------------ strategies


@st.composite
def export_sets(draw: st.DrawFn, company: Company) -> list[Export]:
    """An export of every table of the company; now and then one of them has a fault."""
    zone = draw(st.sampled_from(ZONES))
    made = [draw(_exports(table, rows, zone)) for table, rows in company.items()]
    if draw(st.integers(0, 3)) == 0:
        fault = draw(st.sampled_from([f for f in FAULTS if any(_fits(f, e) for e in made)]))
        place = draw(st.sampled_from([n for n, e in enumerate(made) if _fits(fault, e)]))
        made[place] = replace(made[place], fault=fault)
    return made


def _fits(fault: Fault, export: Export) -> bool:
    match fault:
        case "title unsaid":
            return export.format in ("csv", "tsv") and bool(export.titles)
        case "stray cell":
            return export.format == "xlsx"
        case "column gone":
            return True
    return export.format != "jsonl"


@st.composite
def _exports(draw: st.DrawFn, table: str, rows: list[Row], zone: str) -> Export:
    format_: Format = draw(st.sampled_from(["csv", "csv", "tsv", "xlsx", "jsonl"]))
    pick = draw(st.randoms(use_true_random=True))
    columns = draw(_columns(table, format_, zone))
    lines = [line for row in rows for line in draw(_around(table, row, columns, format_, pick))]
    if not any(line.cells for line in lines):
        lines.append(_line(rows[0], columns, format_, pick))
    export = Export(
        table,
        format_,
        tuple(columns),
        tuple(lines),
        quote_all=draw(st.booleans()),
        ended=draw(st.booleans()),
        line_end=draw(st.sampled_from(["\n", "\r\n", "\r"])) if format_ != "jsonl" else "\n",
        delimiter=draw(st.sampled_from([",", ",", ";", "|"])) if format_ == "csv" else "\t",
        nested=draw(st.booleans()),
        zone=zone,
    )
    if format_ != "jsonl" and draw(st.integers(0, 2)) == 0:
        titles = draw(st.lists(st.sampled_from(["2026年度 一覧", "作成日 2026-04-01"]), max_size=2))
        export = replace(export, titles=tuple(titles), gap=bool(titles) and draw(st.booleans()))
    if format_ == "xlsx":
        return replace(export, hidden_sheet=draw(st.booleans()))
    return _encoded(export, draw(st.booleans()), pick)


def _encoded(export: Export, wants_cp932: bool, pick: Random) -> Export:
    """The export in an encoding that has all its letters."""
    if wants_cp932:
        japanese = replace(export, lines=tuple(map(_in_cp932, export.lines)))
        shown = [c.heading for c in export.columns] + list(export.titles)
        shown += [cell.text for line in japanese.lines for cell in line.cells]
        if _encodes("".join(shown)):
            return replace(japanese, encoding="cp932")
    encodings = ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"]
    if export.format != "jsonl":  # a line alone says too little to tell one without a mark
        encodings += ["utf-16-le", "utf-16-be"]
    return replace(export, encoding=pick.choice(encodings))


def _in_cp932(line: Line) -> Line:
    """The signs that CP932 lacks, as a Japanese Windows writes them."""
    signs = str.maketrans({"¥": "￥", "−": "－", "\u00a0": " "})
    cells = (
        cell if cell.form == "text" else replace(cell, text=cell.text.translate(signs))
        for cell in line.cells
    )
    return replace(line, cells=tuple(cells))


def _encodes(text: str) -> bool:
    try:
        return text.encode("cp932").decode("cp932") == text
    except UnicodeEncodeError:
        return False


@st.composite
def _columns(draw: st.DrawFn, table: str, format_: Format, zone: str) -> list[Column]:
    """The columns of the file in any order: all that are needed, most others, foreign ones."""
    grouped = format_ in ("xlsx", "jsonl") and draw(st.booleans())
    found = [
        draw(_column(name, field, grouped, zone))
        for name, field in FIELDS[table].items()
        if field.needed or draw(st.integers(0, 4)) > 0
    ]
    if draw(st.booleans()):
        found.append(Column("", "備考", "その他" if grouped else ""))
    return _by_group(draw(st.permutations(found)))


def _by_group(columns: list[Column]) -> list[Column]:
    """Columns of one group side by side, as a merged heading needs them."""
    groups = list(dict.fromkeys(c.group for c in columns))
    return sorted(columns, key=lambda c: groups.index(c.group)) if any(groups) else columns


@st.composite
def _column(draw: st.DrawFn, name: str, field: Field, grouped: bool, zone: str) -> Column:
    heading = _NAMES.get(name, name)
    style, multiplied = Style(field.kind), False
    if field.kind == "money" and draw(st.booleans()):
        scale = draw(st.sampled_from(sorted(_SCALES)))
        style, multiplied = Style("money", Decimal(scale)), draw(st.integers(0, 3)) == 0
        if not multiplied:
            heading += draw(st.sampled_from(["", " "])) + _SCALES[scale][1]
    elif field.kind == "money" and draw(st.booleans()):
        heading += "(円)"
    elif field.kind == "ratio" and draw(st.booleans()):
        style, heading = Style("ratio", Decimal("0.01")), heading + "(%)"
    elif field.kind == "date":
        order = draw(st.sampled_from(["ymd", "ymd", "mdy", "dmy"]))
        style = Style("date", order=order, zone=zone)
    elif field.kind == "enum" and field.among[0] in _WORDS and draw(st.booleans()):
        style = Style("enum", values=tuple((_WORDS[v], v) for v in field.among))
    group = draw(st.sampled_from(["基本", "実績", ""])) if grouped else ""
    blanks = st.sampled_from(["", "", "", " ", "\u3000"])
    return Column(name, heading, group, style, multiplied, draw(blanks), draw(blanks))


@st.composite
def _around(
    draw: st.DrawFn, table: str, row: Row, columns: list[Column], format_: Format, pick: Random
) -> list[Line]:
    """The row as it comes, and what an export has put around it."""
    lines = [_line(row, columns, format_, pick)]
    mutation = draw(
        st.sampled_from(["", "", "", "broken", "broken", "copy", "key", "blank", "raw"])
    )
    match mutation:
        case "broken":
            lines = [_spoiled(lines[0], table, columns, pick)]
        case "copy":
            lines.append(_line(row, columns, format_, pick))
        case "key" if table != "accounts":
            other = {c: draw(texts()) if c == "name" else v for c, v in row.items()}
            lines.append(_line(other, columns, format_, pick))
        case "blank":
            lines.append(Line(tuple(EMPTY for _ in columns)) if pick.random() < 0.5 else Line())
        case "raw":
            lines.append(_unreadable(columns, format_, pick))
    return lines


def _line(row: Row, columns: list[Column], format_: Format, pick: Random) -> Line:
    holds = _HOLDS.get(format_, "")
    cells = tuple(
        cell_of(row[c.canonical], c.style, pick, holds)
        if c.canonical
        else Cell(pick.choice(("", "メモ", "2026-02-30", "1e5")), "foreign")
        for c in columns
    )
    return Line(cells, truth=row)


def _spoiled(line: Line, table: str, columns: list[Column], pick: Random) -> Line:
    """The row with one or two cells that no value has."""
    cells, faults = list(line.cells), {}
    places = [n for n, c in enumerate(columns) if c.canonical]
    for n in pick.sample(places, k=min(len(places), pick.choice((1, 1, 2, 3)))):
        found = broken(FIELDS[table][columns[n].canonical], columns[n].style, pick)
        if found:
            cells[n], faults[columns[n].canonical] = found
    if not any(_shown(cell) for cell in cells):
        return line  # a row without any value is none
    return replace(line, cells=tuple(cells), faults=tuple(faults.items()))


def _unreadable(columns: list[Column], format_: Format, pick: Random) -> Line:
    """A row with another number of cells than the header; a line that is no object."""
    if format_ == "jsonl":
        return Line(raw=pick.choice(BROKEN_LINES))
    if format_ == "xlsx":
        return Line(raw="=1+1")
    width = len(columns) + pick.choice((-1, 1, 2))
    return Line(tuple(Cell(f"x{n}", "ragged") for n in range(max(width, 1))), raw="ragged")
