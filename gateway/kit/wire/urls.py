"""URLs that people give; those that cannot be parsed are refused before any part is read."""

from urllib.parse import urlsplit


def is_parsable_url(url: str) -> bool:
    """Return True if the URL can be split into its parts; `https://[::1` cannot."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - `urlsplit` checks the port only when it is read
    except ValueError:
        return False
    return True
