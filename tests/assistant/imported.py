"""Plans as people write them elsewhere, each with what a careful reader would take from it.

`plan` holds statements by section (a hypothesis as text and status), the items of the collections
by their filled fields, and what of the head the document states. `left` are the texts that have
no sure place, as (place, text, words of the reason).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from docx import Document
from docx.document import Document as Word
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet
from pptx import Presentation
from pptx.util import Inches

Rows = Sequence[Sequence[str]]
Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Case:
    """A document (`name` with its suffix) and what is expected of it."""

    name: str
    make: Callable[[], bytes]
    plan: dict[str, Any]
    left: list[tuple[str, str, str]] = field(default_factory=list)


def _saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _word_table(document: Word, rows: Rows, merges: Sequence[Merge] = ()) -> None:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for (row, column), (last_row, last_column) in merges:
        table.cell(row, column).merge(table.cell(last_row, last_column))
    for y, cells in enumerate(rows):
        for x, text in enumerate(cells):
            if text:
                table.cell(y, x).text = text


def _slide(deck: Any, title: str, *, lines: str = "", rows: Rows = (), notes: str = "") -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[1 if lines else 5])
    slide.shapes.title.text = title
    if lines:
        slide.placeholders[1].text = lines
    if rows:
        size = (Inches(0.5), Inches(2), Inches(9), Inches(2))
        table = slide.shapes.add_table(len(rows), len(rows[0]), *size).table
        for y, cells in enumerate(rows):
            for x, text in enumerate(cells):
                table.cell(y, x).text = text
    if notes:
        slide.notes_slide.notes_text_frame.text = notes


def _sheet(book: Workbook, name: str, rows: Sequence[Sequence[Any]]) -> Worksheet:
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append(list(row))
    return sheet


# ------------------------------------------------------------------ Word


def _word_ja() -> bytes:
    word = Document()
    word.add_heading("東都電機様 アカウントプラン", 1)
    word.add_paragraph("期間：2026年4月〜2027年3月")
    word.add_paragraph("作成者：山本 一郎")
    word.add_heading("1. 業界動向", 2)
    word.add_paragraph("電機業界では国内回帰の投資が続いている。")
    word.add_heading("2. キーマン", 2)
    _word_table(
        word,
        [
            ["氏名", "役職", "部署", "役割", "当社担当"],
            ["福島 正樹", "専務取締役", "経営本部", "決裁者", "佐伯 翔"],
            ["小松 達也", "購買部長", "", "承認者", "—"],
        ],
    )
    word.add_heading("3. SWOT分析", 2)
    word.add_paragraph("■強み")
    word.add_paragraph("保守の対応が早い", style="List Bullet")
    word.add_paragraph("■脅威")
    word.add_paragraph("競合C社が値下げを提案している", style="List Bullet")
    word.add_heading("4. 攻略シナリオ", 2)
    word.add_paragraph("第1工場の実績を全工場に広げる。")
    word.add_paragraph("調達部は総保有コストで判断する（仮説）")
    word.add_heading("上期の重点", 3)
    word.add_paragraph("役員との関係をつくる。")
    word.add_heading("5. 行動計画", 2)
    _word_table(
        word,
        [
            ["期日", "内容", "担当", "状況"],
            ["2026年5月15日", "専務を訪問する", "佐伯 翔", "完了（2026年5月20日）"],
            ["6月末", "試行ラインを提案する", "佐伯 翔", "完了"],
            ["2026年10月", "効果を測定する", "技術部", "進行中"],
            ["随時", "情報を共有する", "", "予定"],
        ],
    )
    return _saved(word)


WORD_JA = Case(
    "plan.docx",
    _word_ja,
    {
        "head": {
            "title": "東都電機様 アカウントプラン",
            "start": date(2026, 4, 1),
            "end": date(2027, 3, 31),
        },
        "industry": ["電機業界では国内回帰の投資が続いている。"],
        "people": [
            {"name": "福島 正樹", "title": "専務取締役", "department": "経営本部",
             "role": "決裁者", "ours": "佐伯 翔"},
            {"name": "小松 達也", "title": "購買部長", "role": "承認者"},
        ],
        "strength": ["保守の対応が早い"],
        "threat": ["競合C社が値下げを提案している"],
        "scenario": [
            "第1工場の実績を全工場に広げる。",
            ("調達部は総保有コストで判断する", "open"),
            "役員との関係をつくる。",
        ],
        "actions": [
            {"what": "専務を訪問する", "due": date(2026, 5, 15), "owner": "佐伯 翔",
             "done_on": date(2026, 5, 20)},
            {"what": "試行ラインを提案する", "due": date(2026, 6, 30), "owner": "佐伯 翔",
             "note": "完了（完了日の記載なし）"},
            {"what": "効果を測定する", "due": date(2026, 10, 31), "owner": "技術部",
             "note": "進行中"},
            {"what": "情報を共有する"},
        ],
    },
    [
        ("東都電機様 アカウントプラン #2", "作成者：山本 一郎", "data of the CRM"),
        ("5. 行動計画 #3", "状況: 完了", "day it was done"),
        ("5. 行動計画 #5", "期日: 随時", "exact date"),
    ],
)  # fmt: skip


def _word_two_rows() -> bytes:
    word = Document()
    word.add_heading("実行計画", 1)
    _word_table(
        word,
        [
            ["期限", "実施内容", "担当", "", "見込受注額（百万円）"],
            ["", "", "当社", "先方", ""],
            ["2026/9/30", "提案書を出す", "佐伯 翔", "小松 達也", "12.5"],
            ["2026/12/31", "契約を結ぶ", "大野 恵", "福島 正樹", "1億円"],
            ["合計", "", "", "", "112.5"],
        ],
        [((0, 0), (1, 0)), ((0, 1), (1, 1)), ((0, 2), (0, 3)), ((0, 4), (1, 4))],
    )
    return _saved(word)


WORD_TWO_ROWS = Case(
    "two-rows.docx",
    _word_two_rows,
    {
        "actions": [
            {"what": "提案書を出す", "due": date(2026, 9, 30), "owner": "佐伯 翔",
             "their_owner": "小松 達也", "value": Decimal(12_500_000)},
            {"what": "契約を結ぶ", "due": date(2026, 12, 31), "owner": "大野 恵",
             "their_owner": "福島 正樹", "value": Decimal(100_000_000)},
        ],
    },
    [("実行計画 #5", "合計 | 112.5", "total")],
)  # fmt: skip


def _word_en() -> bytes:
    word = Document()
    word.add_heading("Account plan Toto Denki", 1)
    word.add_heading("Company overview", 2)
    _word_table(word, [["Founded", "1931"], ["Employees", "8,400"]])
    word.add_heading("Goals and objectives", 2)
    _word_table(
        word,
        [
            ["Goal", "Target amount", "Deadline", "Target stage"],
            ["Net sales of the year", "JPY 120 million", "31 March 2027", "Enhance"],
            ["Second plant as a customer", "USD 1.2 million", "June 2026", "Phase 2"],
        ],
    )
    word.add_heading("Account team", 2)
    word.add_paragraph("Sho Saeki (account manager)", style="List Bullet")
    word.add_paragraph("Megumi Ono, on call", style="List Bullet")
    word.add_heading("Next steps", 2)
    word.add_paragraph("Visit the second plant in May for 1 million yen", style="List Number")
    return _saved(word)


WORD_EN = Case(
    "plan-en.docx",
    _word_en,
    {
        "head": {"title": "Account plan Toto Denki"},
        "account": ["Founded: 1931", "Employees: 8,400"],
        "goals": [
            {"what": "Second plant as a customer", "measure": "other", "due": date(2026, 6, 30)},
            {"what": "Net sales of the year", "measure": "net_sales",
             "amount": Decimal(120_000_000), "due": date(2027, 3, 31), "target_stage": "Enhance"},
        ],
        "team": [{"name": "Sho Saeki", "role": "owner"}],
        "actions": [{"what": "Visit the second plant in May for 1 million yen"}],
    },
    [
        ("Goals and objectives #3", "Target stage: Phase 2", "no stage"),
        ("Goals and objectives #3", "Target amount: USD 1.2 million", "currency"),
        ("Account team #2", "Megumi Ono, on call", "Name and role"),
    ],
)  # fmt: skip


def _word_marked() -> bytes:
    word = Document()
    for line in (
        "東都電機 攻略計画",
        "■市場環境",
        "●検査工程の自動化が進む",
        "●人手不足が続く",
        "■社内メモ",
        "来週までに数字を埋める",
        "■強み",
        "保守網が全国にある",
        "■リスク",
        "【仮説】調達部の異動で話が止まる",
        "■レビュー会議",
        "毎月1回、部長と振り返る",
    ):
        word.add_paragraph(line)
    return _saved(word)


WORD_MARKED = Case(
    "marked.docx",
    _word_marked,
    {
        "head": {"title": "東都電機 攻略計画"},
        "industry": ["検査工程の自動化が進む", "人手不足が続く"],
        "strength": ["保守網が全国にある"],
        "risk": [("調達部の異動で話が止まる", "open")],
    },
    [
        ("marked.docx #6", "来週までに数字を埋める", "“■社内メモ” is none"),
        ("marked.docx #12", "毎月1回、部長と振り返る", "first day"),
    ],
)


def _word_cross() -> bytes:
    word = Document()
    word.add_heading("SWOT", 1)
    _word_table(
        word,
        [
            ["", "プラス要因", "マイナス要因"],
            ["内部環境", "強み：品質が高い", "弱み：納期が長い"],
            ["外部環境", "機会：工場の新設", "為替の変動"],
        ],
    )
    word.add_heading("4P", 1)
    word.add_paragraph("価格：値引きは成果と引き換えにする")
    word.add_paragraph("チャネル")
    word.add_paragraph("直販を続ける")
    word.add_heading("業界環境", 1)
    word.add_paragraph("価格：鋼材が値上がりしている")
    return _saved(word)


WORD_CROSS = Case(
    "cross.docx",
    _word_cross,
    {
        "strength": ["品質が高い"],
        "weakness": ["納期が長い"],
        "opportunity": ["工場の新設"],
        "price": ["値引きは成果と引き換えにする"],
        "place": ["直販を続ける"],
        "industry": ["価格：鋼材が値上がりしている"],
    },
    [("SWOT #3", "為替の変動", "which part of “SWOT”")],
)


def _word_cells() -> bytes:
    word = Document()
    word.sections[0].header.paragraphs[0].text = "社外秘"
    word.add_heading("東都電機　アカウントプラン", 0)
    _word_table(word, [["担当営業", "佐伯　翔", "承認者", "高瀬 部長"]])
    word.add_heading("１．ＳＷＯＴ分析", 1)
    table = word.add_table(rows=2, cols=2)
    for cell, name, items, style in (
        (table.cell(0, 0), "強み", ["保守網が全国にある", "精度が高い"], None),
        (table.cell(0, 1), "弱み", ["価格が高い", "納期が長い"], "List Bullet"),
    ):
        cell.text = name
        for item in items:
            cell.add_paragraph(item, style=style)
    table.cell(1, 0).text = "機会\n・第２工場の新設\n・３年で２０億円の投資"
    table.cell(1, 1).text = "脅威\nＣ社の値下げ"
    word.add_heading("２．定性目標", 1)
    word.add_paragraph("第２工場の標準機になる", style="List Bullet")
    word.add_heading("３．目標", 1)
    _word_table(word, [["項目", "目標値"], ["売上", "１２０百万円"], ["粗利率", "３２％"]])
    word.add_heading("４．業界・市場", 1)
    said = word.add_paragraph("国内の投資が続く")
    word.add_comment(said.runs, text="出所は？", author="山本")
    word.add_picture(io.BytesIO(_PNG))
    word.add_paragraph("図１ 設備投資の推移")
    word.add_heading("サマリー", 1)
    word.add_heading("目標", 2)
    word.add_paragraph("売上を伸ばす")
    return _saved(word)


_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

WORD_CELLS = Case(
    "cells.docx",
    _word_cells,
    {
        "head": {"title": "東都電機 アカウントプラン"},
        "strength": ["保守網が全国にある", "精度が高い"],
        "weakness": ["価格が高い", "納期が長い"],
        "opportunity": ["第２工場の新設", "３年で２０億円の投資"],
        "threat": ["Ｃ社の値下げ"],
        "goals": [
            {"what": "第２工場の標準機になる", "measure": "other"},
            {"what": "売上", "measure": "net_sales", "amount": Decimal(120_000_000)},
            {"what": "粗利率", "measure": "other"},
        ],
        "industry": ["国内の投資が続く"],
    },
    [
        ("cells.docx #2", "承認者: 高瀬 部長", "nothing for “承認者”"),
        ("３．目標 #3", "目標値: ３２％", "not an amount"),
        ("４．業界・市場 #2", "", "Pictures"),
        ("４．業界・市場 #3", "図１ 設備投資の推移", "Pictures"),
        ("目標 #1", "売上を伸ばす", "summary"),
        ("cells.docx", "社外秘", "Headers"),
        ("cells.docx", "出所は？", "Comments"),
    ],
)


# ------------------------------------------------------------------ Excel


def _excel_ja() -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    _sheet(
        book,
        "行動計画",
        [
            ["期日", "内容", "担当", "見込額（百万円）", "優先度"],
            [datetime(2026, 5, 15), "専務を訪問する", "佐伯 翔", 12.5, "高"],
            ["2026年度下期", "提案する\n（2案）", "佐伯 翔", "未定", None],
            [date(2026, 12, 1), "A|B案を比べる", "佐伯 翔", 3, None],
        ],
    )
    people = _sheet(
        book,
        "キーマン",
        [
            ["氏名", "先方", None, "当社", None],
            [None, "部署", "役職", "担当", "部門"],
            ["福島 正樹", "経営本部", "専務取締役", "佐伯 翔", "営業一課"],
        ],
    )
    people.merge_cells("B1:C1")
    people.merge_cells("D1:E1")
    _sheet(
        book,
        "KPI",
        [
            ["指標", "現状", "目標値", "単位", "期限"],
            ["訪問回数", 3, 12, "回", "2027年3月"],
            ["受注額", 80, 120, "百万円", "2027/3/31"],
            ["市場占有率", 0.241, 0.3, None, None],
        ],
    )
    return _saved(book)


EXCEL_JA = Case(
    "plan.xlsx",
    _excel_ja,
    {
        "actions": [
            {"what": "専務を訪問する", "due": date(2026, 5, 15), "owner": "佐伯 翔",
             "value": Decimal(12_500_000)},
            {"what": "A|B案を比べる", "due": date(2026, 12, 1), "owner": "佐伯 翔",
             "value": Decimal(3_000_000)},
            {"what": "提案する\n（2案）", "due": date(2027, 3, 31), "owner": "佐伯 翔"},
        ],
        "people": [
            {"name": "福島 正樹", "title": "専務取締役", "ours": "佐伯 翔",
             "department": "経営本部"},
        ],
        "kpis": [
            {"what": "訪問回数", "unit": "回", "baseline_value": Decimal(3), "target": Decimal(12),
             "due": date(2027, 3, 31)},
            {"what": "受注額", "unit": "JPY", "baseline_value": Decimal(80_000_000),
             "target": Decimal(120_000_000), "due": date(2027, 3, 31)},
            {"what": "市場占有率", "unit": "count"},
        ],
    },
    [
        ("行動計画 #2", "優先度: 高", "column “優先度”"),
        ("キーマン #3", "当社 部門: 営業一課", "column “当社 部門”"),
        ("KPI #4", "現状: 0.241", "unit is not stated"),
        ("KPI #4", "目標値: 0.3", "unit is not stated"),
    ],
)  # fmt: skip


def _excel_shown() -> bytes:
    book = Workbook()
    cover = book.worksheets[0]
    cover.title = "表紙"
    cover["B2"] = "東都電機様 攻略計画書"
    cover["B4"], cover["C4"] = "主担当", "佐伯 翔"
    cover["B5"], cover["C5"] = "ランク", "A"
    actions = _sheet(
        book,
        "行動計画",
        [
            ["No", "施策名", "担当者", "担当者", "見込額"],
            [1, "専務を訪問する", "佐伯 翔", "大野 恵", 12_345_678.5],
            [2, "工場を見学する", None, None, 1_500],
            [None, "合計", None, None, "=SUM(E2:E3)"],
        ],
    )
    actions.merge_cells("D2:D3")
    actions["E2"].number_format = '"¥"#,##0'
    actions["E3"].number_format = '#,##0"千円"'
    actions["B3"].comment = Comment("日程は未定", "山本")
    kpis = _sheet(
        book,
        "KPI",
        [["指標", "現状", "目標値"], ["シェア", 0.241, 0.3], ["費用", 12_500_000, 10_000_000]],
    )
    for name in ("B2", "C2"):
        kpis[name].number_format = "0.0%"
    for name in ("B3", "C3"):
        kpis[name].number_format = '#,##0,"千円"'
    swot = _sheet(
        book, "SWOT", [["強み", "全国の保守網"], [None, "高い精度"], ["弱み", "長い納期"]]
    )
    swot.merge_cells("A1:A2")
    return _saved(book)


EXCEL_SHOWN = Case(
    "shown.xlsx",
    _excel_shown,
    {
        "head": {"title": "東都電機様 攻略計画書"},
        "actions": [
            {"what": "専務を訪問する", "value": Decimal("12345678.5")},
            {"what": "工場を見学する", "value": Decimal(1_500_000)},
        ],
        "kpis": [
            {"what": "シェア", "unit": "%", "baseline_value": Decimal("0.241"),
             "target": Decimal("0.3")},
            {"what": "費用", "unit": "JPY", "baseline_value": Decimal(12_500_000),
             "target": Decimal(10_000_000)},
        ],
        "strength": ["全国の保守網", "高い精度"],
        "weakness": ["長い納期"],
    },
    [
        ("表紙 #5", "ランク: A", "nothing for “ランク”"),
        ("行動計画 #2", "担当者: 佐伯 翔", "Several columns"),
        ("行動計画 #2", "担当者: 大野 恵", "Several columns"),
        ("行動計画 #3", "担当者: 大野 恵", "Several columns"),
        ("行動計画 #4", "合計", "total"),
        ("行動計画 B3", "日程は未定", "Comments"),
        ("行動計画 E4", "=SUM(E2:E3)", "not stored"),
    ],
)  # fmt: skip


def _excel_en() -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    _sheet(
        book,
        "Cover",
        [["Account", "Acme Industries"], ["Period", "2026-04-01 to 2027-03-31"],
         ["Purpose", "Grow with the second plant"]],
    )  # fmt: skip
    _sheet(
        book,
        "Action plan",
        [
            ["When", "What", "Who", "Status", "Comment"],
            ["Q2", "Invite the plant manager", "Sho Saeki", "cancelled", "on leave"],
            ["15 June 2026", "Send the offer", "TBD", "not started", None],
        ],
    )
    _sheet(
        book,
        "Assumptions",
        [
            ["Assumption", "Status", "How to test"],
            ["The plant decides alone", "validated", "Ask the plant manager"],
            ["They will not move", "unsure", None],
        ],
    )
    return _saved(book)


EXCEL_EN = Case(
    "plan-en.xlsx",
    _excel_en,
    {
        "head": {
            "start": date(2026, 4, 1),
            "end": date(2027, 3, 31),
            "purpose": "Grow with the second plant",
        },
        "actions": [
            {"what": "Send the offer", "due": date(2026, 6, 15)},
            {"what": "Invite the plant manager", "due": date(2026, 9, 30), "owner": "Sho Saeki",
             "dropped": True, "note": "on leave"},
        ],
        "risk": [("The plant decides alone", "confirmed"), ("They will not move", "open")],
    },
    [
        ("Cover #1", "Account: Acme Industries", "data of the CRM"),
        ("Assumptions #3", "Status: unsure", "does not fit"),
    ],
)  # fmt: skip


def _excel_one_sheet() -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    _sheet(
        book,
        "Sheet1",
        [
            ["東都電機 アカウントプラン"],
            [],
            ["1. 市場動向"],
            ["設備投資は横ばい"],
            [],
            ["2. 数値目標"],
            ["（単位：千円）"],
            ["目標", "目標額", "期限"],
            ["正味売上の拡大", 120000, "2027年3月31日"],
            ["合計", 120000, None],
            [],
            ["参考情報"],
            ["項目", "内容", "出所"],
            ["株価", "1,200円", "新聞"],
        ],
    )
    return _saved(book)


EXCEL_ONE_SHEET = Case(
    "one-sheet.xlsx",
    _excel_one_sheet,
    {
        "head": {"title": "東都電機 アカウントプラン"},
        "industry": ["設備投資は横ばい"],
        "goals": [
            {"what": "正味売上の拡大", "measure": "net_sales", "amount": Decimal(120_000_000),
             "due": date(2027, 3, 31)},
        ],
    },
    [
        ("Sheet1 #10", "合計 | 120000", "total"),
        ("Sheet1 #13", "項目 | 内容 | 出所", "“参考情報” is none"),
        ("Sheet1 #14", "株価 | 1,200円 | 新聞", "“参考情報” is none"),
    ],
)  # fmt: skip


# ------------------------------------------------------------------ PowerPoint


def _slides_ja() -> bytes:
    deck = Presentation()
    _slide(deck, "東都電機 アカウント戦略", lines="対象期間：2026年度")
    _slide(
        deck,
        "SWOT分析",
        rows=[["強み", "弱み"], ["品質", "納期"], ["機会", "脅威"], ["新工場", "値下げ競争"]],
    )
    _slide(
        deck,
        "行動計画（上期）",
        rows=[
            ["期日", "内容", "担当", "状況"],
            ["5月", "専務を訪問する", "佐伯 翔", "済"],
        ],
        notes="ここは口頭で補足する",
    )
    _slide(deck, "行動計画（下期）", lines="増設の提案をまとめる\n契約更新の条件を詰める")
    _slide(deck, "質疑応答", lines="ご質問をどうぞ")
    return _saved(deck)


SLIDES_JA = Case(
    "plan.pptx",
    _slides_ja,
    {
        "head": {
            "title": "東都電機 アカウント戦略",
            "start": date(2026, 4, 1),
            "end": date(2027, 3, 31),
        },
        "strength": ["品質"],
        "weakness": ["納期"],
        "opportunity": ["新工場"],
        "threat": ["値下げ競争"],
        "actions": [
            {"what": "専務を訪問する", "due": date(2026, 5, 31), "owner": "佐伯 翔",
             "note": "済（完了日の記載なし）"},
            {"what": "増設の提案をまとめる"},
            {"what": "契約更新の条件を詰める"},
        ],
    },
    [
        ("行動計画（上期） #2", "状況: 済", "day it was done"),
        ("Notes: #1", "ここは口頭で補足する", "Speaker notes"),
        ("質疑応答 #1", "ご質問をどうぞ", "“質疑応答” is none"),
    ],
)  # fmt: skip


def _slides_en() -> bytes:
    deck = Presentation()
    _slide(deck, "Key people", rows=[
        ["Name", "Title", "Department", "Attitude"],
        ["Masaki Fukushima", "Senior managing director", "Corporate", "supporter"],
    ])  # fmt: skip
    _slide(deck, "Decision process", lines="The board decides in March\nPurchasing prepares it")
    _slide(
        deck, "Marketing mix", lines="Price: no discount without volume\nPlace\nDirect sales only"
    )
    return _saved(deck)


SLIDES_EN = Case(
    "plan-en.pptx",
    _slides_en,
    {
        "people": [
            {"name": "Masaki Fukushima", "title": "Senior managing director",
             "department": "Corporate", "attitude": "supporter"},
        ],
        "organisation": ["The board decides in March", "Purchasing prepares it"],
        "price": ["no discount without volume"],
        "place": ["Direct sales only"],
    },
)  # fmt: skip


# ------------------------------------------------------------------ Markdown


def _text(text: str) -> Callable[[], bytes]:
    return lambda: text.encode()


NOTES_JA = Case(
    "notes.md",
    _text("""# 東都電機 計画

