"""Each item of a checklist is done with evidence on record, or open with its question."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from crm.errors import InputError, NotFoundError
from crm.scope import ScopedTables
from tests.companies import SAMPLE_DAY, tables_from
from tests.oracles import deepening
from tests.oracles.canonical import Tables
from tests.tools.asking import ask, figure, rows_of
from tools.checklist import PROOFS
from tools.checklists import RULES, ChecklistItem, checklist_items
from tools.format import show
from tools.stage_evidence import EVIDENCE, STAGES

ACCOUNTS = ("A001", "A019", "A022", "A044")
ITEMS = list(checklist_items().values())
Company = dict[str, list[dict[str, Any]]]


def state(tables: ScopedTables, stage: str | None = None, account: str = "A") -> dict[str, Any]:
    """Each item's state, and where and when it was found."""
    given = {"stage": stage} if stage else {}
    found = rows_of(
        ask("activity_checklist", tables, SAMPLE_DAY, account_id=account, **given)
    ).values()
    names = ("done", "evidence", "found_on")
    return {
        str(row["checklist.item"]): tuple(row[f"checklist.{n}"] for n in names) for row in found
    }


# ------------------------------------------------------------------ the data file


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_six_to_nine_items(stage: str) -> None:
    assert 6 <= sum(item.stage == stage for item in ITEMS) <= 9
    assert {item.stage for item in ITEMS} == set(STAGES)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_every_item_has_its_words_a_question_and_a_rule_that_can_be_looked_up(
    item: ChecklistItem,
) -> None:
    assert item.kind in PROOFS
    assert re.search(r"[ぁ-ん]", item.ja)
    assert item.question_ja.endswith("。")
    assert item.question_en.endswith("?")
    assert item.code.startswith(item.stage.lower())
    assert show(item.code, "checklist_item", "en") == item.en
    assert show(item.code, "checklist_question", "ja") == item.question_ja
    if item.kind == "evidence":
        assert item.value in {e.code for e in EVIDENCE}
    if item.kind in ("categories", "departments"):
        assert int(item.value) > 0


def test_every_rule_is_used_and_has_its_proof() -> None:
    assert set(PROOFS) == set(RULES) == {item.kind for item in ITEMS}


def test_a_rule_that_does_not_exist_is_refused() -> None:
    item = ITEMS[0].model_copy(update={"rule": "telepathy:always"})
    with pytest.raises(ValueError, match="telepathy"):
        _ = item.kind


# ------------------------------------------------------------------ the sample company


