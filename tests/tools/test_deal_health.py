"""Each signal of an open deal equals the oracle's, and stands on its own."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.scope import ScopedTables
from tests.companies import MAVEN_DAY, SAMPLE_DAY, frames_from, tables_from
from tests.oracles import maven as raw_maven
from tests.oracles.canonical import Tables
from tests.oracles.deal_health import deal_health as oracle
from tests.tools.asking import ask, figure, money, rows_of
from tools.deal_health import DEAL_SIGNALS

DAYS = [SAMPLE_DAY, date(2026, 3, 31), date(2025, 6, 30), date(2024, 4, 1)]


def signals_of(row: dict[str, Any]) -> set[str]:
    """The oracle's signals of a deal; the two silences are told apart by the stronger."""
    alone = {s for s in DEAL_SIGNALS if not s.startswith("silent") and row.get(s) is True}
    return alone | ({row["silent"]} if row["silent"] else set())


def assert_equal(
    tables: ScopedTables, raw: Tables, as_of: date, leave_out: frozenset[str] = frozenset()
) -> None:
    result = ask("deal_health", tables, as_of, limit=500)
    found = rows_of(result)
    expected = {f"deal:{r['opportunity_id']}": r for r in oracle(raw, as_of).to_dict("records")}
    assert figure(result, "deals.open_count") == len(expected)
    assert result.table is not None
    assert result.table.total_rows == len(expected)
    for subject, row in found.items():
        deal = expected[subject]
        told = set(str(row["deal.signals"]).split(";")) - {""}
        assert (subject, told) == (subject, signals_of(deal) - leave_out)
        assert row["deal.amount"] == money(deal["amount"])
        assert row["deal.expected_value"] == money(deal["weighted"])
        assert row["deal.days_in_stage"] == deal["days_in_stage"]
        assert row["deal.quiet_days"] == deal["days_since_activity"]
        assert row["deal.colour"] == deal["colour"]
    flagged = [d for d in expected.values() if signals_of(d) - leave_out]
    assert figure(result, "deals.flagged_count") == len(flagged)
    known = [d["amount"] for d in flagged if d["amount"] is not None]
    value = sum(known, Decimal(0)) if known or not flagged else None
    assert figure(result, "deals.flagged_value") == money(value)


@pytest.mark.parametrize("as_of", DAYS, ids=str)
def test_every_open_deal_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, as_of: date
) -> None:
    assert_equal(sample, sample_raw, as_of)


@pytest.mark.parametrize(
    "as_of",
    [pytest.param(MAVEN_DAY, marks=pytest.mark.slow), date(2017, 3, 31), date(2016, 12, 31)],
    ids=str,
)
def test_every_open_deal_of_maven(maven: ScopedTables, as_of: date) -> None:
    expected = oracle(raw_maven.canonical_tables(), as_of).to_dict("records")
    stalled = {f"deal:{d['opportunity_id']}" for d in expected if d["stalled"]}
    result = ask("deal_health", maven, as_of, signal="stalled", limit=500)
    assert figure(result, "deals.open_count") == len(expected)
    assert figure(result, "deals.flagged_count") == len(stalled)
    shown = set(rows_of(result))
    assert shown <= stalled
    assert len(shown) == min(len(stalled), 500)


def test_deals_stand_with_the_largest_expected_value_first(sample: ScopedTables) -> None:
    found = rows_of(ask("deal_health", sample, SAMPLE_DAY, limit=500)).values()
    worth = [r["deal.expected_value"] or r["deal.amount"] for r in found]
    known = [Decimal(str(w)) for w in worth if w is not None]
    assert known == sorted(known, reverse=True)
    assert worth[len(known) :] == [None] * (len(worth) - len(known))


@pytest.mark.parametrize("account_id", ["A010", "A011", "A020", "A025", "A024"])
def test_the_deals_of_one_account_are_judged_as_among_all(
    sample: ScopedTables, account_id: str
) -> None:
    every = rows_of(ask("deal_health", sample, SAMPLE_DAY, limit=500))
    alone = rows_of(ask("deal_health", sample, SAMPLE_DAY, account_id=account_id, limit=500))
    assert all(every[subject] == row for subject, row in alone.items())


@pytest.mark.parametrize("signal", DEAL_SIGNALS)
def test_a_signal_picks_the_deals_that_have_it(sample: ScopedTables, signal: str) -> None:
    every = rows_of(ask("deal_health", sample, SAMPLE_DAY, limit=500))
    picked = rows_of(ask("deal_health", sample, SAMPLE_DAY, signal=signal, limit=500))
    assert list(picked) == [
        s for s, row in every.items() if signal in str(row["deal.signals"]).split(";")
    ]


