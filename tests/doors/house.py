"""The workspace of the canary company: its tables, and plans and documents with canaries too."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.bootstrap import Workspace
from crm.scope import OPERATOR, Principal
from knowledge.registry import Registry
from plans.model import Action, Goal, KeyPerson, Plan, Section, Statement
from plans.stored import Stored
from tests.companies import SAMPLE_DAY
from tests.doors.canaries import (
    Company,
    account_key,
    canary,
    imported,
    person_key,
    team_key,
    write,
)
from tests.fakes import TrigramEmbeddings

PLANNED = ("A001", "A010", "A024", "A031")
"""The accounts that have a plan."""
_SECTIONS: tuple[Section, ...] = (
    "industry", "account", "strength", "weakness", "scenario", "risk",
)  # fmt: skip
_PLANS = "plans.json"
NOBODY = "A999"
"""An account that does not exist."""


@dataclass
class House:
    """The company, its workspace, and the ids of what has been put into it."""

    company: Company
    workspace: Workspace
    plans: dict[str, str]

    @cached_property
    def passages(self) -> dict[str, str]:
        """The key that each passage is for, by the passage's id; passages for all are left out."""
        found = {}
        for passage in Registry(self.workspace.database).passages():
            for key in self.company.found_in(passage.text.encode()):
                found[passage.id] = key
        return found

    def principal(self, person_id: str) -> Principal:
        return self.workspace.desk.directory().by_email(self.company.mail(person_id))

    def hidden(self, person_id: str) -> dict[str, list[str]]:
        """What somebody would have to guess: ids that exist and are none of theirs."""
        seen = self.company.seen_by[person_id]
        owners = self.company.owners
        others = [i for i, key in owners.items() if key not in seen]
        return {
            "account": [i for i in others if i.startswith("A")],
            "contact": [i for i in others if i.startswith("C")],
            "deal": [i for i in others if i.startswith("D")],
            "plan": [p for a, p in self.plans.items() if account_key(a) not in seen],
            "passage": [p for p, key in self.passages.items() if key not in seen],
            "person": [p for p in self.company.people.index if person_key(p) not in seen],
        }

    def copy(self, folder: Path, **replaced: Any) -> House:
        """The same in a folder of one's own; what was calculated of the data is shared."""
        self.workspace.database.dispose()
        target = folder / "workspace"
        shutil.copytree(self.workspace.folder, target)
        workspace = Workspace(target, embeddings=TrigramEmbeddings(), **replaced)
        workspace.__dict__["warehouse"] = self.workspace.warehouse
        return replace(self, workspace=workspace)


def opened(folder: Path) -> House:
    """The company that was built in that folder."""
    plans = json.loads((folder / _PLANS).read_text(encoding="utf-8"))
    workspace = Workspace(folder / "workspace", embeddings=TrigramEmbeddings())
    return House(Company(folder / "data"), workspace, plans)


def build(folder: Path) -> House:
    """Make the company, import it, and fill its library and its plans."""
    company = write(folder)
    workspace = Workspace(imported(folder), embeddings=TrigramEmbeddings())
    documents = folder / "documents"
    documents.mkdir()
    for name, text in _documents(company):
        (documents / name).write_text(text, encoding="utf-8")
    report = workspace.library.add(documents)
    assert not report.refused, report.refused
    plans = {account: planned(workspace, account).plan_id for account in PLANNED}
    (folder / _PLANS).write_text(json.dumps(plans), encoding="utf-8")
    return House(company, workspace, plans)


def _documents(company: Company) -> Iterator[tuple[str, str]]:
    """Notes on accounts, and documents for people, teams and everybody."""
    for account in company.table("accounts")["account_id"]:
        word = canary(account_key(account))
        yield (
            f"note_{account}.md",
            f"---\naccount: {account}\ntitle: 商談の記録 {word}\n---\n\n# 価格の合意 {word}\n\n"
            f"値引きの進め方と価格の合意について {word} と話した。\n",
        )
    for person in company.people.index:
        word = canary(person_key(person))
        yield (
            f"memo_{person}.md",
            f"---\naudience: [{company.mail(person)}]\n---\n\n# 個人の覚え書き {word}\n\n"
            f"値引きの進め方の覚え書き {word}。\n",
        )
    for number, team in enumerate(sorted(set(company.people["team"]))):
        word = canary(team_key(team))
        yield (
            f"team_{number}.md",
            f"---\naudience: [{team}]\n---\n\n# チームの決めごと {word}\n\n"
            f"値引きの進め方についてのチームの決めごと {word}。\n",
        )
    yield "all.md", "# 値引きの進め方\n\n値引きは部長の承認を得てから提示する。\n"


def planned(workspace: Workspace, account: str, word: str | None = None) -> Stored:
    """A plan of an account whose every part says the account's canary."""
    planner = workspace.planner
    stored = planner.draft(OPERATOR, account, as_of=SAMPLE_DAY)
    full = with_words(stored.plan, word or canary(account_key(account)))
    return planner.save(OPERATOR, stored, full, "canary")


def with_words(plan: Plan, word: str) -> Plan:
    """The plan with the word in each kind of text it holds."""
    said = [
        Statement(
            id=f"c.{section}",
            section=section,
            text=f"仮説 {word}。",
            kind="hypothesis",
            status="open",
            test=f"訪問で確かめる {word}。",
        )
        for section in _SECTIONS
    ]
    end, amount = plan.head.end, Decimal(10**8)
    goal = Goal(id="c.g", what=f"目標 {word}", measure="orders_won", amount=amount, due=end)
    action = Action(
        id="c.a", what=f"打ち手 {word}", owner=f"担当 {word}", how=f"方法 {word}", due=end
    )
    person = KeyPerson(id="c.p", name=f"担当 {word}", title=f"部長 {word}")
    return (
        plan.with_head(purpose=f"目的 {word}", title=f"計画 {word}")
        .with_items("statements", said)
        .with_items("people", [person])
        .with_items("goals", [goal])
        .with_items("actions", [action])
    )
