"""A row of a table, or a line of a list, becomes an item of the plan, or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from assistant.planning.importing.headings import data, is_nothing, named_in, one_of, why
from assistant.planning.importing.row import Row, bracketed
from assistant.planning.importing.values import day
from crm.settings import Language
from plans.model import Action, Appointment, Goal, Item, KeyPerson, Kpi, Progress, TeamMember

_STAGES = {stage.casefold(): stage for stage in ("Enter", "Extend", "Enhance", "Engage")}
_BETWEEN = re.compile(r"、|, |／|/|\n")
_TICK = re.compile(r"(?:\[(?P<in>[ xX])\]|(?P<box>[☐☑✅✓✔]))\s*(?P<text>.+)")
_NO_UNIT = "count"
_ROLE = re.compile(r"(?P<first>[^:：]+)[:：]\s*(?P<second>.+)")


def person(row: Row, id_: str) -> KeyPerson:
    title, department = _title(row)
    return KeyPerson(
        id=id_,
        name=row.name("name") or "",
        title=title,
        department=department,
        role=row.name("role"),
        attitude=row.name("attitude"),
        ours=row.name("ours"),
    )


def goal(row: Row, id_: str) -> Goal:
    what = row.words("what") or ""
    stage = row.get("stage")
    if stage and stage.casefold() not in _STAGES:
        row.leave("stage", why("stage"))
    return Goal(
        id=id_,
        what=what,
        measure=_measure(what),
        amount=row.money("amount"),
        due=row.day("due"),
        goal_type=row.name("goal_type"),
        target_stage=_STAGES.get((stage or "").casefold()),  # type: ignore[arg-type]
    )


def action(row: Row, id_: str) -> Action:
    days = row.span("due")
    begins = row.day("start", is_start=True)
    if days and begins is None and _is_from_to(row.get("due") or ""):
        begins = days[0]
    return Action(
        id=id_,
        what=row.words("what") or "",
        start=begins,
        due=days[1] if days else None,
        to_whom=row.name("to_whom"),
        how=row.words("how"),
        owner=row.name("owner"),
        their_owner=row.name("their_owner"),
        department=row.name("department"),
        value=row.money("value"),
    )


def progress(row: Row, id_: str) -> Progress | None:
    """What is said to have become of an action; no day is made up."""
    state = row.words("state")
    said, inner = bracketed(state) if state else ("", None)
    code = one_of("states", state or "") or one_of("states", said)
    done_on = row.day("done_on")
    notes = [row.words("note")]
    if code == "done" and done_on is None:
        done_on = day(inner, row.context.calendar) if inner else None
        if done_on is None:
            row.leave("state", why("done"))
            notes.insert(0, done_note(state or "", row.context.language))
    elif state and (code is None or inner):
        notes.insert(0, state)
    note = "\n".join(text for text in notes if text)
    if not (done_on or note or code == "dropped"):
        return None
    return Progress(id=id_, done_on=done_on, dropped=code == "dropped", note=note or None)


def ticked(text: str) -> tuple[str, str | None]:
    """An item of a list without its box, and the box where it is ticked."""
    found = _TICK.fullmatch(text)
    if found is None:
        return text, None
    box = text[: found.start("text")].strip()
    return found["text"], None if found["in"] == " " or box == "☐" else box


def done_note(text: str, language: Language) -> str:
    """What is noted on an action that is said to be done, as `text`, without the day."""
    note: str = data()["done_note"][language]
    return note.format(text=text)


def member(row: Row, id_: str) -> TeamMember:
    role, duty = row.words("role"), row.words("duty")
    code = one_of("roles", role) if role else None
    told = [duty] if code else [role, duty]
    return TeamMember(
        id=id_,
        name=row.name("name") or "",
        role=code or "other",  # type: ignore[arg-type]
        duty="\n".join(text for text in told if text) or None,
    )


def kpi(row: Row, id_: str) -> Kpi:
    """The figures of a KPI have one unit: that of its baseline, else of its target."""
    stated = row.unit_of("unit")
    values: dict[str, Any] = {}
    unit = None
    for field in ("baseline", "target"):
        found = row.figure(field, stated)
        if found is None:
            continue
        if found.unit is None:
            row.leave(field, why("unit"))
        elif unit not in (None, found.unit):
            row.leave(field, why("units"))
        else:
            unit, values[field] = found.unit, found.value
    if unit and stated and row.get("unit") and stated.unit != unit:
        row.leave("unit", why("units"))
    return Kpi(
        id=id_,
        what=row.words("what") or "",
        unit=unit or (stated.unit if stated else _NO_UNIT),
        baseline_value=values.get("baseline"),
        target=values.get("target"),
        due=row.day("due"),
    )


def appointment(row: Row, id_: str) -> Appointment | None:
    """A review whose participants, frequency and first day are all stated; else it is left."""
    what = row.words("what") or ""
    found = {field: _code(row, field, what) for field in ("level", "every")}
    first = row.get("first")
    on = day(first, row.context.calendar, is_start=True) if first else None
    missing = next((field for field in ("level", "every") if found[field] is None), None)
    if missing or on is None:
        row.context.leave(row.text, row.place, why(missing or "first"))
        return None
    for field in found:
        if (said := row.get(field)) and one_of(field, said) is None:
            row.leave(field, why("more"))
    return Appointment(id=id_, what=what, first=on, **found)  # type: ignore[arg-type]


MAKERS: Mapping[str, Callable[[Row, str], Item | None]] = {
    "people": person,
    "goals": goal,
    "actions": action,
    "team": member,
    "kpis": kpi,
    "calendar": appointment,
}
"""What makes an item of a collection of a row. May raise pydantic's ValidationError."""


