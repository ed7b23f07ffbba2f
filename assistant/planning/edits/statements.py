"""Edits of statements: what a person says is a hypothesis, open until it is confirmed.

It is confirmed at once only where the part says so (確認済み, confirmed), or as the answer to a
question about what somebody knows. A risk stays open, with the test that is said with it.
"""

from __future__ import annotations

from typing import Any, cast

from assistant.planning.edits.find import LOOSE, alike, near, ordinal
from assistant.planning.edits.part import Part, code_said, unquoted, words
from assistant.planning.edits.view import Ask, Outcome, View, question
from plans.fulfilment import STRATEGY
from plans.model import Section, Statement, Status

_TEST = r"[\s、,;。(（]*(?:<<test>>)\s?(?:は|:|by|is)?\s?(?P<t>.+?)[)）]?$"
_CONFIRMED = r"[、,(（\s]*(?:確認済み?|confirmed)(?:です)?[)）]?$"


def _code(match: Any) -> Section:
    return cast(Section, next(c for c in words()["sections"] if match[c]))


def read_statements(view: View) -> Outcome:
    """An edit of a statement; None where the part speaks of something else."""
    for read in (_added, _removed, _rewritten):
        if (outcome := read(view)) is not None:
            return outcome
    return None


def _added(view: View) -> Outcome:
    part = view.part
    match = part.form("statements_added")
    if match is None:
        return None
    more = part.group(match, "more")
    told = part.group(match, "x")
    return new_statement(view, _code(match), told, more=more)


def new_statement(
    view: View, section: Section, told: str, *, more: str = "", status: Status = "open"
) -> Outcome:
    """A person's own words as a hypothesis of a section, linked to the only goal if a strategy."""
    whole = Part.of(more or told)
    test = whole.search(_TEST)
    if test is not None:
        tested = whole.group(test, "t")
        told = told if more else unquoted(whole.slice(0, test.start()).raw)
        whole = whole.without(test.span())
    if (sure := whole.search(_CONFIRMED)) is not None:
        status = "confirmed"
        told = told if more else unquoted(whole.without(sure.span()).raw)
    goals = view.plan.goals
    if section == "risk":
        status = "open"
    return view.add(
        "statements",
        section=section,
        text=unquoted(told),
        kind="hypothesis",
        status=status,
        test=tested if test is not None else None,
        goal=goals[0].id if section in STRATEGY and len(goals) == 1 else None,
        by=view.said.name,
        on=view.said.as_of,
    )


def _of(view: View, section: Section, phrase: str) -> list[Statement]:
    """The statements of a section that a phrase means: by place, by words, or all of them."""
    there = view.plan.section(section)
    if (found := ordinal(Part.of(phrase))) is not None:
        number = found[0]
        place = number - 1 if number > 0 else number
        return [there[place]] if -len(there) <= place < len(there) else []
    named = unquoted(phrase)
    if not Part.of(named).has(r"[^のを\s]"):
        return there
    return alike(named, there) or near(named, there, LOOSE)


def _removed(view: View) -> Outcome:
    part = view.part
    match = part.form("statements_removed")
    if match is None:
        return None
    phrase = part.group(match, "x") + part.group(match, "y")
    found = _of(view, _code(match), phrase)
    if not found:
        return Ask(question("which_statement"))
    return view.choose(found, question("which_statement"), lambda s: view.without("statements", s))


def _rewritten(view: View) -> Outcome:
    part = view.part
    match = part.form("rewritten")
    if match is None:
        return None
    code, text = _code(match), part.group(match, "x")
    there = _of(view, code, part.group(match, "y") + part.group(match, "z"))
    if not there:
        return new_statement(view, code, text)
    own = [s for s in there if s.kind == "hypothesis"]
    return view.choose(own if len(own) == 1 else there, question("which_statement"),
                       lambda s: rewritten(view, s, text))  # fmt: skip


def rewritten(view: View, statement: Statement, text: str) -> Outcome:
    """The statement in a person's words: a hypothesis, for its facts do not bear it out."""
    return view.set("statements", statement, text=text, kind="hypothesis", status="open", facts=(),
                    quote=None, by=view.said.name, on=view.said.as_of)  # fmt: skip


# ------------------------------------------------------------------ hypotheses


def read_hypotheses(view: View) -> Outcome:
    """A hypothesis that is confirmed or rejected, or how it will be tested."""
    part = view.part
    if not part.has("仮説|hypothes[ie]s"):
        return None
    match = part.form("read_hypotheses")
    if match is not None:
        test = part.group(match, "t")
        return _hypothesis(view, part.slice(*match.span("x")), test=test)
    status = code_said("verdicts", part.plain)
    if status is None:
        return None
    return _hypothesis(view, part, status=status, by=view.said.name, on=view.said.as_of)


def _hypothesis(view: View, part: Part, **fields: Any) -> Outcome:
    there = [s for s in view.plan.statements if s.kind == "hypothesis"]
    listed = [s for s in there if s.section != "risk"] or there
    opened = [s for s in there if s.status == "open"]
    about = view.item_about("statements")
    if (found := ordinal(part)) is not None:
        number = found[0]
        place = number - 1 if number > 0 else number
        items = [listed[place]] if -len(listed) <= place < len(listed) else []
    else:
        named = part.quoted or _topic(part)
        items = _named(named, opened, there) if named else opened
        if not named and isinstance(about, Statement):
            items = [about]

    def do(statement: Statement) -> Outcome:
        return view.set("statements", statement, **fields)

    which = question("which_hypothesis")
    if not items:
        return view.offer(opened, which, do)
    return view.choose(items, which, do)


def _named(named: str, opened: list[Statement], there: list[Statement]) -> list[Statement]:
    """The hypotheses of these words, the open ones first."""
    return alike(named, opened) or alike(named, there) or near(named, opened, LOOSE)


def _topic(part: Part) -> str:
    """What a hypothesis is said to be about."""
    match = part.search(r"(?P<x>[^、。]+?)(?:に関する|についての|に関しての|という|との|の)仮説")
    match = match or part.search(
        r"hypothes[ie]s (?:about|on|that|of|concerning|regarding) (?P<x>.+?)(?= (?:is|was|has|as)(?![a-z])|$)"  # noqa: E501
    )
    match = match or part.search(r"(?:confirm|reject|mark) the (?P<x>[a-z ]+?) hypothes[ie]s")
    return part.group(match, "x") if match else ""
