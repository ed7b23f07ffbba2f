"""A new action is what is said without the day, the people and the amount that are said with it."""

from __future__ import annotations

import re
from typing import Any

from assistant.planning.edits.fields import fields_in
from assistant.planning.edits.figures import exact, money
from assistant.planning.edits.names import at_customer
from assistant.planning.edits.part import Part, Span, unquoted
from assistant.planning.edits.view import Ask, Outcome, View, question

_FIELD_DUE = r"[、,;(]?\s*<<due>>\s?(?:は|:|is|が)?\s?$"
_FIELD_VALUE = r"[、,;(]?\s*(?:(?:受注)?見込み?(?:額|受注額)?|金額|期待額|worth|value|expected)\s?(?:は|:|is|of)?\s?$"  # noqa: E501
_SUBJECT = r"^(?P<who>[^、,。をはがに]{1,20}?)(?:が|は)、?"
_SUBJECT_EN = r"^(?P<who>[a-z\u3400-\u9fff][\w'. -]{1,30}?) (?:will|should|is to|to) "
_TO_WHOM = r"(?P<who>[^\s、,。をはがにへと]{1,12}(?:[ \u3000][^\s、,。をはがにへと]{1,6})?(?:さん|様|さま))(?:へ(?:の(?!$))?|に(?:対して)?|向けに|と(?:の(?!$))?)"  # noqa: E501
_TO_WHOM_EN = (
    r"\s(?:to|with) (?P<who>(?:mr\.? |ms\.? )?[a-z\u3400-\u9fff][\w' ]{1,30}?)(?=$|,| by | in )"
)
_ADD = r"(?:を|も|、)?(?:アクション|行動|施策|計画|プラン|予定)?(?:に|として|へ)?\s?(?:新規に|新たに)?<<add>>(?:する|します|しまし|して|し|ておいて|て|です|で|たい|た|る|ます|いい|ね|よ)*+$"  # noqa: E501
_LEAD = r"^(?:(?:アクション|施策|行動|予定)?(?:の|を)?<<add>>(?:して|する)?\s?[:：]\s*|(?:新しい)?(?:アクション|施策|行動)(?:プラン)?(?:に|として|を(?:一つ|1つ)?<<add>>(?:して)?|を)?\s?[:：、]?\s*)"  # noqa: E501
_SEVERAL = r"(?:two|three|four|several|some|[2-9]) (?:new |more )*(?:actions|steps|tasks)(?![a-z])|(?:[2-9二三四]つ|[2-9二三四]件|複数)の?(?:アクション|施策)"  # noqa: E501
_LEAD_EN = r"^(?:(?:an? |the )?(?:new|another|one more) (?:action|step|task)s?[:,]\s*|(?:add|include|schedule|insert|plan|create|put in|put)(?: an?| another| one more| the)?(?: new)?(?: actions?(?: to| of| for|:|,)?)?[:,]?\s*)"  # noqa: E501


def read_added_action(view: View) -> Outcome:
    """An action that is added, by a word that says so or as somebody who does it by a day."""
    part = view.part
    if part.has("<<places>>|<<repeated>>") or part.form("intro") is not None:
        return None
    if _is_put_elsewhere(view):
        return None
    if part.has(_SEVERAL):
        return Ask(question("one_action"))
    said = part.search(_LEAD_EN) or part.search(_ADD) or part.search(_LEAD + "(?=.)")
    if said is not None and part.has(r"<<add>>"):
        spans = [m.span() for p in (_LEAD_EN, _ADD, _LEAD) if (m := part.search(p)) is not None]
        return new_action(view.of(part.without(*spans))) or Ask(question("action_what"))
    return new_action(view) if is_announced(view) else None


def _is_put_elsewhere(view: View) -> bool:
    """Whether something is put to an action that is there, or an action is put off."""
    part = view.part
    if part.has(r"^put (?!.*(?<![a-z])in(?![a-z]))") and not view.days:
        return True
    if part.has(r"^put off |^put .+ (?:off|on hold|back|aside)(?![a-z])"):
        return True
    match = (
        part.search(r" (?:to|onto|under) (?P<y>[^,]+)$")
        or part.search(r"^[^、。]+を(?P<y>[^、。\d]+?)に(?:も)?<<add>>")
        or part.search(r"^(?P<y>[^、。\d]+?)に(?:は)?[^、。]+?(?:を|も)?<<add>>")
    )
    return match is not None and bool(view.which(part.group(match, "y"), view.plan.actions))


