"""Wake-ups and sweeps: the database is the queue, and a message only a hint that may be lost."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import dramatiq
from redis.exceptions import RedisError

from gateway.kit.database.group_commit import GroupRead
from gateway.kit.database.sessions import ConnectionLost, Database, TransactionConflict
from gateway.kit.database.sql import Statement, combine_questions
from gateway.kit.errors import Unavailable
from gateway.kit.messaging.broker import (
    LocalBroker,
    SharedBroker,
    presence_from_broker,
)
from gateway.kit.telemetry import metrics

JOB_QUEUES = ("image", "video", "cpu")
JOB_ACTOR = "run_queue"
AGENT_QUEUE, AGENT_ACTOR = "agent", "agent_turn"
MAX_WAITING_WAKE_UPS = 32
PURGE_ROWS = 1_000
FULL_QUEUE_SECONDS = 0.05
FIRST_ROUND_SECONDS, RETRY_SECONDS, HUNG_SECONDS = 2.0, 5.0, 5.0
OUTAGE_ERRORS = (TransactionConflict, ConnectionLost, Unavailable)
log = logging.getLogger("gateway.queue")


class WakeUps:
    """The sender of wake-ups after a commit: best effort, and an answer never waits for it.

    A woken worker takes all jobs that are due. So a queue with `MAX_WAITING_WAKE_UPS` wake-ups gets
    no more, and nothing is lost: the workers that take those read the database after this commit.
    """

    def __init__(self, broker: LocalBroker | SharedBroker) -> None:
        self._broker = broker
        self._presence = presence_from_broker(broker)
        self._unsent: dict[str, list[str]] = {}
        self._sending: dict[str, asyncio.Task[None]] = {}

    def send_soon(self, queue: str, item_id: str) -> None:
        """Send a wake-up in the background; when it is lost, the sweeper sends another."""
        if isinstance(self._broker, LocalBroker) and self._broker.begin_queue(queue):
            return
        self._unsent.setdefault(queue, []).append(item_id)
        if queue not in self._sending:
            self._sending[queue] = asyncio.create_task(self._drain(queue))

    async def _drain(self, queue: str) -> None:
        try:
            while item_ids := self._unsent.pop(queue, []):
                room = await self._try_to_send(queue, item_ids)
                if room == 0:
                    # Its workers are busy for longer than this, so nobody waits for the rest. To
                    # ask for each submit how full it is would cost as much as the admission.
                    await asyncio.sleep(FULL_QUEUE_SECONDS)
        finally:
            del self._sending[queue]

    async def _try_to_send(self, queue: str, item_ids: Sequence[str]) -> int:
        """Send wake-ups and return how many had room; a failure loses them."""
        try:
            return await asyncio.to_thread(self._send, queue, item_ids)
        except (RedisError, OSError) as error:
            self._presence.report(up=False, why=type(error).__name__)
        except Exception:
            log.exception("wake-ups for %s lost", queue)
        return len(item_ids)

    def _send(self, queue: str, item_ids: Sequence[str]) -> int:
        actor = AGENT_ACTOR if queue == AGENT_QUEUE else JOB_ACTOR
        messages: list[dramatiq.Message[None]] = [
            dramatiq.Message(
                queue_name=queue, actor_name=actor, args=(queue, item_id), kwargs={}, options={}
            )
            for item_id in item_ids[:MAX_WAITING_WAKE_UPS]
        ]
        return max(0, self._broker.add_within(MAX_WAITING_WAKE_UPS, messages))


@dataclass(frozen=True, slots=True)
class Sweep:
    """A piece of work that repeats every `every_seconds`.

    With a question in `due_question` it runs only while the question returns a row, and once more
    after: the last run sees the end. The name is a label of a metric. At the start, and when the
    database was away, it rests for `calm_seconds` before it runs.
    """

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[object]]
    due_question: Statement | None = None
    calm_seconds: float = 0.0


async def purge_rows(database: Database, statement: Statement) -> None:
    """Delete in transactions of `PURGE_ROWS` rows until nothing is left; no writer waits for long.

    The statement must limit itself to that many rows.
    """
    changed = PURGE_ROWS
    while changed >= PURGE_ROWS:
        async with database.write() as session:
            changed = await session.change(statement)


class Sweeper:
    """The loops of all sweeps of one process; each sweep is safe beside those of other processes.

    All loops keep the same beat, so that the questions of one moment are one statement: an idle
    process asks it once a second. A sweep that fails stops neither the others nor the start of the
    process: it is counted, logged once, and tried again, sooner than at its next beat.
    """

    def __init__(self, database: Database, sweeps: Sequence[Sweep]) -> None:
        self._database = database
        self.sweeps = sweeps
        for sweep in sweeps:
            metrics.SWEEP_FAILURES.labels(sweep.name)  # from 0, so that the first failure is growth
        self._questions: GroupRead[Statement, bool] = GroupRead(self._answer_questions)
        self._started = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._ran: list[asyncio.Event] = []

    def start(self) -> None:
        """Begin sweeping."""
        self._started = time.monotonic()
        self._ran = [asyncio.Event() for _ in self.sweeps]
        self._tasks = [
            asyncio.create_task(self._repeat(sweep, ran))
            for sweep, ran in zip(self.sweeps, self._ran, strict=True)
        ]

    async def wait_for_first_round(self) -> None:
        """Wait until each sweep was tried once, two seconds at most: some call other services."""
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_ROUND_SECONDS):
                for ran in self._ran:
                    await ran.wait()

    async def stop(self) -> None:
        """End all loops."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self._questions.close()

    async def _repeat(self, sweep: Sweep, ran: asyncio.Event) -> None:
        # Not calm yet: a process that starts amid an outage has not seen it.
        was_due, is_calm, failures = True, False, 0
        while True:
            try:
                asked = time.monotonic()
                due = sweep.due_question is None or await self._questions.submit(sweep.due_question)
                is_calm = is_calm and time.monotonic() - asked < HUNG_SECONDS
                if sweep.calm_seconds and not is_calm:
                    is_calm = True
                    ran.set()
                    await asyncio.sleep(sweep.calm_seconds)
                    continue
                if due or was_due:
                    await sweep.run()
                was_due = due
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                is_calm, failures = False, failures + 1
                _report_failure(sweep, error, first=failures == 1)
            else:
                if failures:
                    log.warning("sweep %s works again", sweep.name)
                failures = 0
            ran.set()
            await asyncio.sleep(self._pause_seconds(sweep, failures))

    def _pause_seconds(self, sweep: Sweep, failures: int) -> float:
        """Return the seconds until the sweep's next beat, or fewer after a failure."""
        passed = (time.monotonic() - self._started) % sweep.every_seconds
        rest = sweep.every_seconds - passed
        return min(rest, RETRY_SECONDS * 2 ** min(failures - 1, 4)) if failures else rest

    async def _answer_questions(self, questions: Sequence[Statement]) -> Mapping[Statement, bool]:
        """Answer the questions of several sweeps in one statement."""
        every_question = [
            sweep.due_question for sweep in self.sweeps if sweep.due_question is not None
        ]
        # In the order of the sweeps, not of arrival: else each order were a text of its own, and
        # neither our cache of statements nor the database's would meet the same one twice.
        ordered = [question for question in every_question if question in questions]
        async with self._database.read() as snapshot:
            (answers,) = await snapshot.read(combine_questions(tuple(ordered)))
        return dict(zip(ordered, map(bool, answers), strict=True))


def _report_failure(sweep: Sweep, error: Exception, *, first: bool) -> None:
    """Count a failure, and log the first of a row only: an outage must not flood the log."""
    metrics.SWEEP_FAILURES.labels(sweep.name).inc()
    if not first:
        return
    if isinstance(error, OUTAGE_ERRORS):
        log.warning("sweep %s waits: %s", sweep.name, type(error).__name__)
    else:
        log.error("sweep %s failed", sweep.name, exc_info=error)
