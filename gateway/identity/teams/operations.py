"""Operations on teams: members, invitations, and the account that a browser works in.

All of them need a browser session: no key makes, changes or ends the rights of a person.
"""

from dataclasses import asdict, replace

from sqlalchemy import select

from gateway.identity.errors import FreshSignInRequired
from gateway.identity.keys import keys
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.sessions import check_fresh_sign_in
from gateway.identity.tables import BrowserSession
from gateway.identity.teams import invitations, memberships, spending, views
from gateway.identity.teams import schemas as wire
from gateway.identity.teams.errors import (
    AlreadyMember,
    InvitationEnded,
    InvitationForOther,
    OwnMembership,
    TeamFull,
)
from gateway.identity.teams.invitations import InvitationPost, NewInvitation
from gateway.identity.teams.managers import require_manager
from gateway.identity.teams.removal import (
    MemberWork,
    end_held_access,
    end_membership,
    withdraw_invitations,
)
from gateway.identity.teams.removal_mail import mail_removal
from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import NotFound
from gateway.kit.money import parse_usd
from gateway.kit.operation import Call, Caller, operation
from gateway.kit.roles import Role, has_role
from gateway.ledger.decisions import Limits

MEMBERS_PATH, INVITATIONS_PATH = "/api/v1/team/members", "/api/v1/team/invitations"


@operation("GET", MEMBERS_PATH, tag="team", response=wire.Team, session="only")
async def list_members(caller: Caller, session: Snapshot) -> wire.Team:
    """List the people of this account: its owner, then its members.

    Caps and spending of others are only shown to the owner and admins.
    """
    return await views.load_team(session, caller)


@operation(
    "PATCH",
    MEMBERS_PATH,
    tag="team",
    response=wire.Team,
    session="only",
    problems=(NotFound, OwnMembership, FreshSignInRequired),
)
async def change_member(
    call: Call,
    caller: Caller,
    body: wire.ChangeMember,
    session: Session,
    ring: KeyRing,
    work: MemberWork,
) -> wire.Team:
    """Change the role or the caps of a member; needs a sign-in within the last ten minutes.

    Nobody can change their own, only the owner makes or changes admins, and an admin with a cap
    changes nobody. A cap withdraws the open invitations that the member sent. A lower role ends the
    member's keys, connected apps and waiting plans; they can make new ones within it. What is used
    of a cap stays used.
    """
    await check_fresh_sign_in(session, caller)
    member = await memberships.lock_member(session, caller.account_id, body.member_id)
    await keys.lock_account(session, caller.account_id)
    if member.person_id == caller.person_id:
        raise OwnMembership
    await require_manager(session, caller, member.role, body.role or member.role)
    policy = (await spending.load_member_policies(session, [member.id]))[member.id]
    before = {"role": member.role, **asdict(policy.limits)}
    limits = merge_limits(policy.limits, body.limits)
    if limits != policy.limits:
        await spending.let_member_spend(session, member.account_id, member.id, limits)
    if limits.has_caps:  # whom they invited without a cap may be they themselves
        await withdraw_invitations(session, member.account_id, member.person_id)
    ended = None
    if body.role is not None and not has_role(Role(body.role), Role(member.role)):
        ended = await end_held_access(session, work, member)
    member.role = body.role or member.role
    await session.flush()
    after = {"role": member.role, **asdict(limits)}
    after |= {} if ended is None else {"ended": ended.to_audit_fields()}
    actor = Actor.from_call(call)
    await audit_log.record(session, actor, "team.change", member.id, before=before, after=after)
    session.run_after_commit(ring.clear_cache)
    return await views.load_team(session, caller)


