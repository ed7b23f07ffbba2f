"""A plan as a workbook: what people edit comes back, nothing else changes, no text is a formula."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.render.documents.from_xlsx import Edited, from_xlsx
from api.render.documents.sheets import SHEETS, Exported, title
from api.render.documents.xlsx import xlsx
from crm.errors import InputError
from crm.settings import Language
from plans.model import Action, Goal, Kpi, Plan, Progress, Statement, TeamMember
from plans.stored import Version
from tests.plans.complete import complete
from tests.plans.plans import PLANS, a_fact, a_plan
from tests.plans.strategies import plans

LANGUAGES = st.sampled_from(["ja", "en"])


def version_of(plan: Plan) -> Callable[[int], Version]:
    def of(number: int) -> Version:
        return Version(
            plan_id="p1", version=number, person_id="U1", person="高瀬", reason="draft", changes=(),
            said_at=datetime(2026, 9, 30, tzinfo=UTC), hash=plan.hash(), plan=plan,
        )  # fmt: skip

    return of


def book_of(plan: Plan, language: Language = "ja") -> bytes:
    return xlsx(plan, Exported("p1", 3, plan.hash(), language))


def back(data: bytes, plan: Plan) -> Edited:
    return from_xlsx(data, "plan.xlsx", "p1", version_of(plan), by="高瀬", on=date(2026, 10, 1))


def edited(plan: Plan, edit: Callable[[Any], None], language: Language = "ja") -> Edited:
    """The plan after somebody has edited its workbook and saved it again."""
    book = openpyxl.load_workbook(io.BytesIO(book_of(plan, language)))
    edit(book)
    into = io.BytesIO()
    book.save(into)
    return back(into.getvalue(), plan)


def at(page: Any, heading: str, row: int) -> Any:
    """The cell of a row below a heading."""
    return page.cell(row, [cell.value for cell in page[1]].index(heading) + 1)


UNUSUAL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"]) | st.sampled_from("=+-@\n\r\t_x0D"),
    min_size=1, max_size=40,
).filter(lambda text: bool(text.strip()))  # fmt: skip


@given(plan=plans() | PLANS, language=LANGUAGES)
@settings(max_examples=40, deadline=None)
def test_a_workbook_that_nobody_edits_is_the_same_plan(plan: Plan, language: Language) -> None:
    found = back(book_of(plan, language), plan)
    assert (found.plan, found.left_out) == (plan, ())


@given(texts=st.lists(UNUSUAL, min_size=4, max_size=12))
@settings(max_examples=12, deadline=None)
def test_any_text_comes_back_and_none_is_a_formula(texts: list[str]) -> None:
    actions = [
        Action(id=f"a{number}", what=text, to_whom=f"={text}"[:200].strip())
        for number, text in enumerate(texts)
    ]
    plan = a_plan(actions=tuple(actions))
    data = book_of(plan)
    assert back(data, plan).plan == plan
    page = openpyxl.load_workbook(io.BytesIO(data))[title("actions", "ja")]
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")',
                                  "a\nb", "😀𠮷"])  # fmt: skip
def test_texts_that_look_like_formulas_are_strings_typed_anew_too(text: str) -> None:
    plan = a_plan(actions=(Action(id="a1", what=text),))
    page = openpyxl.load_workbook(io.BytesIO(book_of(plan)))[title("actions", "ja")]
    shown = text.replace("://", "[:]//")
    assert (at(page, "内容", 2).data_type, at(page, "内容", 2).value) == ("s", shown)
    assert bool(at(page, "内容", 2).quotePrefix) == (text[0] in "=+-@")
    assert back(book_of(plan), plan).plan == plan


def test_cells_rows_and_order_are_taken_over() -> None:
    plan = a_plan(
        actions=(
            Action(id="a1", what="役員訪問", due=date(2026, 10, 1), value=Decimal(5)),
            Action(id="a2", what="見積", due=date(2026, 11, 1)),
            Action(id="a3", what="検収", due=date(2026, 12, 1)),
        ),
        progress=(Progress(id="a2", note="準備中"),),
    )

    def edit(book: Any) -> None:
        page = book[title("actions", "ja")]
        rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2, max_row=4)]
        for number, row in enumerate((rows[2], rows[0]), 2):
            for column, value in enumerate(row, 1):
                page.cell(number, column).value = value
        for cell in page[4]:
            cell.value = None
        at(page, "期日", 3).value = "2027年4月1日"
        at(page, "見込む受注額", 3).value = "1.2億"
        at(page, "当社の担当者", 3).value = "高瀬 美咲"
        at(page, "完了日", 2).value = datetime(2026, 12, 2)
        at(page, "内容", 5).value = "新しい行動"
        at(page, "対応する目標", 5).value = "年度内の受注額"

    found = edited(plan, edit).plan
    by_id = {action.id: action for action in found.actions}
    assert set(by_id) > {"a1", "a3"}
    assert "a2" not in by_id
    assert by_id["a1"] == Action(
        id="a1",
        what="役員訪問",
        due=date(2027, 4, 1),
        value=Decimal(120_000_000),
        owner="高瀬 美咲",
    )
    new = next(action for id_, action in by_id.items() if id_ not in ("a1", "a3"))
    assert (new.what, new.goal) == ("新しい行動", "g1")
    assert found.progress == (
        Progress(id="a3", done_on=date(2026, 12, 2), by="高瀬", on=date(2026, 10, 1)),
    )


@pytest.mark.parametrize(
    ("cell", "day"),
    [("2027/4/1", 1), ("2027-04-01", 1), ("２０２７／４／１", 1), ("2027年4月1日", 1),
     ("令和9年4月1日", 1), ("20270401", 1), ("1 April 2027", 1),
     (datetime(2027, 4, 1), 1), (date(2027, 4, 2), 2), ("", None), ("　", None), (None, None)],
)  # fmt: skip
def test_days_are_read_as_people_write_them(cell: object, day: int | None) -> None:
    def edit(book: Any) -> None:
        at(book[title("goals", "ja")], "期日", 2).value = cell

    goal = edited(complete(), edit).plan.goals[0]
    assert goal.due == (None if day is None else date(2027, 4, day))


@pytest.mark.parametrize(
    ("cell", "amount"),
    [("500万", 5_000_000), ("1,200,000", 1_200_000), ("1.2億", 120_000_000),
     ("１２０万円", 1_200_000),
     ("¥1,200,000", 1_200_000), (1200000, 1_200_000), (0.5, Decimal("0.5")), ("▲300", -300),
     ("12 million", 12_000_000), (None, None), (" ", None), (0, 0)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(cell: object, amount: Any) -> None:
    def edit(book: Any) -> None:
        at(book[title("goals", "ja")], "金額", 2).value = cell

    assert edited(complete(), edit).plan.goals[0].amount == amount


def test_a_share_is_a_fraction_and_a_unit_its_word() -> None:
    kpi = Kpi(id="k1", what="受注率", unit="%", baseline_value=Decimal("0.25"))

    def edit(book: Any) -> None:
        page = book[title("kpis", "ja")]
        at(page, "目標値", 2).value = "65%"
        at(page, "内容", 3).value = "訪問"
        at(page, "単位", 3).value = "件"
        at(page, "目標値", 3).value = 12

    found = edited(a_plan(kpis=(kpi,)), edit).plan.kpis
    assert {(k.what, k.unit, k.target) for k in found} == {
        ("受注率", "%", Decimal("0.65")), ("訪問", "count", Decimal(12)),
    }  # fmt: skip


def test_every_bad_cell_is_told_at_once_and_nothing_is_applied() -> None:
    def edit(book: Any) -> None:
        at(book[title("goals", "ja")], "期日", 2).value = "来月"
        at(book[title("goals", "ja")], "金額", 2).value = "$500"
        page = book[title("actions", "ja")]
        at(page, "見込む受注額", 2).value = "たくさん"
        at(page, "期日", 3).value = "4/1"
        at(page, "内容", 3).value = None
        at(page, "ID", 4).value = "zzz"
        at(page, "内容", 4).value = "x"
        at(book[title("team", "ja")], "役割", 2).value = "部長"
        at(book[title("calendar", "ja")], "初回の日", 2).value = None
        at(book[title("people", "ja")], "氏名", 2).value = "長" * 201

    with pytest.raises(InputError) as refused:
        edited(complete(), edit)
    said = str(refused.value)
    for part in ("目標!D2", "“来月” is no day", "目標!", "“$500” is not in JPY",
                 "“たくさん” is no number", "“4/1” is no day", "アクション!B3 (内容): is needed",
                 "アクション!A4 (ID): “zzz” is the id of no item", "“部長” is none of the choices",
                 "レビュー予定!", "is longer than 200 characters", "Nothing was changed",
                 "9 cells"):  # fmt: skip
        assert part in said


def test_a_formula_counts_with_its_saved_value_and_is_refused_without() -> None:
    plan = complete()

    def edit(book: Any) -> None:
        at(book[title("goals", "ja")], "金額", 2).value = "=100*3"

    with pytest.raises(InputError, match=r"目標!\w2: =100\*3"):
        edited(plan, edit)
    book = openpyxl.load_workbook(io.BytesIO(book_of(plan)))
    edit(book)
    into, out = io.BytesIO(), io.BytesIO()
    book.save(into)
    without = re.compile(rb"<f>100\*3</f><v ?(?:/>|></v>)")
    with zipfile.ZipFile(into) as old, zipfile.ZipFile(out, "w") as new:  # as Excel saves it
        for name in old.namelist():
            new.writestr(name, without.sub(b"<f>100*3</f><v>300</v>", old.read(name)))
    assert back(out.getvalue(), plan).plan.goals[0].amount == 300


def test_a_new_goal_can_be_served_at_once_and_a_renamed_one_keeps_its_actions() -> None:
    plan = a_plan()

    def edit(book: Any) -> None:
        goals, actions = book[title("goals", "ja")], book[title("actions", "ja")]
        at(goals, "内容", 2).value = "改めた目標"
        at(goals, "内容", 3).value = "第二の目標"
        at(goals, "指標", 3).value = "net_sales"
        at(actions, "内容", 3).value = "行動"
        at(actions, "対応する目標", 3).value = "第二の目標"
        at(actions, "内容", 4).value = "行動二"
        at(actions, "対応する目標", 4).value = "改めた目標"

    found = edited(plan, edit).plan
    goals = {goal.what: goal.id for goal in found.goals}
    assert goals["改めた目標"] == "g1"
    assert {a.what: a.goal for a in found.actions} == {
        "役員訪問": "g1", "行動": goals["第二の目標"], "行動二": "g1",
    }  # fmt: skip


def test_what_lies_behind_a_row_stays_and_columns_to_read_are_left_out() -> None:
    kpi = Kpi(id="k1", what="売上", unit="JPY", measure="sales.net_sales", baseline=a_fact())
    member = TeamMember(id="t1", name="高瀬", person_id="U07", role="owner")
    said = Statement(id="s1", section="account", text="{{sales.net_sales}}", kind="fact",
                     facts=(a_fact(),))  # fmt: skip
    plan = a_plan(kpis=(kpi,), team=(member,), statements=(said,))

    def edit(book: Any) -> None:
        at(book[title("kpis", "ja")], "目標値", 2).value = 90_000_000
        at(book[title("kpis", "ja")], "起点の実績", 2).value = "1円"
        at(book[title("statements", "ja")], "内容", 2).value = "別の文"
        at(book[title("team", "ja")], "分担", 2).value = "全体"

    found = edited(plan, edit)
    assert found.plan.kpis[0] == kpi.model_copy(update={"target": Decimal(90_000_000)})
    assert found.plan.team[0] == member.model_copy(update={"duty": "全体"})
    assert found.plan.statements == plan.statements
    assert [place.partition("!")[0] for place in found.left_out] == ["KPI", "記述（閲覧用）"]


def test_a_copied_row_is_a_new_item_and_columns_may_be_moved() -> None:
    plan = a_plan()

    def edit(book: Any) -> None:
        page = book[title("goals", "ja")]
        for cell in page[2]:
            page.cell(3, cell.column).value = cell.value
        at(page, "内容", 3).value = "写し"
        page.move_range("D1:D3", cols=20)

    found = edited(plan, edit).plan.goals
    assert {goal.what for goal in found} == {"年度内の受注額", "写し"}
    assert {goal.amount for goal in found} == {Decimal(100_000_000)}


def test_a_workbook_of_another_plan_or_version_is_refused() -> None:
    plan = a_plan()
    data = book_of(plan)
    with pytest.raises(InputError, match="not of `p2`"):
        from_xlsx(data, "plan.xlsx", "p2", version_of(plan))
    other = plan.with_items("goals", [Goal(id="g2", what="別", measure="other")])
    with pytest.raises(InputError, match="not made of version 3"):
        from_xlsx(data, "plan.xlsx", "p1", version_of(other))


def test_what_is_no_workbook_of_a_plan_is_refused() -> None:
    plan, empty = a_plan(), io.BytesIO()
    openpyxl.Workbook().save(empty)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", b"\0" * (201 * 2**20))
    for data, told in (
        (b"no zip", "damaged"), (book_of(plan)[:2000], "damaged"), (bomb.getvalue(), "unpacks to"),
        (empty.getvalue(), "does not say which plan"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=told):
            back(data, plan)

    def drop(book: Any) -> None:
        del book[title("team", "ja")]

    with pytest.raises(InputError, match="has no sheet `体制`"):
        edited(plan, drop)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_sheets_are_ready_to_be_filled_in_and_printed(language: Language) -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of(complete(), language)))
    codes = ["overview", *(sheet.collection for sheet in SHEETS), "sources"]
    assert book.sheetnames == [title(code, language) for code in codes]
    actions = book[title("actions", language)]
    assert (actions.freeze_panes, actions.column_dimensions["A"].hidden) == ("C2", True)
    assert actions.page_setup.orientation == "landscape"
    lists = {str(rule.formula1) for rule in actions.data_validations.dataValidation}
    assert any("$B$2:$B$" in rule for rule in lists)
    for sheet in SHEETS:
        headings = [sheet.heading(column, language) for column in sheet.columns]
        assert len(set(headings)) == len(headings)
    day = next(cell for cell in actions[2] if isinstance(cell.value, datetime))
    assert "yyyy" in day.number_format
