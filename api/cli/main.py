"""The command line parses, calls one of the house's functions and prints; refusals exit with 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import Context
from crm.errors import InputError, TagayasuError

if TYPE_CHECKING:
    from crm.settings import Language
    from plans.model import State

app = typer.Typer(
    name="tagayasu",
    help="Account planning for B2B sales teams, in Japanese and English. "
    "営業のアカウントプランニング。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
knowledge_app = typer.Typer(
    help="Playbooks and past plans: add them, search them.", no_args_is_help=True
)
plan_app = typer.Typer(
    help="Account plans: draft, check, change, approve, follow up.", no_args_is_help=True
)
key_app = typer.Typer(help="API keys for the HTTP door.", no_args_is_help=True)
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(plan_app, name="plan")
app.add_typer(key_app, name="key")

AsOf = Annotated[
    str | None, typer.Option("--as-of", help="The day the answer speaks of, e.g. 2026-09-30.")
]
User = Annotated[
    str | None, typer.Option("--user", help="Answer as this person (e-mail) may see it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help="ja or en; else as asked, or as in the settings.")
]


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

    run(context.obj, _language(language))


@app.command("import")
def import_(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder that holds the export.")],
    mapping: Annotated[Path, typer.Option("--mapping", "-m", help="Mapping file (YAML).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but write nothing.")
    ] = False,
) -> None:
    """Import a CRM export; print what was read, accepted and rejected."""
    from api.cli.importing import run

    run(context.obj, path, mapping, dry_run=dry_run)


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
        as_of=_day(as_of),
        user=user,
        language=_language(language),
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
        as_of=_day(as_of),
        user=user,
        language=_language(language),
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
        as_of=_day(as_of),
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
        as_of=_day(as_of),
        user=user,
        language=_language(language),
        as_json=as_json,
    )


@knowledge_app.command("add")
def knowledge_add(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file, a folder or a zip archive.")],
) -> None:
    """Add documents; only what is new or changed is embedded."""
    from api.cli.library import add

    add(context.obj, path)


@knowledge_app.command("list")
def knowledge_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the documents and whom they are for."""
    from api.cli.library import show_documents

    show_documents(context.obj, as_json=as_json)


@knowledge_app.command("remove")
def knowledge_remove(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="A document's id or path, or a folder's path.")],
) -> None:
    """Remove documents; nobody is shown a passage of them from then on."""
    from api.cli.library import remove

    remove(context.obj, document)


@knowledge_app.command("rebuild")
def knowledge_rebuild(context: typer.Context) -> None:
    """Make the vector index anew, after damage or other embeddings."""
    from api.cli.library import rebuild

    rebuild(context.obj)


