"""How the HTTP door is opened: to whom, how often, and what it trusts."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from crm.thresholds.group import Group

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Http(Group):
    """The HTTP door."""

    requests_per_minute: int = Field(
        default=300,
        ge=1,
        description="Requests of one person in a minute, counted by each process for itself; half "
        "of them may come at once.",
    )
    failures_per_minute: int = Field(
        default=30,
        ge=1,
        description="Requests without a valid key or token from one address in a minute that are "
        "answered 401; the others are answered 429.",
    )
    hosts: list[str] = Field(
        default=[],
        description="Host names it answers to, e.g. tagayasu.example.com or *.example.com; empty: "
        "any.",
    )
    proxies: list[str] = Field(
        default=["127.0.0.1"],
        description="Addresses or networks of the proxies whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed.",
    )
    cors_origins: list[str] = Field(
        default=[],
        description="Origins whose pages may call it from a browser, e.g. https://app.example.com; "
        "empty: none.",
    )
    tls: bool = Field(
        default=False,
        description="It is reached over TLS only: browsers are told so for a year (HSTS).",
    )
    metrics: bool = Field(
        default=False,
        description="Serve /metrics for Prometheus: to this machine alone, or with the variable "
        "TAGAYASU_METRICS_TOKEN to whoever sends it as a bearer token.",
    )
    shutdown_seconds: float = Field(
        default=8,
        ge=0,
        le=60,
        description="Seconds that running requests may go on when the server is told to stop.",
    )

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: list[str]) -> list[str]:
        for origin in value:
            parts = urlsplit(origin)
            if origin != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in {
                "http",
                "https",
            }:
                raise ValueError(f"`{origin}` is no origin such as https://app.example.com")
        return value


class Oidc(Group):
    """Bearer tokens of an identity provider (OpenID Connect), beside API keys."""

    issuer: str = Field(
        default="", description="The `iss` of its tokens, to the letter; empty: no tokens."
    )
    audience: str = Field(default="", description="The `aud` its tokens for this server carry.")
    jwks_url: str = Field(
        default="", description="Where its public keys are (https, or http on this machine)."
    )
    algorithms: list[Algorithm] = Field(
        default=["RS256", "ES256"],
        min_length=1,
        description="Signatures that are accepted, whatever a token says of itself.",
    )
    email_claim: str = Field(
        default="email",
        min_length=1,
        description="The claim with the person's e-mail address, as in the directory; choose one "
        "that people cannot set themselves.",
    )
    scopes: list[Literal["read", "write", "admin"]] = Field(
        default=["write"],
        description="What a token may do, where `scope_claim` is empty: read, write or admin; each "
        "holds those before it.",
    )
    scope_claim: str = Field(
        default="",
        description="The claim that lists what a token may do, as tagayasu.read, tagayasu.write, "
        "tagayasu.admin; a token without any of them may do nothing.",
    )
    leeway_seconds: int = Field(
        default=30, ge=0, le=300, description="Seconds by which its clock and ours may differ."
    )
    longest_minutes: int = Field(
        default=1440, ge=1, description="Minutes from `iat` after which no token is accepted."
    )
    timeout_seconds: float = Field(
        default=5, gt=0, le=30, description="Seconds that fetching its keys may take."
    )

    @field_validator("jwks_url")
    @classmethod
    def _safe(cls, value: str) -> str:
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or parts.hostname in _LOOPBACK
        if value and not (is_safe and parts.scheme in {"http", "https"} and parts.hostname):
            raise ValueError("keys are fetched by https only, or by http on this machine")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Oidc:
        given = [bool(self.issuer), bool(self.audience), bool(self.jwks_url)]
        if any(given) and not all(given):
            raise ValueError("issuer, audience and jwks_url are needed together")
        return self
