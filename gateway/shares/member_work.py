"""The end of what a member of a team has under way: plans, upload links, shares and cards.

Another member goes on with all else that they made: it belongs to the team.
"""

from dataclasses import dataclass

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.library.uploads.upload_links import end_member_links
from gateway.mail.outbox import Mailer
from gateway.payments.top_ups.member_cards import end_member_cards
from gateway.studio.plans.member_plans import reject_member_plans

# A share shows the team's media to whoever has its link, and the one who made it has it.
END_SHARES = sql(
    """
    UPDATE share SET revoked_at = kt_now()
    FROM {rows} WHERE share.member_id = given.member_id AND share.revoked_at IS NULL
    """,
    member_id="text",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedWork:
    """The work of a member that ends with their role; the mailer tells the owner what stopped."""

    mailer: Mailer
    site: str

    async def end_member_work(self, session: Session, member_id: str) -> int:
        """End a member's share and upload links, and reject their waiting plans; return how many.

        Call it before ledger accounts are locked: the executor locks plan, shelf, account.
        """
        rejected = await reject_member_plans(session, member_id)
        await end_member_links(session, member_id)
        await session.change(END_SHARES, [(member_id,)])
        return rejected

    async def end_member_cards(self, session: Session, account_id: str, person_id: str) -> None:
        """Remove the cards that a person saved for a team, and stop the rules that charge them."""
        await end_member_cards(session, self, account_id, person_id)
