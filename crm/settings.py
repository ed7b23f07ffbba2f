"""Every setting of a workspace: its default, its meaning, and nothing that is not documented."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from crm.errors import WorkspaceError

Language = Literal["ja", "en"]
FILE = "settings.toml"


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Company(_Group):
    """The company whose workspace this is."""

    name: str = Field(default="", description="Name shown in headings.")
    currency: str = Field(
        default="JPY", pattern="^[A-Z]{3}$", description="ISO code of the workspace currency."
    )
    language: Language = Field(
        default="ja", description="Language used where a request does not show one."
    )
    time_zone: str = Field(default="Asia/Tokyo", description="IANA name; decides what today is.")
    fiscal_year_start: int = Field(
        default=4, ge=1, le=12, description="Month in which the fiscal year starts."
    )
    as_of: date | None = Field(
        default=None,
        description="The day the data speaks of, for historical data; empty means today.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone `{value}`") from None
        return value


class Deals(_Group):
    """Deal health and probabilities (docs/metrics.md (pipeline))."""

    stage_probability: dict[str, Annotated[Decimal, Field(ge=0, le=1)]] = Field(
        default={},
        description="Probability of a stage, used when neither the deal nor history has one.",
    )
    history_minimum: int = Field(
        default=30,
        ge=1,
        description="Closed deals a stage needs before its history is a probability.",
    )
    stalled_floor_days: int = Field(
        default=14, ge=0, description="A deal is never called stalled within this many days."
    )
    silent_days: int = Field(default=14, ge=1, description="Days without activity: silent.")
    very_silent_days: int = Field(
        default=30, ge=1, description="Days without activity: very silent."
    )
    one_sided_days: int = Field(default=30, ge=1, description="Window for the one-sided signal.")
    one_sided_outbound: int = Field(
        default=3, ge=1, description="Outbound activities without an answer that make it one-sided."
    )
    contact_window_days: int = Field(
        default=90, ge=1, description="Window in which a contact counts as active."
    )
    minimum_contacts: int = Field(
        default=2, ge=1, description="Fewer active contacts than this is single-threaded."
    )
    blue_days: int = Field(default=7, ge=0, description="Last action within these days: blue.")
    yellow_days: int = Field(default=30, ge=0, description="Last action within these days: yellow.")


class Attention(_Group):
    """Signals of the attention list (docs/metrics.md (signal))."""

    sales_window_days: int = Field(default=90, ge=1, description="Trailing window for sales down.")
    sales_down: Decimal = Field(
        default=Decimal("-0.20"), description="Change of sales at or below which it is a signal."
    )
    margin_down_points: Decimal = Field(
        default=Decimal("0.05"), description="Fall of the contribution margin that is a signal."
    )
    silence_top_days: int = Field(default=30, ge=1, description="Silence at a top account.")
    silence_days: int = Field(default=90, ge=1, description="Silence at another customer.")
    silence_value: Decimal = Field(
        default=Decimal("0.25"),
        description="Share of a year's sales counted as at stake when an account is silent.",
    )
    top_share: Decimal = Field(
        default=Decimal("0.20"),
        description="Share of buying accounts, by sales, that are top accounts.",
    )
    contract_days: int = Field(default=90, ge=1, description="Contract ends within these days.")
    target_attainment: Decimal = Field(
        default=Decimal("0.80"), description="Share of the target to date below which it is a gap."
    )
    left_days: int = Field(
        default=180,
        ge=1,
        description="Days for which a champion's or decision maker's leaving counts.",
    )
    neglected_activities: int = Field(
        default=4, ge=1, description="Fewer activities than this in the window: a neglected B."
    )
    neglected_days: int = Field(default=180, ge=1, description="Window for a neglected B.")
    trap_ratio: Decimal = Field(
        default=Decimal("2"), description="Share of hours over share of sales that makes a C trap."
    )
    engagement_days: int = Field(default=30, ge=1, description="Window for document views.")
    engagement_views: int = Field(default=5, ge=1, description="Views a surge or drop needs.")
    engagement_factor: Decimal = Field(
        default=Decimal("3"),
        description="Times the usual views that make a surge (or its inverse).",
    )
    concentration: Decimal = Field(
        default=Decimal("0.25"), description="Share of all sales at one account that is a risk."
    )
    severity: dict[str, Decimal] = Field(
        default={
            "profit_negative": Decimal("1.0"),
            "sales_down": Decimal("1.0"),
            "margin_down": Decimal("0.9"),
            "champion_left": Decimal("0.9"),
            "decision_maker_gone": Decimal("0.9"),
            "stalled": Decimal("0.8"),
            "contract_ends": Decimal("0.8"),
            "target_gap": Decimal("0.7"),
            "one_sided": Decimal("0.6"),
            "silent_30": Decimal("0.6"),
            "overdue": Decimal("0.5"),
            "silence": Decimal("0.5"),
            "single_threaded": Decimal("0.4"),
            "neglected_b": Decimal("0.6"),
            "c_trap": Decimal("0.5"),
            "engagement_surge": Decimal("0.5"),
            "engagement_drop": Decimal("0.4"),
            "next_step_overdue": Decimal("0.3"),
            "concentration": Decimal("0.3"),
        },
        description="Weight of each signal: the rank is money at stake times the weight.",
    )


class WhiteSpace(_Group):
    """What peers buy and an account does not (docs/metrics.md, whitespace)."""

    minimum_peers: int = Field(
        default=8, ge=1, description="Peers (same industry and size band) an estimate needs."
    )
    minimum_buyers: Decimal = Field(
        default=Decimal("0.40"), description="Share of the peers that must buy the category."
    )


class Models(_Group):
    """The language model and its limits."""

    provider_timeout_seconds: float = Field(
        default=25, gt=0, description="How long one call to a provider may take."
    )
    turn_seconds: float = Field(default=60, gt=0, description="How long a whole turn may take.")
    fallback: bool = Field(
        default=True, description="Answer with the builtin model when the provider does not."
    )
    calls_per_turn: int = Field(
        default=12, ge=2, description="Model calls in one turn at the most."
    )
    remembered_turns: int = Field(
        default=8, ge=1, description="Earlier turns of a thread that the model is shown."
    )


class Knowledge(_Group):
    """Passages: how they are cut and found."""

    chunk_characters: int = Field(
        default=600, ge=200, le=2000, description="Length at which a section is cut in two."
    )
    floor: Decimal = Field(
        default=Decimal("0.84"),
        description="Similarity below which a passage is not shown.",
    )
    results: int = Field(
        default=5, ge=1, le=50, description="Passages shown when none is asked for."
    )


class Settings(_Group):
    """All settings of a workspace, as grouped in its settings.toml."""

    company: Company = Company()
    deals: Deals = Deals()
    attention: Attention = Attention()
    white_space: WhiteSpace = WhiteSpace()
    models: Models = Models()
    knowledge: Knowledge = Knowledge()


def load_settings(folder: Path) -> Settings:
    """The settings of the workspace in `folder`.

    Raises WorkspaceError when the folder is no workspace or a setting does not fit.
    """
    path = folder / FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise WorkspaceError(
            f"{folder} is not a workspace: it has no {FILE}.",
            "Make one with `tagayasu import` or `tagayasu demo`, or name another with --workspace.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"{path} is not valid TOML: {error}.", "Mend it there.") from None
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WorkspaceError(
            f"{path}: `{place}` does not fit: {first['msg']}.",
            "docs/settings.md lists every setting.",
        ) from None


def new_settings_text(company: Company) -> str:
    """The settings.toml of a new workspace: the company, and where the rest is documented."""
    values = company.model_dump(exclude_none=True)
    lines = ["# Every setting and its default: docs/settings.md", "", "[company]"]
    for key, value in values.items():
        shown = value.isoformat() if isinstance(value, date) else _toml(value)
        lines.append(f"{key} = {shown}")
    return "\n".join(lines) + "\n"


def _toml(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
