"""A plan written elsewhere comes in: all of it is in the plan or listed, and nothing is made up."""

from __future__ import annotations

import io
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.render.documents import PlanDocument, write
from assistant.bootstrap import Workspace
from assistant.planning.draft import Asked as AskedDraft
from assistant.planning.draft import draft
from assistant.planning.importing import document
from assistant.planning.importing.reading import Asked, Imported, read_plan
from assistant.planning.show import PlanView, markdown, said
from crm.errors import InputError, TagayasuError
from crm.periods import Period
from crm.scope import OPERATOR
from crm.settings import Language
from knowledge.readers import Reader
from plans.model import SECTIONS, Action, Head, Kpi, Plan, Progress
from tests.assistant.imported import CASES, EXCEL_SHOWN, SLIDES_JA, WORD_CELLS, Case
from tests.cli.running import Run, run
from tests.companies import SAMPLE_DAY
from tests.fakes import copy_of

__all__ = ["run"]

HEAD = Head(
    account_id="A001",
    account_name="東都電機株式会社",
    title="東都電機株式会社 アカウントプラン（2026年度）",
    language="ja",
    currency="JPY",
    start=date(2026, 4, 1),
    end=date(2027, 3, 31),
    as_of=date(2026, 9, 30),
    owner_id="E001",
    owner="佐伯 翔",
)
_COLLECTIONS = ("people", "goals", "actions", "team", "kpis", "calendar")


@pytest.fixture(scope="module", autouse=True)
def _one_process() -> Iterator[None]:
    """All files are read in one process: to start one takes longer than to read a file."""
    with Reader() as reader, pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "Reader", lambda: nullcontext(reader))
        yield


def read(file: Path, head: Head = HEAD) -> Imported:
    return read_plan(file, Asked(head, has_period=False, start_month=4))


def told(plan: Plan) -> dict[str, Any]:
    """A plan as the cases state it."""
    found: dict[str, Any] = {
        section: [
            (s.text, s.status) if s.status else s.text
            for s in plan.statements
            if s.section == section
        ]
        for section in SECTIONS
    }
    for collection in _COLLECTIONS:
        found[collection] = [_filled(plan, item) for item in plan.items(collection)]
    stated = dict(plan.head)
    found["head"] = {name: value for name, value in stated.items() if value != dict(HEAD)[name]}
    return {name: value for name, value in found.items() if value}


