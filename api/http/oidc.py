"""A token counts when the provider's own key has signed it for us, lately; it decides nothing else.

Keys come from the configured address alone and signatures from the configured list: what a token
says of its algorithm, key or key's address is compared or ignored, never followed.
"""

from __future__ import annotations

import base64
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Annotated, Any, Literal

import jwt
import structlog
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from api.http.strict import loads
from api.scopes import SCOPES, Access
from crm.errors import UnavailableError
from crm.thresholds import Oidc

LONGEST_TOKEN = 8192
_FRESH_SECONDS = 3600.0
_BETWEEN_SECONDS = 60.0
_OLDEST_SECONDS = 24 * 3600.0
"""Keys are fetched again after an hour or for an unknown one, once a minute at the most; while
they cannot be fetched, the last ones hold for a day."""
_LARGEST_SET = 1024 * 1024
_TYPES = {None, "jwt", "at+jwt", "application/at+jwt"}
_FAMILIES = {"RSA": ("RS", "PS"), "EC": ("ES",), "OKP": ("EdDSA",)}
_LEAST_RSA_BITS = 2048
log = structlog.get_logger(__name__)

Instant = Annotated[int, Field(ge=0, le=2**40)] | Annotated[float, Field(ge=0, le=2**40)]
Fetch = Callable[[str, float], bytes]


class _Header(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    alg: str
    kid: str = Field(min_length=1, max_length=256)
    typ: str | None = None


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    iss: str
    aud: str | list[str]
    exp: Instant
    iat: Instant
    nbf: Instant | None = None
    email_verified: StrictBool | Literal["true"] | None = None


@dataclass(frozen=True)
class Bearer:
    """Whom a token is about, and what it may do."""

    email: str
    scopes: frozenset[Access]


class _Forged(Exception):  # noqa: N818 - it never leaves this module
    """The token is none of the provider's for us."""


class Tokens:
    """The tokens of the identity provider that the settings name."""

    def __init__(self, settings: Oidc, fetch: Fetch | None = None) -> None:
        self._settings = settings
        self._keys = KeySet(settings, fetch or fetched)

    def prepare(self) -> None:
        """Fetch the keys ahead of the first token."""
        self._keys.prepare()

    def bearer(self, token: str) -> Bearer | None:
        """Whom the token is about; None for one that does not count.

        Raises UnavailableError while the provider's keys have never been fetched.
        """
        try:
            return self._bearer(self._claims(token))
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a stranger's text does to a parser
            log.info("oidc.refused", error=type(error).__name__)
            return None

    def _claims(self, token: str) -> dict[str, Any]:
        parts = token.split(".")
        if len(token) > LONGEST_TOKEN or len(parts) != 3 or not token.isascii():
            raise _Forged
        raw = loads(_decoded(parts[0]))
        header = _Header.model_validate(raw)
        kind = None if header.typ is None else header.typ.lower()
        if kind not in _TYPES or "crit" in raw or header.alg not in self._settings.algorithms:
            raise _Forged
        _Claims.model_validate(loads(_decoded(parts[1])))
        key = self._keys.key(header.kid)
        if key is None or header.alg not in key.algorithms:
            raise _Forged
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=list(key.algorithms),
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=self._settings.leeway_seconds,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
        age = time.time() - float(claims["iat"])
        if age > self._settings.longest_minutes * 60 + self._settings.leeway_seconds:
            raise _Forged
        return claims

    def _bearer(self, claims: Mapping[str, Any]) -> Bearer:
        email = claims.get(self._settings.email_claim)
        if not isinstance(email, str) or email.count("@") != 1:
            raise _Forged
        if claims.get("email_verified") is False:
            raise _Forged
        return Bearer(email, self._scopes(claims))

    def _scopes(self, claims: Mapping[str, Any]) -> frozenset[Access]:
        if not self._settings.scope_claim:
            return frozenset(self._settings.scopes)
        given = claims.get(self._settings.scope_claim, "")
        named = given.split() if isinstance(given, str) else given
        listed = named if isinstance(named, list) else []
        return frozenset(scope for scope in SCOPES if f"tagayasu.{scope}" in listed)


@dataclass(frozen=True)
class SigningKey:
    """A public key of the provider, and the signatures it may have made."""

    key: Any
    algorithms: tuple[str, ...]


class KeySet:
    """The provider's keys, fetched rarely whatever strangers send."""

    def __init__(self, settings: Oidc, fetch: Fetch) -> None:
        self._settings, self._fetch = settings, fetch
        self._keys: dict[str, SigningKey] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching = threading.Lock()

    def prepare(self) -> None:
        """Fetch the keys, if that was not tried lately and nobody is at it."""
        if not self._fetching.acquire(blocking=False):
            return
        try:
            if time.monotonic() - self._tried >= _BETWEEN_SECONDS:
                self._tried = time.monotonic()
                self._take()
        finally:
            self._fetching.release()

    def key(self, kid: str) -> SigningKey | None:
        """The key of that id; UnavailableError when there are none that still hold."""
        age = time.monotonic() - self._fetched
        if kid not in self._keys or age > _FRESH_SECONDS:
            self.prepare()
        if time.monotonic() - self._fetched > _OLDEST_SECONDS:
            raise UnavailableError("The identity provider does not answer.", "Try again later.")
        return self._keys.get(kid)

    def _take(self) -> None:
        try:
            found = loads(self._fetch(self._settings.jwks_url, self._settings.timeout_seconds))
            listed = found["keys"]
            keys = [self._key(one) for one in listed if isinstance(one, dict)]
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            log.warning("oidc.keys_not_fetched", error=type(error).__name__)
            return
        self._keys = dict(reversed([k for k in keys if k is not None]))  # of two the first
        self._fetched = time.monotonic()

    def _key(self, given: dict[str, Any]) -> tuple[str, SigningKey] | None:
        """A key that can have signed tokens; None for any other."""
        kid, kind = given.get("kid"), given.get("kty")
        families = _FAMILIES.get(str(kind), ())
        usable = [a for a in self._settings.algorithms if a.startswith(families)]
        if given.get("alg") is not None:
            usable = [a for a in usable if a == given["alg"]]
        if not isinstance(kid, str) or given.get("use", "sig") != "sig" or not usable:
            return None
        try:
            key = jwt.PyJWK(given, usable[0]).key
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            log.warning("oidc.key_unusable", error=type(error).__name__)
            return None
        if kind == "RSA" and getattr(key, "key_size", 0) < _LEAST_RSA_BITS:
            return None
        return kid, SigningKey(key, tuple(usable))


def fetched(url: str, seconds: float) -> bytes:
    """What lies at an address, without following it elsewhere. Raises OSError or ValueError."""
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(url, timeout=seconds) as answer:
        body: bytes = answer.read(_LARGEST_SET + 1)
    if len(body) > _LARGEST_SET:
        raise ValueError("the key set is too large")
    return body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None


def _decoded(segment: str) -> bytes:
    padded = segment + "=" * (-len(segment) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)
