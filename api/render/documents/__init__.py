"""An account plan as a file that is handed on; the ending of its name says of which kind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from api.render.documents.document import PlanDocument
from crm.errors import InputError

__all__ = ["PlanDocument", "require_known", "write"]

_WRITERS = {
    ".docx": "api.render.documents.word",
    ".html": "api.render.documents.page",
    ".pptx": "api.render.documents.slides",
    ".xlsx": "api.render.documents.xlsx",
}
"""The module that makes each kind of file; its `content` gives the bytes of a document."""


def require_known(to: Path) -> None:
    """Raises InputError where no kind of document has the ending of this name."""
    if to.suffix.lower() not in _WRITERS:
        endings = ", ".join((".md", ".yaml", *_WRITERS))
        raise InputError(f"{to} has no known ending.", f"Use {endings}.")


def write(to: Path, document: PlanDocument) -> None:
    """Write the document; a reader finds the whole file or the one from before.

    Raises InputError when no kind has that ending or the file cannot be written.
    """
    require_known(to)
    content: Callable[[PlanDocument], bytes] = import_module(_WRITERS[to.suffix.lower()]).content
    _put(to, content(document))


def _put(to: Path, content: bytes) -> None:
    """Replace a file as a whole."""
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
