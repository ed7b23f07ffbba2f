"""A stage stands on evidence: every account's equals the oracle's, and no promotion without it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import InputError, NotFoundError
from crm.scope import ScopedTables
from crm.settings import Settings
from crm.thresholds import Deepening
from tests.companies import (
    ADVENTUREWORKS_DAY,
    MAVEN_DAY,
    SAMPLE_DAY,
    Rows,
    frames_from,
    tables_from,
)
from tests.oracles import adventureworks_full, deepening
from tests.oracles import maven as maven_oracle
from tests.oracles.canonical import Row, Tables
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult
from tools.query import fetch
from tools.stage_evidence import EVIDENCE, STAGES, stage_evidence

DAYS = [SAMPLE_DAY, date(2026, 3, 31), date(2023, 9, 30)]
SOLUTIONS = deepening.SAMPLE_SOLUTIONS
Company = dict[str, list[dict[str, Any]]]


def evidence(tables: ScopedTables, day: date) -> dict[str, dict[str, Row]]:
    """Every account's evidence as the oracle writes it."""
    met = {True: "yes", False: "no", None: "unknown"}
    return {
        row["account_id"]: {
            e.code: {
                "stage.met": met[row[f"{e.code}_met"]],
                "stage.figure": row[f"{e.code}_figure"],
                "stage.found_on": row[f"{e.code}_on"],
            }
            for e in EVIDENCE
        }
        for row in fetch(stage_evidence(tables, day))
    }


def portfolio(result: ToolResult) -> list[tuple[Any, ...]]:
    names = ("derived", "recorded", "target", "missing_count")
    return [
        (subject.removeprefix("account:"), *(row[f"stage.{n}"] for n in names))
        for subject, row in rows_of(result).items()
    ]


def expected_portfolio(wanted: Row) -> list[tuple[Any, ...]]:
    names = ("derived", "recorded", "target", "missing_count")
    return [(r["account_id"], *(r[f"stage.{n}"] for n in names)) for r in wanted["rows"]]


def counts(result: ToolResult) -> dict[str | None, Any]:
    found = {f.subject: f.value for f in result.facts if f.name == "stage.count"}
    return {s: found[f"stage:{s or 'none'}"] for s in (*STAGES, None)}


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_evidence_of_every_account_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    assert evidence(sample, day) == deepening.stage_evidence(sample_raw, day, SOLUTIONS)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_stages_of_all_customers_in_their_order(
    sample: ScopedTables, sample_raw: Tables, day: date
) -> None:
    wanted = deepening.deepening_stage(sample_raw, day, SOLUTIONS)
    result = ask("deepening_stage", sample, day, limit=500)
    assert portfolio(result) == expected_portfolio(wanted)
    assert counts(result) == wanted["count"]
    over = [r for r in wanted["rows"] if above(r)]
    assert figure(result, "stage.overstated") == len(over)


def above(row: Row) -> bool:
    return deepening.order(row["stage.recorded"]) > deepening.order(row["stage.derived"])


def test_mavens_evidence_is_unknown_where_it_has_no_tables(maven: ScopedTables) -> None:
    wanted = deepening.stage_evidence(maven_oracle.canonical_tables(), MAVEN_DAY)
    found = evidence(maven, MAVEN_DAY)
    unnamed = {"stage.met": "unknown", "stage.figure": None, "stage.found_on": None}
    for account, pieces in wanted.items():  # its deals have no names: the oracle asks for tables
        assert found[account] == pieces | {"joint": unnamed}
    result = ask("deepening_stage", maven, MAVEN_DAY, limit=500)
    assert {row[1] for row in portfolio(result)} == {None}
    assert "order_lines" in " ".join(w.en for w in result.warnings)


def test_adventureworks_evidence(adventureworks: ScopedTables) -> None:
    raw = adventureworks_full.tables()
    assert evidence(adventureworks, ADVENTUREWORKS_DAY) == deepening.stage_evidence(
        raw, ADVENTUREWORKS_DAY
    )


# ------------------------------------------------------------------ the planted accounts, by hand


