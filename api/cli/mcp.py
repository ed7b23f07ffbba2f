"""`mcp`: a program on this machine asks over standard input and output."""

from __future__ import annotations

import asyncio

from api.cli.context import Context


def run_mcp(context: Context, user: str) -> None:
    """Serve until the program closes the input; NotFoundError when there is no such person."""
    from api.mcp.stdio import serve_stdio

    context.principal(user)
    asyncio.run(serve_stdio(context.workspace, user))
