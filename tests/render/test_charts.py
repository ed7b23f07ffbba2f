"""A chart draws the rows of its table, all that are known and nothing else, as text and shapes."""

from __future__ import annotations

import io
import json
import math
import struct
import unicodedata
from datetime import timedelta
from functools import cache
from itertools import pairwise
from typing import Any, get_args

import altair
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from api.render.charts import fonts, is_cut_short, png, svg, vega_lite, vega_lites
from api.render.charts.describe import _titles
from api.render.charts.labels import Label, _box, placed
from api.render.charts.scales import linear, logarithmic
from api.render.charts.wording import lines_of, plain
from api.render.safe import width
from crm.scope import ScopedTables
from crm.settings import Language
from tests.companies import SAMPLE_DAY, tables_from
from tests.render.drawn import drawable, numbers, said, texts, values, with_cells, with_texts
from tests.tools.asking import ask
from tests.tools.requests import REQUESTS
from tools.facts import Chart, ToolResult
from tools.format import show

LANGUAGES: tuple[Language, ...] = ("ja", "en")
ASKED = [
    pytest.param(tool, given, marks=[] if given is requests[0] else pytest.mark.slow)
    for tool, requests in REQUESTS.items()
    for given in requests
]
"""Every request there is; every day the first of each tool, which draws all that the tool draws."""
SHOWN: dict[str, tuple[str, dict[str, Any]]] = {
    "bar": ("needs_attention", {}),
    "line": ("account_overview", {"account_id": "A010"}),
    "scatter": ("driver_grid", {"limit": 500}),
    "waterfall": ("customer_profitability", {"account_id": "A011"}),
    "whale": ("whale_curve", {"limit": 500}),
    "funnel": ("pipeline_metrics", {"by": "stage"}),
    "heatmap": ("abcd_matrix", {}),
    "map": ("white_space", {}),
    "graph": ("relationship_map", {"account_id": "A001", "group": True}),
    "routes": ("introduction_routes", {"contact_id": "C056"}),
}
"""One request for each kind of chart; it may be that of a part."""
HOSTILE = [
    '"]}});alert(1)',
    "x" * 300,
    "株式会社" * 60,
    "上の行\n下の行\r\t\u2028",
    "株\u202e式\u2066会\u200f社\u0000",
    "<script>alert(1)</script><a href='https://evil.example'>x</a>",
    "datum.value + width {{meta.as_of}} {whale.total}",
    "'; } expr: signal",
]
LOUD = {"expr", "signal", "labelExpr", "href", "url", "calculate", "test", "update", "filter"}


@pytest.fixture(scope="module", autouse=True)
def _letters() -> None:
    try:
        fonts.ready()
    except fonts.MissingFontError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def of_kind(sample: ScopedTables) -> Any:
    """The result of a kind from the sample company, with the facts of what it is a part of."""

    @cache
    def found(kind: str) -> ToolResult:
        tool, given = SHOWN[kind]
        result = ask(tool, sample, SAMPLE_DAY, **given)
        return next(r for r in drawable(result) if r.chart is not None and r.chart.kind == kind)

    return found


def known_rows(result: ToolResult) -> int:
    """How many rows of the table the chart can draw, counted from the table alone."""
    assert result.table is not None
    assert result.chart is not None
    chart, rows = result.chart, result.table.rows
    needed = {
        "scatter": (chart.x, chart.y), "whale": (chart.x, chart.y),
        "heatmap": (chart.colour or "",), "map": (), "graph": (), "routes": (),
    }.get(chart.kind, (chart.y,))  # fmt: skip
    places = [result.table.column(name) for name in needed]
    return sum(all(row[place] is not None for place in places) for row in rows)


def assert_drawn(result: ToolResult, spec: dict[str, Any]) -> None:
    chart, marks = result.chart, values(spec)
    assert chart is not None
    assert result.table is not None
    if chart.kind == "routes":
        place = result.table.column("route.path")
        assert len(marks) == sum(str(row[place]).count("→") + 1 for row in result.table.rows)
        return
    assert len(marks) == known_rows(result)
    drawn: dict[str, list[tuple[str, str]]] = {
        **{key: [("value", chart.y)] for key in ("bar", "waterfall", "line", "funnel")},
        "whale": [("value", chart.y), ("rank", chart.x)],
        "scatter": [("x", chart.x), ("y", chart.y)], "heatmap": [("value", chart.colour or "")],
    }  # fmt: skip
    both = known_rows(result) == len(result.table.rows)
    for field, column in drawn.get(chart.kind, []) if both or chart.kind != "scatter" else []:
        total = sum(mark[field] for mark in marks)
        assert math.isclose(total, float(sum(numbers(result, column))), rel_tol=1e-9, abs_tol=1e-6)


