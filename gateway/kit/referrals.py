"""Referral tokens: whose link brought a visitor here, signed, for thirty days.

Whoever follows links makes them; a sign-up reads them, so that the first link counts and no other.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from gateway.kit.clock import DAY, SECOND

COOKIE = "kt_ref"
LIVES = 30 * DAY
ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Referral:
    """One click on a link: its code, its id, and when it was, in microseconds since 1970."""

    code: str
    click_id: str
    at: int


class Referrals:
    """Signs and reads tokens; secrets by id, the newest first."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        self._newest = next(iter(secrets))
        self._keys = KeySet([_key(name, secret) for name, secret in secrets.items()])

    def token(self, click: Referral) -> str:
        """Return what a visitor carries for a click."""
        header = {"alg": ALGORITHM, "kid": self._newest}
        claims = {"code": click.code, "click": click.click_id, "iat": click.at // SECOND}
        return jwt.encode(header, claims, self._keys)

    def read(self, token: str, now: int) -> Referral | None:
        """Return the click of a token; None if it is not ours, or older than thirty days."""
        try:
            claims = jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims
            found = Referral(claims["code"], claims["click"], claims["iat"] * SECOND)
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        return found if found.at <= now < found.at + LIVES else None


def _key(name: str, secret: bytes) -> OctKey:
    key = hmac.digest(secret, b"referral token", hashlib.sha256)
    return OctKey.import_key(key, {"kid": name})
