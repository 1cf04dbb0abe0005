"""Pre-sessions: a cookie of ten minutes that ties a sign-in to the browser that began it.

Without it an attacker could sign a victim's browser in to the attacker's account, or use a code
that was asked for elsewhere. The cookie holds the time of its making and 256 random bits, signed.
Nonce, state and PKCE's verifier are HMACs of it under the pepper that signed it, so nothing is
stored.
"""

import base64
import hmac
import time
from collections.abc import Mapping

from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.sessions import create_token, hash_token
from gateway.kit.http.browser import PRE_SESSION_COOKIE, Site
from gateway.kit.ids import Ids

PRE_SESSION_SECONDS = 600


class PreSessions:
    """Makes and reads the cookie of a browser that has yet to sign in."""

    def __init__(self, ids: Ids, peppers: Peppers, site: Site) -> None:
        self._ids = ids
        self._peppers = peppers
        self._site = site

    def create_value(self) -> str:
        """Return the value of a new cookie."""
        body = f"{int(time.time())}.{create_token(self._ids)}"
        return f"{body}.{self._derive(body, 'cookie', self._peppers.newest)}"

    def read_value(self, headers: Mapping[str, str]) -> str | None:
        """Return the cookie's value from a request, None unless we made it within ten minutes."""
        value = self._site.read_cookie(headers, PRE_SESSION_COOKIE) or ""
        if self._find_pepper(value) is None:
            return None
        return value if int(value.partition(".")[0]) + PRE_SESSION_SECONDS > time.time() else None

    def derive_secret(self, value: str, purpose: str) -> str:
        """Derive a secret of a cookie for a purpose: 43 characters of base64url."""
        pepper = self._find_pepper(value) or self._peppers.newest
        return self._derive(value, purpose, pepper)

    def _find_pepper(self, value: str) -> str | None:
        """Return the id of the pepper that signed a cookie, None if we did not sign it."""
        body, _, signature = value.rpartition(".")
        for pepper in self._peppers.by_id:
            expected = self._derive(body, "cookie", pepper)
            if hmac.compare_digest(signature.encode(), expected.encode()):
                return pepper
        return None

    def _derive(self, value: str, purpose: str, pepper: str) -> str:
        digest = self._peppers.hash(f"pre-session {purpose} {value}", pepper)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def hash(self, value: str | None) -> bytes:
        """Return the hash that a challenge keeps of the cookie that asked for it."""
        return hash_token(value or "")

    def render_cookie(self, value: str) -> str:
        """Render the `Set-Cookie` header for a value."""
        return self._site.build_set_cookie(PRE_SESSION_COOKIE, value, PRE_SESSION_SECONDS)

    def render_cleared_cookie(self) -> str:
        """Render the `Set-Cookie` header that deletes the cookie."""
        return self._site.build_set_cookie(PRE_SESSION_COOKIE, "", 0)