担当: 佐伯 翔　数値の基準日: 2026年6月30日

## 課題

段取り替えに時間がかかる

## 顧客概要

### 課題

人手が足りない

## 目標

- 年度末までに売上1.5億円を達成する
- 新工場の標準機になる

## 役員の趣味

釣りが好き

## KPI

| 指標 | 現状 | 目標 |
|---|---|---|
| 面談数 | 4件 | 12件 |
| 単価 | 約3万円 | 3.5万円 |

## レビュー体制

| 会議 | 対象者 | 頻度 | 初回 |
|---|---|---|---|
| 進捗会議 | 部長 | 毎月 | 2026/5/1 |
| 四半期報告 | 役員 | 四半期ごと | |

## リスク

"""),
    {
        "head": {"title": "東都電機 計画", "as_of": date(2026, 6, 30)},
        "account": ["人手が足りない"],
        "goals": [
            {"what": "年度末までに売上1.5億円を達成する", "measure": "net_sales"},
            {"what": "新工場の標準機になる", "measure": "other"},
        ],
        "kpis": [
            {"what": "面談数", "unit": "count", "baseline_value": Decimal(4),
             "target": Decimal(12)},
            {"what": "単価", "unit": "JPY", "target": Decimal(35_000)},
        ],
        "calendar": [
            {"what": "進捗会議", "level": "manager", "every": "month", "first": date(2026, 5, 1)},
        ],
    },
    [
        ("課題 #1", "段取り替えに時間がかかる", "several parts"),
        ("役員の趣味 #1", "釣りが好き", "“役員の趣味” is none"),
        ("KPI #3", "現状: 約3万円", "exact figure"),
        ("レビュー体制 #3", "四半期報告 | 役員 | 四半期ごと", "first day"),
        ("リスク", "リスク", "Nothing stands below"),
    ],
)  # fmt: skip

NOTES_EN = Case(
    "notes-en.md",
    _text("""Figures as of 30 June 2026. Owner: Jane Doe.

