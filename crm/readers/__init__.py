"""A file becomes a table of its rows, each with its row number as a person would count it."""

from crm.readers.loaded import Loaded, Note, Peeked, Ragged
from crm.readers.peeking import peek
from crm.readers.text import MAX_CELLS, detect_encoding, load

__all__ = ["MAX_CELLS", "Loaded", "Note", "Peeked", "Ragged", "detect_encoding", "load", "peek"]
