"""`map`: a mapping file for an export nobody has seen, and what a person has to do with it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.context import Context
from crm.errors import InputError

if TYPE_CHECKING:
    from crm.proposing import Proposal


def run(context: Context, place: str, output: Path, *, force: bool) -> None:
    """Propose a mapping, write it to a file that is not there yet, and print what it holds."""
    from crm.proposing import propose, written

    _may_write(output, force)
    with context.console.status("") as status:
        proposal = propose(place, progress=status.update)
    _write(output, written(proposal), force)
    _print(context, proposal, output)


def _may_write(output: Path, force: bool) -> None:
    if output.exists() and not force:
        raise InputError(
            f"{output} is there already, and may have been edited.",
            "Give another file with --output, or replace it with --force.",
        )
    if not output.parent.is_dir():
        raise InputError(f"{output.parent} is not a folder.", "Make it, or name another file.")


def _write(output: Path, text: str, force: bool) -> None:
    try:
        with output.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        _may_write(output, force)
    except OSError as error:
        raise InputError(
            f"{output} cannot be written ({error.strerror}).", "Name another file with --output."
        ) from error


def _print(context: Context, proposal: Proposal, output: Path) -> None:
    """A line per table, what was left over, and the next command."""
    from functools import partial

    from rich.table import Table
    from rich.text import Text

    from crm.proposing.words import said

    say, word = context.console.print, partial(said, proposal.language)
    shown = Table(
        *(word(head) for head in ("table", "file", "mapped", "unmapped", "to_fill", "confidence")),
        box=None,
        pad_edge=False,
    )
    for one in proposal.tables:
        counts = (str(len(one.active)), str(len(one.left)), str(len(one.missing) or ""))
        shown.add_row(one.table.name, Text(one.label), *counts, f"{one.confidence:.2f}")
    say(shown)
    if proposal.unused:
        say(Text(word("unused_files", labels=", ".join(one.label for one in proposal.unused))))
    for label, problem in proposal.problems:
        say(Text(word("problem", label=label, problem=problem)))
    say(Text(word("written", file=output)))
    folder = proposal.place if proposal.address is None else "."
    say(Text(f"  {_next(context, folder, output)}", style="bold"), soft_wrap=True)


def _next(context: Context, folder: str, output: Path) -> str:
    workspace = [] if context.folder == Path("workspace") else ["--workspace", str(context.folder)]
    parts = ["tagayasu", *workspace, "import", folder, "--mapping", str(output), "--dry-run"]
    return shlex.join(parts)
