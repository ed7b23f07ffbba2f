"""A key is shown once and only its digest is kept; unknown, wrong and revoked keys answer alike."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import sqlalchemy as sa

from crm.database import clean, utc_now
from crm.errors import InputError

PREFIX = "tgy_"
_RANDOM_BYTES = 32
_NOTHING = "0" * 64

metadata = sa.MetaData()

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("revoked_at", sa.DateTime),
)


class Keys:
    """The API keys of a workspace, each of one person of ours by e-mail address."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def issue(self, email: str) -> str:
        """A new key for the person with that e-mail address; it cannot be shown again.

        Raises InputError when the text is no e-mail address.
        """
        email = clean(email).strip()
        if email.count("@") != 1 or email.startswith("@") or email.endswith("@"):
            raise InputError("A key needs a person's e-mail address.", "Give it with `@`.")
        key = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        row = {"digest": _digest(key), "email": email, "created_at": utc_now()}
        with self._engine.begin() as con:
            con.execute(sa.insert(api_keys).values(row))
        return key

    def revoke(self, key: str) -> bool:
        """End a key for good; False when there was no such key in use."""
        in_use = (api_keys.c.digest == _digest(key)) & api_keys.c.revoked_at.is_(None)
        with self._engine.begin() as con:
            ended = con.execute(sa.update(api_keys).where(in_use).values(revoked_at=utc_now()))
        return ended.rowcount == 1

    def email_of(self, key: str) -> str | None:
        """Whose key it is; None for one that is unknown or revoked."""
        digest = _digest(key)
        query = sa.select(api_keys.c.digest, api_keys.c.email, api_keys.c.revoked_at)
        with self._engine.connect() as con:
            row = con.execute(query.where(api_keys.c.digest == digest)).one_or_none()
        known = hmac.compare_digest(row.digest if row else _NOTHING, digest)
        if row is None or not known or row.revoked_at is not None:
            return None
        return str(row.email)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
