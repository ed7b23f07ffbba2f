"""`plan import`: what of a document found its place in a plan, and all that did not."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.asking import only_account
from api.cli.context import Context
from crm.settings import Language

if TYPE_CHECKING:
    from assistant.planning.importing.reading import Imported

_WORDS: dict[str, dict[Language, str]] = {
    "placed": {"ja": "「{title}」に取り込む内容:", "en": "Taken into “{title}”:"},
    "head": {"ja": "題名・期間・目的など", "en": "Title, period, purpose"},
    "count": {"ja": "- {what}: {count}件", "en": "- {what}: {count}"},
    "nothing": {"ja": "- なし", "en": "- nothing"},
    "unplaced": {
        "ja": "取り込めない内容（{count}件）:",
        "en": "Not taken over ({count}):",
    },
    "all": {"ja": "すべて取り込めます。", "en": "Nothing is left over."},
    "score": {
        "ja": "完成度は{score}点（100点満点）、不足は{gaps}件です。",
        "en": "Score {score} of 100, gaps: {gaps}.",
    },
    "confirm": {"ja": "新しい下書きとして保存しますか", "en": "Save this as a new draft"},
    "left": {"ja": "保存していません。", "en": "Nothing was saved."},
    "saved": {
        "ja": "保存しました（{id}）。すべての不足: tagayasu plan check {id}",
        "en": "Saved ({id}). All gaps: tagayasu plan check {id}",
    },
}


def run(
    context: Context,
    file: Path,
    account: str,
    *,
    period: str | None,
    yes: bool,
    user: str | None,
    language: Language | None,
) -> None:
    """Read a plan, say what was placed and what was not, and save it when that is confirmed."""
    import typer

    from assistant.planning.importing.reading import Asked, read_plan
    from crm.scope import today
    from plans.checks import check

    workspace, who = context.workspace, context.principal(user)
    settings, planner = workspace.settings, workspace.planner
    account_id = only_account(workspace.desk.tables(who), account)
    head = planner.head(who, account_id, period, language)
    found = read_plan(file, Asked(head, period is not None, settings.company.fiscal_year_start))
    spoken = language or settings.company.language
    _print_found(context, found, spoken)
    checked = check(found.plan, today(settings))
    _say(context, "score", spoken, score=checked.score, gaps=len(checked.gaps))
    if not yes and not typer.confirm(_WORDS["confirm"][spoken]):
        _say(context, "left", spoken)
        return
    saved = planner.keep(who, found.plan, f"imported from {file.name}")
    _say(context, "saved", spoken, id=saved.plan_id)


def _print_found(context: Context, found: Imported, language: Language) -> None:
    _say(context, "placed", language, title=found.plan.head.title)
    for kind, count in found.placed.items():
        _say(context, "count", language, what=_named(kind, language), count=count)
    if not found.placed:
        _say(context, "nothing", language)
    if not found.unplaced:
        _say(context, "all", language)
        return
    _say(context, "unplaced", language, count=len(found.unplaced))
    for reason, left in groupby(found.unplaced, key=lambda one: one.why.in_(language)):
        for one in left:
            _print(context, f"- [{one.place}] {' '.join(one.text.split())}".rstrip())
        _print(context, f"  → {reason}")


def _named(kind: str, language: Language) -> str:
    """What a section, a collection or the head is called."""
    from plans.model import SECTIONS
    from plans.wording import code_word, collection_word

    if kind == "head":
        return _WORDS["head"][language]
    if kind in SECTIONS:
        return code_word("section", kind, language)
    return collection_word(kind, language)


def _say(context: Context, name: str, language: Language, **values: object) -> None:
    _print(context, _WORDS[name][language].format(**values))


def _print(context: Context, text: str) -> None:
    from rich.text import Text

    context.console.print(Text(text), soft_wrap=True)
