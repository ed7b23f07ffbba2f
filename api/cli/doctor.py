"""`doctor`: what works, what is missing, and how to mend it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from api.cli.context import Context
from crm.errors import TagayasuError
from tools.format import how_many


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, missing but not needed, or broken."""

    mark: str
    what: str
    detail: str


def run(context: Context) -> None:
    """Print the findings; exit code 2 when something is broken."""
    import typer
    from rich.text import Text

    findings = list(_findings(context))
    for finding in findings:
        context.console.print(Text(f"{finding.mark:7} {finding.what}: {finding.detail}"))
    if any(f.mark == "broken" for f in findings):
        raise typer.Exit(2)


def _findings(context: Context) -> Iterator[Finding]:
    checks: list[tuple[str, Callable[[Context], str]]] = [
        ("settings", _settings),
        ("data", _data),
        ("people", _people),
        ("database", _database),
        ("documents", _documents),
        ("model", _model),
    ]
    for what, check in checks:
        try:
            yield Finding("ok", what, check(context))
        except TagayasuError as error:
            yield Finding("broken", what, str(error))
            if what == "settings":
                return
    yield _slack()


def _settings(context: Context) -> str:
    company = context.workspace.settings.company
    return f"{company.name or context.folder} ({company.currency}, {company.language})"


def _data(context: Context) -> str:
    snapshot = context.workspace.warehouse.open()
    return f"snapshot {snapshot.id} with {', '.join(sorted(snapshot.filled))}"


def _people(context: Context) -> str:
    directory = context.workspace.directories.of(context.workspace.warehouse.open())
    people = directory.people
    with_mail = sum(1 for person in people if person.email)
    if not people:
        return "none: only the operator of this folder can ask"
    faults = "".join(f"; attention: {fault}" for fault in directory.faults())
    return f"{len(people)}; with an e-mail address, for HTTP and Slack: {with_mail}" + faults


def _database(context: Context) -> str:
    from crm.database import described

    context.workspace.database.connect().close()
    return f"{described(context.workspace.place('state.db'))} answers"


def _documents(context: Context) -> str:
    documents, chunks = context.workspace.library.counts()
    if not documents:
        return "none; add some with `tagayasu knowledge add PATH`"
    return f"{how_many(documents, 'document')} in {how_many(chunks, 'passage')}"


def _model(context: Context) -> str:
    from assistant.models import BUILTIN, chosen_model, provider_model

    name = chosen_model()
    if name != BUILTIN:
        provider_model(name, context.workspace.settings.models)
        return f"{name} (its key is set; whether it answers shows in the first question)"
    return "builtin; set TAGAYASU_MODEL (e.g. openai:gpt-5.1) to use a provider"


def _slack() -> Finding:
    names = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        return Finding("not set", "Slack", f"{', '.join(missing)}; see docs/slack.md")
    return Finding("ok", "Slack", "tokens are set")
