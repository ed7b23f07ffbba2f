"""The official SDK's own client on both transports, as its person."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import mcp_types as types
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

REPOSITORY = Path(__file__).parents[2]


@asynccontextmanager
async def over_http(url: str, key: str, mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(workspace: Path, email: str, errors: Path) -> AsyncIterator[Client]:
    """A process of its own, whose standard error goes to a file."""
    arguments = ["-m", "api.cli.main", "--workspace", str(workspace), "mcp", "--user", email]
    command = StdioServerParameters(command=sys.executable, args=arguments, cwd=REPOSITORY)
    with errors.open("w", encoding="utf-8") as log:
        async with Client(stdio_client(command, errlog=log)) as client:
            yield client


async def call(client: Client, tool: str, **arguments: Any) -> types.CallToolResult:
    return await client.call_tool(tool, arguments)


def text_of(result: types.CallToolResult) -> str:
    [first, *_links] = result.content
    assert isinstance(first, types.TextContent)
    return first.text
