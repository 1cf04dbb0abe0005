"""Roles of the members of a team, and the least role that each operation needs.

A team is an account that has members. Its owner is the person whose account it is; the others have
a role, and each role may do all that the lower ones may. A key or a session of a member has the
role of its member, besides its own scopes: both must allow a call.
"""

from collections.abc import Collection
from enum import StrEnum

SAFE_METHOD = "GET"


class Role(StrEnum):
    """The role of a person in a team."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    ADMIN = "admin"
    OWNER = "owner"


RANKS = {role: rank for rank, role in enumerate(Role)}
MEMBER_ROLES = (Role.ADMIN, Role.DEVELOPER, Role.VIEWER)
# Money that is bought, its papers, and secrets of the whole account.
ADMIN_SCOPES = frozenset({"billing", "admin"})


def has_role(role: Role, least: Role) -> bool:
    """Return True if a role is this one or a higher one."""
    return RANKS[role] >= RANKS[least]


def decide_least_role(
    scopes: Collection[str], method: str, session: str, *, public: bool, declared: Role | None
) -> Role:
    """Decide the least role that may call an operation, by its declaration.

    What it declares itself wins. Else: what buys, or needs the scope `admin`, is for admins; so is
    what only a browser may change; what reads is for viewers; all else is for developers.
    """
    if public:
        return Role.VIEWER
    if declared is not None:
        return declared
    if not ADMIN_SCOPES.isdisjoint(scopes):
        return Role.ADMIN
    if method == SAFE_METHOD:
        return Role.VIEWER
    return Role.ADMIN if session == "only" else Role.DEVELOPER
