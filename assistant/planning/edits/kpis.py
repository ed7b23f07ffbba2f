"""Edits of KPIs: the target, the value at the start, a KPI that is added or taken away."""

from __future__ import annotations

import re
from typing import Any

from assistant.builtin.amounts import Amount
from assistant.planning.edits.figures import amounts, exact, money
from assistant.planning.edits.find import alike
from assistant.planning.edits.part import Part, unquoted
from assistant.planning.edits.view import Ask, Outcome, View, question
from plans.model import Kpi

_BASE = r"開始時|基準値?|現状|現在(?:の値)?|起点|いまは?|今は?(?!月|期|年|週)|ベースライン|baseline|from|now(?: at)?|today|currently|starts? at|starting (?:at|from)"  # noqa: E501
_TARGET = r"目標値?|ターゲット|target|goal|to|reach|hit"
_MARK = rf"(?:{_TARGET}|{_BASE})(?:値)?(?:は|が|を|の値は|:|is|of|at)?\s*"


def read_kpis(view: View) -> Outcome:
    """An edit of a KPI; None where the part names none."""
    part = view.part
    if part.has("<<another_goal>>"):
        return None
    named = part.has("kpi|指標")
    if not named and (outcome := _of_the_last(view)) is not None:
        return outcome
    if not named and not (part.has(rf"{_TARGET}|{_BASE}|<<due>>|<<drop>>") and _named(view)):
        return None
    match = part.form("read_kpis") if named else None
    if match is not None:
        return new_kpi(view, part.group(match, "x"), Part.of(_raw(part, match, "more")))
    if named and part.has("<<new_kpi>>"):
        return Ask(question("kpi_what"))
    if part.has("<<drop>>"):
        match = part.form("read_kpis_2")
        if match is not None:
            return _which(view, part.group(match, "x"), lambda kpi: view.without("kpis", kpi))
    return _figures(view)


def _of_the_last(view: View) -> Outcome:
    """目標は12回 and 今は3回 are of the KPI spoken of, where its unit is the one that is said."""
    kpi = view.item_about("kpis")
    if not isinstance(kpi, Kpi) or not view.part.has(rf"^(?:{_TARGET}|{_BASE})"):
        return None
    is_money = any(a.unit == "money" for a in amounts(view))
    if is_money and kpi.unit != view.plan.head.currency:
        return None
    fields = figures(view)
    return (
        fields if isinstance(fields, Ask) else view.set("kpis", kpi, **fields) if fields else None
    )


def _raw(part: Part, match: Any, group: str) -> str:
    start, end = match.span(group)
    return part.raw[part.places[start] : part.places[end - 1] + 1] if 0 <= start < end else ""


def _named(view: View) -> list[Kpi]:
    """The KPIs whose name, or the beginning of it, stands in the part."""
    quoted = view.part.quoted
    plain = view.part.plain + Part.of(quoted or "").plain
    found = []
    for kpi in view.plan.kpis:
        name = Part.of(kpi.what).plain
        short = name.split("(")[0].strip()
        if (len(short) > 2 and short in plain) or (quoted and alike(quoted, [kpi])):
            found.append(kpi)
    return found


def _which(view: View, named: str, do: Any) -> Outcome:
    kpis = view.plan.kpis
    about = view.item_about("kpis")
    told = _named(view)
    if not told and Part.of(named).match("それ|これ|its?|that|this"):
        named = ""
    if not told and not unquoted(named) and isinstance(about, Kpi):
        return do(about)  # type: ignore[no-any-return]
    found = told or (view.which(named, kpis) if unquoted(named) else list(kpis))
    which = question("which_kpi")
    return view.choose(list(found or ()), which, do) or view.offer(list(kpis), which, do)


def _by(view: View) -> Outcome:
    """A target raised or lowered by a figure or a share of what it is."""
    found = amounts(view)
    if len(found) != 1 or view.days:
        return Ask(question("figure"))
    sign = -1 if view.part.has("<<less>>") else 1
    by = found[0]

    def moved(kpi: Kpi) -> Outcome:
        is_same = (by.unit == "money") == (kpi.unit == view.plan.head.currency)
        if kpi.target is None or not (by.unit == "percent" or is_same):
            return Ask(question("figure"))
        step = kpi.target * by.value if by.unit == "percent" else by.value
        return view.set("kpis", kpi, target=exact(kpi.target + sign * step))

    return _which(view, view.part.quoted or "", moved)


