"""Event streams: jobs as server-sent events.

There is no event log: each event is rendered from the job's row as it is now. The id of an event is
the job's version, so a client that reconnects gets only what is newer.
"""

import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field

from gateway.kit.database.sessions import Database
from gateway.kit.errors import ConcurrencyLimited
from gateway.kit.long_poll import RECHECK_SECONDS
from gateway.kit.operation import Call, Caller
from gateway.kit.wire.json_text import write_json
from gateway.media.jobs import queries
from gateway.media.jobs.job_schemas import Job as WireJob
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.jobs.waits import ActivityWatch, JobWatch
from gateway.media.states import OPEN_JOB_STATES
from gateway.media.tables import Job

EVENT_STREAM = "text/event-stream"
MOST_STREAMS = 8
PROGRESS_SECONDS, COMMENT_SECONDS, LONGEST_STREAM_SECONDS = 1.0, 15.0, 3_600.0
STATUS_FIELDS = {"job_id", "status", "version", "attempt", "queue_position", "progress"}
PROGRESS_FIELDS = {"job_id", "version", "attempt"}
RETRY_LINE = b"retry: 2000\n\n"
COMMENT_LINE = b": waiting\n\n"


@dataclass(slots=True)
class StreamState:
    """The part of a job that a stream has sent; `version` is the newest that the client knows."""

    version: int = 0
    stage: tuple[str, int] | None = None
    progress: str | None = None
    progress_at: float = float("-inf")

    def render_next_event(self, job: Job, shown: WireJob) -> bytes | None:
        """Return the next event of an open job, None if none is due.

        `status` for a new state or attempt comes at once, `progress` once a second.
        """
        if job.version <= self.version:
            return None
        stage = (job.state, job.fence)
        if stage != self.stage:
            self.stage, self.version, self.progress = stage, job.version, job.progress_json
            return render_event("status", job.version, shown.model_dump(include=STATUS_FIELDS))
        if job.progress_json == self.progress:
            # Raised by something that has no event, such as a first start.
            self.version = job.version
        if self.count_seconds_to_next(job) > 0 or job.version == self.version:
            return None
        self.version, self.progress = job.version, job.progress_json
        self.progress_at = time.monotonic()
        progress = {} if shown.progress is None else shown.progress.model_dump()
        return render_event(
            "progress", job.version, shown.model_dump(include=PROGRESS_FIELDS) | progress
        )

    def count_seconds_to_next(self, job: Job) -> float:
        """Return the seconds until the next event may be sent: progress comes once a second."""
        if job.version <= self.version:
            return PROGRESS_SECONDS
        return max(0.0, self.progress_at + PROGRESS_SECONDS - time.monotonic())


@dataclass(frozen=True, slots=True)
class OpenStreams:
    """Counts of the event streams that each account has open in this process, of any kind.

    `most` may be open at once. `things` is what a refusal calls them.
    """

    most: int = MOST_STREAMS
    things: str = "event streams"
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def check_room(self, caller: Caller) -> None:
        """Check that an account may open one more.

        Raises:
            ConcurrencyLimited: it has too many open.
        """
        if self.counts[caller.account_id, caller.book] >= self.most:
            raise ConcurrencyLimited(
                f"This account has reached its limit of {self.most} {self.things}.",
                hint="Close a stream, or poll with waitSeconds.",
                retry_after_seconds=5,
            )

    @contextmanager
    def take_slot(self, caller: Caller) -> Iterator[None]:
        """Count one stream for the block.

        Raises:
            ConcurrencyLimited: the account has too many open.
        """
        self.check_room(caller)
        owner = (caller.account_id, caller.book)
        self.counts[owner] += 1
        try:
            yield
        finally:
            self.counts[owner] -= 1
            if not self.counts[owner]:
                del self.counts[owner]

    async def stream_in_slot(
        self, caller: Caller, parts: AsyncGenerator[bytes, None]
    ) -> AsyncGenerator[bytes, None]:
        """Yield the parts, and count them as one stream until their end.

        Raises:
            ConcurrencyLimited: the account has too many open.
        """
        with self.take_slot(caller):
            async with aclosing(parts):
                async for part in parts:
                    yield part


