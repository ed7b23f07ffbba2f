"""A proposal is what a mapping may say of an export, how sure that is, and what is to be filled."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from crm.mapping import Source
from crm.readers import Note
from crm.schema import Column, Table
from crm.settings import Language


@dataclass(frozen=True)
class Remark:
    """Something a person should know of a proposal; `code` has its words in words.yaml."""

    code: str
    of: tuple[tuple[str, str], ...] = ()

    @classmethod
    def on(cls, code: str, **of: object) -> Remark:
        return cls(code, tuple((name, str(value)) for name, value in of.items()))


@dataclass(frozen=True)
class ValueEntry:
    """What a value of the source becomes; `unknown` is left to a person, not `sure` is marked."""

    old: str
    new: str | None
    sure: bool = True
    unknown: bool = False


@dataclass(frozen=True)
class Entry:
    """A canonical column and where it comes from: a heading, a constant or an SQL expression.

    What is not `active` stands in a comment. `confidence` is from 0 to 1.
    """

    column: Column
    heading: str = ""
    confidence: float = 0.0
    active: bool = True
    samples: tuple[str, ...] = ()
    constant: str | None = None
    sql: str | None = None
    reads: tuple[str, ...] = ()
    multiply: Decimal | None = None
    date_order: Literal["mdy", "dmy"] | None = None
    period: Literal["start", "end"] | None = None
    by_name: bool = False
    values: tuple[ValueEntry, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class TableProposal:
    """One canonical table and the sheet that fills it; `left` are headings that nothing takes.

    `first_row` is the heading that marks the first row of a record, where the others are left out.
    """

    table: Table
    source: Source
    label: str
    confidence: float
    entries: tuple[Entry, ...]
    missing: tuple[tuple[Column, Remark], ...] = ()
    left: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    first_row: str | None = None

    @property
    def active(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.active)


@dataclass(frozen=True)
class Unused:
    """A sheet that fills no table, with the table it is most like, if any, and what that lacks."""

    label: str
    headings: tuple[str, ...]
    like: str = ""
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """All that is proposed for an export; `address` is a database's, without password."""

    place: str
    language: Language
    currency: str
    currency_seen: bool
    tables: tuple[TableProposal, ...]
    unused: tuple[Unused, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    address: str | None = None
