"""Calendar files as programs write them, and as nobody should: meetings, or one clear sentence."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given
from hypothesis import strategies as st

from crm.calendar import Calendar, Reader, read_calendar
from crm.calendar.recurrence import UnusualRuleError, occurrences
from crm.errors import InputError

TOKYO = ZoneInfo("Asia/Tokyo")
ME = Reader(TOKYO, frozenset({"takase@inaho.example"}))
FIRST, LAST = date(2026, 9, 28), date(2026, 10, 9)
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\n"
ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
    "TZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\n{rule}END:STANDARD\r\nEND:VTIMEZONE\r\n"
)


def ics(*events: str, head: str = HEAD) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"{head}{body}END:VCALENDAR\r\n".replace("\r\n", "\n").replace("\n", "\r\n").encode()


def read(content: bytes, reader: Reader = ME, first: date = FIRST, last: date = LAST) -> Calendar:
    return read_calendar(content, first, last, reader, mib=5)


def starts(*events: str, reader: Reader = ME, head: str = HEAD) -> list[str]:
    """When each occurrence begins where the reader is; of mere days the day."""
    found = read(ics(*events, head=head), reader)
    return [
        e.start.astimezone(reader.zone).strftime("%m-%d %H:%M") if e.start else f"{e.day:%m-%d}"
        for e in found.events
    ]


# ------------------------------------------------------------------ times


def test_a_time_in_a_named_zone_in_utc_and_without_a_zone() -> None:
    assert starts("UID:1\nDTSTART;TZID=Asia/Tokyo:20260930T100000") == ["09-30 10:00"]
    assert starts("UID:1\nDTSTART;TZID=America/New_York:20260929T210000") == ["09-30 10:00"]
    assert starts("UID:1\nDTSTART:20260930T010000Z") == ["09-30 10:00"]
    assert starts("UID:1\nDTSTART:20260930T100000") == ["09-30 10:00"]
    in_paris = Reader(ZoneInfo("Europe/Paris"))
    assert starts("UID:1\nDTSTART:20260930T100000", reader=in_paris) == ["09-30 10:00"]


@pytest.mark.parametrize(
    "name", ["Tokyo Standard Time", "/mozilla.org/20070129_1/Asia/Tokyo", "asia/tokyo"]
)
@pytest.mark.filterwarnings("ignore:Timezone '/mozilla")
def test_a_zone_is_known_by_what_other_programs_call_it(name: str) -> None:
    head = HEAD + ZONE.format(name=name, rule="")
    event = f"UID:1\nDTSTART;TZID={name}:20260930T100000"
    assert starts(event, head=head, reader=Reader(ZoneInfo("UTC"))) == ["09-30 01:00"]


def test_the_time_in_a_zone_that_nobody_knows_is_unknown() -> None:
    head = HEAD + ZONE.format(name="Our office", rule="")
    assert starts("UID:1\nDTSTART;TZID=Our office:20260930T100000", head=head) == ["09-30"]


def test_a_whole_day_has_no_time() -> None:
    assert starts("UID:1\nDTSTART;VALUE=DATE:20260930\nDTEND;VALUE=DATE:20261001") == ["09-30"]


def test_a_series_keeps_its_time_on_the_wall_over_a_change_of_the_clocks() -> None:
    reader = Reader(ZoneInfo("UTC"))
    content = ics("UID:1\nDTSTART;TZID=Europe/Paris:20261019T090000\nRRULE:FREQ=WEEKLY")
    found = read(content, reader, date(2026, 10, 18), date(2026, 11, 3))
    assert [e.start for e in found.events] == [
        datetime(2026, 10, 19, 7, tzinfo=UTC),
        datetime(2026, 10, 26, 8, tzinfo=UTC),
        datetime(2026, 11, 2, 8, tzinfo=UTC),
    ]


# ------------------------------------------------------------------ series


def test_a_series_without_some_of_its_days() -> None:
    assert starts(
        "UID:1\nDTSTART;TZID=Asia/Tokyo:20260105T100000\nRRULE:FREQ=DAILY;BYDAY=MO,WE,FR\n"
        "EXDATE;TZID=Asia/Tokyo:20260930T100000\nEXDATE:20261002T010000Z,20261005T010000Z\n"
        "EXDATE;VALUE=DATE:20261007"
    ) == ["09-28 10:00", "10-09 10:00"]


def test_a_series_that_ends_by_a_moment_and_days_added_to_it() -> None:
    assert starts(
        "UID:1\nDTSTART;TZID=Asia/Tokyo:20260928T100000\nRRULE:FREQ=DAILY;UNTIL=20260930T010000Z\n"
        "RDATE;TZID=Asia/Tokyo:20261008T150000"
    ) == ["09-28 10:00", "09-29 10:00", "09-30 10:00", "10-08 15:00"]


MOVED = (
    "UID:1\nDTSTART;TZID=Asia/Tokyo:20260907T100000\nRRULE:FREQ=WEEKLY\nSUMMARY:定例",
    "UID:1\nRECURRENCE-ID;TZID=Asia/Tokyo:20260928T100000\nDTSTART;TZID=Asia/Tokyo:"
    "20260929T130000\nSUMMARY:定例（移動）",
    "UID:1\nRECURRENCE-ID:20261005T010000Z\nDTSTART;TZID=Asia/Tokyo:20261005T100000\n"
    "STATUS:CANCELLED",
)


def test_occurrences_that_are_moved_and_cancelled() -> None:
    assert starts(*MOVED) == ["09-29 13:00"]
    assert [e.title for e in read(ics(*MOVED)).events] == ["定例（移動）"]


def test_an_occurrence_moved_into_these_days_from_elsewhere_is_there() -> None:
    assert starts(
        "UID:1\nDTSTART;TZID=Asia/Tokyo:20260803T100000\nRRULE:FREQ=MONTHLY;COUNT=2;BYDAY=1MO",
        "UID:1\nRECURRENCE-ID;TZID=Asia/Tokyo:20260907T100000\n"
        "DTSTART;TZID=Asia/Tokyo:20260930T160000",
    ) == ["09-30 16:00"]


def test_a_series_moved_from_a_day_on() -> None:
    assert starts(
        MOVED[0],
        "UID:1\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261005T010000Z\n"
        "DTSTART;TZID=Asia/Tokyo:20261006T140000\nSUMMARY:定例",
    ) == ["09-28 10:00", "10-06 14:00"]


def test_the_newest_version_of_an_event_counts() -> None:
    old = "UID:1\nSEQUENCE:1\nDTSTART;TZID=Asia/Tokyo:20260930T100000"
    new = "UID:1\nSEQUENCE:2\nDTSTART;TZID=Asia/Tokyo:20260930T150000"
    assert starts(new, old) == ["09-30 15:00"]


def test_what_is_cancelled_or_declined_is_left_out() -> None:
    at = "DTSTART;TZID=Asia/Tokyo:20260930T100000"
    assert starts(f"UID:1\n{at}\nSTATUS:CANCELLED") == []
    assert starts(f"UID:1\n{at}", head=HEAD + "METHOD:CANCEL\r\n") == []
    declined = "ATTENDEE;PARTSTAT=DECLINED:mailto:Takase@inaho.example"
    assert starts(f"UID:1\n{at}\n{declined}") == []
    assert starts(f"UID:1\n{at}\n{declined.replace('DECLINED', 'ACCEPTED')}") == ["09-30 10:00"]


def test_who_else_takes_part() -> None:
    [event] = read(
        ics(
            "UID:1\nDTSTART:20260930T010000Z\nSUMMARY:打合せ\\n二行目\n"
            "ORGANIZER;CN=x:mailto:takase@inaho.example\nATTENDEE:MAILTO:Fukushima@toto.example\n"
            'ATTENDEE;CN="a;b:c":mailto:kamiya@toto.example\nATTENDEE:urn:uuid:1'
        )
    ).events
    assert event.addresses == ("fukushima@toto.example", "kamiya@toto.example")
    assert event.title == "打合せ 二行目"


# ------------------------------------------------------------------ rules


FREQUENCIES = st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
DAYS = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), max_size=3)
PARTS = st.fixed_dictionaries(
    {
        "INTERVAL": st.integers(1, 5),
        "BYDAY": DAYS,
        "BYMONTH": st.lists(st.integers(1, 12), max_size=3),
        "COUNT": st.none() | st.integers(1, 400),
        "UNTIL": st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)),
        "WKST": st.sampled_from(["MO", "SU"]),
    }
)


@given(
    FREQUENCIES,
    PARTS,
    st.datetimes(datetime(1996, 1, 1), datetime(2026, 12, 31)),
    st.dates(date(2025, 1, 1), date(2027, 12, 1)),
)
def test_a_rule_gives_the_days_that_it_gives_when_asked_from_its_beginning(
    frequency: str, parts: dict[str, Any], start: datetime, first: date
) -> None:
    start = start.replace(second=0, microsecond=0)
    said = {"FREQ": frequency}
    for name, value in parts.items():
        if isinstance(value, list):
            value = ",".join(map(str, dict.fromkeys(value)))
        elif isinstance(value, date):
            value = f"{value:%Y%m%d}T235959"
        if value not in (None, ""):
            said[name] = str(value)
    if "COUNT" in said:
        said.pop("UNTIL", None)
    rule = ";".join(f"{name}={value}" for name, value in said.items())
    last = first + timedelta(days=14)
    found = list(occurrences(rule, start, lambda u: u, first, last))  # type: ignore[arg-type, return-value]
    expected = rrule.rrulestr(rule, dtstart=start)
    begin = datetime.combine(first, datetime.min.time())
    until = datetime.combine(last, datetime.max.time())
    wanted = []
    for one in expected:
        if one > until:
            break
        if one >= begin:
            wanted.append(one)
    assert found == wanted


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=HOURLY",
        "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=99999", "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))), "FREQ=DAILY;BYSECOND=1", "nonsense",
        "FREQ=YEARLY;BYWEEKNO=1", "FREQ=YEARLY;BYEASTER=1", "FREQ=DAILY;FREQ=DAILY", "",
        "FREQ=DAILY;BYMONTHDAY=" + ",".join(["1"] * 1000),
    ],
)  # fmt: skip
def test_a_rule_by_which_no_meeting_is_repeated_is_refused(rule: str) -> None:
    with pytest.raises(UnusualRuleError):
        list(occurrences(rule, datetime(2026, 1, 1), lambda u: u, FIRST, LAST))  # type: ignore[arg-type, return-value]


# ------------------------------------------------------------------ files nobody should write


NEVER = [
    f"FREQ={frequency};BYMONTH=2;BYMONTHDAY=30" for frequency in ("DAILY", "WEEKLY", "MONTHLY")
]


@pytest.mark.parametrize("rule", NEVER)
def test_a_rule_that_never_fits_comes_to_an_end(rule: str) -> None:
    begun = time.process_time()
    assert starts(f"UID:1\nDTSTART:20260930T010000Z\nRRULE:{rule}") == ["09-30 10:00"]
    assert time.process_time() - begun < 2


def test_many_rules_that_never_fit_end_in_a_sentence() -> None:
    content = ics(*(f"UID:{n}\nDTSTART:20200101T010000Z\nRRULE:{NEVER[0]}" for n in range(1000)))
    with pytest.raises(InputError, match="takes too long"):
        read(content)


def test_a_rule_in_a_time_zone_is_never_run() -> None:
    rule = "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\r\n"
    head = HEAD + ZONE.format(name="Bomb", rule=rule)
    assert starts("UID:1\nDTSTART;TZID=Bomb:20260930T100000", head=head) == ["09-30"]


def test_events_that_cannot_be_understood_are_counted_and_the_others_read() -> None:
    found = read(
        ics(
            "UID:1\nDTSTART:99999999T999999",
            "UID:2",
            "UID:3\nDTSTART:20260930T010000Z\nRRULE:FREQ=SECONDLY",
            "UID:4\nDTSTART:20260930T010000Z\nRRULE:garbage",
            "UID:5\nDTSTART:00010101T000000Z\nRRULE:FREQ=DAILY",
            "UID:6\nDTSTART:20260930T010000Z\nEXDATE:nonsense",
            "UID:7\nDTSTART:20260930T010000Z\nRECURRENCE-ID:nonsense",
            "UID:8\nDTSTART;TZID=../../etc/passwd:20260930T100000",
            "UID:9\nDTSTART:20260930T010000Z\nSEQUENCE:x\nATTENDEE:\nSUMMARY:" + "あ" * 100_000,
        )
    )
    assert [(e.uid, e.start is None) for e in found.events] == [("8", True), ("9", False)]
    assert found.unread == 7


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no calendar"),
        (b"\x00" * 1000, "no calendar"),
        (b"<html>", "no calendar"),
        (b"BEGIN:VEVENT\nDTSTART:20260930T010000Z\nEND:VEVENT\n", "no calendar"),
        (b"\xff\xfe\x00\xd8\x00", "encoding"),
        (b"BEGIN:VCALENDAR\n\x81\x00\xff\xfd", "encoding"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MiB"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 100_000, "no calendar"),
        (
            b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 20_001 + b"END:VCALENDAR\n",
            "more than 20,000",
        ),
    ],
    ids=range(9),
)
def test_a_file_that_is_no_calendar_ends_in_a_sentence(content: bytes, said: str) -> None:
    begun = time.process_time()
    with pytest.raises(InputError, match=said):
        read(content)
    assert time.process_time() - begun < 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
def test_text_in_the_encodings_that_programs_use(encoding: str) -> None:
    text = ics("UID:1\nDTSTART:20260930T010000Z\nSUMMARY:東都電機㈱ 定例").decode()
    assert [e.title for e in read(text.encode(encoding)).events] == ["東都電機㈱ 定例"]


def test_lines_that_are_folded_anywhere_are_joined() -> None:
    whole = ics("UID:1\nDTSTART;TZID=Asia/Tokyo:20260930T100000\nSUMMARY:東都電機との定例").decode()
    folded = "\r\n ".join(whole[n : n + 7] for n in range(0, 60, 7)) + whole[63:]
    assert "\r\n " in folded
    folded = whole.replace("SUMMARY:東都", "SUMMA\r\n RY:東\r\n\t都")
    assert [e.title for e in read(folded.encode()).events] == ["東都電機との定例"]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")))
def test_whatever_stands_in_an_event_nothing_but_a_sentence_comes_of_it(noise: bytes) -> None:
    content = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260930T010000Z\n%b\nEND:VEVENT\n"
    with contextlib.suppress(InputError):
        read(content % noise)


VALUES = st.text("0123456789TZ;=,:-+/ABDY", max_size=30)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["DTSTART", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE",
                             "ATTENDEE", "STATUS", "UID"]),
            st.sampled_from(["", ";VALUE=DATE", ";TZID=Asia/Tokyo", ";TZID=X", ";VALUE=PERIOD"]),
            VALUES,
        ),
        max_size=6,
    )
)  # fmt: skip
def test_properties_with_any_value_are_read_or_counted(
    properties: list[tuple[str, str, str]],
) -> None:
    lines = "\n".join(f"{name}{parameter}:{value}" for name, parameter, value in properties)
    other = "UID:other\nDTSTART:20260930T010000Z"
    found = read(ics(f"UID:1\n{lines}", other))
    assert "other" in {e.uid for e in found.events}
