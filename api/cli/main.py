"""The command line parses, calls one of the house's functions and prints; refusals exit with 2."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import audit_commands, key_commands, knowledge_commands, notice_commands, plan_commands
from api.cli.context import Context
from api.cli.options import AsJson, AsOf, LanguageOption, User, day_of, language_of
from crm.errors import TagayasuError

if TYPE_CHECKING:
    pass

app = typer.Typer(
    name="tagayasu",
    help="Account planning for B2B sales teams, in Japanese and English. "
    "営業のアカウントプランニング。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(knowledge_commands.app, name="knowledge")
app.add_typer(plan_commands.app, name="plan")
app.add_typer(key_commands.app, name="key")
app.add_typer(audit_commands.app, name="audit")
app.add_typer(notice_commands.app, name="notices")
app.add_typer(notice_commands.preferences_app, name="preferences")


@app.callback()
def workspace(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Option(
            "--workspace",
            "-w",
            envvar="TAGAYASU_WORKSPACE",
            help="The company's folder (default: ./workspace).",
        ),
    ] = Path("workspace"),
) -> None:
    """The folder of one company."""
    context.obj = Context(folder)


@app.command()
def demo(context: typer.Context, language: LanguageOption = None) -> None:
    """Build the sample company's workspace; print one briefing and the attention list."""
    from api.cli.demo import run

    run(context.obj, language_of(language))


@app.command("map")
def map_(
    context: typer.Context,
    path: Annotated[
        str, typer.Argument(help="Folder that holds the export, or a database's address.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Mapping file to write.")] = Path(
        "mapping.yaml"
    ),
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file where it is there already.")
    ] = False,
) -> None:
    """Propose a mapping file for an export that was never seen before."""
    from api.cli.mapping import run

    run(context.obj, path, output, force=force)


@app.command("import")
def import_(
    context: typer.Context,
    path: Annotated[
        str | None,
        typer.Argument(
            help="Folder that holds the export; with --rollback the id of a snapshot.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", "-m", help="Mapping file (YAML).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but write nothing.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(help="A rejects.csv of these files in which `correction` has been filled."),
    ] = None,
    duplicates: Annotated[
        Path | None,
        typer.Option(help="A duplicates.csv in which `same_as` has been filled; it is kept."),
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Also say what is different from the last import.")
    ] = False,
    markdown: Annotated[
        Path | None, typer.Option(help="Also write the report into this Markdown file.")
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the snapshots that are kept.")
    ] = False,
    rollback: Annotated[
        bool,
        typer.Option("--rollback", help="Go back to a snapshot; without an id, to the last one."),
    ] = False,
    language: LanguageOption = None,
) -> None:
    """Import a CRM export; print what was read, accepted and rejected."""
    from api.cli import importing

    if list_:
        importing.list_snapshots(context.obj)
    elif rollback:
        importing.roll_back(context.obj, path)
    else:
        asked = importing.Asked(rejects, duplicates, dry_run, diff, markdown, language_of(language))
        importing.run(context.obj, path, mapping, asked)


@app.command()
def tools(context: typer.Context, as_json: AsJson = False) -> None:
    """List the tools with their arguments."""
    from api.cli.catalog import list_tools

    list_tools(context.obj, as_json=as_json)


@app.command()
def tool(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the tool; `tagayasu tools` lists them.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Arguments as key=value.", metavar="key=value ...")
    ] = None,
    as_of: AsOf = None,
    user: User = None,
    language: LanguageOption = None,
    explained: Annotated[
        bool, typer.Option("--explain", help="Also print how each figure was made.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run one tool and print its facts."""
    from api.cli.catalog import run_tool

    run_tool(
        context.obj,
        name,
        arguments or [],
        as_of=day_of(as_of),
        user=user,
        language=language_of(language),
        explained=explained,
        as_json=as_json,
    )


@app.command()
def chart(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the tool; `tagayasu tools` lists them.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write: .png, .svg or .json.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Arguments as key=value.", metavar="key=value ...")
    ] = None,
    part: Annotated[
        str | None, typer.Option("--part", help="Which chart of several; else the first.")
    ] = None,
    as_of: AsOf = None,
    user: User = None,
    language: LanguageOption = None,
) -> None:
    """Run one tool and write its chart as a picture or as Vega-Lite."""
    from api.cli.charting import run

    run(
        context.obj,
        name,
        arguments or [],
        out,
        part=part,
        as_of=day_of(as_of),
        user=user,
        language=language_of(language),
    )


@app.command()
def ask(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="The question, in Japanese or English.")],
    thread: Annotated[str | None, typer.Option("--thread", help="Go on with this thread.")] = None,
    as_of: AsOf = None,
    user: User = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Also print how each figure was made.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the assistant."""
    from api.cli.asking import run_ask

    run_ask(
        context.obj,
        text,
        thread=thread,
        as_of=day_of(as_of),
        user=user,
        evidence=evidence,
        as_json=as_json,
    )


@app.command()
def brief(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="Name or id of the account.")],
    as_of: AsOf = None,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Print the briefing on an account."""
    from api.cli.asking import run_brief

    run_brief(
        context.obj,
        account,
        as_of=day_of(as_of),
        user=user,
        language=language_of(language),
        as_json=as_json,
    )


@app.command("eval")
def eval_(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(help="Cases (YAML), or a folder of them; else the shipped.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Run conversation cases; say how many tools, arguments and answers were right."""
    from api.cli.evaluating import run

    if not run(context.obj, path, day_of(as_of), as_json=as_json):
        raise typer.Exit(1)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
) -> None:
    """Serve HTTP (and Slack over HTTP when SLACK_SIGNING_SECRET is set)."""
    from api.cli.serving import run_http

    run_http(context.obj, host, port)


@app.command()
def slack(context: typer.Context) -> None:
    """Answer in Slack over Socket Mode (SLACK_BOT_TOKEN and SLACK_APP_TOKEN)."""
    from api.cli.serving import run_slack

    run_slack(context.obj)


@app.command()
def mcp(
    context: typer.Context,
    user: Annotated[str, typer.Option("--user", help="E-mail address of the person.")],
) -> None:
    """Serve a program on this machine over MCP, for a person (standard input and output)."""
    from api.cli.mcp import run_mcp

    run_mcp(context.obj, user)


@app.command()
def forget(
    context: typer.Context,
    contact: Annotated[str, typer.Option("--contact", help="Id of the contact.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it; without this the places are only listed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a customer's person from the whole workspace, and search for what is left."""
    from api.cli.forgetting import run

    if not run(context.obj, contact, yes=yes, as_json=as_json):
        raise typer.Exit(1)


@app.command()
def doctor(context: typer.Context) -> None:
    """Say what works, what is missing, and how to mend it."""
    from api.cli.doctor import run

    run(context.obj)


def main() -> None:
    """Run the command; a refusal is one sentence on stderr and exit code 2, a fault of ours 1."""
    try:
        app()
    except TagayasuError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(130)
    except Exception:  # noqa: BLE001 - the last door: the detail goes to a file, not to the person
        sys.stderr.write(f"Something went wrong. Please report it with the file {_logged()}\n")
        sys.exit(1)


def _logged() -> str:
    """The file that holds the traceback of the exception at hand, addresses masked in it."""
    import tempfile
    import traceback

    from crm.personal import masked

    with tempfile.NamedTemporaryFile(
        "w", prefix="tagayasu-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write(masked(traceback.format_exc()))
    return file.name


if __name__ == "__main__":
    main()
