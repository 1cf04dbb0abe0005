"""Callers of a request: an API key under either header, or the browser session in the cookie.

A request with a key ignores cookies. The cookie counts only where the operation says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.identity.key_ring import KeyRing
from gateway.identity.sessions import Sessions
from gateway.kit.browser import SAFE, SESSION, Site
from gateway.kit.errors import Unauthorized
from gateway.kit.operation import Caller, Operation

BEARER = "bearer "
MODE = "x-killatamata-mode"
SIGN_IN = "Sign in at /login in a browser; API keys cannot do this."


@dataclass(frozen=True, slots=True)
class Callers:
    """Tells the caller of a request from its headers."""

    ring: KeyRing
    sessions: Sessions
    site: Site

    async def __call__(
        self, headers: Mapping[str, str], wanted: Operation, *, fresh: bool = False
    ) -> Caller | None:
        """Return the caller, or None if there is none that the operation takes.

        `fresh` looks a key up even where one that was looked up before would do.

        Raises:
            Unauthorized: two different keys, one that is not valid, or a key where it may not be.
            CrossSiteRefused: an unsafe request by cookie that no page of ours sent.
        """
        key = None if wanted.public else key_of(headers)
        if key is not None:
            writes = wanted.method not in SAFE and not wanted.kept_key
            caller = await self.ring.caller(key, fresh=fresh or writes)
            if wanted.session == "only":
                raise Unauthorized("This requires a browser session.", hint=SIGN_IN)
            return caller
        if wanted.session == "no":
            return None
        token = self.site.cookie(headers, SESSION)
        if token is not None or wanted.public:
            self.site.refuse_foreign(wanted.method, headers)
        return None if token is None else await self.sessions.caller(token, headers.get(MODE))


def key_of(headers: Mapping[str, str]) -> str | None:
    """Return the API key of a request, if it has one.

    Raises:
        Unauthorized: it has two different ones.
    """
    given = {headers["x-api-key"].strip()} if "x-api-key" in headers else set()
    authorization = headers.get("authorization", "")
    if authorization[: len(BEARER)].lower() == BEARER:
        given.add(authorization[len(BEARER) :].strip())
    given.discard("")
    if len(given) > 1:
        raise Unauthorized("Authorization and x-api-key contain different keys.")
    return given.pop() if given else None
