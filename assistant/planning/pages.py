"""What a conversation shows of plans, in Markdown, in the words of prompts/plans/talk.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistant.ledger import plain
from assistant.planning.show import PlanView
from assistant.planning.spoken import say
from crm.settings import Language
from plans.changes import Change
from plans.checks import Checked, Gap
from plans.model import Plan, State
from plans.stored import Event, Saved, Stored
from plans.wording import code_word, collection_word, described, reason_told
from tools.facts import Text

_MOST = 8
"""Lines of one kind in a page, at the most; what is left out is counted."""


@dataclass(frozen=True)
class Shown:
    """A plan with its score and gaps."""

    stored: Stored
    checked: Checked


_IDS = {"owner_id": "owner", "person_id": "name"}
"""Fields that say in the data's terms what another field says in words."""


def _goes_with(change: Change, changes: Sequence[Change]) -> bool:
    """Whether a change of an id is told by that of the name beside it."""
    name = _IDS.get(change.field or "")
    place = (change.collection, change.id)
    return any((one.collection, one.id) == place and one.field == name for one in changes if name)


class Pages:
    """Pages in one language. Text of data and people stands on one line and acts as no markup."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def say(self, name: str, **values: object) -> str:
        return say(name, self._language, **values)

    def about(self, name: str, shown: Shown, **values: object) -> str:
        """A sentence that tells a plan's title, state, version, score and gaps."""
        stored, checked = shown.stored, shown.checked
        return self.say(
            name,
            title=plain(stored.head.title),
            state=self.state(stored.state),
            version=stored.version,
            score=checked.score,
            gaps=len(checked.gaps),
            **values,
        )

    def state(self, state: State) -> str:
        return code_word("state", state, self._language)

    def joined(self, *parts: str) -> str:
        """The parts that say something, each a paragraph."""
        return "\n\n".join(part for part in parts if part)

    def listed(self, names: Iterable[str]) -> str:
        return ("、" if self._language == "ja" else ", ").join(names)

    def quoted(self, texts: Sequence[str]) -> str:
        """Texts as somebody said them."""
        marks = "「{}」" if self._language == "ja" else "“{}”"
        return self.listed(marks.format(plain(text)) for text in texts)

    def questions(self, gaps: Sequence[Gap]) -> str:
        """The questions, numbered."""
        asked = [plain(gap.question.in_(self._language)) for gap in gaps]
        numbered = "\n".join(f"{n}. {question}" for n, question in enumerate(asked, 1))
        return f"{self.say('ask')}\n\n{numbered}"

    def gaps(self, checked: Checked) -> str:
        return self._bullets([plain(gap.text.in_(self._language)) for gap in checked.gaps])

    def changes(self, before: Plan, after: Plan, changes: Sequence[Change]) -> str:
        """Every change, a line for each: none is left out of what somebody confirms."""
        told = [change for change in changes if not _goes_with(change, changes)]
        lines = [plain(described(change, before, after, self._language)) for change in told]
        return "\n".join(f"- {line}" for line in lines)

    def choices(self, question: Text, labels: Sequence[str]) -> str:
        asked = plain(question.in_(self._language))
        if not labels:
            return asked
        numbered = "\n".join(f"{n}. {plain(label)}" for n, label in enumerate(labels, 1))
        return f"{asked}{'' if self._language == 'ja' else ' '}{self.say('choose')}\n\n{numbered}"

    def outline(self, shown: Shown) -> str:
        """The goals and the next actions of a plan."""
        view = PlanView(shown.stored.plan, self._language)
        return self._sections(view, ("goals", "actions"), short=True)

    def card(self, shown: Shown) -> str:
        """The main points of a plan."""
        view = PlanView(shown.stored.plan, self._language)
        head = self.joined(self.about("gaps", shown), plain(view.byline), plain(view.purpose))
        return self.joined(head, self._sections(view, ("goals", "kpis", "actions"), short=False),
                           self._risks(view))  # fmt: skip

    def _sections(self, view: PlanView, tables: Sequence[str], *, short: bool) -> str:
        parts = []
        for name in tables:
            table = view.table(name)
            titles = [plain(title) for title in table.titles]
            rows = [[plain(cell) for cell in row] for row in table.rows]
            lines = [self._row(name, titles, row, short=short) for row in rows]
            if lines:
                title = collection_word(name, self._language)
                parts.append(f"**{title}**\n\n{self._bullets(lines, 3 if short else _MOST)}")
        return self.joined(*parts)

    def _row(self, name: str, titles: Sequence[str], row: Sequence[str], *, short: bool) -> str:
        """A table's row as a line: what it is, then what is known of it, each by its name."""
        main = 1 if name == "actions" else 0
        told = [
            cell if short else f"{title}: {cell}"
            for n, (title, cell) in enumerate(zip(titles, row, strict=True))
            if n != main and cell != "—"
        ]
        return row[main] + self._in_brackets(*(told[:1] if short and main else told))

    def _risks(self, view: PlanView) -> str:
        lines = [plain(said.told) for said in view.statements("risk")]
        if not lines:
            return ""
        return (
            f"**{code_word('section', 'risk', self._language)}**\n\n{self._bullets(lines, _MOST)}"
        )

    def history(
        self,
        shown: Shown,
        versions: Sequence[Saved],
        contents: Sequence[Plan],
        events: Sequence[Event],
    ) -> str:
        """Every version and move, the newest first, with what each version changed."""
        before: Plan | None = None
        told: list[tuple[datetime, str]] = []
        for saved, content in zip(versions, contents, strict=True):
            reason = reason_told(saved.reason, self._language)
            lines = [self._entry(saved, plain(reason))]
            if before is not None:
                told_changes = self.changes(before, content, saved.changes[:_MOST])
                lines += [f"  {line}" for line in told_changes.splitlines()]
            told.append((saved.said_at, "\n".join(lines)))
            before = content
        for event in events:
            states = f"{self.state(event.from_state)} → {self.state(event.to_state)}"
            told.append((event.said_at, self._entry(event, states)))
        newest = [line for _at, line in sorted(told, key=lambda one: one[0], reverse=True)]
        return self.joined(self.about("history", shown), self._bullets(newest, 12))

    def _entry(self, one: Saved | Event, said: str) -> str:
        return f"v{one.version} {one.said_at:%Y-%m-%d} {plain(one.person)}: {said}"

    def _in_brackets(self, *parts: str) -> str:
        known = [part for part in parts if part]
        if not known:
            return ""
        return f"（{'、'.join(known)}）" if self._language == "ja" else f" ({', '.join(known)})"

    def _bullets(self, lines: Sequence[str], most: int = 30) -> str:
        shown = [f"- {line}" for line in lines[:most]]
        if len(lines) > most:
            shown.append(f"- {self.say('more', count=len(lines) - most)}")
        return "\n".join(shown)
