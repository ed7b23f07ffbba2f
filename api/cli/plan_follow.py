"""`plan status`, `portfolio`, `review` and `reminders`."""

from __future__ import annotations

from datetime import date
from typing import Any

from api.cli.asking import only_account, show
from api.cli.context import Context
from crm.errors import NotFoundError
from crm.settings import Language

_WORDS: dict[str, dict[Language, str]] = {
    "reviewed": {
        "ja": "レビューを記録しました（第{version}版、{state}）。",
        "en": "The review is on record (version {version}, {state}).",
    },
    "nothing": {"ja": "知らせることはありません。", "en": "Nothing is due."},
}


def status(
    context: Context,
    plan: str,
    *,
    as_of: date | None,
    user: str | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """How a plan goes, by its id or its account. Raises NotFoundError when neither is there."""
    workspace, who = context.workspace, context.principal(user)
    try:
        stored = workspace.planner.get(who, plan)
        given = {"account_id": stored.account_id, "plan_id": stored.plan_id}
    except NotFoundError:
        given = {"account_id": only_account(workspace.desk.tables(who), plan)}
    _answer(context, user, "plan_status", given, as_of, language, as_json)


def portfolio(
    context: Context,
    view: str,
    *,
    as_of: date | None,
    user: str | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """The plans that can be seen, as one page."""
    _answer(context, user, "plan_portfolio", {"view": view}, as_of, language, as_json)


def _answer(
    context: Context,
    user: str | None,
    tool: str,
    given: dict[str, Any],
    as_of: date | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """A tool's page, or its result as JSON."""
    desk, who = context.workspace.desk, context.principal(user)
    if as_json:
        from api.render.json import result_json

        context.print_json(result_json(desk.run_tool(who, tool, given, as_of)))
        return
    show(context, desk.page(who, tool, given, language, as_of), as_json=False)


def review(
    context: Context,
    plan_id: str,
    summary: str,
    decisions: str | None,
    *,
    held_on: date | None,
    user: str | None,
    language: Language | None,
) -> None:
    """Record a review."""
    from plans.wording import code_word

    who = context.principal(user)
    saved = context.workspace.planner.review(who, plan_id, summary, decisions, held_on)
    spoken = language or saved.head.language
    state = code_word("state", saved.state, spoken)
    _print(context, _WORDS["reviewed"][spoken].format(version=saved.version, state=state))


def reminders(
    context: Context,
    *,
    as_of: date | None,
    user: str | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """What is due by the day: from when, who is told, and the words."""
    from crm.scope import today

    workspace = context.workspace
    day = as_of or today(workspace.settings)
    found = workspace.planner.reminders(context.principal(user), day, language)
    if as_json:
        context.print_json(
            [
                {
                    "id": one.reminder.id, "plan_id": one.reminder.plan_id,
                    "kind": one.reminder.kind, "due": one.reminder.due.isoformat(),
                    "person_id": one.reminder.person_id, "person": one.person, "text": one.text,
                }
                for one in found
            ]
        )  # fmt: skip
        return
    if not found:
        _print(context, _WORDS["nothing"][language or workspace.settings.company.language])
    for one in found:
        _print(context, f"{one.reminder.due:%Y-%m-%d} {one.person}: {one.text}")


def _print(context: Context, text: str) -> None:
    from rich.text import Text

    context.console.print(Text(text))
