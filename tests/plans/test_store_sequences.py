"""Any sequence of edits, saves, undos and reopenings, against an oracle of plain dicts.

The oracle knows nothing of `plans`: a plan is a dict of places, merging is done place by place.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import migrations
from crm.database import open_database
from crm.errors import InputError
from crm.scope import Principal
from plans.changes import Merged
from plans.model import Plan
from plans.store import Plans
from plans.stored import StaleError
from tests.plans.plans import NOW

Flat = dict[tuple[str, ...], Any]
"""("title",) or ("actions", id) or ("actions", id, "what"): what stands there."""

EDITORS = ("e1", "e2", "e3")
FIELDS = {"actions": ("what", "owner"), "goals": ("what", "goal_type"), "progress": ("note",)}
VALUES = st.sampled_from(["甲", "乙", "丙", "丁"])
COLLECTIONS = st.sampled_from(sorted(FIELDS))
IDS = st.sampled_from(["p", "q", "r"])


def as_plan(flat: Flat) -> Plan:
    """The plan of a dict of places."""
    head = {
        "account_id": "A001", "account_name": "い", "title": flat["title",], "language": "ja",
        "currency": "JPY", "start": "2026-04-01", "end": "2027-03-31", "as_of": "2026-05-01",
    }  # fmt: skip
    parts: dict[str, list[dict[str, Any]]] = {name: [] for name in FIELDS}
    for place in flat:
        if len(place) == 2:
            fields = {f: flat[(*place, f)] for f in FIELDS[place[0]]}
            more = {"measure": "other"} if place[0] == "goals" else {}
            parts[place[0]].append({"id": place[1], **fields, **more})
    return Plan.model_validate({"head": head, **parts})


def as_places(plan: Plan) -> Flat:
    flat: Flat = {("title",): plan.head.title}
    for name, fields in FIELDS.items():
        for item in plan.items(name):
            flat[name, item.id] = True
            flat |= {(name, item.id, field): getattr(item, field) for field in fields}
    return flat


def with_item(flat: Flat, name: str, id_: str, value: str) -> Flat:
    fields = FIELDS[name]
    return flat | {(name, id_): True} | {(name, id_, field): value for field in fields}


def without(flat: Flat, name: str, id_: str) -> Flat:
    return {place: value for place, value in flat.items() if place[:2] != (name, id_)}


def together(base: Flat, mine: Flat, theirs: Flat) -> tuple[Flat, bool]:
    """Mine where only I have touched an item's field or an item; theirs elsewhere. Any clash?"""
    merged, clash = dict(theirs), False
    if mine["title",] != base["title",]:
        if theirs["title",] == base["title",]:
            merged["title",] = mine["title",]
        clash |= theirs["title",] not in (base["title",], mine["title",])
    for item in {place for flat in (base, mine, theirs) for place in flat if len(place) == 2}:
        was, is_mine, is_theirs = (
            {p: v for p, v in flat.items() if p[:2] == item} for flat in (base, mine, theirs)
        )
        if is_mine in (was, is_theirs):
            continue
        whole = not (was and is_mine and is_theirs)
        if whole and is_theirs != was:
            clash = True
        elif whole:
            merged = {p: v for p, v in merged.items() if p[:2] != item} | is_mine
        else:
            for place in (p for p in is_mine if is_mine[p] != was[p]):
                if is_theirs[place] == was[place]:
                    merged[place] = is_mine[place]
                clash |= is_theirs[place] not in (was[place], is_mine[place])
    return merged, clash


