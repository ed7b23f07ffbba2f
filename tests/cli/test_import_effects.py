"""An import says which tools are not available, and for want of which table."""

from __future__ import annotations

from pathlib import Path

from tests.cli.running import Run
from tests.companies import SAMPLE, as_it_is, write_csv, write_mapping

EXPORT: dict[str, list[str]] = {
    "accounts": ["account_id", "name"],
    "contacts": ["contact_id", "account_id", "name"],
    "opportunities": ["opportunity_id", "name", "status"],
    "activities": ["activity_id", "account_id", "kind", "occurred_on"],
    "products": ["product_id", "name"],
}
ROWS = {
    "accounts": ["A1", "東都電機"],
    "contacts": ["C1", "A1", "佐藤"],
    "opportunities": ["D1", "更新", "open"],
    "activities": ["V1", "A1", "visit", "2026-09-01"],
    "products": ["P1", "ポンプ"],
}


def imported(run: Run, folder: Path, *options: str | Path, without: str = "") -> str:
    """What is printed of an import of these tables, on one line."""
    taken = [table for table in EXPORT if table != without]
    for table in taken:
        write_csv(folder / "export" / f"{table}.csv", EXPORT[table], [ROWS[table]])
    mapping = write_mapping(folder / "m.yaml", tables=as_it_is(*taken))
    outcome = run("-w", folder / "w", "import", folder / "export", "-m", mapping, *options)
    assert outcome.code == 0
    return " ".join(outcome.out.split())


def test_each_missing_table_is_named_with_the_tools_that_cannot_run(
    run: Run, tmp_path: Path
) -> None:
    told = imported(run, tmp_path, "--language", "en")
    assert "What is not available No order_lines: customer_profitability, whale_curve," in told
    assert "No targets: targets_and_gap not available." in told
    assert "No engagements: engagement_report not available." in told
    assert "No opportunities" not in told
    assert "kpi_pair" not in told


def test_a_tool_that_needs_either_of_two_tables_is_named_under_both(
    run: Run, tmp_path: Path
) -> None:
    told = imported(run, tmp_path, "--language", "en", without="opportunities")
    assert told.count("kpi_pair") == 2
    assert "No opportunities: pipeline_metrics, deal_health, loss_analysis, kpi_pair," in told


def test_a_dry_run_and_the_markdown_say_so_in_japanese(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    told = imported(run, tmp_path, "--dry-run", "--language", "ja", "--markdown", file)
    assert "目標（targets）がないため、使えません：targets_and_gap" in told
    page = file.read_text(encoding="utf-8")
    assert "## 使えない機能\n\n- 受注・売上明細（order_lines）がないため、使えません：" in page
    assert "- 資料の閲覧（engagements）がないため、使えません：engagement_report\n" in page


def test_where_all_tables_are_there_nothing_is_said(run: Run, tmp_path: Path) -> None:
    command = ("import", SAMPLE / "data", "-m", SAMPLE / "mapping.yaml", "--dry-run")
    outcome = run("-w", tmp_path / "acme", *command)
    assert outcome.code == 0
    assert "使えません" not in outcome.out
