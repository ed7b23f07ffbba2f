"""An answer already is Markdown; what its data would turn into links, images or HTML stays text."""

from __future__ import annotations

import re

from api.render.safe import inert

_TAG = re.compile(r"<(?=[A-Za-z/!?@#])")
_ENTITY = re.compile(r"&(?=#?[A-Za-z0-9]+;)")


def markdown(text: str) -> str:
    """The Markdown of an answer, or of a part of it, in which nothing from data can act.

    Mentions of a chat that reads Markdown are none either, and a letter that is written as an
    entity, of which an address could be made, stays so.
    """
    return _TAG.sub("&lt;", inert(_ENTITY.sub("&amp;", text))).rstrip()
