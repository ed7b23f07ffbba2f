"""An action, a goal or a review of a plan is edited in a modal, on the version that was read.

Where others have saved meanwhile nothing is lost: the form comes back with their changes told and
one's own still in it, and is saved on top of theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date

from api.render.slack.answer import Blocks, section
from api.render.slack.elements import Button
from api.render.slack.modals import Field, View, form, listed, loading, message
from api.render.slack.text import fitted
from api.render.slack.words import beside, word
from api.slack.item import Item
from api.slack.phrases import say
from api.slack.pressed import about, entered, is_in_modal, number, value, view_id
from api.slack.registry import AtOnce, Workplace
from api.slack.reply import Reply
from api.slack.surfaces.files import ENDINGS, export
from api.slack.visitor import Visitor, known, told, visitor_of
from assistant.planning.forms import (
    COLLECTIONS,
    FIELDS,
    KINDS,
    STAGES,
    Author,
    Kind,
    Texts,
    UnfitError,
    again,
    edited,
)
from assistant.planning.forms import shown as texts_of
from crm.scope import today
from crm.settings import Language
from plans.changes import Change
from plans.model import Action, Goal, Plan, new_id
from plans.stored import StaleError, Stored
from plans.wording import described, field_word
from tools.format import show_date

_STATES = ("planned", "done", "dropped")
_SETTLED_SECONDS = 0.8
"""Slack first shows what a form was answered: what came sooner would be overwritten."""
_CHANGES = 20
_WANTED: dict[str, Kind] = {"edit_action": "action", "edit_goal": "goal"}


# --------------------------------------------------------------------- opening


async def opened(item: Item, workplace: Workplace) -> AtOnce:
    """A modal at once, before the plan is read; in an open modal the form takes its place."""
    wanted, _plan_id = value(item)
    if wanted in ENDINGS:
        return AtOnce()
    if is_in_modal(item):
        return AtOnce(kept={"opened": view_id(item)})
    view = loading("app", workplace.assistant.settings.company.language)
    return AtOnce(kept={"opened": await workplace.delivery.open_view(item.trigger, view)})


@known
async def menu(item: Item, workplace: Workplace, reply: Reply, visitor: Visitor) -> None:
    """What was chosen to be done with a plan."""
    wanted, plan_id = value(item)
    if wanted in ENDINGS:
        await export(item, workplace, reply, visitor, plan_id, ENDINGS[wanted])
        return

    def view() -> View:
        stored = workplace.workspace.planner.get(visitor.who, plan_id)
        if wanted == "edit_review":
            return _review(workplace, visitor, stored)
        return _items(stored, _WANTED[wanted], visitor.language)

    await _show(item, workplace, visitor, view)


@known
async def one(item: Item, workplace: Workplace, _reply: Reply, visitor: Visitor) -> None:
    """The form of the item that was chosen."""
    held = about(item)

    def view() -> View:
        stored = workplace.workspace.planner.get(visitor.who, held.get("plan", ""))
        kind = _kind(held)
        texts = texts_of(stored.plan, kind, held.get("item", ""), visitor.language)
        return _form(stored, kind, held.get("item", ""), texts, visitor.language)

    await _show(item, workplace, visitor, view)


async def _show(
    item: Item, workplace: Workplace, visitor: Visitor, make: Callable[[], View]
) -> None:
    try:
        view = await asyncio.to_thread(make)
    except Exception as error:  # noqa: BLE001 - the door: the log id goes out, the rest stays
        view = message("app", told(error, item, visitor.language), visitor.language)
    await workplace.delivery.update_view(view_id(item), view)


def _kind(held: Mapping[str, str]) -> Kind:
    found = next((kind for kind in KINDS if kind == held.get("kind")), None)
    if found is None:
        raise UnfitError({"kind": "required"})
    return found


# --------------------------------------------------------------------- views


def _items(stored: Stored, kind: Kind, language: Language) -> View:
    lines = [
        (_line(found, language), _edit(stored, kind, found.id, "edit", language))
        for found in stored.plan.items(COLLECTIONS[kind])
        if isinstance(found, Action | Goal)
    ]
    more = [_edit(stored, kind, new_id(), f"add_{kind}", language)]
    return listed(f"{kind}_title", lines, more, language)


def _line(found: Action | Goal, language: Language) -> str:
    due = show_date(found.due, language) if found.due else "—"
    return beside(language, f"**{due}**", found.what)


def _edit(stored: Stored, kind: Kind, id_: str, name: str, language: Language) -> Button:
    held: dict[str, str | int] = {"kind": kind, "plan": stored.plan_id, "item": id_}
    return Button("edit_item", word(name, language), held)


def _form(
    stored: Stored, kind: Kind, id_: str, texts: Texts, language: Language, above: Blocks = ()
) -> View:
    held: dict[str, str | int] = {
        "kind": kind, "plan": stored.plan_id, "item": id_, "version": stored.version,
    }  # fmt: skip
    if stored.state in ("approved", "in_execution"):
        above = (*above, section(say("ends_approval", language)))
    fields = [_field(kind, name, texts[name], language) for name in FIELDS[kind]]
    return form("edit", f"{kind}_title", held, fields, language, above=above)


def _field(kind: Kind, name: str, text: str, language: Language) -> Field:
    called = word(name, language) if name == "state" else _label(_part(kind, name), name, language)
    match name:
        case "what" | "note":
            return Field(name, called, "lines", text, name == "what")
        case "due" | "done_on":
            return Field(name, called, "date", text)
        case "state":
            states = tuple((state, word(f"state_{state}", language)) for state in _STATES)
            return Field(name, called, "choice", text or "planned", True, choices=states)
        case "target_stage":
            return Field(name, called, "choice", text, choices=tuple((s, s) for s in STAGES))
        case "value" | "amount":
            return Field(name, called, "line", text, hint=word("amount_hint", language), longest=60)
    return Field(name, called, "line", text, longest=200)


def _part(kind: Kind, name: str) -> str:
    """The collection that a field of a form is kept in."""
    return "progress" if name in ("done_on", "note") else COLLECTIONS[kind]


def _label(collection: str, name: str, language: Language) -> str:
    """What a plan calls a field, as it stands above an input."""
    called = field_word(collection, name, language)
    return called[:1].upper() + called[1:]


def _review(workplace: Workplace, visitor: Visitor, stored: Stored) -> View:
    language = visitor.language
    day = today(workplace.assistant.settings)
    fields = [
        Field("held_on", _label("records", "held_on", language), "date", day.isoformat(), True),
        Field("summary", _label("records", "summary", language), "lines", required=True),
        Field("decisions", _label("records", "decisions", language), "lines"),
    ]
    return form("review", "review_title", {"plan": stored.plan_id}, fields, language)


# --------------------------------------------------------------------- saving


async def checked(item: Item, workplace: Workplace) -> AtOnce:
    """What does not fit is told at its field; else the form says that it is being saved."""
    visitor = await visitor_of(item, workplace)
    if visitor is None:
        return AtOnce(over=True)
    try:
        await asyncio.to_thread(_made, item, workplace, visitor)
    except UnfitError as error:
        return _mistakes(error, visitor.language)
    view = message(f"{_kind(about(item))}_title", word("saving", visitor.language),
                   visitor.language)  # fmt: skip
    return AtOnce(response={"response_action": "update", "view": view})


def _mistakes(error: UnfitError, language: Language) -> AtOnce:
    told_ = {name: say(f"mistake_{kind}", language) for name, kind in error.fields.items()}
    return AtOnce(response={"response_action": "errors", "errors": told_}, over=True)


def _made(item: Item, workplace: Workplace, visitor: Visitor) -> tuple[Stored, Plan, Plan, int]:
    """The plan as it stands, the version that was read, that with what was entered, its number."""
    held = about(item)
    planner = workplace.workspace.planner
    stored = planner.get(visitor.who, held.get("plan", ""))
    version = number(held.get("version", ""))
    base = planner.version(stored, version).plan
    by = Author(visitor.who.name, today(workplace.assistant.settings))
    mine = edited(base, _kind(held), held.get("item", ""), entered(item), by, visitor.language)
    return stored, base, mine, version


@known
async def saved(item: Item, workplace: Workplace, _reply: Reply, visitor: Visitor) -> None:
    """Save what was entered, or show the form again with what others have changed."""
    await asyncio.sleep(_SETTLED_SECONDS)
    await _show(item, workplace, visitor, lambda: _saved(item, workplace, visitor))


def _saved(item: Item, workplace: Workplace, visitor: Visitor) -> View:
    language, held = visitor.language, about(item)
    kind, id_ = _kind(held), held.get("item", "")
    stored, base, mine, version = _made(item, workplace, visitor)
    title = f"{kind}_title"
    if mine == base:
        return message(title, say("not_changed", language), language)
    planner = workplace.workspace.planner
    try:
        after = planner.save(visitor.who, stored, mine, "form", base=version)
    except StaleError as stale:
        texts = again(base, stale.stored.plan, kind, id_, entered(item), language)
        return _form(stale.stored, kind, id_, texts, language, _told(stale, base, language))
    ended = stored.state in ("approved", "in_execution") and after.state == "draft"
    words = say("saved", language, version=str(after.version))
    return message(title, words + (say("approval_ended", language) if ended else ""), language)


def _told(stale: StaleError, base: Plan, language: Language) -> Blocks:
    """What others have changed since the form was opened."""
    lines = [described(c, base, stale.stored.plan, language) for c in stale.changes[:_CHANGES]]
    left = len(stale.changes) - len(lines)
    lines += [word("home_more", language, count=left)] if left > 0 else []
    words = [word("changed_by_others", language, version=stale.stored.version)]
    words.append(f"**{word('their_changes', language)}**\n" + "\n".join(f"• {x}" for x in lines))
    if _clash(stale):
        words.append(word("clashing", language))
    return tuple(section(part) for text in words for part in fitted(text))


def _clash(stale: StaleError) -> tuple[Change, ...]:
    return tuple(mine for mine, _theirs in stale.merged.conflicts)


# --------------------------------------------------------------------- reviews


async def review_checked(item: Item, workplace: Workplace) -> AtOnce:
    """A review is of a day that has come."""
    language = workplace.assistant.settings.company.language
    day = entered(item).get("held_on", "")
    if not day or day > today(workplace.assistant.settings).isoformat():
        return _mistakes(UnfitError({"held_on": "ahead"}), language)
    view = message("review_title", word("saving", language), language)
    return AtOnce(response={"response_action": "update", "view": view})


@known
async def reviewed(item: Item, workplace: Workplace, _reply: Reply, visitor: Visitor) -> None:
    """Record a review, once."""
    await asyncio.sleep(_SETTLED_SECONDS)
    await _show(item, workplace, visitor, lambda: _recorded(item, workplace, visitor))


def _recorded(item: Item, workplace: Workplace, visitor: Visitor) -> View:
    planner, given = workplace.workspace.planner, entered(item)
    stored = planner.get(visitor.who, about(item).get("plan", ""))
    day, summary = date.fromisoformat(given["held_on"]), given.get("summary", "")
    same = (day, visitor.who.name, summary)
    if all((r.held_on, r.by, r.summary) != same for r in stored.plan.records):
        stored = planner.review(
            visitor.who, stored.plan_id, summary, given.get("decisions") or None, day
        )
    words = say("saved", visitor.language, version=str(stored.version))
    return message("review_title", words, visitor.language)