@operation(
    "DELETE",
    MEMBERS_PATH,
    tag="team",
    response=wire.RemovedMember,
    session="only",
    least_role=Role.VIEWER,  # to leave; to remove others it takes an admin
    problems=(NotFound,),
)
async def remove_member(
    call: Call,
    caller: Caller,
    query: wire.MemberId,
    session: Session,
    ring: KeyRing,
    work: MemberWork,
    post: InvitationPost,
) -> wire.RemovedMember:
    """Remove a member, or leave the team yourself: at once and for good.

    Only the owner removes admins, and an admin with a cap removes nobody else.
    Their keys, connected apps, devices and sessions in the team end in one transaction, and their
    plans that wait for an approval fall. Running jobs finish.
    """
    member = await memberships.lock_member(session, caller.account_id, query.member_id)
    await keys.lock_account(session, caller.account_id)
    leaves = member.person_id == caller.person_id
    if not leaves:
        await require_manager(session, caller, member.role)
        await mail_removal(session, post.mailer, member)
    ended = await end_membership(session, work, member)
    action = "team.leave" if leaves else "team.remove"
    after = {"personId": member.person_id, "role": member.role, "ended": ended.to_audit_fields()}
    await audit_log.record(session, Actor.from_call(call), action, member.id, after=after)
    session.run_after_commit(ring.clear_cache)
    return wire.RemovedMember(
        id=member.id,
        ended_keys=ended.keys,
        ended_sessions=ended.sessions,
        rejected_plans=ended.plans,
    )


@operation(
    "GET",
    INVITATIONS_PATH,
    tag="team",
    response=wire.Invitations,
    session="only",
    least_role=Role.ADMIN,
)
async def list_invitations(caller: Caller, session: Snapshot) -> wire.Invitations:
    """List the open invitations of this account."""
    rows = await invitations.list_open_invitations(session, caller.account_id)
    return wire.Invitations(data=await views.load_invitations(session, rows))


@operation(
    "POST",
    INVITATIONS_PATH,
    tag="team",
    response=wire.InvitationShown,
    status=201,
    session="only",
    problems=(AlreadyMember, TeamFull, FreshSignInRequired),
)
async def invite_member(
    call: Call, caller: Caller, body: wire.InviteMember, session: Session, post: InvitationPost
) -> wire.InvitationShown:
    """Invite a person by mail; needs a sign-in within the last ten minutes.

    The link works once, for seven days, and only for somebody who has verified that address. Only
    the owner invites admins, and an admin with a cap invites nobody.
    """
    await check_fresh_sign_in(session, caller)
    await keys.lock_account(session, caller.account_id)
    await require_manager(session, caller, body.role)
    row = await post.invite(
        session,
        NewInvitation(
            account_id=caller.account_id,
            invited_by=caller.person_id,
            email=body.email,
            role=Role(body.role),
            limits=merge_limits(Limits(), body.limits),
        ),
    )
    (view,) = await views.load_invitations(session, [row])
    after = view.model_dump(by_alias=True, include={"email", "role", "limits"})
    await audit_log.record(session, Actor.from_call(call), "team.invite", row.id, after=after)
    return view


@operation(
    "DELETE",
    INVITATIONS_PATH,
    tag="team",
    response=wire.WithdrawnInvitation,
    session="only",
    problems=(NotFound,),
)
async def withdraw_invitation(
    call: Call, caller: Caller, query: wire.InvitationId, session: Session
) -> wire.WithdrawnInvitation:
    """Withdraw an open invitation: its link stops working at once."""
    await keys.lock_account(session, caller.account_id)
    row = await invitations.get_open_invitation(session, caller.account_id, query.invitation_id)
    row.withdrawn_at = await get_database_time(session)
    await session.flush()
    await audit_log.record(session, Actor.from_call(call), "team.withdraw", row.id)
    return wire.WithdrawnInvitation(id=row.id)


@operation(
    "POST",
    f"{INVITATIONS_PATH}/resend",
    tag="team",
    response=wire.InvitationShown,
    session="only",
    problems=(NotFound, TeamFull),
)
async def resend_invitation(
    call: Call, caller: Caller, body: wire.InvitationId, session: Session, post: InvitationPost
) -> wire.InvitationShown:
    """Mail an open invitation again, for seven more days; the older link stops working.

    It takes who may invite this person: the owner, or an admin without a cap.
    """
    await keys.lock_account(session, caller.account_id)
    found = await invitations.get_open_invitation(session, caller.account_id, body.invitation_id)
    await require_manager(session, caller, found.role)
    row = await post.resend(session, found)
    (view,) = await views.load_invitations(session, [row])
    await audit_log.record(session, Actor.from_call(call), "team.resend", row.id)
    return view