def test_the_model_account_has_all_evidence_up_to_engage(sample: ScopedTables) -> None:
    result = ask("deepening_stage", sample, SAMPLE_DAY, account_id="A022")
    found = {
        r["stage.evidence"]: (r["stage.met"], r["stage.figure"], r["stage.found_on"])
        for r in rows_of(result).values()
    }
    assert found == {
        "bought": ("yes", 236, date(2026, 9, 28)),
        "breadth": ("yes", 7, date(2026, 9, 28)),  # six categories, seven departments
        "solution_deal": ("yes", 11, date(2026, 6, 25)),
        "midterm_plan": ("yes", 2, date(2026, 5, 20)),  # a market fact of April, a talk of May
        "executive_meetings": ("yes", 3, date(2026, 8, 26)),
        "joint": ("yes", 1, date(2026, 8, 26)),
    }
    names = ("derived", "recorded", "target", "next", "customer_role", "our_role")
    assert [figure(result, f"stage.{n}") for n in names] == [
        "Engage", "Enhance", "Engage", None, "partner", "solution_provider",
    ]  # fmt: skip
    assert result.fact("stage.missing") is None


def test_it_may_be_promoted_to_engage_and_is_above_extend_already(sample: ScopedTables) -> None:
    for stage, verdict in (("Engage", "allowed"), ("Enhance", "already"), ("Enter", "already")):
        result = ask("deepening_stage", sample, SAMPLE_DAY, account_id="A022", promote_to=stage)
        assert figure(result, "stage.promotion") == verdict


def test_a_promotion_without_the_mid_term_plan_is_refused_and_says_so(sample: ScopedTables) -> None:
    result = ask("deepening_stage", sample, SAMPLE_DAY, account_id="A020", promote_to="Engage")
    assert figure(result, "stage.derived") == figure(result, "stage.recorded") == "Extend"
    assert figure(result, "stage.promotion") == "refused"
    missing = [f.value for f in result.facts if f.name == "stage.missing"]
    assert missing == ["midterm_plan", "executive_meetings", "joint"]
    assert len(result.next_steps) == 3


@pytest.mark.parametrize("stage", STAGES)
def test_nobody_is_promoted_without_all_the_evidence(
    sample: ScopedTables, sample_raw: Tables, stage: str
) -> None:
    found = deepening.stage_evidence(sample_raw, SAMPLE_DAY, SOLUTIONS)
    recorded = {r["account_id"]: r["current_stage"] for r in fetch(sample["accounts"])}
    for account in ("A001", "A019", "A022", "A030", "A033", "A046", "A080"):
        result = ask("deepening_stage", sample, SAMPLE_DAY, account_id=account, promote_to=stage)
        lacking = deepening.missing(found[account], stage)
        assert [f.value for f in result.facts if f.name == "stage.missing"] == lacking
        there = deepening.order(recorded[account]) >= deepening.order(stage)
        wanted = "refused" if lacking else "already" if there else "allowed"
        assert (account, figure(result, "stage.promotion")) == (account, wanted)


# ------------------------------------------------------------------ small companies


def company(**tables: list[dict[str, Any]]) -> Company:
    """Account A with all its evidence, and B with none."""
    return {
        "accounts": [
            {"account_id": "A", "name": "Alpha", "status": "customer", "current_stage": None},
            {"account_id": "B", "name": "Beta", "status": "customer", "current_stage": "Extend"},
        ],
        "products": [
            {"product_id": f"P{n}", "name": "p", "category": c} for n, c in enumerate(["x", "y"])
        ],
        "people": [
            {"person_id": "U1", "name": "u", "role": "manager"},
            {"person_id": "U2", "name": "v", "role": "rep"},
        ],
        "contacts": [
            {"contact_id": "C1", "account_id": "A", "name": "c", "level": "executive"},
            {"contact_id": "C2", "account_id": "A", "name": "d", "level": "staff"},
        ],
        "order_lines": [line(0, "P0"), line(1, "P1")],
        "opportunities": [deal(0)],
        "market_facts": [fact("A")],
        "activities": [meeting(0), meeting(1), meeting(2, kind="call", subject="Joint test")],
        **tables,
    }


def ago(days: int) -> date:
    return SAMPLE_DAY - timedelta(days=days)