def _figures(view: View) -> Outcome:
    if view.part.form("kpi_by") is not None:
        return _by(view)
    fields = figures(view)
    if isinstance(fields, Ask):
        return fields
    if not fields:
        return None
    part = view.part
    goals = [g for g in view.plan.goals if len(g.what) > 1 and Part.of(g.what).plain in part.plain]
    if goals and part.has("<<goal>>") and not part.has("kpi|指標") and "target" in fields:
        return None
    match = part.search(
        r"(?:kpi|指標)(?:の|:|\s)?\s?(?P<x><<q>>|[^、,。]+?)(?:の(?:目標|基準|開始|現状|現在)|を|は|(?:'s)? (?:to|target|baseline)|$)"  # noqa: E501
    )
    match = match or part.search(
        r"(?:of|for) (?:the )?(?:kpi )?(?P<x>.+?)(?: kpi)?(?= (?:to|is|at)(?![a-z]))"
    )
    match = match or part.search(r"(?:the )?kpi (?:on|of|for|called)? ?(?P<x>.+?)(?: should|:|,)")
    named = part.quoted or (part.group(match, "x") if match else "")
    return _which(view, named, lambda kpi: view.set("kpis", kpi, **fields))


def figures(view: View) -> dict[str, Any] | Ask:
    """The target and the value at the start that a part says; a bare figure is the target."""
    if isinstance(paid := money(view), Ask):
        return paid
    if bad := view.bad_day():
        return bad
    fields: dict[str, Any] = {}
    bare: list[Amount] = []
    is_base = view.part.has(
        r"^[^、,]*(?:baseline|ベースライン|開始時|現状|基準値?)(?! ?[\d、,])"
    ) and not (view.part.has(r"目標|target"))
    for amount in amounts(view):
        before = Part.of(view.part.plain[: amount.start])
        if before.has(rf"(?:{_BASE})(?:値)?(?:は|が|を|の値は|:|is|of|at)?\s*$"):
            fields["baseline_value"] = exact(amount.value)
        elif before.has(rf"(?:{_TARGET})(?:値)?(?:は|が|を|:|is|of|at)?\s*$"):
            fields["target"] = exact(amount.value)
        else:
            bare.append(amount)
    field = "baseline_value" if is_base else "target"
    if bare and field not in fields:
        fields[field] = exact(bare[-1].value)
    if view.days:
        fields["due"] = view.days[-1].last
    return fields


def _counter(view: View, figure: Amount | None) -> str | None:
    """The word after a figure that says what is counted (5回)."""
    after = Part.of(view.part.plain[figure.end :]) if figure else None
    match = (
        after.search(r"^\s?(?P<u>件|回|名|人|社|者|台|点|箇所|か所|拠点|時間|日|%|％)")
        if after
        else None
    )
    return match["u"] if match else None


def new_kpi(view: View, what: str, more: Part) -> Outcome:
    """A KPI of a person's own, with its unit as it was said."""
    whole = view.of(Part.of(f"{what}、{more.raw}") if more.raw else Part.of(what))
    fields = figures(whole)
    if isinstance(fields, Ask):
        return fields
    figure = next((a for a in amounts(whole) if not (a.word or a.unit)), None)
    said = [a for a in amounts(whole) if a.word or a.unit]
    unit = view.plan.head.currency if any(a.unit == "money" for a in said) else ""
    unit = unit or next((a.word for a in said if a.word), "") or _counter(whole, figure) or "count"
    unit = {"パーセント": "%", "percent": "%"}.get(unit, unit)
    name = Part.of(what)
    cut = name.search(rf"[\s、,(]+(?:{_MARK})?[¥$]?[\d.,]+.*$") or name.search(
        rf"[\s、,(]+(?:{_MARK}).*\d.*$"
    )
    text = unquoted(name.slice(0, cut.start()).raw if cut else what)
    text = re.sub(r"^(?:an?|the) |を$", "", text)
    if Part.of(text).match(r"(?:<<once_more>>|追加|も|を)*"):
        text = ""
    return view.add("kpis", what=text, unit=unit, **fields) if text else Ask(question("kpi_what"))
