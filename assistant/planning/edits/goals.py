"""Edits of goals: the amount, the date, the stage aimed for; a goal that is added or taken away."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from assistant.builtin.amounts import Amount
from assistant.planning.edits.figures import amounts, exact, money
from assistant.planning.edits.find import alike
from assistant.planning.edits.part import Part, code_said, unquoted
from assistant.planning.edits.view import Ask, Outcome, Step, View, question
from plans.model import Goal

_IT = r"^(?:それ|これ|そちら)(?:を|は|も|の)|(?<![a-z])(?:make|move|set|push|bring|change|put) (?:it|that)(?![a-z])"  # noqa: E501
_AMOUNT_WORDS = r"[、,]?\s*(?:金額|目標額|amount)?\s*(?:は|of|:|を|,)?\s*$"
_DUE_WORDS = r"[、,]?\s*(?:期日|期限|due|deadline|by)?\s*(?:は|is|:|を)?\s*$"
_ANOTHER_EDIT = r"(?:追加|足し|入れて|入れる|登録)|アクション|仮説|強み|弱み|機会|脅威|リスク|(?<![a-z])(?:add|include|schedule)(?![a-z])"  # noqa: E501
_AMOUNT_ALONE = r"^(?:目標)?(?:金額|目標額|額)(?:は|が|を|も|、|:)|^(?:the )?amount(?: is|:| to)"


def read_goals(view: View) -> Outcome:
    """An edit of a goal; None where the part speaks of something else."""
    part = view.part
    if part.has(r"kpi|指標|(?<![a-z])baseline"):
        return None
    for read in (_relative, _added, _kind):
        if (outcome := read(view)) is not None:
            return outcome
    is_goal = part.has("<<goal>>") or (
        view.item_about("goals") is not None and part.has(_IT) and not part.has("<<owner>>")
    )
    stage = code_said("stages", part.plain) if part.has("<<stage>>") or is_goal else None
    if stage:
        return _each(view, target_stage=stage)
    if not is_goal:
        return _due_alone(view) or _amount_alone(view)
    if part.has("<<drop>>") and not (view.days or amounts(view) or part.has("半|倍|half")):
        return _dropped(view)
    return _changed(view)


def _kind(view: View) -> Outcome:
    """What kind of goal it is, in a person's words."""
    match = view.part.form("goal_kind")
    return _each(view, goal_type=view.part.group(match, "x")) if match else None


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
    if fields and view.part.has("<<doubted>>"):
        return Ask(question("goal_amount"))
    if fields:
        return _each(view, **fields) if _is_all(view, amount) else Ask(question("goal_amount"))
    is_number = any(c.isdigit() for c in view.part.plain)
    if is_number or view.part.has(
        r"<<amount>>|^(?:raise|lower|increase|reduce|bump) the goal|(?:上げ|下げ|増や|減ら|高く|低く)"  # noqa: E501
    ):
        return Ask(question("goal_amount"))
    return None


def _is_all(view: View, amount: Amount | None) -> bool:
    """Whether what is left beside the amount and the date says no other edit."""
    spans = [day.span for day in view.days]
    if amount is not None:
        spans.append((amount.start, amount.end))
    rest = view.part.without(*spans)
    figures = [a for a in amounts(view) if amount is None or a.start != amount.start]
    return not figures and not rest.has(_ANOTHER_EDIT + r"|\d(?!\d*(?:番目|つ目|つ|st|nd|rd|th))")


def _due_alone(view: View) -> Outcome:
    """期日は来年3月末 is of what was spoken of, else of the goal."""
    if not view.part.search(r"^(?:the )?<<due>>(?:は|を|も|の|で|\s|is|to|:)") or view.item_about(
        "actions"
    ):
        return None
    if bad := view.bad_day():
        return bad
    if not view.days:
        return None
    due = view.days[-1].last
    if (kpi := view.item_about("kpis")) is not None:
        return view.set("kpis", kpi, due=due)
    return _each(view, due=due)


def _amount_alone(view: View) -> Outcome:
    """金額は5千万 is of what was spoken of, else of the goal."""
    if not view.part.has(_AMOUNT_ALONE) or view.item_about("actions") is not None:
        return None
    amount = money(view)
    if amount is None or isinstance(amount, Ask):
        return amount
    return _each(view, amount=exact(amount.value))


