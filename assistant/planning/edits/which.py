"""Which action, or actions, a phrase means: by what was spoken of, its number, or its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assistant.planning.edits.find import HINT, has_all, near, ordinals, ranked
from assistant.planning.edits.part import Part, compiled, unquoted
from assistant.planning.edits.view import Outcome, Step, View, question
from plans.model import Action, Appointment, Item

_MANY = 8
"""Actions of which a part may speak at once."""
Do = Callable[[View, Any], Outcome]


def meant(view: View, phrase: str, do: Do, *, reviews: bool = False, why: str = "") -> Outcome:
    """What is done with the action, or the actions, that a phrase names.

    With `reviews` it may be the regular review. `why` is said with it: of several it tells which.
    """
    phrase = plain_name(phrase)
    said = Part.of(phrase)
    about = view.item_about("actions")
    if said.match("<<this>>|"):
        if about is not None and not said.match("<<any_action>>"):
            return do(view, about)
        if hinted := near(why, view.plan.actions, HINT) if why else []:
            return _chosen(view, hinted, do)
        if view.topic is None or said.match("<<any_action>>"):
            return _chosen(view, list(view.plan.actions), do)
        phrase = view.topic
    if (found := several(view, phrase)) is not None:
        return _in_turn(view, found, do)
    items: Sequence[Action | Appointment] = view.plan.actions
    numbered = ordinals(said)
    if reviews and not numbered and not said.has(r"アクション|action|(?<![a-z])one(?![a-z])"):
        items = (*items, *view.plan.calendar)
    if not (meant_ := list(view.which(phrase, items) or ())):
        ask = question("no_action", said=unquoted(phrase)[:60])
        offered = near(phrase, items, HINT) or ranked(phrase, view.plan.actions)
        return view.offer(offered, ask, lambda item: do(view, item))
    if len(meant_) > 1 and why and len(told := near(why, meant_, HINT)) == 1:
        meant_ = told
    if len(meant_) == 2 and view.part.has("<<both>>"):
        return _in_turn(view, meant_, do)
    return _chosen(view, meant_, do)


def _chosen(view: View, items: Sequence[Any], do: Do) -> Outcome:
    return view.choose(items, question("which_action"), lambda item: do(view, item))


def _in_turn(view: View, items: Sequence[Item], do: Do) -> Outcome:
    step: Outcome = None
    for item in items:
        step = do(view, item)
        if not isinstance(step, Step):
            return step
        view = view.after(step)
    return step


def several(view: View, phrase: str) -> list[Action] | None:
    """The actions that a phrase names one by one; None where it names one, or not all are there."""
    actions = view.plan.actions
    numbers = ordinals(Part.of(phrase))
    if len(numbers) > 1:
        places = [n - 1 if n > 0 else n for n in dict.fromkeys(numbers)]
        is_there = len(places) <= _MANY and all(-len(actions) <= n < len(actions) for n in places)
        return [actions[n] for n in places] if is_there else None
    part = Part.of(phrase)
    cuts = [m.span() for m in compiled("<<between>>").finditer(part.plain)]
    if not cuts or any(has_all(phrase, action) for action in actions):
        return None
    edges = [0, *(n for cut in cuts for n in cut), len(part.plain)]
    found: list[Action] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        named = view.which(part.as_said(start, end), actions) or ()
        if len(named) != 1 or named[0] in found:
            return None
        found.append(named[0])
    return found


def plain_name(phrase: str) -> str:
    bare = Part.of(Part.of(phrase.strip()).raw.strip("はをのがにもで、,:： "))
    around = bare.search(r"[、,はの\s]*<<both>>$|(?<=.)(?:直|変更|修正|変え)し?て$")
    return unquoted(bare.without(around.span()).raw if around else bare.raw)