def is_announced(view: View) -> bool:
    """Whether a part says what somebody does by a day, as a sentence or as a line of a list."""
    if not view.days:
        return False
    rest = view.part.without(*(day.span for day in view.days))
    subject = rest.search(_SUBJECT) or rest.search(_SUBJECT_EN)
    is_sentence = subject is not None and view.is_person(rest.group(subject, "who"))
    return is_sentence or _is_listed(view)


def read_line(view: View) -> Outcome:
    """A line of a list of actions that was announced: one action, where it has a day or a person."""  # noqa: E501
    if view.part.has("<<places>>|<<drop>>|<<done>>"):
        return None
    fields = fields_in(view)
    if isinstance(fields, Ask) or not fields:
        return None
    mark = view.part.search(r"^(?:\(?\d{1,2}[.)](?=\s)|[①-⑳])\s*")
    return new_action(view.of(view.part.without(mark.span())) if mark else view)


def _is_listed(view: View) -> bool:
    """Whether a part is a line of a list: a day, what is done, and who does it."""
    if view.part.plain[: view.days[0].start].strip(" ("):
        return False
    fields = fields_in(view)
    return not isinstance(fields, Ask) and any(f.name == "owner" for f in fields)


def new_action(view: View, **given: Any) -> Outcome:
    """An action of what a part says; None when no words are left for what is done."""
    if bad := view.bad_day():
        return bad
    fields: dict[str, Any] = dict(given)
    spans: list[Span] = []
    amount = money(view)
    if isinstance(amount, Ask):
        return amount
    if amount is not None:
        fields["value"] = exact(amount.value)
        spans.append(_led(view.part, (amount.start, amount.end), _FIELD_VALUE))
    if len(view.days) > 1 and not view.is_stretch:
        return Ask(question("several_days"))
    if view.days:
        fields["due"] = view.days[-1].last
        if len(view.days) > 1 and view.days[0].first < view.days[-1].last:
            fields["start"] = view.days[0].first
        spans += [_led(view.part, day.span, _FIELD_DUE) for day in view.days]
    rest = view.part.without(*spans)
    rest = _people(view, rest, fields)
    what = (
        rest.quoted if rest.match(r"\s*<<q>>[をのに、, ]*(?:実施|行う|する|します)?\s*") else None
    )
    what = what or _words(rest)
    if not what:
        return None
    if len(view.plan.goals) == 1:
        fields.setdefault("goal", view.plan.goals[0].id)
    owner = fields.pop("owner_said", None)
    if owner is None:
        return view.add("actions", what=what, **fields)
    return view.who(owner, lambda p: view.add("actions", what=what, owner=p.name, **fields))


def _words(rest: Part) -> str:
    text = unquoted(re.sub(r"[(（][\s、,・]*[)）]", "", rest.raw))
    while True:
        bare = unquoted(
            text.strip("、,・ はをにがも()（）" if _is_open(text) else "、,・ はをにがも")
        )
        match = Part.of(bare).search(
            r"^(?:an? |the |to )|(?:する|します|こと)$|(?: (?:by|in|on|with|worth|for|due|and))$"
        )
        if match is not None and match[0] in ("する", "します"):
            return bare
        cut = Part.of(bare).without(match.span()).raw if match else bare
        if cut == text:
            return text if len(text) > 1 else ""
        text = cut


def _is_open(text: str) -> bool:
    """Whether brackets are left without their other half."""
    return text.count("(") + text.count("（") != text.count(")") + text.count("）")


def _people(view: View, rest: Part, fields: dict[str, Any]) -> Part:
    """The part without the people that it names, who are put among the fields."""
    for pattern in (_SUBJECT, _SUBJECT_EN):
        match = rest.search(pattern)
        if match is not None and view.is_person(name := rest.group(match, "who")):
            fields.setdefault("owner_said", name)
            rest = rest.without(match.span())
    found = fields_in(view.of(rest), dated=False)
    spans = []
    for field in () if isinstance(found, Ask) else found:
        if field.name != "value":
            fields["owner_said" if field.name == "owner" else field.name] = field.value
            spans.append(field.span)
    rest = rest.without(*spans)
    for pattern in (_TO_WHOM, _TO_WHOM_EN):
        match = rest.search(pattern)
        if match is None:
            continue
        whom = at_customer(rest.group(match, "who"), view.plan, view.said.colleagues)
        if whom is not None:
            fields["to_whom"] = whom
            rest = rest.without(match.span())
    return rest


def _led(part: Part, span: Span, lead: str) -> Span:
    found = Part.of(part.raw[: part.places[span[0]]]).search(lead)
    return (found.start() if found else span[0], span[1])