def test_a_person_picks_their_deals(sample: ScopedTables, sample_raw: Tables) -> None:
    picked = ask("deal_health", sample, SAMPLE_DAY, owner_id="U07", limit=500)
    expected = [d for d in oracle(sample_raw, SAMPLE_DAY).to_dict("records")
                if d["owner_id"] == "U07"]  # fmt: skip
    assert figure(picked, "deals.open_count") == len(expected) > 0


def deal(**more: Any) -> dict[str, Any]:
    return {"opportunity_id": "D", "account_id": "A", "status": "open", "stage": "q"} | more


def judged(company: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The row of deal D, after the oracle has been seen to agree."""
    base = {"accounts": [{"account_id": "A", "name": "a"}], "activities": [], "contacts": []}
    whole = {**base, "opportunities": [deal()], **company}
    tables = tables_from(whole)
    (row,) = rows_of(ask("deal_health", tables, SAMPLE_DAY)).values()
    expected = oracle(frames_from(whole), SAMPLE_DAY).to_dict("records")[0]
    told = set(str(row["deal.signals"]).split(";")) - {""}
    unfilled = {
        s
        for s, (table, column) in {
            "no_next_step": ("opportunities", "next_step"),
            "no_decision_maker": ("contacts", "buying_role"),
            "single_threaded": ("activities", "contact_id"),
        }.items()
        if not tables.has(table, column)
    }
    assert told - {"pushed", "shrunk"} == signals_of(expected) - unfilled
    return {"signals": told, **row}


def activity(days_ago: int, **more: Any) -> dict[str, Any]:
    return {
        "activity_id": f"T{days_ago}{more}",
        "account_id": "A",
        "kind": "call",
        "occurred_on": SAMPLE_DAY - timedelta(days=days_ago),
        **more,
    }


@pytest.mark.parametrize(
    ("days_ago", "colour", "silent"),
    [(0, "blue", None), (7, "blue", None), (8, "yellow", None), (14, "yellow", None),
     (15, "yellow", "silent_14"), (30, "yellow", "silent_14"), (31, "red", "silent_30")],
)  # fmt: skip
def test_the_last_activity_tells_colour_and_silence(
    days_ago: int, colour: str, silent: str | None
) -> None:
    row = judged({"activities": [activity(days_ago)]})
    assert row["deal.colour"] == colour
    assert {s for s in row["signals"] if s.startswith("silent")} == ({silent} - {None})


def test_a_deal_without_any_activity_is_white_and_silent() -> None:
    row = judged({"activities": [activity(-3)]})
    assert row["deal.colour"] == "white"
    assert "silent_30" in row["signals"]
    assert row["deal.quiet_days"] is None


def test_a_deals_own_activity_comes_before_its_accounts() -> None:
    row = judged({"activities": [activity(1), activity(40, opportunity_id="D")]})
    assert row["deal.quiet_days"] == 40


@pytest.mark.parametrize(
    ("outbound", "inbound", "flagged"),
    [([0, 1, 2], [], True), ([0, 29, 29], [], True), ([0, 1, 30], [], False),
     ([0, 1, 2], [29], False), ([0, 1, 2], [30], True), ([0, 1], [], False)],
)  # fmt: skip
def test_three_words_without_an_answer_in_thirty_days_are_one_sided(
    outbound: list[int], inbound: list[int], flagged: bool
) -> None:
    acts = [activity(d, direction="out", subject=str(n)) for n, d in enumerate(outbound)]
    acts += [activity(d, direction="in") for d in inbound]
    assert ("one_sided" in judged({"activities": acts})["signals"]) == flagged


@pytest.mark.parametrize(("days_ago", "flagged"), [([0, 89], False), ([0, 90], True), ([3], True)])
def test_fewer_than_two_contacts_in_ninety_days_are_single_threaded(
    days_ago: list[int], flagged: bool
) -> None:
    acts = [activity(d, contact_id=f"C{d}") for d in days_ago]
    assert ("single_threaded" in judged({"activities": acts})["signals"]) == flagged


@pytest.mark.parametrize(
    ("left_on", "flagged"),
    [(None, False), (SAMPLE_DAY + timedelta(days=1), False), (SAMPLE_DAY, True)],
)
def test_a_decision_maker_who_has_left_decides_nothing(left_on: date | None, flagged: bool) -> None:
    people = [{"contact_id": "C", "account_id": "A", "name": "c", "left_on": left_on,
               "buying_role": "decision_maker"}]  # fmt: skip
    assert ("no_decision_maker" in judged({"contacts": people})["signals"]) == flagged


@pytest.mark.parametrize(("days", "flagged"), [(1, True), (0, False), (-1, False)])
def test_a_date_is_overdue_from_the_day_after(days: int, flagged: bool) -> None:
    then = SAMPLE_DAY - timedelta(days=days)
    row = judged({"opportunities": [deal(expected_close=then, next_step="x", next_step_due=then)]})
    assert ("overdue" in row["signals"]) == flagged
    assert ("next_step_overdue" in row["signals"]) == flagged


@pytest.mark.parametrize(
    ("usual", "days", "flagged"),
    [([10], 14, False), ([10], 15, True), ([40], 40, False), ([40], 41, True),
     ([10, 20, 30, 41], 33, True), ([10, 20, 30, 41], 32, False), ([], 400, False)],
)  # fmt: skip
def test_a_deal_is_stalled_beyond_the_usual_days_and_a_fortnight(
    usual: list[int], days: int, flagged: bool
) -> None:
    won = [
        {"opportunity_id": f"W{n}", "status": "won", "closed_on": date(2026, 1, 1) + timedelta(d)}
        for n, d in enumerate(usual)
    ]
    history = [
        {"opportunity_id": w["opportunity_id"], "stage": "q", "entered_on": date(2026, 1, 1)}
        for w in won
    ]
    entered = SAMPLE_DAY - timedelta(days=days)
    history.append({"opportunity_id": "D", "stage": "q", "entered_on": entered})
    row = judged({"opportunities": [deal(), *won], "stage_history": history})
    assert ("stalled" in row["signals"]) == flagged
    assert row["deal.days_in_stage"] == days


def test_without_activities_silence_is_unknown_and_said_so() -> None:
    company = {"accounts": [{"account_id": "A", "name": "a"}], "opportunities": [deal()]}
    result = ask("deal_health", tables_from(company), SAMPLE_DAY)
    (row,) = rows_of(result).values()
    assert (row["deal.signals"], row["deal.colour"]) == ("", None)
    assert any("silence" in w.en for w in result.warnings)


def test_mavens_open_deals_can_only_be_called_stalled(maven: ScopedTables) -> None:
    result = ask("deal_health", maven, MAVEN_DAY, limit=500)
    assert figure(result, "deals.open_count") == 2089
    assert {row["deal.signals"] for row in rows_of(result).values()} <= {"", "stalled"}
    warned = " ".join(w.en for w in result.warnings)
    assert all(word in warned for word in ("no activities", "2089"))


# ------------------------------------------------------------------ what the stage history tells


def recorded(*steps: tuple[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries of deal D in the stage history: days ago, and what was recorded then."""
    return [
        {"opportunity_id": "D", "stage": "q", "entered_on": SAMPLE_DAY - timedelta(days=days)}
        | more
        for days, more in steps
    ]


def signals_with(present: dict[str, Any], *steps: tuple[int, dict[str, Any]]) -> set[str]:
    company = {"opportunities": [deal(**present)], "stage_history": recorded(*steps)}
    return set(judged(company)["signals"])


def close(days: int) -> dict[str, Any]:
    return {"expected_close": SAMPLE_DAY + timedelta(days=days)}


@pytest.mark.parametrize(
    ("dates", "present", "flagged"),
    [
        ([10, 20], 30, True),
        ([10], 20, False),
        ([10, 20], 20, False),
        ([10, 20, 15], 30, True),  # moved on, back, and on again
        ([10, 20, 15], 15, False),
        ([30, 20, 10], 5, False),
        ([10, 20, 30], None, True),
        ([10, None, 20], 30, True),  # what is not known in between is passed over
        ([], 30, False),
    ],
)
def test_an_expected_close_moved_on_twice_is_pushed(
    dates: list[int | None], present: int | None, flagged: bool
) -> None:
    steps = [(90 - n, close(d) if d is not None else {}) for n, d in enumerate(dates)]
    now = close(present) if present is not None else {"expected_close": None}
    assert ("pushed" in signals_with(now, *steps, (1, {}))) == flagged


def test_a_date_recorded_after_the_day_is_not_known_yet() -> None:
    later = (-3, close(20))
    assert "pushed" not in signals_with(close(30), (9, close(10)), later)


@pytest.mark.parametrize(
    ("amounts", "present", "flagged"),
    [
        (["100"], "90", True),
        (["100"], "90.0001", False),
        (["100", "50"], "89", True),  # the highest counts
        (["50"], "100", False),
        (["100"], None, False),
        ([None], "10", False),
        (["0"], "0", False),
    ],
)
def test_a_deal_a_tenth_below_its_highest_amount_is_shrunk(
    amounts: list[str | None], present: str | None, flagged: bool
) -> None:
    def amount(value: str | None) -> dict[str, Any]:
        return {"amount": None if value is None else Decimal(value)}

    steps = [(90 - n, amount(value)) for n, value in enumerate(amounts)]
    assert ("shrunk" in signals_with(amount(present), *steps)) == flagged


@pytest.mark.parametrize("signal", ["pushed", "shrunk"])
def test_where_the_history_records_neither_date_nor_amount_it_is_unknown(
    sample: ScopedTables, signal: str
) -> None:
    result = ask("deal_health", sample, SAMPLE_DAY, signal=signal)
    assert figure(result, "deals.flagged_count") is None
    assert figure(result, "deals.flagged_value") is None
