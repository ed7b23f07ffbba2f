"""An answer about companies of one name is understood or refused by its row, and is kept."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm import csv_cells as cells
from crm.companies.answer_file import FILE, keep_answers, kept_answers, read_answers
from crm.companies.answers import AnsweredGroup, Answers
from crm.errors import InputError

HEADER = "group,account_id,same_as,name\n"


def filled(folder: Path, text: str, header: str = HEADER, encoding: str = "utf-8-sig") -> Path:
    path = folder / "filled.csv"
    path.write_bytes((header + text).encode(encoding))
    return path


def answer(folder: Path, text: str) -> AnsweredGroup:
    """What a file of one group says."""
    (group,) = read_answers(filled(folder, text)).groups
    return group


def group(label: str, accounts: str, same: dict[str, str], apart: str = "") -> AnsweredGroup:
    return AnsweredGroup(label, tuple(accounts), same, frozenset(apart))


# ------------------------------------------------------------------ a filled file


def test_an_id_is_the_same_a_no_is_apart_and_a_blank_is_not_answered(tmp_path: Path) -> None:
    said = answer(tmp_path, "東都,A1,,x\n東都,A2,A1,x\n東都,A3,違う,x\n東都,A4,,x\n")
    assert said == AnsweredGroup("東都", ("A1", "A2", "A3", "A4"), {"A2": "A1"}, frozenset({"A3"}))
    assert said.answered == {"A2", "A3"}


@pytest.mark.parametrize("word", ["no", "No", "NO", "ｎｏ", "違う", "別", " no "])
def test_every_way_to_say_no_tells_an_account_from_the_others(tmp_path: Path, word: str) -> None:
    assert answer(tmp_path, f"g,A1,,\ng,A2,{word},\n").apart == {"A2"}


def test_a_chain_leads_to_its_end_and_the_one_that_stays_may_name_itself(tmp_path: Path) -> None:
    said = answer(tmp_path, "g,A1,A2,\ng,A2,A3,\ng,A3,A3,\ng,A4,A1,\n")
    assert said.same == {"A1": "A3", "A2": "A3", "A4": "A3"}


def test_a_chain_as_long_as_a_file_is_followed_once(tmp_path: Path) -> None:
    rows = "".join(f"g,A{n},A{n + 1},\n" for n in range(20_000)) + "g,A20000,,\n"
    assert set(answer(tmp_path, rows).same.values()) == {"A20000"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("g,A1,,\ng,A2,A9,\n", "row 3: `A9` is no account of this file"),
        ("g,A1,,\ng,A2,B1,\nh,B1,,\n", "row 3: `B1` stands in another group"),
        ("g,A1,A2,\ng,A2,A3,\ng,A3,A1,\n", "row 2: `A1` -> `A2` -> `A3` -> `A1` leads back"),
        ("g,A1,no,\ng,A2,A1,\n", "row 3: `A2` is the same as `A1`, which is said to be no other"),
        ("g,A1,no,\ng,A2,A3,\ng,A3,A1,\n", "row 3: `A2` is the same as `A1`"),
        ("g,A1,,\ng,A2,A1,\n\ng,A2,no,\n", "row 5: `A2` is answered in row 3 too"),
        ("g,no,,\ng,A2,no,\n", "row 3: `no` is both an answer and an account"),
        ("g,A1,,\ng,,A1,\n", "row 3: the group or the account_id is missing"),
        (",A1,,\n", "row 2: the group or the account_id is missing"),
        ("g,A1,はい,\n", "row 2: `はい` is no account of this file"),
        ('g,"A1,,\n', "cannot be read"),
    ],
)
def test_a_bad_answer_is_refused_by_its_row(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        read_answers(filled(tmp_path, text))
    assert problem in refused.value.what
    assert refused.value.remedy


def test_a_file_that_is_no_list_of_duplicates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column `same_as`"):
        read_answers(filled(tmp_path, "a,b\n", header="group,account_id\n"))
    with pytest.raises(InputError, match="is a workbook"):
        read_answers(filled(tmp_path, "", header="PK\x03\x04", encoding="utf-8"))
    with pytest.raises(InputError, match="cannot be read"):
        read_answers(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="no column `group`"):
        read_answers(filled(tmp_path, "", header=""))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_file_is_read_as_a_spreadsheet_saves_it(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    text = 'GROUP,account_id,x,Same_As\r\n東都,A1,"a\r\nb",\r\n東都,A2,,A1\r\n,,,\r\n'
    path = filled(tmp_path, text.replace(",", delimiter), header="", encoding=encoding)
    assert read_answers(path).into == {"A2": "A1"}


# ------------------------------------------------------------------ cells


@given(st.text(max_size=12) | st.text("0123456789-/.E:年月日 ", max_size=9))
def test_a_cell_is_read_as_it_was_written(text: str) -> None:
    assert cells.read(cells.written(text)) == text


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1", "0012", "1-2", "3/4", "1E5",
     "7000012050002", "2026-04-01", "MAR1", "1-Apr", "TRUE", "12:30", "1,234", "50%", "'x"],
)  # fmt: skip
def test_a_text_that_a_spreadsheet_would_run_or_turn_is_marked(text: str) -> None:
    assert cells.written(text) == "'" + text


@pytest.mark.parametrize("text", ["A001", "12", "0", "東都電機", "Acme-1", "3M", "Mars", "a=1"])
def test_any_other_text_stands_as_it_is(text: str) -> None:
    assert cells.written(text) == text


# ------------------------------------------------------------------ answers that are kept

IDS = "ABCDEF"


@st.composite
def groups(draw: st.DrawFn) -> AnsweredGroup:
    accounts = draw(st.lists(st.sampled_from(IDS), min_size=2, max_size=6, unique=True))
    stays = accounts[0]
    said = {id_: draw(st.sampled_from(["same", "no", ""])) for id_ in accounts[1:]}
    return AnsweredGroup(
        draw(st.sampled_from(["東都", "=1+1", "0012", "a,\"b'"])),
        tuple(accounts),
        {id_: stays for id_, word in said.items() if word == "same"},
        frozenset(id_ for id_, word in said.items() if word == "no"),
    )


@settings(derandomize=True, max_examples=150)
@given(st.lists(groups(), max_size=5))
def test_answers_come_back_from_a_workspace_as_they_were_kept(
    tmp_path_factory: pytest.TempPathFactory, said: list[AnsweredGroup]
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    assert kept_answers(folder) == Answers()
    answers = Answers()
    for one in said:
        answers = answers.with_later(Answers((one,)))
    keep_answers(folder, answers)
    again = kept_answers(folder)
    assert again == answers
    assert again.with_later(again) == answers
    assert sorted(p.name for p in folder.iterdir()) == [FILE]


@settings(derandomize=True, max_examples=300)
@given(st.lists(groups(), min_size=1, max_size=5))
def test_what_is_said_last_counts_and_nobody_is_both_one_and_another(
    said: list[AnsweredGroup],
) -> None:
    answers = Answers(tuple(said))
    into = answers.into
    assert not set(into) & set(into.values())
    last = said[-1]
    for id_, other in last.same.items():
        assert into.get(id_, id_) == into.get(other, other)
    for id_ in last.apart:
        others = frozenset(last.accounts) - {id_}
        assert answers.apart_from(id_, others) == others
    for id_ in IDS:
        for other in answers.apart_from(id_, frozenset(IDS) - {id_}):
            assert into.get(id_, id_) != into.get(other, other)
            assert id_ in answers.apart_from(other, {id_})
    kept = Answers().with_later(answers)
    assert kept.into == into


def test_a_later_answer_takes_the_place_of_an_earlier_one() -> None:
    first = Answers((group("g", "ABC", {"B": "A"}, "C"),))
    assert first.with_later(Answers((group("g", "ABC", {"B": "C"}),))).into == {"B": "C"}
    told = first.with_later(Answers((group("g", "AB", {}, "B"),)))
    assert told.into == {}
    assert told.apart_from("B", {"A", "C"}) == {"A", "C"}
    turned = first.with_later(Answers((group("g", "AB", {"A": "B"}),)))
    assert turned.into == {"A": "B"}


def test_the_same_file_read_again_makes_nothing_longer() -> None:
    once = Answers((group("g", "ABC", {"B": "A"}),))
    more = Answers((group("g", "ABC", {"B": "A"}, "C"),))
    assert once.with_later(once) == once
    assert once.with_later(more) == more
    assert more.with_later(once).groups == (more.groups[0], group("g (2)", "ABC", {"B": "A"}))


def test_an_account_that_comes_later_is_not_told_apart_yet() -> None:
    answers = Answers((group("g", "AB", {}, "B"),))
    assert answers.apart_from("B", {"A", "C"}) == {"A"}
    assert answers.apart_from("C", {"A", "B"}) == frozenset()


def test_kept_answers_can_be_filled_in_further(tmp_path: Path) -> None:
    keep_answers(tmp_path, Answers((group("=g", "ABC", {"B": "A"}),)))
    text = (tmp_path / FILE).read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["group", "account_id", "same_as"],
        ["'=g", "A", ""], ["'=g", "B", "A"], ["'=g", "C", ""],
    ]  # fmt: skip
    (tmp_path / FILE).write_text(text.replace("C,", "C,no"), encoding="utf-8")
    assert kept_answers(tmp_path).groups == (group("=g", "ABC", {"B": "A"}, "C"),)