@dataclass(frozen=True, slots=True)
class JobEvents:
    """The event streams of jobs, for one application."""

    database: Database
    files: OutputUrls
    watch: JobWatch
    activity: ActivityWatch
    streams: OpenStreams

    async def follow(self, call: Call, caller: Caller, job_id: str) -> AsyncGenerator[bytes, None]:
        """Yield the events of a job until its end, an hour, a revoked key or the gateway's stop.

        Raises:
            NotFound: the account has no such job; before the first part.
            ConcurrencyLimited: it has too many streams open; before the first part.
        """
        with self.streams.take_slot(caller):
            job, shown = await queries.load_job(self.database, self.files, caller, job_id)
            state, clock = StreamState(read_last_event_id(call, job.version)), StreamClock(call)
            yield RETRY_LINE
            while job.state in OPEN_JOB_STATES:
                if self.watch.is_stopping() or await clock.is_over():
                    return
                if part := state.render_next_event(job, shown) or clock.find_due_comment():
                    clock.spoke_at = time.monotonic()
                    yield part
                if await self.watch.wait(job_id, state.count_seconds_to_next(job), job.version):
                    job, shown = await queries.load_job(self.database, self.files, caller, job_id)
            yield render_event("done", job.version, shown)

    async def follow_all(self, call: Call, caller: Caller) -> AsyncGenerator[bytes, None]:
        """Yield the events of all open jobs of an account, and of those that begin meanwhile.

        The first event, `jobs`, lists them: a client that reconnects reads those that are missing
        from it. The stream ends when no job is open, and as `follow` does.

        Raises:
            ConcurrencyLimited: it has too many streams open; before the first part.
        """
        with self.streams.take_slot(caller):
            states: dict[str, StreamState] = {}
            clock, activity = StreamClock(call), None
            jobs = await queries.list_followed_jobs(self.database, self.files, caller, states)
            yield RETRY_LINE + render_event("jobs", None, {"jobIds": [job.id for job, _ in jobs]})
            while jobs and not (self.watch.is_stopping() or await clock.is_over()):
                for part in [
                    *_render_next_events(states, jobs),
                    *filter(None, [clock.find_due_comment()]),
                ]:
                    clock.spoke_at = time.monotonic()
                    yield part
                known, activity = activity, await self.activity.wait(caller.ledger_account)
                if activity == known:
                    jobs = [(job, shown) for job, shown in jobs if job.id in states]
                    continue
                jobs = await queries.list_followed_jobs(self.database, self.files, caller, states)


def _render_next_events(
    states: dict[str, StreamState], jobs: Sequence[tuple[Job, WireJob]]
) -> Iterator[bytes]:
    """Yield the next event of each job, and forget the jobs that have ended."""
    for job, shown in jobs:
        if job.state in OPEN_JOB_STATES:
            part = states.setdefault(job.id, StreamState()).render_next_event(job, shown)
        else:
            del states[job.id]
            part = render_event("done", job.version, shown)
        if part is not None:
            yield part


class StreamClock:
    """The times of one stream: its end, the next check of the key, the next sign of life."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._opened_at = self._checked_at = self.spoke_at = time.monotonic()

    async def is_over(self) -> bool:
        """Return True if the hour is over or the key is no longer valid."""
        now = time.monotonic()
        if now - self._opened_at >= LONGEST_STREAM_SECONDS:
            return True
        if now - self._checked_at < RECHECK_SECONDS:
            return False
        self._checked_at = now
        return not await self._call.is_still_allowed()

    def find_due_comment(self) -> bytes | None:
        """Return a comment if nothing was sent for 15 seconds: proxies close silent connections."""
        return COMMENT_LINE if time.monotonic() - self.spoke_at >= COMMENT_SECONDS else None


def render_event(kind: str, version: int | None, data: object) -> bytes:
    """Render one server-sent event, with an id if it has a version.

    JSON is written without line breaks, so `data` is one line.
    """
    text = write_json(data)
    id_line = "" if version is None else f"id: {version}\n"
    return f"event: {kind}\n{id_line}data: {text}\n\n".encode()


def read_last_event_id(call: Call, newest: int) -> int:
    """Return the version in `Last-Event-ID`; 0 if it has none, or one that is not out yet."""
    header = call.headers.get("last-event-id", "")
    known = int(header) if header.isascii() and header.isdigit() and len(header) < 19 else 0  # noqa: PLR2004 - digits of an int64
    return known if known <= newest else 0
