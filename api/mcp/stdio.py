"""MCP over standard input and output, for a program on the same machine."""

from __future__ import annotations

import asyncio

from mcp.server.stdio import stdio_server

from api.mcp.server import mcp_server
from assistant.bootstrap import Workspace


async def serve_stdio(workspace: Workspace, email: str) -> None:
    """Serve one client on behalf of the person with that address until it closes the input.

    Standard output belongs to the protocol from the first moment on: whatever else is printed goes
    to standard error.
    """
    async with stdio_server() as (read, write), workspace.assistant() as assistant:
        server = mcp_server(assistant, lambda _asking: assistant.directory().by_email(email))
        warming = asyncio.create_task(asyncio.to_thread(assistant.warm_up))
        try:
            await server.run(read, write, server.create_initialization_options())
        finally:
            warming.cancel()
