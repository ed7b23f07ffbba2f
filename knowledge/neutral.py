"""Text from files is data: what could act on a reader or a model becomes plain text.

The order matters: what is silent goes first, then what has words, then what is left of markup.
"""

from __future__ import annotations

import html
import re

from markdownify import markdownify

from crm.text import visible

_SILENT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|iframe|object|svg)\b.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_TABLE = re.compile(r"<table\b.*?</table\s*>", re.DOTALL | re.IGNORECASE)
_ADDRESS_IN_ANGLES = re.compile(r"<((?:https?://|mailto:)[^<>\s]+|[^<>\s@]+@[^<>\s@]+)>")
_LINE_ENDING_TAG = re.compile(
    r"</?(?:p|div|br|hr|tr|li|ul|ol|h[1-6]|section|article|details|summary|blockquote)\b[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[!?][^<>]*>")
_IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\])")
_LINK = re.compile(r"\[([^\[\]]*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s]*)*)>?[^()]*\)")
_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[[^\[\]]*\]")
_DEFINITION = re.compile(r"^([ \t]{0,3})\[([^\[\]]+)\]:", re.MULTILINE)
_HEADING_ANCHOR = re.compile(r"^(#{1,6}\s.*?)\s*\{#[^{}]*\}\s*$", re.MULTILINE)
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_OPENS_A_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_SAID_ADDRESS = re.compile(r"\s?\(https?://[^()\s]*\)|https?://[^\s()<>]+", re.IGNORECASE)


def neutral(markdown: str) -> str:
    """Markdown in which nothing acts: no link, image, HTML tag or hidden character is left.

    The words of a link stay, an absolute address behind them in brackets; tables in HTML become
    tables in Markdown; headings, lists and fences stay as they are.
    """
    text = _SILENT.sub(" ", visible(markdown.replace("\r\n", "\n").replace("\r", "\n")))
    text = _TABLE.sub(lambda found: f"\n\n{markdownify(found[0]).strip()}\n\n", text)
    text = _ADDRESS_IN_ANGLES.sub(r"\1", text)
    text = _TAG.sub(" ", _LINE_ENDING_TAG.sub("\n", text))
    text = visible(html.unescape(text))
    text = _LINK.sub(_said, _IMAGE.sub(r"\1", text))
    text = _DEFINITION.sub(r"\1\2:", _REFERENCE.sub(r"\1", text))
    text = _HEADING_ANCHOR.sub(r"\1", text)
    return _OPENS_A_TAG.sub("‹", text.replace("](", "] (").replace("][", "] ["))


def without_addresses(text: str) -> str:
    """The text as it is indexed: an address says nothing of what a passage is about."""
    return _SAID_ADDRESS.sub("", text)


def _said(link: re.Match[str]) -> str:
    words, target = link[1].strip(), link[2]
    if not _ABSOLUTE.match(target) or target == words:
        return words
    return f"{words} ({target})"
