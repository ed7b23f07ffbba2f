"""What is kept of a calendar is read like the calendar itself, and holds nothing else of it."""

from __future__ import annotations

import pytest

from crm.calendar import essence, read_calendar
from crm.errors import InputError
from tests.crm.test_calendar import FIRST, HEAD, LAST, ME, ZONE, ics

WITH_ALL = (
    "UID:1\nDTSTART;TZID=Asia/Tokyo:20260930T100000\nRRULE:FREQ=DAILY;COUNT=5\n"
    "EXDATE;TZID=Asia/Tokyo:20261001T100000\nSUMMARY:東都電機 定\n 例\n"
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@toto-denki.example\n"
    "DESCRIPTION:社外秘の話\nBEGIN:VALARM\nTRIGGER:-PT15M\nDESCRIPTION:鳴る\nEND:VALARM"
)
CHANGED = "UID:1\nRECURRENCE-ID:20261002T010000Z\nDTSTART:20261002T060000Z\nSUMMARY:時間変更"


@pytest.mark.parametrize(
    "content",
    [
        ics(WITH_ALL, CHANGED, head=HEAD + ZONE.format(name="Asia/Tokyo", rule="")),
        ics(WITH_ALL, head=HEAD + "METHOD:CANCEL\r\n"),
        ics(WITH_ALL).decode().encode("cp932"),
        b"\xef\xbb\xbf" + ics(WITH_ALL).replace(b"\r\n", b"\n"),
        ics("UID:2\nSUMMARY:no day"),
        ics(),
    ],
)
def test_it_is_read_alike_and_stays_what_it_is(content: bytes) -> None:
    kept = essence(content)
    before = read_calendar(content, FIRST, LAST, ME, 5)
    assert read_calendar(kept.encode(), FIRST, LAST, ME, 5) == before
    assert essence(kept.encode()) == kept


def test_descriptions_alarms_and_zones_are_left_out() -> None:
    kept = essence(ics(WITH_ALL, head=HEAD + ZONE.format(name="Our office", rule="")))
    assert "東都電機 定例" in kept
    assert not [word for word in ("社外秘", "鳴る", "VTIMEZONE", "PRODID") if word in kept]


def test_what_is_no_calendar_is_refused() -> None:
    with pytest.raises(InputError, match="no calendar"):
        essence(b"<html>")
