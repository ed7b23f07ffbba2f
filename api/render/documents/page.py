"""A plan as one HTML file to be read, or printed as PDF: no script, nothing fetched."""

from __future__ import annotations

import base64
from functools import cache

import jinja2

from api.render.documents import layout
from api.render.documents.document import PlanDocument
from api.render.documents.pictures import SCALE, Picture

_TEMPLATE = "plan.html.j2"


def content(document: PlanDocument) -> bytes:
    """The bytes of the file, in UTF-8; every text is escaped."""
    page = _templates().get_template(_TEMPLATE)
    text = page.render(
        d=document, p=document.view, look=layout, word=document.word, source=_source, scale=SCALE
    )
    return text.encode("utf-8")


def _source(picture: Picture) -> str:
    """A picture as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii")


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("api.render", "documents"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
