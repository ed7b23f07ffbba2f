"""Whom we must not know any more: kept as keyed digests, so that an import brings nobody back."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from crm.database import alone, open_database, utc_now
from crm.forgetting.spellings import (
    HONORIFIC,
    MARK,
    Contact,
    Shared,
    digits_of,
    is_japanese_name,
    parts_of,
)
from crm.personal import EMAIL, PHONE
from crm.settings import FILE, load_settings

_LOCK = 7_406_012
_ANYWHERE = "*"
_BETWEEN = re.compile(r"[\s　・,._-]")
_TELEPHONE = re.compile(rf"{PHONE}|(?<![0-9０-９])[0-9０-９]{{9,13}}(?![0-9０-９])")

metadata = sa.MetaData()
forgotten = sa.Table(
    "forgotten",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("forgotten_at", sa.DateTime, nullable=False),
)
forgotten_key = sa.Table(
    "forgotten_key",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", sa.String(64), nullable=False),
)


@dataclass(frozen=True)
class Forgotten:
    """The list of a workspace; without a key nobody has been forgotten yet.

    `names` are the lengths of the names to be looked for in texts, by account; "*" is anywhere.
    """

    key: str = ""
    digests: frozenset[str] = frozenset()
    names: dict[str, frozenset[tuple[str, int]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.digests)

    @property
    def state(self) -> str:
        """What the list is at; the same for the same people."""
        return hashlib.sha256("".join(sorted(self.digests)).encode()).hexdigest()

    def is_contact(
        self, contact_id: str, account_id: str, name: str | None, email: str | None
    ) -> bool:
        """Whether a row is of somebody forgotten: by id, e-mail address, or name at the account."""
        known = [("id", contact_id)]
        known += [("email", _mail(email))] if email else []
        known += [("person", f"{account_id}\0{_folded(name)}")] if name else []
        return any(self.digest(kind, value) in self.digests for kind, value in known)

    def pseudonym(self, contact_id: str) -> str:
        """The id that stands for a contact from now on; without the key it leads nowhere back."""
        return f"forgotten-{self.digest('pseudonym', contact_id)[:12]}"

    def digest(self, kind: str, value: str) -> str:
        keyed = hashlib.blake2b(f"{kind}\0{value}".encode(), digest_size=32, key=self.key.encode())
        return keyed.hexdigest()

    def without(self, text: str, account_id: str | None) -> str:
        """A text without the e-mail addresses, telephones and names of those who were forgotten."""
        text = re.sub(EMAIL, lambda m: self._marked("email", _mail(m[0]), m[0]), text)
        text = _TELEPHONE.sub(lambda m: self._marked("phone", digits_of(m[0]), m[0]), text)
        kinds = self.names.get(_ANYWHERE, frozenset())
        kinds |= self.names.get(account_id or _ANYWHERE, frozenset())
        if not kinds:
            return text
        spans = sorted(self._named(text, account_id, kinds), reverse=True)
        for start, end in spans:
            text = text[:start] + MARK + text[end:]
        return text

    def _marked(self, kind: str, value: str, as_it_is: str) -> str:
        return MARK if self.digest(kind, value) in self.digests else as_it_is

    def _named(
        self, text: str, account_id: str | None, kinds: frozenset[tuple[str, int]]
    ) -> Iterator[tuple[int, int]]:
        """Where names stand in a text, whatever is between their parts; none overlaps another."""
        letters = [
            (place, letter)
            for place, character in enumerate(text)
            if not _BETWEEN.match(character)
            for letter in unicodedata.normalize("NFKC", character).casefold()
        ]
        plain = "".join(letter for _place, letter in letters)
        ordered, place = sorted(kinds, key=lambda one: (-one[1], one[0])), 0
        while place < len(plain):
            end = next(
                (
                    place + length
                    for kind, length in ordered
                    if self._is_name(plain, place, length, kind, account_id, text, letters)
                ),
                None,
            )
            if end is None:
                place += 1
            else:
                yield letters[place][0], letters[end - 1][0] + 1
                place = end

    def _is_name(
        self, plain: str, start: int, length: int, kind: str, account_id: str | None, text: str,
        letters: list[tuple[int, str]],
    ) -> bool:  # fmt: skip
        word = plain[start : start + length]
        if len(word) < length or not word.isprintable():
            return False
        first, last = letters[start][0], letters[start + length - 1][0]
        if word.isascii() and not _stands_alone(text, first, last):
            return False
        if kind == "family" and not HONORIFIC.match(text, last + 1):
            return False
        accounts = [_ANYWHERE, *([account_id] if account_id else [])]
        return any(self.digest(kind, f"{a}\0{word}") in self.digests for a in accounts)


def read_forgotten(con: sa.Connection) -> Forgotten:
    """The list in a workspace database; empty where it has none yet."""
    if not sa.inspect(con).has_table("forgotten"):
        return Forgotten()
    key = con.scalar(sa.select(forgotten_key.c.key))
    rows = con.execute(sa.select(forgotten)).mappings().all()
    names: dict[str, set[tuple[str, int]]] = {}
    for row in rows:
        if row["kind"] in ("name", "family"):
            names.setdefault(row["account"], set()).add((row["kind"], row["length"]))
    return Forgotten(
        key or "",
        frozenset(row["digest"] for row in rows),
        {account: frozenset(kinds) for account, kinds in names.items()},
    )


def forgotten_of(workspace: Path) -> Forgotten:
    """The list of a workspace folder, whoever opens it; a folder that is none yet has none."""
    if not (workspace / FILE).is_file():
        return Forgotten()
    url = load_settings(workspace).database.url
    if not url and not (workspace / "state.db").exists():
        return Forgotten()
    engine = open_database(url or workspace / "state.db")
    try:
        with engine.connect() as con:
            return read_forgotten(con)
    finally:
        engine.dispose()


def list_forgotten(engine: sa.Engine, contact: Contact, shared: Shared) -> Forgotten:
    """Put a contact on the list, for good; what others have too is not looked for in texts."""
    with engine.begin() as con:
        alone(con, _LOCK)
        key = con.scalar(sa.select(forgotten_key.c.key))
        if key is None:
            key = secrets.token_hex(32)
            con.execute(sa.insert(forgotten_key).values(id=1, key=key))
        known = read_forgotten(con)
        rows = {row["digest"]: row for row in _rows(Forgotten(key), contact, shared)}
        new = [row for digest, row in rows.items() if digest not in known.digests]
        if new:
            con.execute(sa.insert(forgotten), new)
        return read_forgotten(con)


def _rows(keyed: Forgotten, of: Contact, shared: Shared) -> Iterator[dict[str, object]]:
    now = utc_now()

    def row(kind: str, value: str, account: str = "", length: int = 0) -> dict[str, object]:
        return {
            "digest": keyed.digest(kind, value), "kind": kind, "account": account,
            "length": length, "forgotten_at": now,
        }  # fmt: skip

    yield row("id", of.contact_id)
    yield row("person", f"{of.account_id}\0{_folded(of.name)}")
    if of.email and not shared.email:
        yield row("email", _mail(of.email))
    if of.phone and not shared.phone and len(digits_of(of.phone)) >= 9:
        yield row("phone", digits_of(of.phone))
    name = _folded(of.name)
    if len(name) > 1 and not shared.name_near:
        account = of.account_id if shared.name else _ANYWHERE
        yield row("name", f"{account}\0{name}", account, len(name))
    family = _folded(parts_of(of.name)[0])
    if is_japanese_name(of.name) and len(family) < len(name) and not shared.family_near:
        yield row("family", f"{of.account_id}\0{family}", of.account_id, len(family))


def _folded(name: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", name)).casefold()


def _mail(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().casefold()


def _stands_alone(text: str, first: int, last: int) -> bool:
    before, after = text[first - 1 : first] if first else "", text[last + 1 : last + 2]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())
