"""How the tables of a plan lie on a page of A4, and its colours; the same in every document."""

from __future__ import annotations

INK, FAINT, ACCENT = "1F2937", "5B6472", "1F4E79"
SHADE, LINE, SUPPOSED = "EAF0F6", "C3CCD6", "9A5B00"
WIDTHS: dict[str, tuple[float, ...]] = {
    "people": (2.8, 5.4, 2.8, 2.8, 3.2),
    "goals": (6.2, 3.6, 3.6, 3.6),
    "way": (6.2, 5.8, 5.0),
    "actions": (3.0, 4.3, 1.75, 1.85, 1.85, 2.45, 1.8),
    "team": (4.0, 4.0, 9.0),
    "kpis": (6.2, 3.6, 3.6, 3.6),
    "calendar": (8.0, 4.0, 5.0),
    "hypotheses": (7.6, 1.9, 7.5),
}
"""Widths in centimetres of the columns of each table, 17 together."""
FIGURES = frozenset({"amount", "value", "baseline", "target"})
"""Columns of figures: they stand to the right."""
