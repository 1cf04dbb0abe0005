"""Telling subscribers that a job or a plan has ended, in both eras of the protocol.

Each subscriber's own watch asks REST as the caller, so nobody hears of what is not theirs, and it
works over stdio and in any number of processes without a bus between them.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourceUpdated,
    ServerEvent,
    SubscriptionBus,
)
from mcp.shared.exceptions import MCPError
from mcp.shared.uri_template import UriTemplate
from mcp.types import (
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from mcp_server.api import Api
from mcp_server.open_json import Facts
from mcp_server.principal import Who
from mcp_server.results import Refused

Context = ServerRequestContext[Any, Any]
WAIT_SECONDS = "20"
PAUSE_SECONDS = 1
AWAY_SECONDS = 5
MOST_WATCHES = 50
MOST_STREAMS, MOST_STREAMS_OF_ONE = 1024, 20
WATCHES = "killatamata.watches"
RUNNING = frozenset({"queued", "running"})


def _job_over(job: Facts) -> bool:
    return str(job["status"]) not in RUNNING


def _plan_over(plan: Facts) -> bool:
    return bool(plan["state"] != "pending" and plan["outcome"] != "running")


@dataclass(frozen=True, slots=True)
class _Watched:
    template: UriTemplate
    path: str
    over: Callable[[Facts], bool]


WATCHED = (
    _Watched(UriTemplate.parse("killatamata://jobs/{jobId}"), "/api/v1/media/jobs", _job_over),
    _Watched(
        UriTemplate.parse("killatamata://plans/{planId}"),
        "/api/v1/studio/agent/approval-plans",
        _plan_over,
    ),
)


class _Lane:
    """One stream's events: what everybody hears, and what only its own caller may."""

    def __init__(self, shared: SubscriptionBus) -> None:
        self._buses = (shared, InMemorySubscriptionBus())

    async def publish(self, event: ServerEvent) -> None:
        """Send to this stream alone."""
        await self._buses[1].publish(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Hear both."""
        ends = [bus.subscribe(listener) for bus in self._buses]

        def unsubscribe() -> None:
            for end in ends:
                end()

        return unsubscribe


class Watching:
    """Serves `resources/subscribe`, `resources/unsubscribe` and `subscriptions/listen`.

    `shared` carries what every stream may hear, such as a changed list of tools.
    """

    def __init__(self, api: Api, shared: SubscriptionBus, who: Who) -> None:
        self._api = api
        self._shared = shared
        self._who = who
        self._streams: dict[ListenHandler, str] = {}

    async def ended(self, uri: str) -> bool:
        """Wait until the job or plan at a URI has ended; False: this caller has none there."""
        for kind in WATCHED:
            if found := kind.template.match(uri):
                return await self._over(kind, {key: str(value) for key, value in found.items()})
        return False

    async def _over(self, kind: _Watched, query: dict[str, str]) -> bool:
        while True:
            try:
                body = await self._api.get(kind.path, **query, waitSeconds=WAIT_SECONDS)
            except Refused as refusal:
                if not refusal.problem["retryable"]:
                    return False
                await asyncio.sleep(refusal.problem.get("retryAfterSeconds", AWAY_SECONDS))
            else:
                if kind.over(body):
                    return True
                await asyncio.sleep(PAUSE_SECONDS)

    async def subscribe(self, context: Context, params: SubscribeRequestParams) -> EmptyResult:
        """Notify this connection once, when the job or plan has ended.

        Raises:
            MCPError: it watches as much as it may.
        """
        connection = context.session._connection  # noqa: SLF001 - it outlives the request
        watches = _watches(connection)
        if params.uri in watches:
            return EmptyResult()
        if len(watches) >= MOST_WATCHES:
            raise MCPError(INVALID_PARAMS, f"At most {MOST_WATCHES} subscriptions per connection.")

        async def watch() -> None:
            if await self.ended(params.uri):
                await connection.send_resource_updated(params.uri)

        task = watches[params.uri] = asyncio.create_task(watch())
        task.add_done_callback(lambda _: watches.pop(params.uri, None))
        return EmptyResult()

    async def unsubscribe(self, context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """Notify no more."""
        connection = context.session._connection  # noqa: SLF001 - it outlives the request
        if (watch := _watches(connection).pop(params.uri, None)) is not None:
            watch.cancel()
        return EmptyResult()

    async def listen(
        self, context: Context, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Stream the events that the client asks for, until it goes.

        Raises:
            MCPError: too many URIs, or too many streams.
        """
        uris = set(params.notifications.resource_subscriptions or ())
        if len(uris) > MOST_WATCHES:
            raise MCPError(INVALID_PARAMS, f"At most {MOST_WATCHES} resources per stream.")
        principal = await self._who()
        owner = "" if principal is None else principal.id
        own = sum(each == owner for each in self._streams.values())
        if own >= MOST_STREAMS_OF_ONE or len(self._streams) >= MOST_STREAMS:
            raise MCPError(INVALID_PARAMS, "Too many streams are open; poll instead.")
        lane = _Lane(self._shared)
        stream = ListenHandler(lane)
        self._streams[stream] = owner

        async def watch(uri: str) -> None:
            if await self.ended(uri):
                await lane.publish(ResourceUpdated(uri))

        watches = [asyncio.create_task(watch(uri)) for uri in uris]
        try:
            return await stream(context, params)
        finally:
            del self._streams[stream]
            for each in watches:
                each.cancel()

    def close(self) -> None:
        """End every stream in good order, so that clients know it was meant."""
        for stream in self._streams:
            stream.close()


def _watches(connection: Connection) -> dict[str, asyncio.Task[None]]:
    """Return what this connection watches; it all ends with it."""
    if WATCHES not in connection.state:
        watches: dict[str, asyncio.Task[None]] = {}
        connection.state[WATCHES] = watches
        connection.exit_stack.callback(lambda: [watch.cancel() for watch in [*watches.values()]])
    found: dict[str, asyncio.Task[None]] = connection.state[WATCHES]
    return found
