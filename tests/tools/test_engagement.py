"""Document views are counted as the oracle counts them, by person, document and account."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import InputError, NotFoundError
from crm.scope import MissingDataError, Scope, ScopedTables
from tests.companies import MAVEN_DAY, SAMPLE_DAY, Rows, frames_from, tables_from
from tests.oracles.canonical import Row, Tables, rows
from tests.oracles.relationships import engagement_report
from tests.tools.asking import ask, figure, rows_of
from tools.facts import ToolResult
from tools.format import show

FIGURES = ("views", "seconds", "first", "last", "trend", "rank")
TOTALS = ("engagement.views_total", "engagement.viewers", "engagement.documents")
Company = dict[str, list[dict[str, Any]]]


def report(tables: ScopedTables, day: date = SAMPLE_DAY, **given: Any) -> ToolResult:
    return ask("engagement_report", tables, day, **{"limit": 500, **given})


def told(result: ToolResult) -> Row:
    return {
        "rows": [
            (subject, *(row[f"engagement.{n}"] for n in FIGURES), row["engagement.score"])
            for subject, row in rows_of(result).items()
        ],
        **{name: figure(result, name) for name in TOTALS},
    }


def expected(raw: Tables, day: date = SAMPLE_DAY, by: str = "person", **given: Any) -> Row:
    wanted = engagement_report(raw, day, by=by, **given)
    return {
        "rows": [
            (
                subject(row["key"], by),
                *(row[f"engagement.{n}"] for n in FIGURES),
                row["engagement.interest"],
            )
            for row in wanted["rows"]
        ],
        **{name: wanted[name] for name in TOTALS},
    }


def subject(key: Any, by: str) -> str:
    if by != "person":
        return f"{by}:{key}"
    account, contact = key
    return f"contact:{contact or f'not_recorded@{account}'}"


@pytest.mark.parametrize("by", ["person", "document", "account"])
@pytest.mark.parametrize("day", [SAMPLE_DAY, date(2026, 4, 30)], ids=str)
def test_the_views_of_the_sample_company(
    sample: ScopedTables, sample_raw: Tables, day: date, by: str
) -> None:
    assert told(report(sample, day, by=by)) == expected(sample_raw, day, by)


def test_the_views_of_a_period_and_an_account(sample: ScopedTables, sample_raw: Tables) -> None:
    spans = {"2026-05": (date(2026, 5, 1), date(2026, 5, 31)), "FY2026": (date(2026, 4, 1), None)}
    for period, (start, end) in spans.items():
        found = told(report(sample, period=period, by="document"))
        assert found == expected(sample_raw, by="document", start=start, end=end)
    found = told(report(sample, account_id="A019"))
    assert found == expected(sample_raw, account_id="A019")


def test_each_person_is_shown_with_the_document_viewed_most(
    sample: ScopedTables, sample_raw: Tables
) -> None:
    names = {c["contact_id"]: c["name"] for c in rows(sample_raw, "contacts")}
    wanted = engagement_report(sample_raw, SAMPLE_DAY)["rows"]
    found = list(rows_of(report(sample)).values())
    for row, (_account, contact), documents in zip(
        found, (w["key"] for w in wanted), (w["documents"] for w in wanted), strict=True
    ):
        assert row["engagement.who"] == names[contact]
        most = max(documents.values())
        assert row["engagement.document"] == min(d for d, n in documents.items() if n == most)


def test_the_planted_surge_is_two_people_of_the_prospect(sample: ScopedTables) -> None:
    """14 views in 30 days by C056 (4) and C057 (10), against 2 in the 30 days before."""
    (row,) = rows_of(report(sample, account_id="A019", by="account")).values()
    assert row["engagement.trend"] == 14 - 2
    people = rows_of(report(sample, account_id="A019", period="last_30_days"))
    views = {s: r["engagement.views"] for s, r in people.items()}
    assert views == {"contact:C057": 10, "contact:C056": 4}
    assert next(iter(rows_of(report(sample, by="account")))) == "account:A019"


def test_who_viewed_which_document_stands_in_a_part_of_its_own(sample: ScopedTables) -> None:
    result = report(sample, account_id="A019")
    part = result.part("engagement_views")
    assert part is not None
    single = list(rows_of(part).values())
    assert sum(int(str(r["engagement.views"])) for r in single) == 17
    assert {r["engagement.who"] for r in single} == {"菅原 勇気", "斎藤 政志", "服部 奈緒"}
    assert figure(result, "engagement.views_total") == 17


# ------------------------------------------------------------------ small companies


def ago(days: int) -> date:
    return SAMPLE_DAY - timedelta(days=days)


def view(days: int, contact: str | None = "C1", document: str = "d", **more: Any) -> Row:
    return {
        "account_id": "A", "contact_id": contact, "document": document, "viewed_at": ago(days),
        "seconds": Decimal(60), **more,
    }  # fmt: skip


def company(*views: Row) -> Company:
    return {
        "accounts": [
            {"account_id": i, "name": f"name {i}", "owner_id": "U1", "parent_id": p}
            for i, p in (("A", None), ("B", "A"), ("D", None))
        ],
        "contacts": [
            {"contact_id": f"C{n}", "account_id": "A", "name": f"c{n}"} for n in (1, 2, 3)
        ],
        "engagements": list(views),
    }


def as_the_oracle_has_it(rows: Rows, **given: Any) -> ToolResult:
    made = tables_from(rows)
    for by in ("document", "account", "person"):
        result = report(made, by=by, **given)
        assert told(result) == expected(frames_from(rows), by=by, **given)
    return result


def test_a_view_by_nobody_named_is_not_recorded_and_no_viewer() -> None:
    result = as_the_oracle_has_it(
        company(view(0), view(1, None), view(2, None), view(3, None, account_id="B"))
    )
    found = rows_of(result)
    assert list(found) == ["contact:not_recorded@A", "contact:C1", "contact:not_recorded@B"]
    who = found["contact:not_recorded@A"]["engagement.who"]
    assert (show(who, "viewer", "ja"), show(who, "viewer", "en")) == ("記録なし", "not recorded")
    assert show("田村 智子", "viewer", "en") == "田村 智子"
    viewers = result.fact("engagement.viewers")
    assert viewers is not None
    assert viewers.value == 1
    assert viewers.basis.left_out[0].rows == 3


def test_interest_is_views_and_the_minutes_known() -> None:
    result = as_the_oracle_has_it(
        company(
            view(0, "C1", seconds=Decimal(61)), view(0, "C2"), view(1, "C2", seconds=None),
            view(1, "C3", seconds=None),
        )
    )  # fmt: skip
    found = [
        (s[-2:], r["engagement.score"], r["engagement.seconds"]) for s, r in rows_of(result).items()
    ]
    assert found == [("C2", 3, 60), ("C1", Decimal("2.017"), 61), ("C3", 1, None)]
    assert "unknown: 2" in result.warnings[0].en


def test_the_trend_is_of_sixty_days_whatever_the_period() -> None:
    views = [view(0), view(29), view(30), view(59), view(59), view(60), view(-1)]
    result = as_the_oracle_has_it(company(*views))
    row = rows_of(result)["contact:C1"]
    assert (row["engagement.views"], row["engagement.trend"]) == (6, 2 - 3)
    one = rows_of(report(tables_from(company(*views)), period="last_1_days"))["contact:C1"]
    assert (one["engagement.views"], one["engagement.trend"]) == (1, 2 - 3)


def test_ties_stand_by_account_then_contact() -> None:
    views = [view(0, "C2"), view(0, "C1"), view(0, None), view(0, "C3", account_id="B")]
    result = as_the_oracle_has_it(company(*views))
    assert [s.removeprefix("contact:") for s in rows_of(result)] == [
        "C1", "C2", "not_recorded@A", "C3",
    ]  # fmt: skip


def test_a_limit_cuts_the_rows_and_counts_them_all() -> None:
    made = tables_from(company(view(0), view(0, "C2"), view(0, "C3")))
    result = report(made, limit=2)
    assert result.table is not None
    assert (len(result.table.rows), result.table.total_rows) == (2, 3)
    assert figure(result, "engagement.viewers") == 3


def test_views_of_a_group_count_as_the_parents() -> None:
    made = tables_from(company(view(0), view(0, account_id="B")))
    found = rows_of(report(made, by="account", group=True, account_id="B"))
    assert {s: r["engagement.views"] for s, r in found.items()} == {"account:A": 2}


def test_without_any_view_the_counts_are_zero() -> None:
    result = as_the_oracle_has_it(company(view(200)))
    assert rows_of(result) == {}
    assert [figure(result, name) for name in TOTALS] == [0, 0, 0]


def test_what_cannot_be_answered_is_refused(sample: ScopedTables, maven: ScopedTables) -> None:
    with pytest.raises(MissingDataError, match="engagements"):
        report(maven, MAVEN_DAY)
    with pytest.raises(NotFoundError):
        report(sample, account_id="nobody")
    with pytest.raises(InputError, match="not a period"):
        report(sample, period="soon")
    with pytest.raises(InputError, match="`by` does not fit"):
        report(sample, by="colour")


def test_a_rep_sees_the_views_of_the_own_accounts(sample: ScopedTables) -> None:
    scope = Scope(sees_all=False, person_ids=frozenset({"U14"}))
    mine = ScopedTables(sample.snapshot, scope, sample.settings)
    owned = {r["account_id"] for r in mine["accounts"].to_pyarrow().to_pylist()}
    seen = {s.removeprefix("account:") for s in rows_of(report(mine, by="account"))}
    assert seen
    assert seen <= owned
