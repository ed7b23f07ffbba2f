"""A value in full-width letters reads as in half-width ones; nothing else about it changes."""

from __future__ import annotations

import re

import jaconv

AROUND = " \t\r\n\u3000\u00a0"
_WIDE = re.compile("[\u3000\uff01-\uff5e\uffe5\u2212]")
_SIGNS = str.maketrans({"\uffe5": "\u00a5", "\u2212": "-"})


def half_width(text: str) -> str:
    """The trimmed text with ASCII, the blank, ￥ and − in half width.

    The backslash ＼ stays: a half-width one is a yen sign in CP932, and this is none. Not NFKC,
    which would make numbers of signs that are none: ² ① ½ ㌔ stay what they are.
    """
    text = text.strip(AROUND)
    if text.isascii() or not _WIDE.search(text):
        return text
    narrow = jaconv.z2h(text, ignore="＼", kana=False, ascii=True, digit=True)
    return str(narrow).translate(_SIGNS)
