"""An answer already is Markdown; what its data would turn into links, images or HTML stays text."""

from __future__ import annotations

import re

from api.render.safe import defanged
from crm.text import visible

_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def markdown(text: str) -> str:
    """The Markdown of an answer, or of a part of it, in which nothing from data can act."""
    return _TAG.sub("&lt;", defanged(visible(text)).replace("](", "] (")).rstrip()
