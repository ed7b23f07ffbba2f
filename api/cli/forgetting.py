"""`forget`: where a customer's person is written; with --yes, that they are nowhere any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from api.cli.context import Context

if TYPE_CHECKING:
    from assistant.forgetting.forget import Found

_BACKUPS = "Backups, and the exports this came from, are outside the workspace: look there too."


def run(context: Context, contact: str, *, yes: bool, as_json: bool) -> bool:
    """Look, or forget; whether nothing is left to be done."""
    if not yes:
        _looked(context, context.workspace.forgetting.look(contact), as_json)
        return True
    forgot = context.workspace.forgetting.forget(context.principal(None), contact)
    if as_json:
        said = {"id": forgot.pseudonym, "done": dict(forgot.done), "left": list(forgot.left)}
        context.print_json(said)
        return not forgot.left
    _list(context, "Removed or blanked", forgot.done)
    if forgot.left:
        _say(context, "NOT finished. A search of every file and every table still finds:")
        for place in forgot.left:
            _say(context, f"  {place}")
        _say(context, "Run the command again when no question is being answered.")
        return False
    _say(
        context,
        f"Finished: a search of every file and every table finds nothing ({forgot.pseudonym}).",
    )
    _say(context, _BACKUPS)
    return True


def _looked(context: Context, found: Found, as_json: bool) -> None:
    of, shared = found.contact, found.shared
    if as_json:
        said = {"contact": of.contact_id, "account": of.account_id, "places": dict(found.places)}
        context.print_json(said | {"also": list(found.also)})
        return
    _say(context, f"{of.contact_id}: {of.name}, {of.account} ({of.account_id})")
    _list(context, "Found in (rows, files)", found.places)
    if shared.name or shared.family_near:
        _say(
            context,
            "Others have this name too: in texts it is removed only where it is this person's.",
        )
    if shared.email or shared.phone:
        _say(
            context,
            "Others have this e-mail address or telephone too: it stays with them.",
        )
    for other in found.also:
        _say(
            context,
            f"{other} has the same e-mail address: if that is the same person, forget it too.",
        )
    _say(context, "Nothing was changed. Add --yes to forget.")


def _list(context: Context, heading: str, places: Mapping[str, int]) -> None:
    _say(context, f"{heading}:" if places else f"{heading}: nothing.")
    for place, count in sorted(places.items()):
        _say(context, f"  {count:>6,}  {place}")


def _say(context: Context, text: str) -> None:
    from rich.text import Text

    context.console.print(Text(text))
