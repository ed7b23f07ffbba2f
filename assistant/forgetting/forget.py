"""Forgetting a person is one order of steps, each of which may be done again: a kill loses nothing.

Who is being forgotten stands in a file of the workspace until a search finds nothing of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa

from assistant.forgetting import files, state
from crm.audit import Audit, Noted
from crm.database import Place, open_database
from crm.errors import NotFoundError
from crm.forgetting.list import Forgotten, list_forgotten, read_forgotten
from crm.forgetting.snapshots import erase_from_tables, other_snapshots, remove_other_snapshots
from crm.forgetting.spellings import Contact, Shared, Spellings, digits_of, parts_of
from crm.scope import Principal
from crm.settings import Settings
from crm.warehouse import current_snapshot, snapshot_file, write_text

if TYPE_CHECKING:
    from knowledge.library import Library

_OF_LIBRARY = frozenset({"documents", "chunks", "names"})
Places = Mapping[str, int]


@dataclass(frozen=True)
class Found:
    """Where a person is written: how often, by place. `also` are contacts that may be the same."""

    contact: Contact
    shared: Shared
    places: Places
    also: tuple[str, ...]


@dataclass(frozen=True)
class Forgot:
    """What was done, by place, and where the person is written still: nowhere, when it is done."""

    pseudonym: str
    done: Places
    left: tuple[str, ...]


@dataclass(frozen=True)
class ForgettingParts:
    """What holds a workspace's memory; put together in `assistant.bootstrap` only."""

    folder: Path
    settings: Settings
    database: Callable[[], sa.Engine]
    threads: Place
    library: Callable[[], Library]
    audit: Callable[[], Audit]


class Forgetting:
    """Removes a customer's person from a workspace. Backups of it are outside: see the docs."""

    def __init__(self, parts: ForgettingParts) -> None:
        self._of = parts

    def look(self, contact_id: str) -> Found:
        """Where the person is written; nothing changes.

        Raises NotFoundError when there is no such contact.
        """
        contact, shared, also = self._who(contact_id)
        with self._of.database().connect() as con:
            listed = read_forgotten(con)
        known = Spellings(contact, shared, "forgotten")
        tables = self._tables(known, listed, dry_run=True)
        places = {f"tables: {place}": n for place, n in tables.items()}
        for database in self._databases(known):
            places |= state.count(database)
        held = files.holding(self._of.folder, known, self._left_alone)
        places |= {str(f.relative_to(self._of.folder)): 1 for f in held}
        if old := other_snapshots(self._of.folder):
            places["older snapshots"] = len(old)
        return Found(contact, shared, places, also)

    def forget(self, who: Principal, contact_id: str) -> Forgot:
        """Remove the person everywhere, and search. What was begun before is taken up again."""
        contact, shared, _also = self._who(contact_id)
        pending = self._pending(contact_id)
        pending.parent.mkdir(exist_ok=True)
        pending.parent.chmod(0o700)
        write_text(pending, json.dumps({"contact": asdict(contact), "shared": asdict(shared)}))
        listed = list_forgotten(self._of.database(), contact, shared)
        known = Spellings(contact, shared, listed.pseudonym(contact_id))
        done = {f"tables: {p}": n for p, n in self._tables(known, listed, dry_run=False).items()}
        if gone := remove_other_snapshots(self._of.folder, self._of.settings.warehouse.url):
            done["older snapshots"] = len(gone)
        library = pending.with_suffix(".library")
        for database in self._databases(known):
            if state.count(database, _OF_LIBRARY):
                library.touch()  # first: the vectors of what is cleaned must not outlive a kill
            done |= state.clean(database)
        if library.exists():
            self._of.library().rebuild()
            library.unlink()
        for file in files.clean(self._of.folder, known, self._left_alone):
            done[str(file.relative_to(self._of.folder))] = 1
        for database in self._databases(known):
            state.vacuum(database.engine)
        left = self._search(known)
        details = {"places": dict(done), "left": len(left)}
        self._of.audit().record(who, Noted("forget", f"contact:{known.pseudonym}", details))
        if not left:
            pending.unlink()
        return Forgot(known.pseudonym, done, tuple(left))

    # ------------------------------------------------------------------ who it is

    def _pending(self, contact_id: str) -> Path:
        safe = contact_id.encode().hex()[:80]
        return self._of.folder / files.PENDING / f"{safe}.json"

    def _who(self, contact_id: str) -> tuple[Contact, Shared, tuple[str, ...]]:
        pending = self._pending(contact_id)
        if pending.is_file():
            said = json.loads(pending.read_text(encoding="utf-8"))
            shared = said["shared"] | {"family_at": tuple(said["shared"]["family_at"])}
            return Contact(**said["contact"]), Shared(**shared), ()
        snapshot = current_snapshot(self._of.folder)
        if snapshot is None:
            raise _unknown(contact_id)
        with duckdb.connect(str(snapshot_file(self._of.folder, snapshot)), read_only=True) as con:
            return _looked_up(con, contact_id)

    # ------------------------------------------------------------------ the steps

    def _tables(self, known: Spellings, listed: Forgotten, *, dry_run: bool) -> dict[str, int]:
        contact = known.contact

        def clean(text: str, account: str | None, linked: bool) -> str:
            near = known.is_near(text) if account is None else account == contact.account_id
            return known.without(text, near=near, linked=linked)

        ids = {contact.contact_id: known.pseudonym}
        url = self._of.settings.warehouse.url
        return erase_from_tables(self._of.folder, ids, clean, listed.state, url, dry_run=dry_run)

    def _databases(self, known: Spellings) -> list[state.Database]:
        """The workspace database, and that of the conversations where it is another."""
        engines = [self._of.database()]
        if isinstance(self._of.threads, Path) and self._of.threads.exists():
            engines.append(open_database(self._of.threads))
        return [state.Database.of(engine, known) for engine in engines]

    @property
    def _left_alone(self) -> frozenset[Path]:
        """What is about our own people."""
        named = self._of.settings.access.directory
        return frozenset({self._of.folder / named} if named else ())

    def _search(self, known: Spellings) -> list[str]:
        left = []
        for database in self._databases(known):
            left += [f"database: {place} ({n})" for place, n in state.count(database).items()]
        return left + files.found_in_files(self._of.folder, known)


