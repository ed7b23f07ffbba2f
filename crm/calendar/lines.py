"""The text of a calendar file, cut into its events; nothing else of it is looked at.

Descriptions, attachments, alarms and time zone definitions never reach the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from crm.errors import InputError

_KEPT = frozenset(
    {
        "UID", "SUMMARY", "DTSTART", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS",
        "SEQUENCE", "ATTENDEE", "ORGANIZER",
    }
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z-]+")
_LONGEST = 4_000
"""Characters of a line at the most; longer ones are left out."""
_PER_EVENT = 2_000
"""Lines of an event at the most."""


def blocks(content: bytes, most: int) -> tuple[bool, list[str]]:
    """Whether the file calls all its events off, and each VEVENT as text.

    Raises InputError when the bytes are no text, or no calendar, or hold too many events.
    """
    lines = _unfolded(_text(content))
    found: list[str] = []
    event: list[str] = []
    inside: list[str] = []
    cancelled = begun = False
    for line in lines:
        name, value = _parts(line)
        if name == "BEGIN":
            inside.append(value.upper())
            begun = begun or inside == ["VCALENDAR"]
            if inside == ["VCALENDAR", "VEVENT"]:
                event = []
            if len(inside) > 20:
                raise _no_calendar()
        elif name == "END":
            if inside == ["VCALENDAR", "VEVENT"]:
                found.append("\r\n".join(["BEGIN:VEVENT", *event, "END:VEVENT", ""]))
                if len(found) > most:
                    raise InputError(
                        f"The calendar file has more than {most:,} events.",
                        "Export fewer months of the calendar.",
                    )
            if inside:
                inside.pop()
        elif inside == ["VCALENDAR"] and name == "METHOD":
            cancelled = value.strip().upper() == "CANCEL"
        elif inside == ["VCALENDAR", "VEVENT"] and name in _KEPT and len(event) < _PER_EVENT:
            event.append(line)
    if not begun:
        raise _no_calendar()
    return cancelled, found


def _no_calendar() -> InputError:
    return InputError("The file is no calendar (.ics).", "Export it from the calendar once more.")


def _text(content: bytes) -> str:
    """The bytes as text: by their mark, else UTF-8, else as Japanese Windows writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp932"]
    for encoding in encodings:
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise InputError(
        "The calendar file is in an encoding that cannot be read.", "Save it as UTF-8."
    )


def _unfolded(text: str) -> Iterator[str]:
    """The lines, those that were folded joined again; ones that are too long are left out."""
    parts: list[str] = []
    size = 0
    for line in re.split(r"\r\n|\n|\r", text):
        if line[:1] in (" ", "\t") and parts:
            size += len(line)
            if size <= _LONGEST:
                parts.append(line[1:])
            continue
        if parts and size <= _LONGEST:
            yield "".join(parts)
        parts, size = [line], len(line)
    if parts and size <= _LONGEST:
        yield "".join(parts)


def _parts(line: str) -> tuple[str, str]:
    """The name of a line's property, and what stands behind the colon of BEGIN or END."""
    found = _NAME.match(line)
    name = found[0].upper() if found else ""
    return name, line.partition(":")[2].strip()
