"""`knowledge add` and `knowledge search`."""

from __future__ import annotations

from pathlib import Path

from api.cli.context import Context


def add(context: Context, path: Path) -> None:
    """Add documents with a progress bar, and say what was new."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=context.console, transient=True) as bar:
        task = bar.add_task("passages", total=None)
        report = context.workspace.library.add(
            path, lambda done, total: bar.update(task, completed=done, total=total)
        )
    context.console.print(
        f"{report.documents} documents new or changed, {report.unchanged} unchanged; "
        f"{report.embedded} of {report.chunks} passages embedded."
    )


def search(context: Context, text: str, count: int, *, user: str | None, as_json: bool) -> None:
    """Passages with their title, heading and file."""
    from rich.text import Text

    desk = context.workspace.desk
    result = desk.run_tool(
        context.principal(user), "search_knowledge", {"question": text, "limit": count}
    )
    if as_json:
        from api.render.json import result_json

        context.print_json(result_json(result))
        return
    table = result.table
    if table is None:
        return
    for row in range(len(table.rows)):
        title, heading, file, body, score = (
            str(table.cell(row, f"passage.{name}").value or "")
            for name in ("title", "heading", "file", "text", "score")
        )
        context.console.print(Text(f"{row + 1}. {title} > {heading}  ({file}, {score})", "bold"))
        context.console.print(Text(body), "")
    for warning in result.warnings:
        context.console.print(Text(warning.in_(context.workspace.settings.company.language)))