def from_line(kind: str, text: str, id_: str) -> Item | None:
    """A line of a list as an item; None where it does not say clearly what it is.

    Free text never yields an amount or a day.
    """
    if kind == "goals":
        return Goal(id=id_, what=text, measure=_measure(text))
    if kind == "actions":
        return Action(id=id_, what=text)
    if kind == "kpis":
        return Kpi(id=id_, what=text, unit=_NO_UNIT)
    return _member(text, id_) if kind == "team" else None


def _member(text: str, id_: str) -> TeamMember | None:
    """佐伯 翔（主担当）, 主担当: 佐伯 翔, Saeki: owner: where the role is one of ours."""
    name, role = bracketed(text)
    match = _ROLE.fullmatch(text)
    pairs = [(name, role), (match["first"], match["second"]), (match["second"], match["first"])] \
        if match else [(name, role)]  # fmt: skip
    for who, what in pairs:
        code = one_of("roles", what) if what else None
        if code and not is_nothing(who):
            return TeamMember(id=id_, name=who, role=code)  # type: ignore[arg-type]
    return None


def _title(row: Row) -> tuple[str | None, str | None]:
    """Title and department, also where one column holds both, apart by a comma."""
    title, department = row.name("title"), row.name("department")
    for field in ("title_department", "department_title"):
        text = row.get(field)
        if text is None:
            continue
        parts = _BETWEEN.split(text)
        if len(parts) != 2 or title or department:
            row.leave(field, why("both"))
        elif field == "title_department":
            title, department = parts
        else:
            department, title = parts
    return title, department


def _measure(text: str) -> Any:
    """What a goal is measured by, where its words name one measure."""
    found = named_in("measures", text)
    return next(iter(found)) if len(found) == 1 else "other"


def _code(row: Row, field: str, what: str) -> str | None:
    """The one code that a cell names, or the name of the review where the cell is blank."""
    found = named_in(field, row.get(field) or what)
    return next(iter(found)) if len(found) == 1 else None


def _is_from_to(text: str) -> bool:
    return bool(re.search(r"[~〜～–—―]|から|\sto\s|\s-\s|-(?=[0-9]{4})", text))
