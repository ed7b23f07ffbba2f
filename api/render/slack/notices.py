"""A digest, a reminder or a briefing that came by itself: it can be judged, and switched off."""

from __future__ import annotations

from api.render.slack.answer import Rendered, messages
from api.render.slack.elements import Button, button, row
from api.render.slack.offers import feedback
from api.render.slack.words import word
from assistant.answer import Answer


def notice(answer: Answer) -> list[Rendered]:
    """The messages of a notice, with what may be done below the last."""
    found = list(messages(answer))
    if found:
        settings = Button("preferences", word("preferences", answer.language), {})
        below = [*row([button(settings)]), feedback(answer.id, answer.language)]
        found[-1] = found[-1].with_(*below)
    return found
