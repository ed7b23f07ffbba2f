"""Document views and introduction routes: steady for most, planted for A019, A020 and A012."""

from datetime import date

from .draw import chance, pick, span, stream
from .model import Contact, Profile, World
from .people import NAME_OF
from .periods import days_ago, is_working_day
from .tables import Row, row

_DOCUMENTS = (
    "搬送ライン CV-200 カタログ",
    "協働ロボット導入の手引き",
    "外観検査センサー事例集",
    "ライン制御ソフト Minori 紹介",
    "年間保守プランのご案内",
    "省人化の投資効果 試算表",
    "食品工場の自動化事例",
    "医療機器組立の検査自動化 事例",
    "予防保全の進め方",
)
_SURGE_DOCUMENTS = (
    "医療機器組立の検査自動化 事例",
    "省人化の投資効果 試算表",
    "ライン制御ソフト Minori 紹介",
    "外観検査センサー事例集",
)
_WINDOWS = 9


def engagement_rows(world: World) -> list[Row]:
    """The engagements table, by time of viewing."""
    rows: list[Row] = []
    for profile in world.profiles:
        chosen = int(profile.id[1:]) % 3 == 1 or profile.quirk == "engagement_drop"
        if profile.id == "A019" or (chosen and profile.status != "former"):
            rows += _views(profile, world.contacts[profile.id])
    return sorted(rows, key=lambda cells: (cells["viewed_at"], cells["contact_id"]))


def _views(profile: Profile, people: tuple[Contact, ...]) -> list[Row]:
    rng = stream("engagements", profile.id)
    rows = []
    for window in range(_WINDOWS):
        count = _count(profile, window, span(rng, 0, 3))
        for _ in range(count):
            day = days_ago(window * 30 + span(rng, 1, 27))
            while not is_working_day(day):
                day = days_ago(window * 30 + span(rng, 1, 27))
            surge = profile.id == "A019" and window == 0
            present = [p for p in people if p.left_on is None or p.left_on > day]
            viewer = pick(rng, people[:2] if surge else present)
            document = pick(rng, _SURGE_DOCUMENTS if surge else _documents(profile))
            rows.append(
                row(
                    "engagements",
                    account_id=profile.id,
                    contact_id=viewer.id,
                    document=document,
                    viewed_at=_moment(day, span(rng, 8 * 60, 18 * 60)),
                    seconds=span(rng, 90, 600) if surge else span(rng, 10, 300),
                )
            )
    return rows


def _documents(profile: Profile) -> tuple[str, ...]:
    others = tuple(word for word in ("食品", "医療機器") if word != profile.industry)
    return tuple(name for name in _DOCUMENTS if not name.startswith(others))


def _count(profile: Profile, window: int, steady: int) -> int:
    if profile.id == "A019":
        return (14, 2, 1, 1, 0, 1, 0, 0, 0)[window]
    if profile.quirk == "engagement_drop":
        return 1 if window == 0 else 6
    return steady


def _moment(day: date, minute: int) -> str:
    return f"{day.isoformat()}T{minute // 60:02d}:{minute % 60:02d}:00"


_BRIDGES = (
    ("partner", "有限会社みさき商店 代表 沢村 茂", "代理店会で長年の付き合い"),
    ("partner", "設備設計事務所こだま 所長 野々村 学", "共同で三件の工場設計を担当"),
    ("partner", "ひばり工業組合 事務局長 牧田 昇", "組合の技術委員会で同席"),
    ("bank", "あさひな銀行 法人営業部 長沢 聡", "当社の取引銀行の担当役席"),
    ("bank", "みどりの信用金庫 支店長 小泉 清", "地域の工場経営者に人脈がある"),
    ("shareholder", "かえで投資 代表 有馬 俊", "当社の株主で複数の社外取締役を兼務"),
)

# account, place of the contact among the account's contacts, then the route
_PLANTED: tuple[tuple[str, int, str, str, str, int, str], ...] = (
    (
        "A020",
        0,
        "customer_staff",
        "常盤製薬機械 {friend}",
        "U14",
        4,
        "大学の同期で、経営者の勉強会を一緒に運営している",
    ),
    (
        "A020",
        0,
        "bank",
        "あさひな銀行 法人営業部 長沢 聡",
        "U01",
        3,
        "先方のメインバンクの担当役席",
    ),
    ("A012", 0, "shareholder", "かえで投資 代表 有馬 俊", "U01", 4, "先方の社外取締役を務めている"),
    ("A012", 2, "employee", NAME_OF["U15"], "U15", 2, "定期点検で現場に出入りしていた"),
    (
        "A010",
        0,
        "partner",
        "設備設計事務所こだま 所長 野々村 学",
        "U03",
        4,
        "新工場の基本設計を担当している",
    ),
    (
        "A019",
        0,
        "customer_staff",
        "常盤製薬機械 {friend}",
        "U14",
        3,
        "医療機器の業界団体で同じ部会に所属",
    ),
)


def relationship_rows(world: World) -> list[Row]:
    """Planted routes first, then one or two for every prospect and every third customer."""
    rows = _planted(world)
    for profile in world.profiles:
        number = int(profile.id[1:])
        if number < 27 or not (profile.status == "prospect" or number % 3 == 0):
            continue
        rng = stream("relationships", profile.id)
        people = [p for p in world.contacts[profile.id] if p.left_on is None]
        kind, name, note = pick(rng, _BRIDGES)
        leader = pick(rng, ("U01", "U03", "U04", "U05"))
        friend = profile.owner if chance(rng, 40) else leader
        rows.append(_route(kind, name, friend, people[0], span(rng, 2, 4), note))
        if chance(rng, 55):
            person = pick(rng, ("U01", "U03", "U04", "U05", "U15"))
            rows.append(
                _route(
                    "employee",
                    NAME_OF[person],
                    person,
                    pick(rng, people),
                    span(rng, 1, 4),
                    "以前の担当案件で面識がある",
                )
            )
    return rows


def _planted(world: World) -> list[Row]:
    friend = world.contacts["A022"][0].row["name"]
    return [
        _route(
            kind, name.format(friend=friend), person, world.contacts[account][seat], strength, note
        )
        for account, seat, kind, name, person, strength, note in _PLANTED
    ]


def _route(kind: str, name: str, person: str, contact: Contact, strength: int, note: str) -> Row:
    return row(
        "relationships",
        from_kind=kind,
        from_name=name,
        from_person_id=person,
        to_contact_id=contact.id,
        strength=strength,
        note=note,
    )
