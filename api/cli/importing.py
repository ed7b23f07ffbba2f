"""`import`: what was read, accepted, rejected and left over, for a person who must act on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.context import Context
from crm.errors import InputError

if TYPE_CHECKING:
    from crm.importer import ImportReport
    from crm.settings import Language


@dataclass(frozen=True)
class Asked:
    """How an import is asked for beside what is imported."""

    corrections: Path | None = None
    answers: Path | None = None
    dry_run: bool = False
    diff: bool = False
    markdown: Path | None = None
    language: Language | None = None


def run(context: Context, path: str | None, mapping: Path | None, asked: Asked) -> None:
    """Import and print the report; an import that was made is noted."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    from assistant.imports import noted
    from crm.importer import import_folder
    from crm.scope import OPERATOR

    if path is None or mapping is None:
        raise InputError(
            "An import needs a folder and a mapping.",
            "`tagayasu import FOLDER --mapping FILE`; `tagayasu map FOLDER` proposes the file.",
        )
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        report = import_folder(
            Path(path), mapping, context.folder, dry_run=asked.dry_run,
            corrections=asked.corrections, answers=asked.answers,
            progress=lambda doing, done: bar.update(task, description=doing, completed=done),
        )  # fmt: skip
    try:
        print_report(context, report, asked)
    finally:  # it was made, whether or not it can be told
        if not asked.dry_run:
            context.workspace.audit.record(OPERATOR, noted(report))


def list_snapshots(context: Context) -> None:
    """Print the snapshots that are kept, the newest first."""
    from rich.table import Table

    from crm.history import snapshots

    shown = Table("snapshot", "made", "rows", "", box=None, pad_edge=False)
    for past in snapshots(context.folder):
        made = past.made_at.strftime("%Y-%m-%d %H:%M UTC")
        rows = f"{sum(past.rows.values()):,}" if past.rows else "-"
        shown.add_row(past.snapshot, made, rows, "in use" if past.in_use else "")
    context.console.print(shown)


def roll_back(context: Context, snapshot: str | None) -> None:
    """Use an earlier snapshot again; that is noted."""
    from crm.audit import Noted
    from crm.history import roll_back as back
    from crm.scope import OPERATOR

    chosen = back(context.folder, snapshot, context.workspace.settings.warehouse.url)
    context.workspace.audit.record(OPERATOR, Noted("rollback", f"snapshot:{chosen.snapshot}", {}))
    context.console.print(
        f"Snapshot {chosen.snapshot} of {chosen.made_at:%Y-%m-%d %H:%M} UTC is in use again."
    )


def print_report(
    context: Context,
    report: ImportReport,
    asked: Asked = Asked(),
) -> None:
    """Print the conclusion, then what stands behind it; write it as Markdown too if asked to."""
    from rich.table import Table
    from rich.text import Text

    from api.render.imported import conclusion, effects_of, report_markdown, sections

    chosen: Language = asked.language or report.language
    effects = effects_of(report)
    say = context.console.print
    for line in conclusion(report, chosen):
        say(Text(line))
    for section in sections(report, chosen, effects, asked.diff):
        say()
        say(Text(section.title, style="bold"))
        if section.rows:
            table = Table(box=None, pad_edge=False)
            for head in section.heading:
                table.add_column(head, overflow="fold")
            for row in section.rows:
                table.add_row(*map(Text, row))
            say(table)
        for line in section.lines:
            say(Text(line))
    if asked.markdown is not None:
        asked.markdown.write_text(
            report_markdown(report, chosen, effects, asked.diff), encoding="utf-8"
        )
