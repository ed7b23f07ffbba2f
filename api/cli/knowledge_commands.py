"""The commands `tagayasu knowledge ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import AsJson, LanguageOption, User, language_of

app = typer.Typer(help="Playbooks and past plans: add them, search them.", no_args_is_help=True)


@app.command("add")
def knowledge_add(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file, a folder or a zip archive.")],
) -> None:
    """Add documents; only what is new or changed is embedded."""
    from api.cli.library import add

    add(context.obj, path)


@app.command("list")
def knowledge_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the documents and whom they are for."""
    from api.cli.library import show_documents

    show_documents(context.obj, as_json=as_json)


@app.command("remove")
def knowledge_remove(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="A document's id or path, or a folder's path.")],
) -> None:
    """Remove documents; nobody is shown a passage of them from then on."""
    from api.cli.library import remove

    remove(context.obj, document)


@app.command("rebuild")
def knowledge_rebuild(context: typer.Context) -> None:
    """Make the vector index anew, after damage or other embeddings."""
    from api.cli.library import rebuild

    rebuild(context.obj)


@app.command("stats")
def knowledge_stats(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what the library holds, and whether the index agrees."""
    from api.cli.library import stats

    stats(context.obj, as_json=as_json)


@app.command("search")
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
    search(context.obj, asked, accounts, user=user, language=language_of(language), as_json=as_json)


@app.command("open")
def knowledge_open(
    context: typer.Context,
    passage: Annotated[str, typer.Argument(help="A passage's id, or its first characters.")],
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Open a passage with the text around it."""
    from api.cli.library import open_passage

    open_passage(context.obj, passage, user=user, language=language_of(language), as_json=as_json)
