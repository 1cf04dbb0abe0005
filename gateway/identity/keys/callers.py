"""Authentication of a request: an API key under either header, or the session in the cookie.

A request with a key ignores cookies. The cookie counts only where the operation says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.sessions import Sessions
from gateway.kit.errors import Unauthorized
from gateway.kit.http.browser import SAFE_METHODS, SESSION_COOKIE, Site
from gateway.kit.operation import Caller, Operation

BEARER_PREFIX = "bearer "
MODE_HEADER = "x-killatamata-mode"
SIGN_IN_HINT = "Sign in at /login in a browser; API keys cannot do this."


@dataclass(frozen=True, slots=True)
class CallerFinder:
    """Finds the caller of a request by its headers."""

    ring: KeyRing
    sessions: Sessions
    site: Site

    async def __call__(
        self, headers: Mapping[str, str], operation: Operation, *, fresh: bool = False
    ) -> Caller | None:
        """Return the caller of a request, or None if it carries none that the operation takes.

        `fresh` reads a key from the database even where a caller cached for seconds would do.

        Raises:
            Unauthorized: two different keys, a key that is not valid, or a key where only a browser
                session may ask.
            CrossSiteRefused: an unsafe request by cookie that no page of ours sent.
        """
        key = None if operation.public else read_api_key(headers)
        if key is not None:
            # A revoked key may read for some seconds more, but must change nothing: only where the
            # ledger checks the key again (`allows_cached_key`) does a cached caller do for a write.
            writes = operation.method not in SAFE_METHODS and not operation.allows_cached_key
            caller = await self.ring.get_caller(key, fresh=fresh or writes)
            if operation.session == "only":
                raise Unauthorized("This requires a browser session.", hint=SIGN_IN_HINT)
            return caller
        if operation.session == "no":
            return None
        # Browsers send cookies with requests that other sites make. A public operation is checked
        # even without a session, because its answer may sign the browser in.
        token = self.site.read_cookie(headers, SESSION_COOKIE)
        if token is not None or operation.public:
            self.site.refuse_cross_site(operation.method, headers)
        return (
            None
            if token is None
            else await self.sessions.find_caller(token, headers.get(MODE_HEADER))
        )


def read_api_key(headers: Mapping[str, str]) -> str | None:
    """Return the API key in a request's headers, None without one.

    Raises:
        Unauthorized: both headers have a key, and they differ.
    """
    api_key, bearer_key = headers.get("x-api-key", "").strip(), ""
    authorization = headers.get("authorization", "")
    if authorization[: len(BEARER_PREFIX)].lower() == BEARER_PREFIX:
        bearer_key = authorization[len(BEARER_PREFIX) :].strip()
    if api_key and bearer_key and api_key != bearer_key:
        raise Unauthorized("Authorization and x-api-key contain different keys.")
    return api_key or bearer_key or None
