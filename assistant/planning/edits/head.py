"""Edits of the head of a plan: its purpose, who has agreed, its owner, title and end."""

from __future__ import annotations

import re

from assistant.planning.edits.actions import is_department
from assistant.planning.edits.part import unquoted
from assistant.planning.edits.view import Ask, Outcome, View, question

_SPLIT = re.compile(
    r"\s*(?:、|,|・|と|及び|および|ならびに|/|(?<![a-z])and(?![a-z])|&)\s*", re.IGNORECASE
)


def read_head(view: View) -> Outcome:
    """An edit of the head; None where the part speaks of something else."""
    for read in (_purpose, _agreed, _title, _end):
        if (outcome := read(view)) is not None:
            return outcome
    return None


def _purpose(view: View) -> Outcome:
    part = view.part
    match = part.form("purpose")
    return view.set_head(purpose=part.group(match, "x")) if match else None


def _agreed(view: View) -> Outcome:
    part = view.part
    if part.has(r"先方|顧客|お客|customer|(?<![a-z])they(?![a-z])"):
        return None
    match = part.form("agreed")
    if match is None or match["not"]:
        return None
    return agree(view, part.group(match, "x"))


def agree(view: View, told: str) -> Outcome:
    """The departments named have agreed to the strategy, besides those that had."""
    names = [unquoted(re.sub(r"^(?:the|both|our)\s+|(?:\s*(?:の(?:二|2|両)部門|です|の\d部門))$", "", n, flags=re.IGNORECASE))  # noqa: E501
             for n in _SPLIT.split(unquoted(told))]  # fmt: skip
    names = [n for n in names if n]
    if not names or not all(is_department(n) for n in names):
        return None
    known = {n.casefold() for n in view.plan.head.agreed}
    new = [n for n in dict.fromkeys(names) if n.casefold() not in known]
    return view.set_head(agreed=(*view.plan.head.agreed, *new))


def _title(view: View) -> Outcome:
    part = view.part
    match = part.form("title")
    return view.set_head(title=part.group(match, "x")) if match else None


def _end(view: View) -> Outcome:
    part = view.part
    if not part.has(
        r"(?:プラン|計画)の?(?:の)?(?:終了日|終わり|期間)|^終了日|^期間|plan(?:'s)? (?:ends?|period|end date|runs)|end (?:date )?of the plan|extend the plan"  # noqa: E501
    ):
        return None
    if bad := view.bad_day():
        return bad
    if not view.days:
        return None
    end = view.days[-1].last
    start = view.days[0].first if len(view.days) > 1 else view.plan.head.start
    return view.set_head(start=start, end=end) if start <= end else Ask(question("no_value"))
