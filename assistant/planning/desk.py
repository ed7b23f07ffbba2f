"""Plans of accounts for people: drawn up, read, changed and moved, within what each may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import yaml
from ibis import _
from pydantic import ValidationError

from assistant.planning.draft import Asked, draft, head, usual_period
from assistant.planning.follow import FollowUp, Told
from assistant.planning.show import markdown
from crm.audit import Noted
from crm.errors import InputError, NotFoundError, UnavailableError
from crm.periods import parse_period
from crm.scope import Directory, MissingDataError, Principal, today
from crm.settings import Language
from knowledge.documents import About, written
from plans.changes import Change, diff
from plans.checks import Checked, check
from plans.goals import goal_arithmetic
from plans.life import open_moves
from plans.model import Head, Plan, State
from plans.store import Plans
from plans.stored import Event, Listed, Saved, Stored, Version
from tools.facts import ToolResult
from tools.query import fetch_one

if TYPE_CHECKING:
    from assistant.desk import Desk
    from knowledge.library import Library

_LEARNED: frozenset[State] = frozenset({"approved", "in_execution", "closed"})
"""States in which a plan is found among past plans."""
_FIGURES: Mapping[str, Mapping[str, str]] = {
    "account_overview": {},
    "customer_profitability": {},
    "relationship_map": {},
    "white_space": {},
    "pipeline_metrics": {"by": "stage"},
}
"""The tools whose answers a plan is illustrated with."""


class Planner:
    """What can be done with plans; every call says who does it.

    A plan may be seen by whoever may see its account; other plans are as good as absent.
    """

    def __init__(
        self,
        desk: Desk,
        plans: Plans,
        library: Callable[[], Library],
        follow: FollowUp,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk, self._plans, self._library, self._clock = desk, plans, library, clock
        self._follow = follow

    # ------------------------------------------------------------------ drawing up and reading

    def draft(
        self,
        who: Principal,
        account_id: str,
        *,
        period: str | None = None,
        language: Language | None = None,
        as_of: date | None = None,
    ) -> Stored:
        """Draw up and keep a first plan for an account.

        Raises NotFoundError when the account cannot be seen, InputError for no period.
        """
        asked = self._asked(account_id, period, language, as_of)
        plan = draft(self._desk.catalog, self._desk.tables(who), asked)
        return self.keep(who, plan, "draft")

    def head(
        self, who: Principal, account_id: str, period: str | None, language: Language | None
    ) -> Head:
        """What a plan of an account is about, as of today; NotFoundError when it cannot be seen."""
        asked = self._asked(account_id, period, language, None)
        return head(self._desk.catalog, self._desk.tables(who), asked)

    def keep(self, who: Principal, plan: Plan, reason: str) -> Stored:
        """Keep a plan as a new draft.

        Raises NotFoundError when its account cannot be seen, NotAllowedError when it is shared
        with them for reading only.
        """
        self._desk.tables(who).require_write(plan.head.account_id)
        created = self._plans.create(plan, who, reason, now=self._clock())
        self._note(who, "plan.created", created, reason=reason)
        return created

    def _asked(
        self, account_id: str, period: str | None, language: Language | None, as_of: date | None
    ) -> Asked:
        company = self._desk.settings.company
        day = as_of or today(self._desk.settings)
        start = company.fiscal_year_start
        span = parse_period(period, day, start) if period else usual_period(day, start)
        return Asked(account_id, day, span, language or company.language)

    def get(self, who: Principal, plan_id: str) -> Stored:
        """A plan; NotFoundError alike when there is none and when it is not theirs to see.

        `plan_id` may be its beginning, where that names one.
        """
        found = [p for p in self.all(who) if p.plan_id.startswith(plan_id)] if plan_id else []
        if len(found) != 1:
            raise NotFoundError(
                f"There is no plan `{plan_id}` that you can see.", "`plan list` names them."
            )
        return self._plans.get(found[0].plan_id)

    def all(self, who: Principal, account_id: str | None = None) -> list[Listed]:
        """The plans of the accounts that somebody may see, the last changed first."""
        tables = self._desk.tables(who)
        if account_id is not None:
            tables.require_account(account_id)
            return self._plans.list([account_id])
        if tables.scope.sees_all:
            return self._plans.list(None)
        rows = tables["accounts"].select("account_id").to_pyarrow().to_pylist()
        return self._plans.list([row["account_id"] for row in rows])

    def shown(self, stored: Stored, language: Language | None = None) -> str:
        """The plan as a document in Markdown."""
        return markdown(stored.plan, language or stored.plan.head.language)

    def directory(self) -> Directory:
        """Our people, among whom are those who approve."""
        return self._desk.directory()

    def name(self, who: Principal, account_id: str) -> str:
        """What an account is called; NotFoundError when it cannot be seen."""
        tables = self._desk.tables(who)
        tables.require_account(account_id)
        account = tables["accounts"].filter(_.account_id == account_id).select("name")
        return str(fetch_one(account)["name"])

    def figures(self, who: Principal, stored: Stored) -> dict[str, ToolResult]:
        """What illustrates a plan: answers on its account as of its day, by the tool's name.

        A tool that needs what the workspace does not have is left out.
        """
        found = {}
        for tool, given in _FIGURES.items():
            asked = {"account_id": stored.account_id, **given}
            try:
                found[tool] = self._desk.result(who, tool, asked, stored.head.as_of)
            except MissingDataError:
                continue
        return found

    def reckoned(self, who: Principal, stored: Stored) -> list[ToolResult]:
        """What each goal of a plan asks for as of the plan's day, in their order."""
        tables, plan = self._desk.tables(who), stored.plan
        return [goal_arithmetic(plan, goal, tables, plan.head.as_of) for goal in plan.goals]

    def checked(self, stored: Stored, as_of: date | None = None) -> Checked:
        """The score of a plan, and its gaps."""
        return check(stored.plan, as_of or today(self._desk.settings))

    def changes(
        self, who: Principal, plan_id: str, before: int | None, after: int | None
    ) -> tuple[Plan, Plan, Sequence[Change]]:
        """Two versions and what lies between them; without numbers, what the last one changed."""
        stored = self.get(who, plan_id)
        last = after or stored.version
        first = before or max(last - 1, 1)
        old = self._plans.version(stored.plan_id, first).plan
        new = self._plans.version(stored.plan_id, last).plan
        return old, new, diff(old, new)

    def version(self, stored: Stored, number: int) -> Version:
        """An earlier version of a plan."""
        return self._plans.version(stored.plan_id, number)

    def history(self, stored: Stored) -> tuple[Sequence[Saved], Sequence[Event]]:
        """The versions of a plan and the moves it made."""
        return self._plans.history(stored.plan_id), self._plans.events(stored.plan_id)

    def moves(self, who: Principal, stored: Stored) -> Sequence[State]:
        """The states into which somebody may move a plan now."""
        tables = self._desk.tables(who)
        if not tables.may_write(stored.account_id):
            return ()
        return open_moves(stored.plan, stored.state, who, tables.directory)

    # ------------------------------------------------------------------ changing and moving

    def save(
        self, who: Principal, stored: Stored, plan: Plan, reason: str, *, base: int | None = None
    ) -> Stored:
        """A changed plan as the next version, made of `base` or of what is stored.

        Raises StaleError when others have saved since, NotAllowedError when the account is shared
        with them for reading only; so do the other changes.
        """
        self._desk.tables(who).require_write(stored.account_id)
        saved = self._plans.save(
            stored.plan_id, base or stored.version, plan, who, reason, now=self._clock()
        )
        if saved.version != stored.version:
            self._note(who, "plan.saved", saved, base=base or stored.version, reason=reason)
        self._follow.saved(who, saved)
        self._learn(who, stored, saved)
        return saved

    def undo(self, who: Principal, plan_id: str, base: int | None = None) -> Stored:
        """Take the last version back, as a new version; StaleError when it is not `base`."""
        stored = self.get(who, plan_id)
        self._desk.tables(who).require_write(stored.account_id)
        undone = self._plans.undo(stored.plan_id, who, now=self._clock(), base_version=base)
        self._note(who, "plan.undone", undone)
        self._follow.saved(who, undone)
        self._learn(who, stored, undone)
        return undone

    def move(
        self, who: Principal, plan_id: str, to: State, comment: str | None, version: int | None
    ) -> Stored:
        """Move a plan into another state, on the version that was read."""
        stored = self.get(who, plan_id)
        self._desk.tables(who).require_write(stored.account_id)
        moved = self._plans.move(
            stored.plan_id,
            to,
            who,
            comment,
            version or stored.version,
            directory=self._desk.directory(),
            now=self._clock(),
        )
        self._note(
            who, "plan.moved", moved, came_from=stored.state, of=version or stored.version,
            comment=comment,
        )  # fmt: skip
        self._follow.saved(who, moved)
        self._learn(who, stored, moved)
        return moved

    def close(
        self, who: Principal, plan_id: str, outcome: str, lessons: str, base: int | None = None
    ) -> Stored:
        """Close a plan with its outcome and what was learned; it is found as a past plan then.

        Raises StaleError when others have saved since `base`.
        """
        stored = self.get(who, plan_id)
        if "closed" not in self.moves(who, _with_outcome(stored, outcome, lessons)):
            self.move(who, plan_id, "closed", None, None)  # says why not
        plan = _with_outcome(stored, outcome, lessons).plan
        saved = self.save(who, stored, plan, "outcome", base=base)
        return self.move(who, saved.plan_id, "closed", None, saved.version)

    def review(
        self,
        who: Principal,
        plan_id: str,
        summary: str,
        decisions: str | None,
        held_on: date | None,
    ) -> Stored:
        """Record a review with the figures of its day, as a new version; no approval ends by it.

        Raises InputError for a day still to come or a record without words.
        """
        stored = self.get(who, plan_id)
        day = held_on or today(self._desk.settings)
        return self.save(who, stored, self.reviewed(who, stored, summary, decisions, day), "review")

    def reviewed(
        self, who: Principal, stored: Stored, summary: str, decisions: str | None, day: date
    ) -> Plan:
        """A plan with a review and the figures of its day, not saved yet."""
        return self._follow.record(who, stored, summary, decisions, day)

    def reminders(self, who: Principal, day: date, language: Language | None) -> list[Told]:
        """What is due by a day and not sent, of the plans that somebody may see."""
        live = [p for p in self.all(who) if p.state != "closed"]
        return self._follow.due([self._plans.get(p.plan_id) for p in live], day, language)

    def index(self, who: Principal) -> int:
        """Put every approved plan that somebody may see into the library; how many there are."""
        who.ensure_may_write()
        kept = [p for p in self.all(who) if p.state in _LEARNED]
        for one in kept:
            self._put(who, self._plans.get(one.plan_id))
        return len(kept)

    def exported(self, who: Principal, stored: Stored, form: str) -> None:
        """Note that somebody takes a plan out of the house as a file of that form."""
        self._note(who, "plan.exported", stored, form=form)

    def _note(self, who: Principal, action: str, stored: Stored, **said: Any) -> None:
        """Put what was done to a plan into the audit log; what people wrote is in the details."""
        details = {
            "account": stored.account_id, "version": stored.version, "state": stored.state, **said
        }  # fmt: skip
        self._desk.note(who, Noted(action, f"plan:{stored.plan_id}", details))

    def _learn(self, who: Principal, before: Stored, after: Stored) -> None:
        """Keep the library as the plans are: approved and closed ones are found, no others."""
        if after.state not in _LEARNED and before.state not in _LEARNED:
            return
        try:
            if after.state in _LEARNED:
                self._put(who, after)
            else:
                self._forget(after)
        except UnavailableError as error:
            raise UnavailableError(
                "The plan is saved, but the library is in use and does not have it yet.",
                "Run `tagayasu plan index` when the other process has ended.",
            ) from error

    def _put(self, who: Principal, stored: Stored) -> None:
        self._library().put(
            written(_place(stored), stored.head.title, self._about(who, stored), self.shown(stored))
        )

    def _forget(self, stored: Stored) -> None:
        library = self._library()
        if any(document.path == _place(stored) for document in library.documents()):
            library.remove(_place(stored))

    def _about(self, who: Principal, stored: Stored) -> About:
        """What the library is told of a plan: for whom it is, and what it is like."""
        tables = self._desk.tables(who)
        known = [c for c in ("industry", "employees") if tables.has("accounts", c)]
        account = tables["accounts"].filter(_.account_id == stored.account_id)
        found: dict[str, Any] = fetch_one(account.select(*known)) if known else {}
        stages = (goal.target_stage for goal in stored.plan.goals if goal.target_stage)
        return About(
            title=stored.head.title,
            kind="past_plan",
            language=stored.head.language,
            date=stored.head.end,
            account=stored.account_id,
            industry=found.get("industry"),
            employees=found.get("employees"),
            stage=next(stages, None),
            outcome=stored.head.outcome,
            author=stored.head.owner,
        )


def _place(stored: Stored) -> str:
    """What a plan is called among the documents of the library."""
    return f"plans/{stored.plan_id}.md"


def as_yaml(plan: Plan) -> str:
    """A plan to be edited by hand."""
    content: str = yaml.safe_dump(
        plan.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=100
    )
    return content


def from_yaml(text: str, place: str) -> Plan:
    """The plan that somebody has edited by hand. Raises InputError naming what does not fit."""
    try:
        return Plan.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" (line {where.line + 1})" if where else ""
        raise InputError(f"{place} is not YAML{line}.", "Mend it and try again.") from None
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"]) or "the plan"
        raise InputError(f"{place}: {at}: {first['msg']}.", "Mend it and try again.") from None


def _with_outcome(stored: Stored, outcome: str, lessons: str) -> Stored:
    try:
        plan = stored.plan.with_head(outcome=outcome, lessons=lessons)
    except ValidationError:
        raise InputError(
            f"`{outcome}` is no outcome, or there are no lessons.",
            "The outcome is achieved, partly or missed; the lessons are a sentence or more.",
        ) from None
    return replace(stored, plan=plan, head=plan.head)
