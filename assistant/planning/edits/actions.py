"""Edits of actions: moved, given to somebody, valued, agreed, done or dropped.

A dropped action stays in the plan and is marked as dropped (`Progress`), whether or not the plan was
ever approved: nothing that was planned vanishes without a trace, the reviewer sees what is no longer
pursued, and how a plan goes is no part of what was approved, so that its approval stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from assistant.planning.edits.days import moved, no_such_day, shift_said
from assistant.planning.edits.figures import exact, money
from assistant.planning.edits.find import alike
from assistant.planning.edits.names import Person, theirs
from assistant.planning.edits.part import Part, any_of, unquoted, words
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from crm.periods import add_months
from plans.model import Action, Appointment, Item, Plan, Progress

_IT = r"^(?:それ|これ|その件|この件|it|this|that|this one|that one|this action|このアクション|そのアクション|)$"


def meant(view: View, phrase: str, do: Any, *, reviews: bool = False) -> Outcome:
    """What is done with the action that a phrase names (with `reviews`: or the regular review)."""
    items: Sequence[Action | Appointment] = (*view.plan.actions, *(view.plan.calendar if reviews else ()))
    phrase = _plain_name(phrase)
    about = view.item_about("actions")
    if Part.of(phrase).match(_IT):
        if about is not None:
            return do(about)  # type: ignore[no-any-return]
        return view.choose(list(view.plan.actions), question("which_action"), do)
    if Part.of(phrase).has(r"アクション|action|番目|つ目|(?<![a-z])one(?![a-z])"):
        items = view.plan.actions
    found = view.which(phrase, items)
    if not found:
        return Ask(question("no_action", said=unquoted(phrase)[:60]))
    return view.choose(list(found), question("which_action"), do)


def _plain_name(phrase: str) -> str:
    return unquoted(Part.of(phrase.strip()).raw.strip("はをのがにも "))


def read_actions(view: View) -> Outcome:
    """An edit of an action that is there; None where the part speaks of something else."""
    for read in (_mutual, _their_owner, _department, _valued, _renamed, _done, _moved, _owner,
                 _dropped, _resumed):  # fmt: skip
        if (outcome := read(view)) is not None:
            return outcome
    return None


# ------------------------------------------------------------------ what becomes of it


def progress(view: View, item: Item, **fields: Any) -> Step | Ask:
    there = view.plan.item("progress", item.id) or Progress(id=item.id)
    return view.set("progress", there, by=view.said.name, on=view.said.as_of, **fields)


def _dropped(view: View) -> Outcome:
    part = view.part
    match = part.match(
        r"(?P<x>.*?)(?:は|を|も|については)?(?:今回は|もう)?<<drop>>(?:に|と)?(?:する|します|して|たい|た|る|ます|です)*"
    ) or part.match(r"(?:we(?:'ll| will)? |let's )?<<drop>> (?P<x>.+?)(?: from the plan| for now)?")
    match = match or part.match(r"(?P<x>.+?) (?:is|was|has been|can be) <<drop>>")
    if match is None or not part.group(match, "x"):
        return None

    def drop(item: Action | Appointment) -> Outcome:
        if isinstance(item, Appointment):
            return view.without("calendar", item)
        return progress(view, item, dropped=True)

    return meant(view, part.group(match, "x"), drop, reviews=True)


def _resumed(view: View) -> Outcome:
    part = view.part
    match = part.match(r"(?P<x>.+?)(?:は|を)(?:やはり)?(?:再開|復活|続け|継続).*")
    match = match or part.match(r"(?:resume|reinstate|restore|keep) (?P<x>.+)")
    if match is None:
        return None
    return meant(view, part.group(match, "x"), lambda item: progress(view, item, dropped=False))


def _done(view: View) -> Outcome:
    part = view.part
    if part.has(r"<<add>>|までに|仮説|hypothesis|合意"):
        return None
    days = view.past_days
    rest = part.without(*(day.span for day in days))
    match = rest.match(r"(?P<x>.*?)(?:は|が|を|も)?(?:すでに|もう|無事(?:に)?)?<<done>>(?:です|ました|した|しました|とする|にして|とし|にする|済み|に|で)*")
    match = match or rest.match(r"(?:mark )?(?P<x>.+?) (?:is|was|has been|'s)?\s?(?:now |already )?(?:as )?<<done>>.*")
    match = match or rest.match(r"(?:we|i)(?:'ve| have)? (?:held|did|done|finished|completed|carried out) (?P<x>.+)")
    if match is None:
        return None
    day = days[-1].last if days else view.said.as_of
    if wrong := no_such_day(part, days):
        return Ask(question("no_day", said=wrong))
    if days and day > view.said.as_of:
        return Ask(question("past_day", said=part.as_said(*days[-1].span)))
    return meant(view, rest.group(match, "x"),
                 lambda item: progress(view, item, done_on=day, dropped=False))  # fmt: skip


# ------------------------------------------------------------------ when


def _moved(view: View) -> Outcome:
    part = view.part
    if (shift := shift_said(part)) is not None:
        number, unit, span = shift
        rest = part.without(span)
        match = rest.match(r"(?P<x>.*?)(?:の<<due>>)?(?:を|は)?\s?(?:<<move>>|に)?(?:して|する|します)?")
        match = rest.match(r"<<push>> (?P<x>.+?)(?: by| out| back)?\s*") or match
        if match is None:
            return None
        return meant(view, rest.group(match, "x"),
                     lambda item: _to(view, item, moved(_when(item), number, unit)),
                     reviews=True)  # fmt: skip
    if part.has("<<add>>(?![a-z])") and not part.has(r"^<<push>> |<<due>>"):
        return None
    if bad := (view.bad_day() if part.has("<<move>>|<<due>>") else None):
        return bad
    if not view.days:
        return _no_day(view)
    day = view.days[-1]
    rest = part.without(day.span)
    match = rest.match(r"(?P<x>.*?)(?:の<<due>>)?(?:を|は|も)?\s?(?:<<move>>|<<change>>|して|する|へ|に)+(?:して|し|する|します|たい|です|ます|する|て)*")
    match = match or rest.match(r"(?:<<push>>|change|set|update|make) (?:the )?(?:<<due>> (?:of|for) )?(?P<x>.+?)(?:'s <<due>>| <<due>>)?(?: back| out| forward| up| it| in| to)?\s*")
    match = match or rest.match(r"(?P<x>.*?)(?:の<<due>>)?(?:は|:)\s?(?:です|でいい|に)?")
    match = match or rest.match(r"(?P<x>.+?)(?: is| are)?(?: now)?\s?(?:due|moved|postponed)\s*")
    match = match or rest.match(r"(?:the )?<<due>>(?: (?:of|for) (?P<x>.+?))?(?: is| to)?\s*")
    if match is None or part.has("<<goal>>"):
        return None
    name = rest.group(match, "x")
    if not name and not view.item_about("actions"):
        return None
    return meant(view, name, lambda item: _to(view, item, day.last, is_one=day.is_one), reviews=True)


def _no_day(view: View) -> Outcome:
    match = view.part.match(r"(?P<x>.+?)を(?:延期|前倒し|後ろ倒し|リスケ|先送り).*")
    match = match or view.part.match(r"(?:move|push|postpone|delay|reschedule) (?P<x>.+)")
    if match is None or not alike(view.part.group(match, "x"), view.plan.actions):
        return None
    return Ask(question("action_when"))


def _when(item: Item) -> date:
    day: date | None = getattr(item, "due", None) or getattr(item, "first", None)
    return day or date.max


def _to(view: View, item: Item, day: date | None, *, is_one: bool = True) -> Outcome:
    """An action's due date, or a review's first day (of a month only: the same day of it)."""
    if day is None or _when(item) == date.max and day == date.max:
        return Ask(question("action_when"))
    if isinstance(item, Appointment):
        first = day if is_one else min(day, add_months(day.replace(day=1), 0).replace(day=min(item.first.day, day.day)))
        return view.set("calendar", item, first=first)
    start = item.start if isinstance(item, Action) else None
    kept = start if start is None or start <= day else None
    return view.set("actions", item, due=day, start=kept)


# ------------------------------------------------------------------ who


def _owner(view: View) -> Outcome:
    part = view.part
    found = None
    for pattern in _OWNERS:
        if (match := part.match(pattern)) is not None:
            found = match
            break
    if found is None:
        return None
    name, phrase = part.group(found, "who"), part.group(found, "x") if "x" in found.groupdict() else ""
    if not name or (_LOOSE.get(found.re.pattern) and not view.is_person(name)):
        return None
    if not phrase and view.item_about("actions") is None:
        return view.who(name, lambda person: plan_owner(view, person))
    return meant(view, phrase, lambda item: view.who(name, lambda p: view.set("actions", item, owner=p.name)))


def plan_owner(view: View, person: Person) -> Outcome:
    """Somebody as the owner of the plan, in its head and in its team."""
    step = view.set_head(owner=person.name, owner_id=person.person_id)
    owner = next((m for m in view.plan.team if m.role == "owner"), None)
    if isinstance(step, Ask) or owner is None or owner.name == person.name:
        return step
    plan = step.plan.with_items(
        "team",
        [owner.model_copy(update={"name": person.name, "person_id": person.person_id})],
    )
    return Step(plan)


_WHO = r"(?P<who>[^、,。をはがに]{1,30}?)"
_OWNER = r"(?:当社の|うちの|弊社の|社内の|こちらの)?(?:担当者?|責任者|主担当|オーナー)"
_END = r"(?:して|する|します|しました|変更|変え|替え|交代|設定|お願い|です|で|に|なります|なった|て|る|た|ます|たい|\s)*"
_OWNERS = (
    rf"(?:プランの|計画の)?{_OWNER}(?:を|は|:)\s?{_WHO}(?:に|へ|で|です)?{_END}",
    rf"(?P<x>.+?)の{_OWNER}(?:を|は|:|が)\s?{_WHO}(?:に|へ|で|です)?{_END}",
    rf"(?P<x>.+?)(?:は|を)、?{_WHO}が(?:担当|やり|やる|引き受け|対応|受け持).*",
    rf"{_WHO}が(?P<x>.+?)を(?:担当|引き受け|受け持).*",
    rf"(?P<x>.+?)(?:は|を){_WHO}に(?:任せ|お任せ|お願い|割り当て|割当|アサイン|担当し|振|渡|引き継|依頼|やってもら).*",
    rf"(?P<x>.+?)は{_WHO}(?:が)?担当{_END}",
    r"(?:assign|give|hand(?: over)?|delegate|pass) (?P<x>.+?) to (?P<who>[^,]{1,40}?)",
    r"(?P<who>i|me)(?:'ll| will| am going to| can)? (?:take|do|own|handle|be in charge of)(?: over| care of| on)? (?P<x>.+)",
    r"(?P<who>[^,]{1,40}?)(?:'ll| will| should| is going to)? (?:takes?|owns?|handles?|leads?|runs?|does|is in charge of|is responsible for|is the owner of|be the owner of|be in charge of|be responsible for|own|take)(?: over| care of| on)? (?P<x>.+)",
    r"make (?P<who>[^,]{1,40}?) (?:the )?owner of (?P<x>.+)",
    r"(?:change |set |switch )?(?:the )?owner (?:of|for) (?P<x>.+?)(?: is|:| to| should be)? (?P<who>[^,]{1,40}?)",
    r"(?P<x>.+?)'s owner is (?P<who>[^,]{1,40}?)",
    r"make (?P<who>[^,]{1,40}?) (?:the )?owner(?: of (?:the|this) plan)?",
    r"(?:change |set |switch )?(?:the )?owner(?: is|:| to| should be) (?P<who>[^,]{1,40}?)",
)
_LOOSE = {rf"{p}": True for p in (_OWNERS[2], _OWNERS[3], _OWNERS[4], _OWNERS[5], _OWNERS[6], _OWNERS[8])}


def _their_owner(view: View) -> Outcome:
    part = view.part
    side = r"(?:先方|顧客|お客様|相手)(?:側)?の?(?:担当者?|責任者|窓口)"
    match = part.match(rf"(?:(?P<x>.+?)の)?{side}(?:を|は|:|が)\s?(?P<who>[^、,。]{{1,30}}?)(?:に|へ|です)?{_END}")
    match = match or part.match(rf"(?P<x>.+?)(?:は|について)、?{side}(?:が|は)(?P<who>[^、,。]{{1,30}}?)(?:に|です)?{_END}")
    match = match or part.match(r"(?:change |set )?(?:their|the customer's|customer's|the customer) owner(?: (?:of|for) (?P<x>.+?))?(?: is|:| to) (?P<who>[^,]{1,40}?)")
    match = match or part.match(r"(?:on their side|at the customer),? (?P<who>[^,]{1,40}?) (?:is in charge of|owns|is responsible for) (?P<x>.+)")
    if match is None:
        return None
    name = theirs(part.group(match, "who"), view.plan)
    phrase = part.group(match, "x")
    return meant(view, phrase, lambda item: view.set("actions", item, their_owner=name))


# ------------------------------------------------------------------ the rest


def _department(view: View) -> Outcome:
    part = view.part
    word = r"(?:行う|実施|担当|主管)?(?:する)?(?:部門|部署)"
    match = part.match(rf"(?:(?P<x>.+?)(?:の|を|は、?))?{word}(?:を|は|:)\s?(?P<d>[^、,。]{{1,40}}?)(?:に|です)?{_END}")
    match = match or part.match(rf"(?P<x>.+?)(?:は|を)(?P<d>[^、,。は]{{1,30}}(?:部|課|室|本部|センター|チーム))(?:が|で)(?:行|実施|担当|やる|やり|進め).*")
    match = match or part.match(r"(?:set |change )?(?:the )?department (?:of|for|doing) (?P<x>.+?)(?: is|:| to) (?P<d>[^,]{1,40}?)")
    match = match or part.match(r"(?:set |change )?(?:the )?(?P<x>)department(?: is|:| to) (?P<d>[^,]{1,40}?)")
    if match is None or part.has("合意|agree"):
        return None
    department = part.group(match, "d")
    return meant(view, part.group(match, "x"),
                 lambda item: view.set("actions", item, department=department))  # fmt: skip


def _valued(view: View) -> Outcome:
    part = view.part
    if part.has("<<goal>>|kpi|<<add>>|提示"):
        return None
    match = part.match(r"(?:(?P<x>.+?)の)?(?:見込み?(?:額|受注額)?|受注見込み?額?|金額|期待額|効果|見込まれる受注額)(?:を|は|:)?\s?(?P<v>.*\d.*)")
    match = match or part.match(r"(?:set |change |update )?(?:the )?(?:expected )?(?:value|orders|worth)(?: (?:of|for) (?P<x>.+?))?(?: is|:| to| at) (?P<v>.*\d.*)")
    match = match or part.match(r"(?P<x>.+?) (?:is|will be|should be) worth (?P<v>.*\d.*)")
    if match is None:
        return None
    amount = money(view)
    if amount is None or isinstance(amount, Ask):
        return amount
    return meant(view, part.group(match, "x"),
                 lambda item: view.set("actions", item, value=exact(amount.value)))  # fmt: skip


def _mutual(view: View) -> Outcome:
    part = view.part
    side = r"(?:先方|顧客|お客様|お客さま|相手|先様)(?:側|の了承)?"
    match = part.match(rf"(?P<x>.*?)(?:は|を|について|も)?、?{side}(?:と|に|も|の)(?:すでに)?(?:合意|了承|同意|約束)(?P<not>していない|できていない)?.*")
    match = match or part.match(r"(?P<x>.+?) (?:is|was|has been) agreed (?:with|by) (?:the customer|them)(?P<not>)")
    match = match or part.match(r"(?:the customer|they) (?:has |have )?agreed (?:to|on) (?P<x>.+)(?P<not>)")
    if match is None:
        return None
    return meant(view, part.group(match, "x"),
                 lambda item: view.set("actions", item, mutual=not match["not"]))  # fmt: skip


def _renamed(view: View) -> Outcome:
    part = view.part
    match = part.match(r"(?P<x>.+?)(?:の(?:名前|名称|内容|件名|文言|表現))?(?:を|は)(?P<q><<q>>)(?:に|へ|と)(?:変更|変え|修正|改称|書き換え|する|して|直|改め).*")
    match = match or part.match(r"rename (?P<x>.+?) (?:to|as) (?P<q>.+)")
    match = match or part.match(r"change (?:the )?(?:wording|name|text) of (?P<x>.+?) to (?P<q>.+)")
    if match is None:
        return None
    if part.has("<<goal>>"):
        return view.choose(list(view.plan.goals), question("which_goal"),
                           lambda goal: view.set("goals", goal, what=part.group(match, "q")))  # fmt: skip
    return meant(view, part.group(match, "x"),
                 lambda item: view.set("actions", item, what=part.group(match, "q")))  # fmt: skip


def departments_of(plan: Plan) -> list[str]:
    """The departments that act in the plan."""
    return list(dict.fromkeys(a.department for a in plan.actions if a.department))


def is_department(text: str) -> bool:
    return Part.of(text).match(rf".*{any_of(words()['departments'])}") is not None
