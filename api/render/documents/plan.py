"""A plan taken out of the house as a file of any kind; whoever takes it is noted."""

from __future__ import annotations

from api.render.documents import TEXTS, PlanDocument, bytes_of
from api.render.documents.pictures import pictures
from assistant.planning.desk import Planner, as_yaml
from assistant.planning.show import PlanView
from crm.scope import Principal
from crm.settings import Language
from plans.stored import Stored


def content(
    planner: Planner, who: Principal, stored: Stored, ending: str, language: Language | None = None
) -> bytes:
    """The plan as a file with that ending, in a language or in its own.

    `ending` is one that `require_known` takes. Raises MissingFontError.
    """
    kind = ending.lower()
    if kind in TEXTS:
        made = _text(planner, stored, kind, language).encode("utf-8")
    else:
        made = bytes_of(_document(planner, who, stored, language), kind)
    planner.exported(who, stored, kind.removeprefix("."))
    return made


def _text(planner: Planner, stored: Stored, kind: str, language: Language | None) -> str:
    if kind == ".md":
        return planner.shown(stored, language)
    return stored.plan.model_dump_json(indent=1) if kind == ".json" else as_yaml(stored.plan)


def _document(
    planner: Planner, who: Principal, stored: Stored, language: Language | None
) -> PlanDocument:
    spoken = language or stored.head.language
    return PlanDocument(
        stored=stored,
        view=PlanView(stored.plan, spoken),
        pictures=pictures(planner.figures(who, stored), spoken),
        checked=planner.checked(stored),
        reckoned=planner.reckoned(who, stored),
    )