@operation(
    "GET",
    f"{INVITATIONS_PATH}/accept",
    tag="team",
    response=wire.InvitedTo,
    session="only",
    problems=(InvitationEnded, InvitationForOther),
)
async def read_invitation(
    caller: Caller, query: wire.InvitationToken, session: Snapshot
) -> wire.InvitedTo:
    """Read the invitation of a link, if it was sent to an address of yours."""
    row = await invitations.find_invitation_for(session, query.token, caller.person_id)
    account = await keys.get_account(session, row.account_id)
    return wire.InvitedTo(
        name=(await views.load_names(session, [account]))[account.id],
        role=row.role,  # type: ignore[arg-type]  # the row's check constraint
        email=row.email,
        accepted=row.accepted_at is not None,
        expires_at=to_iso(row.expires_at),
    )


@operation(
    "POST",
    f"{INVITATIONS_PATH}/accept",
    tag="team",
    response=wire.TeamShown,
    session="only",
    least_role=Role.VIEWER,  # it concerns the person, whatever account they work in
    problems=(InvitationEnded, InvitationForOther, AlreadyMember, TeamFull),
)
async def accept_invitation(
    call: Call,
    caller: Caller,
    body: wire.InvitationToken,
    session: Session,
    post: InvitationPost,
) -> wire.TeamShown:
    """Accept the invitation of a link: you become a member of the team.

    You must have verified the address that it was sent to. This browser works in the team from now
    on; switch back to your own account at any time.
    """
    member, is_new = await invitations.accept_invitation(
        session, post.ids, post.mailer, body.token, caller.person_id
    )
    account = await keys.get_account(session, member.account_id)
    view = wire.TeamShown(
        account_id=account.id,
        name=(await views.load_names(session, [account]))[account.id],
        role=member.role,  # type: ignore[arg-type]  # the row's check constraint
        current=True,
    )
    await _set_acting_account(session, caller, account.id)
    if is_new:
        after = {"accountId": account.id, "personId": member.person_id, "role": member.role}
        actor = replace(Actor.from_call(call), id=caller.person_id)
        await audit_log.record(session, actor, "team.join", member.id, after=after)
    return view


@operation("GET", "/api/v1/team/accounts", tag="team", response=wire.TeamAccounts, session="only")
async def list_team_accounts(caller: Caller, session: Snapshot) -> wire.TeamAccounts:
    """List the accounts that you may work in: your own, then those of your teams."""
    return await views.load_team_accounts(session, caller)


@operation(
    "POST",
    "/api/v1/team/switch",
    tag="team",
    response=wire.TeamShown,
    session="only",
    least_role=Role.VIEWER,
    problems=(NotFound,),
)
async def switch_account(
    call: Call, caller: Caller, body: wire.SwitchAccount, session: Session
) -> wire.TeamShown:
    """Let this browser work in another account of yours.

    API keys, connected apps and devices stay where they are.
    """
    accounts = await views.load_team_accounts(session, caller)
    chosen = next((each for each in accounts.data if each.account_id == body.account_id), None)
    if chosen is None:
        raise NotFound("You are in no such team.")
    if chosen.account_id != caller.person_id:
        await memberships.hold_member(session, chosen.account_id, caller.person_id)
    await _set_acting_account(session, caller, chosen.account_id)
    await audit_log.record(session, Actor.from_call(call), "team.switch", chosen.account_id)
    return chosen.model_copy(update={"current": True})


async def _set_acting_account(session: Session, caller: Caller, account_id: str) -> None:
    """Let the caller's session work in this account; a removal meanwhile ends the session."""
    query = select(BrowserSession).where(BrowserSession.id == caller.session_id)
    row = (await session.scalars(query)).one()
    row.acting_account_id = None if account_id == caller.person_id else account_id
    await session.flush()


def merge_limits(before: Limits, given: wire.MemberLimits | None) -> Limits:
    """Return the caps with those that a request states, null ones too, in place of the old."""
    if given is None:
        return before
    stated = {
        name.replace("_limit_usd", "_microusd"): None if text is None else parse_usd(text)
        for name, text in given
        if name in given.model_fields_set
    }
    return replace(before, **stated)
