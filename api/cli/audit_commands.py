"""The commands `tagayasu audit ...`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import AsJson

app = typer.Typer(
    help="Who asked, looked up, decided and took out what, and when.", no_args_is_help=True
)


@app.command("list")
def audit_list(
    context: typer.Context,
    after: Annotated[int, typer.Option("--after", help="Entries behind this number.", min=0)] = 0,
    count: Annotated[int, typer.Option("-n", help="Entries at the most.", min=1)] = 50,
    user: Annotated[
        str | None, typer.Option("--user", help="Only what this person (e-mail) did.")
    ] = None,
    action: Annotated[
        str, typer.Option("--action", help="Only question, tool, answer, plan.saved ...")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List entries of the audit log, the oldest first."""
    from api.cli.auditing import show_entries

    show_entries(context.obj, after, count, user, action, as_json=as_json)


@app.command("verify")
def audit_verify(
    context: typer.Context,
    head: Annotated[
        str | None, typer.Option("--head", help="Hash of an entry that must still be there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that no entry was altered, left out or put in; exit code 1 if one was."""
    from api.cli.auditing import verify

    if not verify(context.obj, head, as_json=as_json):
        raise typer.Exit(1)