def line(number: int, product: str | None = "P0", **more: Any) -> dict[str, Any]:
    return {
        "order_id": "O", "line_no": number, "account_id": "A", "product_id": product,
        "ordered_on": SAMPLE_DAY, "net_amount": Decimal(1), "department": None, **more,
    }  # fmt: skip


def deal(number: int, **more: Any) -> dict[str, Any]:
    return {
        "opportunity_id": f"D{number}", "account_id": "A", "name": "deal", "product_id": None,
        "category": "x", "status": "won", "amount": Decimal(5), "created_on": ago(30),
        "closed_on": SAMPLE_DAY, **more,
    }  # fmt: skip


def fact(subject: str, **more: Any) -> dict[str, Any]:
    return {
        "subject": subject, "statement": "新しい中期計画を公表", "source": "s",
        "observed_on": SAMPLE_DAY, **more,
    }  # fmt: skip


def meeting(number: int, **more: Any) -> dict[str, Any]:
    return {
        "activity_id": f"V{number}", "account_id": "A", "contact_id": "C1", "person_id": "U1",
        "kind": "executive_meeting", "occurred_on": SAMPLE_DAY, "subject": "talk", **more,
    }  # fmt: skip


def tables(rows: Rows, **limits: Any) -> ScopedTables:
    settings = Settings(deepening=Deepening(solution_categories=["x"], **limits))
    made: ScopedTables = tables_from(rows, settings=settings)
    return made


def as_the_oracle_has_it(rows: Rows, **limits: Any) -> ScopedTables:
    """The tables of a company whose evidence is found to be the oracle's."""
    made = tables(rows, **limits)
    wanted = deepening.stage_evidence(frames_from(rows), SAMPLE_DAY, ["x"], **limits)
    assert evidence(made, SAMPLE_DAY) == wanted
    return made


def stage_of(rows: Rows, account: str = "A", **limits: Any) -> Any:
    made = as_the_oracle_has_it(rows, **limits)
    result = ask("deepening_stage", made, SAMPLE_DAY, account_id=account)
    return figure(result, "stage.derived")


IDS = ("account_id", "contact_id", "opportunity_id", "activity_id", "order_id", "subject", "name")
SHARED = ("people", "products")


def assert_stages(*cases: tuple[Company, str | None]) -> None:
    """The stage of account A in each company, all of them put into one."""
    merged: Company = {t: cases[0][0][t] for t in SHARED}
    for n, (rows, _stage) in enumerate(cases):
        for table in rows.keys() - set(SHARED):
            own = IDS[:-1] if table in ("activities", "opportunities") else IDS
            own = tuple(c for c in own if not (table == "activities" and c == "subject"))
            merged.setdefault(table, []).extend(
                {c: f"{v}{n}" if c in own and v is not None else v for c, v in row.items()}
                for row in rows[table]
            )
    result = ask("deepening_stage", as_the_oracle_has_it(merged), SAMPLE_DAY, limit=500)
    found = {row[0]: row[1] for row in portfolio(result)}
    stages = {n: stage for n, (_rows, stage) in enumerate(cases)}
    assert {n: found[f"A{n}"] for n in stages} == stages


def test_with_all_evidence_the_stage_is_engage_and_without_any_it_is_none() -> None:
    assert stage_of(company()) == "Engage"
    assert stage_of(company(), "B") is None


def test_breadth_is_two_categories_or_two_departments_of_the_window() -> None:
    cases: list[tuple[Any, str | None]] = [
        ([line(0, account_id="B", department="d")], None),
        ([line(0, ordered_on=ago(364))], "Enter"),
        ([line(0, ordered_on=ago(365))], None),
        ([line(0, ordered_on=SAMPLE_DAY + timedelta(days=1))], None),
        ([line(0, net_amount=Decimal(-1))], "Enter"),
        ([line(0), line(1)], "Enter"),
        ([line(0), line(1, None)], "Enter"),
        ([line(0), line(1, "P1", ordered_on=ago(365))], "Enter"),
        ([line(0, department="d"), line(1, department="e")], "Engage"),
        ([line(0, department="d"), line(1, department="d")], "Enter"),
        ([line(0), line(1, "P1", account_id="B")], "Enter"),
    ]
    assert_stages(*((company(order_lines=lines), stage) for lines, stage in cases))


