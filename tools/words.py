"""Codes in the data are shown in words; the words are declared once in words.yaml."""

from __future__ import annotations

from functools import cache

from crm.declared import declared
from crm.settings import Language
from tools.checklists import item_question, item_word
from tools.signals import signal_labels, signals


@cache
def _words() -> dict[str, dict[str, dict[Language, str]]]:
    words: dict[str, dict[str, dict[Language, str]]] = declared("tools", "words.yaml")
    return words


def word(code: str, unit: str, language: Language) -> str:
    """What a code of a unit is called; text of any other unit, and an unknown code, is itself."""
    match unit:
        case "signals":
            return signal_labels(code, language)
        case "step":
            return signals()[code].step_ja if language == "ja" else signals()[code].step_en
        case "money_kind":
            return signals()[code].money_ja if language == "ja" else signals()[code].money_en
        case "checklist_item":
            return item_word(code, language)
        case "checklist_question":
            return item_question(code, language)
        case "cost_driver":
            found = _words()["cost_driver"]
            return ", ".join(found.get(c, {}).get(language, c) for c in code.split(", "))
        case "buying_roles" | "contact_levels" | "passage_reasons":
            return _several(code, unit.removesuffix("s"), language)
    words = _words().get(unit, {}).get(code)
    return words[language] if words else code


def _several(codes: str, unit: str, language: Language) -> str:
    """ "champion;approver" as words; nothing is なし / none."""
    if not codes:
        return "なし" if language == "ja" else "none"
    return ("・" if language == "ja" else ", ").join(
        word(code, unit, language) for code in codes.split(";")
    )
