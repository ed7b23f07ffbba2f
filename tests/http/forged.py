"""Keys and tokens that nobody has given out, each class of them under its name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import string
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from tests.http.issuer import Issuer

Draw = random.Random
_LETTERS = string.ascii_letters + string.digits + "-_"
_NONES = ("none", "None", "NONE", "nOnE", "none ", "", "null", "no", "nonе")
_KIDS = (
    "../../../dev/null", "/dev/null", "file:///etc/passwd", "' OR 1=1 --", "rsa-1' UNION SELECT 1",
    "x" * 257, "x" * 6000, "rsa-1\x00", "RSA-1", " rsa-1", "", "http://127.0.0.1:1/jwks", "%2e%2e",
)  # fmt: skip
_NO_JSON = (b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"NaN", b"")
_NO_BASE64 = ("*", "=", "a b", "あ")
_WRONG: dict[str, tuple[str, tuple[Any, ...]]] = {
    "other audience": (
        "aud", ("other", "", "tagayasu ", "TAGAYASU", [], ["other"], None, 1, {"a": 1}, ...),
    ),
    "other issuer": ("iss", ("https://login.inaho.example", "https://evil.example/", "", ...)),
    "address not verified": ("email_verified", (False, "false", 0, 1, "yes", [True])),
    "address of another type": ("email", (["a@b.c"], {"a@b.c": 1}, 1, True, None, ...)),
}  # fmt: skip
"""Claims that a token of the issuer's own may not have."""


def keys(draw: Draw, real: str, ended: list[str]) -> Iterator[tuple[str, bytes]]:
    """Keys without end, each with the name of its class; `ended` once were keys."""
    digest = hashlib.sha256(real.encode()).hexdigest()
    while True:
        place = draw.randrange(4, len(real))
        other = draw.choice(_LETTERS.replace(real[place], ""))
        body = "".join(draw.choices(_LETTERS, k=43))
        for name, key in (
            ("guessed", f"tgy_{body}"),
            ("one letter changed", real[:place] + other + real[place + 1 :]),
            ("one letter missing", real[:place] + real[place + 1 :]),
            ("one letter more", real[:place] + other + real[place:]),
            ("two letters swapped", _swapped(real, place)),
            ("other case", real[:4] + real[4:].swapcase()),
            ("prefix changed", draw.choice(("TGY_", "tgy-", "tgy", "sk_", "")) + real[4:]),
            ("ended", draw.choice(ended)),
            ("its digest", digest),
            ("its id", digest[:12]),
            ("with SQL", f"tgy_' OR email='{body}'--"),
            ("with a wildcard", "tgy_" + "%" * draw.randrange(1, 44)),
            ("huge", "tgy_" + body * draw.randrange(20, 200)),
            ("with a control", real[:place] + draw.choice("\x01\x7f\t") + real[place:]),
        ):
            yield name, f"Bearer {key}".encode()
        yield "other scheme", draw.choice(("Basic", "Token", "Digest")).encode() + b" " + _b(real)
        yield "no scheme", real.encode()
        yield "twice", f"Bearer {real} {real}".encode()
        yield "not ASCII", b"Bearer " + real.encode()[:-1] + bytes([draw.randrange(128, 256)])


def tokens(draw: Draw, issuer: Issuer, email: str) -> Iterator[tuple[str, bytes]]:
    """Tokens without end, each with the name of its class."""
    forge = _Forge(draw, issuer, email)
    while True:
        for name, make in forge.classes().items():
            yield name, f"Bearer {make()}".encode("utf-8", "replace")


