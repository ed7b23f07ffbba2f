"""`ask` and `brief`: the assistant's answer on a terminal or as JSON."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from api.cli.context import Context
from crm.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from assistant.answer import Answer
    from assistant.service import Assistant
    from crm.scope import ScopedTables


def run_ask(
    context: Context,
    text: str,
    *,
    thread: str | None,
    as_of: date | None,
    user: str | None,
    evidence: bool,
    as_json: bool,
) -> None:
    """Ask and show; on a terminal the steps are shown while the assistant works."""
    principal = context.principal(user)

    async def work(assistant: Assistant) -> Answer:
        answer: Answer | None = None
        with context.console.status("") if not as_json else _nothing() as status:
            async for event in assistant.ask(principal, thread, text, as_of=as_of):
                if event.type == "status" and status is not None:
                    status.update(event.text)
                elif event.type == "done":
                    answer = event.answer
        if answer is None:
            raise RuntimeError("the turn ended without an answer")
        return answer

    answer = context.with_assistant(work)
    show(context, answer, as_json=as_json)
    if evidence and not as_json:
        _show_evidence(context, answer)


def _show_evidence(context: Context, answer: Answer) -> None:
    from api.render.terminal import render_blocks
    from assistant.blocks import to_blocks
    from assistant.explain import explain_facts

    context.console.print()
    context.console.print(render_blocks(to_blocks(explain_facts(answer.facts, answer.language))))


def run_brief(
    context: Context,
    account: str,
    *,
    as_of: date | None,
    user: str | None,
    language: Any,
    as_json: bool,
) -> None:
    """The briefing on the account of that name or id; of several that fit none is guessed."""
    principal = context.principal(user)
    desk = context.workspace.desk
    account_id = only_account(desk.tables(principal), account)
    answer = desk.brief(principal, account_id, language, as_of)
    show(context, answer, as_json=as_json)


def only_account(tables: ScopedTables, text: str) -> str:
    """The id of the one account a text means.

    Raises NotFoundError when none fits and InputError that lists them when several do.
    """
    from tools.accounts import matches, named_accounts

    found = matches(named_accounts(tables), text)
    if not found:
        raise NotFoundError(
            f"There is no account `{text}` that you can see.",
            "Check the name; `tagayasu tool find_account text=...` shows what is close.",
        )
    exact = [match for match in found if match.score == 100]
    if len(exact) == 1:
        return exact[0].account_id
    if len(found) > 1:
        listed = "; ".join(f"{m.account_id} {m.name}" for m in found[:8])
        raise InputError(f"Several accounts fit `{text}`: {listed}.", "Name one by its id.")
    return found[0].account_id


def show(context: Context, answer: Answer, *, as_json: bool) -> None:
    """Print an answer, and how to open its sources and go on."""
    if as_json:
        from api.render.json import answer_json

        context.print_json(answer_json(answer))
        return
    from api.render.terminal import render

    context.console.print(render(answer))
    for citation in answer.citations if answer.thread else ():
        opens = open_command(citation.id)
        context.console.print(f"  [dim]\\[{citation.number}] {opens}[/dim]", highlight=False)
    if answer.thread:
        context.console.print(f"\n[dim]--thread {answer.thread}[/dim]")


def open_command(passage: str) -> str:
    """The command that opens a passage."""
    return f"tagayasu knowledge open {passage[:8]}"


def _nothing() -> Any:
    from contextlib import nullcontext

    return nullcontext()
