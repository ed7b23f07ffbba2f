"""What every act stands on: the plan meant, who speaks, and what waits for their word."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ibis import _

from assistant.acts import Page
from assistant.builtin.slots import colleagues_of
from assistant.ledger import plain
from assistant.planning.edits import Said, Unclear
from assistant.planning.memory import Doubt, Memory, Proposal
from assistant.planning.pages import Pages, Shown
from plans.asked import Answers
from plans.changes import Change, apply, diff
from plans.checks import Checked, Gap
from plans.model import Plan
from plans.stored import Stored
from tools.query import fetch

if TYPE_CHECKING:
    from assistant.deps import Turn
    from assistant.planning.desk import Planner
    from crm.scope import ScopedTables

QUESTIONS = 3
"""Questions asked at once."""
_REASON_LENGTH = 200


class ToldError(Exception):
    """What is to be said instead: the name of a sentence of talk.yaml and what fills it.

    `of` is the plan that it is about, `without` the account that has none, `waits` whether what was
    to be confirmed still is.
    """

    def __init__(
        self,
        name: str,
        *,
        of: Stored | None = None,
        without: str | None = None,
        waits: bool = False,
        **values: object,
    ) -> None:
        self.name, self.of, self.without, self.waits = name, of, without, waits
        self.values = values
        super().__init__(name)


class Ground:
    """What every act stands on: the plan meant, who speaks, and what waits for their word."""

    def __init__(
        self,
        planner: Planner,
        answers: Answers,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._planner, self._answers, self._clock = planner, answers, clock

    def _stored(self, turn: Turn, account_id: str | None) -> Stored:
        """The plan that is meant: the one spoken of, else the account's open one last changed."""
        memory = turn.thread
        if memory.plan_id and account_id in (None, memory.account_id):
            return self._planner.get(turn.principal, memory.plan_id)
        own = turn.principal.person_id
        if account_id is None:
            found = [p for p in self._planner.all(turn.principal) if p.state != "closed"]
            found = [p for p in found if p.owner_id == own] if own else found
            if len(found) != 1:
                raise ToldError("several" if found else "no_plan_named")
        else:
            found = self._planner.all(turn.principal, account_id)
            found = sorted(found, key=lambda p: p.state == "closed")
            if not found:
                name = plain(self._planner.name(turn.principal, account_id))
                raise ToldError("no_plan", without=account_id, account=name)
        return self._planner.get(turn.principal, found[0].plan_id)

    def _said(self, turn: Turn, account_id: str) -> Said:
        settings = turn.tables.settings
        return Said(
            person_id=turn.principal.person_id,
            name=turn.principal.name,
            as_of=turn.as_of,
            fiscal_year_start=settings.company.fiscal_year_start,
            language=turn.language,
            colleagues=colleagues_of(turn.tables),
            readings=_readings(turn.tables, account_id),
        )

    def _shown(self, turn: Turn, stored: Stored) -> Shown:
        return Shown(stored, self._planner.checked(stored, turn.as_of))

    def _ask(self, turn: Turn, stored: Stored, checked: Checked) -> tuple[str, dict[int, str]]:
        """The next questions, the most valuable first, none of which was asked before."""
        pages, known = Pages(turn.language), self._answers.of(stored.plan_id)
        fresh = {key: gap for gap in checked.gaps if (key := key_of(gap)) not in known}
        wanted = list(fresh)[:QUESTIONS]
        new = self._answers.ask(stored.plan_id, wanted, now=self._clock())
        if not new:
            return "", {}
        return pages.questions([fresh[key] for key in new]), dict(enumerate(new, 1))

    def _next(self, turn: Turn, stored: Stored, left: Mapping[int, str], *first: str) -> Page:
        """What is still to be asked: the questions left by their numbers, else the next ones."""
        pages = Pages(turn.language)
        if left:
            rest = pages.say("left", numbers=pages.listed(str(n) for n in left))
            return Page(
                pages.joined(*first, rest), memory_of(stored, asked=left, about=turn.thread.about)
            )
        shown = self._shown(turn, stored)
        questions, asked = self._ask(turn, stored, shown.checked)
        text = pages.joined(*first, questions or pages.about("no_questions", shown))
        return Page(text, memory_of(stored, asked=asked))

    def _pending(self, turn: Turn, stored: Stored) -> Plan:
        """The plan with what waits for confirmation, so that it can be corrected before."""
        proposal = turn.thread.proposal
        if proposal is None or proposal.to or proposal.version != stored.version:
            return stored.plan
        return apply(stored.plan, proposal.changes)

    def _in_doubt(
        self, turn: Turn, stored: Stored, unclear: Unclear, text: str, key: str | None
    ) -> Page:
        """The question back, with its readings to choose from; what waited still waits."""
        pages = Pages(turn.language)
        labels = tuple(label for label, _edited in unclear.choices)
        doubt = Doubt(plan_id=stored.plan_id, text=text, labels=labels, key=key)
        memory = memory_of(stored, asked=turn.thread.asked, about=turn.thread.about).model_copy(
            update={"doubt": doubt, "proposal": turn.thread.proposal if labels else None}
        )
        return Page(pages.choices(unclear.question, labels), memory)

    def _proposed(
        self,
        turn: Turn,
        stored: Stored,
        plan: Plan,
        reason: str,
        *,
        unplaced: Sequence[str] = (),
        answers: Sequence[tuple[str, str]] = (),
        asked: Mapping[int, str] | None = None,
    ) -> Page:
        """The change as a diff; it waits for the person's word.

        Not for a read-only access: the person would say yes to it elsewhere, unseen.
        """
        turn.principal.ensure_may_write()
        pages, changes = Pages(turn.language), diff(stored.plan, plan)
        if not changes:
            raise ToldError("nothing_changes")
        if stored.state == "closed" and stored.plan.hash() != plan.hash():
            raise ToldError("closed")
        earlier = turn.thread.proposal.answers if turn.thread.proposal else ()
        proposal = Proposal(
            plan_id=stored.plan_id,
            version=stored.version,
            reason=reason_of(reason),
            changes=changes,
            answers=(*earlier, *answers),
        )
        ends = stored.state in ("approved", "in_execution") and stored.plan.hash() != plan.hash()
        text = pages.joined(
            pages.about("changes", self._shown(turn, stored)),
            pages.changes(stored.plan, plan, changes),
            pages.say("unplaced", parts=pages.quoted(unplaced)) if unplaced else "",
            pages.say("ends_approval") if ends else "",
            pages.say("confirm"),
        )
        left = turn.thread.asked if asked is None else asked
        memory = memory_of(stored, asked=left, about=_about(changes))
        return Page(text, memory.model_copy(update={"proposal": proposal}))


