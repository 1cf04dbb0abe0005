"""Teams, members and invitations in their wire form."""

import json
from collections.abc import Sequence

from gateway.identity.accounts import account_search
from gateway.identity.keys import keys
from gateway.identity.sign_in.schemas import CurrentTeam
from gateway.identity.tables import Account
from gateway.identity.teams import memberships, spending
from gateway.identity.teams import schemas as wire
from gateway.identity.teams.tables import Invitation, Member
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.ledger.decisions import Limits, Policy
from gateway.ledger.rendering import render_spent


async def load_team(session: Session | Snapshot, caller: Caller) -> wire.Team:
    """Load the people of the caller's team; caps and spending of others only for admins."""
    account = await keys.get_account(session, caller.account_id)
    members = await memberships.list_members(session, account.id)
    emails = await _load_emails(session, [account.id, *(row.person_id for row in members)])
    policies = await spending.load_member_policies(session, [row.id for row in members])
    owner = wire.MemberShown(
        id=None,
        email=emails[account.id],
        role="owner",
        you=caller.person_id == account.id,
        limits=None,
        spent=None,
        created_at=to_iso(account.created_at),
    )
    others = [
        render_member(
            row,
            emails[row.person_id],
            policies.get(row.id) if may_see_spending(caller, row) else None,
            is_caller=row.person_id == caller.person_id,
        )
        for row in members
    ]
    return wire.Team(account_id=account.id, role=caller.role.value, data=[owner, *others])


def may_see_spending(caller: Caller, row: Member) -> bool:
    """Return True if a caller may see the caps and the spending of a member."""
    return has_role(caller.role, Role.ADMIN) or row.person_id == caller.person_id


def render_member(
    row: Member, email: str | None, policy: Policy | None, *, is_caller: bool
) -> wire.MemberShown:
    """Render a member, with caps and spending where a policy is given."""
    return wire.MemberShown(
        id=row.id,
        email=email,
        role=row.role,  # type: ignore[arg-type]  # the row's check constraint
        you=is_caller,
        limits=None if policy is None else render_limits(policy.limits),
        spent=None if policy is None else render_spent(policy),
        created_at=to_iso(row.created_at),
    )


async def load_invitations(
    session: Session | Snapshot, rows: Sequence[Invitation]
) -> list[wire.InvitationShown]:
    """Render invitations, with the addresses of those who invited."""
    emails = await _load_emails(session, [row.invited_by for row in rows])
    return [
        wire.InvitationShown(
            id=row.id,
            email=row.email,
            role=row.role,  # type: ignore[arg-type]  # the row's check constraint
            limits=render_limits(Limits(**json.loads(row.limits_json))),
            invited_by=emails[row.invited_by],
            created_at=to_iso(row.created_at),
            sent_at=to_iso(row.sent_at),
            expires_at=to_iso(row.expires_at),
        )
        for row in rows
    ]


async def load_team_accounts(session: Session | Snapshot, caller: Caller) -> wire.TeamAccounts:
    """Load the accounts that the person may work in."""
    teams = await memberships.list_teams(session, caller.person_id)
    names = await load_names(session, [account for account, _ in teams])
    return wire.TeamAccounts(
        data=[
            wire.TeamShown(
                account_id=account.id,
                name=names[account.id],
                role=role.value,
                current=account.id == caller.account_id,
            )
            for account, role in teams
        ]
    )


async def load_current_team(session: Session | Snapshot, caller: Caller) -> CurrentTeam | None:
    """Load the team that a member works in now; None for their own account."""
    if caller.member_id is None:
        return None
    account = await keys.get_account(session, caller.account_id)
    return CurrentTeam(
        account_id=account.id,
        name=(await load_names(session, [account]))[account.id],
        role=caller.role.value,  # type: ignore[arg-type]  # a member is no owner
    )


async def load_names(session: Session | Snapshot, accounts: Sequence[Account]) -> dict[str, str]:
    """Return the name of each account: the address of its owner, else its label."""
    emails = await _load_emails(session, [account.id for account in accounts])
    return {account.id: emails[account.id] or account.label for account in accounts}


def render_limits(limits: Limits) -> wire.MemberLimitsShown:
    """Render the caps of a member."""
    daily, monthly, total = (
        None if amount is None else render_usd(amount)
        for amount in (limits.daily_microusd, limits.monthly_microusd, limits.total_microusd)
    )
    return wire.MemberLimitsShown(
        daily_limit_usd=daily, monthly_limit_usd=monthly, total_limit_usd=total
    )


async def _load_emails(
    session: Session | Snapshot, account_ids: Sequence[str]
) -> dict[str, str | None]:
    addresses = await account_search.list_addresses(session, account_ids)
    return {account_id: next(iter(emails), None) for account_id, emails in addresses.items()}
