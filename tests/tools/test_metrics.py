"""Every fact name says what it is made of, in words that name real columns."""

from __future__ import annotations

import re

import pytest

from crm.schema import tables as canonical_tables
from tools.facts import Metric, metrics

PART = re.compile(r"(\w+)\(([\w, ]+)\)")
WITHOUT_COLUMNS = {
    "meta", "passage", "knowledge", "goal", "plan", "meeting", "reminder", "due", "changes.since",
    "deals.signal",
}  # fmt: skip
"""What comes from the request, from documents or from a plan, not from the tables."""


@pytest.mark.parametrize("metric", metrics().values(), ids=lambda m: m.name)
def test_inputs_are_real_columns(metric: Metric) -> None:
    if not metric.inputs:
        assert {metric.name, metric.name.split(".")[0]} & WITHOUT_COLUMNS
        return
    for part in metric.inputs.split("; "):
        found = PART.fullmatch(part)
        assert found, part
        table = canonical_tables()[found[1]]
        assert set(found[2].split(", ")) <= set(table.names)


@pytest.mark.parametrize("metric", metrics().values(), ids=lambda m: m.name)
def test_a_fact_has_words_in_both_languages_and_no_figure_in_its_label(metric: Metric) -> None:
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", metric.formula.ja), metric.formula.ja
    assert metric.label.ja
    assert metric.label.en
    assert metric.formula.en
    assert not re.search(r"[ぁ-んァ-ヶ一-龠]", metric.label.en + metric.formula.en)
    assert not re.search(r"[0-9０-９]", metric.label.ja + metric.label.en)
