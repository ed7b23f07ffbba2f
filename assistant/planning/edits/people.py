"""Edits of the people of a plan: our team with its roles, and the key persons of the customer."""

from __future__ import annotations

from typing import Any, cast

from assistant.planning.edits.actions import plan_owner
from assistant.planning.edits.find import alike
from assistant.planning.edits.names import Person, theirs, without_title
from assistant.planning.edits.part import Part, code_said, unquoted
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from crm.names import match_key
from plans.model import KeyPerson, Role, TeamMember
from tools.words import word

_ONE_OF: tuple[Role, ...] = ("owner", "executive_sponsor")
"""Roles that one person has."""
_N = r"[^、,。をはがに:]{1,40}?"


# ------------------------------------------------------------------ our team


def read_team(view: View) -> Outcome:
    """Somebody of us who takes or leaves a part in the plan."""
    part = view.part
    role = code_said("roles", part.plain)
    match = part.match(rf"(?:(?:チーム|体制|メンバー)から(?P<x>{_N})を|(?P<y>{_N})(?:を|は)(?:チーム|体制|メンバー)から)(?:<<drop>>).*")
    match = match or part.match(r"(?:remove|drop|take) (?P<x>.+?) (?:from|off) (?:the )?team(?P<y>)")
    if match is not None:
        named = part.group(match, "x") or part.group(match, "y")
        members = [m for m in view.plan.team if _same(m.name, named)]
        return view.choose(members, question("which_member"), lambda m: view.without("team", m)) or Ask(question("which_member"))
    match = part.match(rf"(?:当社の|弊社の|プランの)?(?P<r><<roles>>)(?:担当)?(?:は|を|に|:)\s?(?P<who>{_N})(?:に|を|です|で|へ)?(?:お願い|変更|任命|する|して|します|追加|設定|なり|指名|て|ます|た|い|し|です)*")
    match = match or part.match(rf"(?P<who>{_N})を(?:チーム|体制|メンバー)?(?:の|に)?(?P<r><<roles>>)(?:担当|役)?(?:として|に|で)?(?:チーム|体制|メンバー)?(?:に|へ)?(?:<<add>>|任命|する|して|します|なる|任せ|お願い|アサイン|て|る|変更)*.*")
    match = match or part.match(rf"(?:チーム|体制|メンバー)(?:に|へ)(?P<who>{_N})を(?P<r>(?:<<roles>>)?)(?:担当|役)?(?:として|で)?<<add>>.*")
    match = match or part.match(rf"(?P<who>{_N})を(?:チーム|体制|メンバー)(?:に|へ)(?P<r>)(?:<<add>>).*")
    match = match or part.match(rf"(?P<who>{_N})(?:が|は)(?P<r><<roles>>)(?:担当|役)?(?:です|になる|になり|に|を務め|を担当|担当).*")
    match = match or part.match(r"(?:add|put|include) (?P<who>.+?) (?:to the team )?(?:as|for) (?:the |our |an? )?(?P<r><<roles>>)(?: lead| person| contact| role| member)?(?: to the team)?")
    match = match or part.match(r"(?:add|put) (?P<who>.+?) (?:to|on|in) the team(?P<r>)(?: as .*)?")
    match = match or part.match(r"(?:make|name|appoint) (?P<who>.+?) (?:the |our |an? )?(?P<r><<roles>>)(?: of (?:the|this) plan)?")
    match = match or part.match(r"(?P<who>.+?) (?:is|will be|becomes) (?:the |our |an? )?(?P<r><<roles>>)(?: of (?:the|this) plan)?")
    match = match or part.match(r"(?:the |our )?(?P<r><<roles>>) (?:is|will be|should be|:) (?P<who>.+?)")
    if match is None or part.has("キーパーソン|key person|先方|アクション"):
        return None
    return member(view, part.group(match, "who"), cast(Role, role or "other"))


def member(view: View, name: str, role: Role) -> Outcome:
    """Somebody of us in a role; of a role that one has, in the place of the one before."""
    if not view.is_person(name):
        return Ask(question("who", said=without_title(name)[:60])) if name else None

    def put(person: Person) -> Outcome:
        there = next((m for m in view.plan.team if _same(m.name, person.name) and m.role == role), None)
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
    match = part.match(r"(?:先方の)?キーパーソン(?:に|として|を|:)+\s?(?P<x>.+?)(?:を)?(?:も)?<<add>>.*")
    match = match or part.match(r"(?P<x>.+?)を(?:先方の)?キーパーソン(?:に|として)(?:<<add>>|する|して|し).*")
    match = match or part.match(r"(?:先方の)?キーパーソンを<<add>>(?:して|する)?[:：、]\s?(?P<x>.+)")
    match = match or part.match(r"(?:add|include) (?P<x>.+?) (?:as|to|among) (?:an?|the|another)? ?key (?:persons?|people|contacts?)")
    match = match or part.match(r"(?:add|include)(?: an?| another)? key (?:person|contact)[:,]?\s(?P<x>.+)")
    if match is not None:
        return key_persons(view, part.group(match, "x"))
    match = part.match(r"(?P<x>.+?)(?:を|は)キーパーソンから<<drop>>.*") or part.match(r"キーパーソン(?:から|の)(?P<x>.+?)を<<drop>>.*") or part.match(r"(?:remove|drop) (?P<x>.+?) from the key (?:persons|people|contacts)")
    if match is not None:
        found = _known(view, part.group(match, "x"))
        return view.choose(found, question("which_key_person"), lambda p: view.without("people", p)) or Ask(question("which_key_person"))
    return _known_better(view)


def _known(view: View, named: str) -> list[KeyPerson]:
    exact = [p for p in view.plan.people if _same(p.name, named)]
    return exact or [p for p in alike(without_title(named), view.plan.people)]


def _known_better(view: View) -> Outcome:
    """福島様は決裁者: what somebody decides, or how they stand to us."""
    part = view.part
    match = part.match(r"(?P<x>[^、,。をはが]{1,24}?)(?:は|が)(?P<v>[^。]{1,40}?)(?:です|だ|である|になりました|に変更)?")
    match = match or part.match(r"(?P<x>[^,]{1,40}?) is (?:an? |the |our )?(?P<v>[^,]{1,40})")
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
    return view.choose(found, question("which_key_person"), lambda p: view.set("people", p, **fields))


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
        if depth == 0 and char in "、,;と" and part.plain[max(0, place - 2) : place + 1].endswith(("さん" + char, "様" + char, ")" + char)):  # fmt: skip
            found.append(part.as_said(start, place))
            start = place + 1
    return [*found, part.as_said(start, len(part.plain))]


def _person(view: View, told: str) -> dict[str, Any] | None:
    part = Part.of(unquoted(told))
    match = part.match(r"(?P<name>[^()]{1,40}?)\s?\((?P<more>[^()]+)\).*")
    match = match or part.match(r"(?P<name>[^,、]{1,40}?)[,、]\s?(?P<more>.+)")
    match = match or part.match(r"(?:(?P<more>[^\s]{2,20}(?:長|役|員|者|担当))の)?(?P<name>.{1,30}?(?:さん|様|氏))(?:です|だと思います|が決裁.*|で.*)?")
    match = match or part.match(r"(?P<name>[^、,。]{1,30})(?P<more>)")
    if match is None:
        return None
    name = theirs(part.group(match, "name"), view.plan)
    fields: dict[str, Any] = {"name": name}
    for piece in Part.of(part.group(match, "more")).raw.replace("・", "、").replace(",", "、").split("、"):
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
