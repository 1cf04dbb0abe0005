"""Invitations: mailed once to an address, accepted once, and only by who has verified it.

The mail holds a random token; the row holds its hash. The token alone is worth nothing: the person
who accepts must be signed in to an account with the invited address, so a stolen or forwarded link
opens no team. A new mail of an invitation has a new token, and the older ones stop working.

The mails are bounded for each team, and for each address over all teams. They hold no text that
the team could choose, so they are no way to write to strangers.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import func, select

from gateway.identity.accounts import identities
from gateway.identity.accounts.addresses import GMAIL_DOMAINS, get_domain
from gateway.identity.keys import keys
from gateway.identity.keys.sessions import create_token, hash_token
from gateway.identity.teams import memberships, spending
from gateway.identity.teams.errors import (
    AlreadyMember,
    InvitationEnded,
    InvitationForOther,
    TeamFull,
)
from gateway.identity.teams.tables import Invitation, Member
from gateway.kit.clock import DAY, MINUTE, SECOND
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import NotFound, RateLimited
from gateway.kit.ids import Ids
from gateway.kit.roles import Role
from gateway.ledger.decisions import Limits
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer
from gateway.migrations.compatibility import require_code

LIFETIME, RESEND_INTERVAL = 7 * DAY, MINUTE
# Members and open invitations of a team; mails of a team, and to one address, in 24 hours.
MOST_PLACES, TEAM_MAILS_A_DAY, ADDRESS_MAILS_A_DAY = 50, 20, 5
PAGE_PATH = "/team/invitation"
# The schema revision of the first program that keeps the role and the caps of a member: to an older
# one, which may still serve in an upgrade, a member's key is one of the owner's.
OLDEST_CODE = "0054"
# A mailed address is kept a month after the invitation's time is over.
PURGE = sql(f"DELETE FROM invitation WHERE expires_at < kt_now() - {30 * DAY}")  # noqa: S608 - constant
ROLE_WORDS = {
    Role.ADMIN: "an admin",
    Role.DEVELOPER: "a developer",
    Role.VIEWER: "a viewer",
}
IS_OPEN = (Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvitation:
    """An invitation to be sent: the team, who invites, the address, role and caps."""

    account_id: str
    invited_by: str
    email: str
    role: Role
    limits: Limits


@dataclass(frozen=True, slots=True)
class InvitationPost:
    """Sends invitations by mail; `public_url` is where their links lead."""

    mailer: Mailer
    ids: Ids
    public_url: str

    async def invite(self, session: Session, new: NewInvitation) -> Invitation:
        """Invite an address to a team.

        Raises:
            AlreadyMember: the address is of the owner or of a member, or it is invited already.
            TeamFull, RateLimited: the team has too many, or sent too many mails.
            AccountClosed: the team is closed.
        """
        await keys.lock_account(session, new.account_id)
        now = await get_database_time(session)
        await _refuse_member_address(session, new.account_id, new.email)
        await _check_places(session, new.account_id, now)
        await _expire_old(session, new.account_id, new.email, now)
        await _check_mail_limits(session, new.account_id, new.email, now)
        token = create_token(self.ids)
        row = Invitation(
            id=self.ids.new("ivt"),
            account_id=new.account_id,
            email=new.email,
            role=new.role.value,
            limits_json=json.dumps(asdict(new.limits)),
            token_hash=hash_token(token),
            invited_by=new.invited_by,
            created_at=now,
            sent_at=now,
            mails=1,
            expires_at=now + LIFETIME,
        )
        session.add(row)
        await session.flush()
        await self._mail(session, row, token)
        return row

    async def resend(self, session: Session, row: Invitation) -> Invitation:
        """Mail an open invitation again, with a new token and seven more days.

        The caller holds the lock of the team's account.

        Raises:
            TeamFull: its time was over, and the team has no place left.
            RateLimited: it was mailed within the minute, or too many were sent.
        """
        now = await get_database_time(session)
        if row.expires_at <= now:  # it takes a place again
            await _check_places(session, row.account_id, now)
        if now < row.sent_at + RESEND_INTERVAL:
            raise _build_rate_limit(row.sent_at + RESEND_INTERVAL - now)
        await _check_mail_limits(session, row.account_id, row.email, now)
        token = create_token(self.ids)
        row.token_hash, row.sent_at, row.mails = hash_token(token), now, row.mails + 1
        row.expires_at = now + LIFETIME
        await session.flush()
        await self._mail(session, row, token)
        return row

    async def _mail(self, session: Session, row: Invitation, token: str) -> None:
        inviter = await identities.find_account_email(session, row.invited_by) or "A team"
        role, email = ROLE_WORDS[Role(row.role)], row.email
        mail = build_letter(
            to=row.email,
            subject="An invitation to a team",
            lines=(
                f"{inviter} invites you to work in their Killa Tamata account as {role}.",
                f"The link works once, for seven days, if you are signed in with {email}.",
                "If you do not know the sender, ignore this mail: nothing happens without you.",
            ),
            link=f"{self.public_url}{PAGE_PATH}?token={token}",
        )
        await self.mailer.send_later(session, mail)


async def list_open_invitations(
    session: Session | Snapshot, account_id: str
) -> Sequence[Invitation]:
    """List the invitations of a team that were neither accepted nor withdrawn, newest first.

    Those whose seven days are over are among them: they can be sent again.
    """
    query = select(Invitation).where(Invitation.account_id == account_id, *IS_OPEN)
    return (await session.scalars(query.order_by(Invitation.id.desc()))).all()


async def get_open_invitation(session: Session, account_id: str, invitation_id: str) -> Invitation:
    """Return an open invitation of a team.

    Raises:
        NotFound: there is none.
    """
    query = select(Invitation).where(
        Invitation.id == invitation_id, Invitation.account_id == account_id, *IS_OPEN
    )
    row = (await session.scalars(query)).first()
    if row is None:
        raise NotFound("This team has no such open invitation.")
    return row


async def find_invitation_for(
    session: Session | Snapshot, token: str, person_id: str, *, lock: bool = False
) -> Invitation:
    """Return the invitation of a token, if it is for this person.

    Raises:
        InvitationEnded: the token is unknown or old, or the invitation ended without this person.
        InvitationForOther: its address is none of this person's.
    """
    query = select(Invitation).where(Invitation.token_hash == hash_token(token))
    row = (await session.scalars(query.with_for_update() if lock else query)).first()
    if row is None:
        raise InvitationEnded
    if not await _has_address(session, person_id, row.email):
        raise InvitationForOther
    now = await get_database_time(session)
    is_over = row.expires_at <= now and row.accepted_at is None
    taken_by_other = row.accepted_at is not None and row.accepted_by != person_id
    if row.withdrawn_at is not None or is_over or taken_by_other:
        raise InvitationEnded
    return row


async def accept_invitation(
    session: Session, ids: Ids, mailer: Mailer, token: str, person_id: str
) -> tuple[Member, bool]:
    """Make a person a member by their invitation; return the membership, and True if it is new.

    The same person again, as after a second press, gets the membership that they have.

    Raises:
        InvitationEnded, InvitationForOther: the invitation is not for this person any more.
        AlreadyMember: they own the team, or are in it by another invitation.
        TeamFull: the team has no place left.
    """
    # The team first: whoever changes its members holds the lock of its account, then the row.
    found = await find_invitation_for(session, token, person_id)
    await keys.lock_account(session, found.account_id)
    row = await find_invitation_for(session, token, person_id, lock=True)
    existing = await memberships.find_member(session, row.account_id, person_id)
    if row.accepted_at is not None:
        if existing is None:
            raise InvitationEnded
        return existing, False
    if existing is not None or person_id == row.account_id:
        raise AlreadyMember
    if await memberships.count_members(session, row.account_id) >= MOST_PLACES:
        raise TeamFull
    now = await get_database_time(session)
    member = Member(
        id=ids.new("mbr"),
        account_id=row.account_id,
        person_id=person_id,
        role=row.role,
        invited_by=row.invited_by,
        created_at=now,
    )
    await require_code(session, OLDEST_CODE)
    session.add(member)
    row.accepted_at, row.accepted_by = now, person_id
    await session.flush()
    limits = Limits(**json.loads(row.limits_json))
    await spending.let_member_spend(session, row.account_id, member.id, limits)
    await _mail_owner(session, mailer, row)
    return member, True


async def _mail_owner(session: Session, mailer: Mailer, row: Invitation) -> None:
    """Mail the addresses of the owner that somebody joined."""
    role = ROLE_WORDS[Role(row.role)]
    for email in await identities.list_account_emails(session, row.account_id):
        mail = build_letter(
            to=email,
            subject="Somebody joined your team",
            lines=(
                f"{row.email} now works in your Killa Tamata account as {role}.",
                "You see the members, their roles and limits in the settings, under Team.",
            ),
        )
        await mailer.send_later(session, mail)


async def _refuse_member_address(session: Session, account_id: str, email: str) -> None:
    identity = await identities.find_identity(session, "email", "", email)
    if identity is None:
        return
    person_id = identity.account_id
    if person_id == account_id or await memberships.find_member(session, account_id, person_id):
        raise AlreadyMember


async def _check_places(session: Session, account_id: str, now: int) -> None:
    """Refuse one more where members and open invitations fill the team."""
    waiting = select(func.count()).where(
        Invitation.account_id == account_id, *IS_OPEN, Invitation.expires_at > now
    )
    members = await memberships.count_members(session, account_id)
    if members + (await session.scalar(waiting) or 0) >= MOST_PLACES:
        raise TeamFull


async def _expire_old(session: Session, account_id: str, email: str, now: int) -> None:
    """Withdraw the invitation of an address whose time is over: a new one takes its place.

    Raises:
        AlreadyMember: it is still open.
    """
    query = select(Invitation).where(
        Invitation.account_id == account_id, Invitation.email == email, *IS_OPEN
    )
    row = (await session.scalars(query)).first()
    if row is None:
        return
    if row.expires_at > now:
        raise AlreadyMember("This address is invited already.", hint="Send the invitation again.")
    row.withdrawn_at = now
    await session.flush()


async def _check_mail_limits(session: Session, account_id: str, email: str, now: int) -> None:
    """Refuse one more mail where the team, or all teams to this address, sent enough in a day.

    All mails of an invitation that was sent again today count as today's: too strict is safe.
    """
    since = Invitation.sent_at > now - DAY
    for of_whom, most in (
        (Invitation.account_id == account_id, TEAM_MAILS_A_DAY),
        (Invitation.email == email, ADDRESS_MAILS_A_DAY),
    ):
        query = select(func.sum(Invitation.mails), func.min(Invitation.sent_at))
        mails, first = (await session.execute(query.where(of_whom, since))).one()
        if (mails or 0) >= most:
            raise _build_rate_limit(first + DAY - now)


def _build_rate_limit(left: int) -> RateLimited:
    return RateLimited(
        "Too many invitations were mailed.", retry_after_seconds=max(1, -(-left // SECOND))
    )


async def _has_address(session: Session | Snapshot, person_id: str, email: str) -> bool:
    """Return True if a person has verified an address: by a code, or Google runs its mailbox."""
    return any(
        row.email == email and (row.kind == "email" or get_domain(email) in GMAIL_DOMAINS)
        for row in await identities.list_account_identities(session, person_id)
    )


async def purge_invitations(database: Database) -> None:
    """Delete invitations 30 days after their time was over, whatever became of them."""
    async with database.write() as session:
        await session.change(PURGE)