# Strategy

We grow from the first plant, which
is happy with our service.

1. Meet the board (hypothesis, confirmed)
2. Assumption: purchasing follows the plant

**Pricing**

No discount without volume.

# Actions

| Due | Action | To whom | Our owner | Value | Goal |
|---|---|---|---|---|---|
| 2026-04-01 - 2026-06-30 | Survey the line | Plant manager | Sho Saeki | ¥3.5M | Grow sales |
| 30 June 2026 | Offer | Board | Sho Saeki | 4,200 | Be the standard |
| 31 July 2026 | | Board | Sho Saeki | ¥1 | |

# Goals

| Goal | Amount |
|---|---|
| Grow sales | ¥84.7M |

# Sources

- Annual report
"""),
    {
        "head": {"as_of": date(2026, 6, 30)},
        "scenario": [
            "We grow from the first plant, which is happy with our service.",
            ("Meet the board", "confirmed"),
            ("purchasing follows the plant", "open"),
        ],
        "price": ["No discount without volume."],
        "actions": [
            {"what": "Survey the line", "start": date(2026, 4, 1), "due": date(2026, 6, 30),
             "to_whom": "Plant manager", "owner": "Sho Saeki", "value": Decimal(3_500_000),
             "goal": "goals.001"},
            {"what": "Offer", "due": date(2026, 6, 30), "to_whom": "Board", "owner": "Sho Saeki"},
        ],
        "goals": [{"what": "Grow sales", "measure": "net_sales", "amount": Decimal(84_700_000)}],
    },
    [
        ("notes-en.md #1", "Owner: Jane Doe", "data of the CRM"),
        ("Actions #3", "Value: 4,200", "unit is not stated"),
        ("Actions #3", "Goal: Be the standard", "no goal of that name"),
        ("Actions #4", "31 July 2026 | Board | Sho Saeki | ¥1", "“Action” is empty"),
        ("Sources #1", "Annual report", "Lists of sources"),
    ],
)  # fmt: skip

TABLES_JA = Case(
    "tables.md",
    _text("""# 4P分析

