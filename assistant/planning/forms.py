"""What somebody enters into a form becomes a change of the plan; other fields stay as they are.

A form shows an item of a version as texts. What comes back is compared with that version: only what
differs is a change, so that what others saved meanwhile is merged and not overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import ValidationError

from assistant.builtin.amounts import find_amounts
from crm.errors import TagayasuError
from crm.settings import Language
from plans.model import Action, Goal, Item, Plan, Progress
from tools.format import show

Kind = Literal["action", "goal"]
State = Literal["planned", "done", "dropped"]
Texts = Mapping[str, str]
KINDS: tuple[Kind, ...] = ("action", "goal")
COLLECTIONS: dict[Kind, str] = {"action": "actions", "goal": "goals"}
FIELDS: dict[Kind, tuple[str, ...]] = {
    "action": (
        "what", "due", "owner", "to_whom", "their_owner", "department", "value",
        "state", "done_on", "note",
    ),
    "goal": ("what", "amount", "due", "target_stage"),
}  # fmt: skip
"""The fields of each form, in its order."""
_MONEY = frozenset({"value", "amount"})
_DAYS = frozenset({"due", "done_on"})
_FOLLOWED = frozenset({"state", "done_on", "note"})
STAGES = ("Enter", "Extend", "Enhance", "Engage")
Mistake = Literal["required", "amount", "day", "too_long", "ahead"]


class UnfitError(TagayasuError):
    """What was entered makes no item; `fields` tells what is wrong with which."""

    def __init__(self, fields: Mapping[str, Mistake]) -> None:
        self.fields = dict(fields)
        super().__init__(f"These fields do not fit: {', '.join(fields)}.", "Mend them.")


@dataclass(frozen=True)
class Author:
    """Who fills in a form, and on which day."""

    name: str
    day: date


def shown(plan: Plan, kind: Kind, id_: str, language: Language) -> dict[str, str]:
    """The fields of an item as texts; all empty for an item that is not there (yet)."""
    item = plan.item(COLLECTIONS[kind], id_)
    held: dict[str, Any] = {} if item is None else dict(item)
    if kind == "action":
        progress = plan.item("progress", id_)
        held |= _standing(progress if isinstance(progress, Progress) else Progress(id=id_))
    return {name: _text(held.get(name), plan, language) for name in FIELDS[kind]}


def edited(
    plan: Plan, kind: Kind, id_: str, entered: Texts, by: Author, language: Language
) -> Plan:
    """The plan with what was entered; UnfitError for what makes no item."""
    before = shown(plan, kind, id_, language)
    given = {name: entered.get(name, before[name]).strip() for name in FIELDS[kind]}
    changed = {name: value for name, value in given.items() if value != before[name]}
    is_new = plan.item(COLLECTIONS[kind], id_) is None
    if not changed and not is_new:
        return plan
    values, mistakes = _values(changed, by)
    if not given["what"]:
        mistakes["what"] = "required"
    if mistakes:
        raise UnfitError(mistakes)
    content = {name: value for name, value in values.items() if name not in _FOLLOWED}
    if is_new or content:
        plan = plan.with_items(COLLECTIONS[kind], [_item(plan, kind, id_, content)])
    if kind == "action" and changed.keys() & _FOLLOWED:
        plan = plan.with_items("progress", [_progress(plan, id_, given, by)])
    return plan


def again(base: Plan, now: Plan, kind: Kind, id_: str, entered: Texts, language: Language) -> Texts:
    """What a form shows when others saved meanwhile: one's own changes on what stands now."""
    was, stands = shown(base, kind, id_, language), shown(now, kind, id_, language)
    mine = {name: entered.get(name, was[name]).strip() for name in FIELDS[kind]}
    return {name: mine[name] if mine[name] != was[name] else stands[name] for name in mine}


def _standing(progress: Progress) -> dict[str, Any]:
    state = "dropped" if progress.dropped else "done" if progress.done_on else "planned"
    return {"state": state, "done_on": progress.done_on, "note": progress.note}


def _text(value: Any, plan: Plan, language: Language) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        exact = f"{value.normalize():f}"
        told = show(value, plan.head.currency, language)
        return told if _amount(told) == value else exact
    return value.isoformat() if isinstance(value, date) else str(value)


def _values(changed: Texts, by: Author) -> tuple[dict[str, Any], dict[str, Mistake]]:
    values: dict[str, Any] = {}
    mistakes: dict[str, Mistake] = {}
    for name, text in changed.items():
        values[name] = text or None
        if name in _MONEY and text:
            values[name] = _amount(text)
            if values[name] is None:
                mistakes[name] = "amount"
        if name in _DAYS and text:
            values[name] = _day(text)
            if values[name] is None:
                mistakes[name] = "day"
            elif name == "done_on" and values[name] > by.day:
                mistakes[name] = "ahead"
    return values, mistakes


def _amount(text: str) -> Decimal | None:
    """The one amount of a text that holds nothing else; None for any other text."""
    found = find_amounts(text)
    if len(found) != 1 or found[0].unit not in ("money", None):
        return None
    rest = text[: found[0].start] + text[found[0].end :]
    return found[0].value if not rest.strip() and found[0].value >= 0 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _item(plan: Plan, kind: Kind, id_: str, content: Mapping[str, Any]) -> Item:
    model: type[Item] = Action if kind == "action" else Goal
    before = plan.item(COLLECTIONS[kind], id_)
    usual: dict[str, Any] = {"id": id_} | ({"measure": "other"} if kind == "goal" else {})
    try:
        return model.model_validate({**usual, **(dict(before) if before else {}), **content})
    except ValidationError as error:
        places = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
        raise UnfitError(dict.fromkeys(places, "too_long")) from None


def _progress(plan: Plan, id_: str, given: Texts, by: Author) -> Progress:
    state = given["state"] or "planned"
    done_on = _day(given["done_on"]) or by.day if state == "done" else None
    before = plan.item("progress", id_)
    kept = dict(before) if before else {"id": id_}
    told = {"done_on": done_on, "dropped": state == "dropped", "note": given["note"] or None}
    try:
        return Progress.model_validate({**kept, **told, "by": by.name, "on": by.day})
    except ValidationError:
        raise UnfitError({"note": "too_long"}) from None
