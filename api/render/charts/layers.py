"""A layer of marks over values; the types of the drawing library end here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

Values = Sequence[dict[str, Any]]


def over(values: Values, name: str | None = None) -> Any:
    """An Altair chart of these values, which stand in the description themselves."""
    data = alt.InlineData(values=list(values))
    return alt.Chart(data, name=name) if name else alt.Chart(data)
