"""Browsers' requests: our cookies, and the refusal of requests that other sites sent.

Over https a cookie is named `__Host-…`, so that no other host can plant it. That prefix needs the
attribute `Secure`, which browsers refuse over plain http, so there the name has no prefix.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import cookie_parser

from gateway.kit.errors import CrossSiteRefused

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_COOKIE, PRE_SESSION_COOKIE = "kt_session", "kt_pre"


@dataclass(frozen=True, slots=True)
class Site:
    """The site as browsers see it, by its public address (scheme, host and port)."""

    public_url: str

    @property
    def is_https(self) -> bool:
        """Return True if browsers reach the site over https."""
        return self.public_url.startswith("https:")

    def cookie_name(self, name: str) -> str:
        """Return the wire name of one of our cookies."""
        return f"__Host-{name}" if self.is_https else name

    def read_cookie(self, headers: Mapping[str, str], name: str) -> str | None:
        """Return the value of one of our cookies, if the request has it."""
        return cookie_parser(headers.get("cookie", "")).get(self.cookie_name(name)) or None

    def build_set_cookie(self, name: str, value: str, seconds: int) -> str:
        """Return a `Set-Cookie` value; 0 seconds delete the cookie."""
        cookie = f"{self.cookie_name(name)}={value}; Path=/; Max-Age={seconds}; HttpOnly"
        return f"{cookie}; SameSite=Lax{'; Secure' if self.is_https else ''}"

    def refuse_cross_site(self, method: str, headers: Mapping[str, str]) -> None:
        """Refuse an unsafe request that no page of this site sent.

        Browsers send `Sec-Fetch-Site` only to https and localhost; elsewhere `Origin` has to do.

        Raises:
            CrossSiteRefused: another site sent it, or the headers do not say which.
        """
        if method in SAFE_METHODS:
            return
        fetch_site = headers.get("sec-fetch-site")
        if fetch_site is None:
            is_own = headers.get("origin") == self.public_url
        else:
            is_own = fetch_site == "same-origin"
        if not is_own:
            raise CrossSiteRefused
