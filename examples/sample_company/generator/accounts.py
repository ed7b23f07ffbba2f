"""Accounts, their teams and contacts; every customer has a decision maker who is still there."""

from datetime import date
from random import Random

from .draw import chance, pick, shuffled, span, stream, weighted
from .model import SERVICE, Contact, Profile
from .names import FAMILY_NAMES, GIVEN_NAMES, INTERNATIONAL_PEOPLE
from .people import MANAGER_OF
from .periods import AS_OF, START, days_ago
from .tables import Row, row

# buying role, level, function, department, title
_SEATS = (
    (
        "decision_maker",
        "executive",
        "経営",
        "経営本部",
        ("常務執行役員", "取締役工場長", "専務取締役"),
    ),
    ("champion", "section head", "生産技術", "生産技術部", ("生産技術課長", "設備技術課長")),
    ("user", "staff", "製造", "製造部", ("製造係長", "ライン主任", "製造主任")),
    ("approver", "department head", "購買", "購買部", ("購買部長", "調達部長")),
    ("influencer", "department head", "設備保全", "設備保全部", ("設備保全部長", "工務部長")),
    ("gatekeeper", "staff", "購買", "購買部", ("購買主任", "購買担当")),
    ("influencer", "section head", "品質保証", "品質保証部", ("品質保証課長", "品質管理課長")),
    ("opponent", "section head", "情報システム", "情報システム部", ("情報システム課長",)),
)
_ENGLISH_TITLES = ("Operations Director", "Engineering Manager")
_LEFT = {"A011": ("champion",)}
_CHAMPION_LEFT_ON = date(2026, 8, 15)


def account_rows(profiles: tuple[Profile, ...]) -> list[Row]:
    """The accounts table."""
    return [_account_row(profile) for profile in profiles]


def _account_row(profile: Profile) -> Row:
    end = profile.contract_end
    former = profile.status == "former"
    return row(
        "accounts",
        account_id=profile.id,
        name=profile.name,
        name_kana=profile.kana,
        aliases=";".join(dict.fromkeys((profile.english, profile.short))),
        corporate_number=f"9999{int(profile.id[1:]) * 7_368_787 % 1_000_000_000:09d}",
        parent_id=profile.parent,
        industry=profile.industry,
        channel=profile.channel,
        country="日本",
        region=profile.region,
        city=profile.city,
        employees=profile.employees,
        annual_revenue=profile.revenue,
        founded_year=profile.founded,
        status=profile.status,
        owner_id=profile.owner,
        objective_score=profile.score,
        current_stage=profile.stage,
        target_stage=profile.target_stage,
        customer_role=profile.customer_role,
        our_role=profile.our_role,
        contract_status="active" if end else "ended" if former else "none",
        contract_end=end or ("2025-03-31" if former else None),
        created_on=profile.created_on,
    )


def team_rows(profiles: tuple[Profile, ...]) -> list[Row]:
    """The owner with write access, then whoever else works on the account."""
    rows = []
    for profile in profiles:
        members = [(profile.owner, "account manager", "write")]
        members.append((MANAGER_OF[profile.owner], "sales", "read"))
        if any(category == SERVICE for category, _ in profile.mix):
            members.append(("U15", "service", "read"))
        if profile.status == "prospect":
            members.append(("U16", "marketing", "read"))
        if profile.sales >= 300_000_000:
            members.append(("U01", "executive sponsor", "read"))
        rows += [
            row(
                "account_team",
                account_id=profile.id,
                person_id=person,
                function=function,
                access=access,
            )
            for person, function, access in members
        ]
    return rows


def contacts(profiles: tuple[Profile, ...]) -> dict[str, tuple[Contact, ...]]:
    """The contacts of every account, numbered C001 upwards."""
    result: dict[str, tuple[Contact, ...]] = {}
    number = 0
    for profile in profiles:
        people = _contacts_of(profile, number)
        number += len(people)
        result[profile.id] = people
    return result


def _contacts_of(profile: Profile, before: int) -> tuple[Contact, ...]:
    rng = stream("contacts", profile.id)
    families = shuffled(rng, FAMILY_NAMES)
    people: list[Contact] = []
    for seat in range(profile.contacts):
        role, level, function, department, titles = _SEATS[seat]
        if profile.contacts == 2 and seat == 0:
            level, titles = "department head", ("工場長", "生産本部長")
        family, mail = families[seat]
        name, title = f"{family} {pick(rng, GIVEN_NAMES)}", pick(rng, titles)
        if profile.international and seat < len(_ENGLISH_TITLES):
            name, title = _international(profile, seat), _ENGLISH_TITLES[seat]
            family, mail = name.split()[1], name.lower().replace(" ", ".")
        left = _left_on(rng, profile, seat, role)
        contact_id = f"C{before + seat + 1:03d}"
        cells = row(
            "contacts",
            contact_id=contact_id,
            account_id=profile.id,
            name=name,
            title=title,
            department=department,
            level=level,
            function=function,
            email=f"{mail}@{_domain(profile)}.example",
            phone=f"0{span(rng, 3, 9)}-0000-{span(rng, 1000, 9999)}",
            buying_role=role,
            influence=_influence(rng, level),
            attitude=_attitude(rng, profile, role),
            reports_to=_boss(people, level),
            left_on=left,
        )
        people.append(Contact(contact_id, profile.id, family, cells, role, level, left))
    return tuple(people)


def _international(profile: Profile, seat: int) -> str:
    position = int(profile.id[1:]) * len(_ENGLISH_TITLES) + seat
    return INTERNATIONAL_PEOPLE[position % len(INTERNATIONAL_PEOPLE)]


def _domain(profile: Profile) -> str:
    kept = [part for part in profile.english.replace(",", "").split() if "." not in part]
    return "-".join(kept).lower().replace("&", "and")


def _boss(people: list[Contact], level: str) -> str:
    order = ("staff", "section head", "department head", "executive")
    above = [p for p in people if order.index(p.level) > order.index(level) and not p.left_on]
    return min(above, key=lambda p: order.index(p.level)).id if above else ""


def _left_on(rng: Random, profile: Profile, seat: int, role: str) -> date | None:
    if role in _LEFT.get(profile.id, ()):
        return _CHAMPION_LEFT_ON
    if seat == 4 and profile.quirk == "" and chance(rng, 35) and int(profile.id[1:]) > 26:
        return days_ago(span(rng, 240, (AS_OF - START).days - 60))
    return None


def _influence(rng: Random, level: str) -> int:
    base = {"executive": 5, "department head": 4, "section head": 3, "staff": 1}[level]
    return max(1, min(5, base + span(rng, -1, 1)))


def _attitude(rng: Random, profile: Profile, role: str) -> int | None:
    if role == "opponent":
        return -1
    if role == "champion":
        return 2
    if profile.id in {"A012", "A020"} and role == "decision_maker":
        return None
    return weighted(rng, ((-1, 1), (0, 4), (1, 4), (2, 1)))
