"""What every message of a turn is read by: the accounts and people there are, and who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.builtin.arguments import ArgumentWriter, Asker
from assistant.builtin.slots import Colleague, Ware
from assistant.builtin.understand import Understanding
from crm.settings import Language
from tools.accounts import NamedAccount


@dataclass(frozen=True)
class Ground:
    """What is known before a message is read."""

    understanding: Understanding
    writer: ArgumentWriter
    accounts: Sequence[NamedAccount]
    people: Sequence[Colleague]
    wares: Sequence[Ware]
    asker: Asker
    language: Language
