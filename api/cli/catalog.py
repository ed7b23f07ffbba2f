"""`tools` and `tool`: the catalog, and one tool run with its facts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from api.cli.context import Context
from crm.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from tools.facts import Table, ToolResult


def list_tools(context: Context, *, as_json: bool) -> None:
    """The tools with their arguments and help, from the very catalog that every door uses."""
    from rich.table import Table as RichTable

    from assistant.bootstrap import full_catalog

    catalog = full_catalog(lambda: context.workspace.library, lambda: context.workspace.database)
    if as_json:
        context.print_json(
            [
                {
                    "name": t.name,
                    "help": {"ja": t.help.ja, "en": t.help.en},
                    "arguments": t.arguments.model_json_schema(),
                }
                for t in catalog
            ]
        )
        return
    table = RichTable("tool", "arguments", "what it does", box=None, pad_edge=False)
    for entry in catalog:
        names = [n for n in entry.arguments.model_fields if n != "as_of"]
        table.add_row(entry.name, " ".join(names), f"{entry.help.en}\n{entry.help.ja}")
    context.console.print(table)


def run_tool(
    context: Context,
    name: str,
    arguments: list[str],
    *,
    as_of: date | None,
    user: str | None,
    language: Any,
    explained: bool,
    as_json: bool,
) -> None:
    """Run a tool; its facts, table and warnings as text, or the ToolResult as JSON.

    The JSON holds how each figure was made in any case.
    """
    given = pairs(arguments)
    desk = context.workspace.desk
    result = desk.run_tool(context.principal(user), name, given, as_of)
    if as_json:
        from api.render.json import result_json

        context.print_json(result_json(result))
        return
    spoken = language or context.workspace.settings.company.language
    _print_result(context, result, spoken)
    if explained:
        from rich.text import Text

        from assistant.explain import explain

        context.console.print(Text("\n" + explain(result, spoken)))


def pairs(arguments: list[str]) -> dict[str, str]:
    """What `key=value ...` says. Raises InputError for any other form."""
    return dict(_pair(text) for text in arguments)


def _pair(text: str) -> tuple[str, str]:
    key, found, value = text.partition("=")
    if not found or not key:
        raise InputError(f"`{text}` is not an argument.", "Write it as key=value.")
    return key, value


def _print_result(context: Context, result: ToolResult, language: Any) -> None:
    from rich.table import Table as RichTable
    from rich.text import Text

    from tools.format import shown

    facts = RichTable(box=None, show_header=False, pad_edge=False)
    for fact in result.facts:
        about = f" ({fact.subject})" if fact.subject else ""
        facts.add_row(
            Text(fact.name), Text(fact.label.in_(language) + about), Text(shown(fact, language))
        )
    context.console.print(facts)
    if result.table and result.table.rows:
        context.console.print(_rich(result.table, language))
    for warning in result.warnings:
        context.console.print(Text(f"! {warning.in_(language)}"))
    for part in result.parts:
        context.console.print(Text(f"\n{part.tool}"))
        _print_result(context, part, language)


def _rich(table: Table, language: Any) -> RichTable:
    from rich.table import Table as RichTable
    from rich.text import Text

    from tools.format import shown

    drawn = RichTable()
    for column in table.columns:
        drawn.add_column(Text(column.label.in_(language)), overflow="fold")
    for row in range(len(table.rows)):
        drawn.add_row(
            *[Text(shown(table.cell(row, c.name), language)[:200]) for c in table.columns]
        )
    return drawn