| 4P | 方針 |
|---|---|
| 製品 | 検査装置を核にする |
| 価格 | 保守を含めた総額で示す<br>値引きは量と引き換え |
| 人材 | 専任を置く |

# アクション一覧

| 期日 | 内容 | 当社 | |
|---|---|---|---|
| | | 担当 | 先方担当 |
| 2026年8月1日 | 現場を調べる | 佐伯 翔 | 小松 達也 |

# 体制

| 氏名 | 役割 | 分担 |
|---|---|---|
| 佐伯 翔 | 主担当 | 全体の推進 |
| 森 健 | 開発リーダー | 試作 |

# 別紙

| 期日 | 内容 | 担当 |
|---|---|---|
| 2026年8月1日 | 別件 | 佐伯 翔 |
"""),
    {
        "product": ["検査装置を核にする"],
        "price": ["保守を含めた総額で示す", "値引きは量と引き換え"],
        "actions": [
            {"what": "現場を調べる", "due": date(2026, 8, 1), "owner": "佐伯 翔",
             "their_owner": "小松 達也"},
        ],
        "team": [
            {"name": "佐伯 翔", "role": "owner", "duty": "全体の推進"},
            {"name": "森 健", "role": "other", "duty": "開発リーダー\n試作"},
        ],
    },
    [
        ("4P分析 #4", "人材", "which part of “4P分析”"),
        ("4P分析 #4", "専任を置く", "which part of “4P分析”"),
        ("別紙 #1", "期日 | 内容 | 担当", "“別紙” is none"),
        ("別紙 #2", "2026年8月1日 | 別件 | 佐伯 翔", "“別紙” is none"),
    ],
)  # fmt: skip

MARKS = Case(
    "marks.md",
    lambda: """# 東都電機 計画