def _readings(tables: ScopedTables, account_id: str) -> dict[str, str]:
    """Family names of an account's contacts by their letters in an e-mail, where they are only one's."""  # noqa: E501
    if not tables.has("contacts", "email"):
        return {}
    rows = fetch(tables["contacts"].filter(_.account_id == account_id).select("name", "email"))
    found: dict[str, set[str]] = {}
    for row in rows:
        for word in re.split(r"[._-]", str(row["email"] or "").partition("@")[0].casefold()):
            if len(word) > 2 and word.isascii() and word.isalpha():
                found.setdefault(word, set()).add(str(row["name"]).split()[0])
    ours = {
        word
        for one in colleagues_of(tables)
        for word in re.split(r"[._-]", (one.email or "").partition("@")[0].casefold())
    }
    return {w: names.pop() for w, names in found.items() if len(names) == 1 and w not in ours}


def memory_of(
    stored: Stored,
    *,
    asked: Mapping[int, str] | None = None,
    about: tuple[str, str] | None = None,
) -> Memory:
    """A thread that speaks of this plan, with the questions that are open."""
    return Memory(
        plan_id=stored.plan_id,
        account_id=stored.account_id,
        asked=dict(asked or {}),
        about=about,
    )


def _about(changes: Sequence[Change]) -> tuple[str, str] | None:
    """The one item that changes are about."""
    items = {("actions" if c.collection == "progress" else c.collection, c.id) for c in changes}
    return items.pop() if len(items) == 1 else None


def key_of(gap: Gap) -> str:
    """What a question is known by: the place that it asks for, however it is put."""
    place = "|".join(part or "" for part in (gap.collection, gap.item, gap.field, gap.value))
    return f"{gap.check}:{hashlib.sha256(place.encode()).hexdigest()[:24]}"


def reason_of(words: str) -> str:
    """Why a version was made, in the person's words, short enough for a list."""
    return " ".join(words.split())[:_REASON_LENGTH]
