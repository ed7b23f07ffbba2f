"""The last opinion of a person counts, and no reason is lost to the order in which presses come."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from assistant.feedback import REASON, Feedback
from crm.errors import InputError
from crm.scope import OPERATOR

ANSWER = "0123456789abcdef"


def said(engine: sa.Engine, *opinions: tuple[bool, str]) -> tuple[bool, str]:
    feedback = Feedback(engine)
    for useful, reason in opinions:
        feedback.say(OPERATOR, ANSWER, useful, reason)
    (kept,) = feedback.all()
    return kept.useful, kept.reason


@pytest.mark.parametrize(
    ("opinions", "kept"),
    [
        pytest.param([(False, ""), (False, "古い")], (False, "古い"), id="press then reason"),
        pytest.param([(False, "古い"), (False, "")], (False, "古い"), id="reason then press"),
        pytest.param([(False, "古い"), (False, "違う")], (False, "違う"), id="another reason"),
        pytest.param([(False, "古い"), (True, "")], (True, ""), id="another mind"),
        pytest.param([(True, ""), (False, "")], (False, ""), id="no reason"),
    ],
)
def test_the_last_opinion_counts(
    engine: sa.Engine, opinions: list[tuple[bool, str]], kept: tuple[bool, str]
) -> None:
    assert said(engine, *opinions) == kept


def test_what_is_no_answer_or_too_long_is_refused(engine: sa.Engine) -> None:
    feedback = Feedback(engine)
    with pytest.raises(InputError):
        feedback.say(OPERATOR, "../etc", True)
    with pytest.raises(InputError):
        feedback.say(OPERATOR, ANSWER, False, "x" * (REASON + 1))
    assert feedback.all() == []