@pytest.mark.parametrize(("tool", "given"), ASKED, ids=lambda v: str(v)[:60])
def test_every_chart_has_a_title_and_draws_the_known_rows_of_its_table(
    sample: ScopedTables, tool: str, given: dict[str, Any]
) -> None:
    result = ask(tool, sample, SAMPLE_DAY, **given)
    for each in drawable(result):
        assert set(_titles()[each.tool]["name"]) == {"ja", "en"}
    for language in LANGUAGES:
        specs = vega_lites(result, language)
        wanted = {each.tool: each for each in drawable(result) if known_rows(each)}
        assert set(specs) == set(wanted)
        for name, spec in specs.items():
            assert_drawn(wanted[name], spec)
            json.dumps(spec, allow_nan=False)


def test_every_kind_of_chart_is_among_those_looked_at() -> None:
    assert set(SHOWN) == set(get_args(Chart.model_fields["kind"].annotation))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SHOWN)
def test_a_chart_of_each_kind_is_a_picture_with_its_names(
    of_kind: Any, kind: str, language: Language
) -> None:
    spec = vega_lite(of_kind(kind), language)
    assert spec is not None
    altair.LayerChart.from_dict(spec)  # which holds it against Vega-Lite's schema
    picture = png(spec, scale=1)
    assert len(picture) > 10_000
    seen = Image.open(io.BytesIO(picture)).convert("RGB")
    colours = seen.getcolors(1 << 24)
    assert colours is not None
    assert len(colours) > 20
    assert max(n for n, _colour in colours) < 0.97 * seen.width * seen.height
    drawn = " ".join(ElementTree.fromstring(svg(spec)).itertext())
    names = {str(d["name"]) for d in values(spec) if "name" in d}
    names |= {str(d["shown"]) for d in values(spec, "labels")}
    for text in names if kind != "scatter" else {str(d["shown"]) for d in values(spec, "labels")}:
        assert text in drawn
    if kind in ("bar", "scatter", "whale", "map", "graph", "routes"):
        assert any("\u3040" <= letter <= "\u9fff" for letter in drawn)


def test_japanese_letters_are_drawn_and_not_boxes(of_kind: Any) -> None:
    spec = vega_lite(of_kind("waterfall"), "ja")
    assert spec is not None
    letters = [
        png({"mark": {"type": "text", "font": spec["config"]["font"], "fontSize": 40},
             "data": {"values": [{"t": letter}]}, "encoding": {"text": {"field": "t"}}})
        for letter in ("株", "髙", "㈱")
    ]  # fmt: skip
    assert len(set(letters)) == 3


# ------------------------------------------------------------------ what is said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_says_the_conclusion_in_the_figures_of_the_facts(
    of_kind: Any, language: Language
) -> None:
    result = of_kind("whale")
    spec = vega_lite(result, language)
    assert spec is not None
    for name in ("whale.losers", "whale.peak", "whale.total"):
        fact = result.fact(name)
        assert show(fact.value, fact.unit, language) in said(spec)
    assert ("2025年10月1日～2026年9月30日" in said(spec)) == (language == "ja")
    assert "n = 102" in said(spec)


def test_without_its_facts_a_title_is_the_name(of_kind: Any) -> None:
    result = of_kind("whale").model_copy(update={"facts": ()})
    spec = vega_lite(result, "en")
    assert spec is not None
    assert spec["title"]["text"] == ["Whale curve"]
    assert "as of 30 September 2026" in said(spec)


def test_a_list_that_was_cut_off_says_so(sample: ScopedTables) -> None:
    result = ask("whale_curve", sample, SAMPLE_DAY)
    assert is_cut_short(result)
    spec = vega_lite(result, "ja")
    assert spec is not None
    assert "102件中20件を表示" in said(spec)
    assert not is_cut_short(ask("whale_curve", sample, SAMPLE_DAY, limit=500))
    assert not is_cut_short(ask("concentration", sample, SAMPLE_DAY))


@pytest.mark.parametrize(
    ("language", "money"), [("ja", ["億円"]), ("en", ["¥", "M"])], ids=LANGUAGES
)
def test_money_is_counted_on_an_axis_as_the_product_writes_it(
    of_kind: Any, language: Language, money: list[str]
) -> None:
    spec = vega_lite(of_kind("whale"), language)
    (written,) = {t for path, t in texts(spec) if path[-1] == "labelExpr" and money[-1] in t}
    assert all(part in written for part in money)
    drawn = " ".join(ElementTree.fromstring(svg(spec or {})).itertext())
    assert {"ja": "20億円", "en": "¥2,000M"}[language] in drawn


