"""A workbook kept by hand in a Japanese office: titles, merged headers, eras, totals, dittos."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.exports.files import Row, cells
from tests.exports.firms import BUYERS, FIRMS, PLACES, SELLERS, TRADES

STEPS = ("初回訪問", "提案中", "見積提出", "内示")
_WAYS = ("訪問", "電話", "メール")
_MERGED = ("A1:L1", "C3:E3", "F3:G3", "J3:L3", "A3:A4", "B3:B4", "H3:H4", "I3:I4")


def write(folder: Path) -> Path:
    """営業管理表.xlsx with the sheets 顧客一覧, 案件管理, 活動記録 and 営業担当."""
    folder.mkdir(parents=True)
    book = openpyxl.Workbook()
    del book["Sheet"]
    _firms(book.create_sheet("顧客一覧"))
    _deals(book.create_sheet("案件管理"))
    _activities(book.create_sheet("活動記録"))
    _people(book.create_sheet("営業担当"))
    book.save(folder / "営業管理表.xlsx")
    return folder


def _append(sheet: Worksheet, rows: Sequence[Row]) -> None:
    for row in rows:
        sheet.append(list(row))


def _firms(sheet: Worksheet) -> None:
    """A title, then a header of two rows in which cells are merged."""
    head = (
        "顧客一覧",
        "2026年10月1日現在",
        "顧客番号|顧客名|基本情報|||取引||年商（百万円）|担当|窓口||",
        "||業種|所在地|従業員数|区分|開始日|||部署|氏名|メール",
    )
    _append(sheet, [cells(line) for line in head])
    for span in _MERGED:
        sheet.merge_cells(span)
    kinds = ("既存", "見込", "休眠")
    for n, name in enumerate(FIRMS, 1):
        short = name.replace("株式会社", "㈱") if n % 2 else name
        place, began = PLACES[n % 5], f"平成{n % 20 + 5}年4月1日"
        what: Row = [f"K-{n:03d}", short, TRADES[n % 5], place, 50 * n, kinds[n % 3], began]
        buyer = BUYERS[n % 10], f"b{n}@firm.example"
        sheet.append([*what, n * 1_100, SELLERS[n % 5], "購買部", *buyer])
    more = "Ｋ－０２１|（株）西海道計器|電機|東京都|１２０名|見込|R8.4.1|▲５|佐伯"
    twin = [*cells("K-022|西海道計器|電機|東京都||既存"), date(2025, 1, 5), "2,000", SELLERS[2]]
    closed = "K-023|東洋原商会||||取引停止中|昭和64年1月8日||退職者"
    _append(sheet, [cells(f"{more}|髙島工場|髙橋 一郎"), [], twin, cells(closed)])


def _deals(sheet: Worksheet) -> None:
    head = (
        "案件番号|案件名|顧客名|担当|段階|確度（%）|売上見込（千円）|登録日|受注予定|完了日|失注理由"
        "|次の打ち手|期限"
    )
    _append(sheet, [["案件管理表（2026年度）"], [], cells(head)])
    for n in range(1, 31):
        what: Row = [f"A{n:03d}", f"設備更新 {n}", FIRMS[n % 20], SELLERS[n % 5], STEPS[n % 4]]
        days = f"令和8年4月{n}日", f"2026年{n % 3 + 10}月"
        sheet.append([*what, 10 + n, n * 150, *days])
    for n in range(31, 36):
        firm = FIRMS[n - 31].replace("株式会社", "(株)")
        won = date(2025, 11, 5), date(2026, 3, 1), date(2026, 3, 20)
        what = [f"A{n:03d}", f"増設 {n}", firm, SELLERS[n % 5], "受注", 100]
        sheet.append([*what, n * 100, *won])
    own, other = SELLERS[0], SELLERS[1]
    line = "Ａ０３６|検査ライン\\n（第2期）|㈱ツバサ計測|森川健|受注|１００％|１２，３４５.６"
    waiting = [*cells(f"A038|倉庫の自動化|カナメ物流|{SELLERS[4]}|内示"), 62.5, None, "R8.7.1"]
    _append(
        sheet,
        [
            cells(f"{line}|R8.4.1|令和8年3月|令和8年3月31日"),
            cells("A037|冷却設備|みどり野食品|佐伯|失注|0%|4,200|R7.12.31|2026/2/28|R8.2.27|価格"),
            [*waiting, date(2026, 12, 25), None, None, "見積の再提出", "12月1日"],
            cells(f"A039|返品の精算|{FIRMS[6]}|{other}|受注|100|▲50|R8.3.30|R8.4.1|R8.4.1"),
            cells("A040|どちらの計器|西海道計器|退職者|提案中|50|100|R8.5.1|R8.11.30"),
            cells(f"A041|同じ顧客|〃|{own}|提案中|50|¥100,000|R8.5.1|R8.11.31"),
            cells(f"A042|新しい段階|{FIRMS[7]}|{own}|社内稟議|150|約300|R8.5.1|R8.11.30"),
            [None, "小計", None, None, None, None, 12_345],
            [None, "合計", None, None, None, None, "=SUM(G4:G45)"],
        ],
    )


def _activities(sheet: Worksheet) -> None:
    sheet.append(cells("日付|顧客名|案件番号|担当|方法|時間（分）|件名|内容"))
    for n in range(1, 31):
        what: Row = [f"令和8年7月{n}日", FIRMS[n % 20], f"A{n:03d}", SELLERS[n % 5]]
        sheet.append([*what, _WAYS[n % 3], 30, f"連絡 {n}"])
    talk = 'R8.7.31|みどり野食品㈱||森川|Web会議|４５分|打合せ|要点:\\n"値引き"、納期'
    _append(
        sheet,
        [
            cells(talk),
            [],
            cells(f"R8.8.1|ツバサ計測|A036|{SELLERS[1]}|訪問|2時間|立ち会い"),
            cells(f"R8.8.2|ツバサ計測|A036|{SELLERS[1]}|電話||お礼"),
            cells(f"8/3|カナメ物流||{SELLERS[0]}|ゴルフ"),
            cells(f"R8.8.4|知らない会社||{SELLERS[0]}|電話"),
        ],
    )


def _people(sheet: Worksheet) -> None:
    sheet.append(cells("社員番号|氏名|部署|役職|メール|上司"))
    for n, name in enumerate(SELLERS, 1):
        title, chief = ("課長", None) if n == 1 else ("担当", SELLERS[0])
        sheet.append([f"S{n}", name, "営業一課", title, f"seller{n}@tagane.example", chief])
