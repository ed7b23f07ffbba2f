"""What the calculations take for granted: every threshold and weight, with its default."""

from crm.thresholds.deepening import Deepening, Depth, Introductions, WhiteSpace
from crm.thresholds.doors import Http, Oidc
from crm.thresholds.group import Group, Weights
from crm.thresholds.imports import Imports
from crm.thresholds.notices import Notices
from crm.thresholds.plans import ApprovalStep, Plans, Weekday
from crm.thresholds.profitability import Effort, Profitability
from crm.thresholds.selection import Abcd, Channels, Drivers, Selection, Traits, Zones
from crm.thresholds.signals import Attention, Deals

__all__ = [
    "Abcd",
    "ApprovalStep",
    "Attention",
    "Channels",
    "Deals",
    "Deepening",
    "Depth",
    "Drivers",
    "Effort",
    "Group",
    "Http",
    "Imports",
    "Introductions",
    "Notices",
    "Oidc",
    "Plans",
    "Profitability",
    "Selection",
    "Traits",
    "Weekday",
    "Weights",
    "WhiteSpace",
    "Zones",
]
