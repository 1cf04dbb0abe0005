"""Reports of visitors about shares: kept for the operators, who also get a mail of each."""

from dataclasses import dataclass

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import get_database_time
from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer
from gateway.shares.shared_results import find_result
from gateway.shares.states import ReportReason
from gateway.shares.tables import ShareReport

REPORTS_PATH = "/admin/shares"
MOST_WORDS, MOST_CONTACT_CHARACTERS = 2_000, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareReports:
    """Takes reports; `operator_address` is where a mail about each goes."""

    database: Database
    ids: Ids
    mailer: Mailer
    operator_address: str
    site: Site

    async def add_report(
        self, token: str, reason: ReportReason, *, words: str, contact: str
    ) -> None:
        """Keep a report of the share behind a link, and mail the operators.

        Raises:
            NotFound: the link does not work.
        """
        async with self.database.write() as session:
            result = await find_result(session, token)
            share_id = result.share.id
            session.add(
                ShareReport(
                    id=self.ids.new("rep"),
                    share_id=share_id,
                    reason=reason,
                    words=words[:MOST_WORDS],
                    contact=contact[:MOST_CONTACT_CHARACTERS],
                    created_at=await get_database_time(session),
                )
            )
            # What the visitor wrote stays out of the mail: strangers must not write to operators
            # in our name.
            letter = build_letter(
                to=self.operator_address,
                subject="A shared result was reported",
                lines=(f"A visitor reported share {share_id} as {reason}.", "Decide about it:"),
                link=f"{self.site.public_url}{REPORTS_PATH}",
            )
            await self.mailer.send_later(session, letter)
