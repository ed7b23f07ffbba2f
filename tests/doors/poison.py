"""The sample company with orders planted in its notes, names, documents and plans."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from assistant.bootstrap import Workspace
from assistant.planning.desk import Planner
from crm.importer import import_folder
from crm.scope import OPERATOR
from plans.stored import Stored
from tests.companies import SAMPLE, SAMPLE_DAY
from tests.doors.canaries import TEXTS
from tests.doors.house import with_words
from tests.doors.offences import OFFENCES, poisoned
from tests.fakes import TrigramEmbeddings

ALL = 1000
PLANTED: Mapping[str, int] = {
    "activities": 200, "contacts": 110, "accounts": 40, "opportunities": 80, "wallets": 20,
    "engagements": 20, "relationships": 20, "market_facts": 10,
}  # fmt: skip
"""How many rows of each table are poisoned; the rest of the thousand are documents."""
SHOWN: Mapping[str, tuple[str, bool]] = {
    "activities": ("occurred_on", False), "engagements": ("viewed_at", False),
    "opportunities": ("closed_on", True), "market_facts": ("observed_on", False),
}  # fmt: skip
"""By what a table is sorted, and whether upwards, so that the rows come first that tools show."""
ACCOUNT = "A001"
_ORDERS = "orders.json"
_LETTERS = "bcdfghjkmp"


def code(number: int, kind: str = "memo") -> str:
    """What a document or row is called, in letters that no other has in that order."""
    return kind + "".join(_LETTERS[int(digit)] for digit in f"{number:04}")


@dataclass
class Poisoned:
    """A workspace with a thousand orders in it.

    `documents` are those of the library by number, `rows` the offences of the rows by code.
    """

    workspace: Workspace
    documents: dict[int, str]
    rows: dict[str, str]

    def copy(self, folder: Path) -> Poisoned:
        """The same in a folder of one's own; what was calculated of the data is shared."""
        self.workspace.database.dispose()
        shutil.copytree(self.workspace.folder, folder / "workspace")
        workspace = Workspace(folder / "workspace", embeddings=TrigramEmbeddings())
        workspace.__dict__["warehouse"] = self.workspace.warehouse
        _find_all(workspace)
        return replace(self, workspace=workspace)


def opened(folder: Path) -> Poisoned:
    """The company that was planted in that folder."""
    documents, rows = json.loads((folder / _ORDERS).read_text(encoding="utf-8"))
    workspace = Workspace(folder / "workspace", embeddings=TrigramEmbeddings())
    _find_all(workspace)
    return Poisoned(workspace, {int(number): text for number, text in documents.items()}, rows)


def planted(folder: Path, documents: int) -> Poisoned:
    """Make the company with orders in its rows, and so many documents that hold one each."""
    data = folder / "data"
    data.mkdir(parents=True)
    texts, rows = poisoned(ALL), dict[str, str]()
    for path in sorted((SAMPLE / "data").glob("*.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows |= _poison(table, path.stem, texts, len(rows))
        table.to_csv(data / path.name, index=False)
    import_folder(data, SAMPLE / "mapping.yaml", folder / "workspace")
    workspace = Workspace(folder / "workspace", embeddings=TrigramEmbeddings())
    _find_all(workspace)
    library = folder / "documents"
    library.mkdir()
    written = dict(zip(range(documents), texts, strict=False))
    for number, text in written.items():
        head = f"# {code(number)}\n\n{code(number)} についての記録。 {code(number)} 。\n\n"
        (library / f"{number:04}.md").write_text(head + text, encoding="utf-8")
    assert not workspace.library.add(library).refused
    (folder / _ORDERS).write_text(json.dumps([written, rows]), encoding="utf-8")
    return Poisoned(workspace, written, rows)


def _find_all(workspace: Workspace) -> None:
    """Small embeddings know little of meaning: whatever shares a word is found."""
    settings = workspace.settings
    floors = {"floor": Decimal(0), "meaning_floor": Decimal(0)}
    knowledge = settings.knowledge.model_copy(update=floors)
    workspace.__dict__["settings"] = settings.model_copy(update={"knowledge": knowledge})


def _poison(table: pd.DataFrame, name: str, texts: Iterator[str], begun: int) -> dict[str, str]:
    """Orders in the rows of a table that tools show; the offence that each orders by its code."""
    column, upwards = SHOWN.get(name, (table.columns[0], True))
    shown = table.sort_values(column, ascending=upwards, kind="stable").index
    found = {}
    for number, row in enumerate(shown[: PLANTED.get(name, 0)]):
        text, mark = next(texts), code(begun + number, "row")
        for column in TEXTS[name]:
            if column == "email":
                continue
            whole = column in ("body", "note", "statement", "next_step")
            offence = OFFENCES[(number * 7 + len(column)) % len(OFFENCES)]
            said = f"{mark} {text}" if whole else f"{table.at[row, column]!s} {mark} {offence}"
            table.at[row, column] = said if whole else " ".join(said.split())
        found[mark] = next(o for o in OFFENCES if text.endswith(o.strip()))
    return found


def with_plan(planner: Planner, number: int) -> Stored:
    """A plan of the poisoned account in which every text is one of the offences."""
    offence = OFFENCES[number % len(OFFENCES)]
    stored = planner.draft(OPERATOR, ACCOUNT, as_of=SAMPLE_DAY)
    shown = "".join(c for c in offence if c.isprintable() or c == "\n")[:180]
    return planner.save(OPERATOR, stored, with_words(stored.plan, shown), "poisoned")


def state_of(engine: sa.Engine, without: frozenset[str]) -> dict[str, list[str]]:
    """Every row of every table of a database but some, to see that nothing has changed."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as con:
        return {
            name: sorted(str(tuple(row)) for row in con.execute(sa.select(table)))
            for name, table in metadata.tables.items()
            if name not in without
        }
