"""Plans in SQL: no save is lost, none overwrites another, and every version stays.

A writer first takes the plan's row by writing it, which in SQLite and in PostgreSQL alike makes
others wait until the transaction ends; what it then reads cannot change under it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from crm.database import aware, clean, utc
from crm.errors import InputError, NotFoundError
from crm.scope import Directory, Principal
from plans import life
from plans.changes import Change, diff
from plans.model import Head, Plan, State, new_id
from plans.stored import Event, Listed, Saved, StaleError, Stored, Version
from plans.tables import metadata as metadata
from plans.tables import plan_events, plan_versions, plans

_CHANGES = TypeAdapter(tuple[Change, ...])
_AT_ONCE = 500
"""Values in one statement: SQLite takes 32,766, older ones 999."""

_HEADS = sa.select(plans, plan_versions.c.content).join_from(
    plans,
    plan_versions,
    (plans.c.plan_id == plan_versions.c.plan_id) & (plans.c.version == plan_versions.c.version),
)
_SAVED = [column for column in plan_versions.c if column.name != "content"]


class Plans:
    """The account plans of a workspace. Times are the caller's: `now` has a time zone."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def create(self, plan: Plan, author: Principal, reason: str, *, now: datetime) -> Stored:
        """A new plan, a draft, at version 1. NotAllowedError for who may only read, as in all."""
        author.ensure_may_write()
        plan_id, moment, hash_ = new_id(), utc(now), plan.hash()
        head = {
            "plan_id": plan_id,
            "account_id": plan.head.account_id,
            "owner_id": plan.head.owner_id,
            "state": "draft",
            "version": 1,
            "hash": hash_,
            "updated_at": moment,
        }
        with self._engine.begin() as con:
            con.execute(sa.insert(plans).values(head))
            _keep(con, plan_id, 1, plan, (), hash_, author, moment, reason)
            return _stored(con, plan_id)

    def get(self, plan_id: str) -> Stored:
        """The plan as it stands; NotFoundError when there is none of that id."""
        with self._engine.connect() as con:
            return _stored(con, plan_id)

    def list(self, account_ids: Collection[str] | None) -> list[Listed]:
        """The plans of these accounts, or all, the last changed first."""
        query = _HEADS.order_by(plans.c.updated_at.desc(), plans.c.plan_id)
        with self._engine.connect() as con:
            if account_ids is None:
                return [_listed(row) for row in con.execute(query).mappings()]
            ids, found = sorted(set(account_ids)), []
            for start in range(0, len(ids), _AT_ONCE):
                some = query.where(plans.c.account_id.in_(ids[start : start + _AT_ONCE]))
                found += [_listed(row) for row in con.execute(some).mappings()]
        return sorted(found, key=lambda plan: (-plan.updated_at.timestamp(), plan.plan_id))

    def save(
        self, plan_id: str, base_version: int, plan: Plan, author: Principal, reason: str,
        *, now: datetime,
    ) -> Stored:  # fmt: skip
        """The plan as a new version, unless it is what is stored already.

        Content other than what was approved ends the approval, and the plan is a draft again.
        Raises StaleError when others have saved since `base_version`, ClosedError for new content
        of a closed plan, InputError for another account.
        """
        author.ensure_may_write()
        moment = utc(now)
        with self._engine.begin() as con:
            stored = _locked(con, plan_id)
            if plan == stored.plan:
                return stored
            if base_version != stored.version:
                raise _stale(con, stored, base_version, plan)
            return _save(con, stored, plan, author, moment, reason)

    def undo(
        self, plan_id: str, author: Principal, *, now: datetime, base_version: int | None = None
    ) -> Stored:
        """The plan as it was before the last version, as a new version; undone twice, it is back.

        With `base_version` it takes back that version, as a save based on it would. Raises
        InputError at the first version, else as `save` does.
        """
        author.ensure_may_write()
        moment = utc(now)
        with self._engine.begin() as con:
            stored = _locked(con, plan_id)
            last = stored.version if base_version is None else base_version
            if last == 1:
                raise InputError(
                    "This is the plan's first version: there is nothing to undo.",
                    "Change what is wrong in it.",
                )
            plan = _version(con, plan_id, last - 1).plan
            if last != stored.version:
                raise _stale(con, stored, last, plan)
            return _save(con, stored, plan, author, moment, f"undo of version {last}")

    def move(
        self, plan_id: str, to: State, by: Principal, comment: str | None, version: int,
        *, directory: Directory, now: datetime,
    ) -> Stored:  # fmt: skip
        """The plan in another state, as somebody decided who had read that version.

        Raises MoveError, NotAllowedError or OutdatedError, each saying what to do instead.
        """
        by.ensure_may_write()
        moment = utc(now)
        with self._engine.begin() as con:
            stored = _locked(con, plan_id)
            life.check(stored.plan, stored.state, to, by, directory)
            read = _version(con, plan_id, version)
            life.check_version(version, read.hash, stored.version, stored.hash)
            approval: dict[str, object] = {}
            if to == "approved":
                approval = {"approved_hash": stored.hash, "approved_version": version}
            _event(con, stored, to, by, moment, version, stored.hash, comment)
            _update(con, plan_id, state=to, updated_at=moment, **approval)
            return _stored(con, plan_id)

    def history(self, plan_id: str) -> Sequence[Saved]:
        """Who made each version, when, why and what changed, from the first on."""
        query = sa.select(*_SAVED).where(plan_versions.c.plan_id == plan_id)
        with self._engine.connect() as con:
            rows = con.execute(query.order_by(plan_versions.c.version)).mappings().all()
        if not rows:
            raise _missing(plan_id)
        return [Saved(**_saved(row)) for row in rows]

    def version(self, plan_id: str, number: int) -> Version:
        """A version with its content; NotFoundError when there is none of that number."""
        with self._engine.connect() as con:
            return _version(con, plan_id, number)

    def events(self, plan_id: str) -> Sequence[Event]:
        """The moves from state to state, the first first."""
        query = sa.select(plan_events).where(plan_events.c.plan_id == plan_id)
        with self._engine.connect() as con:
            rows = con.execute(query.order_by(plan_events.c.id)).mappings().all()
        return [_happened(row) for row in rows]


