"""The canonical tables as data: whatever knows a column's name, type or meaning asks here."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm.declared import declared

ColumnType = Literal["id", "text", "list", "integer", "number", "money", "ratio", "date", "enum"]

SQL_TYPES: dict[ColumnType, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "list": "VARCHAR",
    "enum": "VARCHAR",
    "integer": "BIGINT",
    "number": "DECIMAL(18,4)",
    "money": "DECIMAL(18,4)",
    "ratio": "DECIMAL(9,6)",
    "date": "DATE",
}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Model):
    """One column: its type, unit, whether a row needs it, and what it means in ja and en.

    `personal` columns reach a contact; `free` ones are text in which anything may be written.
    """

    name: str
    type: ColumnType
    ja: str
    en: str
    unit: str | None = None
    required: bool = False
    ref: str | None = None
    values: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = None
    personal: bool = False
    free: bool = False

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.type]


class Table(_Model):
    """One canonical table; `key` is the set of columns no two rows may share (empty: none)."""

    name: str
    ja: str
    en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...] = Field(min_length=1)

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    @property
    def references(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.ref)

    def ddl(self) -> str:
        """The CREATE TABLE statement for DuckDB."""
        columns = ", ".join(
            f'"{c.name}" {c.sql_type}{" NOT NULL" if c.required else ""}' for c in self.columns
        )
        return f'CREATE TABLE "{self.name}" ({columns})'


@cache
def tables() -> dict[str, Table]:
    """All canonical tables by name, in the order they are declared."""
    specs: dict[str, dict[str, Any]] = declared("crm", "tables.yaml")
    result = {}
    for name, spec in specs.items():
        columns = spec.pop("columns")
        result[name] = Table.model_validate(
            {"name": name, **spec, "columns": [{"name": c, **v} for c, v in columns.items()]}
        )
    return result
