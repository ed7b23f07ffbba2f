"""A stream is gone on with where it broke off: nothing is lost, told twice, or shown to others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from api.http.turns import MOST_ATTEMPTS, SILENT, LostError, StreamedTurns, turns
from api.http.turns import events as stored_events
from api.keys import Keys
from assistant.bootstrap import Workspace
from assistant.state import leases
from crm.database import utc_now
from crm.errors import NotFoundError
from crm.scope import Principal
from crm.warehouse import Warehouse
from tests.fakes import TrigramEmbeddings, copy_of
from tests.http.conftest import with_data
from tests.http.serving import SSE, Heard, Served, heard, serving, text_of
from tests.scripted_model import ScriptedModel, call

QUESTION = {"text": "東都電機の売上と利益は？"}
OHNO = "ohno@inaho.example"
WHO = Principal("U06", "佐伯 翔", frozenset({"rep"}))
OTHER = Principal("U07", "高瀬 美咲", frozenset({"rep"}))


class Thinking(ScriptedModel):
    """Looks the account up, then shows its page; takes a while for each."""

    async def _agenerate(self, *given: Any, **more: Any) -> Any:
        await asyncio.sleep(0.1)
        return await super()._agenerate(*given, **more)


def looked_up(messages: list[BaseMessage]) -> Any:
    if isinstance(messages[-1], ToolMessage):
        return "{{page:account_overview}}"
    return call("account_overview", account_id="A001")


@pytest.fixture
def workspace(sample_workspace: Path, sample_warehouse: Warehouse, tmp_path: Path) -> Workspace:
    model = Thinking(script=[looked_up])
    made = copy_of(sample_workspace, tmp_path, model="test:thinking", provider=model)
    return with_data(made, sample_warehouse)


@pytest.fixture
async def served(workspace: Workspace, unprepared: None) -> AsyncIterator[Served]:
    async with serving(workspace) as found:
        yield found


@pytest.fixture
async def client(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with served.client() as found:
        yield found


async def asked(client: httpx.AsyncClient, most: int = 99, **headers: str) -> list[Heard]:
    """The events of the question, until the client has so many and leaves."""
    async with client.stream("POST", "/v1/ask", json=QUESTION, headers={**SSE, **headers}) as said:
        assert said.status_code == 200, await said.aread()
        return await _first(said, most)


async def resumed(
    client: httpx.AsyncClient, turn: str, last: str | None = None, most: int = 99
) -> list[Heard]:
    headers = {"Last-Event-ID": last} if last else {}
    async with client.stream("GET", f"/v1/turns/{turn}/events", headers=headers) as said:
        assert said.status_code in (200, 204), await said.aread()
        return await _first(said, most)


async def _first(said: httpx.Response, most: int) -> list[Heard]:
    found: list[Heard] = []
    events = heard(said)
    while len(found) < most and (event := await anext(events, None)) is not None:
        found.append(event)
    return found


def turn_of(events: list[Heard]) -> str:
    return events[0].id.partition(".")[0]


async def test_a_stream_broken_off_at_any_event_tells_the_same(client: httpx.AsyncClient) -> None:
    undisturbed = await asked(client)
    assert [event.number for event in undisturbed] == [*range(1, len(undisturbed) + 1)]
    assert [event.name for event in undisturbed[-2:]] == ["text", "done"]
    for most in range(1, len(undisturbed) + 1):
        first = await asked(client, most)
        rest = await resumed(client, turn_of(first), first[-1].id)
        whole = [*first, *rest]
        assert [event.number for event in whole] == [*range(1, len(whole) + 1)], most
        assert text_of(whole) == text_of(undisturbed), most
        assert [event.name for event in whole].count("done") == 1
        assert whole[-1].data["answer"]["facts"] == undisturbed[-1].data["answer"]["facts"]


async def test_a_client_may_leave_after_every_event(client: httpx.AsyncClient) -> None:
    undisturbed = await asked(client)
    whole = await asked(client, 1)
    while more := await resumed(client, turn_of(whole), whole[-1].id, 1):
        whole += more
        if len(whole) > MOST_ATTEMPTS - 2 and whole[-1].name == "status":
            whole += await resumed(client, turn_of(whole), whole[-1].id)
    assert [event.number for event in whole] == [*range(1, len(whole) + 1)]
    assert text_of(whole) == text_of(undisturbed)


async def test_another_process_goes_on(workspace: Workspace, client: httpx.AsyncClient) -> None:
    undisturbed = await asked(client)
    first = await asked(client, 2)
    model = Thinking(script=[looked_up])
    other = Workspace(
        workspace.folder, model="test:thinking", provider=model, embeddings=TrigramEmbeddings()
    )
    async with serving(other) as elsewhere, elsewhere.client() as there:
        rest = await resumed(there, turn_of(first), first[-1].id)
    assert text_of([*first, *rest]) == text_of(undisturbed)
    assert model.seen


async def test_the_same_question_may_be_posted_again_to_go_on(client: httpx.AsyncClient) -> None:
    first = await asked(client, 2)
    rest = await asked(client, **{"Last-Event-ID": first[-1].id})
    assert turn_of(rest) == turn_of(first)
    assert rest[0].number == 3
    assert rest[-1].name == "done"


async def test_whoever_comes_while_it_is_answered_hears_the_same(
    client: httpx.AsyncClient,
) -> None:
    async with client.stream("POST", "/v1/ask", json=QUESTION, headers=SSE) as said:
        events = heard(said)
        first = await anext(events)
        beside = asyncio.create_task(resumed(client, turn_of([first])))
        told = [first, *[event async for event in events]]
    assert await beside == told


async def test_a_turn_counts_once_in_its_thread(
    workspace: Workspace, client: httpx.AsyncClient
) -> None:
    first = await asked(client, 2)
    rest = await resumed(client, turn_of(first), first[-1].id)
    thread = rest[-1].data["answer"]["thread"]
    await client.post("/v1/ask", json={"text": "部門別には？", "thread": thread})
    model = workspace.provider
    assert isinstance(model, Thinking)
    said = [m.content for m in model.seen[-1] if isinstance(m, HumanMessage)]
    assert said == [QUESTION["text"], "部門別には？"]


async def test_a_turn_that_is_over_has_no_more(client: httpx.AsyncClient) -> None:
    whole = await asked(client)
    turn, last = turn_of(whole), whole[-1].id
    said = await client.get(f"/v1/turns/{turn}/events", headers={"Last-Event-ID": last})
    assert (said.status_code, said.content) == (204, b"")
    assert await resumed(client, turn) == whole


async def test_a_turn_of_others_is_as_good_as_none(
    workspace: Workspace, served: Served, client: httpx.AsyncClient
) -> None:
    turn = turn_of(await asked(client))
    async with served.client(Keys(workspace.database).issue(OHNO)) as manager:
        theirs = await manager.get(f"/v1/turns/{turn}/events")
        none = await manager.get(f"/v1/turns/{'0' * 32}/events")
    assert theirs.status_code == none.status_code == 404
    assert theirs.json() == none.json()


@pytest.mark.parametrize("last", ["1", "0" * 32 + ".x", "'; --", "0" * 31 + ".1"])
async def test_what_is_no_event_of_ours_is_refused(client: httpx.AsyncClient, last: str) -> None:
    headers = {**SSE, "Last-Event-ID": last}
    said = await client.post("/v1/ask", json=QUESTION, headers=headers)
    assert said.status_code == 422


async def test_the_event_of_another_question_is_refused(client: httpx.AsyncClient) -> None:
    first = await asked(client, 1)
    headers = {**SSE, "Last-Event-ID": first[0].id}
    said = await client.post("/v1/ask", json={"text": "別の質問"}, headers=headers)
    assert said.status_code == 422


async def test_a_turn_of_a_process_that_died_is_taken_up(
    workspace: Workspace, client: httpx.AsyncClient
) -> None:
    """Its thread is held until the lease of the dead one ends."""
    whole = await asked(client)
    turn = turn_of(whole)
    thread = whole[-1].data["answer"]["thread"]
    ends = utc_now() + timedelta(seconds=1.5)
    held = {"thread": f"default:U06:{thread}", "holder": "dead", "expires_at": ends}
    long_ago = utc_now() - SILENT - timedelta(seconds=1)
    with workspace.database.begin() as con:
        con.execute(sa.delete(stored_events).where(stored_events.c.number > 2))
        con.execute(sa.update(turns).values(state="running", heard_at=long_ago))
        con.execute(sa.insert(leases).values(held))
    rest = await resumed(client, turn, whole[1].id)
    assert [event.number for event in rest] == [*range(3, 3 + len(rest))]
    assert text_of(rest) == text_of(whole)
    assert utc_now() > ends


async def test_a_turn_that_always_breaks_off_is_given_up(
    workspace: Workspace, client: httpx.AsyncClient
) -> None:
    first = await asked(client, 1)
    with workspace.database.begin() as con:
        con.execute(sa.update(turns).values(attempts=MOST_ATTEMPTS))
    [end] = await resumed(client, turn_of(first), first[-1].id)
    assert (end.name, end.data["status"]) == ("error", 503)
    assert await resumed(client, turn_of(first), end.id) == []


# ------------------------------------------------------------------ what is kept, on both databases


def test_a_turn_is_taken_up_by_one_only(engine: sa.Engine) -> None:
    kept = StreamedTurns(engine)
    id_, holder = kept.begin(WHO, "{}")
    assert kept.take(id_) is None
    kept.cut(id_, holder)
    taken = [kept.take(id_), kept.take(id_)]
    assert taken[1] is None
    with pytest.raises(LostError):
        kept.add(id_, holder, [("status", "{}")])
    assert [one.number for one in kept.add(id_, str(taken[0]), [("status", "{}")])] == [1]


def test_a_turn_whose_holder_fell_silent_is_free(engine: sa.Engine) -> None:
    kept = StreamedTurns(engine)
    id_, holder = kept.begin(WHO, "{}")
    with engine.begin() as con:
        con.execute(sa.update(turns).values(heard_at=utc_now() - SILENT - timedelta(seconds=1)))
    assert kept.since(id_, 0).is_free
    assert kept.beat(id_, holder)
    assert not kept.since(id_, 0).is_free


def test_the_events_of_a_turn_are_its_own_persons(engine: sa.Engine) -> None:
    kept = StreamedTurns(engine)
    id_, _holder = kept.begin(WHO, '{"text": "?"}')
    assert kept.of(WHO, id_).question == '{"text": "?"}'
    with pytest.raises(NotFoundError):
        kept.of(OTHER, id_)


def test_old_turns_are_removed_with_their_events(engine: sa.Engine) -> None:
    kept = StreamedTurns(engine)
    id_, holder = kept.begin(WHO, "{}")
    kept.add(id_, holder, [("done", "{}")], "done")
    assert kept.since(id_, 0).is_over
    with engine.begin() as con:
        con.execute(sa.update(turns).values(begun_at=utc_now() - timedelta(hours=2)))
    kept.begin(WHO, "{}")
    assert kept.since(id_, 0).told == ()
    with pytest.raises(NotFoundError):
        kept.of(WHO, id_)
