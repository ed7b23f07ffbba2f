"""Japanese is drawn with a font that is installed with the product; without one it is said."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import vl_convert

from crm.errors import TagayasuError

BUNDLED = ("noto_cjk_sans_jp_regular", "noto_cjk_sans_jp_bold")
"""Packages that hold nothing but one file of Noto Sans CJK JP (SIL Open Font License)."""

_SYSTEM = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"),
           Path("/System/Library/Fonts"), Path("C:/Windows/Fonts"))  # fmt: skip
_JAPANESE = ("*CJK*", "*NotoSansJP*", "*Hiragino*", "*ヒラギノ*", "*YuGoth*", "*meiryo*", "*ipag*",
             "*IPAGothic*", "*TakaoGothic*", "*BIZ-UD*")  # fmt: skip


class MissingFontError(TagayasuError):
    """No font of this machine has Japanese letters."""


@cache
def ready() -> None:
    """Make the fonts known to the renderer, once.

    Raises MissingFontError where none has Japanese letters.
    """
    found = list(bundled())
    for folder in found:
        vl_convert.register_font_directory(str(folder))
    if not found and not _of_the_system():
        raise MissingFontError(
            "No font with Japanese letters was found, so charts cannot be drawn.",
            f"Install the packages {' and '.join(p.replace('_', '-') for p in BUNDLED)}, or the "
            "system's Noto Sans CJK (fonts-noto-cjk on Debian).",
        )


def bundled() -> Iterator[Path]:
    """The folders of the installed font packages."""
    for package in BUNDLED:
        if find_spec(package) is not None:
            yield Path(str(resources.files(package)))


def _of_the_system() -> bool:
    return any(
        next(folder.rglob(pattern), None) is not None
        for folder in _SYSTEM
        if folder.is_dir()
        for pattern in _JAPANESE
    )
