"""Each occurrence comes once, at its time where the person is, and never in the night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.notices.preferences import Preference, Weekly
from assistant.notices.schedule import Meeting, due

ZONES = (
    "Asia/Tokyo", "UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe",
    "Pacific/Chatham", "America/St_Johns", "Antarctica/Troll", "America/Havana", "Asia/Beirut",
    "America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Cairo",
)  # fmt: skip
CLOCKS = (  # days on which the clocks change somewhere, and ordinary ones
    date(2026, 3, 6), date(2026, 3, 27), date(2026, 4, 3), date(2026, 4, 23), date(2026, 9, 4),
    date(2026, 9, 25), date(2026, 10, 2), date(2026, 10, 23), date(2026, 10, 30), date(2026, 6, 1),
)  # fmt: skip
DAYS = 8
MINUTE = timedelta(minutes=1)
TIMES = st.times(time(0, 0), time(23, 58)).map(lambda t: t.replace(second=0, microsecond=0))


def chosen(
    zone: str = "Asia/Tokyo",
    *,
    digest: Weekly | None = None,
    reminders: time | None = None,
    minutes: int | None = None,
    quiet: frozenset[int] = frozenset(),
    awake: tuple[time, time] = (time(7), time(20)),
) -> Preference:
    return Preference(
        "ja", ZoneInfo(zone), digest, reminders, minutes, quiet, time(8, 30), awake, {}
    )


@st.composite
def preferences(draw: st.DrawFn) -> Preference:
    start, at, end = sorted([draw(TIMES), draw(TIMES), draw(TIMES)])
    end = (datetime.combine(date.min, end) + MINUTE).time()
    return chosen(
        draw(st.sampled_from(ZONES)),
        digest=Weekly(draw(st.integers(0, 6)), at),
        reminders=at,
        quiet=frozenset(draw(st.sets(st.integers(0, 6), max_size=3))),
        awake=(start, end),
    )


def openings(one: Preference, minutes: list[datetime]) -> dict[date, set[int]]:
    """The minutes at which what is meant for each local day may come, found minute by minute."""
    at, (start, end) = one.reminders, one.awake
    assert at is not None
    found: dict[date, set[int]] = {}
    passed: dict[date, int] = {}
    over: set[date] = set()
    before: datetime | None = None
    for number, moment in enumerate(minutes):
        local = moment.astimezone(one.zone)
        day, clock = local.date(), local.time()
        if clock >= at and day not in passed:
            skipped = 0
            if before is not None and before.date() == day and clock > at:
                skipped = minutes_of(at) - minutes_of((before + MINUTE).time())
            passed[day] = number + max(skipped, 0)
        if clock >= end:
            over.add(day)
        begun = day in passed and passed[day] <= number and day not in over
        if begun and start <= clock < end and day.weekday() not in one.quiet_days:
            found.setdefault(day, set()).add(number)
        before = local.replace(tzinfo=None)
    return found


def minutes_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


@settings(max_examples=60)
@given(
    preferences(),
    st.sampled_from(CLOCKS),
    st.lists(st.sampled_from([1, 1, 5, 30, 45, 240, 900, 2000]), min_size=1, max_size=9),
)
def test_each_occurrence_comes_once_however_the_looks_fall(
    one: Preference, begin: date, gaps: list[int]
) -> None:
    start = datetime.combine(begin, time(), UTC) - timedelta(days=1)
    minutes = [start + n * MINUTE for n in range(DAYS * 1440)]
    looks, at = [], 0
    while at < len(minutes):
        looks.append(at)
        at += gaps[len(looks) % len(gaps)]
    sent: dict[tuple[str, str], int] = {}
    for look in looks:
        for slot in due(one, minutes[look], ()):
            assert minutes[look] < slot.until
            sent.setdefault((slot.kind, slot.key), look)
    expected: dict[tuple[str, str], int] = {}
    first = minutes[0].astimezone(one.zone).date()
    for day, opened in openings(one, minutes).items():
        hit = [look for look in looks if look in opened]
        if hit and day != first:
            expected["reminders", day.isoformat()] = hit[0]
            assert one.digest is not None
            if day.weekday() == one.digest.weekday:
                expected["digest", day.isoformat()] = hit[0]
    sent = {key: look for key, look in sent.items() if key[1] != first.isoformat()}
    assert sent == expected


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), "07:30"),  # 02:30 does not exist: 03:30
        ("America/New_York", date(2026, 11, 1), "07:30"),
        ("Europe/Paris", date(2026, 10, 25), "00:30"),  # 02:30 exists twice: the first
    ],
)
def test_a_time_that_does_not_exist_or_exists_twice_comes_once(
    zone: str, day: date, expected: str
) -> None:
    one = chosen(zone, reminders=time(2, 30), awake=(time(0), time(23)))
    start = datetime.combine(day, time(), one.zone).astimezone(UTC)
    looks = [start + n * MINUTE for n in range(1500)]
    first = next(look for look in looks if due(one, look, ()))
    assert f"{first:%H:%M}" == expected
    assert {slot.key for look in looks for slot in due(one, look, ())} == {day.isoformat()}


def at_tokyo(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=ZoneInfo("Asia/Tokyo"))


def when(one: Preference, meeting: Meeting) -> list[datetime]:
    """The minutes at which a briefing may come."""
    start = at_tokyo(5, 0)
    looks = [start + n * MINUTE for n in range(3 * 1440)]
    return [look for look in looks if due(one, look, [meeting])]


def test_a_briefing_comes_ahead_of_its_meeting_and_not_once_it_has_begun() -> None:
    meeting = Meeting("A001", date(2026, 10, 6), at_tokyo(6, 10), "定例")
    found = when(chosen(minutes=30), meeting)
    assert (found[0], found[-1]) == (at_tokyo(6, 9, 30), at_tokyo(6, 9, 59))


def test_a_briefing_for_a_meeting_at_night_comes_the_evening_before() -> None:
    for start in (at_tokyo(6, 6, 30), at_tokyo(5, 21)):
        meeting = Meeting("A001", start.date(), start, "")
        found = when(chosen(minutes=30), meeting)
        assert (found[0], found[-1]) == (at_tokyo(5, 19), at_tokyo(5, 19, 59))


def test_a_briefing_for_an_early_meeting_comes_when_the_night_ends() -> None:
    meeting = Meeting("A001", date(2026, 10, 6), at_tokyo(6, 7, 15), "")
    found = when(chosen(minutes=30), meeting)
    assert (found[0], found[-1]) == (at_tokyo(6, 7), at_tokyo(6, 7, 14))


def test_a_meeting_without_a_time_is_briefed_in_the_morning() -> None:
    meeting = Meeting("A001", date(2026, 10, 6), None, "")
    found = when(chosen(minutes=30), meeting)
    assert (found[0], found[-1]) == (at_tokyo(6, 8, 30), at_tokyo(6, 11, 59))


def test_two_meetings_of_a_day_with_an_account_need_one_briefing() -> None:
    day = date(2026, 10, 6)
    meetings = [Meeting("A001", day, at_tokyo(6, 10, minute), "") for minute in (0, 15)]
    [slot] = due(chosen(minutes=30), at_tokyo(6, 9, 50), meetings)
    assert slot.key == "A001:2026-10-06"


@settings(max_examples=60)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 5)),
    st.integers(5, 240),
)
def test_whenever_a_meeting_is_its_briefing_can_come_before_it_and_never_at_night(
    zone: str, start: datetime, minutes: int
) -> None:
    one = chosen(zone, minutes=minutes)
    begins = start.replace(second=0, microsecond=0, tzinfo=UTC)
    meeting = Meeting("A001", begins.astimezone(one.zone).date(), begins, "")
    looks = [begins - timedelta(hours=26) + n * MINUTE for n in range(28 * 60)]
    found = [look for look in looks if due(one, look, [meeting])]
    assert found
    assert found[-1] < begins
    assert all(time(7) <= look.astimezone(one.zone).time() < time(20) for look in found)


def test_nothing_comes_on_a_quiet_day() -> None:
    one = chosen(reminders=time(9), minutes=30, quiet=frozenset({1}))
    assert when(one, Meeting("A001", date(2026, 10, 6), at_tokyo(6, 10), "")) == [
        look for look in when(one, Meeting("A001", date(2026, 10, 6), at_tokyo(6, 10), ""))
        if look.day != 6
    ]  # fmt: skip
    assert due(one, at_tokyo(6, 9, 45), [Meeting("A001", date(2026, 10, 6), None, "")]) == []
    assert due(one, at_tokyo(7, 9, 45), ()) != []
