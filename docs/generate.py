"""Docs that follow from the code are made from it; `--check` fails when they are not up to date."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel
from rich.console import Console

from api.render.terminal import render
from assistant.answer import Answer
from assistant.bootstrap import Workspace, full_catalog
from crm.schema import Column, tables
from crm.scope import OPERATOR
from crm.settings import Language, Settings
from tools.catalog import Catalog
from tools.facts import metrics
from tools.tool import Tool

DOCS = Path(__file__).parent
ROOT = DOCS.parent
READMES: dict[str, Language] = {"README.md": "en", "README.ja.md": "ja"}
MADE = "<!-- Made by docs/generate.py from the code; edit the code instead. -->\n"


COMMANDS_JA = {
    "demo": "サンプル企業のワークスペースを作り、ブリーフィングと注意が必要な取引先を表示します。",
    "map": "初めて見るデータから、取り込みのための対応表を提案します。",
    "import": "CRMから出力したデータを取り込み、読み取り・採用・除外した件数を表示します。",
    "tools": "ツールと引数の一覧を表示します。",
    "tool": "ツールを一つ実行し、結果の数値を表示します。",
    "chart": "ツールを一つ実行し、グラフを画像またはVega-Liteで書き出します。",
    "ask": "アシスタントに質問します。",
    "brief": "取引先のブリーフィングを表示します。",
    "eval": "会話事例を実行し、ツール・引数・回答の正解率を表示します。",
    "serve": "HTTPサーバーを起動します（SLACK_SIGNING_SECRETがあれば、Slackにも応答します）。",
    "slack": "SlackのSocket Modeで応答します（SLACK_BOT_TOKENとSLACK_APP_TOKENが必要です）。",
    "mcp": "指定した人の権限で、同じマシンのプログラムにMCP（標準入出力）で応答します。",
    "doctor": "動いているもの、足りないもの、直し方を表示します。",
    "plan draft": "データからプランの初稿を作り、人にしか分からない点を挙げます。",
    "plan list": "プランの一覧を、状態・版・完成度とともに表示します。",
    "plan show": "プランを表示します。",
    "plan check": "プランを採点し、不足を重要な順に、尋ねる質問とともに挙げます。",
    "plan export": "プランをファイルに書き出します。",
    "plan edit": "編集したプランの変更点を示し、確認のうえ保存します。",
    "plan import": "既存のプラン文書を取り込み、置き場所のない記述を挙げ、確認のうえ保存します。",
    "plan diff": "二つの版の違いを表示します（番号がなければ直前の変更）。",
    "plan history": "版と判断の履歴（誰が、いつ、なぜ）を表示します。",
    "plan undo": "直前の版を、新しい版として取り消します。",
    "plan submit": "プランを承認のためマネージャーに提出します。",
    "plan approve": "プランを、読んだ版のとおりに承認します。",
    "plan reject": "プランを担当者に差し戻します。",
    "plan start": "承認されたプランの実行を始めます。",
    "plan close": "成果と教訓を記してプランを終えます。以後、過去プランとして検索できます。",
    "plan status": "KPI・目標・アクションの予実と、古くなった記述、仮説、レビューを表示します。",
    "plan portfolio": "すべてのプランの進み具合と、承認待ち、プランのない重点顧客を表示します。",
    "plan review": "レビューを、その日の数値とともに記録します。",
    "plan reminders": "期日の近い・過ぎた事柄を、知らせる相手とともに一覧します。",
    "plan index": "承認済みのプランのうち、登録を待っていたものを資料に加えます。",
    "knowledge add": "資料を追加します。新しいものと変わったものだけを処理します。",
    "knowledge list": "資料と、それぞれの公開範囲を一覧します。",
    "knowledge remove": "資料を削除します。以後、その記述は誰にも表示されません。",
    "knowledge rebuild": "ベクトル索引を作り直します（破損時や、埋め込みモデルの変更時）。",
    "knowledge stats": "資料の数と、索引が資料と一致しているかを表示します。",
    "knowledge search": "資料を検索します（日本語・英語）。",
    "knowledge open": "資料の該当箇所を前後とともに表示します。",
    "notices preview": "今お送りする週次まとめ・リマインダーを表示します（送信はしません）。",
    "preferences show": "指定した人のお知らせの設定を表示します。",
    "preferences set": "指定した人のお知らせの設定（言語、時刻、曜日など）を変更します。",
    "audit list": "監査ログ（誰が、いつ、何を）を一覧します。",
    "audit verify": "監査ログが改ざんされていないかを検証します。",
    "forget": "先方の方の個人情報をワークスペース全体から削除し、残りがないか検索します。",
    "key add": "APIキーを発行します（表示は一度だけです）。",
    "key list": "APIキーの一覧を、権限・有効期限・最終利用日とともに表示します。",
    "key revoke": "APIキーを無効にします。",
}
"""What each command does, for the Japanese README."""


def catalog() -> Catalog:
    """The whole catalog, without a workspace behind it."""

    def no_library() -> None:
        raise RuntimeError("the docs need no library")

    return full_catalog(no_library, no_library)  # type: ignore[arg-type]


def tables_page() -> str:
    """docs/tables.md: the canonical tables."""
    lines = [MADE, "# Tables / テーブル\n", "\\* is required / は必須。\n"]
    for table in tables().values():
        key = ", ".join(table.key) or "-"
        lines += [f"## {table.name}\n", f"{table.en} / {table.ja}. Key: {key}\n"]
        lines += ["| column | type | en | ja |", "|---|---|---|---|"]
        for column in table.columns:
            name = column.name + ("*" if column.required else "")
            lines.append(f"| {name} | {_type(column)} | {column.en} | {column.ja} |")
        lines.append("")
    return "\n".join(lines)


def _type(column: Column) -> str:
    if column.values:
        return "one of " + ", ".join(column.values)
    reference = f" of {column.ref}" if column.ref else ""
    bounds = f" {column.min} to {column.max}" if column.min is not None else ""
    return f"{column.type}{reference}{bounds}"


def metrics_page() -> str:
    """docs/metrics.md: every fact name with its formula."""
    lines = [
        MADE,
        "# Facts and their formulas / 事実と計算式\n",
        "A ratio's value is the fraction; unknown is null, and never zero. "
        "割合の値は小数、不明は null（0 ではない）。\n",
    ]
    group = ""
    for metric in metrics().values():
        if (head := metric.name.split(".")[0]) != group:
            group = head
            lines += [f"\n## {group}\n", "| fact | unit | en | ja |", "|---|---|---|---|"]
        english = f"**{metric.label.en}**: {metric.formula.en}"
        japanese = f"**{metric.label.ja}**: {metric.formula.ja}"
        inputs = f"<br>`{metric.inputs}`" if metric.inputs else ""
        lines.append(f"| `{metric.name}` | {metric.unit} | {english}{inputs} | {japanese} |")
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """docs/settings.md: every setting with its default."""
    lines = [
        MADE,
        "# Settings\n",
        "A workspace's `settings.toml`; what is left out has its default.\n",
    ]
    for group, info in Settings.model_fields.items():
        model = type(info.get_default())
        lines += [f"## [{group}]\n", f"{model.__doc__}\n"]
        lines += ["| setting | default | meaning |", "|---|---|---|"]
        for name, setting in model.model_fields.items():
            default = _default(setting.get_default())
            lines.append(f"| `{name}` | {default} | {setting.description} |")
        lines.append("")
    return "\n".join(lines)


def _default(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_default(v)}" for k, v in value.items()) or "none"
    if isinstance(value, BaseModel):
        return _default(value.model_dump(exclude_none=True))
    if isinstance(value, list) and any(isinstance(one, BaseModel) for one in value):
        return "; ".join(map(_default, value))
    if value is None or value in ("", []):
        return "none"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def tools_page() -> str:
    """docs/tools.md: the catalog."""
    lines = [
        MADE,
        "# Tools\n",
        "*Needs* names the [tables](tables.md) without which a tool cannot run; "
        "what else it reads, it does without. "
        "「必要な表」は、ないとツールを使えない表です。ほかの表は、なくても使えます。\n",
    ]
    for tool in catalog():
        lines += [f"## {tool.name}\n", f"{tool.help.en}.\n\n{tool.help.ja}。\n"]
        lines += [f"Needs / 必要な表: {_needs(tool)}\n"]
        lines += ["| argument | needed | meaning |", "|---|---|---|"]
        for name, info in tool.arguments.model_fields.items():
            if name != "as_of":
                needed = "yes" if info.is_required() else ""
                lines.append(f"| `{name}` | {needed} | {info.description} |")
        lines.append("")
    return "\n".join(lines)


def _needs(tool: Tool) -> str:
    """The tables without which a tool refuses; of several it may need but one."""
    one_of = " or / または ".join(f"`{table}`" for table in tool.needs_any)
    named = [f"`{table}`" for table in tool.needs] + ([one_of] if one_of else [])
    return ", ".join(named) or "none / なし"


def commands_table(language: Language) -> str:
    """The commands for a README."""
    import typer

    from api.cli.main import app

    head = "| コマンド | 内容 |" if language == "ja" else "| command | what it does |"
    lines = [head, "|---|---|"]
    for name, words, text in _commands(typer.main.get_command(app), ""):
        said = COMMANDS_JA.get(name, text) if language == "ja" else text
        lines.append(f"| `tagayasu {' '.join([name, *words])}` | {said} |")
    return "\n".join(lines)


def _commands(command: object, prefix: str) -> Iterator[tuple[str, list[str], str]]:
    """Each command with its arguments and the first line of its help."""
    for name, sub in command.commands.items():  # type: ignore[attr-defined]
        if hasattr(sub, "commands"):
            yield from _commands(sub, f"{prefix}{name} ")
        else:
            words = [
                p.make_metavar_name() if hasattr(p, "make_metavar_name") else p.name.upper()
                for p in sub.params
                if p.param_type_name == "argument"
            ]
            help_text = (sub.help or "").splitlines()[0]
            yield f"{prefix}{name}", words, help_text


def pages() -> dict[Path, str]:
    """Every generated page by its file."""
    made = {
        DOCS / "tables.md": tables_page(),
        DOCS / "metrics.md": metrics_page(),
        DOCS / "settings.md": settings_page(),
        DOCS / "tools.md": tools_page(),
    }
    for name, language in READMES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        made[ROOT / name] = _filled(text, "commands", commands_table(language))
    return made


def demo_block(workspace: Path, language: Language) -> str:
    """What the demo prints for a README: the briefing's page and the head of the attention list."""
    desk = Workspace(workspace).desk
    briefing = desk.brief(OPERATOR, "A010", language)
    attention = desk.page(OPERATOR, "needs_attention", {"limit": 3}, language)
    return f"```\n{_printed(briefing)}\n```\n\n```\n{_printed(attention)}\n```"