@pytest.mark.parametrize("day", [SAMPLE_DAY, date(2025, 6, 30)], ids=str)
def test_every_item_of_several_accounts_is_as_the_oracle_has_it(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    evidence = deepening.stage_evidence(sample_raw, day, deepening.SAMPLE_SOLUTIONS)
    for account in ACCOUNTS:
        own = rows_about(sample_raw, account)
        for stage in STAGES:
            result = ask("activity_checklist", sample, day, account_id=account, stage=stage)
            done = {
                row["checklist.item"]
                for row in rows_of(result).values()
                if row["checklist.done"] == "done"
            }
            wanted = {
                i.code for i in ITEMS if i.stage == stage and proven(own, evidence, account, day, i)
            }
            assert (account, stage, done) == (account, stage, wanted)
            assert figure(result, "checklist.done_count") == len(wanted)
            total = sum(i.stage == stage for i in ITEMS)
            assert figure(result, "checklist.open_count") == total - len(wanted)


def rows_about(raw: Tables, account: str) -> Tables:
    return {
        name: table[table["account_id"] == account] if "account_id" in table.columns else table
        for name, table in raw.items()
    }


def proven(raw: Tables, evidence: Any, account: str, day: date, item: ChecklistItem) -> bool:
    if item.kind == "evidence":
        return bool(evidence[account][item.value]["stage.met"] == "yes")
    value = item.value.replace("|", ",")
    return deepening.checklist_done(raw, account, day, item.kind, value)


def test_the_stage_is_the_recorded_one_else_the_next_by_evidence(sample: ScopedTables) -> None:
    stages = {"A022": "Enhance", "A020": "Extend", "A019": "Enter"}  # A019: none is recorded
    for account, stage in stages.items():
        result = ask("activity_checklist", sample, SAMPLE_DAY, account_id=account)
        assert (account, figure(result, "checklist.stage")) == (account, stage)


def test_the_model_account_has_met_at_management_level_and_works_jointly(
    sample: ScopedTables,
) -> None:
    found = state(sample, "Engage", "A022")
    meeting = ("done", "activities", date(2026, 8, 26))
    assert found["engage_executive_meetings"] == found["engage_joint"] == meeting
    assert found["engage_departments"] == ("done", "order_lines", date(2026, 9, 28))
    assert found["engage_kpi"] == ("open", None, None)


def test_an_unknown_account_or_stage_is_refused(sample: ScopedTables) -> None:
    with pytest.raises(NotFoundError):
        ask("activity_checklist", sample, SAMPLE_DAY, account_id="nobody")
    with pytest.raises(InputError, match="`stage` does not fit"):
        ask("activity_checklist", sample, SAMPLE_DAY, account_id="A022", stage="Exit")


# ------------------------------------------------------------------ small companies


def ago(days: int) -> date:
    return SAMPLE_DAY - timedelta(days=days)


def act(number: int, **more: Any) -> dict[str, Any]:
    return {
        "activity_id": f"V{number}", "account_id": "A", "kind": "call", "subject": "talk",
        "occurred_on": SAMPLE_DAY, **more,
    }  # fmt: skip


def contact(number: int, **more: Any) -> dict[str, Any]:
    return {
        "contact_id": f"C{number}", "account_id": "A", "name": "c", "level": "staff",
        "buying_role": "user", "reports_to": None, "left_on": None, **more,
    }  # fmt: skip


def deal(number: int, **more: Any) -> dict[str, Any]:
    return {
        "opportunity_id": f"D{number}", "account_id": "A", "status": "open", "next_step": None,
        "created_on": ago(9), "closed_on": None, **more,
    }  # fmt: skip


def company(**tables: list[dict[str, Any]]) -> Company:
    return {
        "accounts": [{"account_id": "A", "name": "Alpha", "current_stage": None}],
        "contacts": [contact(1)],
        "activities": [act(1)],
        "opportunities": [deal(1, status="lost", closed_on=ago(1))],
        "market_facts": [fact("somebody else", "budget")],
        "wallets": [],
        **tables,
    }


def fact(subject: str, statement: str, observed_on: date = SAMPLE_DAY) -> dict[str, Any]:
    return {
        "subject": subject, "statement": statement, "source": "s", "observed_on": observed_on,
    }  # fmt: skip


def entering(**tables: list[dict[str, Any]]) -> dict[str, Any]:
    return state(tables_from(company(**tables)), "Enter")


def test_where_nothing_is_on_record_everything_is_open_with_its_question() -> None:
    result = ask("activity_checklist", tables_from(company()), SAMPLE_DAY, account_id="A")
    rows = rows_of(result)
    assert figure(result, "checklist.stage") == "Enter"
    assert {row["checklist.done"] for row in rows.values()} == {"open"}
    assert {row["checklist.evidence"] for row in rows.values()} == {None}
    assert all(row["checklist.question"] == row["checklist.item"] for row in rows.values())
    assert not result.warnings


def test_a_role_counts_while_its_holder_is_there() -> None:
    champion = contact(2, buying_role="champion")
    assert entering(contacts=[champion])["enter_champion"] == ("done", "contacts", None)
    gone = {**champion, "left_on": SAMPLE_DAY}
    assert entering(contacts=[gone])["enter_champion"] == ("open", None, None)
    leaving = {**champion, "left_on": SAMPLE_DAY + timedelta(days=1)}
    assert entering(contacts=[leaving])["enter_champion"][0] == "done"


def test_an_activity_counts_in_the_window() -> None:
    acts = [act(1, kind="visit", occurred_on=ago(364)), act(2, kind="visit", occurred_on=ago(400))]
    assert entering(activities=acts)["enter_visit"] == ("done", "activities", ago(364))
    assert entering(activities=acts[1:])["enter_visit"] == ("open", None, None)


def test_words_are_found_in_subjects_and_in_facts_about_the_account_the_latest_first() -> None:
    acts = [act(1, subject="BUDGET talk", occurred_on=ago(500)), act(2)]
    assert entering(activities=acts)["enter_budget"] == ("done", "activities", ago(500))
    facts = [fact("Alpha", "来期の予算を発表", ago(30)), fact("Alpha", "予算", ago(-1))]
    found = entering(activities=acts, market_facts=facts)
    assert found["enter_budget"] == ("done", "market_facts", ago(30))
    later = [act(1, subject="budget", occurred_on=ago(-1))]
    assert entering(activities=later)["enter_budget"] == ("open", None, None)


def test_an_open_deal_and_its_next_step_count() -> None:
    found = entering(opportunities=[deal(1), deal(2, next_step="call", created_on=ago(20))])
    assert found["enter_deal"] == ("done", "opportunities", ago(9))
    assert found["enter_next_step"] == ("done", "opportunities", ago(20))
    closed = entering(opportunities=[deal(1, next_step="x", status="won", closed_on=ago(1))])
    assert (closed["enter_deal"][0], closed["enter_next_step"][0]) == ("open", "open")


@pytest.mark.parametrize(
    ("contacts", "done"),
    [
        ([contact(1), contact(2, level="executive")], "done"),
        ([contact(1), contact(2), contact(3)], "open"),
        ([contact(n, reports_to="C9") for n in (1, 2, 3)], "done"),
        ([contact(n, reports_to="C9") for n in (1, 2)], "open"),
        ([contact(1), contact(2, level="executive", left_on=SAMPLE_DAY)], "open"),
    ],
)
def test_an_organisation_chart_is_three_who_report_or_two_levels(
    contacts: list[dict[str, Any]], done: str
) -> None:
    found = state(tables_from(company(contacts=contacts)), "Extend")
    assert found["extend_org_chart"][0] == done


def test_what_cannot_be_told_is_open_and_said() -> None:
    rows = company()
    for table in ("market_facts", "activities", "opportunities"):
        del rows[table]
    made = tables_from(rows)
    result = ask("activity_checklist", made, SAMPLE_DAY, account_id="A", stage="Enter")
    assert figure(result, "checklist.done_count") == 0
    warned = " ".join(w.en for w in result.warnings)
    for needed in ("activities.subject, market_facts", "opportunities.next_step"):
        assert needed in warned
