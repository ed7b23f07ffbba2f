"""An answer already is Markdown; what its data would turn into links, images or HTML stays text."""

from __future__ import annotations

import re

from api.render.safe import defanged, visible
from assistant.answer import Answer

_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def render(answer: Answer) -> str:
    """The whole answer as Markdown with one line feed at its end."""
    text = defanged(visible(answer.text)).replace("](", "] (")
    return _TAG.sub("&lt;", text).rstrip() + "\n"
