"""The mail about ended jobs, for accounts that want it: long ones that a person made on pages.

The sweep looks for jobs that ended since the account's last look. While its last mail is younger
than 5 minutes it does not look: what ends meanwhile shares the next mail. The look is recorded and
the mail queued in one transaction, by a conditional update, so of two processes only one sends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.identity.accounts import identities
from gateway.identity.accounts.preferences import (
    HAS_DONE_MAIL_POINTS,
    DoneMailPoint,
    list_done_mail_points,
    move_done_mail_point,
)
from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.http.browser import Site
from gateway.kit.queue import Sweep
from gateway.ledger.accounts.owners import BOOKS, get_account_number
from gateway.library.kinds import KINDS
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer
from gateway.media.states import JobState
from gateway.media.tasks.catalogue import TASKS

LONG_RUN = MINUTE
PAUSE = 5 * MINUTE
# A job's end is stamped before its transaction commits: younger ones may not all be visible yet.
COMMIT_TIME = 5 * SECOND
LOOK_AGAIN = 10 * MINUTE
MOST_JOBS = 100
# A job without a key was submitted by a person in a browser.
SELECT_ENDED = sql(
    f"""
    SELECT job.id, job.task, job.state FROM {{rows}}
    JOIN job ON job.account_id = given.account AND job.finished_at > given.after
        AND job.finished_at <= given.until
    WHERE job.key_id IS NULL AND job.state IN ('succeeded', 'failed')
      AND job.finished_at - job.started_at > {LONG_RUN}
    ORDER BY job.finished_at LIMIT {MOST_JOBS}
    """,  # noqa: S608 - constants
    account="int",
    after="int",
    until="int",
)


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A long job of a person that has ended, and the book it is in."""

    id: str
    task: str
    state: str
    book: str

    @property
    def has_succeeded(self) -> bool:
        """Return True if there is a result."""
        return self.state == JobState.SUCCEEDED


@dataclass(frozen=True, slots=True)
class DoneMails:
    """Finds long jobs that have ended, and mails their owners."""

    database: Database
    mailer: Mailer
    site: Site

    def build_sweep(self) -> Sweep:
        """Return the sweep; without an account that wants mails it does not run."""
        return Sweep("mails about ended jobs", 10, self.send_due, HAS_DONE_MAIL_POINTS)

    async def send_due(self) -> None:
        """Mail each account about its jobs that ended since the last look."""
        async with self.database.read() as snapshot:
            until = await get_database_time(snapshot) - COMMIT_TIME
            points = await list_done_mail_points(snapshot)
        for point in points:
            if (point.mailed_at or 0) + PAUSE <= until:
                await self._look(point, until)

    async def _look(self, point: DoneMailPoint, until: int) -> None:
        async with self.database.read() as snapshot:
            jobs = await list_ended_jobs(snapshot, point, until)
        if not jobs and until < point.seen_at + LOOK_AGAIN:
            return
        async with self.database.write() as session:
            moved = await move_done_mail_point(session, point, until, mailed=bool(jobs))
            if moved and jobs:
                await self._queue_mails(session, point.account_id, jobs)

    async def _queue_mails(
        self, session: Session, account_id: str, jobs: Sequence[EndedJob]
    ) -> None:
        subject = describe_ended_jobs(jobs)
        first = jobs[0]
        path = "/create"
        if len(jobs) == 1:
            path = f"/create/{first.id}/0" if first.has_succeeded else f"/jobs/{first.id}"
        lines = [f"{subject}."]
        if any(not job.has_succeeded for job in jobs):
            lines.append("What failed has cost nothing.")
        lines.append("You get this mail because you asked for it in Settings.")
        for email in await identities.list_account_emails(session, account_id):
            mail = build_letter(
                to=email,
                subject=subject,
                lines=lines,
                link=f"{self.site.public_url}{path}?mode={first.book}",
            )
            await self.mailer.send_later(session, mail)


async def list_ended_jobs(session: Session, point: DoneMailPoint, until: int) -> list[EndedJob]:
    """Return the long jobs of an account, in both books, that ended since its last look."""
    jobs: list[EndedJob] = []
    for book in BOOKS:
        number = await get_account_number(session, point.account_id, book)
        rows = await session.read(SELECT_ENDED, [(number, point.seen_at, until)])
        jobs += [EndedJob(job_id, task, state, book) for job_id, task, state in rows]
    return jobs


def describe_ended_jobs(jobs: Sequence[EndedJob]) -> str:
    """Describe ended jobs in words: "Your clip is ready", "2 results are ready, 1 failed"."""
    ready = sum(job.has_succeeded for job in jobs)
    failed = len(jobs) - ready
    if len(jobs) == 1:
        noun = KINDS[TASKS[jobs[0].task].output_kind].noun
        return f"Your {noun} is ready" if ready else f"Your {noun} could not be made"
    parts = [f"{ready} results are ready" if ready > 1 else "1 result is ready"] if ready else []
    parts += [f"{failed} failed"] if failed else []
    return ", ".join(parts)
