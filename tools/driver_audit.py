"""The driver audit: whether a driver foretells the outcome; one without support is called so.

Source: docs/metrics.md (audit).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any, Literal, cast

import ibis
import numpy as np
from ibis import _
from numpy.typing import NDArray
from pydantic import Field

from crm.errors import InputError
from crm.scope import ScopedTables
from tools.arguments import GroupArguments, open_book
from tools.correlation import Correlation, Kind, TooLittleError, correlation
from tools.driver_grid import usual_axes
from tools.drivers import DRIVERS, OWN, Driver, driver_table, warn_of_missing
from tools.facts import Chart, FactBook, Text, ToolResult, Value
from tools.listing import number
from tools.portfolio import warn_without_statuses
from tools.query import fetch_one
from tools.tool import Tool

Outcome = Literal["next_net_sales", "operating_profit"]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

_YEAR = timedelta(days=365)
_HAIR = 1e-12
"""A value this close to a cut, relative to it, is on the cut."""


class DriverAuditArguments(GroupArguments):
    """Which drivers to audit, and against what."""

    drivers: str | None = Field(
        default=None,
        description="Drivers separated by commas (default: settings drivers.audited).",
    )
    outcome: Outcome | None = Field(
        default=None,
        description="next_net_sales (drivers as of 365 days ago, net sales since) or "
        "operating_profit (of the trailing year; default: settings drivers.outcome).",
    )


@dataclass(frozen=True)
class Audited:
    """The accounts as columns: each driver and the outcome (NaN: unknown), and who is a customer.

    `drivers` are those measured on `measured_on`, `present` those of the day of the answer.
    """

    outcome: Outcome
    measured_on: date
    customer: Flags
    result: Numbers
    drivers: dict[Driver, Numbers]
    present: dict[Driver, Numbers]


@dataclass(frozen=True)
class Finding:
    """What the audit finds about one driver."""

    driver: Driver
    n: int
    pearson: Correlation | None
    spearman: Correlation | None
    verdict: str
    to_median: int | None
    shifted: int | None


def driver_audit(tables: ScopedTables, arguments: DriverAuditArguments) -> ToolResult:
    """Each driver's correlation with the outcome over the customers that have both, and a verdict.

    How many accounts change cell of the driver grid under another cut is told beside it, and which
    drivers say the same. Raises MissingDataError without order_lines.
    Source: docs/metrics.md (audit).
    """
    names = _named(arguments.drivers, tables.settings.drivers.audited)
    book = open_book("driver_audit", tables, arguments, "drivers")
    wanted = arguments.outcome or tables.settings.drivers.outcome
    data = _measured(tables, arguments.as_of, wanted)
    _say_what_was_compared(book, tables, data, wanted, names)
    found = [_finding(tables, data, name) for name in names]
    _warn_of_constants(book, tables, found)
    for first, second in combinations(names, 2):
        _record_collinear(book, tables, data, first, second)
    table = book.table(
        _columns(found),
        [f"driver:{finding.driver}" for finding in found],
        sort=Text(ja="指定の順", en="in the order asked for"),
    )
    return book.result(table=table, chart=Chart(kind="bar", x="audit.driver", y="audit.spearman"))


def _named(text: str | None, usual: list[str]) -> list[Driver]:
    given = usual if text is None else [part.strip() for part in text.split(",")]
    names = list(dict.fromkeys(part for part in given if part))
    unknown = [name for name in names if name not in DRIVERS]
    if unknown or not names:
        raise InputError(
            f"There is no driver `{unknown[0] if unknown else text}` (drivers).",
            f"The drivers are: {', '.join(DRIVERS)}.",
        )
    return cast("list[Driver]", names)


def _measured(tables: ScopedTables, as_of: date, wanted: Outcome) -> Audited:
    """The columns to compare; without sales a year back the outcome is operating profit."""
    first = fetch_one(tables["order_lines"].agg(first=_.ordered_on.min()))["first"]
    ahead = wanted == "next_net_sales" and first is not None and first <= as_of - _YEAR
    measured_on = as_of - _YEAR if ahead else as_of
    present = _columns_of(tables, as_of)
    then = _columns_of(tables, measured_on) if ahead else present
    return Audited(
        outcome="next_net_sales" if ahead else "operating_profit",
        measured_on=measured_on,
        customer=present["customer"] == 1,
        result=present["net_sales" if ahead else "operating_profit"],
        drivers={name: then[name] for name in DRIVERS},
        present={name: present[name] for name in DRIVERS},
    )


def _columns_of(tables: ScopedTables, day: date) -> dict[str, Numbers]:
    """Every driver on a day as an array, in the order of the accounts."""
    found = driver_table(tables, day).order_by("account_id")
    kinds: dict[str, ibis.Value] = {name: found[name].cast("float64") for name in DRIVERS}
    kinds["customer"] = found.customer.ifelse(1, 0).cast("float64")
    fetched = found.select(**kinds).to_pyarrow()
    return {name: fetched[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in kinds}


def _finding(tables: ScopedTables, data: Audited, driver: Driver) -> Finding:
    limits = tables.settings.drivers
    x, y = data.drivers[driver], data.result
    both = data.customer & ~np.isnan(x) & ~np.isnan(y)
    n = int(both.sum())
    pearson, spearman = (
        _tried(kind, x[both], y[both], limits.minimum) for kind in ("pearson", "spearman")
    )
    axes = usual_axes(tables)
    pair = (axes.x, axes.y) if driver in (axes.x, axes.y) else (driver, axes.y)
    to_median, shifted = _cell_changes(data, *pair, float(limits.shift), usual=axes.cut)
    verdict = (
        _verdict(pearson, spearman, float(limits.p_value)) if n >= limits.minimum else "too_few"
    )
    return Finding(driver, n, pearson, spearman, verdict, to_median, shifted)


def _tried(kind: Kind, x: Numbers, y: Numbers, minimum: int) -> Correlation | None:
    try:
        return correlation(kind, x, y, minimum)
    except TooLittleError:
        return None


def _verdict(pearson: Correlation | None, spearman: Correlation | None, limit: float) -> str:
    """Support is a p below the limit with a positive sign; two negative signs are the reverse."""
    known = [c for c in (pearson, spearman) if c is not None]
    strong = [c for c in known if c.p < limit]
    if any(c.r > 0 for c in strong):
        return "supported"
    return "negative" if strong and all(c.r < 0 for c in known) else "unsupported"


def _cell_changes(
    data: Audited, x: Driver, y: Driver, shift: float, usual: str
) -> tuple[int | None, int | None]:
    """Accounts whose cell changes from mean to median, and under either shift of both cuts.

    The shift is of the usual cut; a fixed one holds for its own drivers only, so then of the mean.
    """
    across, upwards = data.present[x], data.present[y]
    placed = ~np.isnan(across) & ~np.isnan(upwards)
    if not placed.any():
        return None, None
    base = placed & data.customer
    base = base if base.any() else placed
    values = across[placed], upwards[placed]
    means = across[base].mean(), upwards[base].mean()
    medians = np.median(across[base]), np.median(upwards[base])
    by_mean, by_median = _cells(*values, *means), _cells(*values, *medians)
    cuts, now = (medians, by_median) if usual == "median" else (means, by_mean)
    up, down = (_cells(*values, *(c * f for c in cuts)) for f in (1 + shift, 1 - shift))
    return int((by_mean != by_median).sum()), int(((up != now) | (down != now)).sum())


def _cells(x: Numbers, y: Numbers, x_cut: Any, y_cut: Any) -> NDArray[np.int64]:
    """How many of the two values are high: the cell of the driver grid."""
    x_high: Flags = x >= x_cut - _HAIR * abs(x_cut)
    y_high: Flags = y >= y_cut - _HAIR * abs(y_cut)
    return x_high.astype(np.int64) + y_high.astype(np.int64)


def _record_collinear(
    book: FactBook, tables: ScopedTables, data: Audited, first: Driver, second: Driver
) -> None:
    limits = tables.settings.drivers
    a, b = data.drivers[first], data.drivers[second]
    both = data.customer & ~np.isnan(a) & ~np.isnan(b)
    found = _tried("pearson", a[both], b[both], limits.minimum)
    if found is not None and abs(found.r) > limits.collinear:
        book.add(
            "audit.collinear", number(found.r), subject=f"drivers:{first}~{second}",
            rows=int(both.sum()),
        )  # fmt: skip


def _say_what_was_compared(
    book: FactBook, tables: ScopedTables, data: Audited, wanted: Outcome, names: list[Driver]
) -> None:
    warn_without_statuses(book, tables)
    warn_of_missing(book, tables, names)
    n = int((data.customer & ~np.isnan(data.result)).sum())
    book.add("audit.outcome", data.outcome)
    book.add("audit.measured_on", data.measured_on)
    book.add("audit.population", n, rows=n)
    if data.outcome != wanted:
        book.warn(
            "受注明細が一年より前にさかのぼらないため、成果は直近一年の営業利益とし、"
            "ドライバーも同じ日で測りました。",
            "Order lines do not reach back a year: the outcome is operating profit of the "
            "trailing year, and the drivers are of the same day.",
        )
    timeless = [name for name in names if name in OWN]
    if data.measured_on != book.as_of and timeless:
        book.warn(
            "年商・従業員数・客観評価点などの登録値には日付がないため、"
            "取り込み時点の値を使いました。",
            "Recorded attributes (revenue, employees, objective score ...) carry no day: those of "
            "the export are used.",
        )
    if data.outcome in names:
        book.warn(
            "成果とした営業利益そのものもドライバーに含まれています。",
            "Operating profit, the outcome, is itself among the drivers.",
        )


def _warn_of_constants(book: FactBook, tables: ScopedTables, found: list[Finding]) -> None:
    minimum = tables.settings.drivers.minimum
    few = sum(finding.verdict == "too_few" for finding in found)
    same = sum(f.verdict != "too_few" and f.pearson is None for f in found)
    if few:
        book.warn(
            f"値の分かる顧客が{minimum}社に満たないドライバーが{few}個あり、"
            "相関は計算していません。",
            f"Drivers known for fewer than {minimum} customers, without a correlation: {few}.",
        )
    if same:
        book.warn(
            f"値がすべて同じ（または成果がすべて同じ）ドライバーが{same}個あり、"
            "相関は計算できません。",
            f"Drivers that are the same everywhere (or whose outcome is), without a correlation: "
            f"{same}.",
        )


def _columns(found: list[Finding]) -> dict[str, list[Value]]:
    return {
        "audit.driver": [f.driver for f in found],
        "audit.n": [f.n for f in found],
        "audit.pearson": [_r(f.pearson) for f in found],
        "audit.pearson_p": [_p(f.pearson) for f in found],
        "audit.spearman": [_r(f.spearman) for f in found],
        "audit.spearman_p": [_p(f.spearman) for f in found],
        "audit.verdict": [f.verdict for f in found],
        "audit.cell_changes_median": [f.to_median for f in found],
        "audit.cell_changes_shift": [f.shifted for f in found],
    }


def _r(found: Correlation | None) -> Decimal | None:
    return None if found is None else number(found.r)


def _p(found: Correlation | None) -> Decimal | None:
    return None if found is None else number(found.p)


DRIVER_AUDIT = Tool(
    "driver_audit",
    DriverAuditArguments,
    driver_audit,
    Text(
        ja="ドライバーの監査: 各要因が成果を予告するか、互いに同じことを言う要因はないか",
        en="Driver audit: whether each driver foretells the outcome, and which say the same",
    ),
    needs=("accounts", "order_lines"),
)
