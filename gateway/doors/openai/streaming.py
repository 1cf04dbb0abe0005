"""Streamed pictures: server-sent events, one for each picture once the job has succeeded.

Refusals come before the stream, as real statuses. There are no partial pictures: no engine here
makes previews. Comments keep the connection alive while the job waits and runs.
"""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from starlette.responses import StreamingResponse

from gateway.doors.openai.answering import (
    PLACE,
    Delivery,
    build_extras,
    build_headers,
    describe_pictures,
    encode_picture,
    load_pictures,
)
from gateway.doors.openai.door import Exchange, OpenAiDoor
from gateway.doors.openai.errors import StillRunning, build_error
from gateway.doors.openai.submitting import Submitted, keep_heard
from gateway.doors.openai.waiting import build_job_problem, load_job, wait_a_turn
from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.long_poll import RECHECK_SECONDS
from gateway.kit.wire.json_text import JsonObject, write_json
from gateway.media.jobs.event_streams import (
    COMMENT_LINE,
    EVENT_STREAM,
    LONGEST_STREAM_SECONDS,
    OpenStreams,
    StreamClock,
    render_event,
)
from gateway.media.jobs.job_schemas import Job
from gateway.media.jobs.waits import JobWatch
from gateway.media.states import OPEN_JOB_STATES, JobState

GENERATED_EVENT, EDITED_EVENT = "image_generation.completed", "image_edit.completed"
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureStream:
    """The stream of one job: the name of its events, and what they say of the request."""

    door: OpenAiDoor
    exchange: Exchange
    submitted: Submitted
    event: str
    quality: str
    ignored: Sequence[str]

    async def answer(self) -> StreamingResponse:
        """Return the answer; its headers have the price that is held."""
        job = await load_job(self.door, self.exchange, self.submitted.job_id)
        headers = build_headers(job, self.ignored) | STREAM_HEADERS
        delivery = Delivery(self.door, self.exchange, self.submitted)
        return delivery.answer(self._stream(delivery), headers, None, EVENT_STREAM)

    async def _stream(self, delivery: Delivery) -> AsyncIterator[bytes]:
        """Yield comments until the job has ended, then its pictures or the error."""
        streams: OpenStreams = self.door.ports.get(OpenStreams)
        try:
            async with keep_heard(self.door, self.submitted.call):
                with streams.take_slot(self.exchange.caller):
                    async for part in self._wait():
                        yield part
                job = await load_job(self.door, self.exchange, self.submitted.job_id)
                if job.status in OPEN_JOB_STATES:
                    raise StillRunning(jobId=job.id)
            if job.status is not JobState.SUCCEEDED:
                yield self._render_error(build_job_problem(job))
                return
            async for part in self._render_pictures(job):
                yield part
        except (TransactionConflict, ConnectionLost):
            delivery.is_answer = False
            yield self._render_error(Unavailable())
        except Problem as problem:
            delivery.is_answer = False
            yield self._render_error(problem)

    async def _wait(self) -> AsyncIterator[bytes]:
        """Yield a comment every 15 seconds until the job or an hour ends, or the gateway stops.

        Raises:
            Unauthorized, ScopeDenied: the key was revoked meanwhile.
        """
        watch: JobWatch = self.door.ports.get(JobWatch)
        call = self.exchange.call
        clock, opened_at = StreamClock(call), time.monotonic()
        yield COMMENT_LINE  # the headers leave with it
        while not await wait_a_turn(watch, self.submitted.job_id, RECHECK_SECONDS):
            if call.recheck is not None:
                await call.recheck()
            if time.monotonic() - opened_at >= LONGEST_STREAM_SECONDS:
                return
            if comment := clock.find_due_comment():
                clock.spoke_at = time.monotonic()
                yield comment

    async def _render_pictures(self, job: Job) -> AsyncIterator[bytes]:
        """Yield one event for each picture; its base64 comes in pieces."""
        pictures = await load_pictures(self.door, job)
        extras = await build_extras(self.door, self.exchange, job, self.ignored)
        facts = describe_pictures(job, self.quality)
        facts["created_at"] = facts.pop("created")
        for picture in pictures:
            encoded = encode_picture(self.door, picture)
            first = await anext(encoded)  # until here a failure is an event
            try:
                async for part in self._render_picture(first, encoded, facts, extras):
                    yield part
            except Problem as problem:
                # In the middle of a line no event can begin: the connection is cut instead.
                raise ConnectionAbortedError(problem.code) from problem

    async def _render_picture(
        self, first: bytes, rest: AsyncIterator[bytes], facts: JsonObject, extras: JsonObject
    ) -> AsyncIterator[bytes]:
        # The place of the base64 is the first in the text: no text of a client comes before it.
        shell = {"type": self.event, "b64_json": "@", **facts, "killatamata": extras}
        before, after = write_json(shell).encode().split(PLACE.encode(), 1)
        yield f"event: {self.event}\ndata: ".encode() + before + b'"' + first
        async for encoded in rest:
            yield encoded
        yield b'"' + after + b"\n\n"

    def _render_error(self, problem: Problem) -> bytes:
        error = build_error(problem, self.exchange.facts.request_id)
        return render_event("error", None, {"type": "error", "error": error})
