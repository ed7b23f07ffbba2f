"""What a thread remembers of plans: which is spoken of, and what waits for the person's word."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel, ConfigDict

from plans.changes import Change
from plans.model import State

KEPT = "plan"
"""Under this name an answer keeps what it leaves open."""


class Proposal(BaseModel):
    """What was shown to the person and takes effect when they confirm it: exactly this.

    Either `changes` of a version of the plan, or its move `to` another state. `answers` are the
    answers to questions (by the gap's key) that the changes were made of.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan_id: str
    version: int
    reason: str
    changes: tuple[Change, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    to: State | None = None

    @property
    def digest(self) -> str:
        """Names exactly this proposal: what was shown is what is confirmed."""
        return _digest(self)


class Doubt(BaseModel):
    """A message that can be meant in several ways, which were listed; one is chosen by number.

    Without `labels` one thing is asked of it, and what is said next completes it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan_id: str
    text: str
    labels: tuple[str, ...]
    key: str | None = None

    @property
    def digest(self) -> str:
        """Names exactly these readings of this message: what was listed is what is chosen of."""
        return _digest(self)


class Memory(BaseModel):
    """What the last answer left open, and the plan that the thread last spoke of.

    An account without a plan is one for which a plan was offered. `asked` are the keys of the
    questions still open, by the number under which they were asked; `earlier` those asked before,
    to which an answer goes by its number. `about` is the item, as collection and id, that was
    changed last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan_id: str | None = None
    account_id: str | None = None
    proposal: Proposal | None = None
    asked: dict[int, str] = {}
    earlier: dict[int, str] = {}
    doubt: Doubt | None = None
    about: tuple[str, str] | None = None

    def kept(self) -> dict[str, Any]:
        """As it is kept in the thread."""
        return self.model_dump(mode="json", exclude_defaults=True)


def _digest(shown: BaseModel) -> str:
    return hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:32]


def recalled(messages: Sequence[BaseMessage]) -> Memory:
    """What a thread remembers, from its messages up to the one that is answered now.

    A proposal, questions and doubts are forgotten with the next answer; the plan stays in mind, and
    what was changed in it last.
    """
    earlier = list(messages)
    while earlier and not isinstance(earlier[-1], HumanMessage):
        earlier.pop()
    said = [m for m in earlier[:-1] if isinstance(m, AIMessage | HumanMessage)]
    last = _kept(said[-1]) if said else None
    if last is not None:
        return last
    found = next((kept for m in reversed(said) if (kept := _kept(m)) is not None), Memory())
    return Memory(
        plan_id=found.plan_id,
        account_id=found.account_id if found.plan_id else None,
        earlier=found.asked or found.earlier,
        about=found.about,
    )


def _kept(message: BaseMessage) -> Memory | None:
    kept = message.additional_kwargs.get(KEPT) if isinstance(message, AIMessage) else None
    if not kept:
        return None
    numbered = {
        name: {int(n): key for n, key in kept.get(name, {}).items()}
        for name in ("asked", "earlier")
    }
    return Memory.model_validate(kept | numbered)
