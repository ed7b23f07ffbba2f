"""Outcomes depend on rep, industry, category and competitor; open deals are healthy."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from .draw import chance, pick, span, stream, weighted
from .model import (
    CONSUMABLES,
    CONVEYING,
    ROBOTS,
    SENSORS,
    SERVICE,
    SOFTWARE,
    Deal,
    Product,
    Profile,
)
from .periods import AS_OF, days_ago, working_day
from .story_deals import STORY_DEALS
from .tables import Row, row

STAGES = ("初回訪問", "課題把握", "提案", "見積", "最終交渉")
DURATIONS = ((12, 30), (12, 40), (14, 45), (12, 40), (12, 30))
_FIRST_DAY = date(2023, 10, 2)
BASE = 30
_REP = {
    "U06": 7,
    "U07": 4,
    "U08": -3,
    "U09": 2,
    "U10": -7,
    "U11": -9,
    "U12": 6,
    "U13": -2,
    "U14": 9,
}
_INDUSTRY = {
    "電機": 3,
    "自動車部品": 0,
    "食品": 5,
    "化学": -5,
    "金属加工": -2,
    "物流": 6,
    "医療機器": -3,
    "商社": -6,
}
_CATEGORY = {CONVEYING: 2, ROBOTS: -7, SENSORS: 7, SOFTWARE: -2, SERVICE: 14, CONSUMABLES: 10}
_COMPETITOR = {"": 9, "大和オートメーション": -12, "セントラルロボ": -5, "光進センサー": 1}
_SECOND = {CONVEYING: "大和オートメーション", ROBOTS: "セントラルロボ", SENSORS: "光進センサー"}
_REASONS = {
    "": (("予算凍結", 5), ("仕様不一致", 2), ("納期", 2), ("価格", 2)),
    "大和オートメーション": (("価格", 5), ("競合優位", 4), ("納期", 2)),
    "セントラルロボ": (("競合優位", 5), ("仕様不一致", 3), ("価格", 2)),
    "光進センサー": (("価格", 5), ("仕様不一致", 2), ("競合優位", 2)),
}
_AMOUNTS = {
    CONVEYING: (700, 5200),
    ROBOTS: (500, 4200),
    SENSORS: (90, 900),
    SOFTWARE: (250, 1900),
    SERVICE: (100, 780),
    CONSUMABLES: (50, 380),
}
_PLACES = (
    "第1工場",
    "第2工場",
    "本社工場",
    "東工場",
    "新工場",
    "物流センター",
    "組立ライン",
    "包装工程",
    "検査工程",
    "出荷場",
)
_THEMES = {
    CONVEYING: ("搬送ライン更新", "コンベア増設", "搬送自動化", "仕分けライン新設"),
    ROBOTS: ("協働ロボット導入", "パレタイズ自動化", "ピッキング自動化", "溶接工程ロボット化"),
    SENSORS: ("外観検査センサー導入", "変位計測の更新", "検査自動化", "温湿度監視の導入"),
    SOFTWARE: ("ライン制御ソフト導入", "稼働監視の全社展開", "制御ソフト更新", "稼働データ活用"),
    SERVICE: ("年間保守契約", "予防保全プラン", "保守契約の拡大", "点検周期の見直し"),
    CONSUMABLES: ("消耗品の年間契約", "交換部品の一括供給", "在庫預託の開始"),
}
_NEXT = (
    "現場での実機確認",
    "見積の再提出",
    "決裁者への説明会",
    "仕様書の確定",
    "工程調査の日程調整",
    "投資対効果の試算提出",
    "購買部との条件協議",
    "サンプル品の評価依頼",
    "導入スケジュールの提示",
    "他工場の見学手配",
)
_OWN_PROBABILITY = (10, 20, 40, 60, 80)


def deals(profiles: tuple[Profile, ...], products: tuple[Product, ...]) -> tuple[Deal, ...]:
    """All deals, numbered D0001 upwards by the day they were created."""
    found: list[Deal] = list(STORY_DEALS)
    for profile in profiles:
        rng = stream("deals", profile.id)
        found += [_closed(rng, profile, products) for _ in range(profile.closed_deals)]
        found += [_open(rng, profile, products, first=n == 0) for n in range(profile.open_deals)]
    found.sort(key=lambda deal: (deal.created, deal.account_id, deal.name, deal.amount or 0))
    return tuple(replace(deal, id=f"D{n:04d}") for n, deal in enumerate(found, start=1))


def _category(rng: Random, profile: Profile) -> str:
    own = tuple((category, share + 12) for category, share in profile.mix)
    if profile.id == "A014":
        return CONVEYING
    cross = ((SENSORS, 12), (SOFTWARE, 12), (ROBOTS, 12), (SERVICE, 6))
    return weighted(rng, own + cross)


def _amount(rng: Random, profile: Profile, category: str) -> int | None:
    low, high = _AMOUNTS[category]
    skew = rng.random() * (0.3 + 0.7 * rng.random())
    size = 1.5 if profile.sales > 180_000_000 else 0.8 if profile.sales < 40_000_000 else 1.1
    amount = int((low + (high - low) * skew) * size)
    return amount // 5 * 50_000 if amount >= 5 else amount * 10_000


def _named(rng: Random, category: str) -> str:
    return f"{pick(rng, _PLACES)} {pick(rng, _THEMES[category])}"


def _product(rng: Random, products: tuple[Product, ...], category: str) -> str:
    items = [item.id for item in products if item.category == category]
    return pick(rng, items) if chance(rng, 80) else ""


def _competitor(rng: Random, category: str) -> str:
    rival = _SECOND.get(category, "")
    return weighted(rng, (("", 48), (rival, 36), ("大和オートメーション", 16)))


def _win_percent(profile: Profile, owner: str, category: str, competitor: str) -> int:
    if profile.status == "prospect":
        return 0
    if profile.id == "A022":
        return 62
    return (
        BASE
        + _REP[owner]
        + _INDUSTRY[profile.industry]
        + _CATEGORY[category]
        + _COMPETITOR[competitor]
    )


def _steps(rng: Random, first: date, stages: int, slow: int) -> list[date]:
    """The day of entering each stage, then the day of leaving the last one."""
    days = [working_day(first)]
    for low, high in DURATIONS[:stages]:
        days.append(working_day(days[-1] + timedelta(span(rng, low, high) * slow // 100)))
    return days


def _closed(rng: Random, profile: Profile, products: tuple[Product, ...]) -> Deal:
    category = _category(rng, profile)
    if profile.id == "A022" and chance(rng, 45):
        category = pick(rng, (SOFTWARE, SERVICE))
    competitor = _competitor(rng, category)
    won = chance(rng, _win_percent(profile, profile.owner, category, competitor))
    reached = 5 if won else weighted(rng, ((2, 2), (3, 3), (4, 4), (5, 3)))
    days = _steps(rng, _FIRST_DAY, reached, 100 if won else 125)
    length = (days[-1] - days[0]).days
    last = (AS_OF - _FIRST_DAY).days - length - 3
    if profile.status == "former":
        last = 420
    offset = timedelta(span(rng, 0, last))
    days = [working_day(day + offset) for day in days]
    closed = days.pop()
    return Deal(
        id="",
        account_id=profile.id,
        name=_named(rng, category),
        owner=profile.owner,
        product=_product(rng, products, category),
        category=category,
        status="won" if won else "lost",
        amount=None if chance(rng, 1) else _amount(rng, profile, category),
        steps=tuple(zip(STAGES, days, strict=False)),
        expected=working_day(closed + timedelta(span(rng, -30, 12))),
        closed=closed,
        competitor=competitor,
        loss_reason="" if won or chance(rng, 4) else weighted(rng, _REASONS[competitor]),
    )


def _open(rng: Random, profile: Profile, products: tuple[Product, ...], *, first: bool) -> Deal:
    category = _category(rng, profile)
    stage = weighted(rng, ((1, 3), (2, 5), (3, 6), (4, 5), (5, 3)))
    quirk = profile.quirk if first else ""
    if quirk == "stalled":
        stage = 4
    waited = span(rng, 62, 84) if quirk == "stalled" else span(rng, 3, 20)
    days = _steps(rng, _FIRST_DAY, stage - 1, 110)
    offset = days_ago(waited) - days[-1]
    days = [working_day(day + offset) for day in days]
    own = max(5, min(90, _OWN_PROBABILITY[stage - 1] + 5 * span(rng, -2, 2)))
    known = chance(rng, 78)
    return _with_next_step(
        rng,
        quirk,
        Deal(
            id="",
            account_id=profile.id,
            name=_named(rng, category),
            owner=profile.owner,
            product=_product(rng, products, category),
            category=category,
            status="open",
            amount=None if stage <= 2 and chance(rng, 18) else _amount(rng, profile, category),
            steps=tuple(zip(STAGES, days, strict=False)),
            expected=_expected(rng, stage, quirk),
            probability=f"{own / 100:g}" if known else "",
            forecast=_forecast(own) if known else "",
            competitor=_competitor(rng, category) if stage >= 3 else "",
        ),
    )


def _expected(rng: Random, stage: int, quirk: str) -> date:
    if quirk == "overdue":
        return working_day(days_ago(span(rng, 9, 24)))
    return working_day(AS_OF + timedelta(span(rng, 14, 45) + (5 - stage) * 30))


def _forecast(percent: int) -> str:
    return "commit" if percent >= 75 else "best_case" if percent >= 45 else "pipeline"


def _with_next_step(rng: Random, quirk: str, deal: Deal) -> Deal:
    if quirk == "next_step_overdue":
        due: date | None = working_day(days_ago(span(rng, 6, 14)))
    elif chance(rng, 9):
        return deal
    else:
        due = working_day(AS_OF + timedelta(span(rng, 5, 24))) if chance(rng, 92) else None
    return replace(deal, next_step=pick(rng, _NEXT), next_step_due=due)


def opportunity_rows(items: tuple[Deal, ...]) -> list[Row]:
    """The opportunities table."""
    return [
        row(
            "opportunities",
            opportunity_id=deal.id,
            account_id=deal.account_id,
            name=deal.name,
            owner_id=deal.owner,
            product_id=deal.product,
            category=deal.category,
            stage=deal.stage,
            status=deal.status,
            amount=deal.amount,
            probability=deal.probability,
            forecast_category=deal.forecast,
            created_on=deal.created,
            expected_close=deal.expected,
            closed_on=deal.closed,
            loss_reason=deal.loss_reason,
            competitor=deal.competitor,
            next_step=deal.next_step,
            next_step_due=deal.next_step_due,
        )
        for deal in items
    ]


def stage_rows(items: tuple[Deal, ...]) -> list[Row]:
    """The stage_history table."""
    return [
        row("stage_history", opportunity_id=deal.id, stage=stage, entered_on=day)
        for deal in items
        for stage, day in deal.steps
    ]
