"""The mail to a person who was removed from a team."""

from gateway.identity.accounts import identities
from gateway.identity.teams.tables import Member
from gateway.kit.database.sessions import Session
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer


async def mail_removal(session: Session, mailer: Mailer, member: Member) -> None:
    """Mail a person that they are no member any more, and what that ended."""
    owner = await identities.find_account_email(session, member.account_id)
    for email in await identities.list_account_emails(session, member.person_id):
        mail = build_letter(
            to=email,
            subject="You were removed from a team",
            lines=(
                f"You no longer work in the Killa Tamata account of {owner or 'a team'}.",
                "Your keys, connected apps and sessions there have ended.",
                "Your own account is as it was.",
            ),
        )
        await mailer.send_later(session, mail)
