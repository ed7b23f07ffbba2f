"""The report of an import says what a person must know and do, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from api.render.imported import conclusion, report_markdown
from crm.importer import ImportReport, import_folder
from crm.settings import Language
from tests.companies import write_csv, write_mapping

ACCOUNTS = [("A1", "株式会社東都電機"), ("A2", "㈱東都電機"), ("A3", "北斗|精密"), ("A4", "")]


def imported(
    folder: Path, deals: Sequence[tuple[str, ...]], *, dry_run: bool = False
) -> ImportReport:
    write_csv(folder / "export" / "取引先.csv", ["番号", "会社"], ACCOUNTS)
    write_csv(folder / "export" / "案件.csv", ["番号", "会社", "状態", "金額(千円)"], deals)
    accounts = {"account_id": "番号", "name": "会社"}
    opportunities = {
        "opportunity_id": "番号", "account_id": "会社", "status": "状態", "amount": "金額(千円)",
        "name": "番号",
    }  # fmt: skip
    tables = {
        "accounts": {"source": "取引先.csv", "columns": accounts},
        "opportunities": {"source": "案件.csv", "columns": opportunities},
    }
    mapping = write_mapping(folder / "m.yaml", tables=tables)
    return import_folder(folder / "export", mapping, folder / "workspace", dry_run=dry_run)


def told(report: ImportReport, language: Language) -> list[str]:
    return report_markdown(report, language, changes=True).splitlines()


def test_the_conclusion_comes_first(tmp_path: Path) -> None:
    deals = [("D1", "A1", "open", "1,200"), ("D2", "A1", "open", "1200円")]
    report = imported(tmp_path, deals)
    assert conclusion(report, "ja") == [
        "6行を読み、4行を取り込みました。",
        f"取り込めなかった行は2行です。{report.rejects_file} の correction 列に正しい値を書き、"
        "`--rejects` を付けてもう一度取り込んでください。",
        f"スナップショット {report.snapshot} を使用しています。",
    ]
    assert conclusion(report, "en")[0] == "4 of 6 rows were imported."
    again = conclusion(imported(tmp_path, deals), "en")[-1]
    assert again.startswith("The files are the same as before: nothing has changed")


def test_a_dry_run_says_that_nothing_was_written(tmp_path: Path) -> None:
    dry = imported(tmp_path, [], dry_run=True)
    assert conclusion(dry, "en") == [
        "3 of 4 rows can be imported. This was a dry run: nothing was written.",
        "1 row would be rejected.",
        "No row of opportunities was accepted.",
    ]


def test_reasons_companies_and_changes_are_told(tmp_path: Path) -> None:
    imported(tmp_path, [("D1", "A1", "open", "1,200"), ("D2", "A9", "open", "")])
    report = imported(tmp_path, [("D1", "A1", "won", "250,000"), ("D3", "A9", "open", "x")])
    ja, en = told(report, "ja"), told(report, "en")
    reason = "数値として読めません | 12345.67 の形に直してください"
    assert f"| 1 | opportunities.金額(千円) | {reason} |" in ja
    assert any(line.startswith("- 名前が同じ取引先が1組（2件）あります。") for line in ja)
    assert ja[ja.index("- なくなった商談：1件（金額の合計 0円）") + 1] == "  - D2　D2"
    assert "  - D1　D1：1,200,000円 → 2億5,000万円" in ja
    assert "  - D1 D1: open → won" in en
    assert "- Deals whose amount changed: 1 (difference ¥248.8M)" in en


@pytest.mark.parametrize("language", ["ja", "en"])
def test_words_of_the_data_make_no_table_or_tag_of_their_own(
    tmp_path: Path, language: Language
) -> None:
    report = imported(tmp_path, [("<b>|D1", "A1", "op|en", "1")])
    for line in told(report, language):
        assert "<b>" not in line
        assert line.replace("\\|", "").count("|") in (0, 4, 5, 6)
