"""Every group of settings is frozen and takes no name that it does not know."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Group(BaseModel):
    """One group of settings.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Share = Annotated[Decimal, Field(ge=0, le=1)]
Weights = dict[str, Annotated[Decimal, Field(ge=0)]]


def weighted(**shares: str) -> Weights:
    """Weights by name, as written."""
    return {name: Decimal(share) for name, share in shares.items()}
