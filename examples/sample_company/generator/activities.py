"""Most customers are in regular contact; story accounts go quiet on purpose."""

from datetime import date, timedelta
from random import Random

from .draw import chance, pick, shuffled, span, stream, weighted
from .model import SERVICE, Activity, Contact, Deal, Profile, World
from .people import MANAGER_OF
from .periods import AS_OF, MONTHS, START, days_ago, working_day, working_days
from .story_activities import QUIET_AFTER, hears_nothing, may_meet, story_activities
from .tables import Row, row
from .texts import ENGLISH, ENGLISH_TOPICS, PLACES, TEXTS, TIMES, TOPICS

_KINDS = (
    ("visit", 26),
    ("call", 24),
    ("mail", 28),
    ("online_meeting", 14),
    ("event", 3),
    ("introduction", 2),
    ("hq_proposal", 2),
    ("dm", 2),
)
_DEAL_KINDS = (("visit", 30), ("call", 18), ("mail", 28), ("online_meeting", 24))
_VISITING = (("visit", 78), ("call", 14), ("mail", 8))
_MINUTES = {
    "visit": (50, 100),
    "call": (5, 20),
    "mail": (5, 15),
    "online_meeting": (30, 60),
    "executive_meeting": (60, 90),
    "hq_proposal": (60, 120),
    "store_proposal": (40, 80),
    "storefront_check": (30, 60),
    "event": (20, 60),
    "introduction": (20, 40),
    "dm": (5, 5),
}
_TWO_WAY = {"call", "mail", "online_meeting"}


def activities(world: World) -> tuple[Activity, ...]:
    """Everything that happened, oldest first."""
    deals_of: dict[str, list[Deal]] = {}
    for deal in world.deals:
        deals_of.setdefault(deal.account_id, []).append(deal)
    found = list(story_activities(world))
    for profile in world.profiles:
        people = world.contacts[profile.id]
        found += _account_activities(profile, people)
        for deal in deals_of.get(profile.id, ()):
            if not deal.told:
                found += _deal_activities(profile, people, deal)
    found.sort(
        key=lambda item: (
            item.day,
            item.account_id,
            item.deal_id,
            item.kind,
            item.subject,
            item.contact_id,
        )
    )
    return tuple(found)


def _account_activities(profile: Profile, people: tuple[Contact, ...]) -> list[Activity]:
    rng = stream("activities", profile.id)
    turn = span(rng, 0, 9)
    result = []
    for position, day in enumerate(_days(rng, profile)):
        contact = _contact(profile, people, day, turn + position)
        if contact:
            result.append(_activity(rng, profile, contact, day, _kind(rng, profile)))
    return result


def _days(rng: Random, profile: Profile) -> list[date]:
    days: list[date] = []
    for index, month in enumerate(MONTHS):
        if profile.status == "former" and index > 20:
            break
        count = int(profile.activities_a_month + rng.random())
        days += shuffled(rng, working_days(month))[:count]
    if profile.status == "customer" and profile.id != "A012":
        days += [working_day(days_ago(span(rng, low, low + 12))) for low in (3, 28, 52, 70)]
    return sorted(day for day in days if day <= _last_day(profile))


def _last_day(profile: Profile) -> date:
    return days_ago(108) if profile.quirk == "silence" else QUIET_AFTER.get(profile.id, AS_OF)


def _contact(profile: Profile, people: tuple[Contact, ...], day: date, turn: int) -> Contact | None:
    one_only = profile.quirk == "single_threaded" and day >= days_ago(97)
    present = [
        person
        for person in (people[1:2] if one_only else people)
        if (person.left_on is None or day < person.left_on) and may_meet(profile.id, person, day)
    ]
    return present[turn % len(present)] if present else None


def _kind(rng: Random, profile: Profile) -> str:
    if profile.id == "A013":
        return weighted(rng, _VISITING)
    if profile.channel == "代理店" and chance(rng, 9):
        return pick(rng, ("store_proposal", "storefront_check"))
    return weighted(rng, _KINDS)


