"""Colours that colour-blind people tell apart, and the sizes in which everything is written.

Source of the colours: Okabe and Ito, Color Universal Design (2008).
"""

from __future__ import annotations

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#8A8A8A"
INK, FAINT, RULE, PAPER = "#222222", "#5A5A5A", "#DDDDDD", "#FFFFFF"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW, GREY)
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke", "arrow")
LIGHT_TO_DARK = ("#F1F6FA", "#CFE3F1", "#9CC8E4", "#56A0CF", "#0072B2", "#00456B")
"""Fewest to most: one hue, so that lightness alone tells."""

FONT = "Noto Sans CJK JP, Noto Sans JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"
TITLE, SUBTITLE, TEXT, SMALL = 20, 14, 14, 13
WIDTH = 760
