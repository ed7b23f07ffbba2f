"""Acts: what a conversation can do besides looking things up, as tools that know whose turn it is.

An act shows a page of ours; whatever changes something is shown first and done when the person says
so in their next message. A model calls acts, but neither writes a page nor confirms anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from assistant.planning.memory import Memory
from tools.arguments import Arguments
from tools.facts import Text
from tools.tool import unfit

if TYPE_CHECKING:
    from assistant.builtin.dialogue import Before
    from assistant.builtin.moves import Move
    from assistant.builtin.reading import Reader
    from assistant.deps import Turn


@dataclass(frozen=True)
class Page:
    """What an act has to say, in Markdown of ours, and what the thread is to remember of it."""

    text: str
    memory: Memory


@dataclass(frozen=True)
class Act:
    """One act: its name, what it is asked with, what it does, and help in ja and en."""

    name: str
    arguments: type[Arguments]
    run: Callable[[Turn, Any], Page]
    help: Text

    def call(self, turn: Turn, given: Mapping[str, Any]) -> Page:
        """Do it for the person whose turn it is. Raises InputError for unfit arguments."""
        try:
            arguments = self.arguments.model_validate({**given, "as_of": turn.as_of})
        except ValidationError as error:
            raise unfit(self.name, self.arguments, error) from None
        return self.run(turn, arguments)


def _read(_turn: Turn, reader: Reader, text: str, before: Before) -> list[Move]:
    return reader.read(text, before)


class Acts:
    """The acts by name; `read` tells the builtin model what a message asks for, acts or others."""

    def __init__(
        self,
        acts: tuple[Act, ...] = (),
        read: Callable[[Turn, Reader, str, Before], list[Move]] = _read,
    ) -> None:
        self._acts = {act.name: act for act in acts}
        self.read = read

    def __iter__(self) -> Iterator[Act]:
        return iter(self._acts.values())

    def __contains__(self, name: object) -> bool:
        return name in self._acts
