"""A message is read part by part; each part is one edit, made on the plan as edited so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.planning.edits.actions import read_actions
from assistant.planning.edits.adding import read_added_action, read_line
from assistant.planning.edits.calendar import read_calendar
from assistant.planning.edits.goals import read_goals
from assistant.planning.edits.head import read_head
from assistant.planning.edits.kpis import read_kpis
from assistant.planning.edits.names import spelt
from assistant.planning.edits.part import Part, bare, parts, plainly, saying
from assistant.planning.edits.people import read_key_persons, read_team
from assistant.planning.edits.said import Edited, Said, Unclear
from assistant.planning.edits.statements import read_hypotheses, read_statements
from assistant.planning.edits.view import MOST, UNKNOWN, Ask, Outcome, Step, View, label, question
from assistant.planning.edits.which import several
from plans.changes import diff
from plans.model import Plan
from tools.facts import Text

LONGEST = 4_000
"""Characters of a message that is read as an edit; a longer one is something else."""
READERS: tuple[Callable[[View], Outcome], ...] = (
    read_kpis, read_hypotheses, read_statements, read_key_persons, read_head, read_calendar,
    read_goals, read_team, read_actions, read_added_action,
)  # fmt: skip
"""The readers of a part; the first that understands it decides."""
_OF_STRUCTURE = (read_kpis, read_hypotheses, read_statements, read_key_persons, read_head,
                 read_calendar, read_goals, read_team)  # fmt: skip
_WEAK = r"[、,](?:\s?and)?|(?<=[a-z0-9%])\s(?:and|then)(?=\s)|(?<=[にでてし])(?:、)?(?=それと|それから|あと)"  # noqa: E501
"""Where a part may end, if what stands on both sides is an edit."""


@dataclass(frozen=True)
class _Branch:
    """One way in which a message may be meant, as far as it is read."""

    label: str | None
    step: Step


def is_question(text: str) -> bool:
    """Whether a message asks something, or wants something else done than an edit."""
    whole = Part.of(text)
    asked = bare(whole.without(*_marks(whole)))
    if asked.has("<<undone>>|<<other>>"):
        return True
    polite = bare(Part.of(text.rstrip("?？ ")))
    return whole.has("<<question>>") and polite.has("<<question>>")


def _marks(part: Part) -> list[tuple[int, int]]:
    return [(n, n + 1) for n, c in enumerate(part.plain) if c in "?"]


def edited(
    text: str, plan: Plan, said: Said, about: tuple[str, str] | None = None
) -> Edited | Unclear | None:
    """The plan as a message edits it, or the question it leaves open; None when it is no edit.

    `about` is the item spoken of before, as collection and id.
    """
    if len(text) > LONGEST or not text.strip() or is_question(text):
        return None
    text = spelt(text, said)
    branches = [_Branch(None, Step(plan, about))]
    asked: Text | None = None
    unplaced: list[str] = []
    understood = 0
    pieces = [half for part in parts(text) for half in _halves(View(part, plan, said, about))]
    is_list = False
    open_question: Text | None = None
    for number, part in enumerate(pieces, 1):
        if number < len(pieces) and part.form("intro") is not None:
            is_list = True
            continue
        outcomes = [
            _read(View(part, b.step.plan, said, b.step.about), is_list=is_list) for b in branches
        ]
        first = outcomes[0]
        if all(isinstance(o, Step) for o in outcomes):
            branches = [_Branch(b.label, o) for b, o in zip(branches, outcomes, strict=True)
                        if isinstance(o, Step)]  # fmt: skip
            understood += 1
        elif len(branches) == 1 and isinstance(first, Ask) and (first.choices or len(pieces) == 1):
            asked, understood = first.question, understood + 1
            if first.choices:
                branches = [_Branch(label, step) for label, step in first.choices]
        elif (
            number < len(pieces)
            and len(branches) == 1
            and (topics := _topics(View(part, branches[0].step.plan, said)))
        ):
            asked, branches = topics
        else:
            if isinstance(first, Ask):
                open_question = open_question or first.question
            unplaced.append(part.raw.strip())
            topic = (UNKNOWN, part.raw.strip())
            branches = [_Branch(b.label, Step(b.step.plan, topic)) for b in branches]
    if not understood:
        return Unclear(open_question) if open_question is not None else None
    return _told(plan, branches, asked, tuple(unplaced))


def _read(view: View, *, is_list: bool) -> Outcome:
    for read in (read_line, *READERS) if is_list else READERS:
        if (outcome := read(view)) is not None:
            return outcome
    return None


def _halves(view: View) -> list[Part]:
    """A part in two where each is an edit by itself: drop the first KPI, and the second is 6."""
    part = view.part
    if part.form("added_in_words") or part.form("statements_added") or part.form("read_kpis"):
        return [part]
    for cut in part.finditer(_WEAK):
        left, right = bare(part.slice(0, cut.start())), bare(part.slice(cut.end(), len(part.plain)))
        first = _of_structure(view.of(left))
        if not isinstance(first, Step) or first.plan == view.plan:
            continue
        after = View(right, first.plan, view.said, first.about)
        if _of_structure(after) is not None:
            return [left, *_halves(after)]
    return [part]


def _of_structure(view: View) -> Outcome:
    return next((o for read in _OF_STRUCTURE if (o := read(view)) is not None), None)


def _topics(view: View) -> tuple[Text | None, list[_Branch]] | None:
    """The action that a part only names, for the next part to speak of: 福島さんとの面談、担当を私に."""  # noqa: E501
    if several(view, view.part.raw) is not None:
        return None, [_Branch(None, Step(view.plan, (UNKNOWN, view.part.raw)))]
    found = view.which(view.part.raw, view.plan.actions)
    steps = [Step(view.plan, ("actions", action.id)) for action in found or ()]
    if not found or len(steps) > MOST:
        return None
    if len(steps) == 1:
        return None, [_Branch(None, steps[0])]
    labels = [label(action, view.plan, view.said.language) for action in found]
    branches = [_Branch(name, step) for name, step in zip(labels, steps, strict=True)]
    return question("which_action"), branches


def _told(
    plan: Plan, branches: Sequence[_Branch], asked: Text | None, unplaced: tuple[str, ...]
) -> Edited | Unclear | None:
    done = [
        (branch.label or "", Edited(branch.step.plan, changes, unplaced))
        for branch in branches
        if (changes := diff(plan, branch.step.plan))
    ]
    if asked is not None:
        return Unclear(asked, tuple(done) if branches[0].label is not None else ())
    return done[0][1] if done else None


def told(plan: Plan, outcome: Outcome) -> Edited | Unclear | None:
    """What became of one step, as the caller is told."""
    if isinstance(outcome, Step):
        return _told(plan, [_Branch(None, outcome)], None, ())
    if isinstance(outcome, Ask):
        choices = [_Branch(label, step) for label, step in outcome.choices]
        return _told(plan, choices or [_Branch(None, Step(plan))], outcome.question, ())
    return None


def looks_like_edit(text: str) -> bool:
    """Whether a message could be an edit of a plan at all; a question is none."""
    if len(text) > LONGEST or not text.strip() or is_question(text):
        return False
    cues = "|".join(saying(g) for g in ("add", "drop", "done", "move", "change", "cues"))
    return Part.of(plainly(text)).search(cues) is not None