@knowledge_app.command("stats")
def knowledge_stats(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what the library holds, and whether the index agrees."""
    from api.cli.library import stats

    stats(context.obj, as_json=as_json)


@knowledge_app.command("search")
def knowledge_search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to look for.")],
    count: Annotated[
        int | None, typer.Option("-k", help="Passages at the most.", min=1, max=20)
    ] = None,
    like: Annotated[
        str | None, typer.Option("--like", help="Documents about accounts like this come earlier.")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Only documents about this account.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only playbook, past_plan, note ...")
    ] = None,
    industry: Annotated[str | None, typer.Option("--industry", help="Only this industry.")] = None,
    stage: Annotated[str | None, typer.Option("--stage", help="Only this stage.")] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only from this day on.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only up to this day.")] = None,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Search the documents, in either language."""
    from api.cli.library import search

    asked = {
        "question": text,
        "limit": count,
        "kind": kind,
        "industry": industry,
        "stage": stage,
        "since": since,
        "until": until,
    }
    accounts = {"like_account": like, "account_id": account}
    search(context.obj, asked, accounts, user=user, language=_language(language), as_json=as_json)


@knowledge_app.command("open")
def knowledge_open(
    context: typer.Context,
    passage: Annotated[str, typer.Argument(help="A passage's id, or its first characters.")],
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Open a passage with the text around it."""
    from api.cli.library import open_passage

    open_passage(context.obj, passage, user=user, language=_language(language), as_json=as_json)


PlanId = Annotated[str, typer.Argument(help="A plan's id, or its first characters.")]
Comment = Annotated[str | None, typer.Option("--comment", help="What to say to the others.")]
AtVersion = Annotated[
    int | None, typer.Option("--version", help="The version that was read; else the newest.")
]


@plan_app.command("draft")
def plan_draft(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="Name or id of the account.")],
    period: Annotated[
        str | None, typer.Option("--period", help="FY2027, FY2027H1, 2027-04-01..2028-03-31.")
    ] = None,
    as_of: AsOf = None,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Draw up a first plan from the data, and say what only people know."""
    from api.cli.plans import draft

    draft(
        context.obj,
        account,
        period=period,
        as_of=_day(as_of),
        user=user,
        language=_language(language),
        as_json=as_json,
    )


@plan_app.command("list")
def plan_list(
    context: typer.Context,
    account: Annotated[
        str | None, typer.Option("--account", help="Only plans for this account.")
    ] = None,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """List the plans, with their state, version and score."""
    from api.cli.plans import show_all

    show_all(context.obj, account, user=user, language=_language(language), as_json=as_json)


@plan_app.command("show")
def plan_show(
    context: typer.Context,
    plan: PlanId,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Print a plan."""
    from api.cli.plans import show

    show(context.obj, plan, user=user, language=_language(language), as_json=as_json)


@plan_app.command("check")
def plan_check(
    context: typer.Context,
    plan: PlanId,
    as_of: AsOf = None,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Score a plan; list its gaps, the most valuable first, each with the question to ask."""
    from api.cli.plans import check

    check(
        context.obj,
        plan,
        as_of=_day(as_of),
        user=user,
        language=_language(language),
        as_json=as_json,
    )


@plan_app.command("export")
def plan_export(
    context: typer.Context,
    plan: PlanId,
    to: Annotated[Path, typer.Option("--to", help="A .md to hand on, or a .yaml to edit.")],
    user: User = None,
    language: LanguageOption = None,
) -> None:
    """Write a plan into a file."""
    from api.cli.plans import export

    export(context.obj, plan, to, user=user, language=_language(language))


@plan_app.command("edit")
def plan_edit(
    context: typer.Context,
    plan: PlanId,
    file: Annotated[Path, typer.Argument(help="The plan as YAML, exported and edited.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is changed.")] = "edited by hand",
    base: Annotated[
        int | None, typer.Option("--base", help="The version that was exported; else the newest.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Save without asking.")] = False,
    user: User = None,
    language: LanguageOption = None,
) -> None:
    """Show what an edited plan changes, and save it once confirmed."""
    from api.cli.plans import edit

    edit(
        context.obj,
        plan,
        file,
        reason=reason,
        base=base,
        yes=yes,
        user=user,
        language=_language(language),
    )


@plan_app.command("diff")
def plan_diff(
    context: typer.Context,
    plan: PlanId,
    before: Annotated[int | None, typer.Option("--from", help="The earlier version.")] = None,
    after: Annotated[int | None, typer.Option("--to", help="The later version.")] = None,
    user: User = None,
    language: LanguageOption = None,
) -> None:
    """Say what changed between two versions; without numbers, what the last one changed."""
    from api.cli.plans import show_changes

    show_changes(context.obj, plan, before, after, user=user, language=_language(language))


@plan_app.command("history")
def plan_history(
    context: typer.Context, plan: PlanId, user: User = None, language: LanguageOption = None
) -> None:
    """List versions and decisions: who, when, why."""
    from api.cli.plans import history

    history(context.obj, plan, user=user, language=_language(language))


@plan_app.command("undo")
def plan_undo(
    context: typer.Context, plan: PlanId, user: User = None, language: LanguageOption = None
) -> None:
    """Take the last version back, as a new version."""
    from api.cli.plans import undo

    undo(context.obj, plan, user=user, language=_language(language))


def _moving(state: State, help_: str) -> Callable[..., None]:
    """A command that moves a plan into a state."""

    def command(
        context: typer.Context,
        plan: PlanId,
        comment: Comment = None,
        version: AtVersion = None,
        user: User = None,
        language: LanguageOption = None,
    ) -> None:
        from api.cli.plans import move

        move(context.obj, plan, state, comment, version, user=user, language=_language(language))

    command.__doc__ = help_
    return command


plan_app.command("submit")(_moving("in_review", "Hand a plan to the manager for approval."))
plan_app.command("approve")(_moving("approved", "Approve a plan, as the version that was read."))
plan_app.command("reject")(_moving("draft", "Send a plan back to its owner."))
plan_app.command("start")(_moving("in_execution", "Begin to carry out an approved plan."))


@plan_app.command("close")
def plan_close(
    context: typer.Context,
    plan: PlanId,
    outcome: Annotated[str, typer.Option("--outcome", help="achieved, partly or missed.")],
    lessons: Annotated[str, typer.Option("--lessons", help="What was learned.")],
    user: User = None,
    language: LanguageOption = None,
) -> None:
    """Close a plan with its outcome and lessons; it is found as a past plan from then on."""
    from api.cli.plans import close

    close(context.obj, plan, outcome, lessons, user=user, language=_language(language))


@plan_app.command("index")
def plan_index(context: typer.Context) -> None:
    """Put approved plans into the library, where that had to wait."""
    from api.cli.plans import index

    index(context.obj)


@key_app.command("add")
def key_add(
    context: typer.Context,
    email: Annotated[str, typer.Argument(help="Whom the key stands for (in `people`).")],
) -> None:
    """Make an API key for a person; it is shown once."""
    from api.cli.serving import add_key

    add_key(context.obj, email)


@key_app.command("revoke")
def key_revoke(
    context: typer.Context, key: Annotated[str, typer.Argument(help="The key to revoke.")]
) -> None:
    """Revoke an API key."""
    from api.cli.serving import revoke_key

    revoke_key(context.obj, key)


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

    if not run(context.obj, path, _day(as_of), as_json=as_json):
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
def doctor(context: typer.Context) -> None:
    """Say what works, what is missing, and how to mend it."""
    from api.cli.doctor import run

    run(context.obj)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"`{text}` is not a day.", "Write it as 2026-09-30.") from None


def _language(text: str | None) -> Language | None:
    known: dict[str, Language] = {"ja": "ja", "en": "en"}
    if text is not None and text not in known:
        raise InputError(f"`{text}` is not a language.", "Use ja or en.")
    return known[text] if text is not None else None


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
    """The file that holds the traceback of the exception at hand."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="tagayasu-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exc(file=file)
    return file.name


if __name__ == "__main__":
    main()
