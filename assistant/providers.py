"""What a provider's name becomes, by LangChain; when it becomes nothing, the remedy is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from crm.errors import InputError

T = TypeVar("T")


def provided(what: str, name: str, make: Callable[[], T], *, instead: str) -> T:
    """What `make` makes of a name such as openai:gpt-5.1; `what` is it, `instead` the way around.

    Raises InputError with the remedy when the name, the package or the key is missing.
    """
    try:
        return make()
    except ImportError as error:
        raise InputError(
            f"The {what} `{name}` needs a package that is not installed.",
            f"Install the LangChain package of that provider, or {instead}.",
        ) from error
    except Exception as error:
        reason = "no key" if "key" in str(error).lower() else "its settings do not fit"
        raise InputError(
            f"The {what} `{name}` cannot be used: {reason}.",
            "Set the provider's key (OPENAI_API_KEY for openai:...) and write the name as "
            f"provider:model, or {instead}.",
        ) from error
