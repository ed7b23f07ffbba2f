"""A file becomes a table of its rows, each with its row number as a person would count it."""

from crm.readers.database import Database
from crm.readers.encoding import detect_encoding
from crm.readers.loaded import STANDARD, Loaded, Note, Peeked, Ragged
from crm.readers.loading import load
from crm.readers.peeking import peek

MAX_CELLS = STANDARD.cells_per_sheet
"""Cells of a sheet at the most, where no setting says otherwise."""

__all__ = [
    "MAX_CELLS",
    "Database",
    "Loaded",
    "Note",
    "Peeked",
    "Ragged",
    "detect_encoding",
    "load",
    "peek",
]
