"""The catalog's calculations, run for whoever asks, and their charts."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from starlette.responses import JSONResponse, Response

from api.http.auth import Asker
from api.http.routes.answers import NOT_THERE, file, refusals, routes
from api.http.schemas import ResultOut, Words
from api.http.schemas_house import ChartIn, RunIn, ToolOut, ToolsOut
from api.http.state import Opened
from api.render.charts import png, svg
from api.render.charts.whole import chart
from api.render.json import result_json
from crm.errors import InputError, NotFoundError
from tools.catalog import Catalog
from tools.tool import Tool

router = routes("tools")
Form = Literal["png", "svg", "vega-lite"]
VEGA_LITE = "application/vnd.vegalite.v6+json"
_TYPES: dict[str, Form] = {"image/png": "png", "image/svg+xml": "svg", VEGA_LITE: "vega-lite"}
_ToolName = Annotated[
    Words, Path(description="The tool's name.", examples=["account_overview"], max_length=100)
]


@router.get(
    "/tools",
    response_model=ToolsOut,
    summary="List the tools",
    operation_id="listTools",
)
async def list_tools(_asker: Asker, door: Opened) -> Response:
    """Every calculation with its help and the JSON Schema of its arguments."""
    catalog = door.assistant.catalog
    return JSONResponse(
        {"tools": await asyncio.to_thread(lambda: [_shown(tool) for tool in catalog])}
    )


@router.get(
    "/tools/{name}",
    response_model=ToolOut,
    summary="Read what a tool does",
    operation_id="readTool",
    responses=NOT_THERE,
)
async def read_tool(name: _ToolName, _asker: Asker, door: Opened) -> Response:
    """Its help and the JSON Schema of its arguments."""
    return JSONResponse(_shown(_tool(door.assistant.catalog, name)))


@router.post(
    "/tools/{name}",
    response_model=ResultOut,
    summary="Run a tool",
    operation_id="runTool",
    responses=refusals(404, 415),
)
async def run_tool(name: _ToolName, asked: RunIn, asker: Asker, door: Opened) -> Response:
    """Facts with their evidence, a table, and what was missing; within what the asker may see."""
    _tool(door.assistant.catalog, name)
    result = await asyncio.to_thread(
        door.assistant.run_tool, asker, name, asked.arguments, asked.as_of
    )
    return JSONResponse(result_json(result))


@router.post(
    "/tools/{name}/chart",
    response_class=Response,
    summary="Draw a tool's chart",
    operation_id="drawChart",
    responses={**file("The chart.", *_TYPES), **refusals(404, 415)},
)
async def draw_chart(
    name: _ToolName,
    asked: ChartIn,
    request: Request,
    asker: Asker,
    door: Opened,
    form: Annotated[
        Form | None,
        Query(alias="format", description="Without it what `Accept` names, else PNG."),
    ] = None,
) -> Response:
    """The chart of a result as PNG, SVG or a Vega-Lite description with its data in it."""
    _tool(door.assistant.catalog, name)
    language = asked.language or door.workspace.settings.company.language

    def drawn() -> Response:
        spec = chart(
            door.assistant, asker, name, asked.arguments, language,
            part=asked.part, as_of=asked.as_of,
        )  # fmt: skip
        return _response(spec, form or _accepted(request))

    return await asyncio.to_thread(drawn)


def _accepted(request: Request) -> Form:
    accepted = request.headers.get("accept", "")
    return next((form for type_, form in _TYPES.items() if type_ in accepted), "png")


def _response(spec: dict[str, Any], form: Form) -> Response:
    if form == "png":
        return Response(png(spec), media_type="image/png")
    if form == "svg":
        return Response(svg(spec), media_type="image/svg+xml")
    return Response(json.dumps(spec, ensure_ascii=False), media_type=VEGA_LITE)


def _tool(catalog: Catalog, name: str) -> Tool:
    """The tool of that name; NotFoundError when there is none."""
    try:
        return catalog[name]
    except InputError as error:
        raise NotFoundError(error.what, "GET /v1/tools lists them.") from None


def _shown(tool: Tool) -> dict[str, Any]:
    schema = tool.arguments.model_json_schema()
    properties = {k: v for k, v in schema.get("properties", {}).items() if k != "as_of"}
    required = [name for name in schema.get("required", []) if name != "as_of"]
    return {
        "name": tool.name,
        "help": {"ja": tool.help.ja, "en": tool.help.en},
        "arguments": {**schema, "properties": properties, "required": required},
    }
