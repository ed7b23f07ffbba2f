"""To which accounts e-mail addresses belong; the addresses themselves stay in here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ibis import _

from crm.scope import ScopedTables


@dataclass(frozen=True)
class Addresses:
    """The accounts that a principal sees, by address and by domain of the people there."""

    by_address: Mapping[str, frozenset[str]]
    by_domain: Mapping[str, frozenset[str]]

    def accounts(self, addresses: Iterable[str], ours: Iterable[str] = ()) -> frozenset[str]:
        """The accounts that these people are surely of; domains of `ours` say nothing.

        An address or a domain that several accounts share is of none of them.
        """
        found: set[str] = set()
        without = {domain.casefold() for domain in ours}
        for address in addresses:
            domain = address.rpartition("@")[2].casefold()
            of_domain = frozenset() if domain in without else self.by_domain.get(domain)
            accounts = self.by_address.get(address.casefold()) or of_domain or frozenset()
            found |= accounts if len(accounts) == 1 else frozenset()
        return frozenset(found)


def addresses(tables: ScopedTables) -> Addresses:
    """The addresses of the contacts of visible accounts, also where they are not shown."""
    return tables.remember(("addresses",), lambda: _addresses(tables))


def _addresses(tables: ScopedTables) -> Addresses:
    by_address: dict[str, set[str]] = {}
    by_domain: dict[str, set[str]] = {}
    if tables.has("contacts", "email"):
        whole = tables.snapshot.table("contacts").filter(_.email.notnull())
        seen = whole.semi_join(tables["accounts"], "account_id").select("account_id", "email")
        for row in seen.to_pyarrow().to_pylist():
            address = row["email"].strip().casefold()
            if "@" in address:
                by_address.setdefault(address, set()).add(row["account_id"])
                by_domain.setdefault(address.rpartition("@")[2], set()).add(row["account_id"])
    return Addresses(
        {address: frozenset(ids) for address, ids in by_address.items()},
        {domain: frozenset(ids) for domain, ids in by_domain.items()},
    )
