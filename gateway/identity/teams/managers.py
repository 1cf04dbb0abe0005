"""The rights to manage members: whom an owner and an admin may invite, change or remove."""

from gateway.identity.teams import spending
from gateway.kit.caller import Caller
from gateway.kit.database.sessions import Session
from gateway.kit.roles import Role


async def require_manager(session: Session, caller: Caller, *roles: str) -> None:
    """Check that a caller may manage people who have, or get, these roles.

    Only the owner makes, changes or removes admins. An admin with a cap manages nobody: an address
    of their own could join and spend without one. The caller holds the lock of the account, so the
    caps stay as they are until the commit.

    Raises:
        RoleDenied: it takes the owner, or an admin.
    """
    caller.require_role(Role.ADMIN)
    if caller.member_id is None:
        return
    policy = (await spending.load_member_policies(session, [caller.member_id]))[caller.member_id]
    if Role.ADMIN in roles or policy.limits.has_caps:
        caller.require_role(Role.OWNER)
