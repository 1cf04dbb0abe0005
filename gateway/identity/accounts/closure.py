"""The closure of an account: the end of its keys, apps, devices, sessions and identities."""

from sqlalchemy import ColumnElement, delete, exists, update
from sqlalchemy.orm import InstrumentedAttribute

from gateway.identity.accounts import identities
from gateway.identity.keys import keys, sessions
from gateway.identity.states import LinkState
from gateway.identity.tables import Account, DeviceLink, Identity
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer


async def revoke_all_access(session: Session, mailer: Mailer, account_id: str) -> int:
    """End all access to an account, mail its addresses and free them; return the time of it.

    The caller holds the account's lock. A later sign-up with the same address is a new account.
    """
    for row in await keys.list_all_account_keys(session, account_id):
        if row.revoked_at is None:
            await keys.revoke(session, row)
    await sessions.revoke_account_sessions(session, account_id)
    waiting = (DeviceLink.account_id == account_id, DeviceLink.state == LinkState.APPROVED)
    await session.execute(update(DeviceLink).where(*waiting).values(state=LinkState.DENIED))
    for address in sorted(
        {row.email for row in await identities.list_account_identities(session, account_id)}
    ):
        mail = build_letter(
            to=address,
            subject="Your account has been closed",
            lines=(
                "Your Killa Tamata account has been closed, and all its keys and sessions revoked.",
                "If this was not you, contact the operator at once.",
                "You can sign up again with this address; that opens a new, empty account.",
            ),
        )
        await mailer.send_later(session, mail)
    await session.execute(delete(Identity).where(Identity.account_id == account_id))
    now = await get_database_time(session)
    closed = {"label": "closed", "closed_at": now}  # a label may be an address
    await session.execute(update(Account).where(Account.id == account_id).values(**closed))
    return now


def is_open(account_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that the account of this column exists and was not closed."""
    return exists().where(Account.id == account_id, Account.closed_at.is_(None))
