"""`plan draft`, `list`, `show`, `check`, `export`, `edit`, `diff`, `history`, and its moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.asking import only_account
from api.cli.context import Context
from crm.errors import InputError
from crm.settings import Language

if TYPE_CHECKING:
    from assistant.planning.desk import Planner
    from crm.scope import Principal
    from plans.checks import Checked
    from plans.model import Plan, State
    from plans.stored import Stored

_QUESTIONS = 3
"""Questions asked at once."""
_WORDS: dict[str, dict[Language, str]] = {
    "drawn": {
        "ja": "アカウントプランを作成しました（{id}、{state}、完成度{score}点）。",
        "en": "The plan is drawn up ({id}, {state}, score {score}).",
    },
    "ask": {
        "ja": "データでは分からない、次の点を教えてください。",
        "en": "The data do not know this; please say:",
    },
    "next": {
        "ja": "次へ: tagayasu plan show {id}　すべての不足: tagayasu plan check {id}",
        "en": "Next: tagayasu plan show {id}. All gaps: tagayasu plan check {id}",
    },
    "score": {
        "ja": "完成度は{score}点（100点満点）、不足は{gaps}件です。",
        "en": "Score {score} of 100, gaps: {gaps}.",
    },
    "saved": {
        "ja": "保存しました（第{version}版、{state}）。",
        "en": "Saved (version {version}, {state}).",
    },
    "moved": {
        "ja": "「{title}」は{state}になりました。",
        "en": "“{title}” is now {state}.",
    },
    "same": {"ja": "変更はありません。", "en": "Nothing changes."},
    "confirm": {"ja": "この変更を保存しますか", "en": "Save these changes"},
    "left": {"ja": "保存していません。", "en": "Nothing was saved."},
    "left_out": {
        "ja": "閲覧用のセルの変更は取り込みません: {places}",
        "en": "Changes in cells for reading are left out: {places}.",
    },
    "none": {"ja": "プランはありません。", "en": "No plans yet; draw one up with `plan draft`."},
    "indexed": {
        "ja": "{count}件を資料に登録しました。",
        "en": "Plans put into the library: {count}.",
    },
}


def draft(
    context: Context,
    account: str,
    *,
    period: str | None,
    as_of: date | None,
    user: str | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """Draw up a plan; print its score and the first questions."""
    workspace, who = context.workspace, context.principal(user)
    account_id = only_account(workspace.desk.tables(who), account)
    stored = workspace.planner.draft(who, account_id, period=period, language=language, as_of=as_of)
    checked = workspace.planner.checked(stored, as_of)
    if as_json:
        context.print_json(_json(stored, checked))
        return
    spoken = language or stored.head.language
    words = {"id": stored.plan_id, "state": _state(stored, spoken), "score": checked.score}
    _say(context, "drawn", spoken, **words)
    if checked.gaps:
        _say(context, "ask", spoken)
        for number, gap in enumerate(checked.gaps[:_QUESTIONS], 1):
            _print(context, f"{number}. {gap.question.in_(spoken)}")
    _say(context, "next", spoken, id=stored.plan_id)


def show_all(
    context: Context,
    account: str | None,
    *,
    user: str | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """Every plan that the asker may see."""
    from rich.table import Table
    from rich.text import Text

    workspace, who = context.workspace, context.principal(user)
    account_id = only_account(workspace.desk.tables(who), account) if account else None
    spoken = language or workspace.settings.company.language
    found = [workspace.planner.get(who, p.plan_id) for p in workspace.planner.all(who, account_id)]
    checked = [workspace.planner.checked(stored) for stored in found]
    if as_json:
        context.print_json([_json(s, c) for s, c in zip(found, checked, strict=True)])
        return
    if not found:
        _say(context, "none", spoken)
        return
    table = Table(box=None, pad_edge=False)
    names = {
        "ja": ("ID", "プラン", "主担当", "状態", "版", "完成度"),
        "en": ("id", "plan", "owner", "state", "version", "score"),
    }
    for name in names[spoken]:
        table.add_column(name, overflow="fold", no_wrap=name in ("id", "ID"))
    for stored, scored in zip(found, checked, strict=True):
        cells = (
            stored.plan_id, stored.head.title, stored.head.owner or "-", _state(stored, spoken),
            str(stored.version), str(scored.score),
        )  # fmt: skip
        table.add_row(*(Text(cell) for cell in cells))
    context.console.print(table)


def show(
    context: Context, plan_id: str, *, user: str | None, language: Language | None, as_json: bool
) -> None:
    """One plan, as the document that it is."""
    from rich.markdown import Markdown

    planner = context.workspace.planner
    stored = planner.get(context.principal(user), plan_id)
    if as_json:
        context.print_json(_json(stored, planner.checked(stored)))
        return
    context.console.print(Markdown(planner.shown(stored, language)))


def check(
    context: Context,
    plan_id: str,
    *,
    as_of: date | None,
    user: str | None,
    language: Language | None,
    as_json: bool,
) -> None:
    """The score and every gap."""
    planner = context.workspace.planner
    stored = planner.get(context.principal(user), plan_id)
    checked = planner.checked(stored, as_of)
    if as_json:
        from api.render.plan_json import checked_json

        context.print_json(checked_json(checked))
        return
    spoken = language or stored.head.language
    _say(context, "score", spoken, score=checked.score, gaps=len(checked.gaps))
    for gap in checked.gaps:
        _print(context, f"- {gap.text.in_(spoken)}")
        _print(context, f"  → {gap.question.in_(spoken)}")


def export(
    context: Context, plan_id: str, to: Path, *, user: str | None, language: Language | None
) -> None:
    """Write a plan as text or as a document. Raises InputError for another ending."""
    from api.render.documents import put, require_known
    from api.render.documents.plan import content

    require_known(to)
    planner, who = context.workspace.planner, context.principal(user)
    stored = planner.get(who, plan_id)
    put(to, content(planner, who, stored, to.suffix, language))
    _print(context, str(to))


def edit(
    context: Context,
    plan_id: str,
    file: Path,
    *,
    reason: str,
    base: int | None,
    yes: bool,
    user: str | None,
    language: Language | None,
) -> None:
    """Show what a file changes in a plan, and save it when that is confirmed."""
    import typer

    from assistant.planning.desk import from_yaml
    from plans.changes import diff

    if not file.is_file():
        raise InputError(f"There is no file {file}.", "Export the plan as .yaml or .xlsx first.")
    planner, who = context.workspace.planner, context.principal(user)
    stored = planner.get(who, plan_id)
    spoken = language or stored.head.language
    if file.suffix.lower() == ".xlsx":
        edited, base = _from_workbook(context, planner, who, stored, file, spoken)
    else:
        edited = from_yaml(file.read_text(encoding="utf-8"), str(file))
    before = planner.version(stored, base).plan if base else stored.plan
    changes = diff(before, edited)
    if not changes:
        _say(context, "same", spoken)
        return
    _print_changes(context, before, edited, changes, spoken)
    if not yes and not typer.confirm(_WORDS["confirm"][spoken]):
        _say(context, "left", spoken)
        return
    saved = planner.save(who, stored, edited, reason, base=base)
    _say(context, "saved", spoken, version=saved.version, state=_state(saved, spoken))


def _from_workbook(
    context: Context,
    planner: Planner,
    who: Principal,
    stored: Stored,
    file: Path,
    language: Language,
) -> tuple[Plan, int]:
    """The plan of an edited workbook, and the version that it was exported from."""
    from api.render.documents.from_xlsx import from_xlsx
    from crm.scope import today

    day = today(context.workspace.settings)
    found = from_xlsx(
        file.read_bytes(),
        str(file),
        stored.plan_id,
        lambda number: planner.version(stored, number),
        by=who.name,
        on=day,
    )
    if found.left_out:
        _say(context, "left_out", language, places=", ".join(found.left_out))
    return found.plan, found.base.version


def show_changes(
    context: Context,
    plan_id: str,
    before: int | None,
    after: int | None,
    *,
    user: str | None,
    language: Language | None,
) -> None:
    """What lies between two versions, a line for each change."""
    old, new, changes = context.workspace.planner.changes(
        context.principal(user), plan_id, before, after
    )
    spoken = language or new.head.language
    if not changes:
        _say(context, "same", spoken)
    _print_changes(context, old, new, changes, spoken)


def history(context: Context, plan_id: str, *, user: str | None, language: Language | None) -> None:
    """Every version and every decision, in the order in which they came."""
    from plans.wording import code_word, reason_told

    planner = context.workspace.planner
    stored = planner.get(context.principal(user), plan_id)
    spoken = language or stored.head.language
    versions, events = planner.history(stored)
    lines = [
        (v.said_at, f"v{v.version} {v.person}: {reason_told(v.reason, spoken)}") for v in versions
    ]
    for event in events:
        states = [code_word("state", s, spoken) for s in (event.from_state, event.to_state)]
        said = f": {event.comment}" if event.comment else ""
        lines.append((event.said_at, f"{event.person} {' → '.join(states)}{said}"))
    for moment, line in sorted(lines, key=lambda one: one[0]):
        _print(context, f"{moment:%Y-%m-%d %H:%M} {line}")


def undo(context: Context, plan_id: str, *, user: str | None, language: Language | None) -> None:
    """Take the last version back, and say what that changed."""
    planner, who = context.workspace.planner, context.principal(user)
    undone = planner.undo(who, plan_id)
    spoken = language or undone.head.language
    old, new, changes = planner.changes(who, undone.plan_id, None, None)
    _print_changes(context, old, new, changes, spoken)
    _say(context, "saved", spoken, version=undone.version, state=_state(undone, spoken))


def move(
    context: Context,
    plan_id: str,
    state: State,
    comment: str | None,
    version: int | None,
    *,
    user: str | None,
    language: Language | None,
) -> None:
    """Move a plan into a state."""
    moved = context.workspace.planner.move(
        context.principal(user), plan_id, state, comment, version
    )
    spoken = language or moved.head.language
    _say(context, "moved", spoken, title=moved.head.title, state=_state(moved, spoken))


def close(
    context: Context,
    plan_id: str,
    outcome: str,
    lessons: str,
    *,
    user: str | None,
    language: Language | None,
) -> None:
    """Close a plan with what came of it."""
    closed = context.workspace.planner.close(context.principal(user), plan_id, outcome, lessons)
    spoken = language or closed.head.language
    _say(context, "moved", spoken, title=closed.head.title, state=_state(closed, spoken))


def index(context: Context) -> None:
    """Put approved plans into the library."""
    count = context.workspace.planner.index(context.principal(None))
    _say(context, "indexed", context.workspace.settings.company.language, count=count)


def _print_changes(
    context: Context, before: Plan, after: Plan, changes: Sequence[Any], language: Language
) -> None:
    from plans.wording import described

    for change in changes:
        _print(context, f"- {described(change, before, after, language)}")


def _state(stored: Stored, language: Language) -> str:
    from plans.wording import code_word

    return code_word("state", stored.state, language)


def _say(context: Context, name: str, language: Language, **values: object) -> None:
    _print(context, _WORDS[name][language].format(**values))


def _print(context: Context, text: str) -> None:
    from rich.text import Text

    context.console.print(Text(text))


def _json(stored: Stored, checked: Checked) -> dict[str, Any]:
    from api.render.plan_json import checked_json, plan_json

    return {**checked_json(checked), **plan_json(stored), "hash": stored.hash}
