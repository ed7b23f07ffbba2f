"""A key is shown once; unknown, wrong and revoked keys answer alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from api.keys import Keys, api_keys
from api.slack.inbox import slack_inbox
from crm.errors import InputError


def test_a_key_leads_to_its_person(engine: sa.Engine) -> None:
    keys = Keys(engine)
    key = keys.issue(" a@x.example ")
    assert key.startswith("tgy_")
    assert len(key) == 47
    assert keys.email_of(key) == "a@x.example"


def test_two_keys_of_a_person_are_different(engine: sa.Engine) -> None:
    keys = Keys(engine)
    assert keys.issue("a@x.example") != keys.issue("a@x.example")


def test_the_database_holds_no_key(engine: sa.Engine, tmp_path: Path) -> None:
    key = Keys(engine).issue("a@x.example")
    with engine.connect() as con:
        assert key[4:] not in str(con.execute(sa.select(api_keys)).all())
    engine.dispose()
    for file in tmp_path.iterdir():
        assert key[4:].encode() not in file.read_bytes()


def test_a_revoked_key_is_as_good_as_unknown(engine: sa.Engine) -> None:
    keys = Keys(engine)
    key = keys.issue("a@x.example")
    assert keys.revoke(key)
    assert not keys.revoke(key)
    assert not keys.revoke("tgy_unknown")
    assert keys.email_of(key) is None
    assert keys.email_of("tgy_unknown") is None
    assert keys.email_of("") is None


@pytest.mark.parametrize("email", ["", "a", "@x", "a@", "a@b@c"])
def test_a_key_needs_an_address(engine: sa.Engine, email: str) -> None:
    with pytest.raises(InputError):
        Keys(engine).issue(email)


@pytest.mark.parametrize("table", [api_keys, slack_inbox], ids=lambda t: t.name)
def test_the_tables_are_those_of_the_migrations(engine: sa.Engine, table: sa.Table) -> None:
    found = sa.Table(table.name, sa.MetaData(), autoload_with=engine)
    assert _described(found) == _described(table)


def _described(table: sa.Table) -> dict[str, object]:
    unique = sorted(
        tuple(c.name for c in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
    )
    columns = {
        c.name: (
            str(c.type.as_generic()), c.nullable, c.primary_key,
            bool(c.server_default) and not c.primary_key,  # PostgreSQL numbers rows by a default
        )
        for c in table.columns
    }  # fmt: skip
    return {"columns": columns, "unique": unique}
