"""`audit list` and `audit verify`."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

from api.cli.context import Context
from crm.audit import Entry
from crm.errors import InputError
from tools.format import how_many

_HASH = re.compile(r"[0-9a-f]{64}")
_WIDTH = 80


def show_entries(
    context: Context, after: int, count: int, user: str | None, action: str, *, as_json: bool
) -> None:
    """Entries in their order; `--after` with the last number goes on."""
    from rich.table import Table
    from rich.text import Text

    person = context.principal(user).person_id if user else None
    found = context.workspace.audit.read(after=after, limit=count, person=person, action=action)
    if as_json:
        context.print_json([{**asdict(one), "at": one.at.isoformat()} for one in found])
        return
    if not found:
        context.console.print("No such entries.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("no.", "at (UTC)", "person", "door", "action", "what"):
        table.add_column(name, overflow="fold", no_wrap=name in ("no.", "at (UTC)"))
    for one in found:
        at = f"{one.at:%Y-%m-%d %H:%M:%S}"
        cells = (str(one.seq), at, one.person or "operator", one.door, one.action, _what(one))
        table.add_row(*map(Text, cells))
    context.console.print(table)
    if len(found) == count:
        context.console.print(f"Go on with --after {found[-1].seq}.")


def _what(entry: Entry) -> str:
    """The subject and the beginning of the details; all of them are in the JSON."""
    if entry.details is None:
        return f"{entry.subject} (details erased)".strip()
    shown = json.dumps(entry.details, ensure_ascii=False) if entry.details else ""
    text = f"{entry.subject} {shown}".strip()
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def verify(context: Context, head: str | None, *, as_json: bool) -> bool:
    """Whether the log holds. Raises InputError when `head` is no hash."""
    if head is not None and not _HASH.fullmatch(head):
        raise InputError("`--head` is no hash of an entry.", "Take it from an earlier verify.")
    found = context.workspace.audit.verify(head)
    if as_json:
        context.print_json({**asdict(found), "holds": found.holds})
    elif found.holds:
        erased = f" ({found.erased} with erased details)" if found.erased else ""
        entries = how_many(found.entries, "entry", "entries")
        context.console.print(f"The audit log holds: {entries}{erased}.")
        context.console.print(f"Keep this elsewhere for the next --head: {found.head}")
    else:
        context.console.print(
            f"The audit log does NOT hold: entry {found.broken_at}: {found.reason}."
        )
    return found.holds
