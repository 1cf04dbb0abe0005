"""Sessions and identities on the wire."""

from gateway.identity.keys import sessions
from gateway.identity.keys.sessions import SESSION_LIFETIME
from gateway.identity.sign_in import schemas as wire
from gateway.identity.tables import BrowserSession, Identity
from gateway.kit.clock import to_iso
from gateway.kit.operation import Caller


def render_session(row: BrowserSession, caller: Caller, now: int) -> wire.SessionShown:
    """Render a session of the caller's account; `now` is the time for `fresh`."""
    return wire.SessionShown(
        id=row.id,
        method="google" if row.origin == "google" else "email",
        created_at=to_iso(row.created_at),
        seen_at=to_iso(row.seen_at),
        expires_at=to_iso(row.created_at + SESSION_LIFETIME),
        current=row.id == caller.session_id,
        fresh=sessions.is_fresh(row.created_at, now),
    )


def render_identity(row: Identity) -> wire.IdentityShown:
    """Render an identity; the table checks its kind."""
    at = to_iso(row.created_at)
    return wire.IdentityShown(id=row.id, kind=row.kind, email=row.email, created_at=at)  # type: ignore[arg-type]
