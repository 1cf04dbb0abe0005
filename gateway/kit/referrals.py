"""Referral tokens: the link that brought a visitor here, signed, for thirty days.

The route of a link signs one into a cookie, and a sign-up reads it. A visitor keeps the first
token, so that the first link counts and no other.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from gateway.kit.clock import DAY, SECOND

REFERRAL_COOKIE = "kt_ref"
REFERRAL_LIFETIME = 30 * DAY
ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class ReferralClick:
    """One click on a link: its code, its id, and its time in microseconds since 1970."""

    code: str
    click_id: str
    clicked_at: int


class ReferralTokens:
    """The signer and reader of tokens; secrets by id, the newest, which signs, first."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        self._newest = next(iter(secrets))
        self._keys = KeySet([_derive_key(name, secret) for name, secret in secrets.items()])

    def sign_click(self, click: ReferralClick) -> str:
        """Sign a click as the token that the visitor's browser keeps."""
        header = {"alg": ALGORITHM, "kid": self._newest}
        claims = {"code": click.code, "click": click.click_id, "iat": click.clicked_at // SECOND}
        return jwt.encode(header, claims, self._keys)

    def read_click(self, token: str, now: int) -> ReferralClick | None:
        """Return the click of a token; None if the signature is not ours or it has expired."""
        try:
            claims = jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims
            click = ReferralClick(claims["code"], claims["click"], claims["iat"] * SECOND)
        except (JoseError, ValueError, KeyError, TypeError):
            return None
        return click if click.clicked_at <= now < click.clicked_at + REFERRAL_LIFETIME else None


def _derive_key(name: str, secret: bytes) -> OctKey:
    key = hmac.digest(secret, b"referral token", hashlib.sha256)
    return OctKey.import_key(key, {"kid": name})
