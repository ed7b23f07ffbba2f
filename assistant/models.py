"""Which language model drives the graph: the builtin one, or any that LangChain knows by name."""

from __future__ import annotations

import os

from langchain_core.language_models import BaseChatModel

from assistant.providers import provided
from crm.errors import InputError
from crm.settings import Models

BUILTIN = "builtin"
VARIABLE = "TAGAYASU_MODEL"


def chosen_model() -> str:
    """The model named by TAGAYASU_MODEL; `builtin` when it names none."""
    return os.environ.get(VARIABLE, "").strip() or BUILTIN


def provider_model(name: str, settings: Models) -> BaseChatModel:
    """The provider's chat model: it streams, tells its usage, has a deadline and no retries.

    Raises InputError with the remedy when the name, the package or the key is missing.
    """
    from langchain.chat_models import init_chat_model

    if name.endswith(":"):
        raise InputError(
            f"The model `{name}` names no model.", "Write it as provider:model, or unset it."
        )
    model: BaseChatModel = provided(
        "model",
        name,
        lambda: init_chat_model(
            name, timeout=settings.provider_timeout_seconds, max_retries=0, temperature=0
        ),
        instead=f"unset {VARIABLE} to use the builtin model",
    )
    known = type(model).model_fields
    return model.model_copy(
        update={name: True for name in ("streaming", "stream_usage") if name in known}
    )


def check_model(settings: Models) -> None:
    """Raise InputError with the remedy when the chosen model cannot be used."""
    if (name := chosen_model()) != BUILTIN:
        provider_model(name, settings)