def lock(con: sa.Connection, plan_id: str) -> None:
    """Take the plan's row until the transaction ends; NotFoundError when there is no such plan."""
    taken = sa.update(plans).where(plans.c.plan_id == plan_id).values(version=plans.c.version)
    if con.execute(taken).rowcount != 1:
        raise _missing(plan_id)


def _locked(con: sa.Connection, plan_id: str) -> Stored:
    lock(con, plan_id)
    return _stored(con, plan_id)


def _save(
    con: sa.Connection, stored: Stored, plan: Plan, author: Principal, moment: datetime, reason: str
) -> Stored:
    if plan.head.account_id != stored.account_id:
        raise InputError(
            f"A plan stays with its account, and this one is of {stored.account_id}.",
            "Make a new plan for the other account.",
        )
    state = life.after_save(stored.state, stored.plan, plan)
    same = plan.hash() == stored.plan.hash()
    hash_ = stored.hash if same else plan.hash()
    number = stored.version + 1
    _keep(con, stored.plan_id, number, plan, diff(stored.plan, plan), hash_, author, moment, reason)
    changed: dict[str, object] = {}
    if state != stored.state:
        _event(con, stored, state, author, moment, number, hash_, reason)
        changed = {"state": state, "approved_hash": None, "approved_version": None}
    _update(
        con, stored.plan_id, version=number, hash=hash_, owner_id=plan.head.owner_id,
        updated_at=moment, **changed,
    )  # fmt: skip
    return _stored(con, stored.plan_id)


def _stale(con: sa.Connection, stored: Stored, base_version: int, plan: Plan) -> StaleError:
    base = _version(con, stored.plan_id, base_version)
    query = sa.select(plan_versions.c.person).where(
        plan_versions.c.plan_id == stored.plan_id, plan_versions.c.version > base_version
    )
    others = dict.fromkeys(con.scalars(query.order_by(plan_versions.c.version)))
    return StaleError(base, plan, stored, list(others))


def _update(con: sa.Connection, plan_id: str, **values: object) -> None:
    con.execute(sa.update(plans).where(plans.c.plan_id == plan_id).values(**values))


def _keep(
    con: sa.Connection, plan_id: str, number: int, plan: Plan, changes: tuple[Change, ...],
    hash_: str, author: Principal, moment: datetime, reason: str,
) -> None:  # fmt: skip
    row = {
        "plan_id": plan_id,
        "version": number,
        "person_id": author.person_id,
        "person": author.name,
        "said_at": moment,
        "reason": clean(reason),
        "content": plan.model_dump_json(),
        "changes": _CHANGES.dump_json(changes).decode(),
        "hash": hash_,
    }
    con.execute(sa.insert(plan_versions).values(row))


def _event(
    con: sa.Connection, stored: Stored, to: State, by: Principal, moment: datetime, version: int,
    hash_: str, comment: str | None,
) -> None:  # fmt: skip
    row = {
        "plan_id": stored.plan_id,
        "from_state": stored.state,
        "to_state": to,
        "person_id": by.person_id,
        "person": by.name,
        "said_at": moment,
        "version": version,
        "hash": hash_,
        "comment": None if comment is None else clean(comment),
    }
    con.execute(sa.insert(plan_events).values(row))


def _stored(con: sa.Connection, plan_id: str) -> Stored:
    row = con.execute(_HEADS.where(plans.c.plan_id == plan_id)).mappings().first()
    if row is None:
        raise _missing(plan_id)
    plan = Plan.model_validate_json(row["content"])
    return Stored(**_head(row), head=plan.head, plan=plan)


def _listed(row: sa.RowMapping) -> Listed:
    return Listed(**_head(row), head=Head.model_validate(json.loads(row["content"])["head"]))


def _head(row: sa.RowMapping) -> Mapping[str, Any]:
    said = {column.name: row[column.name] for column in plans.c}
    return said | {"updated_at": aware(row["updated_at"])}


def _version(con: sa.Connection, plan_id: str, number: int) -> Version:
    query = sa.select(plan_versions).where(
        plan_versions.c.plan_id == plan_id, plan_versions.c.version == number
    )
    row = con.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(
            f"There is no version {number} of the plan `{plan_id}`.", "See its history."
        )
    return Version(**_saved(row), plan=Plan.model_validate_json(row["content"]))


def _saved(row: sa.RowMapping) -> Mapping[str, Any]:
    said = {column.name: row[column.name] for column in _SAVED}
    changes = _CHANGES.validate_json(row["changes"])
    return said | {"said_at": aware(row["said_at"]), "changes": changes}


def _happened(row: sa.RowMapping) -> Event:
    said = {name: value for name, value in row.items() if name not in ("id", "plan_id")}
    return Event(**(said | {"said_at": aware(row["said_at"])}))


def _missing(plan_id: str) -> NotFoundError:
    return NotFoundError(f"There is no plan `{plan_id}` that you can see.", "List the plans.")
