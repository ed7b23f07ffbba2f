"""`tagayasu notices` and `tagayasu preferences`: what people are sent, and when they want it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from api.cli.options import AsJson, LanguageOption, language_of
from crm.errors import InputError

app = typer.Typer(help="What people are sent without asking.", no_args_is_help=True)
preferences_app = typer.Typer(
    help="When and in which language people are written to.", no_args_is_help=True
)
Who = Annotated[str, typer.Option("--user", help="E-mail address of the person.")]


@app.command()
def preview(
    context: typer.Context,
    user: Who,
    kind: Annotated[Literal["digest", "reminders"], typer.Option(help="What to show.")] = "digest",
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Print what a person would be sent now; nothing is sent or marked as sent."""
    from api.cli.notices import preview as run

    run(context.obj, user, kind, language_of(language), as_json=as_json)


@preferences_app.command()
def show(context: typer.Context, user: Who, as_json: AsJson = False) -> None:
    """Print what holds for a person."""
    from api.cli.notices import show_preferences

    show_preferences(context.obj, user, as_json=as_json)


@preferences_app.command("set")
def set_(
    context: typer.Context,
    choices: Annotated[
        list[str],
        typer.Argument(
            help="Choices as name=value, e.g. digest='monday 08:30' reminders=off briefing=30 "
            "quiet=saturday,sunday language=en time_zone=Europe/Paris; an empty value: as usual.",
            metavar="name=value ...",
        ),
    ],
    user: Who,
) -> None:
    """Choose for a person when to write to them."""
    from api.cli.notices import set_preferences

    wanted: dict[str, str | None] = {}
    for choice in choices:
        name, equals, value = choice.partition("=")
        if not equals:
            raise InputError(f"`{choice}` is no choice.", "Write it as name=value.")
        wanted[name.strip()] = value.strip() or None
    set_preferences(context.obj, user, wanted)
