"""Whatever is noticed or handed back has its words in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from crm.readers import Note
from crm.readers.loaded import Unread
from crm.readers.words import NOTES, said
from crm.rejects import reasons
from crm.settings import Language
from tests.companies import ROOT


def test_every_reason_has_its_words() -> None:
    for code in get_args(Unread):
        for words in reasons()[code].values():
            assert all(words)


def test_every_note_that_is_made_has_its_words() -> None:
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in Path(ROOT / "crm" / "readers").glob("*.py")
        if file.name != "words.py"
    )
    made = set(re.findall(r'(?:Note\(|\.note\()"(\w+)"', source)) | {"title", "unit"}
    assert made == set(NOTES)


@pytest.mark.parametrize("code", NOTES)
@pytest.mark.parametrize("language", get_args(Language))
def test_a_note_is_one_sentence_that_names_its_file(code: str, language: Language) -> None:
    text = said(Note(code, "顧客.xlsx", "<place>", "<value>"), language)
    assert text.startswith("顧客.xlsx: ")
    assert "<place>" in text
    assert "{" not in text