def _meant(view: View) -> list[Goal]:
    """The goals that a part may mean: by name or measure, the one spoken of, or all."""
    about = view.item_about("goals")
    if isinstance(about, Goal):
        return [about]
    goals = list(view.plan.goals)
    rest = view.part.without(*(day.span for day in view.days))
    if len(goals) > 1:
        found = rest.search(r"(?P<which>[^、,。]*?)の?<<goal>>")
        named = (rest.group(found, "which") if found else "") or rest.quoted or ""
        goals = (alike(named, goals) if named else []) or goals
    if len(goals) > 1 and (code := code_said("measures", rest.plain)):
        goals = [g for g in goals if g.measure == code] or goals
    return goals


def _each(view: View, **fields: Any) -> Outcome:
    """The goal that is meant, changed; of several the words of the part may pick one."""
    return _on(view, lambda goal: view.set("goals", goal, **fields))


def _on(view: View, do: Callable[[Goal], Outcome]) -> Outcome:
    """What is done with the goal that is meant; another measure than its own is asked about."""
    goals = _meant(view)
    said = view.part.search(r"(?P<m><<measures>>)(?:の|を)?\s?(?:<<goal>>|(?<=を)目標)")
    code = code_said("measures", said["m"]) if said else None
    if len(goals) == 1 and code and goals[0].measure not in (code, "other"):
        return view.offer(goals, question("which_goal"), do)
    return view.choose(goals, question("which_goal"), do)


# ------------------------------------------------------------------ more or less than planned


def _relative(view: View) -> Outcome:
    """A goal raised or lowered by an amount, by a share, or to a multiple of itself."""
    part = view.part
    if not part.has("<<goal>>|売上|受注|利益") and view.item_about("goals") is None:
        return None
    if (said := part.form("goal_times")) is not None:
        times = _times(said)
        return _on(view, lambda goal: _moved(view, goal, lambda now: now * times))
    said = part.form("goal_by")
    if said is None:
        return None
    by = _by(view)
    if by is None or isinstance(by, Ask):
        return by
    sign = -1 if part.has("<<less>>") else 1
    if by.unit == "percent":
        return _on(view, lambda goal: _moved(view, goal, lambda now: now * (1 + sign * by.value)))
    return _on(view, lambda goal: _moved(view, goal, lambda now: now + sign * by.value))


def _times(said: re.Match[str]) -> Decimal:
    if said["n"]:
        return Decimal(said["n"])
    return Decimal("0.5") if re.search(r"半|halve|half", said[0]) else Decimal(2)


def _by(view: View) -> Amount | Ask | None:
    """The only figure of the part, as a share or as money."""
    found = amounts(view)
    if len(found) != 1 or view.days:
        return Ask(question("goal_amount"))
    return found[0] if found[0].unit == "percent" else money(view)


def _moved(view: View, goal: Goal, new: Callable[[Decimal], Decimal]) -> Outcome:
    if goal.amount is None:
        return Ask(question("goal_amount"))
    amount = new(goal.amount)
    return (
        view.set("goals", goal, amount=exact(amount)) if amount > 0 else Ask(question("no_value"))
    )


# ------------------------------------------------------------------ taken away, added


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
    """A goal beside the others; what says so and leaves its words open is asked back."""
    part = view.part
    match = part.form("goal_added")
    if match is None:
        return Ask(question("goal_what")) if part.has("<<another_goal>>") else None
    spans = [match.span(g) for g in ("what", "more") if match.groupdict().get(g)]
    told = Part.of("、".join(part.slice(*span).raw for span in spans))
    return added_goal(view.of(told)) or Ask(question("goal_what"))


def added_goal(view: View) -> Outcome:
    """A new goal of what a part says: its words, and an amount and a date where they are said."""
    if bad := view.bad_day():
        return bad
    amount = money(view)
    if isinstance(amount, Ask):
        return amount
    if len([a for a in amounts(view) if a.unit == "money"]) > 1:
        return Ask(question("goal_what"))
    spans = [_led(view.part, day.span, _DUE_WORDS) for day in view.days]
    if amount is not None:
        spans.append(_led(view.part, (amount.start, amount.end), _AMOUNT_WORDS))
    rest = unquoted(view.part.without(*spans).raw).strip("、,はのをでが ")
    rest = unquoted(
        re.sub(r"^(?:an?|the|of|to|for) |(?: of| by| to| at)$|(?:として|くらい|ほど)$", "", rest)
    )
    code = code_said("measures", view.part.plain + Part.of(view.part.quoted or "").plain)
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
