"""A key is shown once and only its digest is kept; unknown, wrong, expired and revoked are alike.

A key's id is the beginning of its digest: it names the key in lists and logs, and opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from api.scopes import READ, SCOPES, WRITE, Access
from crm.database import aware, clean, utc_now
from crm.errors import InputError

PREFIX = "tgy_"
DAYS = 365
"""How long a key lasts when nothing else is said."""
_RANDOM_BYTES = 32
_FORM = re.compile(r"tgy_[A-Za-z0-9_-]{43}")
_NOTHING = "0" * 64
_ID = 12
_LONGEST = 200
_SEEN_EVERY = timedelta(minutes=1)
log = structlog.get_logger(__name__)

metadata = sa.MetaData()

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("revoked_at", sa.DateTime),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("scopes", sa.Text, nullable=False, server_default="read write"),
    sa.Column("created_by", sa.Text, nullable=False, server_default=""),
    sa.Column("expires_at", sa.DateTime),
    sa.Column("last_used_at", sa.DateTime),
)


@dataclass(frozen=True)
class Key:
    """What is known of a key; the key itself is not."""

    id: str
    email: str
    name: str
    scopes: frozenset[Access]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_in_use(self, now: datetime) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Keys:
    """The API keys of a workspace, each of one person of ours by e-mail address."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def issue(
        self,
        email: str,
        *,
        name: str = "",
        scopes: Iterable[Access] = (READ, WRITE),
        days: int | None = DAYS,
        created_by: str = "",
    ) -> str:
        """A new key for the person with that e-mail address; it cannot be shown again.

        `created_by` is the id of who made it. Raises InputError when the address is none, a scope
        is unknown or there is none, or the days are not more than none; None days never end.
        """
        key, now, scopes = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES), utc_now(), list(scopes)
        if not scopes or not set(scopes) <= set(SCOPES):
            raise InputError("These are no scopes.", f"Name some of {', '.join(SCOPES)}.")
        if days is not None and not 1 <= days <= 3650:
            raise InputError("A key lasts 1 to 3,650 days.", "Give another number of days.")
        row = {
            "digest": _digest(key),
            "email": _address(email),
            "name": clean(name).strip()[:_LONGEST],
            "scopes": " ".join(scope for scope in SCOPES if scope in scopes),
            "created_by": created_by,
            "created_at": now,
            "expires_at": None if days is None else now + timedelta(days=days),
        }
        with self._engine.begin() as con:
            con.execute(sa.insert(api_keys).values(row))
        return key

    def revoke(self, key: str) -> bool:
        """End a key, named by itself or by its id, for good; False when there was none in use."""
        digest = api_keys.c.digest
        named = digest == _digest(key)
        if len(key) == _ID:
            named |= sa.func.substr(digest, 1, _ID) == clean(key)
        in_use = named & api_keys.c.revoked_at.is_(None)
        with self._engine.begin() as con:
            ended = con.execute(sa.update(api_keys).where(in_use).values(revoked_at=utc_now()))
        return ended.rowcount == 1

    def all(self, email: str | None = None) -> list[Key]:
        """The keys there are, or those of one person, the newest first."""
        query = sa.select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.digest)
        if email is not None:
            query = query.where(sa.func.lower(api_keys.c.email) == email.strip().lower())
        with self._engine.connect() as con:
            return [_key(row) for row in con.execute(query).mappings()]

    def use(self, key: str) -> Key | None:
        """The key in use that this is, noted as used; None for one that opens nothing."""
        found, now = self.find(key), aware(utc_now())
        if found is None or not found.is_in_use(now):
            return None
        if found.last_used_at is None or found.last_used_at < now - _SEEN_EVERY:
            self._seen(_digest(key))
        return found

    def find(self, key: str) -> Key | None:
        """What is known of a key, whether it is in use or not; None when it never was one."""
        if not _FORM.fullmatch(key):
            return None
        digest = _digest(key)
        query = sa.select(api_keys).where(api_keys.c.digest == digest)
        with self._engine.connect() as con:
            row = con.execute(query).mappings().one_or_none()
        known = hmac.compare_digest(row["digest"] if row else _NOTHING, digest)
        return _key(row) if row is not None and known else None

    def _seen(self, digest: str) -> None:
        used = sa.update(api_keys).where(api_keys.c.digest == digest)
        try:
            with self._engine.begin() as con:
                con.execute(used.values(last_used_at=utc_now()))
        except sa.exc.OperationalError as error:
            # Nobody is refused for want of a note of when they came.
            log.warning("key_use_not_noted", error=type(error).__name__)


def key_id(key: str) -> str:
    """The id of a key that is at hand."""
    return _digest(key)[:_ID]


def _address(email: str) -> str:
    email = clean(email).strip()
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@"):
        raise InputError("A key needs a person's e-mail address.", "Give it with `@`.")
    return email


def _key(row: sa.RowMapping) -> Key:
    return Key(
        id=row["digest"][:_ID],
        email=row["email"],
        name=row["name"],
        scopes=frozenset(s for s in SCOPES if s in row["scopes"].split()),
        created_by=row["created_by"],
        created_at=aware(row["created_at"]),
        expires_at=_moment(row["expires_at"]),
        revoked_at=_moment(row["revoked_at"]),
        last_used_at=_moment(row["last_used_at"]),
    )


def _moment(kept: datetime | None) -> datetime | None:
    return None if kept is None else aware(kept)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