def _printed(answer: Answer) -> str:
    console = Console(width=100, file=io.StringIO(), highlight=False)
    with console.capture() as captured:
        console.print(render(answer))
    return "\n".join(line.rstrip() for line in captured.get().strip().splitlines())


def _filled(text: str, name: str, content: str) -> str:
    """The text with the part between `<!-- name -->` and `<!-- /name -->` replaced."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    head, found, rest = text.partition(start)
    _old, closed, tail = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"a README lacks the marks for `{name}`")
    return f"{head}{start}{content}\n{end}{tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    parser.add_argument("--demo", type=Path, help="fill the READMEs' output from this workspace")
    given = parser.parse_args()
    check: bool = given.check
    if given.demo:
        for name, language in READMES.items():
            text = (ROOT / name).read_text(encoding="utf-8")
            filled = _filled(text, "demo", demo_block(given.demo, language))
            (ROOT / name).write_text(filled, encoding="utf-8")
    stale = {
        file: text
        for file, text in pages().items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    }
    for file, text in stale.items():
        if not check:
            file.write_text(text, encoding="utf-8")
        sys.stderr.write(f"{'stale' if check else 'written'}: {file.relative_to(ROOT)}\n")
    if check and stale:
        raise SystemExit("Run `make docs` and commit the result.")


if __name__ == "__main__":
    main()
