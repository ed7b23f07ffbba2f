"""Every group of lost deals equals the oracle's; what is not recorded is a group of its own."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import InputError, NotFoundError
from crm.scope import MissingDataError, ScopedTables
from tests.companies import MAVEN_DAY, SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles import maven as raw_maven
from tests.oracles.canonical import Tables, rows
from tests.oracles.targets import loss_analysis as oracle
from tests.tools.agreement import as_fact, assert_facts
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult

COLUMNS = ["loss.count", "loss.value", "loss.share", "loss.value_share", "loss.cycle_days"]
BY = ("reason", "competitor", "stage", "owner", "team", "industry", "product", "category")


def assert_agree(
    tables: ScopedTables, raw: Tables, as_of: date, fiscal_start: int = 4, **given: Any
) -> ToolResult:
    result = ask("loss_analysis", tables, as_of, limit=500, **given)
    expected = oracle(raw, as_of, fiscal_start=fiscal_start, **given)
    assert_facts(result, expected["facts"])
    names = {p["person_id"]: p["name"] for p in rows(raw, "people")}
    by_owner = given.get("by") == "owner"
    columns = COLUMNS if given.get("by", "reason") == "reason" else [*COLUMNS, "loss.win_rate"]
    wanted = [
        {
            "loss.group": names.get(row["loss.group"], row["loss.group"])
            if by_owner
            else row["loss.group"],
            **{name: as_fact(name, row[name]) for name in columns},
        }
        for row in expected["rows"]
    ]
    assert list(rows_of(result).values()) == wanted
    return result


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("as_of", [SAMPLE_DAY, date(2024, 12, 31)], ids=str)
def test_every_group_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, by: str, as_of: date
) -> None:
    assert assert_agree(sample, sample_raw, as_of, by=by).table


@pytest.mark.parametrize(
    "given",
    [{"period": "FY2025"}, {"period": "last_90_days"}, {"period": "FY2030"},
     {"owner_id": "U03", "by": "competitor"}, {"account_id": "A010", "by": "stage"}],
    ids=str,
)  # fmt: skip
def test_a_period_a_person_or_an_account_alone(
    sample: ScopedTables, sample_raw: Tables, given: dict[str, str]
) -> None:
    assert_agree(sample, sample_raw, SAMPLE_DAY, **given)


@pytest.mark.parametrize("by", ["reason", "stage", "owner", "team", "industry", "product"])
def test_every_group_of_maven(maven: ScopedTables, by: str) -> None:
    result = assert_agree(maven, raw_maven.canonical_tables(), MAVEN_DAY, 1, by=by)
    assert figure(result, "loss.total_count") == 2473
    assert figure(result, "loss.total_value") is None


@pytest.mark.parametrize("by", BY)
def test_the_groups_add_up_to_the_whole(sample: ScopedTables, by: str) -> None:
    result = ask("loss_analysis", sample, SAMPLE_DAY, by=by, limit=500)
    found = rows_of(result).values()
    for name in ("count", "value"):
        parts = [row[f"loss.{name}"] for row in found]
        total = figure(result, f"loss.total_{name}")
        assert sum(Decimal(str(part)) for part in parts if part is not None) == total


# ---------------------------------------------------------------- small companies

DAY = SAMPLE_DAY


def deal(number: int, status: str = "lost", **more: Any) -> dict[str, Any]:
    return {"opportunity_id": f"D{number}", "account_id": "a", "owner_id": "p", "status": status,
            "stage": "talk", "amount": Decimal(100), "created_on": DAY - timedelta(days=100),
            "closed_on": DAY - timedelta(days=10), "loss_reason": None, "competitor": None,
            **more}  # fmt: skip


def company(*deals: dict[str, Any], **tables: list[dict[str, Any]]) -> Rows:
    return {
        "accounts": [{"account_id": "a", "name": "A"}],
        "opportunities": list(deals),
        **tables,
    }


def checked(company: Rows, **given: Any) -> ToolResult:
    return assert_agree(tables_from(company), frames_from(company), DAY, **given)


def test_what_is_not_recorded_is_a_group_without_a_name() -> None:
    result = checked(company(deal(1, loss_reason="price"), deal(2, amount=Decimal(5)), deal(3)))
    assert list(rows_of(result)) == ["reason:", "reason:price"]
    assert figure(result, "loss.unrecorded_share") == Decimal("0.666667")


def test_groups_of_unknown_value_stand_last_and_the_more_deals_the_higher() -> None:
    result = checked(
        company(
            deal(1, loss_reason="a", amount=None),
            deal(2, loss_reason="b", amount=None),
            deal(3, loss_reason="b", amount=None),
            deal(4, loss_reason="c", amount=Decimal(0)),
            deal(5, loss_reason="d"),
            deal(6, amount=None),
        )
    )
    assert [s.partition(":")[2] for s in rows_of(result)] == ["d", "c", "b", "a", ""]
    assert figure(result, "loss.total_value") == 100
    assert any("Lost deals without an amount: 4" in w.en for w in result.warnings)


def test_a_competitor_is_met_in_the_deals_that_were_won_as_well() -> None:
    result = checked(
        company(
            deal(1, competitor="x"),
            deal(2, "won", competitor="x"),
            deal(3, "won", competitor="x"),
            deal(4, "won", competitor="y"),
            deal(5),
        ),
        by="competitor",
    )
    rates = {s: row["loss.win_rate"] for s, row in rows_of(result).items()}
    assert rates == {"competitor:x": Decimal("0.666667"), "competitor:": 0}
    assert any("a guide only: x, not recorded." in w.en for w in result.warnings)


def test_by_reason_there_is_no_win_rate() -> None:
    result = checked(company(deal(1, loss_reason="price"), deal(2, "won")))
    (row,) = rows_of(result).values()
    assert "loss.win_rate" not in row


def test_the_stage_reached_is_the_last_one_entered_by_the_day_it_was_lost() -> None:
    history = [
        {"opportunity_id": "D1", "stage": s, "entered_on": DAY - timedelta(days=d)}
        for s, d in (("offer", 60), ("talk", 90), ("close", 5))
    ]
    result = checked(company(deal(1), deal(2, stage="own"), stage_history=history), by="stage")
    assert set(rows_of(result)) == {"stage:offer", "stage:own"}


def test_of_stages_entered_on_one_day_the_one_further_on_was_reached() -> None:
    first = [("D2", "talk", 90), ("D2", "offer", 80), ("D1", "offer", 50), ("D1", "talk", 50)]
    history = [
        {"opportunity_id": i, "stage": s, "entered_on": DAY - timedelta(days=d)}
        for i, s, d in first
    ]
    tables = tables_from(company(deal(1), stage_history=history))
    assert list(rows_of(ask("loss_analysis", tables, DAY, by="stage"))) == ["stage:offer"]


def test_deals_lost_outside_the_period_or_later_or_without_a_day_are_not_counted() -> None:
    result = checked(
        company(
            deal(1, closed_on=DAY),
            deal(2, closed_on=DAY - timedelta(days=364)),
            deal(3, closed_on=DAY - timedelta(days=365)),
            deal(4, closed_on=DAY + timedelta(days=1)),
            deal(5, closed_on=None),
            deal(6, "open", closed_on=None),
        )
    )
    assert figure(result, "loss.total_count") == 2


def test_a_deal_without_a_first_day_has_no_days_open() -> None:
    result = checked(company(deal(1, created_on=None), deal(2, loss_reason="x", created_on=None)))
    assert [row["loss.cycle_days"] for row in rows_of(result).values()] == [None, None]


def test_no_loss_is_zero_and_not_unknown() -> None:
    result = checked(company(deal(1, "won")))
    assert rows_of(result) == {}
    assert figure(result, "loss.total_count") == figure(result, "loss.total_value") == 0
    assert figure(result, "loss.unrecorded_share") is None
    assert not result.warnings


def test_an_unfilled_column_is_named() -> None:
    deals = [{k: v for k, v in deal(1).items() if k not in ("loss_reason", "competitor")}]
    tables = tables_from(company(*deals))
    for by, column in (("reason", "loss_reason"), ("competitor", "competitor")):
        warned = " ".join(w.en for w in ask("loss_analysis", tables, DAY, by=by).warnings)
        assert f"opportunities.{column}" in warned


def test_without_what_it_is_made_of_the_tool_refuses() -> None:
    tables = tables_from(company(deal(1)))
    with pytest.raises(MissingDataError, match="`people`"):
        ask("loss_analysis", tables, DAY, by="team")
    with pytest.raises(NotFoundError):
        ask("loss_analysis", tables, DAY, account_id="nobody")
    with pytest.raises(InputError, match="`by`"):
        ask("loss_analysis", tables, DAY, by="colour")
    with pytest.raises(MissingDataError, match="opportunities"):
        ask("loss_analysis", tables_from({"accounts": []}), DAY)


def test_the_deals_of_another_person_change_nothing_of_ones_own() -> None:
    mine = [deal(1, loss_reason="price"), deal(2, "won")]
    alone, together = (
        ask("loss_analysis", tables_from(company(*deals)), DAY, owner_id="p")
        for deals in (mine, [*mine, deal(3, owner_id="q"), deal(4, owner_id=None)])
    )
    assert rows_of(alone) == rows_of(together)
    assert [(f.key, f.value) for f in alone.facts] == [(f.key, f.value) for f in together.facts]
