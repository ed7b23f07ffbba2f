"""Ordinary accounts are healthy; a named few carry one mild problem each."""

from dataclasses import replace
from datetime import date
from random import Random

from .companies import FIRST_NUMBER, Company, companies
from .draw import chance, pick, span, stream, weighted
from .mixes import CAR_MIXES, MIXES
from .model import SERVICE, SOFTWARE, Mix, Profile
from .names import CITIES
from .people import REGIONS_OF, REPS

QUIRKS = {
    "A031": "overdue",
    "A047": "overdue",
    "A062": "overdue",
    "A036": "next_step_overdue",
    "A055": "next_step_overdue",
    "A070": "next_step_overdue",
    "A034": "stalled",
    "A058": "stalled",
    "A081": "stalled",
    "A041": "single_threaded",
    "A066": "single_threaded",
    "A039": "sales_down",
    "A073": "sales_down",
    "A043": "contract_ends",
    "A078": "contract_ends",
    "A067": "silence",
    "A085": "silence",
    "A053": "target_gap",
    "A064": "target_gap",
    "A046": "engagement_drop",
}

_TIERS = {
    "A028": "middle",
    "A030": "large",
    "A033": "large",
    "A034": "middle",
    "A035": "middle",
    "A038": "large",
    "A043": "large",
    "A046": "large",
    "A047": "middle",
    "A048": "middle",
    "A053": "middle",
    "A056": "middle",
    "A058": "middle",
}


def ordinary() -> tuple[Profile, ...]:
    """A027 to A126."""
    return tuple(_profile(company) for company in companies())


def _status(number: int) -> str:
    if f"A{number:03d}" in {*QUIRKS, *_TIERS}:
        return "customer"
    if number == FIRST_NUMBER or number % 6 == 0:
        return "prospect"
    return "former" if number % 13 == 4 else "customer"


def _tier(number: int, status: str) -> str:
    if status != "customer":
        return "small"
    if f"A{number:03d}" in _TIERS:
        return _TIERS[f"A{number:03d}"]
    if number % 4 == 3 and number < 112:
        return "large" if number % 12 == 11 else "middle"
    return "middle" if number % 5 in (0, 1, 2) else "small"


def _sales(rng: Random, tier: str) -> int:
    low, high = {"large": (190, 410), "middle": (42, 150), "small": (12, 38)}[tier]
    skew = rng.random() * (0.5 + 0.5 * rng.random())
    return int((low + (high - low) * skew) * 100) * 10_000


def _profile(company: Company) -> Profile:
    rng = stream("profile", f"A{company.number:03d}")
    status = _status(company.number)
    tier = _tier(company.number, status)
    return _dealings(rng, _identity(rng, company, tier, status), company.number, tier)


def _identity(rng: Random, company: Company, tier: str, status: str) -> Profile:
    account_id, industry = f"A{company.number:03d}", company.industry
    owner = REPS[company.number % len(REPS)]
    region = pick(rng, REGIONS_OF[owner])
    sales = _sales(rng, tier)
    employees = _employees(rng, industry, tier, status, sales)
    per_head = span(rng, 33, 52) * (2_500_000 if industry == "商社" else 1_000_000)
    return Profile(
        id=account_id,
        name=company.name,
        kana=company.kana,
        english=company.english,
        short=company.short,
        industry=industry,
        owner=owner,
        region=region,
        city=pick(rng, CITIES[region]),
        parent=company.parent,
        channel="代理店" if industry == "商社" or chance(rng, 14) else "直販",
        employees=employees,
        revenue=employees * per_head,
        founded=span(rng, 1946, 2008),
        score=None if chance(rng, 8) else min(95, 34 + sales // 9_000_000 + span(rng, 0, 18)),
        status=status,
        sales=0 if status == "prospect" else sales,
        international=company.international,
        quirk=QUIRKS.get(account_id, ""),
    )


def _dealings(rng: Random, profile: Profile, number: int, tier: str) -> Profile:
    mix = pick(rng, MIXES[tier])
    if profile.industry == "自動車部品" and tier == "middle":
        mix = CAR_MIXES[number % len(CAR_MIXES)]
    status, quirk = profile.status, profile.quirk
    stage, target = _stages(tier, status, mix)
    serviced = status == "customer" and any(category == SERVICE for category, _ in mix)
    usual_role = pick(rng, ("vendor", "vendor", "solution_provider"))
    return replace(
        profile,
        growth=0 if quirk == "sales_down" else span(rng, -2, 9),
        mix=mix,
        orders_a_month={"large": 6.5, "middle": 2.3, "small": 1.0}[tier] + rng.random(),
        activities_a_month=_pace(tier, status),
        discount_permille=span(rng, 35, 95),
        contacts={"large": 5, "middle": 4, "small": 3}[tier] if status == "customer" else 2,
        departments={"large": 4, "middle": 3, "small": 2}[tier],
        created_on=_created(rng, status),
        contract_end=_contract_end(rng, serviced, quirk),
        stage=stage,
        target_stage=target,
        customer_role=_customer_role(rng, status),
        our_role="dealer" if profile.industry == "商社" else usual_role,
        closed_deals=_closed(tier, status),
        open_deals=_open(rng, tier, status, quirk),
    )


def _employees(rng: Random, industry: str, tier: str, status: str, sales: int) -> int:
    if status == "prospect":
        return span(rng, 9, 60) * span(rng, 10, 40)
    if industry == "商社":
        return max(25, sales * span(rng, 26, 44) // 10_000_000)
    if industry == "自動車部品" and tier == "middle":
        return span(rng, 53, 97) * 10
    return max(30, sales * span(rng, 65, 115) // 10_000_000 // 10 * 10)


def _pace(tier: str, status: str) -> float:
    if status != "customer":
        return 0.5 if status == "prospect" else 0.15
    return {"large": 2.6, "middle": 1.7, "small": 0.9}[tier]


def _stages(tier: str, status: str, mix: Mix) -> tuple[str, str]:
    if status != "customer":
        return "", "Enter"
    if any(category == SOFTWARE for category, _ in mix) and tier == "large":
        return "Enhance", "Engage"
    return ("Extend", "Enhance") if tier != "small" else ("Enter", "Extend")


def _customer_role(rng: Random, status: str) -> str:
    if status == "prospect":
        return "potential"
    return weighted(rng, (("customer", 6), ("client", 3), ("advocate", 1)))


def _created(rng: Random, status: str) -> date:
    first, last = (2023, 2025) if status == "prospect" else (2006, 2022)
    return date(span(rng, first, last), span(rng, 1, 12), span(rng, 1, 28))


def _contract_end(rng: Random, has_contract: bool, quirk: str) -> date | None:
    if quirk == "contract_ends":
        return date(2026, 12, span(rng, 5, 20))
    return date(2027, span(rng, 2, 9), 28) if has_contract else None


def _closed(tier: str, status: str) -> int:
    if status == "prospect":
        return 2
    return {"large": 12, "middle": 8, "small": 5}[tier] if status == "customer" else 4


def _open(rng: Random, tier: str, status: str, quirk: str) -> int:
    if quirk in {"overdue", "next_step_overdue", "stalled", "single_threaded"}:
        return 1
    if quirk == "silence" or status == "former":
        return 0
    if status == "prospect":
        return 1 if chance(rng, 85) else 0
    return {"large": 2, "middle": 1 + chance(rng, 25), "small": 1}[tier]
