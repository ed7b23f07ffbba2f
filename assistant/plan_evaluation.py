"""Conversations about plans run on a copy of the workspace, and leave nothing in it.

Each begins with the plan that it is about, or with none, and no other; afterwards the plan is held
against what the case expects.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from assistant.bootstrap import Workspace
from assistant.evaluation import NO_PLAN, Case, TurnResult, asking, converse
from assistant.expected_plan import Conversed, plan_faults
from assistant.service import Assistant
from crm.scope import OPERATOR, Principal
from crm.settings import Database
from knowledge.registry import metadata as registry
from plans.stored import Stored
from plans.tables import metadata as plan_tables

_SHARED = ("settings.toml", "cache")


async def evaluate_plans(
    workspace: Workspace, cases: Iterable[Case], as_of: date
) -> AsyncIterator[TurnResult]:
    """Every turn of every case about a plan; the last one says whether the plan is right."""
    with rehearsal(workspace) as copy:
        async with copy.assistant() as assistant:
            async for turn in rehearse(copy, assistant, cases, as_of):
                yield turn


@contextmanager
def rehearsal(workspace: Workspace) -> Iterator[Workspace]:
    """A workspace with the same data and documents, without plans, that is gone afterwards."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (workspace.folder / "cache").mkdir(exist_ok=True)
        for name in _SHARED:
            if (workspace.folder / name).exists():
                (folder / name).symlink_to((workspace.folder / name).resolve())
        if (workspace.folder / "knowledge").is_dir():
            shutil.copytree(workspace.folder / "knowledge", folder / "knowledge")
        copy = replace(workspace, folder=folder)
        copy.settings = workspace.settings.model_copy(update={"database": Database()})
        copy.warehouse = workspace.warehouse
        try:
            _copy(workspace.database, copy.database)
            yield copy
        finally:
            copy.database.dispose()


def _copy(source: sa.Engine, target: sa.Engine) -> None:
    """The register of documents goes along; conversations and plans do not."""
    with source.connect() as there, target.begin() as here:
        for table in registry.sorted_tables:
            if rows := [dict(row) for row in there.execute(sa.select(table)).mappings()]:
                here.execute(sa.delete(table))
                here.execute(sa.insert(table), rows)


async def rehearse(
    copy: Workspace, assistant: Assistant, cases: Iterable[Case], as_of: date
) -> AsyncIterator[TurnResult]:
    """The cases one after the other, each in a workspace without any plan but its own."""
    for case in cases:
        _clear(copy)
        speaker = asking(assistant, case)
        begun: Stored | None = None
        if case.plan != NO_PLAN:
            begun = copy.planner.draft(speaker, str(case.plan), language=case.language, as_of=as_of)
        turns = [turn async for turn in converse(assistant, case, as_of)]
        faults = _faults(copy, case, speaker, begun, as_of)
        last = replace(turns[-1], plan_right=not faults, faults=(*turns[-1].faults, *faults))
        for turn in (*turns[:-1], last):
            yield turn


def _clear(copy: Workspace) -> None:
    """Take away all plans, and those that the library has learned from."""
    learned = [d.id for d in copy.library.documents() if d.path.startswith("plans/")]
    for document in learned:
        copy.library.remove(document)
    with copy.database.begin() as con:
        for table in reversed(plan_tables.sorted_tables):
            con.execute(sa.delete(table))


def _faults(
    copy: Workspace, case: Case, speaker: Principal, begun: Stored | None, as_of: date
) -> tuple[str, ...]:
    """What is not as the case expects of the plans there are now."""
    found = copy.planner.all(OPERATOR)
    drafted = next((entry.drafted for entry in case.then if entry.drafted), None)
    account = drafted if begun is None else begun.account_id
    if [plan.account_id for plan in found] != [account] * (account is not None):
        named = ", ".join(plan.account_id for plan in found) or "none"
        return (f"plans of {named} instead of {account or 'none'}",)
    if account is None:
        return ()
    stored = copy.planner.get(OPERATOR, found[0].plan_id)
    first = copy.planner.version(stored, 1).plan
    expected = next((entry.state for entry in case.then if entry.state), "draft")
    faults = [] if stored.state == expected else [f"the plan is {stored.state}, not {expected}"]
    seen = Conversed(first, stored.plan, speaker.name, as_of, case.language)
    return (*faults, *plan_faults(case.then, seen))
