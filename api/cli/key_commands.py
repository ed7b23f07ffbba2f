"""The commands `tagayasu key ...`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.options import AsJson

app = typer.Typer(help="API keys for the HTTP door.", no_args_is_help=True)


@app.command("add")
def key_add(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="Whom the key stands for (in `people`).")],
    name: Annotated[str, typer.Option(help="What it is for, shown in lists.")] = "",
    scopes: Annotated[
        str, typer.Option(help="What it may do: read, write or admin; each holds those before it.")
    ] = "write",
    days: Annotated[int, typer.Option(help="Days until it expires; 0: never.", min=0)] = 365,
) -> None:
    """Make an API key for a person; it is shown once."""
    from api.cli.keys import add_key

    add_key(context.obj, email, name, scopes, days)


@app.command("list")
def key_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the API keys, with what each may do, until when, and when it was last used."""
    from api.cli.keys import list_keys

    list_keys(context.obj, as_json=as_json)


@app.command("revoke")
def key_revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="The key to revoke, or its id.")],
) -> None:
    """Revoke an API key."""
    from api.cli.keys import revoke_key

    revoke_key(context.obj, key)
