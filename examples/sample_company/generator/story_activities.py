"""Silences, missing contacts and the hand-written course of the story deals."""

from collections.abc import Iterator
from datetime import date

from .model import Activity, Contact, Deal, World

QUIET_AFTER = {
    "A010": date(2026, 8, 10),
    "A019": date(2026, 8, 25),
    "A024": date(2026, 8, 11),
}
_OUTBOUND_ONLY_AFTER = {"A025": date(2026, 8, 14)}
_ONE_CONTACT_FROM = date(2026, 6, 27)
_ONE_CONTACT = {"A011": "user", "A020": "champion"}

# account, buying role of the contact, person, kind, day, minutes, direction, subject, body
_EVENTS = (
    (
        "A010",
        "champion",
        "U07",
        "visit",
        (2026, 1, 19),
        90,
        "out",
        "新工場計画のヒアリング",
        "新工場の一貫搬送・検査ラインを検討中。予算規模は1億8千万円前後とのこと。",
    ),
    (
        "A010",
        "champion",
        "U07",
        "online_meeting",
        (2026, 3, 30),
        60,
        "out",
        "構想案の提示",
        "搬送と検査を一体にした構想案を提示。価格より納期を重視との反応。",
    ),
    (
        "A010",
        "approver",
        "U07",
        "visit",
        (2026, 5, 12),
        80,
        "out",
        "見積の提出",
        "1億8千万円の見積を提出。発注予定は6月末。大和オートメーションと比較中。",
    ),
    (
        "A010",
        "champion",
        "U07",
        "mail",
        (2026, 6, 25),
        10,
        "in",
        "発注時期の変更について",
        "建屋の工事が遅れており、発注予定を6月末から7月末に延ばしたいとの連絡。",
    ),
    (
        "A010",
        "champion",
        "U07",
        "call",
        (2026, 7, 28),
        15,
        "in",
        "発注時期の再延期",
        "取締役会の日程変更により、発注予定を7月末から9月15日に再び延期。",
    ),
    (
        "A010",
        "approver",
        "U07",
        "visit",
        (2026, 8, 10),
        60,
        "out",
        "条件面の確認",
        "支払条件と検収条件を確認。稟議は取締役会待ちで、結果は先方から連絡いただく。",
    ),
    (
        "A011",
        "champion",
        "U08",
        "visit",
        (2026, 6, 8),
        80,
        "out",
        "包装工程の人手不足",
        "惣菜工場の包装工程をロボット化したい意向。社内の推進役を引き受けていただいた。",
    ),
    (
        "A011",
        "champion",
        "U08",
        "online_meeting",
        (2026, 6, 24),
        45,
        "out",
        "効果試算の説明",
        "省人化の試算を説明。役員会に上げる資料づくりを手伝うことになった。",
    ),
    (
        "A011",
        "user",
        "U08",
        "visit",
        (2026, 7, 13),
        70,
        "out",
        "現場課題の整理",
        "包装機との受け渡しが課題。作業者の動線も見直したいとのこと。",
    ),
    (
        "A011",
        "user",
        "U08",
        "call",
        (2026, 8, 18),
        10,
        "in",
        "担当者ご退職の連絡",
        "推進役だった方が8月15日付で退職されたとの連絡。後任は未定。",
    ),
    (
        "A011",
        "user",
        "U08",
        "visit",
        (2026, 9, 2),
        75,
        "out",
        "提案書の提出",
        "6,400万円の提案書を提出。後任が決まるまで社内の検討は止まる可能性がある。",
    ),
    (
        "A011",
        "user",
        "U08",
        "mail",
        (2026, 9, 18),
        10,
        "in",
        "提案書の質問",
        "現場側の質問が二点。決裁の進め方は後任次第との返事。",
    ),
    (
        "A012",
        "influencer",
        "U10",
        "call",
        (2025, 12, 5),
        10,
        "out",
        "年末のご挨拶",
        "消耗品の在庫を確認。設備投資の話題には至らず。",
    ),
    (
        "A012",
        "user",
        "U10",
        "mail",
        (2026, 7, 22),
        10,
        "out",
        "センサー在庫のご案内",
        "センサーの納期短縮を案内。返信なし。",
    ),
    (
        "A020",
        "champion",
        "U08",
        "visit",
        (2026, 7, 27),
        70,
        "out",
        "画像検査の増設相談",
        "第2工場の検査を増設したい。決裁は役員だが、面会の機会はまだ得られていない。",
    ),
    (
        "A020",
        "champion",
        "U08",
        "online_meeting",
        (2026, 9, 14),
        45,
        "out",
        "増設案の説明",
        "撮像条件を説明。役員への同席をお願いしたが、社内で伝えるとの返事。",
    ),
    (
        "A020",
        "champion",
        "U08",
        "mail",
        (2026, 9, 24),
        10,
        "in",
        "検査基準について",
        "検査基準書の改訂案を受領。",
    ),
    (
        "A022",
        "decision_maker",
        "U01",
        "executive_meeting",
        (2026, 5, 20),
        90,
        "out",
        "中期計画の共有会",
        "先方の中期計画と当社の開発計画を役員同士で共有。共同実証に合意。",
    ),
    (
        "A022",
        "decision_maker",
        "U01",
        "executive_meeting",
        (2026, 8, 26),
        90,
        "out",
        "共同実証の中間報告",
        "共同実証の中間結果を両社の役員で確認。全工場展開の条件を整理する。",
    ),
    (
        "A013",
        "decision_maker",
        "U11",
        "visit",
        (2026, 6, 3),
        120,
        "out",
        "定例訪問",
        "先代からの長い付き合いで、毎週顔を出している。今回も少額の消耗品の注文のみ。",
    ),
    (
        "A019",
        "champion",
        "U07",
        "online_meeting",
        (2026, 8, 20),
        45,
        "out",
        "新組立棟の情報交換",
        "新組立棟の検査自動化について情報交換。資料一式の送付を約束した。",
    ),
    (
        "A024",
        "champion",
        "U13",
        "visit",
        (2026, 8, 11),
        70,
        "out",
        "定例訪問",
        "圧延工程の増設計画をうかがった。詳細は秋に改めて相談とのこと。",
    ),
    (
        "A025",
        "champion",
        "U14",
        "visit",
        (2026, 7, 6),
        60,
        "out",
        "稼働監視のご相談",
        "組立ラインの停止原因を把握したい。データの取り方を相談された。",
    ),
    (
        "A025",
        "champion",
        "U14",
        "mail",
        (2026, 8, 14),
        10,
        "in",
        "現状データの送付",
        "停止記録の一覧を受領。",
    ),
    (
        "A025",
        "champion",
        "U14",
        "mail",
        (2026, 9, 4),
        10,
        "out",
        "提案書の送付",
        "稼働監視の提案書を送付。",
    ),
    (
        "A025",
        "user",
        "U14",
        "call",
        (2026, 9, 11),
        5,
        "out",
        "提案書の到着確認",
        "不在のため伝言。",
    ),
    ("A025", "champion", "U14", "mail", (2026, 9, 17), 10, "out", "ご検討状況の確認", "返信なし。"),
    ("A025", "champion", "U14", "call", (2026, 9, 24), 5, "out", "折り返しのお願い", "不在。"),
)


