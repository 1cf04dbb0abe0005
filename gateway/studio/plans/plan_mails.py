"""The mail about plans that wait for a person, for accounts that want it.

A plan that an agent or a key prepared, and that it may not execute by itself, is marked in the
transaction that stores it. The sweep takes the marks away and queues the mail in one transaction,
so of two processes only one sends it. The link leads to the page of the plan, where a person reads
it and decides: opening it approves nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.identity.accounts import identities
from gateway.identity.accounts.preferences import claim_plan_mail
from gateway.kit.clock import MINUTE
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import sql
from gateway.kit.http.browser import Site
from gateway.kit.money import render_usd
from gateway.kit.queue import Sweep
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer

PAUSE = MINUTE
SELECT_MARKED = sql(
    """
    SELECT owner_id, id, book, total_microusd, CASE WHEN state = 'pending' THEN 1 ELSE 0 END
    FROM approval_plan WHERE mail_due_at IS NOT NULL ORDER BY mail_due_at LIMIT 500
    """
)
UNMARK = sql(
    """
    UPDATE approval_plan SET mail_due_at = NULL FROM {rows}
    WHERE approval_plan.id = given.id AND approval_plan.mail_due_at IS NOT NULL
    """,
    id="text",
)


@dataclass(frozen=True, slots=True)
class MarkedPlan:
    """A plan about which a mail is due, if it still waits."""

    id: str
    book: str
    total_microusd: int
    is_waiting: int


@dataclass(frozen=True, slots=True)
class PlanMails:
    """Mails owners about plans that wait for them."""

    database: Database
    mailer: Mailer
    site: Site

    def build_sweep(self) -> Sweep:
        """Return the sweep; without a marked plan it does not run."""
        return Sweep("mails about plans", 5, self.send_due, SELECT_MARKED)

    async def send_due(self) -> None:
        """Mail each account about the plans that were marked since its last mail."""
        async with self.database.read() as snapshot:
            rows = await snapshot.read(SELECT_MARKED)
        marked: dict[str, list[MarkedPlan]] = defaultdict(list)
        for owner_id, *plan in rows:
            marked[owner_id].append(MarkedPlan(*plan))
        for owner_id, plans in marked.items():
            async with self.database.write() as session:
                await self._mail_owner(session, owner_id, plans)

    async def _mail_owner(
        self, session: Session, owner_id: str, plans: Sequence[MarkedPlan]
    ) -> None:
        """Take the marks away and queue one mail; while the last one is young, leave both."""
        waiting = [plan for plan in plans if plan.is_waiting]
        claimed = await claim_plan_mail(session, owner_id, PAUSE) if waiting else None
        if claimed is False:
            return
        unmarked = await session.change(UNMARK, [(plan.id,) for plan in plans])
        if claimed and unmarked:
            await self._queue_mails(session, owner_id, waiting)

    async def _queue_mails(
        self, session: Session, owner_id: str, plans: Sequence[MarkedPlan]
    ) -> None:
        first, count = plans[0], len(plans)
        total = render_usd(sum(plan.total_microusd for plan in plans))
        money = "" if first.book == "live" else " of play money"
        path = f"/plans/{first.id}" if count == 1 else "/waiting"
        asks = "An agent asks for your approval" if count == 1 else f"{count} plans wait for you"
        lines = [
            f"{asks}. Nothing runs and nothing is charged before you approve it on the page.",
            "You get this mail because you asked for it in Settings.",
        ]
        for email in await identities.list_account_emails(session, owner_id):
            mail = build_letter(
                to=email,
                subject=asks,
                lines=lines,
                highlight=f"${total}{money}",
                link=f"{self.site.public_url}{path}?mode={first.book}",
            )
            await self.mailer.send_later(session, mail)
