"""Where the app is installed is kept in the database, its tokens sealed with a key from outside."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from api.slack.inbox import metadata
from crm.database import aware, upsert, utc, utc_now
from crm.errors import InputError

STATE_SECONDS = 600
"""So long somebody may take from our link to Slack's consent."""

slack_installations = sa.Table(
    "slack_installations",
    metadata,
    sa.Column("enterprise", sa.Text, primary_key=True),
    sa.Column("team", sa.Text, primary_key=True),
    sa.Column("app", sa.Text, nullable=False),
    sa.Column("bot_user", sa.Text, nullable=False),
    sa.Column("bot_token", sa.LargeBinary, nullable=False),
    sa.Column("refresh_token", sa.LargeBinary),
    sa.Column("expires_at", sa.DateTime),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("installed_by", sa.Text, nullable=False),
    sa.Column("installed_at", sa.DateTime, nullable=False),
)
slack_states = sa.Table(
    "slack_states",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("expires_at", sa.DateTime, nullable=False),
)


@dataclass(frozen=True)
class Installation:
    """The app in one team or, with an empty `team`, in a whole organisation (Enterprise Grid).

    A token that rotates has an end (`expires_at`) and a `refresh_token` for the next one.
    """

    enterprise: str
    team: str
    app: str
    bot_user: str
    bot_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    scopes: str = ""
    installed_by: str = ""

    def ends_within(self, seconds: float) -> bool:
        """Whether the token has to be renewed by then."""
        if self.expires_at is None:
            return False
        return self.expires_at <= datetime.now(UTC) + timedelta(seconds=seconds)


class Installations:
    """The installations of a workspace, shared by every process that serves it."""

    def __init__(self, engine: sa.Engine, key: str) -> None:
        self._engine = engine
        self._key = key
        self._seal = sealer(key)

    def keep(self, made: Installation) -> None:
        """Keep an installation in the place of an older one of the same team."""
        row = {
            "enterprise": made.enterprise,
            "team": made.team,
            "app": made.app,
            "bot_user": made.bot_user,
            "bot_token": self._sealed(made.bot_token),
            "refresh_token": made.refresh_token and self._sealed(made.refresh_token),
            "expires_at": made.expires_at and utc(made.expires_at),
            "scopes": made.scopes,
            "installed_by": made.installed_by,
            "installed_at": utc_now(),
        }
        with self._engine.begin() as con:
            upsert(con, slack_installations, [row])

    def renewed(self, old: Installation, new: Installation) -> bool:
        """Keep a renewed token; False when another process has renewed it, or it is gone."""
        values = {
            "bot_token": self._sealed(new.bot_token),
            "refresh_token": new.refresh_token and self._sealed(new.refresh_token),
            "expires_at": new.expires_at and utc(new.expires_at),
        }
        ends = slack_installations.c.expires_at
        with self._engine.begin() as con:
            same = ends == (old.expires_at and utc(old.expires_at))
            changing = sa.update(slack_installations).where(_at(old.enterprise, old.team), same)
            return con.execute(changing.values(**values)).rowcount > 0

    def of(self, enterprise: str, team: str) -> Installation | None:
        """The installation that serves a team: its own, else that of its whole organisation."""
        places = [(enterprise, team), ("", team)] if team else []
        places += [(enterprise, "")] if enterprise else []
        with self._engine.connect() as con:
            for place in places:
                query = sa.select(slack_installations).where(_at(*place))
                row = con.execute(query).mappings().one_or_none()
                if row is not None:
                    return self._opened(row)
        return None

    def all(self) -> list[Installation]:
        """Every installation, in the order of its names."""
        order = (slack_installations.c.enterprise, slack_installations.c.team)
        with self._engine.connect() as con:
            rows = con.execute(sa.select(slack_installations).order_by(*order)).mappings().all()
        return [self._opened(row) for row in rows]

    def end(self, enterprise: str, team: str) -> bool:
        """Forget an installation and its tokens; False when there is none."""
        with self._engine.begin() as con:
            gone = sa.delete(slack_installations).where(_at(enterprise, team))
            return con.execute(gone).rowcount > 0

    # ----------------------------------------------------------------- the way through Slack

    def begin(self) -> str:
        """A new state for the way to Slack and back, good once and for ten minutes.

        Anybody may begin, so nothing is kept of it: the state itself says that it is ours.
        """
        said = f"{int(time.time()) + STATE_SECONDS}.{secrets.token_urlsafe(32)}"
        return f"{said}.{self._mark(said)}"

    def came_back(self, state: str) -> bool:
        """Whether a state is one of ours, still good; it is no longer afterwards."""
        said, _dot, mark = state.rpartition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(said).encode()):
            return False
        until = datetime.fromtimestamp(int(said.partition(".")[0]), UTC)
        if until < datetime.now(UTC):
            return False
        used = {"digest": _digest(state), "expires_at": utc(until)}
        try:
            with self._engine.begin() as con:
                con.execute(sa.delete(slack_states).where(slack_states.c.expires_at < utc_now()))
                con.execute(sa.insert(slack_states).values(used))
        except sa.exc.IntegrityError:
            return False
        return True

    def _mark(self, said: str) -> str:
        key = b"state:" + self._key.encode()
        return hmac.new(key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def _sealed(self, token: str) -> bytes:
        return self._seal.encrypt(token.encode())

    def _opened(self, row: sa.RowMapping) -> Installation:
        try:
            bot, refresh = (
                row[name] and self._seal.decrypt(bytes(row[name])).decode()
                for name in ("bot_token", "refresh_token")
            )
        except InvalidToken:
            raise InputError(
                "The tokens of the Slack app cannot be read with this SLACK_TOKEN_KEY.",
                "Set the key they were kept with, or install the app anew.",
            ) from None
        return Installation(
            enterprise=row["enterprise"],
            team=row["team"],
            app=row["app"],
            bot_user=row["bot_user"],
            bot_token=bot,
            refresh_token=refresh or None,
            expires_at=row["expires_at"] and aware(row["expires_at"]),
            scopes=row["scopes"],
            installed_by=row["installed_by"],
        )


def sealer(key: str) -> Fernet:
    """What seals tokens; InputError when the key is none of Fernet's."""
    try:
        return Fernet(key.encode())
    except ValueError:
        raise InputError(
            "SLACK_TOKEN_KEY is no key: 32 bytes in URL-safe base64 are needed.",
            "Make one: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'",
        ) from None


def _at(enterprise: str, team: str) -> sa.ColumnElement[bool]:
    held = slack_installations.c
    return (held.enterprise == enterprise) & (held.team == team)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()
