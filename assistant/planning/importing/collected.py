"""What a document says, as items of a plan with ids in its order, and all that has no place.

A statement is quoted from the document, unless it is marked as a hypothesis.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import ValidationError

from assistant.planning.importing.headings import data, is_section, one_of, why
from assistant.planning.importing.items import MAKERS, progress
from assistant.planning.importing.row import WORDS, Row
from crm.names import match_key
from plans.model import Head, Item, Plan, Progress, Quote, Statement
from tools.facts import Text

MOST = 999
"""Items of a section or collection."""


@dataclass(frozen=True)
class Unplaced:
    """A text of the document that is not in the plan, where it stands, and why."""

    text: str
    place: str
    why: Text


class Collected:
    """The items of one document; `file` is its name."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._items: dict[str, dict[str, Item]] = {}
        self._progress: list[Progress] = []
        self._served: list[tuple[str, Row]] = []
        self._supposed: list[tuple[str, Row]] = []
        self.unplaced: list[Unplaced] = []

    def leave(self, text: str, place: str, reason: Text) -> None:
        """A text is not placed."""
        self.unplaced.append(Unplaced(text, place, reason))

    def next_id(self, kind: str) -> str:
        """The id of the next item of a section or collection: industry.001."""
        return f"{kind}.{len(self._items.get(kind, ())) + 1:03}"

    def keep(self, kind: str, item: Item, text: str, place: str) -> bool:
        """Place an item; False, with its text left, where there are too many."""
        kept = self._items.setdefault(kind, {})
        if len(kept) >= MOST:
            self.leave(text, place, why("many", limit=MOST))
            return False
        kept[item.id] = item
        return True

    def row(self, kind: str, row: Row, path: str) -> None:
        """Place a row of a table, which stands below the headings `path`."""
        if kind == "hypotheses":
            self._supposed.append((path, row))
            return
        before, id_ = len(self.unplaced), self.next_id(kind)
        try:
            item = MAKERS[kind](row, id_)
            became = progress(row, id_) if kind == "actions" else None
        except ValidationError:
            del self.unplaced[before:]
            self.leave(row.text, row.place, why("fit"))
            return
        if item is None or not self.keep(kind, item, row.text, row.place):
            return
        if became is not None:
            self._progress.append(became)
        if kind == "actions" and row.get("goal"):
            self._served.append((id_, row))

    def done(self, id_: str, note: str) -> None:
        """An action is said to be done, without the day."""
        self._progress.append(Progress(id=id_, note=note))

    def statement(
        self, target: str, said: str, path: str, place: str, row: Row | None = None
    ) -> None:
        """Place a sentence in a section; among `hypotheses`, or marked as one, it is one."""
        section = "risk" if target == "hypotheses" else target
        if len(said) > WORDS:
            self.leave(said, place, why("long", limit=WORDS))
            return
        text, status = supposed(said)
        if target == "hypotheses":
            told = one_of("status", row.get("status") or "") if row else None
            status = told or status or "open"
        statement = Statement(
            id=self.next_id(section),
            section=section,  # type: ignore[arg-type]
            text=text,
            kind="hypothesis" if status else "quoted",
            status=status,  # type: ignore[arg-type]
            test=row.words("test") if row else None,
            quote=Quote(passage_id="", title=self._file, heading=path, file=self._file),
        )
        self.keep(section, statement, said, place)

    def finish(self) -> None:
        """Place what refers to other items: hypotheses with their tests, the goals of actions."""
        for path, row in self._supposed:
            self._hypothesis(path, row)
        for id_, row in self._served:
            self._serve(id_, row)

    def mentions(self, heading: str) -> bool:
        """Whether a heading stands in what a statement cites, or in why something was left."""
        cited = (
            item.quote.heading
            for items in self._items.values()
            for item in items.values()
            if isinstance(item, Statement) and item.quote
        )
        return any(heading in text for text in (*cited, *(one.why.ja for one in self.unplaced)))

    def plan(self, head: Head) -> Plan:
        """The plan of all that was placed."""
        parts: dict[str, list[Item]] = {"progress": list(self._progress)}
        for kind, items in self._items.items():
            collection = "statements" if is_section(kind) else kind
            parts.setdefault(collection, []).extend(items.values())
        return Plan.model_validate({"head": head, **parts})

    def counts(self) -> Mapping[str, int]:
        """How many items stand in each section and collection, in the order of the document."""
        return {kind: len(items) for kind, items in self._items.items() if items}

    def _hypothesis(self, path: str, row: Row) -> None:
        """A row of a table of hypotheses; one that is said elsewhere is only completed by it."""
        said, status = row.get("text") or "", row.get("status")
        code = one_of("status", status) if status else None
        if status and code is None:
            row.leave("status", why("fit"))
        for items in self._items.values():
            for item in items.values():
                if isinstance(item, Statement) and item.status and item.text == said:
                    changed = {"status": code or item.status, "test": row.words("test")}
                    items[item.id] = item.model_copy(update=changed)
                    return
        self.statement("hypotheses", said, path, row.place, row)

    def _serve(self, id_: str, row: Row) -> None:
        """Link an action to the goal that it names."""
        named = match_key(row.get("goal") or "")
        goals = self._items.get("goals", {})
        fit = [i for i, goal in goals.items() if match_key(getattr(goal, "what", "")) == named]
        if len(fit) != 1:
            row.leave("goal", why("goal"))
            return
        actions = self._items["actions"]
        actions[id_] = actions[id_].model_copy(update={"goal": fit[0]})


def supposed(text: str) -> tuple[str, str | None]:
    """A statement without the mark of a hypothesis, and its status; None where it is none."""
    for pattern in _marks():
        if match := pattern.fullmatch(text):
            said = match.groupdict().get("status")
            status = one_of("status", said) if said else "open"
            return (match["text"], status) if status else (text, "open")
    return text, None


@cache
def _marks() -> tuple[re.Pattern[str], ...]:
    word = "|".join(re.escape(word) for word in data()["hypothesis"])
    status = r"(?:[・,、:：/]\s*(?P<status>[^()（）\[\]［］【】]+?))?"
    mark = rf"[（(\[［【]\s*(?:{word})\s*{status}\s*[)）\]］】]"
    behind = rf"(?P<text>.+?)\s*{mark}[。.]?"
    before = rf"(?:{mark}|(?:{word})\s*[:：])\s*(?P<text>.+)"
    return re.compile(behind, re.IGNORECASE), re.compile(before, re.IGNORECASE)
