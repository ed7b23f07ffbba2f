"""Plans to be written as documents: one of the sample company, and one that strains every page."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from api.render.documents import PlanDocument
from api.render.documents.pictures import pictures
from assistant.bootstrap import Workspace
from assistant.planning.show import PlanView
from crm.scope import OPERATOR
from crm.settings import Language
from plans.checks import check
from plans.model import Action, Plan, Statement
from tests.companies import SAMPLE_DAY

LONG = {
    "ja": "設備投資の計画と予算の時期を、担当の方々と一つずつ確かめます。",
    "en": "We confirm the plans for investment and the timing of the budget one by one. ",
}
HOSTILE = [
    '=HYPERLINK("https://evil.example","x")',
    "+1-2",
    "@SUM(A1)",
    "-2+3",
    "<script>alert(1)</script>",
]
"""Texts that would do something if they were not taken for text."""
SHOWN = [text.replace("://evil.", "[:]//evil[.]") for text in HOSTILE]
"""The same as a document shows them: whole, but with no address to follow."""


def document_of(workspace: Workspace, language: Language, account: str = "A010") -> PlanDocument:
    """The plan drawn up for an account, as a document."""
    planner = workspace.planner
    stored = planner.draft(OPERATOR, account, language=language, as_of=SAMPLE_DAY)
    return PlanDocument(
        stored=stored,
        view=PlanView(stored.plan, language),
        pictures=pictures(planner.figures(OPERATOR, stored), language),
        checked=check(stored.plan, SAMPLE_DAY),
        reckoned=planner.reckoned(OPERATOR, stored),
    )


def with_plan(document: PlanDocument, plan: Plan) -> PlanDocument:
    """The document with another plan in it."""
    stored = replace(document.stored, plan=plan)
    same = len(plan.goals) == len(document.reckoned)
    return replace(
        document,
        stored=stored,
        view=PlanView(plan, document.language),
        reckoned=document.reckoned if same else (),
    )


def strained(plan: Plan) -> Plan:
    """The plan with statements of 2,000 letters, 60 actions and texts that look like code."""
    language = plan.head.language
    words = (LONG[language] * 100)[:2000].strip()
    first = plan.head.as_of
    said = [
        Statement(id=f"long.{s}", section=s, text=words, kind="hypothesis", status="open")  # type: ignore[arg-type]
        for s in ("industry", "strength", "weakness", "scenario", "risk")
    ]
    said += [
        Statement(
            id=f"hostile.{n}", section="position", text=text, kind="hypothesis", status="open"
        )
        for n, text in enumerate(HOSTILE)
    ]
    actions = [
        Action(
            id=f"many.{n:02}",
            what=f"{HOSTILE[n]} (No.{n:02})"
            if n < 5
            else f"No.{n:02} {LONG[language] * 2}".strip(),
            due=first + timedelta(days=n),
            owner="高瀬 美咲",
            to_whom="ビジネスソリューション推進本部　部長代理",
        )
        for n in range(60)
    ]
    return plan.with_items("statements", said).with_items("actions", actions)
