"""`key`: what the commands on API keys do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from api.cli.context import Context
from api.keys import Key, Keys, key_id
from api.scopes import SCOPES, Access
from crm.audit import Noted
from crm.errors import InputError, NotFoundError
from crm.scope import OPERATOR


def add_key(context: Context, email: str, name: str, scopes: str, days: int) -> None:
    """Make a key for a person of the directory and show it."""
    context.principal(email)
    given = _scopes(scopes)
    keys = Keys(context.workspace.database)
    key = keys.issue(email, name=name, scopes=given, days=days or None)
    made = {"email": email, "name": name, "scopes": given, "days": days}
    context.workspace.audit.record(OPERATOR, Noted("key.added", f"key:{key_id(key)}", made))
    context.console.print(key)


def list_keys(context: Context, *, as_json: bool) -> None:
    """Show what is known of every key."""
    keys = Keys(context.workspace.database).all()
    if as_json:
        context.print_json([_as_json(key) for key in keys])
        return
    from rich.table import Table

    table = Table("id", "person", "name", "scope", "expires", "last used", "state")
    for key in keys:
        table.add_row(
            key.id, key.email, key.name, _widest(key),
            _day(key.expires_at, "never"), _day(key.last_used_at, "-"), _state(key),
        )  # fmt: skip
    context.console.print(table)


def revoke_key(context: Context, key: str) -> None:
    """Revoke a key, named by itself or by its id."""
    if not Keys(context.workspace.database).revoke(key):
        raise NotFoundError("There is no such key in use.", "`tagayasu key list` names them.")
    subject = f"key:{key if len(key) == len(key_id(key)) else key_id(key)}"
    context.workspace.audit.record(OPERATOR, Noted("key.revoked", subject))
    context.console.print("Revoked.")


def _scopes(text: str) -> list[Access]:
    named = [part.strip() for part in text.split(",") if part.strip()]
    found = [scope for scope in SCOPES if scope in named]
    if not found or len(found) != len(set(named)):
        raise InputError(f"`{text}` is no scope.", f"Name one of {', '.join(SCOPES)}.")
    return found


def _as_json(key: Key) -> dict[str, Any]:
    times = ("created_at", "expires_at", "revoked_at", "last_used_at")
    moments = {name: getattr(key, name) for name in times}
    return {
        "id": key.id, "email": key.email, "name": key.name, "created_by": key.created_by,
        "scopes": [scope for scope in SCOPES if scope in key.scopes],
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
    }  # fmt: skip


def _widest(key: Key) -> str:
    return next((scope for scope in reversed(SCOPES) if scope in key.scopes), "-")


def _day(moment: datetime | None, without: str) -> str:
    return f"{moment:%Y-%m-%d}" if moment else without


def _state(key: Key) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "in use" if key.is_in_use(datetime.now(UTC)) else "expired"
