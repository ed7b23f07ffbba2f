"""What an import takes from a file before it calls it too much: a workbook is a zip archive."""

from __future__ import annotations

from pydantic import Field

from crm.thresholds.group import Group


class Imports(Group):
    """Limits of what is read in an import (docs/your-data.md)."""

    expanded_mib: int = Field(
        default=200, ge=1, description="Size of a workbook's content when expanded, at the most."
    )
    expansion_ratio: int = Field(
        default=100,
        ge=1,
        description="How many times larger than its file a workbook's content may be.",
    )
    cells_per_sheet: int = Field(
        default=1_000_000, ge=1, description="Cells of one sheet at the most."
    )
    seconds_per_sheet: int = Field(
        default=30, ge=1, description="Time in which one sheet has to be read."
    )
    keep_snapshots: int = Field(
        default=10,
        ge=2,
        description="Snapshots that are kept, with the one in use; an import removes older ones.",
    )
