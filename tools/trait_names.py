"""What an attribute is made from, and what its values are called.

Source: docs/metrics.md (traits).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.scope import ScopedTables
from tools.facts import FactBook
from tools.people import names_of_people
from tools.trait_cases import Attribute
from tools.words import word

COLUMNS: dict[Attribute, tuple[tuple[str, str], ...]] = {
    "industry": (("accounts", "industry"),),
    "size_band": (("accounts", "employees"),),
    "region": (("accounts", "region"),),
    "channel": (("accounts", "channel"),),
    "owner": (("opportunities", "owner_id"),),
    "category": (("opportunities", "category"), ("products", "category")),
}
"""The columns of which one at least must be filled for the attribute to be known."""


@dataclass(frozen=True)
class Labels:
    """The names of owners; every other value is its own name."""

    owners: Mapping[str, str]

    def of(self, attribute: Attribute, value: str | None) -> str | None:
        """What a value is called; None stays unknown."""
        return self.owners.get(value or "", value) if attribute == "owner" else value


def labels(tables: ScopedTables) -> Labels:
    """What the values of every attribute are called."""
    return Labels(names_of_people(tables))


def recorded(
    book: FactBook, tables: ScopedTables, attributes: Sequence[Attribute]
) -> list[Attribute]:
    """The attributes that the import fills; the others are named in a warning."""
    found = []
    for attribute in attributes:
        if any(tables.has(table, column) for table, column in COLUMNS[attribute]):
            found.append(attribute)
            continue
        table, column = COLUMNS[attribute][0]
        ja, en = word(attribute, "trait", "ja"), word(attribute, "trait", "en")
        book.warn(
            f"{ja}（{table} の {column}）が登録されていないため、比較から除きました。"
            "取り込みの対応表に追加してください。",
            f"Left out, because it is not recorded: {en} ({table}.{column}). "
            "Add it to the mapping and import.",
        )
    return found
