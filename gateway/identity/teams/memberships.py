"""Memberships: the people who work in the account of another, and what they may hold there.

A team is an account with members; its owner has no membership. Every change locks the membership
and then the team's account row, as every change of its keys does: so a key is made either before
its holder is removed, and then ends with them, or is refused.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func, select

from gateway.identity.tables import Account
from gateway.identity.teams.tables import Member
from gateway.kit.caller import Caller
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.errors import NotFound, RoleDenied, Unauthorized
from gateway.kit.roles import Role, has_role

# The rights that a key, an app or a device of a role can be given at most.
DEVELOPER_SCOPES = frozenset({"media", "studio", "account:read"})
ADMIN_SCOPES = DEVELOPER_SCOPES | {"billing", "studio:approve", "admin"}
ROLE_SCOPES: Mapping[Role, frozenset[str]] = {
    Role.VIEWER: frozenset(),
    Role.DEVELOPER: DEVELOPER_SCOPES,
    Role.ADMIN: ADMIN_SCOPES,
    Role.OWNER: ADMIN_SCOPES,
}
IS_ACTIVE = Member.removed_at.is_(None)


def limit_scopes(role: Role, scopes: Sequence[str]) -> list[str]:
    """Return those of the scopes that a role may give to a program.

    Raises:
        RoleDenied: it may give none of them.
    """
    allowed = [scope for scope in scopes if scope in ROLE_SCOPES[role]]
    if not allowed:
        raise RoleDenied(
            "Your role in this team cannot give a program any of these rights.",
            requiredRole=Role.ADMIN.value,
        )
    return allowed


async def find_member(
    session: Session | Snapshot, account_id: str, person_id: str
) -> Member | None:
    """Return the membership of a person in a team, None if they have none now."""
    query = select(Member).where(
        Member.account_id == account_id, Member.person_id == person_id, IS_ACTIVE
    )
    return (await session.scalars(query)).first()


async def get_member(session: Session | Snapshot, account_id: str, member_id: str) -> Member:
    """Return a member of a team by its id.

    Raises:
        NotFound: the team has no such member now; its owner is none.
    """
    query = select(Member).where(Member.id == member_id, Member.account_id == account_id, IS_ACTIVE)
    row = (await session.scalars(query)).first()
    if row is None:
        raise NotFound("This team has no such member.")
    return row


async def find_membership(session: Session | Snapshot, member_id: str) -> Member | None:
    """Return a membership, whether it has ended or not."""
    return await session.get(Member, member_id)


async def get_team_id(session: Session | Snapshot, member_id: str) -> str:
    """Return the account that a membership is in, whether it has ended or not.

    Raises:
        NotFound: there is no such membership.
    """
    member = await find_membership(session, member_id)
    if member is None:
        raise NotFound("There is no such member.")
    return member.account_id


async def list_members(session: Session | Snapshot, account_id: str) -> Sequence[Member]:
    """List the members of a team, the oldest first, without its owner."""
    query = select(Member).where(Member.account_id == account_id, IS_ACTIVE).order_by(Member.id)
    return (await session.scalars(query)).all()


async def list_memberships(session: Session | Snapshot, person_id: str) -> Sequence[Member]:
    """List the memberships that a person has now, the oldest first."""
    query = select(Member).where(Member.person_id == person_id, IS_ACTIVE).order_by(Member.id)
    return (await session.scalars(query)).all()


async def list_teams(session: Session | Snapshot, person_id: str) -> Sequence[tuple[Account, Role]]:
    """List the accounts that a person may work in: their own first, then the teams they are in."""
    query = (
        select(Account, Member.role)
        .join(Member, Member.account_id == Account.id)
        .where(Member.person_id == person_id, IS_ACTIVE, Account.closed_at.is_(None))
        .order_by(Member.id)
    )
    own = (await session.scalars(select(Account).where(Account.id == person_id))).one()
    teams = [(account, Role(role)) for account, role in await session.execute(query)]
    return [(own, Role.OWNER), *teams]


async def count_members(session: Session | Snapshot, account_id: str) -> int:
    """Return the number of members of a team, without its owner."""
    query = select(func.count()).where(Member.account_id == account_id, IS_ACTIVE)
    return await session.scalar(query) or 0


async def find_member_role(
    session: Session | Snapshot, member_id: str, *, lock: bool = False
) -> Role | None:
    """Return the role of a membership; None if it has ended.

    With `lock` a removal, or a new role, waits for the end of the transaction, of which this is the
    first thing: see `lock_member`.
    """
    query = select(Member.role).where(Member.id == member_id, IS_ACTIVE)
    role = await session.scalar(query.with_for_update(read=True) if lock else query)
    return None if role is None else Role(role)


async def get_holder_member_id(
    session: Session, account_id: str, holder_id: str | None
) -> str | None:
    """Return the membership of a person who may hold keys of an account; None for its owner.

    The caller holds the account's lock: a removal, which locks it too, is before this or after the
    key exists, and then ends it.

    Raises:
        RoleDenied: they are no member, or a viewer.
    """
    if holder_id is None:
        return None
    member = await find_member(session, account_id, holder_id)
    if member is None or not has_role(Role(member.role), Role.DEVELOPER):
        raise RoleDenied(requiredRole=Role.DEVELOPER.value)
    return member.id


async def lock_member(session: Session, account_id: str, member_id: str) -> Member:
    """Lock a member of a team, to remove or change them; return the row.

    It waits for what the member writes now: all of it is there to be ended. It comes first of all
    locks, as in a transaction of the member. Only two members who act on each other at once wait
    for each other: PostgreSQL rolls one of them back, and they are told to try again.

    Raises:
        NotFound: the team has no such member now; its owner is none.
    """
    await lock_members(session, [member_id])
    return await get_member(session, account_id, member_id)


async def lock_members(session: Session, member_ids: Collection[str]) -> None:
    """Lock memberships in the order of their ids."""
    query = select(Member.id).where(Member.id.in_(member_ids)).order_by(Member.id)
    await session.execute(query.with_for_update())


async def hold_member(session: Session, account_id: str, person_id: str) -> None:
    """Keep a person in a team until the end of the transaction.

    Raises:
        NotFound: they are not in it.
    """
    query = select(Member.id).where(
        Member.account_id == account_id, Member.person_id == person_id, IS_ACTIVE
    )
    if await session.scalar(query.with_for_update(read=True)) is None:
        raise NotFound("You are in no such team.")


class MembershipCheck:
    """The check, at the start of a member's transaction, that nobody has taken their rights."""

    async def require_still_member(self, session: Session, caller: Caller) -> None:
        """Check that a member still has the role that they were admitted with, until the commit.

        The lock on the row makes a removal, or a new role, wait for that commit.

        Raises:
            Unauthorized: they were removed meanwhile, or have a lower role.
        """
        role = await find_member_role(session, caller.member_id or "", lock=True)
        if role is None or not has_role(role, caller.role):
            raise Unauthorized
