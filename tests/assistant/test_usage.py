"""What a turn has used is counted, logged and kept; what is not told is unknown and never zero."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from langchain_core.messages import HumanMessage

from assistant.bootstrap import Workspace
from assistant.deps import Turn
from assistant.ledger import Ledger
from assistant.models import BUILTIN
from assistant.state import Turns, turns
from assistant.usage import FREE, NONE, Tokens, Usage, tokens_told
from crm.scope import OPERATOR
from crm.settings import Price, load_settings
from tests.assistant.conversations import limited
from tests.assistant.provided import NAME, at, choose_provider
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of
from tests.openai_server import BROKEN, HANGS, TOKENS_IN, TOKENS_OUT, Said, called, openai_server

PRICE = Price(tokens_in=Decimal("1.25"), tokens_out=Decimal(10))
STALLED = "停滞している商談は？"
STARTED = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    choose_provider(monkeypatch)
    return copy_of(sample_workspace, tmp_path)


async def used(workspace: Workspace, *, model: str = NAME, **limits: Any) -> Turn:
    """The turn of a question, answered by the graph as the service runs it."""
    workspace.model = model
    limited(workspace, **{"retries": 0, **limits})
    turn = Turn(
        principal=OPERATOR, tables=workspace.desk.tables(OPERATOR), as_of=SAMPLE_DAY,
        language="ja", ledger=Ledger(SAMPLE_DAY, [STALLED]), emit=lambda _event: None,
        last_briefing=lambda _account: None, model=model,
    )  # fmt: skip
    config = {"configurable": {"thread_id": "t"}}
    async with workspace.assistant() as assistant:
        graph = assistant._conversation.graph
        await graph.ainvoke({"messages": [HumanMessage(STALLED)]}, config, context=turn)
    return turn


# ------------------------------------------------------------------ the arithmetic


def test_tokens_cost_what_a_million_of_them_costs() -> None:
    assert Tokens(1_000_000, 0).cost(PRICE) == Decimal("1.25")
    assert Tokens(400, 30).cost(PRICE) == Decimal("0.0008")


def test_without_a_price_a_cost_is_unknown_and_of_nothing_it_is_nothing() -> None:
    assert Tokens(1, 0).cost(None) is None
    assert NONE.cost(None) == 0


def test_calls_add_up() -> None:
    usage = Usage().called(0.5, Tokens(100, 10), PRICE).called(1.25, Tokens(200, 20), PRICE)
    assert usage == Usage(
        calls=2, tokens_in=300, tokens_out=30, cost=Decimal("0.000675"), model_ms=1750
    )
    assert usage.looked_up(0.2).looked_up(0.1).tools_ms == 300


def test_one_call_that_does_not_tell_makes_the_sum_unknown_for_good() -> None:
    usage = Usage().called(1, None, PRICE, failed=True).called(1, Tokens(100, 10), PRICE)
    assert (usage.calls, usage.failures) == (2, 1)
    assert (usage.tokens_in, usage.tokens_out, usage.cost) == (None, None, None)


def test_tokens_without_a_price_are_known_though_their_cost_is_not() -> None:
    usage = Usage().called(1, Tokens(100, 10), None).called(1, NONE, FREE)
    assert (usage.tokens_in, usage.tokens_out, usage.cost) == (100, 10, None)


@pytest.mark.parametrize(
    ("told", "tokens"),
    [
        ({"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}, Tokens(5, 2)),
        (None, None),
        ({}, None),
        ({"input_tokens": 5}, None),
    ],
    ids=str,
)
def test_usage_is_read_as_it_is_told(told: dict[str, int] | None, tokens: Tokens | None) -> None:
    assert tokens_told(told) == tokens


# ------------------------------------------------------------------ a turn


async def test_a_turn_counts_every_call_of_the_provider_and_its_price(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server(called("deal_health"), "進行中は{{deals.open_count}}です。") as server:
        at(server, monkeypatch)
        usage = (await used(workspace, prices={NAME: PRICE})).usage
    assert (usage.calls, usage.failures) == (2, 0)
    assert (usage.tokens_in, usage.tokens_out) == (2 * TOKENS_IN, 2 * TOKENS_OUT)
    assert usage.cost == Decimal("0.0035")
    assert usage.model_ms > 0
    assert usage.tools_ms > 0


async def test_without_a_price_the_cost_of_a_turn_is_unknown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server("はい。") as server:
        at(server, monkeypatch)
        usage = (await used(workspace, prices={"openai:another": PRICE})).usage
    assert (usage.tokens_in, usage.cost) == (TOKENS_IN, None)


async def test_a_provider_that_does_not_tell_its_usage_leaves_it_unknown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with openai_server(Said("はい。", tells_usage=False)) as server:
        at(server, monkeypatch)
        usage = (await used(workspace, prices={NAME: PRICE})).usage
    assert (usage.calls, usage.tokens_in, usage.tokens_out, usage.cost) == (1, None, None, None)


async def test_a_refused_call_costs_nothing_and_a_lost_one_is_unknown(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fault, cost in ((BROKEN, Decimal(0)), (HANGS, None)):
        async with openai_server(fault) as server:
            at(server, monkeypatch)
            turn = await used(workspace, prices={NAME: PRICE}, provider_timeout_seconds=0.5)
        assert turn.model == BUILTIN
        assert turn.usage.failures == 1
        assert turn.usage.calls == 3  # the provider's, and the builtin model's two
        assert turn.usage.cost == cost


async def test_the_builtin_model_uses_no_tokens_and_costs_nothing(workspace: Workspace) -> None:
    usage = (await used(workspace, model=BUILTIN)).usage
    assert (usage.calls, usage.failures) == (2, 0)
    assert (usage.tokens_in, usage.tokens_out, usage.cost) == (0, 0, Decimal(0))


def test_prices_are_read_from_the_settings(workspace: Workspace) -> None:
    with (workspace.folder / "settings.toml").open("a", encoding="utf-8") as file:
        file.write('\n[models.prices."openai:test"]\ntokens_in = 1.25\ntokens_out = 10\n')
    assert load_settings(workspace.folder).models.prices == {NAME: PRICE}


# ------------------------------------------------------------------ what is kept


def test_a_turn_is_kept_with_what_is_unknown_left_empty(workspace: Workspace) -> None:
    kept = Turns(workspace.database)
    usage = Usage().called(1.5, Tokens(900, 40), PRICE).looked_up(0.25)
    kept.record("default:U06:t", "U06", NAME, STARTED, usage)
    kept.record(
        "default:U06:t", "U06", BUILTIN, STARTED, Usage().called(9, None, None, failed=True)
    )
    with workspace.database.connect() as con:
        known, unknown = con.execute(sa.select(turns).order_by(turns.c.id)).all()
    assert known[1:4] == ("default:U06:t", "U06", NAME)
    assert known.started_at == STARTED.replace(tzinfo=None)
    assert (known.tokens_in, known.tokens_out) == (900, 40)
    assert known.cost == pytest.approx(0.001525)
    assert (known.model_ms, known.tools_ms, known.calls, known.failures) == (1500, 250, 1, 0)
    assert (unknown.tokens_in, unknown.tokens_out, unknown.cost) == (None, None, None)
    assert (unknown.calls, unknown.failures) == (1, 1)


async def test_nothing_that_was_said_is_logged_or_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with openai_server(called("find_account", text="東都"), "秘密の返事です。") as server:
        at(server, monkeypatch)
        turn = await used(workspace)
    Turns(workspace.database).record("t", "U06", turn.model, STARTED, turn.usage)
    with workspace.database.connect() as con:
        [row] = con.execute(sa.select(turns)).all()
    written = "".join(capfd.readouterr()) + json.dumps([str(value) for value in row])
    assert not [word for word in ("東都", "秘密", STALLED) if word in written]
