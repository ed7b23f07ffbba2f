"""An address in words from data is written so that nothing makes a link of it."""

from __future__ import annotations

import re

from crm.text import visible

_HOST = re.compile(r"(?<=://)[^\s/?#]+")
_STOPS = re.compile("[.．。｡]")
_NAME = re.compile(r"[A-Za-z0-9.-]+")
_PATH = re.compile(r"(?::[0-9]+)?[/?#]\S")
_PUBLIC = re.compile(
    "com|net|org|info|biz|app|dev|io|ai|co|jp|us|uk|eu|de|fr|cn|kr|tw|hk|sg|in|ru|br|ca|au|ch|nl|it|"
    "me|tv|cc|ly|to|gg|sh|xyz|online|site|shop|store|top|club|link|click|live|page|cloud",
    re.IGNORECASE,
)
"""Endings of domains by which a chat makes a link even of `Evil.COM`."""
_BRACKETS = (("](", "] ("), ("][", "] ["), ("]:", "] :"))
"""What makes a link in Markdown of two pieces, and how it is written so that it makes none."""
_DOCUMENTS = {"md", "txt", "pdf", "docx", "xlsx", "pptx", "csv", "tsv", "json", "yaml", "toml"}


def defanged(text: str) -> str:
    """The text with every address written so that nothing turns it into a link.

    `https://x.example/y` becomes `https[:]//x[.]example/y`; nothing is left out. A file's name
    (`plan.md`) and a company's (`Co.Ltd`) stay as they are, unless it reads as an address
    (`Booking.com`).
    """
    text = _HOST.sub(lambda found: _STOPS.sub("[.]", found[0]), text)
    text = _NAME.sub(lambda found: _dotless(found) if _is_domain(found) else found[0], text)
    return text.replace("://", "[:]//")


def inert(text: str) -> str:
    """Words from data on their way out: nothing hidden, no address, no link of Markdown."""
    text = defanged(visible(text))
    for acting, lame in _BRACKETS:
        text = text.replace(acting, lame)
    return text


def _dotless(name: re.Match[str]) -> str:
    return name[0].rstrip(".").replace(".", "[.]") + "." * (len(name[0]) - len(name[0].rstrip(".")))


def _is_domain(name: re.Match[str]) -> bool:
    labels = [label for label in name[0].split(".") if label]
    if len(labels) < 2:
        return False
    last, following = labels[-1], name.string[name.end() : name.end() + 8]
    if labels[0].lower() == "www" or name.string[: name.start()].endswith("@"):
        return True
    if _PATH.match(following):
        numbers = all(label.isdecimal() for label in labels)  # 4.5/5 is a mark, 192.0.2.1/x a host
        return len(labels) == 4 if numbers else len(last) > 1
    if following.startswith("_") or last in _DOCUMENTS:
        return False
    if not name[0].islower():
        return _PUBLIC.fullmatch(last) is not None
    return (last.isalpha() and len(last) > 1) or last.startswith("xn--")
