"""Edits of the people of a plan: our team with its roles, and the key persons of the customer."""

from __future__ import annotations

from typing import Any, cast

from assistant.planning.edits.actions import plan_owner
from assistant.planning.edits.find import alike
from assistant.planning.edits.names import Person, theirs, without_title
from assistant.planning.edits.part import Part, code_said, unquoted
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from crm.names import match_key
from plans.model import KeyPerson, Role
from tools.words import word

_ONE_OF: tuple[Role, ...] = ("owner", "executive_sponsor")
"""Roles that one person has."""


# ------------------------------------------------------------------ our team


def read_team(view: View) -> Outcome:
    """Somebody of us who takes or leaves a part in the plan."""
    part = view.part
    role = code_said("roles", part.plain)
    match = part.form("read_team")
    if match is not None:
        named = part.group(match, "x") or part.group(match, "y")
        members = [m for m in view.plan.team if _same(m.name, named)]
        return view.choose(
            members, question("which_member"), lambda m: view.without("team", m)
        ) or Ask(question("which_member"))
    match = part.form("read_team_2")
    if match is None or part.has("キーパーソン|key person|先方|アクション"):
        return None
    return member(view, part.group(match, "who"), cast(Role, role or "other"))


def member(view: View, name: str, role: Role) -> Outcome:
    """Somebody of us in a role; of a role that one has, in the place of the one before."""
    if not view.is_person(name):
        return Ask(question("who", said=without_title(name)[:60])) if name else None

    def put(person: Person) -> Outcome:
        there = next(
            (m for m in view.plan.team if _same(m.name, person.name) and m.role == role), None
        )
        if there is not None:
            return Step(view.plan)
        before = next((m for m in view.plan.team if m.role == role), None)
        if role == "owner" and before is not None:
            return plan_owner(view, person)
        fields: dict[str, Any] = {"name": person.name, "person_id": person.person_id, "role": role}
        if role in _ONE_OF and before is not None:
            return view.set("team", before, **fields)
        return view.add("team", **fields)

    return view.who(name, put)


def _same(name: str, said: str) -> bool:
    key = match_key(without_title(said))
    return bool(key) and key in {match_key(k) for k in (name, *name.split())}


# ------------------------------------------------------------------ key persons


def read_key_persons(view: View) -> Outcome:
    """Somebody at the customer who is added, leaves, or is known better."""
    part = view.part
    match = part.form("read_key_persons")
    if match is not None:
        return key_persons(view, part.group(match, "x"))
    match = part.form("read_key_persons_2")
    if match is not None:
        found = _known(view, part.group(match, "x"))
        return view.choose(
            found, question("which_key_person"), lambda p: view.without("people", p)
        ) or Ask(question("which_key_person"))
    return _known_better(view)


def _known(view: View, named: str) -> list[KeyPerson]:
    exact = [p for p in view.plan.people if _same(p.name, named)]
    return exact or alike(without_title(named), view.plan.people)


def _known_better(view: View) -> Outcome:
    """福島様は決裁者: what somebody decides, or how they stand to us."""
    part = view.part
    match = part.form("known_better")
    if match is None:
        return None
    found = _known(view, part.group(match, "x")) if Part.of(part.group(match, "x")).plain else []
    found = [p for p in found if _same(p.name, part.group(match, "x"))]
    value = Part.of(part.group(match, "v")).plain
    fields: dict[str, Any] = {}
    if role := code_said("buying_roles", value):
        fields["role"] = word(role, "buying_role", view.plan.head.language)
    if attitude := code_said("attitudes", value):
        fields["attitude"] = word(attitude, "attitude", view.plan.head.language)
    if not found or not fields:
        return None
    return view.choose(
        found, question("which_key_person"), lambda p: view.set("people", p, **fields)
    )


def key_persons(view: View, told: str, role: str | None = None) -> Outcome:
    """People at the customer with title and role, as they are said; those known are told anew."""
    step: Outcome = None
    for number, one in enumerate(_each(told)):
        fields = _person(view, one)
        if fields is None:
            continue
        if number == 0 and role and not fields.get("role"):
            fields["role"] = word(role, "buying_role", view.plan.head.language)
        known = [p for p in view.plan.people if match_key(p.name) == match_key(fields["name"])]
        step = view.set("people", known[0], **fields) if known else view.add("people", **fields)
        if not isinstance(step, Step):
            return step
        view = View(view.part, step.plan, view.said, view.about)
    return step


def _each(told: str) -> list[str]:
    part = Part.of(told)
    found, start, depth = [], 0, 0
    for place, char in enumerate(part.plain):
        depth += (char == "(") - (char == ")")
        if depth == 0 and char in "、,;と" and part.plain[max(0, place - 2) : place + 1].endswith(("さん" + char, "様" + char, ")" + char)):  # fmt: skip  # noqa: E501
            found.append(part.as_said(start, place))
            start = place + 1
    return [*found, part.as_said(start, len(part.plain))]


def _person(view: View, told: str) -> dict[str, Any] | None:
    part = Part.of(unquoted(told))
    match = part.form("person")
    if match is None:
        return None
    name = theirs(part.group(match, "name"), view.plan)
    fields: dict[str, Any] = {"name": name}
    for piece in (
        Part.of(part.group(match, "more")).raw.replace("・", "、").replace(",", "、").split("、")
    ):
        text = unquoted(piece)
        plain = Part.of(text).plain
        if not text:
            continue
        if role := code_said("buying_roles", plain):
            fields["role"] = word(role, "buying_role", view.plan.head.language)
        elif attitude := code_said("attitudes", plain):
            fields["attitude"] = word(attitude, "attitude", view.plan.head.language)
        else:
            fields.setdefault("title", text)
    return fields if name else None
