"""A tool result in; one Vega-Lite description out, for the web, PNG and SVG.

The data of a chart are values in it: no text of theirs becomes an expression, an address or markup.
"""

from api.render.charts.describe import is_cut_short, vega_lite, vega_lites
from api.render.charts.draw import png, svg

__all__ = ["is_cut_short", "png", "svg", "vega_lite", "vega_lites"]
