"""No tool tells anybody of another's account, whatever it is asked with."""

from __future__ import annotations

from random import Random

import pytest

from assistant.ledger import Ledger
from assistant.told import Told
from assistant.toolbox import schema_for_model
from crm.errors import TagayasuError
from crm.scope import OPERATOR, ScopedTables
from tests.companies import SAMPLE_DAY
from tests.doors.hostile import Attacker
from tests.doors.house import House
from tests.doors.sinks import of_answer, of_json, of_result
from tools.facts import ToolResult
from tools.tool import Tool

ENOUGH = 28
"""Tools that show a canary to whoever sees all."""
FEW = ("U06",)
"""A rep; everybody else is for the long test."""


def told(house: House, who: Attacker, tool: Tool, given: dict[str, object]) -> bytes:
    """What a tool says to a person, or why it does not, as the doors and the model get it."""
    principal = house.principal(who.person_id)
    try:
        result = tool.call(house.workspace.desk.tables(principal), {**given, "as_of": SAMPLE_DAY})
    except TagayasuError as error:
        return str(error).encode("utf-8", "backslashreplace")
    return of_result(result) + for_model(result)


def for_model(result: ToolResult) -> bytes:
    ledger = Ledger(SAMPLE_DAY)
    ledger.add(result)
    return Told(ledger, "ja").result(result, "r1").encode()


def leaks_of(house: House, person: str, calls: int, seed: int) -> tuple[list[str], int]:
    """What all tools let out to a person in so many hostile calls each; how many were made."""
    attacker = Attacker(house, person, Random(f"{seed}:{person}"))
    found, made = [], 0
    for tool in house.workspace.desk.catalog:
        schema = schema_for_model(tool).model_json_schema()
        for number in range(calls):
            given = attacker.arguments(schema, hostile=number > 0)
            said = told(house, attacker, tool, given)
            made += 1
            foreign = house.company.foreign(person, said, of_json(given))
            found += [f"{person} {tool.name}({given}): {k} {at!r}" for k, at in foreign.items()]
    return found, made


@pytest.mark.parametrize("person", FEW)
def test_no_tool_tells_somebody_of_what_is_not_theirs(house: House, person: str) -> None:
    found, made = leaks_of(house, person, 2, seed=1)
    assert made == 2 * len(list(house.workspace.desk.catalog))
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_ten_thousand_hostile_calls_of_tools_by_everybody_let_nothing_out(house: House) -> None:
    total = 0
    for person in house.company.people.index:
        found, made = leaks_of(house, person, 10, seed=2)
        assert not found, "\n".join(found)
        total += made
    assert total >= 10_000


def test_the_canaries_are_there_to_be_seen(house: House) -> None:
    """Who sees all gets them from most tools, so that none in an answer means something."""
    attacker, shown = Attacker(house, "U01", Random(0)), set[str]()
    for tool in house.workspace.desk.catalog:
        schema = schema_for_model(tool).model_json_schema()
        tried = (attacker.arguments(schema, hostile=False) for _ in range(2))
        said = (told(house, attacker, tool, given) for given in tried)
        if any(map(house.company.found_in, said)):
            shown.add(tool.name)
        if len(shown) == ENOUGH:
            return
    pytest.fail(f"only these tools show something: {sorted(shown)}")


@pytest.mark.parametrize("person", ["U25"])
def test_pages_show_in_every_rendering_what_one_may_see(house: House, person: str) -> None:
    own, other = house.company.accounts_of(person), house.company.others_of(person)
    principal = house.principal(person)
    page = house.workspace.desk.page(principal, "briefing", {"account_id": own[0]})
    for name, content in of_answer(page).items():
        assert house.company.found_in(content), name
        assert not house.company.foreign(person, content), name
    with pytest.raises(TagayasuError):
        house.workspace.desk.page(principal, "briefing", {"account_id": other[0]})


def test_the_oracle_of_rights_and_the_scope_agree_on_accounts(house: House) -> None:
    """The oracle sees no less than the product: a proof with a blind oracle proves nothing."""
    for person in house.company.people.index:
        tables: ScopedTables = house.workspace.desk.tables(house.principal(person))
        rows = tables["accounts"].select("account_id").to_pyarrow().to_pylist()
        assert sorted(r["account_id"] for r in rows) == house.company.accounts_of(person), person
    everything = house.workspace.desk.tables(OPERATOR)["accounts"].count().to_pyarrow().as_py()
    assert everything == len(house.company.table("accounts"))
