"""A plan is checked by rules, and says what it still lacks; filling a gap never lowers its score.

The score is a share of weighted checks, exact until it is rounded half up to a whole number.
Source of the checks: docs/metrics.md (account plan) [AP, KAM]; weights and words: checks.yaml.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from crm.declared import declared
from crm.settings import Language
from plans.fulfilment import RULES, Missing, fulfilment
from plans.model import PLACEHOLDER, Plan, Statement
from tools.facts import Text
from tools.format import shown

FULL = 100
_NAME_LENGTHS: dict[Language, int] = {"ja": 60, "en": 110}
_LANGUAGES: tuple[Language, ...] = ("ja", "en")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GapWords(_Model):
    """What is said of a gap, and the question that asks one of us for it."""

    ja: str
    en: str
    question_ja: str
    question_en: str


class Check(_Model):
    """A check as checks.yaml declares it; `gaps` by their kind."""

    code: str
    weight: int = Field(gt=0)
    ja: str
    en: str
    gaps: dict[str, GapWords]

    @property
    def name(self) -> Text:
        return Text(ja=self.ja, en=self.en)


@dataclass(frozen=True)
class CheckResult:
    """How far a plan fulfils a check: `share` from 0 to 1 of its `weight`."""

    code: str
    name: Text
    weight: int
    share: Fraction


@dataclass(frozen=True)
class Gap:
    """What a plan lacks, and the points of the score that it would add at the least.

    With `item`: the `field` of that item of the collection (`value` is what it should become,
    where that is settled). Without: an item to be added, its `field` being `value` where that is
    settled; of the collection `head`, the `field` to be set.
    """

    check: str
    kind: str
    collection: str
    item: str | None
    field: str | None
    value: str | None
    gain: Fraction
    text: Text
    question: Text


@dataclass(frozen=True)
class Checked:
    """What the checks say of a plan on a day; `gaps` are ordered with the most valuable first."""

    as_of: date
    score: int
    checks: tuple[CheckResult, ...]
    gaps: tuple[Gap, ...]


@cache
def checks() -> Mapping[str, Check]:
    """Every check by its code, in the order of the document."""
    specs: dict[str, dict[str, Any]] = declared("plans", "checks.yaml")
    found = {code: Check(code=code, **spec) for code, spec in specs.items()}
    if found.keys() != RULES.keys():
        raise ValueError(f"checks.yaml and its rules differ: {set(found) ^ set(RULES)}")
    return found


def check(plan: Plan, as_of: date) -> Checked:
    """The plan's score from 0 to 100, each check's share, and the gaps.

    Gaps of equal worth stand in the order of the document. A check that waits for items which
    another check asks for has no gaps; a plan without gaps has the full score.
    """
    results: list[CheckResult] = []
    gaps: list[Gap] = []
    full = sum(one.weight for one in checks().values())
    for one in checks().values():
        found = fulfilment(one.code, plan)
        results.append(CheckResult(one.code, one.name, one.weight, found.share))
        points = Fraction(FULL * one.weight, full)
        gaps += [_gap(plan, one, missing, points * share) for missing, share in found.missing]
    reached = sum((one.weight * one.share for one in results), Fraction(0))
    return Checked(
        as_of=as_of,
        score=math.floor(FULL * reached / full + Fraction(1, 2)),
        checks=tuple(results),
        gaps=tuple(sorted(gaps, key=lambda gap: -gap.gain)),
    )


def _gap(plan: Plan, declared: Check, missing: Missing, gain: Fraction) -> Gap:
    words = declared.gaps[missing.kind]
    named = {language: _named(plan, missing, language) for language in _LANGUAGES}
    return Gap(
        check=declared.code,
        kind=missing.kind,
        collection=missing.collection,
        item=missing.item,
        field=missing.field,
        value=missing.value,
        gain=gain,
        text=Text(ja=words.ja.format(named=named["ja"]), en=words.en.format(named=named["en"])),
        question=Text(
            ja=words.question_ja.format(named=named["ja"]),
            en=words.question_en.format(named=named["en"]),
        ),
    )


def _named(plan: Plan, missing: Missing, language: Language) -> str:
    """What a gap is about, in a few words; a statement with its figures in place."""
    found = plan.item(missing.collection, missing.item) if missing.item else None
    named = ("・" if language == "ja" else ", ").join(missing.named)
    if isinstance(found, Statement):
        facts = {fact.key: fact for fact in found.facts}
        named = PLACEHOLDER.sub(lambda m: shown(facts[m[1]], language), named)
    longest = _NAME_LENGTHS[language]
    return named if len(named) <= longest else named[: longest - 1] + "…"
