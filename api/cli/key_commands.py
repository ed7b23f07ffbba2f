"""The commands `tagayasu key ...`."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="API keys for the HTTP door.", no_args_is_help=True)


@app.command("add")
def key_add(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="Whom the key stands for (in `people`).")],
) -> None:
    """Make an API key for a person; it is shown once."""
    from api.cli.serving import add_key

    add_key(context.obj, email)


@app.command("revoke")
def key_revoke(
    context: typer.Context, key: Annotated[str, typer.Argument(help="The key to revoke.")]
) -> None:
    """Revoke an API key."""
    from api.cli.serving import revoke_key

    revoke_key(context.obj, key)
