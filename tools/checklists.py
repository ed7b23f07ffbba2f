"""What to do at each deepening stage is declared once in checklists.yaml, with what proves it."""

from __future__ import annotations

import re
from functools import cache

from pydantic import BaseModel, ConfigDict

from crm.declared import declared
from crm.settings import Language

RULES = (
    "contact_role", "contact_level", "activity_kind", "subject_words", "evidence", "categories",
    "departments", "wallet", "deal_open", "next_step", "org_chart",
)  # fmt: skip
_RULE = re.compile(r"(\w+)(?:(?::|>=)(.+))?")


class ChecklistItem(BaseModel):
    """One item: its stage, what proves it, its words, and the question that closes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    stage: str
    rule: str
    ja: str
    en: str
    question_ja: str
    question_en: str

    @property
    def kind(self) -> str:
        """Which rule proves it: one of RULES."""
        return self._parts[0]

    @property
    def value(self) -> str:
        """What the rule looks for: a role, a level, a kind, words parted by "|", a number."""
        return self._parts[1]

    @property
    def _parts(self) -> tuple[str, str]:
        found = _RULE.fullmatch(self.rule)
        if found is None or found[1] not in RULES:
            raise ValueError(f"{self.code}: `{self.rule}` is no rule of {', '.join(RULES)}")
        return found[1], found[2] or ""


@cache
def checklist_items() -> dict[str, ChecklistItem]:
    """Every item by its code, in the order of the stages."""
    stages: dict[str, list[dict[str, str]]] = declared("tools", "checklists.yaml")
    items = [ChecklistItem(stage=s, **spec) for s, listed in stages.items() for spec in listed]
    return {item.code: item for item in items}


def item_word(code: str, language: Language) -> str:
    """What an item is called; an unknown code is itself."""
    item = checklist_items().get(code)
    if item is None:
        return code
    return item.ja if language == "ja" else item.en


def item_question(code: str, language: Language) -> str:
    """The question that closes an item; an unknown code is itself."""
    item = checklist_items().get(code)
    if item is None:
        return code
    return item.question_ja if language == "ja" else item.question_en
