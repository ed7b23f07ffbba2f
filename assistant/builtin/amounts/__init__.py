"""A threshold needs a word that sets it; a number alone limits, filters and orders nothing.

How many are asked for (上位5社), what is above or below an amount (1億円以上), and what there is
none of (商談のない). Places are those of the raw message.
"""

from assistant.builtin.amounts.absences import Absence, find_absence
from assistant.builtin.amounts.bounds import Op
from assistant.builtin.amounts.limits import find_limit
from assistant.builtin.amounts.quantity import Amount, find_amounts
from assistant.builtin.amounts.thresholds import Threshold, find_thresholds

__all__ = [
    "Absence",
    "Amount",
    "Op",
    "Threshold",
    "find_absence",
    "find_amounts",
    "find_limit",
    "find_thresholds",
]
