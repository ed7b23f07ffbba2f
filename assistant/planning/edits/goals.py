"""Edits of goals: the amount, the date, the stage aimed for; a goal that is added or taken away."""

from __future__ import annotations

from typing import Any

from assistant.planning.edits.figures import exact, money
from assistant.planning.edits.find import alike
from assistant.planning.edits.part import Part, code_said, unquoted
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from plans.model import Goal

_ADD = (
    r"^(?:新しい|新たな|another |a )?(?:<<goal>>(?:を|に|として)?(?P<what>.*?)(?:を)?(?:<<add>>).*?"
    r"(?:[:：、,]\s*(?P<more>.+))?$)"
)
_ADD_EN = r"^(?:add|include|set up|create) (?:a |another |one more |the )?(?:new )?goal(?: of| to| for|s)?[:,]?\s*(?P<more>.*)$"  # noqa: E501
_ADD_OF = r"(?P<what>.+)の<<goal>>を(?:新しく|新たに)?<<add>>(?:する|します|して|し|て|たい)*"
_IT = r"^(?:それ|これ|そちら)(?:を|は|も|の)|(?<![a-z])(?:make|move|set|push|bring|change|put) (?:it|that)(?![a-z])"  # noqa: E501
_AMOUNT_WORDS = r"[、,]?\s*(?:金額|目標額|amount)?\s*(?:は|of|:|を)?\s*$"
_DUE_WORDS = r"[、,]?\s*(?:期日|期限|due|deadline|by)?\s*(?:は|is|:|を)?\s*$"


def read_goals(view: View) -> Outcome:
    """An edit of a goal; None where the part speaks of something else."""
    part = view.part
    if part.has(r"kpi|指標|(?<![a-z])baseline"):
        return None
    if (outcome := _added(view)) is not None:
        return outcome
    is_goal = part.has("<<goal>>") or (
        view.item_about("goals") is not None and part.has(_IT) and not part.has("<<owner>>")
    )
    stage = code_said("stages", part.plain) if part.has("<<stage>>") or is_goal else None
    if stage:
        return _each(view, target_stage=stage)
    if not is_goal:
        return _due_alone(view)
    if part.has("<<drop>>") and not view.days:
        return _dropped(view)
    return _changed(view)


def _changed(view: View) -> Outcome:
    if bad := view.bad_day():
        return bad
    amount = money(view)
    if isinstance(amount, Ask):
        return amount
    fields: dict[str, Any] = {}
    if amount is not None:
        fields["amount"] = exact(amount.value)
    if view.days:
        fields["due"] = view.days[-1].last
    if fields:
        return _each(view, **fields)
    is_number = any(c.isdigit() for c in view.part.plain)
    if is_number or view.part.has(
        r"<<amount>>|^(?:raise|lower|increase|reduce) the goal|(?:上げ|下げ|増や|減ら|高く|低く)"
    ):
        return Ask(question("goal_amount"))
    return None


def _due_alone(view: View) -> Outcome:
    """期日は来年3月末 is of what was spoken of, else of the goal."""
    if not view.part.search(r"^(?:the )?<<due>>(?:は|を|も|の|\s|is|to)") or view.item_about(
        "actions"
    ):
        return None
    if bad := view.bad_day():
        return bad
    return _each(view, due=view.days[-1].last) if view.days else None


def _each(view: View, **fields: Any) -> Outcome:
    """The goal that is meant, changed; of several the words of the part may pick one."""
    goals = view.plan.goals
    about = view.item_about("goals")
    if isinstance(about, Goal):
        goals = (about,)
    if len(goals) > 1:
        rest = view.part.without(*(day.span for day in view.days))
        found = rest.search(r"(?P<which>[^、,。]*?)の?<<goal>>")
        named = rest.group(found, "which") if found else ""
        named = named or rest.quoted or ""
        goals = tuple(alike(named, goals)) or goals if named else goals
        if len(goals) > 1 and (code := code_said("measures", rest.plain)):
            goals = tuple(g for g in goals if g.measure == code) or goals
    return view.choose(goals, question("which_goal"), lambda g: view.set("goals", g, **fields))


def _dropped(view: View) -> Outcome:
    found = view.part.search(r"(?P<which>.*?)(?:の|という)?<<goal>>(?P<quoted><<q>>)?") or None
    named = (
        view.part.quoted or (view.part.group(found, "which") if found else "")
    ) or view.part.raw
    goals = view.which(named, view.plan.goals, is_all=True) or ()

    def without(goal: Goal) -> Step:
        plan = view.plan
        for name in ("statements", "actions"):
            freed = [
                item.model_copy(update={"goal": None})
                for item in plan.items(name)
                if getattr(item, "goal", None) == goal.id
            ]
            plan = plan.with_items(name, freed)
        return Step(plan.without("goals", goal.id))

    return view.choose(list(goals), question("which_goal"), without)


def _added(view: View) -> Outcome:
    match = view.part.match(_ADD_OF) or view.part.match(_ADD_EN) or view.part.match(_ADD)
    if match is None:
        return None
    said = [g for g in ("what", "more") if match.groupdict().get(g)]
    told = Part.of("、".join(view.part.raw[slice(*_raw_span(view.part, match, g))] for g in said))
    return added_goal(view.of(told)) or Ask(question("goal_what"))


def _raw_span(part: Part, match: Any, group: str) -> tuple[int, int]:
    start, end = match.span(group)
    return part.places[start], part.places[end - 1] + 1


def added_goal(view: View) -> Outcome:
    """A new goal of what a part says: its words, and an amount and a date where they are said."""
    if bad := view.bad_day():
        return bad
    amount = money(view)
    if isinstance(amount, Ask):
        return amount
    spans = [_led(view.part, day.span, _DUE_WORDS) for day in view.days]
    if amount is not None:
        spans.append(_led(view.part, (amount.start, amount.end), _AMOUNT_WORDS))
    rest = unquoted(view.part.without(*spans).raw).strip("、,はのを ")
    rest = unquoted(rest)
    code = code_said("measures", view.part.plain)
    what = rest if len(rest) > 1 else ""
    if not what and not (code and amount):
        return None
    return view.add(
        "goals",
        what=what or rest,
        measure=code or "other",
        amount=exact(amount.value) if amount else None,
        due=view.days[-1].last if view.days else None,
    )


def _led(part: Part, span: tuple[int, int], lead: str) -> tuple[int, int]:
    """A span with the word that leads to it (期日, amount)."""
    found = Part.of(part.raw[: part.places[span[0]]]).search(lead)
    return (found.start() if found else span[0], span[1])
