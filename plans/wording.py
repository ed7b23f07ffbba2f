"""A change told in words, and what the parts of a plan are called; words.yaml holds the words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from crm.declared import declared
from crm.settings import Language
from plans.changes import HEAD, Change
from plans.model import PLACEHOLDER, Evidence, Item, Kpi, Plan, Progress, Record, Statement
from tools.facts import Fact, metrics
from tools.format import show, show_date, show_money, shown
from tools.words import word

_NAME_LENGTH = 40
_TEXT_LENGTH = 160
_CONTEXT = 20
_NAMED_BY = ("text", "what", "name")
_MONEY = {("goals", "amount"), ("actions", "value")}
_KPI_FIGURES = {"baseline_value", "target"}
_DATES = {"start", "end", "as_of", "due", "first", "done_on", "held_on", "on"}
_TOLD_WHOLE = {
    "progress": ("done_on", "dropped"),
    "team": ("role", "duty"),
    "goals": ("measure", "amount", "due", "target_stage"),
    "actions": ("due", "owner", "to_whom", "their_owner", "department", "how", "value"),
    "kpis": ("baseline_value", "target", "due"),
    "people": ("title", "department", "role", "attitude"),
    "calendar": ("level", "every", "first"),
    "statements": ("status", "test"),
    "records": ("held_on", "summary", "decisions"),
}
_CURRENCY = re.compile(r"[A-Z]{3}")
_UNITS = {
    "%", "points", "times", "ratio", "year", "days", "hours", "count", "people", "accounts", "score"
}  # fmt: skip
_EVIDENCE: TypeAdapter[Fact] = TypeAdapter(Evidence)


@cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    words: dict[str, dict[str, Any]] = declared("plans", "words.yaml")
    return words


def collection_word(collection: str, language: Language) -> str:
    """What a collection's items, or the head, are called."""
    found: str = _words()["collections"][collection][language]
    return found


def field_word(collection: str, field: str, language: Language) -> str:
    """What a field of a collection is called."""
    fields = _words()["fields"]
    found: str = (fields.get(collection, {}).get(field) or fields["_"][field])[language]
    return found


def code_word(kind: str, code: str, language: Language) -> str:
    """What a code is called; `kind` is the field it stands in, or `state`."""
    found: str = _words()["codes"][kind][code][language]
    return found


def reason_told(reason: str, language: Language) -> str:
    """Why a version was made: somebody's own words, or one of our reasons in the language."""
    for pattern, told in _words()["reasons"].items():
        if found := re.fullmatch(pattern, reason, re.DOTALL):
            return str(told[language]).format(*found.groups())
    return reason


def described(change: Change, before: Plan, after: Plan, language: Language) -> str:
    """A change in one line: 目標「受注額」の金額: 1億円 → 1億2,000万円.

    `before` and `after` are the plans that the change lies between.
    """
    return " ".join(_Teller(before, after, language).told(change).splitlines())


def _shape(name: str, language: Language) -> str:
    found: str = _words()["shapes"][name][language]
    return found


