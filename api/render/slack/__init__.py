"""What Slack shows, as pure functions: answers, buttons, the home page, modals; nothing is sent."""

from api.render.slack.answer import Rendered, messages, sentence
from api.render.slack.text import mrkdwn

__all__ = ["Rendered", "messages", "mrkdwn", "sentence"]
