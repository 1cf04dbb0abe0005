"""Facts of a browser's request: cookies, and whether one of our own pages sent it.

Behind https a cookie is named `__Host-…`, so no other host can plant it; that needs `Secure`, which
plain http does not carry, so there the name stands alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import cookie_parser

from gateway.kit.errors import CrossSiteRefused

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION, PRE_SESSION = "kt_session", "kt_pre"


@dataclass(frozen=True, slots=True)
class Site:
    """The site as browsers see it, by its public address (scheme, host and port)."""

    public_url: str

    @property
    def secure(self) -> bool:
        """Return True if browsers reach the site over https."""
        return self.public_url.startswith("https:")

    def cookie_name(self, name: str) -> str:
        """Return the name of a cookie on the wire."""
        return f"__Host-{name}" if self.secure else name

    def cookie(self, headers: Mapping[str, str], name: str) -> str | None:
        """Return the value of one of our cookies, if the request has it."""
        return cookie_parser(headers.get("cookie", "")).get(self.cookie_name(name)) or None

    def set_cookie(self, name: str, value: str, seconds: int) -> str:
        """Return a `Set-Cookie` value; no seconds at all take the cookie away."""
        shown = f"{self.cookie_name(name)}={value}; Path=/; Max-Age={seconds}; HttpOnly"
        return f"{shown}; SameSite=Lax{'; Secure' if self.secure else ''}"

    def refuse_foreign(self, method: str, headers: Mapping[str, str]) -> None:
        """Let an unsafe request through only if a page of this site sent it.

        Raises:
            CrossSiteRefused: another site sent it, or nothing says which.
        """
        if method in SAFE:
            return
        fetched_from = headers.get("sec-fetch-site")
        if fetched_from is None:
            own = headers.get("origin") == self.public_url
        else:
            own = fetched_from == "same-origin"
        if not own:
            raise CrossSiteRefused
