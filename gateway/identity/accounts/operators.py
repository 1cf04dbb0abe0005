"""Operators: accounts whose browser sessions may use the pages at `/admin`. No key may."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.identity.keys import keys
from gateway.identity.tables import Account
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time


async def is_operator(session: Session | Snapshot, account_id: str) -> bool:
    """Return True if an account is an operator's."""
    wanted = select(Account.operator_at).where(Account.id == account_id)
    return await session.scalar(wanted) is not None


async def grant_operator_access(session: Session, account_id: str) -> bool:
    """Make an account an operator's; return False if it was one.

    Raises:
        NotFound: there is no such account.
    """
    row = await keys.get_account(session, account_id)
    if row.operator_at is not None:
        return False
    row.operator_at = await get_database_time(session)
    return True


async def revoke_operator_access(session: Session, account_id: str) -> bool:
    """Take the pages of operators from an account, at once; return False if it had none.

    Raises:
        NotFound: there is no such account.
    """
    row = await keys.get_account(session, account_id)
    changed = row.operator_at is not None
    row.operator_at = None
    return changed


async def list_operators(session: Session | Snapshot) -> Sequence[Account]:
    """List the accounts of operators, the oldest first."""
    wanted = select(Account).where(Account.operator_at.is_not(None)).order_by(Account.id)
    return (await session.scalars(wanted)).all()
