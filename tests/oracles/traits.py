"""Which traits go with winning; the model behind the score is solved here by Newton's method.

Recomputes winning_traits: rates, lift and Wilson intervals, the regularised logistic regression
on one-hot attributes, its AUC over a split by time, and the scores of open deals and prospects.

Choices. A deal's industry, size band, region and channel are those of its account, its category
its own or its product's. An unknown value is a row (None) in the table and a level of its own in
the model; every level has a coefficient. A level that training did not see adds nothing. Split:
the oldest floor(0.7 n) train. The scores of prospect accounts come from a model of the deals on
the account's attributes alone. Reasons are the two largest contributions above zero, ties in the
order of the attributes. By outcome customer the cases are the accounts with a status. Rows below
5 cases follow the others, each by lift descending, attribute and value (unknown last).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from .basis import accounts_of, deal_categories
from .canonical import Row, Tables, divide, half_up, ratio6, rows, wilson
from .pipeline import is_open, outcome
from .whitespace import BANDS, band

ATTRIBUTES = ("industry", "size_band", "region", "channel", "owner", "category")
OF_ACCOUNT = ("industry", "size_band", "region", "channel")
UNKNOWN = "unknown"
Model = tuple[dict[tuple[str, str], float], float]  # coefficients by level, intercept


def band_name(employees: int | None) -> str | None:
    """The size band as "50-299", the largest as "5000-"; None unknown."""
    place = band(employees)
    if place is None:
        return None
    low, high = BANDS[place]
    return f"{low}-{'' if high is None else high}"


def account_traits(account: Row | None) -> Row:
    """The attributes of an account; all unknown without one."""
    found = account or {}
    return {
        "industry": found.get("industry"),
        "size_band": band_name(found.get("employees")),
        "region": found.get("region"),
        "channel": found.get("channel"),
    }


def deal_cases(tables: Tables, as_of: date) -> tuple[list[Row], list[Row]]:
    """(closed deals, oldest first; open deals): id, account_id, won, closed_on and attributes."""
    accounts, category = accounts_of(tables), deal_categories(tables)
    closed: list[Row] = []
    opened: list[Row] = []
    for d in rows(tables, "opportunities"):
        result = outcome(d, as_of)
        case = {
            "id": d["opportunity_id"],
            "account_id": d.get("account_id"),
            "won": result == "won",
            "closed_on": d.get("closed_on"),
            **account_traits(accounts.get(d.get("account_id"))),
            "owner": d.get("owner_id"),
            "category": category[d["opportunity_id"]],
        }
        if result is not None:
            closed.append(case)
        elif is_open(d, as_of):
            opened.append(case)
    return sorted(closed, key=lambda c: (c["closed_on"], c["id"])), opened


def account_cases(tables: Tables) -> list[Row]:
    """The accounts with a status; won tells the customers."""
    return [
        {"id": i, "won": a["status"] == "customer", **account_traits(a)}
        for i, a in accounts_of(tables).items()
        if a.get("status") is not None
    ]


def trait_rates(cases: list[Row], attributes: Sequence[str]) -> Row:
    """Base rate and n, and each attribute value against it.

    Keys: traits.base_rate, traits.n, rows. Rows: traits.attribute, .value (None unknown), .rate,
    .lift, .n, .low, .high (ratios 6 decimals).
    """
    base = divide(sum(c["won"] for c in cases), len(cases))
    out: list[Row] = []
    for place, attribute in enumerate(attributes):
        for value in {c[attribute] for c in cases}:
            mine = [c["won"] for c in cases if c[attribute] == value]
            rate = Fraction(sum(mine), len(mine))
            low, high = wilson(sum(mine), len(mine))
            lift = divide(rate, base)
            key = (len(mine) < 5, -(lift or 0), place, value is None, str(value))
            row = {
                "traits.attribute": attribute,
                "traits.value": value,
                "traits.rate": ratio6(rate),
                "traits.lift": ratio6(lift),
                "traits.n": len(mine),
                "traits.low": low,
                "traits.high": high,
            }
            out.append(row | {"key": key})
    out.sort(key=lambda r: r["key"])
    for row in out:
        del row["key"]
    return {"traits.base_rate": ratio6(base), "traits.n": len(cases), "rows": out}


def levels(case: Row, attributes: Sequence[str]) -> list[tuple[str, str]]:
    """(attribute, value) of a case; an unknown value is a level."""
    return [(a, UNKNOWN if case[a] is None else str(case[a])) for a in attributes]


def solve(x: Any, y: Any, c: float = 1.0) -> Any:
    """Coefficients, intercept last, that minimise w.w / 2 + c x sum of log losses.

    y is 0 or 1; the intercept is not penalised. Newton's method with halved steps.
    """
    x = np.column_stack([x, np.ones(len(y))])
    penalty = np.ones(x.shape[1])
    penalty[-1] = 0.0
    sign = np.where(np.asarray(y) > 0, 1.0, -1.0)

    def loss(w: Any) -> float:
        return float(0.5 * (penalty * w) @ w + c * np.logaddexp(0.0, -sign * (x @ w)).sum())

    w = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1.0 / (1.0 + np.exp(-(x @ w)))
        slope = penalty * w + c * x.T @ (p - (sign > 0))
        if np.abs(slope).max() < 1e-10:
            break
        curve = np.diag(penalty) + c * (x.T * (p * (1 - p))) @ x
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while loss(w - size * step) > loss(w) and size > 1e-6:
            size /= 2
        w = w - size * step
    return w


def fit(cases: list[Row], attributes: Sequence[str], c: float = 1.0) -> Model:
    """The regularised logistic regression of won on the one-hot attributes."""
    names = sorted({level for case in cases for level in levels(case, attributes)})
    place = {level: n for n, level in enumerate(names)}
    x = np.zeros((len(cases), len(names)))
    for row, case in enumerate(cases):
        for level in levels(case, attributes):
            x[row, place[level]] = 1.0
    w = solve(x, np.array([float(case["won"]) for case in cases]), c)
    return {level: float(w[n]) for level, n in place.items()}, float(w[-1])


def chance(model: Model, case: Row, attributes: Sequence[str]) -> float:
    """The model's probability that a case is won."""
    weights, intercept = model
    z = intercept + sum(weights.get(level, 0.0) for level in levels(case, attributes))
    return 1.0 / (1.0 + math.exp(-z))