class _Forge:
    """Makes tokens of every class, as who has seen good ones and the public keys might."""

    def __init__(self, draw: Draw, issuer: Issuer, email: str) -> None:
        self._draw, self._issuer, self._email = draw, issuer, email
        self._ec = ec.generate_private_key(ec.SECP256R1())
        self._rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._p384 = ec.generate_private_key(ec.SECP384R1())
        self._good = [issuer.token(email, jti=str(n)) for n in range(40)]
        self._good += [issuer.token(email, alg="RS256", jti=str(n)) for n in range(10)]

    def classes(self) -> dict[str, Callable[[], str]]:
        now, own, draw = int(time.time()), self._issuer.token, self._draw
        mail = self._email
        return {
            "alg none": lambda: self._unsigned(draw.choice(_NONES), ""),
            "alg none, signed": lambda: self._unsigned(draw.choice(_NONES), "c2ln"),
            "HMAC with the public key": self._confused,
            "other issuer's key": lambda: self._signed({"kid": draw.choice(("ec-1", "rsa-1"))}),
            "other issuer's RSA key": self._other_rsa,
            "other curve": self._other_curve,
            "its own key inside": lambda: self._signed({"kid": "ec-1", "jwk": self._jwk()}),
            "its own key's address": lambda: self._signed(
                {"kid": "mine", "jku": self._issuer.url, "x5u": self._issuer.url}
            ),
            "its own certificate": lambda: self._signed({"kid": "ec-1", "x5c": ["MIIB"]}),
            "strange kid": lambda: self._signed({"kid": draw.choice(_KIDS)}),
            "good, strange kid": lambda: own(mail, headers={"kid": draw.choice(_KIDS)}),
            "kid of another type": self._kid_of_another_type,
            "no kid": self._without_kid,
            "signature stripped": lambda: self._part(2, ""),
            "signature altered": lambda: self._altered(2),
            "claims altered": lambda: self._altered(1),
            "claims exchanged": self._exchanged,
            "header altered": lambda: self._altered(0),
            "parts": lambda: ".".join(self._pick().split(".")[: draw.randrange(1, 3)]),
            "more parts": lambda: self._pick() + ".x",
            "expired": lambda: own(mail, exp=now - draw.randrange(60, 10**6)),
            "without an end": lambda: own(mail, exp=...),
            "not yet": lambda: own(mail, nbf=now + draw.randrange(60, 10**6)),
            "issued in the future": lambda: own(mail, iat=now + draw.randrange(60, 10**6)),
            "issued long ago": lambda: own(mail, iat=now - draw.randrange(10**6, 10**8)),
            "without its time": lambda: own(mail, iat=...),
            "times of other types": lambda: self._mistyped(draw.choice(("exp", "iat", "nbf"))),
            "another's address": lambda: own(draw.choice(("nobody@inaho.example", "x", "", "@"))),
            "a claim twice": self._twice,
            "nested": lambda: self._part(1, _b64(b'{"a":' * 2000 + b"1" + b"}" * 2000)),
            "no JSON": lambda: self._part(draw.randrange(2), _b64(draw.choice(_NO_JSON))),
            "no base64": lambda: self._part(draw.randrange(3), draw.choice(_NO_BASE64)),
            "critical extension": lambda: own(mail, headers={"crit": ["x"], "x": 1}),
            "unencoded payload": lambda: own(mail, headers={"b64": False, "crit": ["b64"]}),
            "an encrypted token's type": lambda: own(mail, headers={"typ": "JWE"}),
            "an ID token's logout": lambda: own(mail, headers={"typ": "logout+jwt"}),
            "algorithm not on the list": lambda: own(mail, alg=draw.choice(("RS384", "RS512"))),
            "huge": lambda: own(mail, more="x" * draw.randrange(9_000, 40_000)),
            **{name: partial(self._with_one_of, *one) for name, one in _WRONG.items()},
        }

    def _with_one_of(self, claim: str, values: tuple[Any, ...]) -> str:
        return self._issuer.token(self._email, **{claim: self._draw.choice(values)})

    def _kid_of_another_type(self) -> str:
        kid = self._draw.choice((1, None, [], {"a": 1}, True, 1.5))
        return self._raw({"alg": "ES256", "kid": kid}, self._claims())

    def _pick(self) -> str:
        return self._draw.choice(self._good)

    def _claims(self) -> dict[str, Any]:
        return self._issuer.claims(self._email, jti=str(self._draw.random()))

    def _signed(self, headers: dict[str, Any]) -> str:
        return jwt.encode(self._claims(), self._ec, algorithm="ES256", headers=headers)

    def _other_rsa(self) -> str:
        return jwt.encode(self._claims(), self._rsa, "RS256", {"kid": "rsa-1"})

    def _other_curve(self) -> str:
        return jwt.encode(self._claims(), self._p384, "ES384", {"kid": "ec-1"})

    def _without_kid(self) -> str:
        return jwt.encode(self._claims(), self._issuer.ec, algorithm="ES256")

    def _unsigned(self, alg: str, signature: str) -> str:
        header = {"alg": alg, "typ": "JWT", "kid": "rsa-1"}
        return ".".join([*self._raw(header, self._claims()).split(".")[:2], signature])

    def _raw(self, header: Any, claims: Any) -> str:
        return f"{_b64(json.dumps(header))}.{_b64(json.dumps(claims))}.{_b64(b'x' * 64)}"

    def _confused(self) -> str:
        """The public key, which everybody has, as the secret of an HMAC."""
        key = self._draw.choice((self._issuer.rsa, self._issuer.ec)).public_key()
        spki, raw = PublicFormat.SubjectPublicKeyInfo, PublicFormat.SubjectPublicKeyInfo
        jwk = json.dumps(self._draw.choice(self._issuer.keys)).encode()
        secret = self._draw.choice(
            (key.public_bytes(Encoding.PEM, spki), key.public_bytes(Encoding.DER, raw), jwk, b"")
        )
        alg, hashed = self._draw.choice(
            (("HS256", hashlib.sha256), ("HS384", hashlib.sha384), ("RS256", hashlib.sha256))
        )
        header = {"alg": alg, "typ": "JWT", "kid": self._draw.choice(("rsa-1", "ec-1"))}
        said = f"{_b64(json.dumps(header))}.{_b64(json.dumps(self._claims()))}"
        return f"{said}.{_b64(hmac.new(secret, said.encode(), hashed).digest())}"

    def _jwk(self) -> dict[str, Any]:
        return {**ECAlgorithm.to_jwk(self._ec.public_key(), as_dict=True), "kid": "ec-1"}

    def _part(self, place: int, text: str) -> str:
        parts = self._pick().split(".")
        parts[place] = text
        return ".".join(parts)

    def _altered(self, place: int) -> str:
        """One letter of a part is another; not among the last, of which not every bit counts."""
        part = self._pick().split(".")
        text, at = part[place], self._draw.randrange(len(part[place]) - 4)
        other = self._draw.choice(_LETTERS.replace(text[at], ""))
        part[place] = text[:at] + other + text[at + 1 :]
        return ".".join(part)

    def _exchanged(self) -> str:
        one, other = (self._draw.choice(self._good[:40]).split(".") for _ in range(2))
        claims = {**self._claims(), "email": "inagaki@inaho.example"}
        return f"{one[0]}.{_b64(json.dumps(claims))}.{other[2]}"

    def _mistyped(self, claim: str) -> str:
        values = ("9999999999", None, [], {}, True, "soon", 1e308, -1, "NaN")
        wrong = self._draw.choice(values if claim == "exp" else ("1", [], {}, True, "soon", 1e308))
        return self._issuer.token(self._email, **{claim: wrong})

    def _twice(self) -> str:
        """Signed by the issuer's own key, so that only the second name tells."""
        claims = json.dumps(self._claims())[:-1] + f', "email": "{self._email}"}}'
        header = _b64(json.dumps({"alg": "ES256", "kid": "ec-1"}))
        said = f"{header}.{_b64(claims)}"
        algorithm = ECAlgorithm(ECAlgorithm.SHA256)
        return f"{said}.{_b64(algorithm.sign(said.encode(), self._issuer.ec))}"


def _swapped(real: str, place: int) -> str:
    one, other = real[place], real[place - 1]
    if one == other or place == 4:
        return real + "x"
    return real[: place - 1] + one + other + real[place + 1 :]


def _b(text: str) -> bytes:
    return base64.b64encode(text.encode())


def _b64(given: str | bytes) -> str:
    data = given.encode() if isinstance(given, str) else given
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
