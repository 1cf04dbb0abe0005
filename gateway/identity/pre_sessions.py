"""Before a sign-in: a cookie of ten minutes that ties a code, a nonce and Google's return to it.

The cookie holds when it was made and 256 random bits, signed. All else is derived from it under
the pepper that signed it, so nothing is stored: nonce and state are HMACs of it, and PKCE's
verifier too.
"""

import base64
import hmac
import time
from collections.abc import Mapping

from gateway.identity.secrets import Peppers
from gateway.identity.sessions import hash_of, new_token
from gateway.kit.browser import PRE_SESSION, Site
from gateway.kit.ids import Ids

SECONDS = 600


class PreSessions:
    """Makes and reads the cookie of those who have yet to sign in."""

    def __init__(self, ids: Ids, peppers: Peppers, site: Site) -> None:
        self._ids = ids
        self._peppers = peppers
        self._site = site

    def new(self) -> str:
        """Return the value of a new cookie."""
        body = f"{int(time.time())}.{new_token(self._ids)}"
        return f"{body}.{self._derive(body, 'cookie', self._peppers.newest)}"

    def of(self, headers: Mapping[str, str]) -> str | None:
        """Return the value of a request's cookie, if we made it within the last ten minutes."""
        value = self._site.cookie(headers, PRE_SESSION) or ""
        if self._pepper_of(value) is None:
            return None
        return value if int(value.partition(".")[0]) + SECONDS > time.time() else None

    def derived(self, value: str, purpose: str) -> str:
        """Return what only we can derive from a cookie: 43 characters of base64url."""
        pepper = self._pepper_of(value) or self._peppers.newest
        return self._derive(value, purpose, pepper)

    def _pepper_of(self, value: str) -> str | None:
        """Return which pepper signed a cookie: one of before, if they were changed since."""
        body, _, signature = value.rpartition(".")
        for pepper in self._peppers.by_id:
            right = self._derive(body, "cookie", pepper)
            if hmac.compare_digest(signature.encode(), right.encode()):
                return pepper
        return None

    def _derive(self, value: str, purpose: str, pepper: str) -> str:
        digest = self._peppers.hash(f"pre-session {purpose} {value}", pepper)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def hash(self, value: str | None) -> bytes:
        """Return what a challenge keeps of the cookie that asked for it."""
        return hash_of(value or "")

    def cookie(self, value: str) -> str:
        """Return the `Set-Cookie` of a value."""
        return self._site.set_cookie(PRE_SESSION, value, SECONDS)

    def cleared(self) -> str:
        """Return the `Set-Cookie` that takes the cookie away."""
        return self._site.set_cookie(PRE_SESSION, "", 0)
