"""Size bands by employees, the same wherever companies are compared by size."""

from __future__ import annotations

import ibis

BANDS = ((50, "1-49"), (300, "50-299"), (1000, "300-999"), (5000, "1,000-4,999"))
LARGEST = "5,000+"


def size_band(employees: int | None) -> str | None:
    """The band of a number of employees; unknown when it is (or is not above zero)."""
    if employees is None or employees <= 0:
        return None
    return next((band for top, band in BANDS if employees < top), LARGEST)


def banded(employees: ibis.Value) -> ibis.Value:
    """The band of a column of employees; NULL when the number is unknown (or not above zero)."""
    nothing = ibis.null("string")
    return ibis.cases(
        (employees <= 0, nothing),
        *((employees < top, band) for top, band in BANDS),
        (employees.notnull(), LARGEST),
        else_=nothing,
    )
