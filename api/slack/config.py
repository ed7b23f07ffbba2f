"""What Slack needs to know us comes from the environment, and from nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm.errors import InputError

_API = "https://slack.com/api/"


@dataclass(frozen=True)
class SlackConfig:
    """The app's tokens. `api_url` is where Slack's Web API is; tests have one of their own."""

    bot_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = _API

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> SlackConfig:
        """SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET (events over HTTP), SLACK_APP_TOKEN (Socket Mode).

        Raises InputError when there is a signing secret but no bot token.
        """
        config = cls(
            bot_token=environment.get("SLACK_BOT_TOKEN", "").strip(),
            signing_secret=environment.get("SLACK_SIGNING_SECRET", "").strip(),
            app_token=environment.get("SLACK_APP_TOKEN", "").strip(),
        )
        if config.signing_secret and not config.bot_token:
            raise InputError("SLACK_SIGNING_SECRET is set but SLACK_BOT_TOKEN is not.", "Set both.")
        return config

    @property
    def takes_http(self) -> bool:
        """Whether events come over HTTP."""
        return bool(self.signing_secret)

    def for_socket(self) -> SlackConfig:
        """The same, checked for Socket Mode. Raises InputError when a token is missing."""
        for name, token in (
            ("SLACK_BOT_TOKEN", self.bot_token),
            ("SLACK_APP_TOKEN", self.app_token),
        ):
            if not token:
                raise InputError(f"{name} is not set.", "api/slack/manifest.yaml says which apply.")
        return self