def may_meet(account_id: str, contact: Contact, day: date) -> bool:
    """Whether ordinary activity of the account may involve this contact on this day."""
    if account_id == "A020" and contact.role == "decision_maker":
        return False
    if account_id in _ONE_CONTACT and day >= _ONE_CONTACT_FROM:
        return contact.role == _ONE_CONTACT[account_id]
    return True


def hears_nothing(account_id: str, day: date) -> bool:
    """Whether the account has stopped writing and calling by this day."""
    return day > _OUTBOUND_ONLY_AFTER.get(account_id, day)


def story_activities(world: World) -> Iterator[Activity]:
    """The hand-written activities; those of a deal's time belong to the account's told deal."""
    told = {deal.account_id: deal for deal in world.deals if deal.told and deal.status == "open"}
    for account, role, person, kind, day, minutes, direction, subject, body in _EVENTS:
        contact = next(c for c in world.contacts[account] if c.role == role)
        yield Activity(
            account_id=account,
            contact_id=contact.id,
            deal_id=_deal_id(told.get(account)),
            person_id=person,
            kind=kind,
            day=date(*day),
            minutes=minutes,
            direction=direction,
            subject=subject,
            body=body,
        )


def _deal_id(deal: Deal | None) -> str:
    return deal.id if deal else ""
