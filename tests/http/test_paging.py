"""Every list goes on behind the last row that was shown, whatever comes or goes meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.paging import Listing
from crm.errors import InputError

Row = tuple[str, str]
ROWS: Listing[Row] = Listing("rows", 2, lambda row: row, list)
OTHERS: Listing[Row] = Listing("others", 2, lambda row: row, list)


def page(rows: list[Row], limit: int, cursor: str | None, *, last_first: bool) -> Any:
    return json.loads(ROWS.among(rows, limit, cursor, last_first=last_first).body)


@given(
    st.sets(st.tuples(st.text("ab é", max_size=3), st.text("12"))), st.integers(1, 4), st.booleans()
)
def test_pages_hold_every_row_once_and_in_order(
    rows: set[Row], limit: int, last_first: bool
) -> None:
    found: list[Row] = []
    cursor = None
    while True:
        one = page(list(rows), limit, cursor, last_first=last_first)
        assert len(one["items"]) <= limit
        found += [(a, b) for a, b in one["items"]]
        if (cursor := one["next"]) is None:
            break
    assert found == sorted(rows, reverse=last_first)


def test_what_comes_and_goes_meanwhile_moves_nothing() -> None:
    rows = [("b", "1"), ("d", "1"), ("f", "1")]
    first = page(rows, 1, None, last_first=False)
    rest = page([("a", "1"), ("c", "1"), ("f", "1")], 5, first["next"], last_first=False)
    assert (first["items"], rest["items"]) == ([["b", "1"]], [["c", "1"], ["f", "1"]])


def test_a_cursor_of_another_list_is_refused() -> None:
    cursor = page([("a", "1"), ("b", "1")], 1, None, last_first=False)["next"]
    assert ROWS.after(cursor) == ("a", "1")
    for listing, given_ in ((OTHERS, cursor), (ROWS, cursor[:-3]), (ROWS, "é"), (ROWS, "W10")):
        with pytest.raises(InputError, match="does not fit"):
            listing.after(given_)
