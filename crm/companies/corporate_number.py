"""A Japanese corporate number (法人番号) counts only with its right check digit."""

from __future__ import annotations

import re

_PLAIN = str.maketrans("０１２３４５６７８９", "0123456789", " \u3000-‐‑–−－")
_DIGITS = re.compile("[0-9]{13}")


def corporate_number(text: str | None) -> str | None:
    """The thirteen digits that a text is, blanks and hyphens aside, or None where it is no number.

    The first digit is 9 - (sum of p * q) mod 9 over the other twelve from the right, q being 1 and
    2 by turns. Source: 法人番号の指定等に関する省令 (財務省令第70号, 2014), article 2.
    """
    digits = (text or "").translate(_PLAIN)
    if not _DIGITS.fullmatch(digits):
        return None
    total = sum(int(p) * (1 + n % 2) for n, p in enumerate(reversed(digits[1:])))
    return digits if int(digits[0]) == 9 - total % 9 else None
