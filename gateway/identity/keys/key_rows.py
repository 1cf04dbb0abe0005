"""Rows of keys: their scopes, visible parts and expiry. Pure."""

from collections.abc import Sequence

from gateway.identity.errors import KeyRevoked
from gateway.identity.keys.secrets import APP_PREFIXES, KEY_PREFIXES
from gateway.identity.tables import ApiKey
from gateway.kit.caller import GRANT_PREFIX
from gateway.kit.clock import SECOND
from gateway.kit.errors import InvalidInput

SCOPES = ("media", "studio", "account:read", "billing", "studio:approve", "admin")
LATEST_EXPIRY = 253_370_764_800 * SECOND  # the year 9999, where dates of ISO 8601 end
VISIBLE_PREFIXES = (*KEY_PREFIXES.values(), APP_PREFIXES["access"])


def strip_key_prefix(name: str) -> str:
    """Return the look-up part of a key's name, which may have the prefix (`kt_live_…`) or not."""
    return name.removeprefix(
        next((prefix for prefix in VISIBLE_PREFIXES if name.startswith(prefix)), "")
    )


def is_app(row: ApiKey) -> bool:
    """Return True if this is a connected app."""
    return row.id.startswith(GRANT_PREFIX)


def render_key_prefix(row: ApiKey) -> str:
    """Return the visible start of a key, or of the access tokens of a connected app."""
    return f"{APP_PREFIXES['access'] if is_app(row) else KEY_PREFIXES[row.book]}{row.lookup}"


def join_scopes(scopes: Sequence[str]) -> str:
    """Join scopes for storage: each once, in the order of the documentation."""
    return " ".join(scope for scope in SCOPES if scope in scopes)


def check_expiry(expires_at: int | None, now: int) -> None:
    """Check that a key's expiry is in the future and has a date.

    Raises:
        InvalidInput: it is in the past, or after the year 9999.
    """
    if expires_at is not None and not now < expires_at < LATEST_EXPIRY:
        raise InvalidInput(
            "The expiry must be in the future, before the year 9999.", field="expiresAt"
        )


def check_alive(row: ApiKey, now: int) -> None:
    """Check that a key still works.

    Raises:
        KeyRevoked: it is revoked or expired.
    """
    if row.revoked_at is not None or (row.expires_at or now + 1) <= now:
        raise KeyRevoked