# ------------------------------------------------------------------ what is unknown


@pytest.mark.parametrize("kind", ["bar", "line", "scatter", "waterfall", "whale", "funnel"])
def test_an_unknown_figure_is_left_out_and_counted(of_kind: Any, kind: str) -> None:
    result = of_kind(kind)
    before, y = vega_lite(result, "ja"), result.chart.y
    known = [n for n, row in enumerate(result.table.rows)
             if row[result.table.column(y)] is not None]  # fmt: skip
    after = vega_lite(with_cells(result, y, {known[0]: None}), "ja")
    assert before is not None
    assert after is not None
    assert len(values(after)) == len(values(before)) - 1
    if kind != "whale":
        unknown = len(result.table.rows) - len(known) + 1
        assert f"不明な{unknown}件は除く" in said(after)
        english = vega_lite(with_cells(result, y, {known[0]: None}), "en")
        assert english is not None
        assert f"{unknown} unknown left out" in said(english)


def test_nothing_known_is_no_chart(of_kind: Any) -> None:
    result = of_kind("bar")
    rows = dict.fromkeys(range(len(result.table.rows)))
    assert vega_lite(with_cells(result, result.chart.y, rows), "ja") is None


def test_a_result_without_a_chart_or_without_rows_has_none(sample: ScopedTables) -> None:
    assert vega_lite(ask("find_account", sample, SAMPLE_DAY, text="東海"), "ja") is None
    empty = ask("whale_curve", sample, SAMPLE_DAY, period="FY2030")
    assert vega_lite(empty, "ja") is None
    assert vega_lites(empty, "ja") == {}


def test_after_an_unknown_line_a_waterfall_does_not_hang_in_the_air(of_kind: Any) -> None:
    result = of_kind("waterfall")
    cost = [row[0] for row in result.table.rows].index("standard_cost")
    spec = vega_lite(with_cells(result, "profit.amount", {cost: None}), "en")
    assert spec is not None
    marks = {mark["name"]: mark for mark in values(spec)}
    assert marks["customer-specific manufacturing"]["from"] == 0
    assert marks["labour"]["from"] == marks["gross profit"]["to"]


def test_a_waterfall_ends_where_the_profit_is(of_kind: Any) -> None:
    spec = vega_lite(of_kind("waterfall"), "ja")
    assert spec is not None
    marks = values(spec)
    for before, mark in pairwise(marks):
        start = 0 if mark["kind"] == "小計" else before["to"]
        assert math.isclose(mark["from"], start, abs_tol=1e-6)
        if mark["kind"] == "小計":
            assert math.isclose(mark["to"], before["to"], rel_tol=1e-9)


def test_a_cell_that_cannot_be_estimated_is_not_called_open_ground(of_kind: Any) -> None:
    result = of_kind("map")
    spec = vega_lite(result, "ja")
    assert spec is not None
    state, potential = (result.table.column(f"whitespace.{c}") for c in ("state", "potential"))
    unknown = sum(row[state] == "white" and row[potential] is None for row in result.table.rows)
    assert unknown > 0
    assert sum("推計できない" in mark["lines"] for mark in values(spec)) == unknown


# ------------------------------------------------------------------ text from data


@pytest.mark.parametrize("kind", SHOWN)
def test_text_from_data_stays_text(of_kind: Any, kind: str) -> None:
    harmless = vega_lite(with_texts(of_kind(kind), "x"), "ja")
    assert harmless is not None
    ours = {t for path, t in texts(harmless) if LOUD & set(path)}
    for text in HOSTILE:
        spec = vega_lite(with_texts(of_kind(kind), text), "ja")
        assert spec is not None
        loud = [(path, t) for path, t in texts(spec) if LOUD & set(path)]
        assert {t for _path, t in loud} <= ours | {
            t
            for path, t in loud
            if path[-1] == "labelExpr" and t.startswith(("datum.value == 0", "("))
        }, text
        for _path, each in texts(spec):
            assert not any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") for c in each)
            assert width(each) <= 250


@pytest.mark.parametrize("kind", SHOWN)
def test_text_from_data_is_drawn_as_text(of_kind: Any, kind: str) -> None:
    """All the texts in one picture of each kind, for a picture takes a second."""
    spec = vega_lite(with_texts(of_kind(kind), *HOSTILE), "ja")
    assert spec is not None
    altair.LayerChart.from_dict(spec)
    drawn = ElementTree.fromstring(svg(spec))
    tags = {element.tag.rpartition("}")[2] for element in drawn.iter()}
    assert not tags & {"script", "a", "image", "foreignObject", "style"}
    wide, high = struct.unpack(">II", png(spec, scale=1)[16:24])
    assert wide < 2_600
    assert high < 2_600


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_in_a_title_stays_text(of_kind: Any, text: str) -> None:
    result = of_kind("waterfall")
    facts = tuple(
        fact.model_copy(update={"value": text}) if fact.name == "account.name" else fact
        for fact in result.facts
    )
    spec = vega_lite(result.model_copy(update={"facts": facts}), "ja")
    assert spec is not None
    assert "営業利益1,122万円" in said(spec)
    assert len(spec["title"]["text"]) <= 2
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(svg(spec)).iter()}
    assert not tags & {"script", "a", "image"}


