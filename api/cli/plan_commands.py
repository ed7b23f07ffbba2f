"""The commands `tagayasu plan ...`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsJson, AsOf, LanguageOption, User, day_of, language_of

if TYPE_CHECKING:
    from plans.model import State

app = typer.Typer(
    help="Account plans: draft, check, change, approve, follow up.", no_args_is_help=True
)

PlanId = Annotated[str, typer.Argument(help="A plan's id, or its first characters.")]
Comment = Annotated[str | None, typer.Option("--comment", help="What to say to the others.")]
AtVersion = Annotated[
    int | None, typer.Option("--version", help="The version that was read; else the newest.")
]


@app.command("draft")
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
        as_of=day_of(as_of),
        user=user,
        language=language_of(language),
        as_json=as_json,
    )


@app.command("list")
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

    show_all(context.obj, account, user=user, language=language_of(language), as_json=as_json)


@app.command("show")
def plan_show(
    context: typer.Context,
    plan: PlanId,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Print a plan."""
    from api.cli.plans import show

    show(context.obj, plan, user=user, language=language_of(language), as_json=as_json)


@app.command("check")
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
        as_of=day_of(as_of),
        user=user,
        language=language_of(language),
        as_json=as_json,
    )


@app.command("export")
def plan_export(
    context: typer.Context,
    plan: PlanId,
    to: Annotated[
        Path, typer.Option("--to", help="A .docx, .pptx, .xlsx, .html or .md; or a .yaml.")
    ],
    user: User = None,
    language: LanguageOption = None,
) -> None:
    """Write a plan into a file."""
    from api.cli.plans import export

    export(context.obj, plan, to, user=user, language=language_of(language))


@app.command("edit")
def plan_edit(
    context: typer.Context,
    plan: PlanId,
    file: Annotated[Path, typer.Argument(help="The plan as .yaml or .xlsx, edited.")],
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
        language=language_of(language),
    )


@app.command("import")
def plan_import(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="The plan as .docx, .xlsx, .pptx or .md, however it was written.")
    ],
    account: Annotated[str, typer.Option("--account", help="Name or id of the account.")],
    period: Annotated[
        str | None,
        typer.Option("--period", help="FY2027, 2027-04-01..2028-03-31; else as the file says."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Save without asking.")] = False,
    user: User = None,
    language: LanguageOption = None,
) -> None:
    """Take over a plan written elsewhere, and list what has no place; save it once confirmed."""
    from api.cli.plan_import import run

    run(
        context.obj,
        file,
        account,
        period=period,
        yes=yes,
        user=user,
        language=language_of(language),
    )


@app.command("diff")
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

    show_changes(context.obj, plan, before, after, user=user, language=language_of(language))


@app.command("history")
def plan_history(
    context: typer.Context, plan: PlanId, user: User = None, language: LanguageOption = None
) -> None:
    """List versions and decisions: who, when, why."""
    from api.cli.plans import history

    history(context.obj, plan, user=user, language=language_of(language))


@app.command("undo")
def plan_undo(
    context: typer.Context, plan: PlanId, user: User = None, language: LanguageOption = None
) -> None:
    """Take the last version back, as a new version."""
    from api.cli.plans import undo

    undo(context.obj, plan, user=user, language=language_of(language))


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

        move(context.obj, plan, state, comment, version, user=user, language=language_of(language))

    command.__doc__ = help_
    return command


app.command("submit")(_moving("in_review", "Hand a plan to the manager for approval."))
app.command("approve")(_moving("approved", "Approve a plan, as the version that was read."))
app.command("reject")(_moving("draft", "Send a plan back to its owner."))
app.command("start")(_moving("in_execution", "Begin to carry out an approved plan."))


@app.command("close")
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

    close(context.obj, plan, outcome, lessons, user=user, language=language_of(language))


@app.command("status")
def plan_status(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(help="A plan's id, or the name or id of its account.")],
    as_of: AsOf = None,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """Plan against actual: KPIs, goals, actions, stale facts, hypotheses, reviews."""
    from api.cli.plan_follow import status

    status(
        context.obj,
        plan,
        as_of=day_of(as_of),
        user=user,
        language=language_of(language),
        as_json=as_json,
    )


@app.command("portfolio")
def plan_portfolio(
    context: typer.Context,
    view: Annotated[
        str, typer.Option("--view", help="plans, uncovered (key accounts without one) or waiting.")
    ] = "plans",
    as_of: AsOf = None,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """All plans: how they go, their scores, what waits for approval, who has none."""
    from api.cli.plan_follow import portfolio

    portfolio(
        context.obj,
        view,
        as_of=day_of(as_of),
        user=user,
        language=language_of(language),
        as_json=as_json,
    )


@app.command("review")
def plan_review(
    context: typer.Context,
    plan: PlanId,
    summary: Annotated[str, typer.Option("--summary", help="What was seen.")],
    decisions: Annotated[str | None, typer.Option("--decisions", help="What was decided.")] = None,
    held_on: Annotated[
        str | None, typer.Option("--held-on", help="The day of the review; else today.")
    ] = None,
    user: User = None,
    language: LanguageOption = None,
) -> None:
    """Record a review, with the figures of its day."""
    from api.cli.plan_follow import review

    review(
        context.obj,
        plan,
        summary,
        decisions,
        held_on=day_of(held_on),
        user=user,
        language=language_of(language),
    )


@app.command("reminders")
def plan_reminders(
    context: typer.Context,
    as_of: AsOf = None,
    user: User = None,
    language: LanguageOption = None,
    as_json: AsJson = False,
) -> None:
    """List what is due: who is reminded of what, from which day."""
    from api.cli.plan_follow import reminders

    reminders(
        context.obj, as_of=day_of(as_of), user=user, language=language_of(language), as_json=as_json
    )


@app.command("index")
def plan_index(context: typer.Context) -> None:
    """Put approved plans into the library, where that had to wait."""
    from api.cli.plans import index

    index(context.obj)
