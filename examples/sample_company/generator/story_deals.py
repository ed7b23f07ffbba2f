"""Planted deals are written by hand; `told` keeps generated activity off them."""

from dataclasses import replace
from datetime import date

from .model import CONVEYING, ROBOTS, SENSORS, SERVICE, SOFTWARE, Deal
from .periods import working_day


def _lost(
    account: str,
    owner: str,
    name: str,
    category: str,
    amount: int,
    created: date,
    closed: date,
    reason: str,
    competitor: str,
) -> Deal:
    middle = date.fromordinal((created.toordinal() + closed.toordinal()) // 2)
    return Deal(
        id="",
        account_id=account,
        name=name,
        owner=owner,
        product="",
        category=category,
        status="lost",
        amount=amount,
        closed=closed,
        expected=closed,
        loss_reason=reason,
        competitor=competitor,
        steps=(
            ("初回訪問", created),
            ("課題把握", date.fromordinal(created.toordinal() + 21)),
            ("提案", middle),
        ),
        told=account == "A012",
    )


def _won(account: str, owner: str, name: str, category: str, amount: int, created: date) -> Deal:
    first = created.toordinal()
    days = [working_day(date.fromordinal(first + offset)) for offset in (0, 18, 44, 76, 98, 117)]
    stages = ("初回訪問", "課題把握", "提案", "見積", "最終交渉")
    return Deal(
        id="",
        account_id=account,
        name=name,
        owner=owner,
        product="",
        category=category,
        status="won",
        amount=amount,
        steps=tuple(zip(stages, days, strict=False)),
        expected=days[-1],
        closed=days[-1],
    )


_OPEN = (
    Deal(
        id="",
        account_id="A010",
        name="新工場 一貫搬送・検査ライン",
        owner="U07",
        product="P002",
        category=CONVEYING,
        status="open",
        amount=180_000_000,
        steps=(
            ("初回訪問", date(2026, 1, 19)),
            ("課題把握", date(2026, 2, 16)),
            ("提案", date(2026, 3, 30)),
            ("見積", date(2026, 5, 12)),
        ),
        expected=date(2026, 9, 15),
        probability="0.5",
        forecast="best_case",
        competitor="大和オートメーション",
        next_step="取締役会の結果を確認する",
        told=True,
    ),
    Deal(
        id="",
        account_id="A011",
        name="惣菜工場 包装工程ロボット導入",
        owner="U08",
        product="P008",
        category=ROBOTS,
        status="open",
        amount=64_000_000,
        steps=(
            ("初回訪問", date(2026, 6, 8)),
            ("課題把握", date(2026, 7, 13)),
            ("提案", date(2026, 9, 2)),
        ),
        expected=date(2026, 12, 18),
        probability="0.4",
        forecast="pipeline",
        competitor="セントラルロボ",
        next_step="後任の担当者を確認する",
        next_step_due=date(2026, 10, 9),
        told=True,
    ),
    Deal(
        id="",
        account_id="A020",
        name="第2工場 画像検査の増設",
        owner="U08",
        product="P012",
        category=SENSORS,
        status="open",
        amount=22_000_000,
        steps=(
            ("初回訪問", date(2026, 7, 27)),
            ("課題把握", date(2026, 8, 24)),
            ("提案", date(2026, 9, 14)),
        ),
        expected=date(2026, 12, 11),
        probability="0.4",
        forecast="pipeline",
        next_step="検査基準のすり合わせ",
        next_step_due=date(2026, 10, 8),
        told=True,
    ),
    Deal(
        id="",
        account_id="A025",
        name="組立ライン 稼働監視の導入",
        owner="U14",
        product="P016",
        category=SOFTWARE,
        status="open",
        amount=14_500_000,
        steps=(
            ("初回訪問", date(2026, 7, 6)),
            ("課題把握", date(2026, 8, 3)),
            ("提案", date(2026, 9, 4)),
        ),
        expected=date(2026, 11, 30),
        probability="0.35",
        forecast="pipeline",
        next_step="提案書への回答を依頼する",
        next_step_due=date(2026, 10, 6),
        told=True,
    ),
)

_CLOSED = (
    _lost(
        "A012",
        "U10",
        "本社工場 搬送自動化の検討",
        CONVEYING,
        48_000_000,
        date(2024, 1, 22),
        date(2024, 5, 17),
        "競合優位",
        "大和オートメーション",
    ),
    _lost(
        "A012",
        "U10",
        "充填工程 ロボット化の検討",
        ROBOTS,
        36_000_000,
        date(2024, 6, 10),
        date(2024, 10, 4),
        "予算凍結",
        "",
    ),
    replace(
        _won(
            "A063",
            "U06",
            "検査工程 外観検査センサー導入",
            SENSORS,
            5_200_000,
            date(2025, 5, 12),
        ),
        closed=None,
    ),
    replace(
        _won("A099", "U06", "仕分け場 コンベア増設", CONVEYING, 11_800_000, date(2024, 9, 2)),
        closed=None,
    ),
    _won("A014", "U09", "第1工場 搬送ライン更新", CONVEYING, 42_000_000, date(2024, 2, 5)),
    _won("A014", "U09", "組立ライン コンベア増設", CONVEYING, 18_500_000, date(2025, 1, 20)),
    _lost(
        "A014",
        "U09",
        "出荷場 仕分けライン新設",
        CONVEYING,
        33_000_000,
        date(2025, 6, 9),
        date(2025, 10, 3),
        "価格",
        "大和オートメーション",
    ),
    _won("A022", "U14", "全工場 稼働監視の展開", SOFTWARE, 28_000_000, date(2025, 3, 10)),
    _won("A022", "U14", "予防保全プランの全ライン適用", SERVICE, 12_400_000, date(2025, 11, 4)),
    _won("A022", "U14", "新棟 ライン制御ソフト導入", SOFTWARE, 33_500_000, date(2026, 2, 2)),
)

STORY_DEALS = (*_OPEN, *_CLOSED)
