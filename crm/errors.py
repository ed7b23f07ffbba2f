"""Every refusal says what happened, where, and what to do about it."""

from __future__ import annotations


class TagayasuError(Exception):
    """A refusal that may be shown to a person: `what` happened, `remedy` to mend it.

    `str()` is one line: the sentence, then the remedy.
    """

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} {remedy}".strip())


class InputError(TagayasuError):
    """The caller gave something that cannot be used (a file, an argument, a mapping)."""


class NotFoundError(TagayasuError):
    """Nothing of that name is visible to the asker: forbidden and nonexistent answer alike."""


class WorkspaceError(TagayasuError):
    """The folder is not a workspace, or a part of it is missing or broken."""


class UnavailableError(TagayasuError):
    """Something outside this process (a model provider, a lock) did not answer in time."""


class NotAllowedError(TagayasuError):
    """The asker may see it, but may not do this with it."""


class ConflictedError(TagayasuError):
    """It may be done, but not as things stand: the state, the version or the moment is another."""