def test_accounts_of_one_name_stay_apart() -> None:
    names = {"A1": "同名社", "A2": "同名社", "A3": "同名社"}
    company = {
        "accounts": [{"account_id": i, "name": n, "status": "customer"} for i, n in names.items()],
        "products": [{"product_id": "P", "name": "P", "category": "c"}],
        "order_lines": [
            {"order_id": f"O{i}", "line_no": 1, "account_id": i, "product_id": "P",
             "ordered_on": SAMPLE_DAY - timedelta(days=1), "net_amount": 100, "quantity": 1}
            for i in names
        ],
    }  # fmt: skip
    spec = vega_lite(ask("concentration", tables_from(company), SAMPLE_DAY), "ja")
    assert spec is not None
    assert len({mark["name"] for mark in values(spec)}) == 3


def test_accounts_of_one_name_stay_apart_on_a_map(of_kind: Any) -> None:
    result = of_kind("map")
    alike = with_cells(result, "account.name", dict.fromkeys(range(len(result.table.rows)), "同名"))
    spec = vega_lite(alike, "ja")
    assert spec is not None
    places = {(mark["across"], mark["down"]) for mark in values(spec)}
    assert len(places) == len(result.table.rows)


def test_no_data_are_fetched_while_a_chart_is_drawn(of_kind: Any) -> None:
    spec = vega_lite(of_kind("bar"), "ja")
    assert spec is not None
    abroad = {**spec, "layer": [{**spec["layer"][0], "data": {"url": "http://127.0.0.1:9/x.csv"}}]}
    for draw in (png, svg):
        with pytest.raises(ValueError, match="External data url not allowed"):
            draw(abroad)


# ------------------------------------------------------------------ labels, scales, fonts

SPOTS = st.lists(
    st.tuples(st.floats(0, 700), st.floats(0, 400), st.text("あa株x ", min_size=1, max_size=24)),
    max_size=40,
)


@given(SPOTS)
def test_no_name_lies_over_another_or_over_a_point(spots: list[tuple[float, float, str]]) -> None:
    points = [(x, y) for x, y, _text in spots]
    labels = [Label(x, y, text, n) for n, (x, y, text) in enumerate(spots)]
    boxes = [_box(label, 13) for label in placed(labels, points, 700, 400, 13)]
    for n, box in enumerate(boxes):
        assert not any(box.meets(other) for other in boxes[n + 1 :])
        assert not any(box.holds(point) for point in points)
        assert 0 <= box.left <= box.right <= 700


@given(
    st.lists(st.floats(-1e12, 1e12).map(lambda x: round(x, 6)), min_size=1, max_size=20),
    st.floats(0, 0.2),
)
def test_an_axis_holds_its_values(numbers_: list[float], room: float) -> None:
    scale = linear(numbers_, 700, room=room)
    for number in numbers_:
        assert -1e-6 <= scale.pixel(number) <= 700 + 1e-6
        size = scale.high - scale.low
        assert math.isclose(scale.value(scale.pixel(number)), number, abs_tol=size * 1e-9)
    assert 2 <= len(scale.ticks) <= 12


@given(st.lists(st.floats(1e-3, 1e12), min_size=1, max_size=20))
def test_a_logarithmic_axis_holds_its_values(numbers_: list[float]) -> None:
    scale = logarithmic(numbers_, 700)
    assert all(0 <= scale.pixel(number) <= 700 for number in numbers_)


@given(st.text(max_size=400), st.integers(4, 60))
def test_plain_text_is_one_visible_line_of_at_most_so_many_columns(text: str, most: int) -> None:
    line = plain(text, most)
    assert width(line) <= most
    assert "\n" not in line
    assert all(width(each) <= most for each in lines_of(text, most, 2))
    assert len(lines_of(text, most, 2)) <= 2


def test_without_a_japanese_font_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "bundled", lambda: iter(()))
    monkeypatch.setattr(fonts, "_SYSTEM", ())
    with pytest.raises(fonts.MissingFontError, match=r"noto-cjk-sans-jp-regular.*fonts-noto-cjk"):
        fonts.ready.__wrapped__()
