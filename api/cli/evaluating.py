"""`eval`: conversation cases against the model in use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.context import Context
from api.cli.demo import SAMPLE
from crm.settings import Language

if TYPE_CHECKING:
    from assistant.evaluation import Report
    from assistant.service import Assistant

CASES = SAMPLE / "conversations"
LANGUAGES: tuple[Language, ...] = ("ja", "en")


def run(context: Context, path: Path | None, as_of: date | None, *, as_json: bool) -> bool:
    """Run the cases, print what failed and the shares; whether every turn was as expected."""
    from rich.text import Text

    from assistant.evaluation import TurnResult, evaluate, load_cases
    from assistant.plan_evaluation import evaluate_plans
    from crm.scope import today

    cases = load_cases(path or CASES)
    about_plans = [case for case in cases if case.plan is not None]
    day = as_of or today(context.workspace.settings)

    async def turns(assistant: Assistant) -> AsyncIterator[TurnResult]:
        async for turn in evaluate(assistant, cases, day):
            yield turn
        if about_plans:
            async for turn in evaluate_plans(context.workspace, about_plans, day):
                yield turn

    async def work(assistant: Assistant) -> Report:
        from assistant.evaluation import Report

        report = Report()
        with context.console.status("") as status:
            async for turn in turns(assistant):
                report.turns.append(turn)
                status.update(f"{turn.case} ({turn.turn})")
                if turn.faults and not as_json:
                    context.console.print(
                        Text(f"{turn.case} ({turn.turn}) {turn.said}: {'; '.join(turn.faults)}")
                    )
        return report

    report = context.with_assistant(work)
    if as_json:
        from dataclasses import asdict

        context.print_json([asdict(turn) for turn in report.turns])
    else:
        _print(context, report)
    return not any(turn.faults for turn in report.turns)


def _print(context: Context, report: Report) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("language", "turns", "tool", "tool and arguments", "everything", "wrong account",
                 "cut or fell back", "seconds (median)", "tokens"):  # fmt: skip
        table.add_column(name, justify="left" if name == "language" else "right")
    for language in LANGUAGES:
        part = report.of(language)
        if part.turns:
            tokens = [t.tokens for t in part.turns if t.tokens is not None]
            table.add_row(
                language,
                str(len(part.turns)),
                *(f"{part.share(what) or 0:.1%}" for what in ("tools", "calls", "all")),
                str(sum(t.wrong_account for t in part.turns)),
                str(sum(t.cut for t in part.turns)),
                f"{part.median_seconds:.2f}",
                str(sum(tokens)) if tokens else "-",
            )
    context.console.print(table)
    plans = {language: report.of(language).share("plans") for language in LANGUAGES}
    shares = [f"{language} {share:.1%}" for language, share in plans.items() if share is not None]
    if shares:
        context.console.print(f"plans as expected: {', '.join(shares)}")
