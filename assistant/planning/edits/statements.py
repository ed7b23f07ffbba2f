"""Edits of statements: what a person says is a hypothesis, open until it is confirmed.

It is confirmed at once only where the part says so (確認済み, confirmed), or as the answer to a
question about what somebody knows. A risk stays open, with the test that is said with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from assistant.planning.edits.find import HINT, LOOSE, alike, near, ordinal
from assistant.planning.edits.part import (
    Part,
    Span,
    any_of,
    code_said,
    compiled,
    unquoted,
    words,
)
from assistant.planning.edits.view import Ask, Outcome, View, question
from plans.fulfilment import STRATEGY
from plans.model import Section, Statement, Status

_TEST = r"[\s、,;。.(（]*(?:<<test>>)\s?(?:は|:|by|is|with)?\s?(?P<t>.+?)(?:です|で)?[)）]?$"
_FILLERS = (
    r"<<drop>>|<<verdicts>>|<<cited>>|<<section_names>>|仮説|記述|内容|項目|部分|欄|ところ|文言|"
    r"恐れ|変更|やっぱり?|やはり|(?:ので|から)[、,]?|(?<![a-z])(?:hypothes[ie]s|turned out(?: to be)?|the|our|that|"  # noqa: E501
    r"one|was|is|has|have|been|be|came|come|proved|it|actually|mark|set|as|to|now)(?![a-z])"
)
"""Words beside those of a statement, where somebody says which is meant."""
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
    if part.has("仮説|hypothes[ie]s"):
        return None
    match = part.form("statements_added")
    if match is None:
        return Ask(question("statement_what")) if part.form("statement_announced") else None
    more = part.group(match, "more")
    told = re.sub(r"^(?:add|note)\s+", "", part.group(match, "x"), flags=re.IGNORECASE)
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
    return _picked(view.plan.section(section), Part.of(phrase))


def _picked(there: list[Statement], said: Part) -> list[Statement]:
    """Of these statements, those that a part means by place or words; all when it has no words."""
    if (found := ordinal(said)) is not None:
        number = found[0]
        place = number - 1 if number > 0 else number
        return [there[place]] if -len(there) <= place < len(there) else []
    named = said.quoted or unquoted(compiled(_FILLERS).sub(" ", said.plain))
    if not Part.of(named).has(r"[a-z0-9\u3400-\u9fffァ-ヶ]"):
        return there
    return alike(named, there) or near(named, there, LOOSE if len(there) > 1 else HINT)


def _removed(view: View) -> Outcome:
    part = view.part
    if not part.has("<<drop>>") or part.has("<<test>>"):
        return None
    match = part.form("statements_removed")
    near_by = None if match is not None else said_section(part)
    if len({code for code, _span in _sections(part)}) > 1:
        return Ask(question("which_statement"))
    if match is not None:
        code, phrase = _code(match), part.group(match, "x") + part.group(match, "y")
    elif near_by is not None:
        code, phrase = near_by[0], part.without(near_by[1]).raw
    else:
        return None
    which = question("which_statement")

    def remove(statement: Statement) -> Outcome:
        return view.without("statements", statement)

    found = _of(view, code, phrase)
    return view.choose(found, which, remove) or view.offer(view.plan.section(code), which, remove)


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
    """A hypothesis that is new, tested, reworded, confirmed or rejected."""
    for read in (_new, _tested, _reworded, _judged):
        if (outcome := read(view)) is not None:
            return outcome
    return None


def said_section(part: Part) -> tuple[Section, Span] | None:
    """The section that is said to be meant (価格の仮説, "the price one"), and where it is said."""
    return next(_sections(part), None)


def _sections(part: Part) -> Iterator[tuple[Section, Span]]:
    for group in ("near_sections", "sections"):
        for code, said in words()[group].items():
            for form in words()["forms"]["in_section"]:
                if (match := part.search(form.replace("<<it>>", any_of(said)))) is not None:
                    yield cast(Section, code), match.span()
                    break


def _new(view: View) -> Outcome:
    part = view.part
    if not part.has("<<new_hypothesis>>") or part.has("仮説の(?:<<test>>|検証)"):
        return None
    test = part.search(_TEST)
    rest = part.without(test.span()) if test is not None else part
    section = said_section(part)
    words_ = rest.quoted
    if words_ is None:
        match = rest.form("hypothesis_text")
        words_ = rest.group(match, "x") if match is not None else None
    if section is None:
        return Ask(question("hypothesis_section"))
    if not words_:
        return Ask(question("statement_what"))
    more = "" if test is None else f"{words_}、{part.as_said(*test.span())}"
    return new_statement(view, section[0], words_, more=more)


def _tested(view: View) -> Outcome:
    part = view.part
    match = part.form("read_hypotheses")
    if match is None:
        return None
    test = part.group(match, "t")
    return _hypothesis(view, part.slice(*match.span("x")),
                       lambda s: view.set("statements", s, test=test))  # fmt: skip


def _reworded(view: View) -> Outcome:
    part = view.part
    match = part.form("hypothesis_reworded")
    if match is None:
        return None
    text = part.group(match, "t")
    return _hypothesis(view, part.slice(*match.span("x")), lambda s: rewritten(view, s, text))


def _judged(view: View) -> Outcome:
    part = view.part
    status = verdict(part)
    if status is None or part.has("<<drop>>.*<<section>>(?!.*仮説)"):
        return None
    by = {"by": view.said.name, "on": view.said.as_of}
    if len({code for code, _span in _sections(part)}) > 1:
        return Ask(question("which_hypothesis"))
    return _hypothesis(view, part, lambda s: view.set("statements", s, status=status, **by))


def verdict(part: Part) -> Status | None:
    """Whether a part says that something is right or wrong; what is still open is neither."""
    if part.has(
        r"まだ|未確認|未検証|(?<![a-z])(?:not yet|yet|still|maybe)(?![a-z])|かもしれ|かどうか"
    ):
        return None
    return cast("Status | None", code_said("verdicts", part.plain))


def _hypothesis(view: View, part: Part, do: Callable[[Statement], Outcome]) -> Outcome:
    """What is done with the hypothesis that a part means; without the word it has to be clear."""
    there = [s for s in view.plan.statements if s.kind == "hypothesis"]
    opened = [s for s in there if s.status == "open"]
    which, about = question("which_hypothesis"), view.item_about("statements")
    section = said_section(part)
    is_said = section is not None or part.has("仮説|hypothes[ie]s")
    if section is not None:
        pool = [s for s in opened if s.section == section[0]]
        pool = pool or [s for s in there if s.section == section[0]]
        items = _picked(pool, part.without(section[1]))
        opened = pool or opened
    elif (found := ordinal(part)) is not None and is_said:
        listed = [s for s in there if s.section != "risk"] or there
        place = found[0] - 1 if found[0] > 0 else found[0]
        items = [listed[place]] if -len(listed) <= place < len(listed) else []
    elif (named := part.quoted or _topic(part)) or not is_said:
        items = _named(named, opened, there) if named else []
    else:
        items = [about] if isinstance(about, Statement) else opened
    if not items:
        return view.offer(opened, which, do) if is_said else None
    return view.choose(items, which, do)


def _named(named: str, opened: list[Statement], there: list[Statement]) -> list[Statement]:
    """The hypotheses of these words, the open ones first."""
    return alike(named, opened) or alike(named, there) or near(named, opened, LOOSE)


def _topic(part: Part) -> str:
    """What a hypothesis is said to be about."""
    match = next((m for form in words()["forms"]["topic"] if (m := part.search(form))), None)
    return part.group(match, "x") if match else ""
