"""Operations that will end, and how their answers say so."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecation:
    """Since when an operation is deprecated, until when it answers, and what replaces it."""

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
