"""An identity provider on this machine: it signs tokens, and serves its public keys over HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://login.inaho.example/"
AUDIENCE = "tagayasu"


class Issuer:
    """Its keys `rsa-1` and `ec-1`; `served` is what it answers, and `asked` how often."""

    def __init__(self) -> None:
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.keys: list[dict[str, Any]] = [
            {**RSAAlgorithm.to_jwk(self.rsa.public_key(), as_dict=True), "kid": "rsa-1"},
            {**ECAlgorithm.to_jwk(self.ec.public_key(), as_dict=True), "kid": "ec-1"},
        ]
        self.asked = 0
        self.url = ""
        self.status, self.served = 200, b""
        self.publish()

    def publish(self, *more: dict[str, Any]) -> None:
        """Serve its keys, and more."""
        self.keys = [*self.keys, *more]
        self.served = json.dumps({"keys": self.keys}).encode()

    def claims(self, email: str, /, **changed: Any) -> dict[str, Any]:
        """What a good token says, with changes; a change to `...` leaves a claim out."""
        now = int(time.time())
        given = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": "s-1", "email": email, "email_verified": True,
            "iat": now - 5, "nbf": now - 5, "exp": now + 300, **changed,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not ...}

    def token(
        self, email: str, /, *, alg: str = "ES256", headers: Any = None, **changed: Any
    ) -> str:
        """A token that it has signed."""
        key, kid = (self.ec, "ec-1") if alg.startswith("ES") else (self.rsa, "rsa-1")
        claims = self.claims(email, **changed)
        return jwt.encode(claims, key, algorithm=alg, headers={"kid": kid, **(headers or {})})

    def settings(self, **more: str) -> str:
        """The part of a settings.toml that trusts it."""
        given = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": self.url, **more}
        lines = (f"{name} = {json.dumps(value)}" for name, value in given.items())
        return "\n[oidc]\n" + "\n".join(lines) + "\n"


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer whose keys can be fetched in this block."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            self.send_response(issuer.status)
            if 300 <= issuer.status < 400:
                self.send_header("Location", issuer.url + "/elsewhere")
            self.end_headers()
            self.wfile.write(issuer.served)

        def log_message(self, *_arguments: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_address[1]}/jwks"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield issuer
        server.shutdown()