def _deal_activities(profile: Profile, people: tuple[Contact, ...], deal: Deal) -> list[Activity]:
    rng = stream("deal activities", deal.account_id, deal.name, deal.created.isoformat())
    turn = span(rng, 0, 9)
    result = []
    for position, (day, inbound) in enumerate(_deal_days(rng, deal)):
        contact = _contact(profile, people, day, turn + position)
        if contact is None or day > _last_day(profile):
            continue
        kind = pick(rng, ("mail", "call")) if inbound else weighted(rng, _DEAL_KINDS)
        result.append(_activity(rng, profile, contact, day, kind, deal, inbound))
    return result


def _deal_days(rng: Random, deal: Deal) -> list[tuple[date, bool]]:
    """The days of a deal's activities; an open deal has heard from the customer lately."""
    end = deal.closed or days_ago(30)
    length = (end - deal.created).days
    count = max(0, min(3, length // 30 + chance(rng, 50)))
    days = [
        (working_day(deal.created + timedelta(span(rng, 0, length))), False)
        for _ in range(count if length > 0 else 0)
    ]
    if deal.status == "open":
        youngest = max(1, min(12, (AS_OF - deal.created).days))
        last = span(rng, 15, 24) if chance(rng, 12) else span(rng, 1, youngest)
        days += [(working_day(days_ago(last)), True)]
        days += [(working_day(days_ago(last + span(rng, 2, 14))), chance(rng, 50))]
    return sorted((day, inbound) for day, inbound in days if day >= START)


def _activity(
    rng: Random,
    profile: Profile,
    contact: Contact,
    day: date,
    kind: str,
    deal: Deal | None = None,
    inbound: bool = False,
) -> Activity:
    if kind == "visit" and contact.level == "executive" and chance(rng, 22) and deal is None:
        kind = "executive_meeting"
    silent = hears_nothing(profile.id, day)
    kind = "mail" if silent and kind == "introduction" else kind
    direction = "in" if inbound or (kind in _TWO_WAY and chance(rng, 46)) else "out"
    direction = "in" if kind == "introduction" else "out" if silent else direction
    low, high = _MINUTES[kind]
    minutes = span(rng, low // 5, high // 5) * 5
    if profile.id == "A013" and kind == "visit":
        minutes += 60
    subject, body = _text(rng, profile, contact, kind, direction)
    return Activity(
        account_id=profile.id,
        contact_id=contact.id,
        deal_id=deal.id if deal else "",
        person_id=_person(rng, profile, kind),
        kind=kind,
        day=day,
        minutes=minutes,
        direction=direction,
        subject=subject,
        body=body,
    )


def _person(rng: Random, profile: Profile, kind: str) -> str:
    if kind == "executive_meeting":
        return "U01" if profile.sales >= 300_000_000 else MANAGER_OF[profile.owner]
    if kind in {"event", "dm"}:
        return "U16"
    if kind == "visit" and any(category == SERVICE for category, _ in profile.mix):
        return "U15" if chance(rng, 14) else profile.owner
    if kind in {"hq_proposal", "visit"} and chance(rng, 7):
        return MANAGER_OF[profile.owner]
    return profile.owner


def _text(
    rng: Random, profile: Profile, contact: Contact, kind: str, direction: str
) -> tuple[str, str]:
    if profile.international and kind in ENGLISH and chance(rng, 70):
        subject, body = pick(rng, ENGLISH[kind])
        topic = pick(rng, ENGLISH_TOPICS)
        name = contact.row["name"] if contact.row["name"].isascii() else _romanised(contact)
        return subject.format(t=topic), body.format(t=topic, n=name)
    subject, body = pick(rng, TEXTS[kind, direction])
    place, topic, time = pick(rng, PLACES), pick(rng, TOPICS), pick(rng, TIMES)
    return (
        subject.format(l=place, t=topic, w=time, n=contact.family),
        body.format(l=place, t=topic, w=time, n=contact.family),
    )


def _romanised(contact: Contact) -> str:
    return contact.row["email"].split("@")[0].capitalize() + "-san"


def activity_rows(items: tuple[Activity, ...]) -> list[Row]:
    """The activities table."""
    return [
        row(
            "activities",
            activity_id=f"V{number:05d}",
            account_id=item.account_id,
            contact_id=item.contact_id,
            opportunity_id=item.deal_id,
            person_id=item.person_id,
            kind=item.kind,
            occurred_on=item.day,
            minutes=item.minutes,
            direction=item.direction,
            subject=item.subject,
            body=item.body,
        )
        for number, item in enumerate(items, start=1)
    ]
