"""A whole amount is divided by the largest remainder: the parts add up to it to the last unit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.int64]
_WORD = 1 << 64
_SAFE = 1 << 62


def largest_remainder(units: int, quantities: Units) -> Units:
    """`units` divided in proportion to `quantities`; those at or below zero take no share.

    Each part is the floor of its exact quota; the units left over go one each to the largest
    remainders, the earlier place first where they are equal. A negative amount is divided like
    the positive one with the sign turned. Raises ValueError when no quantity is above zero.
    """
    shares = np.where(quantities > 0, quantities, 0)
    if not shares.any():
        raise ValueError("nothing to divide by: no quantity is above zero")
    shares = shares // np.gcd.reduce(shares)
    total = sum(map(int, shares)) if float(shares.sum(dtype=float)) > _SAFE else int(shares.sum())
    whole = abs(units)
    divide = _in_words if (2 + (whole >> 50)) * total < _SAFE else _in_integers
    parts, rests = divide(whole, shares, total)
    _give(parts, rests, whole - sum_of(parts))
    if sum_of(parts) != whole:
        raise AssertionError(f"{whole} units were divided into {sum_of(parts)}")
    return parts if units >= 0 else -parts


def sum_of(parts: Units) -> int:
    """The sum of whole units; parts of one amount cannot overflow."""
    return int(parts.sum())


def _in_words(whole: int, shares: Units, total: int) -> tuple[Units, NDArray[Any]]:
    """Floors and remainders: an estimate in floats, mended by the exact rest modulo 2**64.

    The estimate is off by less than 2 + whole / 2**50, so the true rest fits into 63 bits.
    """
    parts = np.floor(shares * (float(whole) / total)).astype(np.int64)
    wide = shares.astype(np.uint64) * np.uint64(whole % _WORD)
    rests = (wide - parts.astype(np.uint64) * np.uint64(total)).astype(np.int64)
    off = rests // total
    return parts + off, rests - off * total


def _in_integers(whole: int, shares: Units, total: int) -> tuple[Units, NDArray[Any]]:
    """The same in Python's integers, for amounts too large for words."""
    pairs = [divmod(whole * int(share), total) for share in shares]
    parts = np.array([part for part, _rest in pairs], dtype=np.int64)
    return parts, np.array([rest for _part, rest in pairs], dtype=object)


def _give(parts: Units, rests: NDArray[Any], left: int) -> None:
    """One unit more to each of the `left` largest remainders; more remainders than that are > 0."""
    if left == 0:
        return
    cut = np.partition(rests, len(rests) - left)[len(rests) - left]
    above = rests > cut
    parts[above] += 1
    equal = np.flatnonzero(rests == cut)
    parts[equal[: left - int(above.sum())]] += 1
