"""Edits of KPIs: the target, the value at the start, a KPI that is added or taken away."""

from __future__ import annotations

from typing import Any

from assistant.builtin.amounts import Amount
from assistant.planning.edits.figures import amounts, exact, money
from assistant.planning.edits.part import Part, unquoted
from assistant.planning.edits.view import Ask, Outcome, View, question
from plans.model import Kpi

_BASE = r"開始時|基準値?|現状|現在(?:の値)?|起点|いま|今は|ベースライン|baseline|from|now(?: at)?|today|currently|starts? at|starting (?:at|from)"  # noqa: E501
_TARGET = r"目標値?|ターゲット|target|goal|to"
_MARK = rf"(?:{_TARGET}|{_BASE})(?:値)?(?:は|が|を|の値は|:|is|of|at)?\s*"


def read_kpis(view: View) -> Outcome:
    """An edit of a KPI; None where the part names none."""
    part = view.part
    named = part.has("kpi|指標")
    if not named and not (part.has(_TARGET + "|" + _BASE) and _named(view)):
        return None
    match = part.form("read_kpis")
    if match is not None:
        return new_kpi(view, part.group(match, "x"), Part.of(_raw(part, match, "more")))
    if part.has("<<drop>>"):
        match = part.form("read_kpis_2")
        if match is not None:
            return _which(view, part.group(match, "x"), lambda kpi: view.without("kpis", kpi))
    return _figures(view)


def _raw(part: Part, match: Any, group: str) -> str:
    start, end = match.span(group)
    return part.raw[part.places[start] : part.places[end - 1] + 1] if 0 <= start < end else ""


def _named(view: View) -> list[Kpi]:
    """The KPIs whose name, or the beginning of it, stands in the part."""
    plain = view.part.plain + (view.part.quoted or "")
    found = []
    for kpi in view.plan.kpis:
        name = Part.of(kpi.what).plain
        short = name.split("(")[0].strip()
        if len(short) > 2 and short in plain:
            found.append(kpi)
    return found


def _which(view: View, named: str, do: Any) -> Outcome:
    kpis = view.plan.kpis
    about = view.item_about("kpis")
    told = _named(view)
    if not told and not unquoted(named) and isinstance(about, Kpi):
        return do(about)  # type: ignore[no-any-return]
    found = told or (view.which(named, kpis) if unquoted(named) else list(kpis))
    return view.choose(list(found or ()), question("which_kpi"), do) or Ask(question("which_kpi"))


def _figures(view: View) -> Outcome:
    fields = figures(view)
    if isinstance(fields, Ask):
        return fields
    if not fields:
        return None
    part = view.part
    match = part.search(
        r"(?:kpi|指標)(?:の|:|\s)?\s?(?P<x><<q>>|[^、,。]+?)(?:の(?:目標|基準|開始|現状|現在)|を|は|(?:'s)? (?:to|target|baseline)|$)"  # noqa: E501
    )
    match = match or part.search(
        r"(?:of|for) (?:the )?(?:kpi )?(?P<x>.+?)(?: kpi)?(?= (?:to|is|at)(?![a-z]))"
    )
    named = part.quoted or (part.group(match, "x") if match else "")
    return _which(view, named, lambda kpi: view.set("kpis", kpi, **fields))


def figures(view: View) -> dict[str, Any] | Ask:
    """The target and the value at the start that a part says; a bare figure is the target."""
    if isinstance(paid := money(view), Ask):
        return paid
    fields: dict[str, Any] = {}
    bare: list[Amount] = []
    for amount in amounts(view):
        before = view.part.plain[: amount.start]
        if Part.of(before).has(rf"(?:{_BASE})(?:値)?(?:は|が|を|の値は|:|is|of|at)?\s*$"):
            fields["baseline_value"] = exact(amount.value)
        elif Part.of(before).has(rf"(?:{_TARGET})(?:値)?(?:は|が|を|:|is|of|at)?\s*$"):
            fields["target"] = exact(amount.value)
        else:
            bare.append(amount)
    if bare and "target" not in fields:
        fields["target"] = exact(bare[-1].value)
    if fields and view.days and not view.bad_day():
        fields["due"] = view.days[-1].last
    return fields


def new_kpi(view: View, what: str, more: Part) -> Outcome:
    """A KPI of a person's own, with its unit as it was said."""
    whole = view.of(Part.of(f"{what}、{more.raw}") if more.raw else Part.of(what))
    fields = figures(whole)
    if isinstance(fields, Ask):
        return fields
    said = [a for a in amounts(whole) if a.word or a.unit]
    unit = view.plan.head.currency if any(a.unit == "money" for a in said) else ""
    unit = unit or next((a.word for a in said if a.word), "count")
    unit = {"パーセント": "%", "percent": "%"}.get(unit, unit)
    name = Part.of(what)
    cut = name.search(rf"[\s、,(]+(?:{_MARK})?[¥$]?[\d.,]+.*$") or name.search(
        rf"[\s、,(]+(?:{_MARK}).*\d.*$"
    )
    text = unquoted(name.slice(0, cut.start()).raw if cut else what)
    return view.add("kpis", what=text, unit=unit, **fields) if text else Ask(question("which_kpi"))
