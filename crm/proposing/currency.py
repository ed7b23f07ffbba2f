"""The currency of an export is the one whose signs or codes stand in it most often."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from crm.proposing.fitting import Fit
from crm.proposing.headings import plain
from crm.proposing.sheets import Sheet
from crm.proposing.synonyms import synonyms
from crm.settings import Language
from crm.text import is_japanese

_SIGNS = (
    ("JPY", re.compile(r"[¥￥]|\d\s*[千万億]*円|[(（][百千万億]*円|JPY")),
    ("USD", re.compile(r"(?<![A-Z])(?:US)?\$|ドル|USD")),
    ("EUR", re.compile(r"€|ユーロ|EUR")),
    ("GBP", re.compile(r"£|ポンド|GBP")),
    ("CNY", re.compile(r"人民元|\d\s*元|CNY|RMB")),
    ("KRW", re.compile(r"₩|ウォン|KRW")),
)
_CODE = re.compile(r"[A-Z]{3}")
_LOOKED_AT = 200


def currency_of(
    sheets: Iterable[Sheet], fits: Iterable[Fit], language: Language
) -> tuple[str, bool]:
    """The ISO code of the currency, and whether the export shows it; else that of the language."""
    sheets, seen = list(sheets), Counter[str]()
    known = frozenset(plain(heading) for heading in synonyms().headings.currency)
    for sheet in sheets:
        for heading in sheet.headings:
            if plain(heading) in known:
                counts = sheet.values(heading).counts
                seen.update({t: n for t, n in counts.items() if _CODE.fullmatch(t)})
        notes = (note.value for note in sheet.peeked.notes if note.code == "currency")
        seen.update(code for text in notes for code, sign in _SIGNS if sign.search(text))
    for fit in fits:
        for match in fit.matches:
            if match.column.type == "money":
                texts = (match.heading, *fit.sheet.values(match.heading).texts[:_LOOKED_AT])
                seen.update(code for text in texts for code, sign in _SIGNS if sign.search(text))
    if seen:
        return min(seen, key=lambda code: (-seen[code], code)), True
    japanese = language == "ja" or any(_is_japanese(sheet) for sheet in sheets)
    return ("JPY" if japanese else "USD"), False


def language_of(sheets: Iterable[Sheet]) -> Language:
    """The language of most headings."""
    headings = [heading for sheet in sheets for heading in sheet.headings if heading.strip()]
    japanese = sum(1 for heading in headings if not heading.isascii() and is_japanese(heading))
    return "ja" if japanese * 2 > len(headings) else "en"


def _is_japanese(sheet: Sheet) -> bool:
    cells = [cell for row in sheet.peeked.rows_sampled[:20] for cell in row if cell]
    return sum(1 for cell in cells if not cell.isascii() and is_japanese(cell)) * 5 > len(cells)
