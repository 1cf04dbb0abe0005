"""Waits for a job without holding a connection, and the lengths of the queues."""

import asyncio
import time
from asyncio import timeout
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar, TypeAlias

from gateway.kit.clock import SECOND
from gateway.kit.database.group_commit import GroupRead
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Statement, sql
from gateway.media.states import OPEN_JOB_STATES
from gateway.media.tables import HAS_TEXT

POLL_SECONDS = 1.0
Activity: TypeAlias = tuple[object, ...]
"""For each state, how many jobs an account has in it, their versions added up, and the newest."""
SELECT_VERSIONS = sql(
    "SELECT job.id, job.version, job.state FROM {rows} JOIN job ON job.id = given.id", id="text"
)
# A statement for each state, because each state has an index of its own.
COUNT_OPEN = (
    "SELECT given.account, job.state, count(*), sum(job.version), max(job.id) "
    "FROM {rows} JOIN job ON job.account_id = given.account AND job.state = "
)
SELECT_ACTIVITY = tuple(
    sql(f"{COUNT_OPEN}'{state}' GROUP BY given.account, job.state", account="int")
    for state in sorted(OPEN_JOB_STATES)
)
SELECT_QUEUED = sql("SELECT id FROM job WHERE state = 'queued'")
COUNT_QUEUED = sql(
    "SELECT queue, book, count(*) FROM job WHERE state = 'queued' GROUP BY queue, book"
)
PACE_SECONDS = 600
FROM_RECENTLY_ENDED = (
    f"FROM job WHERE {HAS_TEXT} AND finished_at > kt_now() - {PACE_SECONDS * SECOND}"
)
SELECT_RECENTLY_ENDED = sql(f"SELECT id {FROM_RECENTLY_ENDED}")
COUNT_RECENTLY_ENDED = sql(
    f"SELECT queue, book, count(*) {FROM_RECENTLY_ENDED} GROUP BY queue, book"
)


class JobWatch:
    """Lets many requests wait for many jobs: woken by news, and by one query a second for all.

    News may be lost, and without a broker it reaches only this process; the query covers both.
    `is_stopping` returns True when the gateway stops: then no request is kept waiting.
    `select_versions` is the statement that reads versions and states.
    """

    select_versions: ClassVar[Statement] = SELECT_VERSIONS

    def __init__(self, database: Database, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self._database = database
        self.is_stopping = is_stopping
        self._reads: GroupRead[str, tuple[int, str]] = GroupRead(self._fetch)

    async def wait(self, job_id: str, seconds: float, since_version: int | None = None) -> bool:
        """Wait until a job ends or rises above `since_version`; return False if the time runs out.

        It also returns True if the gateway stops, or the job does not exist.
        """
        deadline = time.monotonic() + seconds
        with self._database.notifications.watch(job_id) as woken:
            while not self.is_stopping():
                if (left := deadline - time.monotonic()) <= 0:
                    return False
                # Cleared before the read: news that comes during it is not lost.
                woken.clear()
                version, state = await self._reads.submit(job_id)
                if state not in OPEN_JOB_STATES:
                    return True
                if since_version is not None and version > since_version:
                    return True
                with suppress(TimeoutError):
                    async with timeout(min(POLL_SECONDS, left)):
                        await woken.wait()
        return True

    async def _fetch(self, job_ids: Sequence[str]) -> Mapping[str, tuple[int, str]]:
        rows = await self._database.fetch(self.select_versions, [(job_id,) for job_id in job_ids])
        versions = {row[0]: (row[1], row[2]) for row in rows}
        return {job_id: versions.get(job_id, (0, "gone")) for job_id in job_ids}


class ActivityWatch:
    """Tells streams whether the open jobs of an account changed, without reading the jobs.

    Streams ask in step, at each full second, so one query answers all of them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reads: GroupRead[int, Activity] = GroupRead(self._fetch)

    async def wait(self, account: int) -> Activity:
        """Wait for the next full second; return what differs after each change of an open job."""
        await asyncio.sleep(POLL_SECONDS - time.monotonic() % POLL_SECONDS)
        return await self._reads.submit(account)

    async def _fetch(self, accounts: Sequence[int]) -> Mapping[int, Activity]:
        activities: dict[int, Activity] = dict.fromkeys(accounts, ())
        for statement in SELECT_ACTIVITY:
            for account, *counted in await self._database.fetch(
                statement, [(account,) for account in accounts]
            ):
                activities[account] += tuple(counted)
        return activities


class QueueDepths:
    """The lengths of the queues and the pace of their jobs, as the sweeper last counted them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._depths: dict[tuple[str, str], int] = {}
        self._ended: dict[tuple[str, str], int] = {}

    def count_against_limit(self, book: str) -> int:
        """Return how many waiting jobs count against the queue of a book.

        Play money costs nothing, so it may not use up the room of live work: for a live job only
        live ones count, for a test job all.
        """
        return sum(depth for (_, each), depth in self._depths.items() if book in (each, "test"))

    def count_waiting(self, queue: str, book: str) -> int:
        """Return how many jobs of a book wait in one queue."""
        return self._depths.get((queue, book), 0)

    def estimate_start_seconds(self, queue: str, book: str) -> int | None:
        """Estimate the seconds until a job submitted now would start, by the pace of 10 minutes.

        None: jobs wait, and none has ended lately.
        """
        waiting, ended = self.count_waiting(queue, book), self._ended.get((queue, book), 0)
        if not waiting:
            return 0
        return -(-waiting * PACE_SECONDS // ended) if ended else None

    async def refresh_pace(self) -> None:
        """Count the jobs that ended in the last 10 minutes."""
        async with self._database.read() as snapshot:
            self._ended = {
                (row[0], row[1]): row[2] for row in await snapshot.read(COUNT_RECENTLY_ENDED)
            }

    async def refresh(self) -> None:
        """Count the waiting jobs of each queue and book."""
        async with self._database.read() as snapshot:
            rows = await snapshot.read(COUNT_QUEUED)
        self._depths = {(queue, book): depth for queue, book, depth in rows}
