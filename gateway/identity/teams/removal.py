"""The end of a membership: keys, apps, devices and sessions of a member in the team, all at once.

One transaction, under the lock of the team's account: after its commit nothing that the member
holds starts or changes anything in the team. Running jobs finish, and are charged as they were
promised. The person keeps their own account, and what they made in the team stays with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import update

from gateway.identity.keys import keys
from gateway.identity.states import LinkState
from gateway.identity.tables import ApiKey, BrowserSession, DeviceLink
from gateway.identity.teams import memberships, spending
from gateway.identity.teams.tables import Invitation, Member
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time


class MemberWork(Protocol):
    """The plans, links and saved cards of the members of teams, which slices above keep."""

    async def end_member_work(self, session: Session, member_id: str) -> int:
        """End a member's share and upload links, and reject their waiting plans; return how many.

        It comes before ledger accounts are locked.
        """
        ...

    async def end_member_cards(self, session: Session, account_id: str, person_id: str) -> None:
        """Remove the cards that a person saved for a team, and stop what charges them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedAccess:
    """The things of a member that ended: keys and apps, browser sessions, waiting plans."""

    keys: int
    sessions: int
    plans: int

    def to_audit_fields(self) -> dict[str, int]:
        """Return the numbers as the audit log keeps them."""
        return {"keys": self.keys, "sessions": self.sessions, "plans": self.plans}


async def end_membership(session: Session, work: MemberWork, member: Member) -> EndedAccess:
    """End a membership and everything that its member holds in the team.

    The caller holds the locks of the member and of the team's account.
    """
    ended = await end_held_access(session, work, member, keys_only=False)
    signed_out = await session.execute(
        update(BrowserSession)
        .where(
            BrowserSession.account_id == member.person_id,
            BrowserSession.acting_account_id == member.account_id,
            BrowserSession.revoked_at.is_(None),
        )
        .values(revoked_at=await get_database_time(session))
        .returning(BrowserSession.id)
    )
    member.removed_at = await get_database_time(session)
    await session.flush()
    return EndedAccess(keys=ended.keys, sessions=len(signed_out.all()), plans=ended.plans)


async def end_held_access(
    session: Session, work: MemberWork, member: Member, *, keys_only: bool = True
) -> EndedAccess:
    """End the keys, apps, devices, saved cards and waiting plans of a member.

    With `keys_only` the member stays in the team, and may spend in person. The caller holds the
    locks of the member and of the team's account.
    """
    # Plans, then ledger accounts: the order in which plans are executed.
    rejected = await work.end_member_work(session, member.id)
    ended_keys = 0
    for book, revoked_at in await spending.end_member_spending(
        session, member.account_id, member.id, keys_only=keys_only
    ):
        ended_keys += await _revoke_keys(session, member, book, revoked_at)
    await session.execute(
        update(DeviceLink)
        .where(
            DeviceLink.account_id == member.account_id,
            DeviceLink.person_id == member.person_id,
            DeviceLink.state == LinkState.APPROVED,
        )
        .values(state=LinkState.DENIED)
    )
    # Else an admin could keep a way back: an invitation to another address of their own.
    await withdraw_invitations(session, member.account_id, member.person_id)
    await work.end_member_cards(session, member.account_id, member.person_id)
    return EndedAccess(keys=ended_keys, sessions=0, plans=rejected)


async def _revoke_keys(session: Session, member: Member, book: str, revoked_at: int) -> int:
    """Revoke a member's keys at the time of their spenders; return how many were alive till then.

    An expired one ended by itself before.
    """
    revoked = await session.execute(
        update(ApiKey)
        .where(
            ApiKey.account_id == member.account_id,
            ApiKey.person_id == member.person_id,
            ApiKey.book == book,
            ApiKey.revoked_at.is_(None),
        )
        .values(revoked_at=revoked_at)
        .returning(ApiKey.expires_at)
    )
    return sum(ends is None or ends > revoked_at for (ends,) in revoked.all())


async def end_all_memberships(
    session: Session, work: MemberWork, account_id: str, members: Sequence[Member]
) -> None:
    """End the memberships that `lock_for_closing` returned, and the invitations of the account."""
    for member in members:
        await end_membership(session, work, member)
    await withdraw_invitations(session, account_id)


async def withdraw_invitations(
    session: Session, account_id: str, invited_by: str | None = None
) -> None:
    """Withdraw the open invitations to a team, or only those that one person sent."""
    which = [Invitation.account_id == account_id]
    if invited_by is not None:
        which.append(Invitation.invited_by == invited_by)
    await session.execute(
        update(Invitation)
        .where(*which, Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))
        .values(withdrawn_at=await get_database_time(session))
    )


async def lock_for_closing(session: Session, work: MemberWork, account_id: str) -> Sequence[Member]:
    """Lock an account that closes, with all that its memberships touch; return these.

    They are those of its members, and those of its person in other teams. Everybody locks members,
    then rows of accounts, then plans, then ledger accounts, each in the order of their ids.

    Raises:
        AccountClosed: the account is closed already.
    """
    own = await memberships.list_memberships(session, account_id)
    known = [*await memberships.list_members(session, account_id), *own]
    await memberships.lock_members(session, [member.id for member in known])
    for each in sorted({account_id, *(member.account_id for member in own)}):
        await keys.lock_account(session, each)
    members = [
        *await memberships.list_members(session, account_id),
        *await memberships.list_memberships(session, account_id),
    ]
    for member in members:
        await work.end_member_work(session, member.id)
    touched = {account_id, *(member.account_id for member in members)}
    await spending.lock_ledger_accounts(session, *touched)
    return members
