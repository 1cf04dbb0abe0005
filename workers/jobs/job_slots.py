"""Slots of this worker: how many jobs it runs at once, for each queue and each book.

A slot is never lent to another queue or book. So a picture does not wait for films, live work does
not wait for play money, and an account that floods one line holds up no other line.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx
from gateway.ledger.accounts.owners import BOOKS
from gateway.media.jobs import attempts, lifecycle
from gateway.media.jobs.attempts import StartedAttempt
from gateway.media.jobs.claims import LOCK_CLAIMS, ClaimedJob
from gateway.media.nodes.upstream import encode_report
from gateway.media.submits.request_planner import CPU_QUEUE
from workers.engines.report import describe_node
from workers.jobs.machine import Machine


@dataclass(frozen=True, slots=True)
class JobSlot:
    """A claimed job with its attempt, and the seconds that such jobs usually run on its node."""

    claimed: ClaimedJob
    started: StartedAttempt
    usual_seconds: float | None


class JobSlots:
    """The slots of one worker, on one event loop; while its machine is not fit there are none.

    `servers` are those of the engines file: jobs on others are left to workers that know them.
    """

    def __init__(self, at_once: int, machine: Machine, servers: Collection[str] = ()) -> None:
        self._at_once, self._servers = at_once, servers
        self._machine = machine
        self._taken: Counter[tuple[str, str]] = Counter()
        self._claiming = asyncio.Lock()

    @asynccontextmanager
    async def claim_job(
        self, database: Database, queue: str, running_limit: int
    ) -> AsyncIterator[JobSlot | None]:
        """Claim a job and hold a slot for it in the block; None if there is no job or no slot."""
        # One claim at a time: two would both see the last free slot, and claim a job each.
        async with self._claiming:
            slot = await self._claim_next_job(database, queue, running_limit)
            if slot is not None:
                self._taken[queue, slot.claimed.book] += 1
        try:
            yield slot
        finally:
            if slot is not None:
                self._taken[queue, slot.claimed.book] -= 1

    def has_free_slot(self, queue: str) -> bool:
        """Return True if a job of this queue could have a slot now; any thread may ask."""
        return bool(self._free_books(queue))

    def may_leave_jobs(self, queue: str) -> bool:
        """Return True if another worker might take a job of this queue that this one leaves."""
        leaves = self.has_full_book(queue) or self._machine.may_leave_jobs()
        return leaves and not self._machine.is_alone

    def has_full_book(self, queue: str) -> bool:
        """Return True if a book has no free slot in this queue."""
        return len(self._free_books(queue)) < len(BOOKS)

    def _free_books(self, queue: str) -> list[str]:
        # What runs on this machine's own CPUs would only be slower with more at once.
        most = min(self._at_once, os.cpu_count() or 1) if queue == CPU_QUEUE else self._at_once
        return [book for book in BOOKS if self._taken[queue, book] < most]

    async def _claim_next_job(
        self, database: Database, queue: str, running_limit: int
    ) -> JobSlot | None:
        books, avoided = self._free_books(queue), self._machine.list_avoided_jobs()
        if not books or not self._machine.is_fit():
            return None

        async def claim(tx: Tx) -> JobSlot | None:
            claimed = await lifecycle.claim_job(
                tx,
                queue,
                running_limit=running_limit,
                books=books,
                avoid=avoided,
                servers=self._servers,
            )
            if claimed is None:
                return None
            report = encode_report(describe_node(claimed.node, claimed.engine), graph=None)
            started = await attempts.start_attempt(tx, claimed, report)
            return JobSlot(claimed, started, await attempts.estimate_run_seconds(tx, claimed))

        slot = await database.transact(claim, postgres_lock=LOCK_CLAIMS)
        if slot is not None:
            lifecycle.announce_claim(database.notifications, slot.claimed)
        return slot
