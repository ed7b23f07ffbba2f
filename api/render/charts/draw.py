"""A description as a picture; no data are fetched while it is drawn."""

from __future__ import annotations

from typing import Any

import vl_convert

from api.render.charts import fonts
from api.render.charts.apart import elsewhere

Spec = dict[str, Any]
_VERSION = "6.4"
_NOWHERE: list[str] = []
"""The addresses from which a description may load data."""


def png(spec: Spec, scale: float = 2) -> bytes:
    """The chart as a PNG; at scale 2 about 1,800 pixels wide. Raises MissingFontError."""
    return elsewhere(_png, spec, scale)


def svg(spec: Spec) -> str:
    """The chart as an SVG whose text stays text. Raises MissingFontError."""
    return elsewhere(_svg, spec)


def _png(spec: Spec, scale: float) -> bytes:
    fonts.ready()
    drawn: bytes = vl_convert.vegalite_to_png(
        spec, vl_version=_VERSION, scale=scale, allowed_base_urls=_NOWHERE
    )
    return drawn


def _svg(spec: Spec) -> str:
    fonts.ready()
    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=_VERSION, allowed_base_urls=_NOWHERE)
    return drawn