def _filled(plan: Plan, item: Any) -> dict[str, Any]:
    """The fields of an item that say something; of an action with what became of it."""
    fields = dict(item)
    if isinstance(item, Action):
        fields |= dict(plan.followed_up(item))
    return {k: v for k, v in fields.items() if k != "id" and v not in (None, False)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_document_says_stands_where_it_belongs(case: Case, tmp_path: Path) -> None:
    file = tmp_path / case.name
    file.write_bytes(case.make())
    found = read(file)
    expected = {k: v for k, v in case.plan.items() if k != "head"}
    head = {k: v for k, v in case.plan.get("head", {}).items() if v != dict(HEAD)[k]}
    assert told(found.plan) == expected | ({"head": head} if head else {})
    left = [(u.place, u.text, u.why.en) for u in found.unplaced]
    assert sorted((p, t) for p, t, _w in left) == sorted((p, t) for p, t, _w in case.left)
    for place, text, words in case.left:
        assert any((p, t) == (place, text) and words in why for p, t, why in left), (text, left)


# ------------------------------------------------------------------ our own documents


@pytest.fixture(scope="module")
def workspace(sample_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    found = copy_of(sample_workspace, tmp_path_factory.mktemp("imports"))
    folder = found.folder / "docs"
    folder.mkdir()
    (folder / "past.md").write_text(
        "---\nkind: past_plan\noutcome: achieved\n---\n"
        "# 戦略シナリオ 教訓 進め方 strategy lessons\n\n"
        "1. まず | 現場の *課題* を聞き、順に示す。[次](x) へ_進む_。\n",
        encoding="utf-8",
    )
    found.library.add(folder)
    return found


def followed(plan: Plan) -> Plan:
    """A draft as people have worked on it."""
    first, second, *_rest = plan.actions
    supposed = next(s for s in plan.statements if s.kind == "hypothesis")
    return (
        plan.with_head(purpose="工場全体の標準機になる | *1.* 全社で")
        .with_items("actions", [first.model_copy(update={"their_owner": "購買部 小松様"})])
        .with_items("statements", [supposed.model_copy(update={"status": "confirmed"})])
        .with_items("team", [plan.team[0].model_copy(update={"duty": "条件の承認"})])
        .with_items("progress", [Progress(id=first.id, done_on=date(2026, 9, 1))])
        .with_items("progress", [Progress(id=second.id, dropped=True)])
    )


def as_shown(amount: Decimal | None, language: Language) -> Decimal | None:
    """Money as the document rounds it: from ten million on to 万 or to a tenth of a million."""
    if amount is None or abs(amount) < 10_000_000:
        return amount
    step = 10_000 if language == "ja" else 100_000
    return (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def content(plan: Plan, language: Language) -> dict[str, list[tuple[Any, ...]]]:
    """What of a plan its document shows."""
    followed_up = {a.id: plan.followed_up(a) for a in plan.actions}
    return {
        "statements": [
            (s.section, said(s, language), s.status, s.test if s.section != "risk" else None)
            for s in plan.statements
        ],
        "people": [
            (p.name, p.title, p.department, p.role, p.attitude, p.ours) for p in plan.people
        ],
        "goals": [
            (g.what, g.measure, as_shown(g.amount, language), g.due, g.target_stage)
            for g in plan.goals
        ],
        "actions": [
            (a.what, a.due, a.to_whom, a.owner, a.their_owner, as_shown(a.value, language),
             followed_up[a.id].done_on, followed_up[a.id].dropped)
            for a in plan.actions
        ],
        "team": [(t.name, t.role, t.duty) for t in plan.team],
        "kpis": [
            (k.what, *_figures(k, language), as_shown(k.target, language), k.due) for k in plan.kpis
        ],
        "calendar": [(c.what, c.level, c.every, c.first) for c in plan.calendar],
    }  # fmt: skip


def _figures(kpi: Kpi, language: Language) -> tuple[str, Decimal | None]:
    """Unit and baseline; in English a number of people is written without its unit."""
    if kpi.unit in ("people", "count") and language == "en":
        return "count", None
    return kpi.unit, as_shown(kpi.begins_at, language)


_LEFT = ("Lists of sources", "unit is not stated")
_LEFT_OF_WORD = (*_LEFT, "A summary", "Headers", "nothing for", "No heading")
"""Why pieces of our own documents are left; in Word the cover names state and score."""


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    ("account", "suffix"),
    [("A001", ".md"), ("A010", ".md"), ("A014", ".md"), ("A001", ".docx")],
)
def test_our_own_document_comes_back_whole(
    workspace: Workspace, tmp_path: Path, account: str, suffix: str, language: Language
) -> None:
    desk, head = (
        workspace.desk,
        workspace.planner.head(OPERATOR, account, "FY2026", language),
    )
    year = Period(date(2026, 4, 1), date(2027, 3, 31))
    asked = AskedDraft(account, SAMPLE_DAY, year, language)
    plan = followed(draft(desk.catalog, desk.tables(OPERATOR), asked))
    file = tmp_path / f"plan{suffix}"
    if suffix == ".md":
        file.write_text(markdown(plan, language), encoding="utf-8")
    else:
        stored = workspace.planner.keep(OPERATOR, plan, "test")
        checked = workspace.planner.checked(stored)
        write(file, PlanDocument(stored, PlanView(plan, language), (), checked))
    found = read(file, head.model_copy(update={"title": "?", "as_of": date(2026, 10, 31)}))
    before, after = content(plan, language), content(found.plan, language)
    for part, items in before.items():
        assert sorted(after[part], key=repr) == sorted(items, key=repr), part
    for part in ("statements", "actions", "goals"):
        sections = dict.fromkeys(row[0] for row in before[part])
        for section in sections:  # in the order of the document
            assert [r for r in after[part] if r[0] == section] == [
                r for r in before[part] if r[0] == section
            ]
    assert found.plan.head == plan.head
    expected = _LEFT if suffix == ".md" else _LEFT_OF_WORD
    unexpected = [u for u in found.unplaced if not any(words in u.why.en for words in expected)]
    assert unexpected == []


@pytest.mark.parametrize("cover", ["アカウントプラン　|　社外秘", "Account plan　|　Confidential"])
def test_the_title_is_what_stands_below_the_line_of_a_cover(tmp_path: Path, cover: str) -> None:
    file = tmp_path / "plan.md"
    file.write_text(f"{cover}\n\n重点\n\n# 目標\n\n- 売上1億円\n", encoding="utf-8")
    assert read(file).plan.head.title == "重点"


# ------------------------------------------------------------------ nothing is lost

_TARGETS = (
    "業界・市場", "キーマン", "目標", "SWOT", "強み", "4P", "戦略", "行動計画", "体制", "KPI",
    "レビュー", "リスク", "仮説", "出典", "課題", "基本情報", "目的",
)  # fmt: skip
_COLUMNS = (
    "期日", "内容", "担当", "状況", "氏名", "役職", "役割", "目標", "金額", "指標", "現状",
    "頻度", "初回", "対象者", "仮説", "状態", "単位", "項目", "強み", "製品",
)  # fmt: skip
_FITTING = {
    "行動計画": ("内容", "期日"), "キーマン": ("氏名", "役職"), "目標": ("目標", "期日"),
    "体制": ("氏名", "役割"), "KPI": ("指標", "現状"), "仮説": ("仮説", "状態"),
}  # fmt: skip
"""Headings with columns by which a table below them is read."""
_VALUES = (
    "—", "2026年5月1日", "5月", "3億円", "120", "完了", "進行中", "部長", "毎月", "主担当",
    "Extend",
)  # fmt: skip
_LINES = (
    "{w}", "- {w}", "1. {w}（仮説）", "価格：{w}", "**{w}**", "■{w}", "期間：{w}", "担当: {w}",
    "{w} は、\n{w}b", "売上{w}を3億円に", "{w}（主担当）",
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A document of parts in any order, and the words in it that no other place has."""
    words: list[str] = []

    def word() -> str:
        words.append(f"語{len(words):03}語")
        return words[-1]

    parts = []
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["heading", "unknown", "line", "table", "fitting"]))
        level = "#" * draw(st.integers(1, 4))
        if kind == "heading":
            parts.append(f"{level} {draw(st.sampled_from(_TARGETS))}")
        elif kind == "unknown":
            parts.append(f"{level} {word()}")
        elif kind == "line":
            parts.append(draw(st.sampled_from(_LINES)).replace("{w}", word()))
        else:
            begun: tuple[str, ...] = ()
            if kind == "fitting":
                part = draw(st.sampled_from(list(_FITTING)))
                parts.append(f"{level} {part}")
                begun = _FITTING[part]
            more = draw(st.lists(st.sampled_from([*_COLUMNS, ""]), min_size=2, max_size=3))
            header, width = [*begun, *more], len(begun) + len(more)
            rows = [header, ["---"] * width]
            for _row in range(draw(st.integers(1, 3))):
                cells = st.one_of(st.sampled_from([*_VALUES, ""]), st.just("w"), st.just("3人w"))
                row = draw(st.lists(cells, min_size=width - 1, max_size=width + 1))
                rows.append([cell.replace("w", word()) if "w" in cell else cell for cell in row])
            parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows))
    return "\n\n".join(parts), words


@settings(
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(documents())
def test_every_word_is_in_the_plan_or_listed(tmp_path: Path, made: tuple[str, list[str]]) -> None:
    text, words = made
    file = tmp_path / "any.md"
    file.write_text(text, encoding="utf-8")
    try:
        found = read(file)
    except InputError as error:
        assert "no heading" in str(error)  # noqa: PT017 - every other refusal fails here
        return
    kept = found.plan.model_dump_json()
    listed = "\n".join(f"{u.text}\n{u.why.ja}" for u in found.unplaced)
    assert [word for word in words if word not in kept and word not in listed] == []


# ------------------------------------------------------------------ files that are none


def _mutations() -> list[tuple[str, bytes]]:
    """Files that are damaged or no plans, by name."""
    made = {case.name.partition(".")[2]: case.make() for case in CASES}
    found = [(f"empty.{suffix}", b"") for suffix in made]
    for suffix in ("docx", "xlsx", "pptx"):
        data = made[suffix]
        found += [(f"half.{suffix}", data[: len(data) // 2]), (f"start.{suffix}", data[:30])]
        found += [(f"binary.{suffix}", bytes(range(256)) * 40), (f"text.{suffix}", made["md"])]
        found += [(f"{suffix}-as.md", data)]
    found += [("word-as.xlsx", made["docx"]), ("excel-as.pptx", made["xlsx"])]
    found += [("binary.md", bytes(range(256)) * 40), ("none.md", "本文だけです。".encode())]
    found += [("plan.pdf", b"%PDF-1.7"), ("plan.doc", b"\xd0\xcf\x11\xe0"), ("plan", b"# x")]
    return found


MUTATIONS = dict(_mutations())


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_file_that_is_no_plan_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(MUTATIONS[name])
    with pytest.raises(TagayasuError) as refused:
        read(file)
    assert str(file) in refused.value.what
    assert refused.value.remedy


def _with_entity(data: bytes, part: str, declared: bytes, end: bytes) -> bytes:
    """An Office file of which one part declares an entity `e` and uses it."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == part:
                _xml, _end, rest = content.partition(b"?>")
                content = b"<!DOCTYPE x [" + declared + b"]>" + rest.replace(end, b"&e;" + end, 1)
            new.writestr(member.filename, content)
    return changed.getvalue()


@pytest.mark.parametrize(
    ("suffix", "part", "end"),
    [
        ("docx", "word/document.xml", b"</w:t>"),
        ("docx", "word/header1.xml", b"</w:t>"),
        ("xlsx", "xl/sharedStrings.xml", b"</t>"),
        ("pptx", "ppt/slides/slide1.xml", b"</a:t>"),
    ],
)
@pytest.mark.parametrize("kind", ["file", "many"])
def test_what_a_file_declares_is_not_followed(
    tmp_path: Path, suffix: str, part: str, end: bytes, kind: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("GEHEIM", encoding="utf-8")
    declared = f'<!ENTITY e SYSTEM "file://{secret}">'.encode()
    if kind == "many":
        declared = b'<!ENTITY a "GEHEIM"><!ENTITY b "%b"><!ENTITY c "%b"><!ENTITY e "%b">' % tuple(
            b"&%b;" % name * 1_000 for name in (b"a", b"b", b"c")
        )
    case = {"docx": WORD_CELLS, "xlsx": EXCEL_SHOWN, "pptx": SLIDES_JA}[suffix]
    file = tmp_path / f"plan.{suffix}"
    file.write_bytes(_with_entity(case.make(), part, declared, end))
    try:
        found = read(file)
    except InputError as refused:
        assert str(file) in refused.what  # noqa: PT017 - a file is read without it, or refused
        return
    assert "GEHEIM" not in found.plan.model_dump_json() + repr(found.unplaced)


def test_a_document_may_not_be_endless(tmp_path: Path) -> None:
    file = tmp_path / "long.md"
    file.write_text("# 目標\n" + "- 売上を伸ばす\n" * 5_001, encoding="utf-8")
    with pytest.raises(InputError, match="more than 5,000 lines"):
        read(file)
    file.write_text("# リスク\n" + "- 遅れる\n" * 1_000, encoding="utf-8")
    found = read(file)
    assert len(found.plan.statements) == 999
    assert [u.why.en for u in found.unplaced] == ["There are more than 999 of them."]


# ------------------------------------------------------------------ on the command line


@pytest.fixture
def folder(sample_workspace: Path, tmp_path: Path) -> Path:
    own = tmp_path / "workspace"
    shutil.copytree(sample_workspace, own)
    return own


def test_a_plan_is_taken_over_on_the_command_line(run: Run, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "東都.md"
    file.write_text(
        "# 東都電機 計画\n\n## キーマン\n\n福島専務\n\n## 戦略\n\n- 品質で選ばれる\n",
        encoding="utf-8",
    )
    done = run("-w", folder, "plan", "import", file, "--account", "東都電機", "--yes")
    assert (done.code, done.err) == (0, "")
    for told_ in (
        "「東都電機 計画」に取り込む内容:",
        "- 戦略シナリオ: 1件",
        "取り込めない内容（1件）:",
        "- [キーマン #1] 福島専務",
        "→ 氏名と役職・役割を正確に読み分けられません。",
        "完成度は",
    ):
        assert told_ in done.out
    (kept,) = run("-w", folder, "plan", "list", "--json").json
    assert (kept["account_id"], kept["state"], kept["version"]) == ("A001", "draft", 1)
    assert [s["text"] for s in kept["plan"]["statements"]] == ["品質で選ばれる"]
    assert kept["plan"]["statements"][0]["quote"] == {
        "passage_id": "", "title": "東都.md", "heading": "戦略", "file": "東都.md"
    }  # fmt: skip
    assert "東都.mdから取り込み" in run("-w", folder, "plan", "history", kept["plan_id"]).out


def test_nothing_is_saved_unless_it_is_confirmed(
    run: Run,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "plan.md"
    file.write_text("# Strategy\n\nWin by quality\n\n# Weather\n\nFine\n", encoding="utf-8")
    asked = ("plan", "import", file, "--account", "A001", "--language", "en", "--period", "FY2027")
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    done = run("-w", folder, *asked)
    assert done.code == 0
    assert "- Strategy: 1" in done.out
    assert "- [Weather #1] Fine" in done.out
    assert "Nothing was saved." in done.out
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK\x03\x04 no more")
    refused = run("-w", folder, "plan", "import", broken, "--account", "A001", "--yes")
    assert (refused.code, "broken.docx is damaged" in refused.err) == (2, True)
    assert run("-w", folder, "plan", "list", "--json").json == []
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert "Saved (" in run("-w", folder, *asked).out
    (kept,) = run("-w", folder, "plan", "list", "--json").json
    assert (kept["plan"]["head"]["start"], kept["plan"]["head"]["language"]) == ("2027-04-01", "en")


def test_an_account_that_cannot_be_seen_is_as_good_as_absent(
    run: Run,
    folder: Path,
    tmp_path: Path,
) -> None:
    file = tmp_path / "plan.md"
    file.write_text("# Strategy\n\nWin by quality\n", encoding="utf-8")
    known = run("-w", folder, "plan", "import", file, "--account", "A001", "--user",
                "takase@inaho.example", "--yes")  # fmt: skip
    unknown = run("-w", folder, "plan", "import", file, "--account", "A999", "--user",
                  "takase@inaho.example", "--yes")  # fmt: skip
    assert known.code == unknown.code == 2
    assert known.err.replace("A001", "A999") == unknown.err
