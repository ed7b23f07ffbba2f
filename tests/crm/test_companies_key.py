"""A company has one key however its name is written, and no two companies share one."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.companies.key import loose_key, match_key
from tests.companies import ROOT

NAMES = (Path(__file__).parent / "company_names.txt").read_text(encoding="utf-8").splitlines()
FORMS = yaml.safe_load((ROOT / "crm/companies/legal_forms.yaml").read_text(encoding="utf-8"))
JAPANESE = [*FORMS["japanese"], *FORMS["short"], "㈱", "㍿", "㈲", "（株）", "㊑", "㈳", "㈶", "㈻"]
LATIN = [
    "Inc.", "Inc", "Incorporated", "Co.", "Co", "Company", "Ltd.", "Ltd", "Limited", "Corp.",
    "Corporation", "LLC", "L.L.C.", "LLP", "PLC", "GmbH", "AG", "KG", "S.A.", "SA", "S.A.S.",
    "SAS", "SARL", "S.p.A.", "S.r.l.", "B.V.", "N.V.", "Oy", "AB", "A/S", "ApS", "Pty", "Pte",
    "Sdn Bhd", "Sdn. Bhd.", "K.K.", "KK", "G.K.", "Co., Ltd.", "CO.,LTD", "Co.Ltd", "Pty Ltd",
    "Pte. Ltd.", "Company Limited", "& Co.", "GmbH & Co. KG", "GmbH&Co.KG", "Kabushiki Kaisha",
]  # fmt: skip
CORES = st.sampled_from(
    [
        "東都電機",
        "みどり",
        "アオバデリカ",
        "北の杜",
        "Acme",
        "Rookwell & Daughters",
        "3M",
        "Kestrelmoor",
    ]
)


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(CORES, st.sampled_from(JAPANESE), st.sampled_from(["", " ", "　", "・"]), st.booleans())
def test_a_japanese_form_changes_no_key_in_front_or_behind_in_either_width(
    core: str, form: str, between: str, wide: bool
) -> None:
    key = match_key(core)
    for written in (form + between + core, core + between + form):
        assert match_key(full_width(written) if wide else written) == key


@given(CORES, st.lists(st.sampled_from(LATIN), min_size=1, max_size=3), st.booleans())
def test_latin_forms_behind_a_name_change_no_key_however_many_there_are(
    core: str, forms: list[str], wide: bool
) -> None:
    written = " ".join([core, *forms])
    for case in (written, written.upper(), written.lower()):
        assert match_key(full_width(case) if wide else case) == match_key(core)


@given(CORES, st.sampled_from(["カ)", "ｶ)", "カ）", "(カ)", "ユ)", "ﾕ)", "K.K. ", "A/S "]))
def test_a_form_as_banks_and_registers_write_it_changes_no_key(core: str, form: str) -> None:
    assert match_key(form + core) == match_key(core)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("とうとでんき", "トウトデンキ"), ("ﾄｳﾄﾃﾞﾝｷ", "トウトデンキ"), ("ＴＯＴＯ", "toto"),
        ("東都・電機", "東都電機"), ("「東都」電機", "東都電機"), ("McDonald’s", "MCDONALDS"),
        ("Smith & Sons", "Smith and Sons"), ("Smith ＆ Sons", "smith&sons"), ("3 M", "3M"),
        ("J.R. Ltd", "JR"), ("Toyota U.S.A.", "Toyota USA, Inc."), ("7 - 11", "7.11"),
        ("東都電機(株)大阪支店", "東都電機株式会社 大阪支店"), ("株　式　会　社　東都", "東都"),
        ("東\u200b都", "東都"), ("株式\ufeff会社東都", "東都"), ("葛\U000e0100城", "葛城"),
        ("Acme™", "Acme"), ("(株)", "株式会社"), ("サンデー-ズ", "サンデーズ"),
    ],
)  # fmt: skip
def test_spelling_makes_no_difference(one: str, other: str) -> None:
    assert match_key(one) == match_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("東都電機", "東都電機大阪支店"), ("東都電機", "東都電機本社"), ("Acme", "Acme Holdings"),
        ("7-11", "711"), ("1.5", "15"), ("Day Spa", "Day"), ("Amazon.co", "Amazon"),
        ("Toyota U.S.A.", "Toyota U"), ("Coca-Co", "Coca"), ("Costco", "Cost"), ("C#", "C"),
        ("髙橋", "高橋"), ("キヤノン", "キャノン"), ("サーバ", "サーバー"), ("ばら", "はら"),
        ("KK Wind", "Wind"), ("AB Foods", "Foods"), ("\ue000橋", "\ue001橋"), ("A&B", "AB"),
        ("東都株式会社九州", "東都九州"), ("Nestlé", "Nestle"), ("The Limited", "The"),
    ],
)  # fmt: skip
def test_what_tells_companies_apart_stays_in_the_key(one: str, other: str) -> None:
    assert match_key(one) != match_key(other)


def test_hundreds_of_companies_have_hundreds_of_keys() -> None:
    assert len(NAMES) >= 300
    keys = {match_key(name) for name in NAMES}
    assert len(keys) == len(NAMES)
    assert len({loose_key(key) for key in keys}) == len(NAMES)


@pytest.mark.parametrize(
    "name", ["株式会社", "㈱", "Company", "K.K.", "Co., Ltd.", "Inc", "・", "\u200b"]
)
def test_a_name_that_is_nothing_else_keeps_its_form_or_its_signs(name: str) -> None:
    assert match_key(name)


@pytest.mark.parametrize(
    ("old", "new"),
    [("髙橋", "高橋"), ("山﨑", "山崎"), ("齋藤", "斎藤"), ("渡邊", "渡辺"), ("國分", "国分"),
     ("大澤", "大沢"), ("キヤノン", "キャノン"), ("サーバー", "サーバ"), ("Nestlé", "Nestle")],
)  # fmt: skip
def test_older_characters_agree_in_the_loose_key_alone(old: str, new: str) -> None:
    one, other = match_key(old), match_key(new)
    assert one != other
    assert loose_key(one) == loose_key(other)


@settings(max_examples=300)
@given(st.text(min_size=1, max_size=40))
def test_any_text_has_a_key_that_does_not_depend_on_case_or_blanks_around_it(text: str) -> None:
    assert match_key(text)
    assert loose_key(match_key(text))
    if text.strip() and match_key(text) != text:
        assert match_key(f" {text}\t") == match_key(text)


@pytest.mark.parametrize("piece", ["co ", "株式会社", "é\u0301\u0323", "(", "a.", "\u200b", "カ)"])
def test_a_text_of_any_length_is_keyed_in_a_moment(piece: str) -> None:
    began = time.process_time()
    for length in (1_000, 100_000):
        assert match_key((piece * length)[:length])
    assert time.process_time() - began < 1


def test_a_hundred_thousand_names_are_keyed_in_a_few_seconds() -> None:
    chosen = random.Random(1)
    names = [f"{chosen.choice(NAMES)} {number}" for number in range(100_000)]
    began = time.process_time()
    assert len({match_key(name) for name in names}) == len(names)
    assert time.process_time() - began < 10
