"""How well the ledger check sees: falsehoods caught, and faithful rewordings let through."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.bootstrap import Workspace
from assistant.ledger import plain
from assistant.named import Names
from crm.scope import OPERATOR
from crm.settings import Language
from tests.assistant.drafts import drafted, run
from tests.assistant.mutations import Answer, mutants, pieces_of
from tests.assistant.rewordings import Piece, Rewording, ordinals, rewordings

SEED = 20260930
LANGUAGES: tuple[Language, Language] = ("ja", "en")
ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("needs_attention", {}),
    ("account_overview", {"account_id": "A001"}),
    ("briefing", {"account_id": "A011"}),
    ("pipeline_metrics", {"by": "manager"}),
    ("pipeline_metrics", {"period": "FY2026H1"}),
    ("deal_health", {"signal": "stalled"}),
    ("key_contacts", {"account_id": "A011"}),
    ("recent_changes", {"account_id": "A011"}),
    ("knowledge_gaps", {"account_id": "A019"}),
    ("customer_profitability", {"account_id": "A001", "period": "FY2025"}),
    ("whale_curve", {"period": "FY2025"}),
    ("allocation_stress", {"period": "FY2025H2", "limit": 5}),
    ("price_and_terms", {"account_id": "A023"}),
    ("resource_concentration", {}),
    ("targets_and_gap", {"level": "team", "measure": "orders_won", "period": "FY2026H1"}),
    ("loss_analysis", {"by": "competitor", "period": "FY2025"}),
    ("kpi_pair", {}),
    ("concentration", {"period": "FY2025H2"}),
    ("driver_grid", {}),
    ("portfolio_zones", {}),
    ("abcd_matrix", {}),
    ("compare_grids", {}),
    ("key_account_selection", {"limit": 8}),
    ("channels", {"period": "FY2025"}),
    ("deepening_stage", {"account_id": "A022"}),
    ("depth_score", {"account_id": "A022"}),
    ("white_space", {"account_id": "A014"}),
    ("winning_traits", {}),
    ("effort_and_return", {"by": "person"}),
    ("relationship_map", {"account_id": "A020"}),
    ("introduction_routes", {"account_id": "A020"}),
    ("engagement_report", {"by": "account"}),
)
"""What the answers are to: every kind of tool, some over a fiscal period."""
_OTHERS = ("A012", "A018", "A022", "A023", "A024", "A025")
_RARE = ("days", "points", "times")
"""Units that answers show seldom, and that are to be tried as well."""


@dataclass
class Tally:
    """Of each kind how many were tried and how many were stopped; `told` are the misjudged."""

    tried: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def share(self, kind: str | None = None) -> float:
        """The share stopped, of a kind or of all."""
        if kind is not None:
            return self.stopped[kind] / self.tried[kind]
        return self.stopped.total() / self.tried.total()

    def table(self, what: str) -> str:
        """The tally as lines, a kind each, and the total."""
        lines = [f"{what:24} {'tried':>6} {'stopped':>8} {'share':>8}"]
        for kind in sorted(self.tried):
            lines.append(f"{kind:24} {self.tried[kind]:6} {self.stopped[kind]:8}"
                         f" {self.share(kind):8.2%}")  # fmt: skip
        total = (self.tried.total(), self.stopped.total())
        return "\n".join([*lines, f"{'all':24} {total[0]:6} {total[1]:8} {self.share():8.2%}"])


def answers(
    workspace: Workspace, asked: Sequence[tuple[str, dict[str, Any]]] = ASKED
) -> list[Answer]:
    """Faithful answers in both languages, each with a ledger that knows every name."""
    names = Names.of(workspace.desk.tables(OPERATOR))
    found = []
    for tool, arguments in asked:
        result = run(workspace, tool, **arguments)
        for language in LANGUAGES:
            draft, ledger = drafted(result, language)
            ledger.know(names)
            pieces = pieces_of(draft, ledger, language)
            found.append(Answer(result, pieces, ledger, draft, language, arguments))
    return found


def falsehoods(workspace: Workspace, given: Sequence[Answer], most: int) -> Tally:
    """The mutants of the answers, at most so many of a kind and answer; each must be stopped."""
    others = [run(workspace, "account_overview", account_id=one) for one in _OTHERS]
    tally, chance = Tally(), random.Random(SEED)
    for answer in given:
        subjects = {str(answer.arguments.get("account_id"))}
        apart = [o for o, one in zip(others, _OTHERS, strict=True) if one not in subjects]
        for mutant in mutants(answer, apart, chance, most):
            tally.tried[mutant.kind] += 1
            if answer.ledger.check(mutant.text):
                tally.stopped[mutant.kind] += 1
            else:
                tally.told.append(f"{answer.result.tool} {answer.language} {mutant.told}")
    return tally


def faithful(given: Sequence[Answer], count: int) -> Tally:
    """Answers with a few figures in other words; none must be stopped."""
    tally, chance = Tally(), random.Random(SEED)
    for number in range(count):
        answer = given[number % len(given)]
        used, text = _reworded(answer, chance)
        failures = answer.ledger.check(text)
        tally.tried.update(["answer", *(kind for kind, _writing in used)])
        if failures:
            stopped = [f.text.strip() for f in failures]
            told = [r for r in used if any(f in r[1] or r[1] in f for f in stopped)]
            tally.stopped.update(["answer", *(kind for kind, _writing in told)])
            tally.told.append(f"{answer.result.tool} {answer.language} {told or stopped}")
    return tally


def _reworded(answer: Answer, chance: random.Random) -> tuple[list[Rewording], str]:
    """The answer with some of its figures reworded, and a row of its table by its place."""
    figures = [n for n, piece in enumerate(answer.pieces) if piece.is_figure]
    rare = [n for n in figures if (f := answer.pieces[n].fact) and f.unit in _RARE]
    chosen = {
        *chance.sample(rare, min(len(rare), 1)),
        *chance.sample(figures, min(len(figures), 2)),
    }
    used: list[Rewording] = []
    parts: list[str] = []
    for place, piece in enumerate(answer.pieces):
        options = _options(piece) if place in chosen else []
        if options:
            wanted = chance.choice(sorted({kind for kind, _writing in options}))
            used.append(chance.choice([r for r in options if r[0] == wanted]))
        parts.append(used[-1][1] if options else piece.text)
    whole = "".join(piece.text for piece in answer.pieces)
    text = "".join(parts) + answer.text.removeprefix(whole)
    if placed := _placed(answer, chance):
        used.append(("ordinal", placed))
        text += f"\n\n{placed}"
    return used, text


def _placed(answer: Answer, chance: random.Random) -> str:
    """A sentence that says at which place a row of the answer's table stands; "" without one."""
    table = answer.result.table
    if table is None or not table.rows or not table.columns[0].name.endswith(("account", "name")):
        return ""
    row = chance.randrange(len(table.rows))
    name = plain(str(table.rows[row][0]))
    place = chance.choice(ordinals(row + 1))
    return f"{place}は{name}です。" if answer.language == "ja" else f"{name} is in place {place}."


def _options(piece: Piece) -> list[Rewording]:
    """The rewordings of a figure that leave something of it."""
    some = re.compile(r"[1-9１-９一二三四五六七八九十百半¼½¾a-z]|ゼロ")
    return [(kind, writing) for kind, writing in rewordings(piece) if some.search(writing)]
