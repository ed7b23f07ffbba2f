"""The MCP door: read-only, for the person whose key, token or command line it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from api.mcp.tools import PASSAGES, Toolbox
from api.mcp.words import say
from assistant.service import Assistant
from crm.audit import through
from crm.errors import TagayasuError
from crm.scope import Principal

Asking = ServerRequestContext[Any, Any]
Who = Callable[[Asking], Principal]
"""Says on whose behalf a request is made; never the request's own arguments."""


def mcp_server(assistant: Assistant, who: Who) -> Server[Any]:
    """The server on an assistant; each request is made by the person that `who` tells."""
    toolbox = Toolbox(assistant)

    async def list_tools(
        _asking: Asking, _page: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=await asyncio.to_thread(toolbox.listed))

    async def call_tool(
        asking: Asking, called: types.CallToolRequestParams
    ) -> types.CallToolResult:
        with through("mcp"):
            person = await asyncio.to_thread(_person, who, asking)
            return await toolbox.call(person, called.name, called.arguments or {}, asking.session)

    async def list_resources(
        _asking: Asking, _page: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=[])

    async def list_templates(
        _asking: Asking, _page: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            uri_template=f"{PASSAGES}{{id}}",
            name="passage",
            description=say("passage"),
            mime_type="text/markdown",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        asking: Asking, read: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(read.uri)
        id_ = uri.removeprefix(PASSAGES)
        with through("mcp"):
            person = await asyncio.to_thread(_person, who, asking)
            try:
                if id_ == uri:
                    raise MCPError(types.INVALID_PARAMS, say("no_resource"))
                text = await asyncio.to_thread(toolbox.passage, person, id_)
            except TagayasuError as error:
                raise MCPError(types.INVALID_PARAMS, str(error)) from None
        content = types.TextResourceContents(uri=uri, mime_type="text/markdown", text=text)
        return types.ReadResourceResult(contents=[content])

    return Server(
        "tagayasu",
        version=version("tagayasu"),
        instructions=say("instructions"),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _person(who: Who, asking: Asking) -> Principal:
    try:
        return who(asking)
    except TagayasuError as error:
        raise MCPError(types.INVALID_REQUEST, str(error)) from None
