"""`notices preview` and `preferences show` / `set`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from rich.table import Table

from api.cli.context import Context
from crm.audit import Noted

if TYPE_CHECKING:
    from crm.settings import Language


def preview(
    context: Context,
    user: str,
    kind: Literal["digest", "reminders"],
    language: Language | None,
    *,
    as_json: bool,
) -> None:
    """Print what a person would be sent, on the day that the data speak of."""
    from api.cli.asking import show

    who = context.principal(user)
    answer = context.workspace.notices.preview(who, kind, language)
    if answer is None:
        context.console.print(f"There is nothing to send to {who.name} now.")
        return
    show(context, answer, as_json=as_json)


def show_preferences(context: Context, user: str, *, as_json: bool) -> None:
    """Print what holds for a person."""
    _print(context, context.workspace.preferences.of(context.principal(user).person_id).texts,
           as_json=as_json)  # fmt: skip


def set_preferences(context: Context, user: str, wanted: Mapping[str, str | None]) -> None:
    """Choose for a person, and print what holds then."""
    who = context.principal(user)
    now = context.workspace.preferences.change(who, wanted)
    changed = Noted("preferences.changed", "", dict(wanted))
    context.workspace.audit.record(who, changed)
    _print(context, now.texts, as_json=False)


def _print(context: Context, texts: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        context.print_json(dict(texts))
        return
    table = Table("preference", "value", box=None)
    for name, value in texts.items():
        table.add_row(name, value)
    context.console.print(table)
