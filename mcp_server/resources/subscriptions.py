"""Subscriptions to the end of a job or a plan, in all versions of the protocol.

Each subscription has a watch of its own, which polls REST with the caller's credential. So a caller
hears only of its own jobs and plans, and any number of processes needs no bus between them.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
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

from mcp_server.json_types import JsonObject
from mcp_server.principal import GetPrincipal
from mcp_server.rest.api import RestApi
from mcp_server.results import Refusal

Context = ServerRequestContext[Any, Any]
POLL_WAIT_SECONDS = "20"
PAUSE_SECONDS = 1
AWAY_PAUSE_SECONDS = 5
MAX_WATCHES = 50
MAX_STREAMS, MAX_STREAMS_PER_CALLER = 1024, 20
WATCHES_KEY = "killatamata.watches"
RUNNING_STATES = frozenset({"queued", "running"})


def _is_job_over(job: JsonObject) -> bool:
    return str(job["status"]) not in RUNNING_STATES


def _is_plan_over(plan: JsonObject) -> bool:
    return bool(plan["state"] != "pending" and plan["outcome"] != "running")


@dataclass(frozen=True, slots=True)
class _WatchedKind:
    template: UriTemplate
    path: str
    is_over: Callable[[JsonObject], bool]


WATCHED_KINDS = (
    _WatchedKind(
        UriTemplate.parse("killatamata://jobs/{jobId}"), "/api/v1/media/jobs", _is_job_over
    ),
    _WatchedKind(
        UriTemplate.parse("killatamata://plans/{planId}"),
        "/api/v1/studio/agent/approval-plans",
        _is_plan_over,
    ),
)


class _StreamBus:
    """The events of one stream: those of all streams, and those for its caller alone."""

    def __init__(self, shared: SubscriptionBus) -> None:
        self._buses = (shared, InMemorySubscriptionBus())

    async def publish(self, event: ServerEvent) -> None:
        """Send an event to this stream alone."""
        await self._buses[1].publish(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Subscribe a listener to both buses; return the function that ends that."""
        unsubscribers = [bus.subscribe(listener) for bus in self._buses]

        def unsubscribe() -> None:
            for unsubscribe_bus in unsubscribers:
                unsubscribe_bus()

        return unsubscribe


class Subscriptions:
    """The handlers of `resources/subscribe`, `resources/unsubscribe` and `subscriptions/listen`.

    `shared_bus` carries the events of all streams, such as a changed list of tools.
    """

    def __init__(
        self, api: RestApi, shared_bus: SubscriptionBus, get_principal: GetPrincipal
    ) -> None:
        self._api = api
        self._shared_bus = shared_bus
        self._get_principal = get_principal
        self._owners_by_stream: dict[ListenHandler, str] = {}

    async def wait_for_end(self, uri: str) -> bool:
        """Wait until the job or plan at a URI has ended; False if this caller has none there."""
        for kind in WATCHED_KINDS:
            if variables := kind.template.match(uri):
                query = {name: str(value) for name, value in variables.items()}
                return await self._poll_until_over(kind, query)
        return False

    async def _poll_until_over(self, kind: _WatchedKind, query: dict[str, str]) -> bool:
        while True:
            try:
                body = await self._api.get(kind.path, **query, waitSeconds=POLL_WAIT_SECONDS)
            except Refusal as refusal:
                if not refusal.problem["retryable"]:
                    return False
                await asyncio.sleep(refusal.problem.get("retryAfterSeconds", AWAY_PAUSE_SECONDS))
            else:
                if kind.is_over(body):
                    return True
                await asyncio.sleep(PAUSE_SECONDS)

    async def subscribe(self, context: Context, params: SubscribeRequestParams) -> EmptyResult:
        """Notify this connection once, when the job or plan has ended.

        Raises:
            MCPError: the connection has as many subscriptions as it may.
        """
        connection = context.session._connection  # noqa: SLF001 - it outlives the request
        watches = _get_watches(connection)
        if params.uri in watches:
            return EmptyResult()
        if len(watches) >= MAX_WATCHES:
            raise MCPError(INVALID_PARAMS, f"At most {MAX_WATCHES} subscriptions per connection.")

        async def watch() -> None:
            if await self.wait_for_end(params.uri):
                await connection.send_resource_updated(params.uri)

        task = watches[params.uri] = asyncio.create_task(watch())
        task.add_done_callback(partial(_forget_watch, watches, params.uri))
        return EmptyResult()

    async def unsubscribe(self, context: Context, params: UnsubscribeRequestParams) -> EmptyResult:
        """End the subscription of this connection to a URI, if it has one."""
        connection = context.session._connection  # noqa: SLF001 - it outlives the request
        if (watch := _get_watches(connection).pop(params.uri, None)) is not None:
            watch.cancel()
        return EmptyResult()

    async def listen(
        self, context: Context, params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Stream the events that the client asks for, until it leaves or the streams are closed.

        Raises:
            MCPError: too many URIs, or too many streams.
        """
        uris = set(params.notifications.resource_subscriptions or ())
        if len(uris) > MAX_WATCHES:
            raise MCPError(INVALID_PARAMS, f"At most {MAX_WATCHES} resources per stream.")
        principal = await self._get_principal()
        owner = "" if principal is None else principal.id
        # No await between this count and the new entry: else many at once would pass the limit.
        stream_count = sum(each == owner for each in self._owners_by_stream.values())
        if stream_count >= MAX_STREAMS_PER_CALLER or len(self._owners_by_stream) >= MAX_STREAMS:
            raise MCPError(INVALID_PARAMS, "Too many streams are open; poll instead.")
        bus = _StreamBus(self._shared_bus)
        stream = ListenHandler(bus)
        self._owners_by_stream[stream] = owner

        async def watch(uri: str) -> None:
            if await self.wait_for_end(uri):
                await bus.publish(ResourceUpdated(uri))

        watches = [asyncio.create_task(watch(uri)) for uri in uris]
        try:
            return await stream(context, params)
        finally:
            del self._owners_by_stream[stream]
            for task in watches:
                task.cancel()

    def close_streams(self) -> None:
        """End every stream by its final message, which clients tell from a broken connection."""
        for stream in self._owners_by_stream:
            stream.close()


def _forget_watch(
    watches: dict[str, asyncio.Task[None]], uri: str, ended: asyncio.Task[None]
) -> None:
    """Forget a watch that ended, but not a newer one of the same URI, which has taken its place."""
    if watches.get(uri) is ended:
        del watches[uri]


def _get_watches(connection: Connection) -> dict[str, asyncio.Task[None]]:
    """Return the watches of a connection by URI; they are cancelled when it ends."""
    if WATCHES_KEY not in connection.state:
        watches: dict[str, asyncio.Task[None]] = {}
        connection.state[WATCHES_KEY] = watches
        # A copy, because a watch that is done removes itself from the dictionary.
        connection.exit_stack.callback(lambda: [watch.cancel() for watch in [*watches.values()]])
    connection_watches: dict[str, asyncio.Task[None]] = connection.state[WATCHES_KEY]
    return connection_watches