def auc(scores: Sequence[float], won: Sequence[bool]) -> float | None:
    """The share of pairs of a won and a lost case that are in the right order, ties half.

    Scores are told apart to 9 decimals. None when one class is missing.
    """
    told = [round(s, 9) for s in scores]
    yes = [s for s, w in zip(told, won, strict=True) if w]
    no = np.array([s for s, w in zip(told, won, strict=True) if not w])
    if not yes or not len(no):
        return None
    right = sum(float((no < s).sum()) + 0.5 * float((no == s).sum()) for s in yes)
    return right / (len(yes) * len(no))


def time_split(
    closed: list[Row], attributes: Sequence[str], share: Fraction = Fraction(7, 10), c: float = 1.0
) -> tuple[float | None, int]:
    """(AUC of a model of the oldest deals over the newest, how many those are)."""
    cut = math.floor(len(closed) * share)
    train, test = closed[:cut], closed[cut:]
    if len({case["won"] for case in train}) < 2:
        return None, len(test)
    model = fit(train, attributes, c)
    scores = [chance(model, case, attributes) for case in test]
    return auc(scores, [case["won"] for case in test]), len(test)


def reasons(model: Model, case: Row, attributes: Sequence[str]) -> list[tuple[str, str]]:
    """The at most two levels with the largest coefficients above zero."""
    weights, _ = model
    mine = [(weights.get(level, 0.0), level) for level in levels(case, attributes)]
    positive = sorted((m for m in mine if m[0] > 0), key=lambda m: -m[0])
    return [level for _, level in positive[:2]]


def scored(model: Model, cases: list[Row], attributes: Sequence[str]) -> list[Row]:
    """id, probability (a float), traits.score (1 to 99), traits.reasons; the highest first."""
    out = []
    for case in cases:
        p = chance(model, case, attributes)
        whole = half_up(100 * p, 0)
        assert whole is not None
        out.append(
            {
                "id": case["id"],
                "account_id": case.get("account_id"),
                "probability": p,
                "traits.score": min(99, max(1, int(whole))),
                "traits.reasons": reasons(model, case, attributes),
            }
        )
    return sorted(out, key=lambda r: (-r["probability"], r["id"]))


def winning_traits(
    tables: Tables,
    as_of: date,
    by: str = "deal",
    attributes: Sequence[str] | None = None,
    minimum_cases: int = 50,
    c: float = 1.0,
    train_share: Fraction = Fraction(7, 10),
) -> Row:
    """The table of traits and the scored prospects, by outcome deal or customer.

    Keys: those of trait_rates, traits.auc (a float or None), traits.auc_n, refused (None, too_few
    or one_class) and prospects (rows of `scored`: open deals, or accounts of status prospect).
    """
    asked = ATTRIBUTES if attributes is None else tuple(attributes)
    closed, opened = deal_cases(tables, as_of)
    if by == "customer":
        asked = tuple(a for a in asked if a in OF_ACCOUNT)
        out = trait_rates(account_cases(tables), asked)
        opened = [
            {"id": i, "account_id": i, **account_traits(a)}
            for i, a in accounts_of(tables).items()
            if a.get("status") == "prospect"
        ]
    else:
        out = trait_rates(closed, asked)
    refused = None
    if len(closed) < minimum_cases:
        refused = "too_few"
    elif len({case["won"] for case in closed}) < 2:
        refused = "one_class"
    if refused is not None:
        return out | {"refused": refused, "traits.auc": None, "traits.auc_n": 0, "prospects": []}
    area, n = time_split(closed, asked, train_share, c)
    found = scored(fit(closed, asked, c), opened, asked)
    return out | {"refused": None, "traits.auc": area, "traits.auc_n": n, "prospects": found}