def test_a_solution_deal_is_one_won_in_a_solution_category() -> None:
    cases: list[tuple[Any, str | None]] = [
        ([deal(0, account_id="B")], "Extend"),
        ([deal(0, closed_on=ago(5000), created_on=ago(6000))], "Engage"),
        ([deal(0, status="lost")], "Extend"),
        ([deal(0, status="open", closed_on=None)], "Extend"),
        ([deal(0, closed_on=None)], "Extend"),
        ([deal(0, closed_on=SAMPLE_DAY + timedelta(days=1))], "Extend"),
        ([deal(0, category="y")], "Extend"),
        ([deal(0, category=None)], "Extend"),
        ([deal(0, category=None, product_id="P0")], "Engage"),
        ([deal(0, category="y", product_id="P0")], "Extend"),
        ([deal(0, account_id=None)], "Extend"),
    ]
    assert_stages(*((company(opportunities=deals), stage) for deals, stage in cases))


def test_the_mid_term_plan_is_a_fact_about_the_account_by_id_or_name() -> None:
    cases: list[tuple[Any, str | None]] = [
        ([fact("Alpha")], "Engage"),
        ([fact("Beta")], "Extend"),
        ([fact("A", statement="a MID-TERM plan")], "Engage"),
        ([fact("A", statement="news")], "Extend"),
        ([fact("A", observed_on=ago(1094))], "Engage"),
        ([fact("A", observed_on=ago(1095))], "Extend"),
        ([fact("A", observed_on=SAMPLE_DAY + timedelta(days=1))], "Extend"),
    ]
    assert_stages(*((company(market_facts=facts), stage) for facts, stage in cases))


def test_the_mid_term_plan_may_stand_in_the_subject_of_an_activity() -> None:
    told = meeting(3, kind="call", subject="中期計画のヒアリング", occurred_on=ago(9))
    rows = company(market_facts=[], activities=[*company()["activities"], told])
    assert stage_of(rows) == "Engage"
    found = rows_of(ask("deepening_stage", tables(rows), SAMPLE_DAY, account_id="A"))
    plan = found["evidence:midterm_plan"]
    assert (plan["stage.found_on"], plan["stage.source"]) == (ago(9), "activities")


def test_two_meetings_of_executives_of_both_sides_in_six_months() -> None:
    cases: list[tuple[Any, str | None]] = [
        ({}, "Engage"),
        ({"occurred_on": ago(182)}, "Engage"),
        ({"occurred_on": ago(183)}, "Enhance"),
        ({"person_id": "U2"}, "Enhance"),
        ({"person_id": None}, "Enhance"),
        ({"contact_id": "C2"}, "Enhance"),
        ({"contact_id": None}, "Enhance"),
        ({"kind": "visit"}, "Enhance"),
    ]
    assert_stages(
        *(
            (company(activities=[meeting(0, **more), *company()["activities"][1:]]), stage)
            for more, stage in cases
        )
    )


def test_a_deal_for_joint_work_counts_while_it_is_open_or_won() -> None:
    cases: list[tuple[Any, str | None]] = [
        ({"name": "共創プロジェクト"}, "Engage"),
        ({"name": "共創プロジェクト", "status": "open", "closed_on": None}, "Engage"),
        ({"name": "共創プロジェクト", "status": "lost"}, "Enhance"),
        ({"name": "共創プロジェクト", "created_on": ago(365)}, "Enhance"),
        ({"name": "共創プロジェクト", "created_on": None}, "Enhance"),
    ]
    assert_stages(
        *(
            (
                company(
                    activities=[meeting(0), meeting(1)], opportunities=[deal(0), deal(1, **more)]
                ),
                stage,
            )
            for more, stage in cases
        )
    )


def test_higher_evidence_does_not_make_up_for_what_is_missing_below() -> None:
    rows = company(order_lines=[line(0)], market_facts=[])
    assert stage_of(rows) == "Enter"
    result = ask("deepening_stage", tables(rows), SAMPLE_DAY, account_id="A", promote_to="Engage")
    assert [f.value for f in result.facts if f.name == "stage.missing"] == [
        "breadth", "midterm_plan",
    ]  # fmt: skip


