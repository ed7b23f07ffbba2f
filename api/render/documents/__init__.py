"""An account plan as a file that is handed on; the ending of its name says of which kind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from api.render.documents.document import PlanDocument
from crm.errors import InputError

__all__ = ["PlanDocument", "bytes_of", "put", "require_known", "write"]

TEXTS = (".json", ".md", ".yaml", ".yml")
"""The kinds that are the plan itself in writing."""
_WRITERS = {
    ".docx": "api.render.documents.word",
    ".html": "api.render.documents.page",
    ".pptx": "api.render.documents.slides",
    ".xlsx": "api.render.documents.xlsx",
}
"""The module that makes each kind of file; its `content` gives the bytes of a document."""


def require_known(to: Path) -> None:
    """Raises InputError where no kind of file has the ending of this name."""
    if to.suffix.lower() not in (*TEXTS, *_WRITERS):
        endings = ", ".join((".md", ".yaml", ".json", *_WRITERS))
        raise InputError(f"{to} has no known ending.", f"Use {endings}.")


def bytes_of(document: PlanDocument, ending: str) -> bytes:
    """A document of the kind that has this ending, such as .docx."""
    content: Callable[[PlanDocument], bytes] = import_module(_WRITERS[ending]).content
    return content(document)


def write(to: Path, document: PlanDocument) -> None:
    """Write a document. Raises InputError where no kind of document has the ending of the name."""
    if to.suffix.lower() not in _WRITERS:
        raise InputError(f"{to} has no known ending.", f"Use {', '.join(_WRITERS)}.")
    put(to, bytes_of(document, to.suffix.lower()))


def put(to: Path, content: bytes) -> None:
    """Replace a file as a whole: a reader finds all of it or the one from before.

    Raises InputError when it cannot be written.
    """
    beside: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=to.parent, prefix=f".{to.name}.", delete=False) as f:
            beside = Path(f.name)
            f.write(content)
        beside.chmod(0o644)
        os.replace(beside, to)  # noqa: PTH105 - the atomic one, by name
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise InputError(f"{to} cannot be written: {error.strerror}.", "Name another.") from None
