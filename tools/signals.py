"""Signals are codes; what they are called and what to do next is declared once in signals.yaml."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict

from crm.declared import declared
from crm.settings import Language


class Signal(BaseModel):
    """One signal: its words in ja and en, the unit of its figure, and the step it calls for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    figure: str
    ja: str
    en: str
    figure_ja: str
    figure_en: str
    money_ja: str
    money_en: str
    step_ja: str
    step_en: str


@cache
def signals() -> dict[str, Signal]:
    """Every signal by its code."""
    specs: dict[str, dict[str, str]] = declared("tools", "signals.yaml")
    return {code: Signal(code=code, **spec) for code, spec in specs.items()}


def signal_labels(codes: str, language: Language) -> str:
    """ "stalled;overdue" as words: 停滞・予定日超過 / stalled, overdue; nothing is なし / none."""
    if not codes:
        return "なし" if language == "ja" else "none"
    known = [signals()[code] for code in codes.split(";")]
    if language == "ja":
        return "・".join(s.ja for s in known)
    return ", ".join(s.en for s in known)
