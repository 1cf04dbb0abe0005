"""URLs that people give: those that no parser takes are refused before anything reads a part."""

from urllib.parse import urlsplit


def has_parts(url: str) -> bool:
    """Return False for what begins like a URL and cannot be read as one, such as https://[::1."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is read, and judged, only when it is asked for
    except ValueError:
        return False
    return True