def test_the_settings_decide_how_much_is_enough() -> None:
    assert stage_of(company(), categories=3, departments=3) == "Enter"
    assert stage_of(company(), executive_meetings=3) == "Enhance"
    assert stage_of(company(), plan_words=["roadmap"]) == "Extend"
    assert stage_of(company(), joint_days=1, joint_words=["talk"]) == "Engage"


def test_without_solution_categories_a_solution_deal_cannot_be_told() -> None:
    made = tables_from(company())
    result = ask("deepening_stage", made, SAMPLE_DAY, account_id="A")
    row = rows_of(result)["evidence:solution_deal"]
    assert (row["stage.met"], row["stage.figure"]) == ("unknown", None)
    assert figure(result, "stage.derived") == "Extend"
    assert "solution_categories" in result.warnings[0].en


@pytest.mark.parametrize(
    ("table", "column", "code"),
    [
        ("people", "role", "executive_meetings"),
        ("contacts", "level", "executive_meetings"),
        ("activities", "contact_id", "executive_meetings"),
        ("products", "category", None),
    ],
)
def test_what_is_not_recorded_is_unknown_not_missing(
    table: str, column: str, code: str | None
) -> None:
    rows = company(order_lines=[line(0, department="d"), line(1, "P1", department="e")])
    rows[table] = [{c: v for c, v in row.items() if c != column} for row in rows[table]]
    met = {c: e["stage.met"] for c, e in evidence(tables(rows), SAMPLE_DAY)["A"].items()}
    assert [c for c, m in met.items() if m == "unknown"] == ([code] if code else [])


def test_a_recorded_stage_above_the_evidence_stands_first_and_is_said() -> None:
    made = tables(company())
    result = ask("deepening_stage", made, SAMPLE_DAY)
    assert portfolio(result) == [("B", None, "Extend", None, 1), ("A", "Engage", None, None, 0)]
    assert figure(result, "stage.overstated") == 1
    rows = company(order_lines=[line(0, account_id="B")])
    alone = ask("deepening_stage", tables(rows), SAMPLE_DAY, account_id="B")
    assert any("above the one with evidence" in w.en for w in alone.warnings)


def test_prospects_are_not_listed_but_may_be_asked_for() -> None:
    rows = company()
    rows["accounts"][0]["status"] = "prospect"
    assert [r[0] for r in portfolio(ask("deepening_stage", tables(rows), SAMPLE_DAY))] == ["B"]
    assert stage_of(rows) == "Engage"


def test_a_group_has_the_evidence_of_all_its_members() -> None:
    rows = company(market_facts=[fact("Alpha")])
    for account in rows["accounts"]:
        account["parent_id"] = "B" if account["account_id"] == "A" else None
    result = ask("deepening_stage", tables(rows), SAMPLE_DAY, account_id="A", group=True)
    assert figure(result, "stage.derived") == "Engage"
    assert figure(result, "stage.recorded") == "Extend"


def test_a_promotion_needs_an_account_that_can_be_seen(sample: ScopedTables) -> None:
    with pytest.raises(InputError, match="promote_to"):
        ask("deepening_stage", sample, SAMPLE_DAY, promote_to="Enter")
    with pytest.raises(NotFoundError):
        ask("deepening_stage", sample, SAMPLE_DAY, account_id="nobody")
    with pytest.raises(InputError, match="promote_to"):
        ask("deepening_stage", sample, SAMPLE_DAY, account_id="A022", promote_to="Exit")


def test_an_unrelated_account_changes_no_evidence_of_another() -> None:
    rows = company()
    more = {
        **rows,
        "accounts": [*rows["accounts"], {"account_id": "Z", "name": "Zeta"}],
        "order_lines": [*rows["order_lines"], line(9, account_id="Z")],
        "activities": [*rows["activities"], meeting(9, account_id="Z")],
    }
    before, after = (evidence(tables(r), SAMPLE_DAY) for r in (rows, more))
    assert {a: after[a] for a in before} == before


def test_owner_and_limit_choose_the_rows_that_are_listed(sample: ScopedTables) -> None:
    mine = ask("deepening_stage", sample, SAMPLE_DAY, owner_id="U14", limit=2)
    assert len(rows_of(mine)) == 2
    assert mine.table is not None
    assert mine.table.total_rows == sum(counts(mine).values()) < 102