class Sequences(RuleBasedStateMachine):
    """Three editors with drafts of their own on one plan."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=self.template.parent))
        shutil.copy(self.template, self.folder / "state.db")
        self.engine: sa.Engine = open_database(self.folder / "state.db")
        self.versions: list[Flat] = []
        self.drafts: dict[str, tuple[int, Flat]] = {}

    @property
    def plans(self) -> Plans:
        return Plans(self.engine)

    @initialize(title=VALUES)
    def create(self, title: str) -> None:
        self.versions = [with_item({("title",): title}, "actions", "p", "甲")]
        stored = self.plans.create(as_plan(self.versions[0]), Principal("e1", "e1"), "", now=NOW)
        self.id = stored.plan_id
        self.drafts = {name: (1, dict(self.versions[0])) for name in EDITORS}

    @rule(editor=st.sampled_from(EDITORS))
    def read(self, editor: str) -> None:
        stored = self.plans.get(self.id)
        assert stored.version == len(self.versions)
        self.drafts[editor] = (stored.version, as_places(stored.plan))

    @rule(editor=st.sampled_from(EDITORS), title=VALUES)
    def edit_title(self, editor: str, title: str) -> None:
        self.drafts[editor][1]["title",] = title

    @rule(editor=st.sampled_from(EDITORS), name=COLLECTIONS, id_=IDS, value=VALUES)
    def add(self, editor: str, name: str, id_: str, value: str) -> None:
        base, draft = self.drafts[editor]
        if (name, id_) not in draft:
            self.drafts[editor] = (base, with_item(draft, name, id_, value))

    @rule(editor=st.sampled_from(EDITORS), name=COLLECTIONS, id_=IDS)
    def remove(self, editor: str, name: str, id_: str) -> None:
        base, draft = self.drafts[editor]
        self.drafts[editor] = (base, without(draft, name, id_))

    @rule(editor=st.sampled_from(EDITORS), name=COLLECTIONS, id_=IDS, value=VALUES, n=st.booleans())
    def edit(self, editor: str, name: str, id_: str, value: str, n: bool) -> None:
        draft, place = self.drafts[editor][1], (name, id_, FIELDS[name][-int(n)])
        if place in draft:
            draft[place] = value

    @rule(editor=st.sampled_from(EDITORS))
    def save(self, editor: str) -> None:
        base, draft = self.drafts[editor]
        by = Principal(editor, editor)
        try:
            stored = self.plans.save(self.id, base, as_plan(draft), by, editor, now=NOW)
        except StaleError as error:
            draft = self.judged(base, draft, error.merged)
            current = error.stored.version
            stored = self.plans.save(self.id, current, error.merged.plan, by, "both", now=NOW)
        if draft != self.versions[-1]:
            self.versions.append(copy.deepcopy(draft))
        assert stored.version == len(self.versions)
        self.drafts[editor] = (stored.version, dict(draft))

    def judged(self, base: int, draft: Flat, proposal: Merged) -> Flat:
        """Both together, as the oracle has it and the store must."""
        assert base < len(self.versions)
        merged, clash = together(self.versions[base - 1], draft, self.versions[-1])
        assert as_places(proposal.plan) == merged
        assert bool(proposal.conflicts) == clash
        return merged

    @precondition(lambda self: self.versions)
    @rule(editor=st.sampled_from(EDITORS))
    def undo(self, editor: str) -> None:
        by = Principal(editor, editor)
        if len(self.versions) == 1:
            with pytest.raises(InputError):
                self.plans.undo(self.id, by, now=NOW)
        else:
            assert self.plans.undo(self.id, by, now=NOW).version == len(self.versions) + 1
            self.versions.append(dict(self.versions[-2]))

    @rule()
    def reopen(self) -> None:
        self.engine.dispose()
        self.engine = open_database(self.folder / "state.db")

    @invariant()
    def the_plan_is_what_was_last_acknowledged(self) -> None:
        if self.versions:
            assert as_places(self.plans.get(self.id).plan) == self.versions[-1]

    def teardown(self) -> None:
        if self.versions:
            history = self.plans.history(self.id)
            assert [saved.version for saved in history] == list(range(1, len(self.versions) + 1))
            for number, flat in enumerate(self.versions, 1):
                assert as_places(self.plans.version(self.id, number).plan) == flat
        self.engine.dispose()
        shutil.rmtree(self.folder)


def run(folder: Path, examples: int, steps: int) -> None:
    Sequences.template = folder / "template.db"
    engine = open_database(Sequences.template)
    migrations.upgrade(engine)
    with engine.connect() as con:
        con.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    chosen = settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    run_state_machine_as_test(Sequences, settings=chosen)


def test_no_sequence_loses_an_acknowledged_change(tmp_path: Path) -> None:
    run(tmp_path, examples=25, steps=30)


@pytest.mark.slow
def test_no_long_sequence_loses_an_acknowledged_change(tmp_path: Path) -> None:
    run(tmp_path, examples=400, steps=60)
