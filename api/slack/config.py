"""What Slack needs to know us comes from the environment, and from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.slack.installations import sealer
from crm.errors import InputError

_API = "https://slack.com/api/"
_VARIABLES = {
    "bot_token": "SLACK_BOT_TOKEN",
    "signing_secret": "SLACK_SIGNING_SECRET",
    "app_token": "SLACK_APP_TOKEN",
    "client_id": "SLACK_CLIENT_ID",
    "client_secret": "SLACK_CLIENT_SECRET",
    "token_key": "SLACK_TOKEN_KEY",
    "address": "SLACK_ADDRESS",
}


@dataclass(frozen=True)
class SlackConfig:
    """The app's tokens. `api_url` is where Slack's Web API is; tests have one of their own.

    With `client_id`, `client_secret`, `token_key` (which seals tokens in the database) and
    `address` (our own https address) the app can be installed by link in several teams.
    """

    bot_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token_key: str = field(default="", repr=False)
    address: str = ""
    api_url: str = _API
    pace: float = 1.0
    """Seconds between two messages in a channel, as Slack wants it."""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> SlackConfig:
        """SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET (events over HTTP), SLACK_APP_TOKEN (Socket Mode);
        SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_TOKEN_KEY and SLACK_ADDRESS (install by link).

        Raises InputError when what belongs together is not complete, or the key seals nothing.
        """
        given: dict[str, Any] = {
            name: environment.get(key, "").strip() for name, key in _VARIABLES.items()
        }
        return cls(**given).checked()

    def checked(self) -> SlackConfig:
        """The same. Raises InputError when it is not complete, or the key seals nothing."""
        by_link = ("client_id", "client_secret", "token_key", "address")
        if any(getattr(self, name) for name in by_link):
            self._need("SLACK_CLIENT_ID is set", *by_link, "signing_secret")
            sealer(self.token_key)
        elif self.signing_secret:
            self._need("SLACK_SIGNING_SECRET is set", "bot_token")
        return self

    @property
    def takes_http(self) -> bool:
        """Whether events come over HTTP."""
        return bool(self.signing_secret)

    @property
    def installs(self) -> bool:
        """Whether the app can be installed by link."""
        return bool(self.client_id)

    def for_socket(self) -> SlackConfig:
        """The same, checked for Socket Mode. Raises InputError when a token is missing."""
        self._need("", "bot_token", "app_token")
        return self

    def _need(self, because: str, *names: str) -> None:
        missing = [_VARIABLES[name] for name in names if not getattr(self, name)]
        if missing:
            what = f"{', '.join(missing)} is not set"
            raise InputError(
                f"{because}, but {what}." if because else f"{what}.",
                "docs/slack.md says which belong together.",
            )
