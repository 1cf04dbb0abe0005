"""Text documents: robots.txt and security.txt."""

from datetime import UTC, datetime

from gateway.kit.clock import to_utc_month
from wellknown.facts import SiteFacts

PRIVATE_PATHS = (
    "/api/", "/files/", "/login", "/sign-in", "/dashboard", "/credits", "/keys", "/usage", "/jobs",
    "/library", "/plans/", "/device", "/playground", "/webhooks", "/affiliate", "/settings",
    "/oauth/", "/admin", "/home", "/search", "/waiting", "/studio",
)  # fmt: skip
MONTHS_AHEAD, MONTHS = 7, 12


def render_robots(_facts: SiteFacts) -> bytes:
    """Render robots.txt: all is allowed but the API, files and pages of signed-in people."""
    lines = ["User-agent: *", "Allow: /", *(f"Disallow: {path}" for path in PRIVATE_PATHS)]
    return ("\n".join(lines) + "\n").encode()


def render_security(facts: SiteFacts, at: int) -> bytes:
    """Render security.txt for a time in microseconds since 1970; its bytes last a month."""
    year, month = divmod(to_utc_month(at) + MONTHS_AHEAD, MONTHS)
    ends = datetime(year, month + 1, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [
        f"Contact: {facts.settings.security_contact}",
        f"Expires: {ends}",
        "Preferred-Languages: en",
        f"Canonical: {facts.site}/.well-known/security.txt",
    ]
    return ("\n".join(lines) + "\n").encode()