def _looked_up(
    con: duckdb.DuckDBPyConnection, contact_id: str
) -> tuple[Contact, Shared, tuple[str, ...]]:
    """The contact of that id, and what of theirs others have too."""
    held = {
        r[0] for r in con.execute("SELECT table_name FROM information_schema.tables").fetchall()
    }
    query = "SELECT contact_id, account_id, name, email, phone FROM contacts"
    rows = con.execute(query).fetchall() if "contacts" in held else []
    own = next((row for row in rows if row[0] == contact_id), None)
    if own is None:
        raise _unknown(contact_id)
    _id, account_id, name, email, phone = own
    account = account_id
    if "accounts" in held:
        found = con.execute("SELECT name FROM accounts WHERE account_id = ?", [account_id])
        account = (found.fetchone() or (account_id,))[0]
    ours = []
    if "people" in held:
        ours = [n for (n,) in con.execute("SELECT name FROM people").fetchall()]
    others = [row for row in rows if row[0] != contact_id]
    here = [row[2] for row in others if row[1] == account_id] + ours
    shared = Shared(
        name=_key(name) in {_key(n) for n in [*(row[2] for row in others), *ours]},
        name_near=_key(name) in {_key(n) for n in here},
        family_near=_family(name) in {_family(n) for n in here},
        email=bool(email) and _mail(email) in {_mail(row[3]) for row in others if row[3]},
        family_at=_namesakes(con, name, account_id) if "accounts" in held else (),
        phone=bool(phone) and digits_of(phone) in {digits_of(r[4]) for r in others if r[4]},
    )
    also = tuple(r[0] for r in others if email and r[3] and _mail(r[3]) == _mail(email))
    return Contact(contact_id, account_id, account, name, email, phone), shared, also


def _namesakes(con: duckdb.DuckDBPyConnection, name: str, account_id: str) -> tuple[str, ...]:
    """The other accounts where somebody has the same family name."""
    rows = con.execute(
        "SELECT DISTINCT a.name, c.name FROM contacts c JOIN accounts a USING (account_id) "
        "WHERE account_id <> ?",
        [account_id],
    ).fetchall()
    return tuple(sorted({a for a, n in rows if a and _family(n) == _family(name)}))


def _key(name: str) -> str:
    return "".join(parts_of(name)).casefold()


def _family(name: str) -> str:
    return (parts_of(name) or [""])[0].casefold()


def _mail(email: str) -> str:
    return email.strip().casefold()


def _unknown(contact_id: str) -> NotFoundError:
    return NotFoundError(
        f"There is no contact `{contact_id}` in this workspace.",
        "`tagayasu tool key_contacts account_id=...` names an account's contacts.",
    )
