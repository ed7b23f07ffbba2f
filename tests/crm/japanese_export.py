"""A folder as a Japanese sales office keeps it: four files by hand, names instead of ids."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import openpyxl

PLACES, TRADES = ("東都", "北星", "青葉"), ("電機", "工業")
FIRMS = [f"{place}{trade}株式会社" for place in PLACES for trade in TRADES]
PEOPLE = ["佐藤 太郎", "鈴木 花子", "高橋 健"]
STAGES = ["初回訪問", "提案", "受注", "失注", "見積提出"]
STATES = ["取引中", "見込み", "休眠"]
DEALS, LINES = 40, 60

Row = list[object]
FIRM_HEADINGS: Row = ["取引先名", "フリガナ", "業種", "従業員数(人)", "年商（百万円）", "取引状況"]
DEAL_HEADINGS: Row = ["案件No", "案件名", "取引先", "担当", "フェーズ", "確度", "見込金額(千円)"]
STAFF_HEADINGS: Row = ["氏名", "部署", "役職", "メールアドレス", "上司"]
LINE_HEADINGS: Row = ["伝票番号", "売上日", "得意先名", "数量", "売上金額", "値引", "原価"]


def write_export(folder: Path) -> Path:
    """取引先.csv, 社員.csv, 案件.xlsx under a title, and 売上明細.tsv in CP932."""
    folder.mkdir(parents=True)
    firms = [_firm(n, firm) for n, firm in enumerate(FIRMS)]
    _write(folder / "取引先.csv", "utf-8-sig", ",", [[*FIRM_HEADINGS, "担当者"], *firms])
    staff = [_person(n, name) for n, name in enumerate(PEOPLE)]
    _write(folder / "社員.csv", "utf-8", ",", [STAFF_HEADINGS, *staff])
    _write(folder / "売上明細.tsv", "cp932", "\t", [LINE_HEADINGS, *map(_line, range(LINES))])
    book = openpyxl.Workbook()
    sheet = book.create_sheet("案件一覧", 0)
    head = [*DEAL_HEADINGS, "受注予定月", "登録日", "失注理由"]
    for row in (["2026年度 案件一覧"], [], head, *map(_deal, range(DEALS))):
        sheet.append(row)
    book.save(folder / "案件.xlsx")
    return folder


def _write(path: Path, encoding: str, delimiter: str, rows: Sequence[Row]) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def _firm(n: int, firm: str) -> Row:
    return [firm, "カナ", "電機", 10 + n, f"{n + 1},000", STATES[n % 3], PEOPLE[n % 3]]


def _person(n: int, name: str) -> Row:
    return [name, "営業一課", "担当", f"u{n}@inaho.example", PEOPLE[0]]


def _deal(n: int) -> Row:
    firm, stage = FIRMS[n % 6].replace("株式会社", "㈱"), STAGES[n % 5]
    begun, expected = f"令和8年{n % 9 + 1}月1日", f"2026年{n % 12 + 1}月"
    known = [f"P-{n:03}", f"設備更新その{n}", firm, PEOPLE[n % 3], stage, "ABC"[n % 3], 100 + n]
    return [*known, expected, begun, "価格" if stage == "失注" else "-"]


def _line(n: int) -> Row:
    firm = "㈱" + FIRMS[n % 6].removesuffix("株式会社")
    day, discount = f"R8.{n % 9 + 1}.{n % 28 + 1}", "▲100" if n % 2 else "0"
    return [f"S{n // 2:04}", day, firm, n + 1, f"￥{1_000 * n:,}", discount, f"{500 * n:,}円"]
