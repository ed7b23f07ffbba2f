"""`import`: what was read, accepted, rejected and left over, for a person who must act on it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.context import Context

if TYPE_CHECKING:
    from crm.importer import ImportReport, SourceReport

_MOST_LISTED = 8


def run(context: Context, path: Path, mapping: Path, *, dry_run: bool) -> None:
    """Import and print the report; an import that was made is noted."""
    from assistant.imports import noted
    from crm.importer import import_folder
    from crm.scope import OPERATOR

    with context.console.status("") as status:
        report = import_folder(
            path, mapping, context.folder, dry_run=dry_run, progress=status.update
        )
    if not dry_run:
        context.workspace.audit.record(OPERATOR, noted(report))
    print_report(context, report)


def print_report(context: Context, report: ImportReport) -> None:
    """Counts per table and file, the top reasons, broken references, and where the files are."""
    from rich.table import Table
    from rich.text import Text

    say = context.console.print
    tables = Table("table", "file", "read", "accepted", "rejected", box=None, pad_edge=False)
    for row in report.tables:
        tables.add_row(
            row.table, Text(row.file), f"{row.read:,}", f"{row.accepted:,}", f"{row.rejected:,}"
        )
    read, accepted, rejected = (
        sum(getattr(row, name) for row in report.tables)
        for name in ("read", "accepted", "rejected")
    )
    tables.add_row("all", "", f"{read:,}", f"{accepted:,}", f"{rejected:,}")
    say(tables)
    for source in report.sources:
        for line in _left_over(source):
            say(Text(line))
    for row in report.tables:
        if not row.accepted:
            say(Text(f"Attention: no row of {row.table} was accepted.", style="bold"))
    _print_reasons(context, report)
    _print_broken(context, report)
    for note in report.notes:
        say(Text(f"note: {note}"))
    if report.dry_run:
        say("Dry run: nothing was written.")
    elif report.unchanged:
        say(f"Snapshot {report.snapshot}: the same files as before, nothing has changed.")
    else:
        say(f"Snapshot {report.snapshot} is in use.")


def _left_over(source: SourceReport) -> list[str]:
    lines = [
        f"{source.file}: {count:,} of {source.read:,} rows left out: {reason}"
        for reason, count in source.left_out
    ]
    if source.ragged:
        lines.append(
            f"{source.file}: {source.ragged:,} of {source.read:,} rows have more or fewer cells "
            "than the header: rejected."
        )
    if source.unexplained:
        lines.append(
            f"{source.file}: {source.unexplained:,} of {source.read:,} rows are used by no table "
            "and the mapping does not say why."
        )
    return lines


def _print_reasons(context: Context, report: ImportReport) -> None:
    from rich.text import Text

    from crm.validate import REASONS

    counted = Counter((r.table, r.column, r.reason) for r in report.rejects)
    for (table, column, reason), count in counted.most_common(_MOST_LISTED):
        what, remedy = REASONS[reason]["en"]
        place = f"{table}.{column}" if column else table
        context.console.print(Text(f"{count:,} x {place}: {what}; {remedy}"))
    if (more := len(counted) - _MOST_LISTED) > 0:
        context.console.print(f"... and {more} more kinds of rejects.")
    if report.rejects_file and report.rejects:
        context.console.print(Text(f"Rejected rows: {report.rejects_file}"))


def _print_broken(context: Context, report: ImportReport) -> None:
    from rich.text import Text

    empty = [b for b in report.broken if b.value is None]
    unknown = [b for b in report.broken if b.value is not None]
    for broken in empty:
        context.console.print(
            Text(f"{broken.rows:,} rows of {broken.table} have no {broken.column}: kept.")
        )
    for broken in unknown[:_MOST_LISTED]:
        context.console.print(
            Text(
                f"{broken.rows:,} rows of {broken.table} name the unknown {broken.column} "
                f"`{broken.value}`: kept."
            )
        )
    if report.broken_file and len(unknown) > _MOST_LISTED:
        context.console.print(Text(f"All broken references: {report.broken_file}"))
