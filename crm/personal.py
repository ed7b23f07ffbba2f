"""What is personal of a customer's people: e-mail addresses and telephones are masked by one rule.

The patterns are written so that DuckDB, PostgreSQL, Spark and Python read them alike: no group that
looks around, and no class that depends on a language. Before an @ they look back 64 letters at the
most (RFC 5321): without an end to it a long text, such as one in a log, would take minutes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from ibis.expr.types import StringValue, Value

MASK = "***"
_DASH = "[-‐‑‒–—−－ー]"
_GAP = rf"(?:{_DASH}|[ .　])"
_D, _0 = "[0-9０-９]", "[0０]"
EMAIL = r"[A-Za-z0-9._%+'-]{1,64}[@＠][A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)+"
_TELEPHONES = (
    rf"(?:[+＋]|00)[1-9]{_D}{{0,2}}{_GAP}?(?:[(]0[)])?{_GAP}?{_D}{{1,4}}(?:{_GAP}?{_D}{{2,4}}){{2,4}}",
    rf"{_0}{_D}{_DASH}{_D}{{4}}{_DASH}{_D}{{4}}",
    rf"{_0}{_D}{{2}}{_DASH}{_D}{{3,4}}{_DASH}{_D}{{4}}",
    rf"{_0}{_D}{{3}}{_DASH}{_D}{{2,3}}{_DASH}{_D}{{3,4}}",
    rf"{_0}{_D}{{4}}{_DASH}{_D}{_DASH}{_D}{{4}}",
    rf"[(（]{_0}{_D}{{1,4}}[)）]{_GAP}?{_D}{{1,4}}{_GAP}{_D}{{3,4}}",
    rf"{_0}{_D}{{1,4}}[(（]{_D}{{1,4}}[)）]{_D}{{3,4}}",
    rf"{_0}[5789５７８９]{_0}{_D}{{8}}",
    r"[(（][2-9][0-9]{2}[)）] ?[2-9][0-9]{2}[-. ][0-9]{4}",
)
PHONE = "|".join(_TELEPHONES)
"""International; 03-1234-5678; (03) 1234-5678; 03(1234)5678; a mobile without gaps; (212) 555-0100.

Ten digits in a row are as likely an order's number, and are left alone.
"""
_NAMED = frozenset(
    {"contact", "contact_name", "name", "email", "mail", "phone", "person_name", "user_name"}
)
"""What a log calls a value that is personal whatever it looks like."""


def masked(text: str) -> str:
    """The text with every e-mail address and telephone masked."""
    return re.sub(PHONE, MASK, re.sub(EMAIL, MASK, text))


def mask(text: Value) -> StringValue:
    """The same in a query."""
    assert isinstance(text, StringValue)  # noqa: S101 - free text is of no other type
    return text.re_replace(EMAIL, MASK).re_replace(PHONE, MASK)


def hide_personal(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor of structlog, to stand behind those that format exceptions.

    E-mail addresses and telephones are masked in every value, however deep; a value that is named
    as a contact's is left out whole. Names elsewhere in a text are not known to it: log ids.
    """
    for key, value in event.items():
        event[key] = MASK if key in _NAMED and value is not None else _hidden(value)
    return event


def _hidden(value: Any) -> Any:
    match value:
        case str():
            return masked(value)
        case Mapping():
            return {
                k: MASK if k in _NAMED and v is not None else _hidden(v) for k, v in value.items()
            }
        case list() | tuple() | set() | frozenset():
            return [_hidden(one) for one in value]
        case None | bool() | int() | float():
            return value
    return masked(str(value))
