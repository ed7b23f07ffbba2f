"""Which language model drives the graph: the builtin one, or any that LangChain knows by name."""

from __future__ import annotations

import os

from langchain_core.language_models import BaseChatModel

from crm.errors import InputError
from crm.settings import Models

BUILTIN = "builtin"
VARIABLE = "TAGAYASU_MODEL"


def chosen_model() -> str:
    """The model named by TAGAYASU_MODEL; `builtin` when it names none."""
    return os.environ.get(VARIABLE, "").strip() or BUILTIN


def provider_model(name: str, settings: Models) -> BaseChatModel:
    """The provider's chat model, with a deadline and no retries.

    Raises InputError with the remedy when the name, the package or the key is missing.
    """
    from langchain.chat_models import init_chat_model

    if name.endswith(":"):
        raise InputError(
            f"The model `{name}` names no model.", "Write it as provider:model, or unset it."
        )
    try:
        return init_chat_model(
            name, timeout=settings.provider_timeout_seconds, max_retries=0, temperature=0
        )
    except ImportError as error:
        raise InputError(
            f"The model `{name}` needs a package that is not installed.",
            "Install the LangChain package of that provider, or unset TAGAYASU_MODEL.",
        ) from error
    except Exception as error:
        reason = "no key" if "key" in str(error).lower() else "its settings do not fit"
        raise InputError(
            f"The model `{name}` cannot be used: {reason}.",
            "Set the provider's key (OPENAI_API_KEY for openai:...) and check TAGAYASU_MODEL, "
            "or unset it to use the builtin model.",
        ) from error


def check_model(settings: Models) -> None:
    """Raise InputError with the remedy when the chosen model cannot be used."""
    if (name := chosen_model()) != BUILTIN:
        provider_model(name, settings)
