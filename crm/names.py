"""Names are compared by a match key; a key finds candidates, it never merges or decides."""

from __future__ import annotations

import re
import unicodedata

import jaconv

_JA_FORMS = (
    "株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|公益財団法人|医療法人|学校法人"
)
_FORMS = re.compile(
    rf"{_JA_FORMS}|\((?:株|有|同|資|名)\)|"
    r"(?<![a-z])(?:co\.?,?\s*ltd|ltd|limited|inc|incorporated|corp|corporation|company|co|"
    r"llc|plc|gmbh|ag|sa|k\.?k|kabushiki\s+kaisha)(?![a-z])\.?",
    re.IGNORECASE,
)
_NOISE = re.compile(r"[\s\-_・.,'’\"()\[\]&/]+")


def normal(text: str) -> str:
    """NFKC, one case, hiragana as katakana: the form in which texts are compared."""
    return jaconv.hira2kata(unicodedata.normalize("NFKC", text).casefold())


def match_key(text: str) -> str:
    """The name without legal form, spaces and punctuation, in normal form.

    "株式会社 東都電機" and "㈱東都電機" have one key. A name that is nothing but a form keeps it.
    """
    plain = normal(text)
    without = _NOISE.sub("", _FORMS.sub("", plain))
    return without or _NOISE.sub("", plain)
