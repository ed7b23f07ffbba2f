"""A mapping says how one company's export becomes the canonical tables; it is read strictly."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from crm.errors import InputError
from crm.schema import tables
from crm.settings import Company, Settings
from crm.units import scale_of


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Loader(yaml.SafeLoader):
    """YAML whose scalars are text, as they stand in the file: `Yes: 007` is not `True: 7`."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own way to say so)
        first: [r for r in resolvers if r[0].endswith((":null", ":merge"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class Source(_Model):
    """One file of the export, or one table of a database, and where needed how to read it.

    `header_row` is the row of the file in which the header begins, `header_rows` how many rows it
    has; `header` are names instead of it, of a file without one where `header_row` is not said.
    """

    file: str = ""
    table: str | None = None
    sheet: str | None = None
    delimiter: str | None = Field(default=None, pattern=r'^[^"\r\n]$')
    header: tuple[str, ...] | None = None
    header_row: int | None = Field(default=None, ge=1, le=1_000)
    header_rows: int | None = Field(default=None, ge=1, le=4)
    encoding: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        if bool(self.file) == bool(self.table):
            raise ValueError("give either `file` or `table`")
        if self.table and self.model_fields_set != {"table"}:
            raise ValueError("a `table` of a database is read as it is: say nothing else of it")
        return self

    @property
    def place(self) -> str:
        """What it is called in a report: the file, or the table."""
        return self.file or self.table or ""


class ColumnMapping(_Model):
    """Where a canonical column's value comes from and how it is read.

    It comes from a source column or is a constant. `values` replaces texts, `default` an empty one;
    `multiply` makes whole units of numbers (where the heading states a unit it need not be said);
    `date_order` says which of 4/1/2026 is the month; `period` which day of a month, quarter or year
    is meant; with `match: name` a reference is found by the name of what it refers to.
    """

    column: str | None = None
    constant: str | None = None
    values: dict[str, str | None] = {}
    default: str | None = None
    multiply: Decimal | None = Field(default=None, ge=Decimal("0.000001"), le=10**12)
    date_order: Literal["ymd", "mdy", "dmy"] = "ymd"
    period: Literal["", "start", "end"] = ""
    match: Literal["id", "name"] = "id"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either `column` or `constant`")
        return self

    @property
    def scale(self) -> Decimal:
        """What numbers are multiplied by: as said, else as the source column's heading states."""
        if self.multiply is not None:
            return self.multiply
        return (scale_of(self.column) if self.column else None) or Decimal(1)


class LeftOut(_Model):
    """Source rows that are left out on purpose: which (SQL condition), why, and of which source.

    Without a `select` they are left out by it. A `select` leaves them out itself, and is told why.
    """

    where: str
    reason: str
    source: str = ""


class TableMapping(_Model):
    """One canonical table: its source and either renamed columns or a SELECT over the sources.

    A SELECT may take the rows of more sources, which are named in `also`; each row then says in
    `_source` which one it is of.
    """

    source: str
    also: tuple[str, ...] = ()
    columns: dict[str, ColumnMapping] = {}
    select: str | None = None
    left_out: tuple[LeftOut, ...] = ()

    @model_validator(mode="after")
    def _something_to_read(self) -> TableMapping:
        if not self.columns and not (self.select or "").strip():
            raise ValueError("give `columns` or `select`")
        if self.also and not self.select:
            raise ValueError("rows of several sources need a `select`")
        for part in self.left_out:
            if part.source and part.source not in self.sources:
                raise ValueError(f"`left_out` names `{part.source}`, of which no row is taken")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources whose rows become rows of the table."""
        return (self.source, *self.also)

    def left_out_of(self, source: str) -> tuple[LeftOut, ...]:
        """What is left out of one of its sources."""
        return tuple(part for part in self.left_out if (part.source or self.source) == source)


class Mapping(_Model):
    """A whole mapping file."""

    version: int = Field(ge=1, le=1)
    workspace: Company = Company()
    settings: Settings = Settings()
    sources: dict[str, Source] = {}
    tables: dict[str, TableMapping] = Field(min_length=1)
    notes: tuple[str, ...] = ()

    @field_validator("settings")
    @classmethod
    def _beside_the_company(cls, settings: Settings) -> Settings:
        """Settings of a new workspace beside those of the company itself."""
        if "company" in settings.model_fields_set:
            raise ValueError("what concerns the company belongs under `workspace`")
        return settings

    @model_validator(mode="after")
    def _known_names(self) -> Mapping:
        known = tables()
        for table, spec in self.tables.items():
            if table not in known:
                raise ValueError(f"`{table}` is not a canonical table: {', '.join(known)}")
            unknown = [c for c in spec.columns if known[table].column(c) is None]
            if unknown:
                names = ", ".join(known[table].names)
                raise ValueError(f"`{table}` has no column `{unknown[0]}`; its columns: {names}")
            by_name = [c for c, m in spec.columns.items() if m.match == "name"]
            if wrong := [
                c for c in by_name if known[table].column(c) not in known[table].references
            ]:
                raise ValueError(f"`{table}.{wrong[0]}` refers to nothing: it has no `match: name`")
            for source in spec.sources:
                if source not in self.sources and "." not in source:
                    raise ValueError(f"`{table}` names the source `{source}`, which is not listed")
        return self

    def source(self, name: str) -> Source:
        """The source of that name; a bare file name is a source of its own."""
        return self.sources.get(name) or Source(file=name)

    def used_sources(self) -> dict[str, Source]:
        """Every source to be read, by the name a `select` uses for it."""
        direct = {one: self.source(one) for t in self.tables.values() for one in t.sources}
        return {**self.sources, **direct}


def load_mapping(path: Path) -> Mapping:
    """The mapping in a YAML file.

    Raises InputError with the file, the place and the remedy when it cannot be used.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise InputError(
            f"The mapping file {path} does not exist.", "Give its path with --mapping."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The mapping file {path} cannot be read as UTF-8 text.", "Save it as UTF-8."
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(
            f"The mapping file {path} is not valid YAML{where}.",
            "Check indentation and quotes there.",
        ) from error
    if not isinstance(data, dict):
        raise InputError(
            f"The mapping file {path} holds no mapping.",
            "It needs `version: 1` and `tables:`; see examples/mappings.",
        )
    try:
        return Mapping.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = " > ".join(str(part) for part in first["loc"]) or "the whole file"
        message = first["msg"].removeprefix("Value error, ")
        raise InputError(
            f"The mapping file {path} does not fit at {place}: {message}.",
            "See docs/your-data.md for the form.",
        ) from None
