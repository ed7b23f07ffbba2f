"""Options that several commands share, and how they are read."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from crm.errors import InputError

if TYPE_CHECKING:
    from crm.settings import Language

AsOf = Annotated[
    str | None, typer.Option("--as-of", help="The day the answer speaks of, e.g. 2026-09-30.")
]
User = Annotated[
    str | None, typer.Option("--user", help="Answer as this person (e-mail) may see it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help="ja or en; else as asked, or as in the settings.")
]


def day_of(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"`{text}` is not a day.", "Write it as 2026-09-30.") from None


def language_of(text: str | None) -> Language | None:
    known: dict[str, Language] = {"ja": "ja", "en": "en"}
    if text is not None and text not in known:
        raise InputError(f"`{text}` is not a language.", "Use ja or en.")
    return known[text] if text is not None else None
