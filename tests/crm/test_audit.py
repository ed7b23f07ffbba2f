"""The audit log proves that nothing in it was altered, left out or put in between."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from crm.audit import FIRST, Audit, Noted, through
from crm.scope import Principal

SAEKI = Principal("U07", "佐伯")


def _written(engine: sa.Engine, count: int = 5) -> Audit:
    audit = Audit(engine)
    for number in range(count):
        audit.record(SAEKI, Noted("tool", f"t{number}", {"arguments": {"text": f"氏名{number}"}}))
    return audit


def test_what_was_recorded_is_read_in_order_with_who_and_through_which_door(
    engine: sa.Engine,
) -> None:
    audit = Audit(engine)
    with through("slack"):
        audit.record(SAEKI, Noted("question", "", {"text": "概況は？"}), Noted("tool", "pipeline"))
    found = audit.read()
    assert [(e.seq, e.person, e.door, e.action, e.subject) for e in found] == [
        (1, "U07", "slack", "question", ""),
        (2, "U07", "slack", "tool", "pipeline"),
    ]
    assert found[0].details == {"text": "概況は？"}
    assert [e.seq for e in audit.read(after=1)] == [2]
    assert [e.seq for e in audit.read(action="question")] == [1]
    assert audit.read(person="U01") == []


def test_an_untouched_log_holds(engine: sa.Engine) -> None:
    assert Audit(engine).verify().head == FIRST
    found = _written(engine).verify()
    assert (found.holds, found.entries, found.erased) == (True, 5, 0)


def test_entries_written_at_once_form_one_chain(engine: sa.Engine) -> None:
    audit = Audit(engine)

    def write() -> None:
        for _ in range(10):
            audit.record(SAEKI, Noted("tool"), Noted("answer"))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = audit.verify()
    assert (found.holds, found.entries) == (True, 80)


@pytest.mark.parametrize("change", ["UPDATE audit SET person = 'U99'", "DELETE FROM audit"])
def test_the_database_refuses_to_alter_entries(engine: sa.Engine, change: str) -> None:
    _written(engine)
    with pytest.raises(sa.exc.DatabaseError), engine.begin() as con:
        con.execute(sa.text(change))


def _unguarded(engine: sa.Engine, statement: str) -> None:
    """What somebody with the database in their hands could do."""
    with engine.begin() as con:
        for what in ("update", "delete"):
            on = " ON audit" if con.dialect.name == "postgresql" else ""
            con.execute(sa.text(f"DROP TRIGGER audit_{what}_refused{on}"))
        con.execute(sa.text("DELETE FROM audit_details WHERE seq = 3"))
        con.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("UPDATE audit SET person = 'U99' WHERE seq = 3", 3),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE seq = 3", 3),
        ("UPDATE audit SET subject = '' WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 3", 4),
        ("UPDATE audit_details SET text = '{}' WHERE seq = 4", 4),
    ],
)
def test_whatever_was_altered_is_found_at_its_place(
    engine: sa.Engine, statement: str, at: int
) -> None:
    audit = _written(engine)
    _unguarded(engine, statement)
    found = audit.verify()
    assert (found.holds, found.broken_at) == (False, at)


def test_an_end_that_was_cut_off_is_found_by_a_head_known_from_before(engine: sa.Engine) -> None:
    audit = _written(engine)
    head = audit.verify().head
    audit.record(SAEKI, Noted("tool"))
    assert audit.verify(head).holds
    _unguarded(engine, "DELETE FROM audit_details WHERE seq > 4")
    with engine.begin() as con:
        con.execute(sa.text("DELETE FROM audit WHERE seq > 4"))
    assert audit.verify().holds
    assert not audit.verify(head).holds


def test_details_can_be_erased_and_the_chain_still_holds(engine: sa.Engine) -> None:
    audit = _written(engine)
    concerns: Callable[[str], bool] = lambda text: "氏名3" in text  # noqa: E731
    assert audit.erase(concerns) == 1
    found = audit.verify()
    assert (found.holds, found.erased) == (True, 1)
    assert [e.details is None for e in audit.read()] == [False, False, False, True, False]
