"""Streams of requests as server-sent events, from rows that any gateway can read.

A client that lost its connection may reconnect to another gateway with `Last-Event-ID`: the events
are rows, numbered by request, and the stream goes on after that number.
"""

import json
import time
from asyncio import timeout
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import sql
from gateway.kit.operation import Call, Caller
from gateway.media.jobs.event_streams import (
    RETRY_LINE,
    OpenStreams,
    StreamClock,
    read_last_event_id,
    render_event,
)
from gateway.media.jobs.waits import POLL_SECONDS, JobWatch
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent import view as agent_view
from gateway.studio.agent.states import OPEN_REQUEST_STATES
from gateway.studio.agent.tables import AgentEvent


class RequestWatch(JobWatch):
    """Lets many callers wait for many requests."""

    select_versions = sql(
        """
        SELECT r.id, r.version, r.state FROM {rows} JOIN agent_request AS r ON r.id = given.id
        """,
        id="text",
    )


@dataclass(frozen=True, slots=True)
class RequestEvents:
    """Streams requests to the callers that follow them."""

    database: Database
    watch: RequestWatch
    streams: OpenStreams

    async def follow(
        self, call: Call, caller: Caller, request_id: str
    ) -> AsyncGenerator[bytes, None]:
        """Yield the events of a request until it ends, an hour is over or the key is revoked.

        The stream also ends when the gateway stops.

        Raises:
            NotFound: the account has no such request; before the first part.
            ConcurrencyLimited: the account has too many streams open; before the first part.
        """
        with self.streams.take_slot(caller), self.database.notifications.watch(request_id) as woken:
            newest, _, _ = await self._load_events_after(caller, request_id, None)
            last_number, clock = read_last_event_id(call, newest), StreamClock(call)
            yield RETRY_LINE
            while True:
                # Cleared before the read: an event that is written after it sets it again.
                woken.clear()
                newest, parts, done = await self._load_events_after(caller, request_id, last_number)
                for number, part in parts:
                    clock.spoke_at, last_number = time.monotonic(), number
                    yield part
                if done is not None:
                    yield done
                    return
                if self.watch.is_stopping() or await clock.is_over():
                    return
                if comment := clock.find_due_comment():
                    clock.spoke_at = time.monotonic()
                    yield comment
                with suppress(TimeoutError):
                    async with timeout(POLL_SECONDS):
                        await woken.wait()

    async def _load_events_after(
        self, caller: Caller, request_id: str, last_number: int | None
    ) -> tuple[int, list[tuple[int, bytes]], bytes | None]:
        """Return the newest number, the events after `last_number`, and `done` if there is one.

        `last_number` None asks for the number alone. `done` is there once the request has ended,
        with the newest number, one above the last row: it has no row, because it is rendered from
        the request.
        """
        async with self.database.read() as snapshot:
            request = await agent_requests.load_request(snapshot, caller.ledger_account, request_id)
            newest = request.events + 1
            if last_number is None:
                return newest, [], None
            statement = select(AgentEvent).where(
                AgentEvent.request_id == request_id, AgentEvent.number > last_number
            )
            rows = (await snapshot.scalars(statement.order_by(AgentEvent.number))).all()
            done = None
            if request.state not in OPEN_REQUEST_STATES:
                body = await agent_view.render_request(snapshot, request)
                data = {"request": body.model_dump(mode="json", by_alias=True)}
                done = render_event("done", newest, data)
        parts = [
            (row.number, render_event(row.kind, row.number, json.loads(row.data_json)))
            for row in rows
        ]
        return newest, parts, done
