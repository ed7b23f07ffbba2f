"""Names are compared by a match key; a key finds candidates, it never merges or decides."""

from __future__ import annotations

import re
import unicodedata

import jaconv

from crm.companies.forms import in_text

_NOISE = re.compile(r"[\s\-_・.,'’\"()\[\]&/]+")


def normal(text: str) -> str:
    """NFKC, one case, hiragana as katakana: the form in which texts are compared."""
    return jaconv.hira2kata(unicodedata.normalize("NFKC", text).casefold())


def match_key(text: str) -> str:
    """What somebody calls a thing, without legal forms, spaces and punctuation, in normal form.

    "株式会社 東都電機" and "㈱東都電機" have one key, also within a sentence. A name that is only
    a form keeps it. The key of a company's name on record is `crm.companies.key.match_key`.
    """
    plain = normal(text)
    without = _NOISE.sub("", in_text().sub("", plain))
    return without or _NOISE.sub("", plain)
