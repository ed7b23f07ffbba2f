"""Whatever a heading, a value or a file is called, the proposed file loads and means it exactly."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.mapping import Mapping, _Loader, load_mapping
from crm.proposing.propose import proposed
from crm.proposing.sheets import Sheet
from crm.proposing.write import written
from crm.proposing.yaml_text import said, scalar, wrapped
from crm.readers import Peeked

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NASTY = [
    'a"b', "a'b", "a: b", "a #b", "# a", "- a", "null", "~", "<<", "=", "yes", "{a}", "[a, b]",
    "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "a\nb", "a\r\nb", "a\tb", " a ", "", "a\\b",
    "\x00", "\x07", "\x85", "\u2028", "\ufeffa", "\uffff", "🙂👩\u200d👧", "取引先　名", "?", "? a",
    "a:", ":a", "---", "...", "1e5", "0o7", "\u202e逆", "ｶﾅ", "a,b", "𠮷野家", "é", "e\u0301",
]  # fmt: skip


def _loaded(text: str, folder: Path) -> Mapping:
    path = folder / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def _proposed(*peeked: Peeked) -> str:
    sheets = [Sheet(one) for one in peeked]
    return written(proposed("export", sheets, lambda _sheet, _stack: None))


@given(TEXTS)
def test_a_scalar_reads_back_as_the_text_it_was(text: str) -> None:
    for form in (
        f"{{a: {scalar(text)}}}",
        f"a: {scalar(text)}  # told",
        f"a:\n  {scalar(text)}: b",
    ):
        read = yaml.load(form, _Loader)  # noqa: S506 - a SafeLoader
        assert read["a"] in (text, {text: "b"})


@pytest.mark.parametrize("text", NASTY)
def test_a_scalar_that_means_something_to_yaml_does_too(text: str) -> None:
    assert yaml.load(f"[{scalar(text)}]", _Loader) == [text]  # noqa: S506 - a SafeLoader


@given(TEXTS)
def test_a_comment_stays_on_its_line(text: str) -> None:
    assert yaml.load(f"a: b  # {said(text)}\n", _Loader) == {"a": "b"}  # noqa: S506
    lines = wrapped(said(text, 1_000), "  ")
    assert all(line.startswith("  # ") and len(line.splitlines()) == 1 for line in lines)


@settings(max_examples=60)
@given(
    st.lists(TEXTS.filter(bool), min_size=1, max_size=6, unique_by=str.casefold),
    st.lists(TEXTS, min_size=1, max_size=6),
    TEXTS.filter(bool),
)
def test_hostile_headings_values_and_names_of_files_still_load(
    tmp_path_factory: pytest.TempPathFactory, headings: list[str], cells: list[str], file: str
) -> None:
    taken = {"id", "name", "stage", "account name"}
    extra = [heading for heading in headings if heading.casefold() not in taken]
    columns = ("Id", "Name", "Stage", "Account Name", *extra)
    rows = tuple((str(n), cell, cell, cell, *extra) for n, cell in enumerate(cells))
    text = _proposed(
        Peeked("opportunities.csv", None, columns, rows),
        Peeked(file, None, tuple(headings), tuple(tuple(headings) for _ in cells)),
    )
    mapping = _loaded(text, tmp_path_factory.mktemp("hostile"))
    assert mapping.tables["opportunities"].columns["opportunity_id"].column == "Id"


@pytest.mark.parametrize("nasty", [text for text in NASTY if text])
def test_a_heading_is_named_in_the_mapping_letter_by_letter(nasty: str, tmp_path: Path) -> None:
    heading = f"Account Name ({nasty})"
    columns = ("Account Id", heading)
    mapping = _loaded(
        _proposed(Peeked(f"{nasty}.csv", nasty, columns, (("A1", "Toto"),))), tmp_path
    )
    assert mapping.tables["accounts"].columns["name"].column == heading
    assert mapping.source("accounts").file == f"{nasty}.csv"
    assert mapping.source("accounts").sheet == nasty


@pytest.mark.parametrize("nasty", [text for text in NASTY if text.strip(" \t\r\n\u3000\u00a0")])
def test_a_value_is_named_in_the_mapping_letter_by_letter(nasty: str, tmp_path: Path) -> None:
    stages = tuple((str(n), stage) for n, stage in enumerate(("Won", "Lost", nasty, f"x{nasty}y")))
    mapping = _loaded(_proposed(Peeked("deals.csv", None, ("Id", "Stage"), stages)), tmp_path)
    values = mapping.tables["opportunities"].columns["status"].values
    assert values["Won"] == "won"
    assert f"x{nasty}y".strip(" \t\r\n") in values


@pytest.mark.parametrize("nasty", NASTY)
def test_a_select_names_headings_letter_by_letter(nasty: str, tmp_path: Path) -> None:
    columns = ("Id", "Account Id", f"First Name ({nasty})", f"Last Name ({nasty})")
    rows = (("1", "A1", "Mary", "Smith"),)
    mapping = _loaded(_proposed(Peeked("contacts.csv", None, columns, rows)), tmp_path)
    select = mapping.tables["contacts"].select or ""
    assert f'"First Name ({nasty.replace(chr(34), chr(34) * 2)})"' in select


def test_a_heading_called_as_what_is_computed_does_not_get_in_its_way(tmp_path: Path) -> None:
    columns = ("Id", "stage", "closed_on")
    rows = (("1", "Won", "2026-01-01"), ("2", "Proposal", "2026-02-01"))
    mapping = _loaded(_proposed(Peeked("deals.csv", None, columns, rows)), tmp_path)
    assert mapping.tables["opportunities"].columns["expected_close"].column == "closed_on"
    assert mapping.tables["opportunities"].columns["closed_on"].column == "closed_on_"


def test_ten_thousand_columns_are_listed_in_the_time_of_a_coffee(tmp_path: Path) -> None:
    columns = ("取引先コード", "取引先名", *(f"項目 {n}: 「備考」#{n}" for n in range(9_998)))
    rows = tuple(tuple(f"社{n}第{r}" for n in range(10_000)) for r in range(3))
    began = time.process_time()
    text = _proposed(Peeked("取引先.csv", None, columns, rows))
    assert time.process_time() - began < 60
    assert _loaded(text, tmp_path).tables["accounts"].columns["name"].column == "取引先名"
    assert "「備考」#9997" in text


def test_the_same_export_gives_the_same_bytes() -> None:
    rows = tuple((str(n), "Won" if n % 2 else "Lost", f"{n}/4/2026") for n in range(1, 13))
    sheets = [
        Peeked("deals.csv", None, ("Id", "Stage", "Close Date"), rows),
        Peeked("more deals.csv", None, ("Id", "Stage", "Close Date"), rows),
        Peeked("other.csv", None, ("x", "y"), ()),
    ]
    assert len({_proposed(*sheets) for _ in range(3)}) == 1
