"""Edits of an account plan as people say them, and answers to the questions about it."""

from assistant.planning.edits.answers import answered
from assistant.planning.edits.read import edited, looks_like_edit
from assistant.planning.edits.said import Edited, Said, Unclear

__all__ = ["Edited", "Said", "Unclear", "answered", "edited", "looks_like_edit"]
