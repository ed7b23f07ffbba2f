"""A tool: a function of the tables and its arguments, with its help in ja and en."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from crm.errors import InputError
from crm.scope import ScopedTables
from tools.arguments import Arguments, GroupArguments
from tools.facts import Text, ToolResult
from tools.groups import GroupedTables, by_group, with_members
from tools.rows import chosen, unlimited


@dataclass(frozen=True)
class Tool:
    """One tool: its name, what it is asked with, the function, and help in ja and en.

    `needs` are the canonical tables without any one of which it refuses, whatever it is asked; of
    `needs_any` one is enough. What else it reads, it does without and says so.
    """

    name: str
    arguments: type[Arguments]
    run: Callable[[ScopedTables, Any], ToolResult]
    help: Text
    needs: tuple[str, ...]
    needs_any: tuple[str, ...] = ()

    def call(self, tables: ScopedTables, given: Mapping[str, Any]) -> ToolResult:
        """Run the tool on arguments as a caller gives them; on groups when they ask for it.

        Raises InputError that names the argument when one does not fit.
        """
        try:
            arguments = self.arguments.model_validate(given)
        except ValidationError as error:
            raise unfit(self.name, self.arguments, error) from None
        return chosen(self._ran(tables, unlimited(arguments)), arguments)

    def _ran(self, tables: ScopedTables, arguments: Arguments) -> ToolResult:
        if isinstance(arguments, GroupArguments) and arguments.group:
            groups = by_group(tables)
            return with_members(self.run(groups, _of_head(arguments, groups)), groups)
        return self.run(tables, arguments)


def _of_head(arguments: GroupArguments, groups: GroupedTables) -> GroupArguments:
    """The arguments about the group that their account belongs to."""
    account = getattr(arguments, "account_id", None)
    head = groups.heads.get(account) if account else None
    return arguments.model_copy(update={"account_id": head}) if head else arguments


def unfit(tool: str, arguments: type[Arguments], error: ValidationError) -> InputError:
    """What to say of arguments that do not fit, naming the first."""
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else "arguments"
    allowed = ", ".join(arguments.model_fields)
    if first["type"] == "extra_forbidden":
        return InputError(f"{tool} has no argument `{name}`.", f"It takes: {allowed}.")
    if first["type"] == "missing":
        return InputError(f"{tool} needs the argument `{name}`.", f"It takes: {allowed}.")
    return InputError(f"{tool}: `{name}` does not fit: {first['msg']}.", f"It takes: {allowed}.")
