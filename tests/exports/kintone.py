"""kintone's CSV of three apps and of the users: CP932, a table of a record over several rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.exports.files import Row, blank, cells, write_text
from tests.exports.firms import BUYERS, CITIES, FIRMS, PLACES, SELLERS, TRADES

PHASES = ("初回訪問", "ヒアリング", "提案", "見積提出")
GOODS = (("搬送コンベヤ", 1_000_000), ("検査カメラ", 400_000), ("保守契約", 120_000))
_NOW = "2026-10-01 09:00"


def login(number: int) -> str:
    return f"seller{number}"


def write(folder: Path) -> Path:
    """顧客管理.csv, 案件管理.csv, 活動履歴.csv and ユーザー.csv."""
    folder.mkdir(parents=True)
    for name, rows in (
        ("ユーザー", _users()),
        ("顧客管理", _firms()),
        ("案件管理", _deals()),
        ("活動履歴", _activities()),
    ):
        write_text(folder / f"{name}.csv", rows, "cp932")
    return folder


def _users() -> Iterator[Row]:
    yield cells("ログイン名|表示名|メールアドレス|状態")
    for n, name in enumerate(SELLERS, 1):
        yield [login(n), name, f"{login(n)}@tagane.example", "有効"]


def _firms() -> Iterator[Row]:
    header = cells(
        "レコード番号|会社名|会社名（カナ）|法人番号|業種|都道府県|市区町村|従業員数|年商（百万円）|取引状況"
        "|自社担当|部署名|担当者名|役職|TEL|メールアドレス|作成日時|更新日時"
    )
    yield header
    states = ("取引中", "見込", "休眠")
    for n, name in enumerate(FIRMS, 1):
        firm: Row = [n, name, None, None, TRADES[n % 5], PLACES[n % 5], CITIES[n % 5], 50 * n]
        buyer = cells(f"購買部|{BUYERS[n % 10]}|課長|03-0001-0000|b{n}@firm.example")
        sales = f"{n * 1_100:,}", states[n % 3], login(n % 5 + 1)
        yield [*firm, *sales, *buyer, "2024-04-01 10:00", _NOW]
    yield cells(
        "21|㈱西海道計器|ｻｲｶｲﾄﾞｳｹｲｷ|１２３４５６７８９０１２３|電機|東京都|品川区|１２０名|▲５|見込|seller2"
        f"|髙島工場\\n（第2）|髙橋 ①郎||||2026-04-01 00:05|{_NOW}"
    )
    yield cells(f"22|西海道計器(株)|||電機|東京都||||取引中|seller3||||||2025-01-05 09:00|{_NOW}")
    yield cells(f"23|||||||||見込|seller1||||||2025-01-05 09:00|{_NOW}")
    yield cells(f"24|東洋原商会||||||||要確認|seller1||||||2025-01-05 09:00|{_NOW}")
    yield blank(header)


_DEAL = cells(
    "レコードの開始行|レコード番号|案件名|会社名|商談担当者|フェーズ|確度|合計費用|受注予定日|完了日|失注理由|競合"
    "|次回アクション|次回予定日|作成日時|更新日時|商品名|単価|数量|小計"
)


def _deals() -> Iterator[Row]:
    yield _DEAL
    for n in range(1, 31):
        what: Row = [f"設備更新 {n}", FIRMS[n % 20], login(n % 5 + 1), PHASES[n % 4], "ABC"[n % 3]]
        money, expected = f"{n * 150_000:,}", f"2026-{n % 3 + 10}-15"
        yield from _record(n, [*what, money, expected], "2026-04-10 11:00", goods=n % 3)
    for n in range(31, 35):
        what = [f"増設 {n}", FIRMS[n - 31], login(n % 5 + 1), "受注", "A"]
        money = f"{(n - 30) * 1_520_000:,}"
        row: Row = [*what, money, "2026-03-01", "2026-03-20"]
        yield from _record(n, row, "2025-11-05 09:00", goods=3)
    won = "検査ライン\\n（第2期）|ツバサ計測|seller2|受注|A|￥１２，３４５，６７８"
    yield from _record(35, cells(f"{won}|2026-03-31|2026-03-31"), "2026-04-01 00:00", goods=1)
    lost = f"冷却設備|{FIRMS[2]}|seller4\\nseller1|失注|C|4,200,000|2026-02-28|2026-02-27|価格"
    yield from _record(36, cells(lost), "2025-12-31 23:59")
    step = f"倉庫の自動化|{FIRMS[4]}|seller5|最終交渉|B||2026-12-25||||見積の再提出|2026-12-01"
    yield from _record(37, cells(step), "2026-07-01 00:05")
    back = f"返品の精算|{FIRMS[6]}|seller2|受注||▲50,000|2026-04-01|2026-04-01"
    yield from _record(38, cells(back), "2026-03-30 09:00")
    twin = "どちらの計器|西海道計器|seller99|提案|B|100,000|2026-11-30"
    yield from _record(39, cells(twin), "2026-05-01 09:00")
    wrong = f"新しいフェーズ|{FIRMS[7]}|seller1|社内稟議|S|1,00,000|2026-11-31"
    yield from _record(40, cells(wrong), "2026-05-01 09:00")
    left = f"辞めた人の案件|{FIRMS[8]}|seller99|提案|C|300,000|2026-11-30"
    yield from _record(41, cells(left), "2026-05-01 09:00")
    yield blank(_DEAL)


def _record(number: int, what: Row, created: str, goods: int = 0) -> Iterator[Row]:
    """One row for each line of the record's table, at least one; all else stands in each of them.

    `what` are the cells from 案件名 to 次回予定日, as far as they are filled.
    """
    lines: list[Row] = [[g, f"{price:,}", 1, f"{price:,}"] for g, price in GOODS[:goods]]
    filled = [*what, *[None] * (12 - len(what))]
    for place, line in enumerate(lines or [[None] * 4]):
        yield ["" if place else "*", number, *filled, created, _NOW, *line]


def _activities() -> Iterator[Row]:
    header = cells(
        "レコード番号|対応日時|会社名|案件名|活動種別|所要時間（分）|対応者|件名|活動内容|作成日時|更新日時"
    )
    yield header
    for n in range(1, 31):
        what: Row = [n, f"2026-07-{n:02d} 10:00", FIRMS[n % 20], f"設備更新 {n}"]
        kind = ("訪問", "電話", "メール")[n % 3]
        yield [*what, kind, 30, login(n % 5 + 1), f"連絡 {n}", None, _NOW, _NOW]
    talk = "31|2026-07-31 23:55|みどり野食品㈱||Web会議|４５|seller2\\nseller3|打合せ"
    yield cells(f'{talk}|要点:\\n"値引き"、納期|{_NOW}|{_NOW}')
    yield cells(f"32|2026-08-03 10:00|{FIRMS[3]}||ゴルフ||seller1|||{_NOW}|{_NOW}")
    yield cells(f"33|2026-08-04 10:00|知らない会社|消した案件|電話||seller1|||{_NOW}|{_NOW}")
    yield blank(header)
