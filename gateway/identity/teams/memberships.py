"""Memberships: the people who work in the account of another, and what they may hold there."""

from sqlalchemy import select

from gateway.identity.teams.tables import Member
from gateway.kit.database.sessions import Session
from gateway.kit.errors import RoleDenied
from gateway.kit.roles import Role, has_role


async def check_holder(session: Session, account_id: str, holder_id: str | None) -> None:
    """Check that a person may hold keys of an account now; None is its owner.

    The caller holds the account's lock: a removal, which locks it too, is before this or after the
    key exists, and then ends it.

    Raises:
        RoleDenied: they are no member, or a viewer.
    """
    if holder_id is None:
        return
    query = select(Member.role).where(
        Member.account_id == account_id, Member.person_id == holder_id, Member.removed_at.is_(None)
    )
    role = await session.scalar(query)
    if role is None or not has_role(Role(role), Role.DEVELOPER):
        raise RoleDenied(requiredRole=Role.DEVELOPER.value)
