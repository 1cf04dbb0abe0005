"""Redirect URIs of apps: checked once, compared exactly, displayed in full. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from gateway.identity.errors import InvalidRedirectUri
from gateway.kit.wire.urls import is_parsable_url

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost"})
MAX_URI_CHARS = 2_000
URI_PATTERN = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%\[\]]+")
WEB_HOST_PATTERN = re.compile(
    r"(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?", re.IGNORECASE
)
APP_SCHEME_PATTERN = re.compile(r"[a-z][a-z0-9+.-]+")
# Browsers carry these out themselves, or hand them to programs that are no app: a code that is sent
# there is lost, or runs as a script of ours.
REFUSED_SCHEMES = frozenset(
    {
        *("about", "blob", "data", "file", "filesystem", "ftp", "intent", "jar", "javascript"),
        *("mailto", "sms", "tel", "vbscript", "view-source", "ws", "wss"),
    }
)


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect URI; `host` and `port` are empty where the scheme is an app's own."""

    uri: str
    scheme: str
    host: str
    port: str

    @classmethod
    def parse(cls, uri: str) -> "Redirect":
        """Parse a redirect URI that an app may have.

        Raises:
            InvalidRedirectUri: no app may have it.
        """
        if len(uri) > MAX_URI_CHARS or not URI_PATTERN.fullmatch(uri) or not is_parsable_url(uri):
            raise InvalidRedirectUri
        parts = urlsplit(uri)
        if parts.scheme not in {"http", "https"}:
            if not APP_SCHEME_PATTERN.fullmatch(parts.scheme) or parts.scheme in REFUSED_SCHEMES:
                raise InvalidRedirectUri
            return cls(uri, parts.scheme, "", "")
        web = WEB_HOST_PATTERN.fullmatch(parts.netloc)
        if web is None or (parts.scheme == "http" and web[1].lower() not in LOOPBACK_HOSTS):
            raise InvalidRedirectUri
        return cls(uri, parts.scheme, web[1].lower(), web[2] or "")

    @property
    def is_loopback(self) -> bool:
        """Return True if it leads to a program on the user's own machine."""
        return self.host in LOOPBACK_HOSTS

    @property
    def display_text(self) -> str:
        """Return the part that a person has to know: the whole host, or the whole URI."""
        return f"{self.scheme}://{self.host}{self.port}" if self.host else self.uri

    @property
    def csp_source(self) -> str:
        """Return the redirect as a source of a Content-Security-Policy, which has no IPv6 hosts."""
        by_scheme = not self.host or self.host.startswith("[")
        return f"{self.scheme}:" if by_scheme else self.display_text

    def matches(self, registered: "Redirect") -> bool:
        """Return True if it is the registered one; on loopback the port may differ (RFC 8252)."""
        if self.is_loopback and self.scheme == registered.scheme == "http":
            return _strip_port(self) == _strip_port(registered)
        return self.uri == registered.uri

    def with_query(self, **answer: str | None) -> str:
        """Return the URI with the answer in its query; None is left out."""
        query = urlencode({name: value for name, value in answer.items() if value is not None})
        return f"{self.uri}{'&' if '?' in self.uri else '?'}{query}"


def _strip_port(redirect: Redirect) -> tuple[str, str, str]:
    parts = urlsplit(redirect.uri)
    return redirect.host, parts.path, parts.query