> 社外秘。

## 行動計画
- [ ] 提案書を出す
- [x] 専務を訪問する

## 戦略
- [前回の資料](https://example.com/a) を土台にする
- ［仮説・確認済み］調達部は総額で選ぶ
```
工場全体に広げる
```
![関係図](a.png)

## 目標
| 目標 | 期限 |
|---|---|
| 売上 | 12/15/2026 |
| 利益 | 7/8/2026 |
""".encode(),
    {
        "head": {"title": "東都電機 計画"},
        "actions": [
            {"what": "提案書を出す"},
            {"what": "専務を訪問する", "note": "[x]（完了日の記載なし）"},
        ],
        "scenario": [
            "前回の資料 (https://example.com/a) を土台にする",
            ("調達部は総額で選ぶ", "confirmed"),
            "工場全体に広げる",
        ],
        "goals": [
            {"what": "売上", "measure": "net_sales", "due": date(2026, 12, 15)},
            {"what": "利益", "measure": "other"},
        ],
    },
    [
        ("東都電機 計画 #1", "社外秘。", "No heading"),
        ("行動計画 #2", "[x] 専務を訪問する", "day it was done"),
        ("戦略 #4", "関係図", "Pictures"),
        ("目標 #3", "期限: 7/8/2026", "exact date"),
    ],
)

CASES = (
    WORD_JA, WORD_TWO_ROWS, WORD_EN, WORD_MARKED, WORD_CROSS, WORD_CELLS, EXCEL_JA, EXCEL_SHOWN,
    EXCEL_EN, EXCEL_ONE_SHEET, SLIDES_JA, SLIDES_EN, NOTES_JA, NOTES_EN, TABLES_JA, MARKS,
)  # fmt: skip
