"""Deprecation of operations, and the headers that announce it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """The end of an operation: `since` in seconds since 1970, `sunset` as an HTTP date.

    `successor` is the URL of what replaces it.
    """

    since: int
    sunset: str
    successor: str

    def headers(self) -> dict[str, str]:
        """Return the headers of RFC 9745 and RFC 8594."""
        return {
            "Deprecation": f"@{self.since}",
            "Sunset": self.sunset,
            "Link": f'<{self.successor}>; rel="successor-version"',
        }
