"""`demo`: the sample company from nothing to a briefing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.cli.asking import only_account
from api.cli.context import Context
from crm.errors import InputError

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "sample_company"
ACCOUNT = "北斗精密"


def run(context: Context, language: Any) -> None:
    """Import the sample company, add its documents, and print a briefing and the attention list."""
    from api.cli.importing import print_report
    from api.cli.library import add
    from api.render.terminal import render
    from crm.importer import import_folder
    from crm.scope import OPERATOR

    if not SAMPLE.is_dir():
        raise InputError(
            "The sample company is not here.", "Run the demo from a clone of the repository."
        )
    say = context.console.print
    report = import_folder(SAMPLE / "data", SAMPLE / "mapping.yaml", context.folder)
    print_report(context, report)
    add(context, SAMPLE / "knowledge")
    say("")
    desk = context.workspace.desk
    account = only_account(desk.tables(OPERATOR), ACCOUNT)
    say(render(desk.brief(OPERATOR, account, language)))
    say("")
    say(render(desk.page(OPERATOR, "needs_attention", {}, language)))
    say(f'\nNext: tagayasu --workspace {context.folder} ask "受注率を担当マネージャー別に教えて"')
