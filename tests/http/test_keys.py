"""A key is shown once; unknown, wrong, expired and revoked keys answer alike."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.http.idempotency import idempotent_requests
from api.keys import Keys, api_keys, key_id
from api.scopes import reach
from api.slack.inbox import slack_inbox
from crm.database import utc_now
from crm.errors import InputError

_ADDRESS = "a@x.example"


def test_a_key_leads_to_its_person(engine: sa.Engine) -> None:
    keys = Keys(engine)
    key = keys.issue(f" {_ADDRESS} ", name="BI", scopes=["read"], created_by="U01")
    used = keys.use(key)
    assert used is not None
    assert (used.email, used.name, used.created_by) == (_ADDRESS, "BI", "U01")
    assert used.scopes == {"read"}
    assert used.id == key_id(key)
    assert key.startswith("tgy_")
    assert len(key) == 47


def test_two_keys_of_a_person_are_different(engine: sa.Engine) -> None:
    keys = Keys(engine)
    assert keys.issue(_ADDRESS) != keys.issue(_ADDRESS)


def test_the_database_holds_no_key(engine: sa.Engine, tmp_path: Path) -> None:
    key = Keys(engine).issue(_ADDRESS)
    with engine.connect() as con:
        assert key[4:] not in str(con.execute(sa.select(api_keys)).all())
    engine.dispose()
    for file in tmp_path.iterdir():
        assert key[4:].encode() not in file.read_bytes()


def test_a_revoked_key_is_as_good_as_unknown(engine: sa.Engine) -> None:
    keys = Keys(engine)
    key = keys.issue(_ADDRESS)
    assert keys.revoke(key)
    assert not keys.revoke(key)
    assert not keys.revoke("tgy_unknown")
    for given in (key, "tgy_unknown", "", key + "x", key[:-1], key.swapcase(), f"{key}\x00"):
        assert keys.use(given) is None, given


def test_a_key_is_revoked_by_its_id(engine: sa.Engine) -> None:
    keys = Keys(engine)
    key, other = keys.issue(_ADDRESS), keys.issue(_ADDRESS)
    assert not keys.revoke(key_id(key)[:6])
    assert not keys.revoke("%" * 12)
    assert keys.revoke(key_id(key))
    assert keys.use(key) is None
    assert keys.use(other) is not None


def test_a_key_ends_on_its_day(engine: sa.Engine) -> None:
    keys = Keys(engine)
    key = keys.issue(_ADDRESS, days=1)
    assert keys.use(key) is not None
    with engine.begin() as con:
        con.execute(sa.update(api_keys).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert keys.use(key) is None
    assert keys.find(key) is not None
    eternal = keys.issue(_ADDRESS, days=None)
    assert keys.use(eternal) is not None


def test_a_use_is_noted_once_a_minute(engine: sa.Engine) -> None:
    keys = Keys(engine)
    key = keys.issue(_ADDRESS)
    assert keys.all()[0].last_used_at is None
    keys.use(key)
    first = keys.all()[0].last_used_at
    keys.use(key)
    assert first is not None
    assert keys.all()[0].last_used_at == first
    with engine.begin() as con:
        con.execute(sa.update(api_keys).values(last_used_at=utc_now() - timedelta(minutes=2)))
    keys.use(key)
    last = keys.all()[0].last_used_at
    assert last is not None
    assert last >= first


def test_keys_are_listed_by_person(engine: sa.Engine) -> None:
    keys = Keys(engine)
    key = keys.issue(_ADDRESS)
    keys.issue("b@x.example")
    assert [k.id for k in keys.all("A@X.example")] == [key_id(key)]
    assert len(keys.all()) == 2


@pytest.mark.parametrize("email", ["", "a", "@x", "a@", "a@b@c"])
def test_a_key_needs_an_address(engine: sa.Engine, email: str) -> None:
    with pytest.raises(InputError):
        Keys(engine).issue(email)


def test_a_key_needs_known_scopes_and_a_length(engine: sa.Engine) -> None:
    keys = Keys(engine)
    for scopes in ([], ["root"], ["read", "write "]):
        with pytest.raises(InputError):
            keys.issue(_ADDRESS, scopes=scopes)  # type: ignore[arg-type]
    for days in (0, -1, 3651):
        with pytest.raises(InputError):
            keys.issue(_ADDRESS, days=days)


def test_a_scope_holds_those_before_it() -> None:
    assert reach([]) == frozenset()
    assert reach(["read"]) == {"read"}
    assert reach(["write"]) == {"read", "write"}
    assert reach(["admin"]) == {"read", "write", "admin"}


@pytest.mark.parametrize(
    "table", [api_keys, idempotent_requests, slack_inbox], ids=lambda t: str(t.name)
)
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
