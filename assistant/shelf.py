"""Documents for people: who may read one may see it listed, and nobody writes for those beyond.

What somebody adds is about an account that they may change, or for people, teams that answer to
them; only who sees everything writes for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml

from assistant.compound import viewer_of
from assistant.desk import Desk
from crm.audit import Noted
from crm.errors import InputError, NotAllowedError, NotFoundError
from crm.scope import Principal, ScopedTables
from crm.uploads import safe_name
from knowledge.documents import About, digest_of, document
from knowledge.library import Library
from knowledge.readers import SUFFIXES, Reader
from knowledge.registry import Registered
from knowledge.sources import MAX_BYTES, Source

FOLDER = "uploads"
"""Documents that were sent lie below this folder, each in that of who sent it."""


class Shelf:
    """The documents of the library, as each person may see, add and remove them."""

    def __init__(self, desk: Desk, library: Callable[[], Library]) -> None:
        self._desk, self._library = desk, library

    def all(self, who: Principal) -> list[Registered]:
        """The documents that somebody may read, by path."""
        viewer = viewer_of(self._desk.tables(who))
        return [one for one in self._library().documents() if viewer.may_see(one)]

    def get(self, who: Principal, document_id: str) -> Registered:
        """A document; NotFoundError alike when there is none and when it is not theirs to read."""
        found = next((one for one in self.all(who) if one.id == document_id), None)
        if found is None:
            raise NotFoundError("There is no such document that you can see.", "List them.")
        return found

    def add(
        self, who: Principal, name: str, content: bytes, said: Mapping[str, Any]
    ) -> tuple[Registered, bool]:
        """Take in a file with what is said of it, in the place of theirs of the same name.

        What is said goes before what stands in the file itself. Gives the document, and whether it
        is new. Raises InputError for a file that cannot be used, NotFoundError for an account that
        cannot be seen, NotAllowedError for readers beyond whom they may write for.
        """
        who.ensure_may_write()
        name = safe_name(name)
        if PurePosixPath(name).suffix.lower() not in SUFFIXES:
            raise InputError(
                f"{name} is of a kind that cannot be read.",
                f"They end in {', '.join(sorted(SUFFIXES))}.",
            )
        if len(content) > MAX_BYTES:
            raise InputError(f"{name} is larger than {MAX_BYTES // 2**20} MiB.", "Split it.")
        place = f"{_own(who)}{name}"
        beside = yaml.safe_dump(dict(said), allow_unicode=True).encode()
        source = Source(place, lambda: content, (lambda: beside) if said else None)
        with Reader() as reader:
            found = document(source, "", digest_of(source), reader)
        self._require_readers(self._desk.tables(who), found.about)
        is_new = all(one.id != found.id for one in self._library().documents())
        self._library().put(found)
        self._note(who, "document.added", found.id, path=place, account=found.about.account)
        return self._registered(found.id), is_new

    def remove(self, who: Principal, document_id: str) -> None:
        """Take a document out. Raises NotAllowedError for one that somebody else has added."""
        who.ensure_may_write()
        found = self.get(who, document_id)
        if not found.path.startswith(_own(who)) and not self._desk.tables(who).scope.sees_all:
            raise NotAllowedError("Somebody else has added this document.", "Ask an admin.")
        self._library().remove(found.id)
        self._note(who, "document.removed", found.id, path=found.path, account=found.account)

    def _require_readers(self, tables: ScopedTables, about: About) -> None:
        if about.account is not None:
            tables.require_write(about.account)
            return
        if tables.scope.sees_all or (about.audience and _answer_to(tables, about.audience)):
            return
        raise NotAllowedError(
            "You may add documents about accounts of yours, or for people who answer to you.",
            "Name an account, or an audience of them.",
        )

    def _registered(self, document_id: str) -> Registered:
        return next(one for one in self._library().documents() if one.id == document_id)

    def _note(self, who: Principal, action: str, document_id: str, **said: object) -> None:
        self._desk.note(who, Noted(action, f"document:{document_id}", said))


def _own(who: Principal) -> str:
    return f"{FOLDER}/{safe_name(who.person_id or 'operator')}/"


def _answer_to(tables: ScopedTables, audience: tuple[str, ...]) -> bool:
    """Whether all of these are people of the asker's, or teams of nobody else."""
    people = tables.directory.people
    ids = tables.scope.person_ids
    mine = [person for person in people if person.person_id in ids]
    names = {n.casefold() for p in mine for n in (p.person_id, p.email) if n}
    others = {p.team.casefold() for p in people if p.team and p.person_id not in ids}
    teams = {p.team.casefold() for p in mine if p.team} - others
    return all(name.casefold() in names | teams for name in audience)
