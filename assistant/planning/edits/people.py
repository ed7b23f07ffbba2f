"""Edits of the people of a plan: our team with its roles, and the key persons of the customer."""

from __future__ import annotations

import re
from typing import Any, cast

from assistant.planning.edits.find import alike
from assistant.planning.edits.head import plan_owner
from assistant.planning.edits.names import Person, at_customer, ours, theirs, without_title
from assistant.planning.edits.part import Part, code_said, unquoted, words
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from crm.names import match_key
from plans.model import KeyPerson, Role, TeamMember
from tools.words import word

_NOT = r"(?:では|じゃ)(?:ない|なく|ありません)$|(?:して|って)(?:い)?(?:ない|ません)$|(?<![a-z])(?:not|no longer|n't)(?![a-z])"  # noqa: E501
_INSTEAD = r"^.*?(?:じゃなくて?|ではなく|でなく)て?、?|^not (?:an? |the )?.+?,? but "
"""What is said only to be put right."""
_ONE_OF: tuple[Role, ...] = ("owner", "executive_sponsor")
"""Roles that one person has."""


# ------------------------------------------------------------------ our team


def read_team(view: View) -> Outcome:
    """Somebody of us who takes or leaves a part in the plan."""
    part = view.part
    if (outcome := _part_of_member(view)) is not None:
        return outcome
    match = part.form("read_team")
    if match is not None:
        named = part.group(match, "x") or part.group(match, "y")
        members = [m for m in view.plan.team if _same(m.name, named)]
        which = question("which_member")
        return view.choose(members, which, lambda m: view.without("team", m)) or Ask(which)
    match = part.form("read_team_2")
    if match is None or part.has("キーパーソン|key person|先方|アクション"):
        return None
    role = code_said("roles", part.without(match.span("who")).plain)
    step: Outcome = None
    for name in re.split(r"(?<=さん)と|、|,| and ", part.group(match, "who")):
        step = member(view, name.strip(), cast(Role, role or "other"))
        if not isinstance(step, Step):
            return step
        view = View(part, step.plan, view.said, step.about)
    return step


def _part_of_member(view: View) -> Outcome:
    """分担は展示会の運営: what the member spoken of does."""
    told = view.item_about("team")
    match = view.part.form("duty") if told is not None else None
    if not isinstance(told, TeamMember) or match is None:
        return None
    if match["duty"]:
        return view.set("team", told, duty=view.part.group(match, "duty"))
    role = code_said("roles", Part.of(view.part.group(match, "role")).plain) or "other"
    return view.set("team", told, role=role) if told.role != role else Step(view.plan, view.about)


def member(view: View, name: str, role: Role) -> Outcome:
    """Somebody of us in a role; of a role that one has, in the place of the one before."""
    known = view.said.colleagues
    if not view.is_person(name) or (at_customer(name, view.plan, known) in _theirs(view)):
        return Ask(question("who", said=without_title(name)[:60])) if name else None

    def put(person: Person) -> Outcome:
        there = next(
            (m for m in view.plan.team if _same(m.name, person.name) and m.role == role), None
        )
        if there is not None:
            return Step(view.plan, ("team", there.id))
        before = next((m for m in view.plan.team if m.role == role), None)
        if role == "owner" and before is not None:
            return plan_owner(view, person)
        fields: dict[str, Any] = {"name": person.name, "person_id": person.person_id, "role": role}
        if role in _ONE_OF and before is not None:
            return view.set("team", before, **fields)
        return view.add("team", **fields)

    return view.who(name, put)


def _theirs(view: View) -> set[str]:
    return {one.name for one in view.plan.people}


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
    match = part.form("person_added")
    if match is not None:
        name = part.group(match, "who")
        if any(person.person_id for person in ours(name, view.said)):
            return member(view, name, "other")
        return key_persons(view, part.group(match, "x"))
    match = part.form("read_key_persons_2")
    if match is not None:
        found = _known(view, part.group(match, "x"))
        which = question("which_key_person")
        return view.choose(found, which, lambda p: view.without("people", p)) or Ask(which)
    return _of_the_last(view) or _known_better(view)


def _of_the_last(view: View) -> Outcome:
    """影響者です, of the key person who was spoken of last: a role or an attitude alone."""
    person = view.item_about("people")
    match = view.part.match("(?P<v>.{2,12}?)(?:です|だ|で|でお願い)*")
    if not isinstance(person, KeyPerson) or match is None:
        return None
    value = Part.of(view.part.group(match, "v")).plain
    fields: dict[str, Any] = {}
    for name, group, kind in (("role", "buying_roles", "buying_role"),
                              ("attitude", "attitudes", "attitude")):  # fmt: skip
        if code := code_said(group, value):
            fields[name] = word(code, kind, view.plan.head.language)
    return view.set("people", person, **fields) if fields else None


def _known(view: View, named: str) -> list[KeyPerson]:
    exact = _named(view, named)
    return exact or alike(without_title(named), view.plan.people)


def _named(view: View, said: str) -> list[KeyPerson]:
    """The key persons of that name, with or without their position (福島工場長)."""
    name = theirs(said, view.plan)
    return [p for p in view.plan.people if _same(p.name, said) or p.name == name]


def _known_better(view: View) -> Outcome:
    """福島様は決裁者: what somebody decides, how they stand to us, or where they are now."""
    part = view.part
    match = part.form("known_better")
    if match is None or not (found := _named(view, part.group(match, "x"))):
        return None
    said = Part.of(part.group(match, "v"))
    if said.has(_NOT) and (
        code_said("attitudes", said.plain) or code_said("buying_roles", said.plain)
    ):
        is_role = code_said("attitudes", said.plain) is None
        return Ask(question("buying_role" if is_role else "attitude"))
    fields = _standing(view, Part.of(re.sub(_INSTEAD, "", said.raw, flags=re.IGNORECASE)).plain)
    field = match.groupdict().get("f")
    if field and part.group(match, "f") and not fields:
        is_title = Part.of(part.group(match, "f")).has("役職|肩書|title|position")
        fields = {"title" if is_title else "department": part.group(match, "v")}
    if not fields:
        return None
    which = question("which_key_person")
    return view.choose(found, which, lambda p: view.set("people", p, **fields))


def _standing(view: View, value: str) -> dict[str, Any]:
    """The role and the attitude that a text tells."""
    language, fields = view.plan.head.language, dict[str, Any]()
    if role := code_said("buying_roles", value):
        fields["role"] = word(role, "buying_role", language)
    if attitude := code_said("attitudes", value):
        fields["attitude"] = word(attitude, "attitude", language)
    return fields


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
    named = part.group(match, "name")
    fields: dict[str, Any] = {}
    if (of := Part.of(named).form("of_department")) is not None:
        fields["department"] = Part.of(named).group(of, "d")
        named = Part.of(named).group(of, "x")
    positions: list[str] = words()["titles"]["positions"]
    titled = re.fullmatch(
        rf"(?P<x>.{{2,}}?)\s?(?P<t>(?:{'|'.join(positions)})+)", without_title(named)
    )
    if titled is not None:
        named, fields["title"] = titled["x"], titled["t"]
    fields["name"] = name = theirs(named, view.plan)
    more = Part.of(part.group(match, "more")).raw
    for piece in re.split(r"[・、,]", more):
        text = unquoted(re.sub(r"^(?:役割|役職|部署|姿勢)は", "", piece.strip()))
        if not text:
            continue
        if standing := _standing(view, Part.of(text).plain):
            fields |= standing
        elif Part.of(text).has("<<of_ours>>$"):
            fields.setdefault("department", text)
        else:
            fields.setdefault("title", text)
    return fields if name else None
