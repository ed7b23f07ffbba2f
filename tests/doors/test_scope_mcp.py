"""No tool of MCP tells a person's program of what is not theirs, and none of it acts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from random import Random

import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from api.keys import Keys
from tests.doors.api import boundless
from tests.doors.hostile import Attacker
from tests.doors.house import House
from tests.doors.poison import state_of
from tests.doors.sinks import of_json
from tests.http.serving import Served, serving
from tests.mcp.connecting import over_http

NOTED = frozenset({
    "api_keys", "audit", "audit_details", "briefings", "evidence", "last_briefings", "leases",
    "plan_measured", "plan_status", "streamed_events", "streamed_turns", "threads", "turns",
})  # fmt: skip
"""Tables in which the house itself notes that somebody has asked, and what it has worked out."""


@pytest.fixture
async def served(own_house: House, unprepared: None) -> AsyncIterator[Served]:
    boundless(own_house.workspace)
    async with serving(own_house.workspace) as served:
        yield served


async def said(client: Client, tool: str, given: dict[str, object]) -> bytes:
    """Everything that comes back of a call."""
    try:
        result = await client.call_tool(tool, given)
    except MCPError as error:
        return str(error).encode("utf-8", "backslashreplace")
    return result.model_dump_json().encode()


async def attacked(
    house: House, served: Served, person: str, calls: Sequence[bool]
) -> tuple[list[str], int]:
    """What every tool, resource and prompt lets out to a person; how many calls that were.

    Each tool is called once for each of `calls`, with hostile arguments where that is true.
    """
    key = Keys(house.workspace.database).issue(house.company.mail(person))
    attacker = Attacker(house, person, Random(f"mcp:{person}"))
    leaks, made = [], 0
    async with over_http(served.url, key) as client:
        for tool in (await client.list_tools()).tools:
            for hostile in calls:
                given = attacker.arguments(tool.input_schema, hostile=hostile)
                told = await said(client, tool.name, given)
                made += 1
                foreign = house.company.foreign(person, told, of_json(given))
                leaks += [f"{tool.name}({given}): {k} {at!r}" for k, at in foreign.items()]
        for passage in attacker.hidden["passage"][:5]:
            for template in (await client.list_resource_templates()).resource_templates:
                uri = template.uri_template.partition("{")[0] + passage
                try:
                    read = (await client.read_resource(uri)).model_dump_json().encode()
                except MCPError as error:
                    read = str(error).encode()
                leaks += [f"{uri}: {k}" for k in house.company.foreign(person, read)]
    return leaks, made


async def test_no_tool_of_mcp_tells_somebody_of_what_is_not_theirs(
    own_house: House, served: Served
) -> None:
    before = state_of(own_house.workspace.database, NOTED)
    leaks, made = await attacked(own_house, served, "U06", [True])
    assert made >= 40
    assert not leaks, "\n".join(leaks[:20])
    assert state_of(own_house.workspace.database, NOTED) == before


@pytest.mark.slow
async def test_nor_does_it_to_anybody_in_many_calls(own_house: House, served: Served) -> None:
    for person in own_house.company.people.index:
        leaks, _made = await attacked(own_house, served, person, [False, *[True] * 5])
        assert not leaks, f"{person}\n" + "\n".join(leaks[:20])
