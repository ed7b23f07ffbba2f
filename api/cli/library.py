"""`knowledge add`, `list`, `remove`, `rebuild`, `stats` and `search`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.asking import only_account, open_command, show
from api.cli.context import Context
from crm.settings import Language
from tools.format import how_many

if TYPE_CHECKING:
    from tools.facts import Table, ToolResult


def add(context: Context, path: Path) -> None:
    """Add documents with a progress bar; say what was new and what could not be used."""
    from rich.text import Text

    with _progress(context, "files") as progress:
        report = context.workspace.library.add(path, progress)
    _note(context, "document.added", {"path": path.name, "documents": report.documents})
    removed = f"; {report.removed} removed" if report.removed else ""
    context.console.print(
        f"{how_many(report.documents, 'document')} new or changed, {report.unchanged} "
        f"unchanged{removed}; {how_many(report.embedded, 'text')} embedded for "
        f"{how_many(report.chunks, 'passage')}."
    )
    for error in report.refused:
        context.console.print(Text(f"Left out: {error}"))


def _note(context: Context, action: str, details: dict[str, Any]) -> None:
    from crm.audit import Noted
    from crm.scope import OPERATOR

    context.workspace.audit.record(OPERATOR, Noted(action, "library", details))


def show_documents(context: Context, *, as_json: bool) -> None:
    """Every document with what is said of it."""
    from rich.table import Table
    from rich.text import Text

    found = context.workspace.library.documents()
    if as_json:
        context.print_json(
            [
                {
                    "id": d.id, "path": d.path, "title": d.title, "kind": d.kind,
                    "account": d.account, "industry": d.industry, "stage": d.stage,
                    "outcome": d.outcome, "date": d.date and d.date.isoformat(),
                    "audience": list(d.audience),
                }
                for d in found
            ]
        )  # fmt: skip
        return
    if not found:
        context.console.print("No documents; add some with `tagayasu knowledge add PATH`.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("id", "kind", "for", "title", "path"):
        table.add_column(name, overflow="fold", no_wrap=name == "id")
    for d in found:
        readers = ", ".join([*([d.account] if d.account else []), *d.audience]) or "all"
        table.add_row(*(Text(cell) for cell in (d.id, d.kind, readers, d.title, d.path)))
    context.console.print(table)


def remove(context: Context, document: str) -> None:
    """Take documents out of the library, and say which."""
    from rich.text import Text

    removed = context.workspace.library.remove(document)
    _note(context, "document.removed", {"documents": len(removed)})
    for gone in removed:
        context.console.print(Text(f"Removed {gone.path} ({gone.title})."))


def rebuild(context: Context) -> None:
    """Make the vector store anew."""
    library = context.workspace.library
    with _progress(context, "texts") as progress:
        embedded = library.rebuild(progress)
    documents, passages = library.counts()
    context.console.print(
        f"The index is made anew: {how_many(passages, 'passage')} of "
        f"{how_many(documents, 'document')}; {how_many(embedded, 'text')} had to be embedded."
    )


def stats(context: Context, *, as_json: bool) -> None:
    """What the library holds, and whether the vector store agrees."""
    from dataclasses import asdict

    found = context.workspace.library.stats()
    if as_json:
        context.print_json(asdict(found))
        return
    context.console.print(f"documents   {found.documents}")
    context.console.print(f"passages    {found.chunks}")
    context.console.print(f"embeddings  {found.model or 'none yet'}", markup=False)
    if found.fault is not None:
        context.console.print(f"index       {found.fault}", markup=False)
    elif found.missing:
        context.console.print(
            f"index       lacks {how_many(found.missing, 'passage')}: "
            "run `tagayasu knowledge rebuild`"
        )
    else:
        left = f"; {found.orphans} more that no document has (never shown)"
        context.console.print(f"index       holds every passage{left if found.orphans else ''}")


@contextmanager
def _progress(context: Context, what: str) -> Iterator[Callable[[int, int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=context.console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def search(
    context: Context,
    asked: dict[str, Any],
    accounts: dict[str, str | None],
    *,
    user: str | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """Passages with their title, heading, file, and the reason why they come early.

    `accounts` are arguments of the search that mean an account, by name or id.
    """
    desk = context.workspace.desk
    principal = context.principal(user)
    tables = desk.tables(principal)
    meant = {name: only_account(tables, text) for name, text in accounts.items() if text}
    given = {name: value for name, value in (asked | meant).items() if value is not None}
    result = desk.run_tool(principal, "search_knowledge", given)
    if as_json:
        from api.render.json import result_json

        context.print_json(result_json(result))
        return
    _print_passages(context, result, language or context.workspace.settings.company.language)


def _print_passages(context: Context, result: ToolResult, language: Language) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from api.render.fold import Folded
    from tools.words import word

    table = result.table
    if table is None:
        return
    for row in range(len(table.rows)):
        title, heading, file, reason, body, score = (
            str(table.cell(row, f"passage.{name}").value or "")
            for name in ("title", "heading", "file", "reason", "text", "score")
        )
        section = f" > {heading}" if heading else ""
        why = f", {word(reason, 'passage_reasons', language)}" if reason else ""
        source = Text(f"{row + 1}. {title}{section}  ({file}, {score}{why})", "bold")
        context.console.print(Folded(source))
        for line in body.splitlines():
            context.console.print(Padding(Folded(Text(line)), (0, 0, 0, 3)))
        context.console.print(Padding(Text(open_command(_id(table, row)), "dim"), (0, 0, 1, 3)))
    for warning in result.warnings:
        context.console.print(Text(warning.in_(language)))


def _id(table: Table, row: int) -> str:
    return table.subjects[row].partition(":")[2]


def open_passage(
    context: Context, passage: str, *, user: str | None, language: Language | None, as_json: bool
) -> None:
    """A passage with the text around it."""
    desk = context.workspace.desk
    arguments = {"passage_id": passage}
    answer = desk.page(context.principal(user), "open_passage", arguments, language)
    show(context, answer, as_json=as_json)