class _Teller:
    def __init__(self, before: Plan, after: Plan, language: Language) -> None:
        self._before = before
        self._after = after
        self._language = language

    def told(self, change: Change) -> str:
        about = self._about(change)
        if change.collection == "progress" and (told := self._became(change)):
            return told
        if change.field is None:
            return self._whole(change, about)
        values = (change.before, change.after)
        old, new = (
            self._value(change, plan, value)
            for plan, value in zip((self._before, self._after), values, strict=True)
        )
        field = field_word(change.collection, change.field, self._language)
        if old == new:  # for rounding, or because only what lies behind it has changed
            old, new = (self._exactly(change, value) for value in values)
            if old == new:
                return self._say("renewed", about=about, field=field)
        old, new = _cut(old, new)
        return self._say("field", about=about, field=field, before=old, after=new)

    def _became(self, change: Change) -> str | None:
        """What becomes of an action: done, dropped or pursued again; None for anything else."""
        after = change.after if change.field is None else {change.field: change.after}
        action = self._after.item("actions", change.id) or self._before.item("actions", change.id)
        if not after or action is None:
            return None
        name = _short(self._name(action, self._after), _NAME_LENGTH)
        collection = collection_word("actions", self._language)
        about = self._say("about", collection=collection, name=name)
        if after.get("done_on"):
            day = show_date(date.fromisoformat(after["done_on"]), self._language)
            return self._say("done_on", about=about, value=day)
        if after.get("dropped"):
            return self._say("dropped", about=about)
        return self._say("resumed", about=about) if change.field == "dropped" else None

    def _say(self, shape: str, **parts: str) -> str:
        return _shape(shape, self._language).format(**parts)

    def _whole(self, change: Change, about: str) -> str:
        added = change.before is None
        plan, item = (self._after, change.after) if added else (self._before, change.before)
        fields = [f for f in _TOLD_WHOLE.get(change.collection, ()) if item[f] not in (None, False)]
        held = [self._held(change, field, plan, item[field]) for field in fields]
        told = self._say("added" if added else "removed", about=about)
        if not held:
            return told
        return told + self._say("holds", fields=_shape("between", self._language).join(held))

    def _held(self, change: Change, field: str, plan: Plan, value: Any) -> str:
        told = self._value(change.model_copy(update={"field": field}), plan, value)
        if isinstance(value, bool):
            return told
        name = field_word(change.collection, field, self._language)
        return self._say("value", field=name, value=told)

    def _about(self, change: Change) -> str:
        if change.collection == HEAD:
            return collection_word(HEAD, self._language)
        plan = self._before if self._before.item(change.collection, change.id) else self._after
        item = plan.item(change.collection, change.id)
        collection = collection_word(change.collection, self._language)
        if isinstance(item, Statement):
            collection = code_word("section", item.section, self._language)
        name = change.id if item is None else self._name(item, plan)
        length = _TEXT_LENGTH if change.field is None else _NAME_LENGTH
        return self._say("about", collection=collection, name=_short(name, length))

    def _name(self, item: Item, plan: Plan) -> str:
        if isinstance(item, Progress):
            action = plan.item("actions", item.id) or self._after.item("actions", item.id)
            return item.id if action is None else self._name(action, plan)
        if isinstance(item, Record):
            return show_date(item.held_on, self._language)
        named = next(str(getattr(item, field)) for field in _NAMED_BY if hasattr(item, field))
        return self._filled(named, item) if isinstance(item, Statement) else named

    def _filled(self, text: str, item: Item | None) -> str:
        """A statement's text with its figures in the place of their names."""
        facts = {f.key: f for f in item.facts} if isinstance(item, Statement) else {}
        return PLACEHOLDER.sub(
            lambda m: shown(facts[m[1]], self._language) if m[1] in facts else m[1], text
        )

    def _value(self, change: Change, plan: Plan, value: Any) -> str:
        field, language = str(change.field), self._language
        if value is None or value == "":
            return _shape("unset", language)
        item = plan.item(change.collection, change.id) if change.collection != HEAD else None
        if isinstance(value, list | tuple):
            between = _shape("between", language)
            parts = [self._fact(one) if isinstance(one, dict) else str(one) for one in value]
            return between.join(parts) or _shape("none", language)
        if isinstance(value, dict):
            return self._quoted(value) if field == "quote" else self._fact(value)
        if isinstance(value, bool):
            return code_word(field, str(value).lower(), language)
        if (change.collection, field) in _MONEY:
            return show_money(Decimal(value), plan.head.currency, language)
        if field in _KPI_FIGURES:
            return _figure(Decimal(value), item.unit if isinstance(item, Kpi) else "", language)
        if field in _DATES:
            return show_date(date.fromisoformat(value), language)
        return self._text(change.collection, field, str(value), plan, item)

    def _text(self, collection: str, field: str, value: str, plan: Plan, item: Item | None) -> str:
        language = self._language
        if collection == "people":
            kind = {"role": "buying_role", "attitude": "attitude"}.get(field, "text")
            return word(value, kind, language)
        if (collection, field) == ("kpis", "measure"):
            metric = metrics().get(value.partition("@")[0])
            return value if metric is None else metric.label.in_(language)
        if field == "goal":
            goal = plan.item("goals", value)
            return value if goal is None else self._say("said", text=self._name(goal, plan))
        if value in _words()["codes"].get(field, {}):
            return code_word(field, value, language)
        return self._filled(value, item) if field == "text" else value

    def _fact(self, told: Mapping[str, Any]) -> str:
        fact = _EVIDENCE.validate_python(told)
        label, value = fact.label.in_(self._language), shown(fact, self._language)
        return f"{label}{' ' if self._language == 'en' else ''}{value}"

    def _quoted(self, quote: Mapping[str, Any]) -> str:
        return " › ".join(part for part in (quote["title"], quote["heading"]) if part)

    def _exactly(self, change: Change, value: Any) -> str:
        """A figure with all its digits; nothing of what is no figure."""
        try:
            digits = f"{Decimal(value):,f}" if isinstance(value, str) else ""
        except ArithmeticError:
            return ""
        if digits and (change.collection, change.field) in _MONEY:
            currency = self._after.head.currency
            return show_money(Decimal(0), currency, self._language).replace("0", digits)
        return digits


def _figure(number: Decimal, unit: str, language: Language) -> str:
    if unit in _UNITS or _CURRENCY.fullmatch(unit):
        return show(number, unit, language)
    return f"{number:,f}{'' if language == 'ja' and not unit.isascii() else ' '}{unit}".rstrip()


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _cut(old: str, new: str) -> tuple[str, str]:
    """Two long texts from a little before they part."""
    if max(len(old), len(new)) <= _TEXT_LENGTH:
        return old, new
    pairs = zip(old, new, strict=False)
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))
    start = max(0, same - _CONTEXT)
    lead = "…" if start else ""
    return lead + _short(old[start:], _TEXT_LENGTH), lead + _short(new[start:], _TEXT_LENGTH)
